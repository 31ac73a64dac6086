"""Read JSON as lines that can be quoted, ``address.city: Paris``, and lists of objects as tables."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.decoding import decode
from index.formats.common.tables import RowText, single_header
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile


def read_json(data: bytes, limits: Limits) -> ParsedFile:
    """Read one JSON value."""
    return ParsedFile("application/json", None, tuple(_blocks(loads(decode(data)), "", 1)))


def read_json_lines(data: bytes, limits: Limits) -> ParsedFile:
    """Read one JSON value per line; an object is one row."""
    values = [_line(number, line) for number, line in enumerate(decode(data).split("\n"), 1) if line.strip()]
    return ParsedFile("application/jsonl", None, tuple(_blocks(values, "", 1)))


def loads(text: str) -> Any:
    """
    Parse a JSON value, with numbers as strings in their spelling.

    Raises:
        UnreadableFile: If it isn't JSON; the detail has the line.
    """
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        detail = f"line {error.lineno}: {error.msg}"
        raise UnreadableFile(FailureCode.INVALID_JSON, detail) from None


def _line(number: int, line: str) -> Any:
    try:
        return loads(line)
    except UnreadableFile:
        raise UnreadableFile(FailureCode.INVALID_JSON, f"line {number:,}") from None


def _blocks(value: Any, path: str, level: int) -> Iterator[ParsedBlock]:
    """Yield a line for each scalar, and a heading and rows for each list of objects."""
    numbers = count()
    for block in _lines(value, path, level):
        if isinstance(block, RowText):
            yield block.block(next(numbers))
        else:
            numbers = count()
            if block is not _TABLE_ENDS:
                yield block


_TABLE_ENDS = ParsedBlock(BlockKind.PARAGRAPH, "")
"""Marks the end of a table; it isn't part of the document."""


def _lines(value: Any, path: str, level: int) -> Iterator[ParsedBlock | RowText]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _lines(inner, f"{path}.{key}" if path else key, level + 1)
        case list() if any(isinstance(inner, dict) for inner in value):
            yield ParsedBlock(BlockKind.HEADING, path, level=min(level, 6)) if path else _TABLE_ENDS
            columns = _Columns()
            for inner in value:
                yield _object(inner, columns)
            yield _TABLE_ENDS
        case _:
            for name, text in _pairs(value, path):
                yield _fact(name, text)


class _Columns(dict[str, int]):
    """The columns of a list of objects: each new path gets the next number."""

    def __missing__(self, path: str) -> int:
        self[path] = len(self)
        return self[path]


def _object(value: Any, columns: _Columns) -> RowText:
    """Return an object as a row, with the paths of its values as header."""
    row = RowText()
    for path, text in _pairs(value, ""):
        row.write(("; " if row.text else "") + (f"{path}: " if path else ""))
        row.write_cell(text, columns[path], single_header(path))
    return row


def _fact(path: str, text: str) -> RowText:
    """Return a value as a row of its own, after its path."""
    row = RowText()
    if path:
        row.write_cell(path, 0)
        row.write(": ")
    row.write_cell(text, 1, single_header(path))
    return row


def _pairs(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """
    Yield paths and values; a list of scalars is one value, and null is omitted.

    >>> list(_pairs({"city": {"name": "Paris"}}, ""))
    [('city.name', 'Paris')]
    """
    match value:
        case dict():
            for key, inner in value.items():
                yield from _pairs(inner, f"{path}.{key}" if path else key)
        case list() if any(isinstance(inner, dict | list) for inner in value):
            for number, inner in enumerate(value, 1):
                yield from _pairs(inner, f"{path}[{number}]")
        case list():
            if text := ", ".join(_scalar(inner) for inner in value if inner is not None):
                yield path, text
        case None:
            return
        case _:
            if text := _scalar(value):
                yield path, text


def _scalar(value: str | bool) -> str:
    """Return text and numbers as they are, and a Boolean in the spelling of JSON."""
    return value if isinstance(value, str) else json.dumps(value)
