"""
Find the tables that plain text has in its layout.

These are lines of names and values (``Rent: 540``, ``Rent ..... 540``), records with a delimiter
(``aa:Afar``), and columns that spaces align. Everything else stays as it is written.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

from index.formats.common.tables import headers_of, heads, infer_header, pair_blocks, row_blocks
from index.records import BlockKind
from index.text.canonical import ParsedBlock

MIN_LINES = 3
"""Lines from which a layout is a table."""
MIN_RECORDS = 5
"""Lines from which records of two fields are a table."""
MAX_NAME, MAX_NAME_WORDS = 40, 6
"""Characters and words of the name before a value."""
MAX_VALUE = 60
"""Average characters of the values of a table; longer ones are sentences."""
MAX_CELL = 30
"""Average characters of the cells of aligned columns; those of a newspaper are longer."""
MAX_LINES = 5000
"""Lines of one table; the next one begins after them."""
MAX_COMMENTS = 5
"""Lines of comments of which one may name the fields of records."""
DELIMITERS = "\t|;:,"

_PAIR = re.compile(
    rf"\s*(?P<name>[^\W\d_][^:\t]{{0,{MAX_NAME - 1}}}?)\s*(?::(?:\s|$)|(?:\s?\.){{3,}}\s*:?)\s*(?P<value>.*)"
)
_RULE = re.compile(r"[\s|+]*[-=_]{2,}[-=_\s|+:]*")
"""A line that is drawn: ``-----``, ``+---+---+``."""
_GAP = re.compile(r"(?<=\S)\s{2,}(?=\S)")
_NUMBER = re.compile(r"[\W_]*\d")

_Lines = Sequence[str]


def text_blocks(text: str) -> Iterator[ParsedBlock]:
    """Yield the blocks of plain text: the rows of its tables, and all else verbatim."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    plain = 0
    at = 0
    comments: list[str] = []
    while at < len(lines):
        if lines[at].startswith("#"):
            comments = [lines[at].strip("# "), *comments[: MAX_COMMENTS - 1]]
        table = _table_at(lines, at, comments)
        if table is None:
            at += 1
            continue
        end, blocks = table
        yield from _verbatim(lines[plain:at])
        yield from blocks
        at = plain = end
    if plain:
        yield from _verbatim(lines[plain:])
    else:
        yield ParsedBlock(BlockKind.PLAIN_TEXT, text)


def _verbatim(lines: _Lines) -> Iterator[ParsedBlock]:
    if any(line.strip() for line in lines):
        yield ParsedBlock(BlockKind.PLAIN_TEXT, "\n".join(lines).strip("\n"))


def _table_at(lines: _Lines, at: int, comments: Sequence[str]) -> tuple[int, list[ParsedBlock]] | None:
    """Return the end of the table that begins at a line, and its rows; None if none begins there."""
    if not lines[at].strip() or (at and _is_same_layout(lines[at - 1], lines[at])):
        return None
    for read in (_pairs, _aligned):
        if found := read(lines, at):
            return found
    return _records(lines, at, comments)


def _is_same_layout(before: str, line: str) -> bool:
    """Return whether a line goes on with the one before, with which no table began."""
    return any(bool(kind(before)) and bool(kind(line)) for kind in (_PAIR.fullmatch, _GAP.search))


def _run(lines: _Lines, at: int, is_part: Callable[[str], object]) -> list[str]:
    """Return the lines from *at* on that are part of a layout."""
    end = at
    while end < min(len(lines), at + MAX_LINES) and is_part(lines[end]):
        end += 1
    return list(lines[at:end])


def _pairs(lines: _Lines, at: int) -> tuple[int, list[ParsedBlock]] | None:
    """Read lines of different names, each with a value; those of a talk have the names of few speakers."""
    run = _run(lines, at, _PAIR.fullmatch)
    found = [match for line in run if (match := _PAIR.fullmatch(line))]
    names = [match["name"].rstrip(" .") for match in found]
    values = [match["value"] for match in found]
    if (
        len(found) < MIN_LINES
        or not values[0]
        or 4 * values.count("") > len(values)
        or len({name.casefold() for name in names}) < len(names)
        or any(len(name.split()) > MAX_NAME_WORDS for name in names)
        or sum(map(len, values)) > MAX_VALUE * len(found)
    ):
        return None
    return at + len(run), list(pair_blocks(zip(names, values, strict=True)))


