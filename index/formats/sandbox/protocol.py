"""
Messages between a worker and its parent: JSON after its length.

They are never pickled: the worker reads hostile files, and its messages are trusted no more than the files.
"""

import base64
import json
import os
import select
import struct
import time
from dataclasses import astuple
from typing import Any

from index.failures import MAX_DETAIL, FailureCode, ParseFailure
from index.records import CharRun, Page, WordBox
from index.text.canonical import CanonicalText
from index.text.structure import BlockList

LENGTH = struct.Struct(">Q")
CHUNK_BYTES = 1 << 20


class DeadlineExceeded(Exception):
    """No complete message arrived in time."""


def encode(message: Any) -> bytes:
    """Return a message as UTF-8; undecodable bytes of a path stay lone surrogates."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def write(descriptor: int, body: bytes) -> None:
    """
    Send one message.

    Raises:
        BrokenPipeError: If the other process has ended.
    """
    view = memoryview(LENGTH.pack(len(body)) + body)
    while view:
        view = view[os.write(descriptor, view[:CHUNK_BYTES]) :]


def read(descriptor: int, deadline: float | None = None, max_bytes: int = 1 << 40) -> Any:
    """
    Wait for one message.

    Args:
        descriptor: An open pipe.
        deadline: Time on the monotonic clock; None waits without limit.
        max_bytes: Largest size of a message.

    Raises:
        EOFError: If the other process has ended, or its message is malformed.
        DeadlineExceeded: If the deadline passes first.
    """
    (length,) = LENGTH.unpack(_read_exactly(descriptor, LENGTH.size, deadline))
    if length > max_bytes:
        raise EOFError(f"a message of {length:,} bytes")
    try:
        return json.loads(_read_exactly(descriptor, length, deadline))
    except ValueError as error:
        raise EOFError("not JSON") from error


def _read_exactly(descriptor: int, length: int, deadline: float | None) -> bytearray:
    received = bytearray()
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    while len(received) < length:
        left = None if deadline is None else 1000 * (deadline - time.monotonic())
        # A sender of many small pieces must not extend the deadline.
        if left is not None and (left <= 0 or not poller.poll(left)):
            raise DeadlineExceeded
        piece = os.read(descriptor, min(length - len(received), CHUNK_BYTES))
        if not piece:
            raise EOFError("the pipe is closed")
        received += piece
    return received


def pack(canonical: CanonicalText) -> list[Any]:
    """Return a canonical text as JSON: records as lists of their fields, blocks in base64."""
    blocks = base64.b64encode(canonical.blocks.packed).decode("ascii")
    pages, runs = (
        [list(astuple(record)) for record in records] for records in (canonical.pages, canonical.runs)
    )
    unreadable = list(canonical.unreadable_pages)
    return [canonical.text, canonical.title, canonical.media_type, blocks, pages, runs, unreadable]


def unpack(packed: list[Any]) -> CanonicalText:
    """
    Return the canonical text that :func:`pack` was called with.

    Raises:
        LookupError, TypeError, ValueError: If :func:`pack` didn't create it.
    """
    text, title, media_type, encoded, pages, runs, unreadable = packed
    blocks = BlockList(base64.b64decode(encoded, validate=True))
    blocks.check(len(text))
    return CanonicalText(
        text,
        title,
        media_type,
        blocks,
        tuple(unpack_page(fields) for fields in pages),
        tuple(CharRun(*fields) for fields in runs),
        tuple(map(int, unreadable)),
    )


def unpack_page(fields: list[Any]) -> Page:
    """Return the page of a list of its fields."""
    number, start, end, width, height, words = fields
    return Page(number, start, end, width, height, tuple(WordBox(*word) for word in words))


def pack_failure(failure: ParseFailure) -> list[Any]:
    """Return a failure as JSON: the list of its fields."""
    return [failure.code, failure.detail[:MAX_DETAIL], failure.limit]


def unpack_failure(packed: list[Any]) -> ParseFailure:
    """
    Return the failure that :func:`pack_failure` was called with.

    Raises:
        ValueError: If :func:`pack_failure` didn't create it.
    """
    match packed:
        case [str(code), str(detail), int() | float() | None as limit] if len(detail) <= MAX_DETAIL:
            return ParseFailure(FailureCode(code), detail, limit)
        case _:
            raise ValueError("expected a code, a detail and a limit")
