"""
What a worker and its parent say to each other: JSON behind its length. Never pickle, since the worker reads
hostile files and what it says is not trusted further than they are.
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
from index.records import CharRun, Page
from index.text.canonical import CanonicalText
from index.text.structure import BlockList

LENGTH = struct.Struct(">Q")
CHUNK_BYTES = 1 << 20


class DeadlineExceeded(Exception):
    """Nothing whole came in time."""


def encode(message: Any) -> bytes:
    """Return one message as UTF-8, in which a path's undecodable bytes come through as lone surrogates."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def write(descriptor: int, body: bytes) -> None:
    """Send one message; BrokenPipeError if the other side has gone."""
    view = memoryview(LENGTH.pack(len(body)) + body)
    while view:
        view = view[os.write(descriptor, view[:CHUNK_BYTES]) :]


def read(descriptor: int, deadline: float | None = None, max_bytes: int = 1 << 40) -> Any:
    """
    Wait for one message.

    Args:
        descriptor: An open pipe.
        deadline: On the monotonic clock; None waits for ever.
        max_bytes: Bytes a message may have.

    Raises:
        EOFError: If the other side has gone, or says nonsense.
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
    gathered = bytearray()
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    while len(gathered) < length:
        left = None if deadline is None else 1000 * (deadline - time.monotonic())
        if left is not None and (left <= 0 or not waiting.poll(left)):  # late is late, even if it is there
            raise DeadlineExceeded
        piece = os.read(descriptor, min(length - len(gathered), CHUNK_BYTES))
        if not piece:
            raise EOFError("the pipe is closed")
        gathered += piece
    return gathered


def pack(canonical: CanonicalText) -> list[Any]:
    """A canonical text as JSON: records become lists of their fields, blocks their bytes in base64."""
    blocks = base64.b64encode(canonical.blocks.packed).decode("ascii")
    records = ([list(astuple(one)) for one in many] for many in (canonical.pages, canonical.runs))
    return [canonical.text, canonical.title, canonical.media_type, blocks, *records]


def unpack(packed: list[Any]) -> CanonicalText:
    """
    The canonical text that :func:`pack` was given.

    Raises:
        LookupError, TypeError, ValueError: If it wasn't made by :func:`pack`.
    """
    text, title, media_type, encoded, pages, runs = packed
    blocks = BlockList(base64.b64decode(encoded, validate=True))
    blocks.check(len(text))
    return CanonicalText(
        text,
        title,
        media_type,
        blocks,
        tuple(Page(*fields) for fields in pages),
        tuple(CharRun(*fields) for fields in runs),
    )


def pack_failure(failure: ParseFailure) -> list[Any]:
    """Return a failure as JSON: the list of its fields."""
    return [failure.code, failure.detail[:MAX_DETAIL], failure.limit]


def unpack_failure(packed: list[Any]) -> ParseFailure:
    """
    Return the failure that :func:`pack_failure` was given.

    Raises:
        ValueError: If it wasn't made by :func:`pack_failure`.
    """
    match packed:
        case [str(code), str(detail), int() | float() | None as limit] if len(detail) <= MAX_DETAIL:
            return ParseFailure(FailureCode(code), detail, limit)
        case _:
            raise ValueError("expected a code, a detail and a limit")