def _records(lines: _Lines, at: int, comments: Sequence[str]) -> tuple[int, list[ParsedBlock]] | None:
    """Read lines with the same number of the same delimiter; a comment above may name the fields."""
    for delimiter in DELIMITERS:
        count = lines[at].strip().count(delimiter)
        if not count or not _is_record(lines[at], delimiter, count):
            continue
        run = _run(lines, at, partial(_is_record, delimiter=delimiter, count=count))
        rows = [line.strip().split(delimiter) for line in run]
        if len(run) < (MIN_LINES if count > 1 else MIN_RECORDS) or _average(rows) > MAX_CELL:
            continue
        named = (comment.split(delimiter) for comment in comments if comment.count(delimiter) == count)
        if names := next(named, None):
            blocks = row_blocks(rows, headers_of(names))
        else:
            blocks = row_blocks(rows, None) if delimiter == ":" else infer_header(rows)
        return at + len(run), list(blocks)
    return None


def _is_record(line: str, delimiter: str, count: int) -> bool:
    """Return whether a line has *count* delimiters, with one word before the first: a key."""
    line = line.strip()
    key = line.split(delimiter)[0].split()
    return (
        line.count(delimiter) == count
        and f"{delimiter} " not in line
        and f"{delimiter}//" not in line
        and not line.startswith("#")
        and (len(key) == 1 or (count > 1 and 0 < len(key) <= MAX_NAME_WORDS))
    )


def _aligned(lines: _Lines, at: int) -> tuple[int, list[ParsedBlock]] | None:
    """Read lines whose cells are in columns with two spaces between them; drawn lines are left out."""
    if not _GAP.search(lines[at].expandtabs()):
        return None
    run = _run(lines, at, lambda line: _is_aligned(line) or (line.strip() and len(line) <= MAX_NAME))
    while run and not _GAP.search(run[-1].expandtabs()):
        run.pop()
    written = [line.expandtabs() for line in run if not _RULE.fullmatch(line)]
    wide = [line for line in written if _GAP.search(line)]
    if len(wide) < MIN_LINES:
        return None
    columns = _columns(wide)
    rows = [
        [line[start:end].strip(" |") for start, end in columns] if _GAP.search(line) else [line.strip()]
        for line in written
    ]
    whole = [row for row in rows if len(row) > 1]
    if (
        len(whole) < MIN_LINES
        or 3 * len(whole) < 2 * len(rows)
        or any(sum(map(bool, row)) < 2 for row in whole)
        or _average(whole) > MAX_CELL
        or not (len(written) < len(run) or _have_numbers(whole))
    ):
        return None
    named = len(written) < len(run) or heads(whole[0], whole[1])
    return at + len(run), list(infer_header(rows) if named else row_blocks(rows, None))


def _is_aligned(line: str) -> bool:
    return bool(_GAP.search(line.expandtabs()) or _RULE.fullmatch(line))


def _columns(lines: _Lines) -> list[tuple[int, int]]:
    """Return where columns begin and end: two places that are blank in all lines are between them."""
    width = max(map(len, lines))
    blank = [all(at >= len(line) or line[at] in " |" for line in lines) for at in range(width)] + [True, True]
    edges = [at + 1 for at in range(-1, width) if (at < 0 or blank[at]) and not blank[at + 1]]
    columns: list[tuple[int, int]] = []
    for start, following in pairwise([*edges, width + 2]):
        if columns and start - 2 >= 0 and not blank[start - 2]:  # one space is in a cell
            columns[-1] = (columns[-1][0], following)
        else:
            columns.append((start, following))
    return columns


def _average(rows: Sequence[Sequence[str]]) -> float:
    """Return the average number of characters of the cells that aren't blank."""
    lengths = [len(cell) for row in rows for cell in row if cell]
    return sum(lengths) / len(lengths) if lengths else 0.0


def _have_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether most rows have a number after their first cell, as prose in columns hasn't."""
    return 2 * sum(any(_NUMBER.match(cell) for cell in row[1:]) for row in rows) > len(rows)
