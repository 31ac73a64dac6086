"""JSON as lines a person can read and quote, ``address.city: Paris``; a list of objects as a table."""

import json
from collections.abc import Iterator
from typing import Any

from index.canonical import Block, Kind, Raw
from index.errors import UnreadableFile
from index.formats.decoding import decode
from index.formats.records import Limits


def read_json(data: bytes, limits: Limits) -> Raw:
    """One JSON value."""
    return Raw("application/json", None, tuple(_blocks(loads(decode(data)), "", 1)))


def read_json_lines(data: bytes, limits: Limits) -> Raw:
    """One JSON value a line; an object is one row."""
    values = [_line(number, line) for number, line in enumerate(decode(data).split("\n"), 1) if line.strip()]
    return Raw("application/jsonl", None, tuple(_blocks(values, "", 1)))


def loads(text: str) -> Any:
    """
    A JSON value, its numbers kept as they are written.

    Raises:
        UnreadableFile: If it is not JSON; the reason says where.
    """
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"is not valid JSON (line {error.lineno}: {error.msg})") from None


def _line(number: int, line: str) -> Any:
    try:
        return loads(line)
    except UnreadableFile:
        raise UnreadableFile(f"is not valid JSON Lines (line {number:,})") from None


def _blocks(value: Any, path: str, level: int) -> Iterator[Block]:
    """Scalars one a line; a list of objects under a heading, each object a row."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _blocks(inner, f"{path}.{key}" if path else key, level + 1)
        case list() if any(isinstance(inner, dict) for inner in value):
            if path:
                yield Block(Kind.HEADING, path, level=min(level, 6))
            for inner in value:
                yield Block(Kind.ROW, "; ".join(_pairs(inner, "")))
        case _:
            for pair in _pairs(value, path):
                yield Block(Kind.ROW, pair)


def _pairs(value: Any, path: str) -> Iterator[str]:
    """``{"city": {"name": "Paris"}} -> city.name: Paris``; a list of scalars is one pair, null none."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _pairs(inner, f"{path}.{key}" if path else key)
        case list() if any(isinstance(inner, dict | list) for inner in value):
            for number, inner in enumerate(value, 1):
                yield from _pairs(inner, f"{path}[{number}]")
        case list():
            if words := ", ".join(_word(inner) for inner in value if inner is not None):
                yield _pair(path, words)
        case None:
            return
        case _:
            if words := _word(value):
                yield _pair(path, words)


def _pair(path: str, words: str) -> str:
    return f"{path}: {words}" if path else words


def _word(value: str | bool) -> str:
    """Text as it is (numbers were kept as text), a truth value as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)
