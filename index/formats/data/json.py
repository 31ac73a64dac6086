"""JSON as lines a person can read and quote, ``address.city: Paris``; a list of objects as a table."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.decoding import decode
from index.formats.common.tables import RowText, of_level
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile


def read_json(data: bytes, limits: Limits) -> ParsedFile:
    """One JSON value."""
    return ParsedFile("application/json", None, tuple(_blocks(loads(decode(data)), "", 1)))


def read_json_lines(data: bytes, limits: Limits) -> ParsedFile:
    """One JSON value a line; an object is one row."""
    values = [_line(number, line) for number, line in enumerate(decode(data).split("\n"), 1) if line.strip()]
    return ParsedFile("application/jsonl", None, tuple(_blocks(values, "", 1)))


def loads(text: str) -> Any:
    """
    A JSON value, its numbers kept as they are written.

    Raises:
        UnreadableFile: If it is not JSON; the reason says where.
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
    """Scalars one a line; a list of objects under a heading, each object a row."""
    numbers = count()
    for block in _written(value, path, level):
        if isinstance(block, RowText):
            yield block.block(next(numbers))
        else:
            numbers = count()
            if block is not _TABLE_ENDS:
                yield block


_TABLE_ENDS = ParsedBlock(BlockKind.PARAGRAPH, "")
"""Between the rows of one table and those of the next; it is not a part of the document."""


def _written(value: Any, path: str, level: int) -> Iterator[ParsedBlock | RowText]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _written(inner, f"{path}.{key}" if path else key, level + 1)
        case list() if any(isinstance(inner, dict) for inner in value):
            yield ParsedBlock(BlockKind.HEADING, path, level=min(level, 6)) if path else _TABLE_ENDS
            columns = _Columns()
            for inner in value:
                yield _object(inner, columns)
            yield _TABLE_ENDS
        case _:
            for name, words in _pairs(value, path):
                yield _fact(name, words)


class _Columns(dict[str, int]):
    """The columns of a list of objects: a path has the next number when it is met for the first time."""

    def __missing__(self, path: str) -> int:
        self[path] = len(self)
        return self[path]


def _object(value: Any, columns: _Columns) -> RowText:
    """One object as a row, under the paths of its values."""
    row = RowText()
    for path, words in _pairs(value, ""):
        row.write(("; " if row.text else "") + (f"{path}: " if path else ""))
        row.write_cell(words, columns[path], of_level(path))
    return row


def _fact(path: str, words: str) -> RowText:
    """One value as a row of its own, behind its path."""
    row = RowText()
    if path:
        row.write_cell(path, 0)
        row.write(": ")
    row.write_cell(words, 1, of_level(path))
    return row


def _pairs(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """
    Paths and values; a list of scalars is one value, null is none.

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
            if words := ", ".join(_scalar(inner) for inner in value if inner is not None):
                yield path, words
        case None:
            return
        case _:
            if words := _scalar(value):
                yield path, words


def _scalar(value: str | bool) -> str:
    """Text as it is (numbers were kept as text), a truth value as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)
