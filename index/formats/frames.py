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

from index.canonical import Canonical
from index.records import Page, Run
from index.structure import BlockList

LENGTH = struct.Struct(">Q")
PIECE = 1 << 20


class TimeUpError(Exception):
    """Nothing whole came in time."""


def encode(message: Any) -> bytes:
    """One message as bytes; ASCII, so that a path's undecodable bytes come through."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")


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


def _exactly(descriptor: int, length: int, deadline: float | None) -> bytes:
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
    return bytes(gathered)


def pack(canonical: Canonical) -> list[Any]:
    """A canonical text as JSON: records become lists of their fields, blocks their bytes in base64."""
    blocks = base64.b64encode(canonical.blocks.packed).decode("ascii")
    records = ([list(astuple(one)) for one in many] for many in (canonical.pages, canonical.runs))
    return [canonical.text, canonical.title, canonical.media_type, blocks, *records]


def unpack(packed: list[Any]) -> Canonical:
    """
    The canonical text that :func:`pack` was given.

    Raises:
        LookupError, TypeError, ValueError: If it wasn't made by :func:`pack`.
    """
    text, title, media_type, encoded, pages, runs = packed
    blocks = BlockList(base64.b64decode(encoded, validate=True))
    blocks.check(len(text))
    return Canonical(
        text,
        title,
        media_type,
        blocks,
        tuple(Page(*fields) for fields in pages),
        tuple(Run(*fields) for fields in runs),
    )
