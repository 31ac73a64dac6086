"""
Find the rows that name the columns of a table that doesn't mark them.

Statistical tables have titles and notes on top, names in several lines, names over several columns and names
that are years. The rows that name columns are those above the first row with numbers in which every column
that has numbers is named.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.text.structure import Header

MAX_HEADER_ROWS = 6
"""Maximum number of rows that name columns."""
LOOK_AHEAD = 30
"""Rows of a table in which its first row with numbers is expected."""
BODY_SAMPLE = 8
"""Rows with numbers that tell which columns have some."""
MAX_NAME = 250
"""Characters of a line of a name."""
MIN_COUNTED = 3
"""Minimum count of numbers in order that name columns."""
MAX_SAME = 2
"""Maximum number of columns that all have the same name."""
MIN_NAMED = 0.8
"""Share of the columns of numbers that have a name."""

_NUMBER = re.compile(
    r"[\s(<>≤≥~≈+\-−–±]*(?:[A-Z]{0,2}[$€£¥])?\s?[+\-−–]?\s?\d[\d.,'\s\u00a0\u202f]*(?:[%‰]|[a-zA-Z]{1,2})?\)?[*†‡]?"
)
_MISSING = re.compile(r"[^\w\s%#$€£¥]{1,3}|n/?a|nan|null|none|unknown|missing", re.I)
"""What a table has in place of a number."""
_PERIOD = re.compile(
    r"(?:(?:FY|CY|Q[1-4]|H[12])\s?)?(?:1[6-9]|20)\d\d(?:\s?[-–/]\s?(?:\d\d|(?:1[6-9]|20)\d\d))?"
    r"(?:[-\s]?(?:Q[1-4]|H[12]|[01]?\d(?:-[0-3]?\d)?))?\s?(?:[a-z*†‡]|\([\w*]+\))?"
    r"|[0-3]?\d[-\s./](?:[A-Za-z]{3,9}|[01]?\d)[-\s./](?:\d\d){1,2}(?:\([\w*]+\))?",
)


@dataclass(frozen=True, slots=True)
class FoundHeader:
    """
    The header of a table.

    Args:
        first: Number of its first row.
        end: Number of the row after its last one.
        names: The names of each column, outermost first.
    """

    first: int
    end: int
    names: list[Header]


def is_number(text: str) -> bool:
    """
    Return whether a cell is a number and no year, date or other period.

    >>> [is_number(text) for text in ("1,234", "-$5.20", "12%", "2016", "1998-99", "18-24")]
    [True, True, True, False, False, False]
    """
    text = text.strip()
    return _NUMBER.fullmatch(text) is not None and not _PERIOD.fullmatch(text)


def find_header(rows: Sequence[Sequence[str]]) -> FoundHeader | None:
    """
    Return the header of the table that begins with *rows*; None if none is found.

    Args:
        rows: The first rows, in which cells over several columns are repeated.
    """
    body = next((at for at, row in enumerate(rows) if _has_values(row[1:])), None)
    if not body:
        return None
    columns = _columns_of_numbers(rows[body:])
    if not columns:
        return None
    candidates = [at for at in range(max(0, body - 2 * MAX_HEADER_ROWS), body) if _is_of_names(rows[at])]
    chosen: list[int] = []
    named: set[int] = set()
    for at in reversed(candidates):
        filled = _filled(rows[at])
        are_new = bool(columns & (filled - named))
        if not (are_new or (chosen and _is_over_several(rows[at]))):
            if chosen:
                break
            continue
        chosen.append(at)
        named |= filled
        if len(chosen) == MAX_HEADER_ROWS:
            break
    chosen.reverse()
    if not chosen:
        return None
    lines = [_with_row_label(rows[at], min(columns)) for at in chosen]
    end = chosen[-1] + 1
    # Below the names of columns of numbers may be those of the others: "Parameter | Units".
    if end in candidates and not _filled(rows[end]) & (columns | set().union(*map(_filled, lines))):
        lines.append(list(rows[end]))
        end += 1
    names = _names(lines)
    have_names = sum(column < len(names) and bool(names[column]) for column in columns)
    if have_names < max(1, MIN_NAMED * len(columns)):
        return None
    return FoundHeader(chosen[0], end, names)


def _has_values(cells: Sequence[str]) -> bool:
    """Return whether cells are those of a row of values: numbers, or signs for missing ones."""
    return any(is_number(cell) or _MISSING.fullmatch(cell.strip()) for cell in cells) and not are_counted(
        cells
    )


def are_counted(cells: Sequence[str]) -> bool:
    """
    Return whether the numbers among cells count up by one, as the names of grades or months do.

    >>> are_counted(["Total", "K", "1", "2", "3", "4"]), are_counted(["1", "2", "4"])
    (True, False)
    """
    figures = [cell.strip() for cell in cells if is_number(cell)]
    if len(figures) < MIN_COUNTED or not all(map(str.isdecimal, figures)):
        return False
    return all(int(later) - int(earlier) == 1 for earlier, later in pairwise(figures))


def _with_row_label(row: Sequence[str], first: int) -> list[str]:
    """
    Return a row of names with its label in each of them: "Site A" for "Site:" left of "A" and "B".

    Args:
        row: The cells.
        first: The first column of numbers.
    """
    place = next((column for column in range(min(first, len(row)) - 1, -1, -1) if row[column].strip()), None)
    if place is None or not row[place].strip().endswith(":"):
        return list(row)
    label = row[place].strip().rstrip(": ")
    named = [f"{label} {name.strip()}" if name.strip() else "" for name in row[first:]]
    return [*row[:place], *[""] * (first - place), *named]


def _columns_of_numbers(rows: Sequence[Sequence[str]]) -> set[int]:
    """Return the columns that have numbers in the first rows with numbers, without the first column."""
    of_numbers = [row for row in rows if any(map(is_number, row[1:]))][:BODY_SAMPLE]
    return {column for row in of_numbers for column, cell in enumerate(row) if column and is_number(cell)}


def _is_of_names(row: Sequence[str]) -> bool:
    """Return whether a row may name columns: several cells, no text, not the same words in all columns."""
    filled = [cell.strip() for cell in row if cell.strip()]
    others = [cell.strip() for cell in row[1:] if cell.strip()]
    is_the_same = len(others) > MAX_SAME and len(set(others)) == 1
    return len(filled) > 1 and not is_the_same and all(len(cell) <= MAX_NAME for cell in filled)


def _filled(row: Sequence[str]) -> set[int]:
    """Return the columns that aren't blank."""
    return {column for column, cell in enumerate(row) if cell.strip()}


def _is_over_several(row: Sequence[str]) -> bool:
    """Return whether a row has a name over several columns."""
    return any(left.strip() and left == right for left, right in pairwise(row))


def _names(rows: Sequence[Sequence[str]]) -> list[Header]:
    """
    Return the names of each column.

    A name in an upper row stands over the next columns as far as they have a name below and none in its row.
    """
    width = max(map(len, rows))
    padded = [[*map(str.strip, row), *[""] * (width - len(row))] for row in rows]
    levels: list[list[str]] = []
    for level, row in enumerate(padded):
        below = padded[level + 1 :]
        spread = list(row)
        for column in range(2, width):
            if not row[column] and spread[column - 1] and any(other[column] for other in below):
                spread[column] = spread[column - 1]
        levels.append(spread)
    return [tuple(dict.fromkeys(filter(None, names))) for names in zip(*levels, strict=True)]
