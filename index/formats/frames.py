"""
What a worker and its parent say to each other: JSON behind its length. Never pickle, since the worker reads
hostile files and what it says is not trusted further than they are.
"""

import json
import os
import select
import struct
import time
from dataclasses import astuple
from typing import Any

from index.canonical import Canonical
from index.records import Heading, Page, Run

LENGTH = struct.Struct(">Q")
PIECE = 1 << 20


class TimeUpError(Exception):
    """Nothing whole came in time."""


def encode(message: Any) -> bytes:
    """Return one message as UTF-8, in which a path's undecodable bytes come through as lone surrogates."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def write(descriptor: int, body: bytes) -> None:
    """Send one message; BrokenPipeError if the other side has gone."""
    view = memoryview(LENGTH.pack(len(body)) + body)
    while view:
        view = view[os.write(descriptor, view[:PIECE]) :]


def read(descriptor: int, deadline: float | None = None, at_most: int = 1 << 40) -> Any:
    """
    Wait for one message.

    Args:
        descriptor: An open pipe.
        deadline: On the monotonic clock; None waits for ever.
        at_most: Bytes a message may have.

    Raises:
        EOFError: If the other side has gone, or says nonsense.
        TimeUpError: If the deadline passes first.
    """
    (length,) = LENGTH.unpack(_exactly(descriptor, LENGTH.size, deadline))
    if length > at_most:
        raise EOFError(f"a message of {length:,} bytes")
    try:
        return json.loads(_exactly(descriptor, length, deadline))
    except ValueError as error:
        raise EOFError("not JSON") from error


def _exactly(descriptor: int, length: int, deadline: float | None) -> bytearray:
    gathered = bytearray()
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    while len(gathered) < length:
        left = None if deadline is None else 1000 * (deadline - time.monotonic())
        if left is not None and (left <= 0 or not waiting.poll(left)):  # late is late, even if it is there
            raise TimeUpError
        piece = os.read(descriptor, min(length - len(gathered), PIECE))
        if not piece:
            raise EOFError("the pipe is closed")
        gathered += piece
    return gathered


def pack(canonical: Canonical) -> list[Any]:
    """A canonical text as JSON: records become lists of their fields."""
    records = (
        [list(astuple(one)) for one in many] for many in (canonical.headings, canonical.pages, canonical.runs)
    )
    return [canonical.text, canonical.title, canonical.media_type, *records]


def unpack(packed: list[Any]) -> Canonical:
    """The canonical text that :func:`pack` was given."""
    text, title, media_type, headings, pages, runs = packed
    return Canonical(
        text,
        title,
        media_type,
        tuple(Heading(*fields) for fields in headings),
        tuple(Page(*fields) for fields in pages),
        tuple(Run(*fields) for fields in runs),
    )
