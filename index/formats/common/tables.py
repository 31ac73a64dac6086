"""Write table rows so that header and cell stand together and a cell can be quoted."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise, zip_longest
from typing import TypeAlias

from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedRow
from index.text.structure import Header

NUMERIC = re.compile(r"[\W\d_]*")
"""A cell of figures and signs only, which no header is, but for a year."""
YEAR = re.compile("(?:19|20)[0-9]{2}")
STARTS_WITH_DIGIT = re.compile(r"\W*\d")
MAX_COLUMNS = 1000
"""A table that claims to be wider is a mistake or an attack."""


@dataclass(frozen=True, slots=True)
class SourceCell:
    """A cell's words as its format has them, and over how many columns and rows they stand."""

    words: str
    across: int = 1
    down: int = 1


@dataclass(slots=True)
class RowText:
    """A row of a table while it is written: its text, and where the values of its cells are in it."""

    text: str = ""
    edges: "array[int]" = field(default_factory=lambda: array("i"))
    columns: "array[int]" = field(default_factory=lambda: array("i"))
    headers: tuple[Header, ...] = ()

    def write(self, text: str) -> None:
        """Add what is no value: a separator, or the name of the value that follows."""
        self.text += text

    def write_cell(self, value: str, column: int, header: Header = ()) -> None:
        """Add the value of a cell."""
        self.edges.extend((len(self.text), len(self.text) + len(value)))
        self.columns.append(column)
        self.headers += (header,)
        self.text += value

    def block(self, number: int) -> ParsedBlock:
        """The row as the block with that number in its table."""
        row = ParsedRow(number, self.edges, self.columns, self.headers)
        return ParsedBlock(BlockKind.TABLE_ROW, self.text, row=row)


Rows: TypeAlias = Iterator[RowText]


def numbered(rows: Iterable[RowText]) -> Iterator[ParsedBlock]:
    """The rows of one table as blocks; rows without text are left out."""
    yield from (row.block(number) for number, row in enumerate(row for row in rows if row.text))


def row_blocks(rows: Iterable[Sequence[str]], header: Sequence[Header] | None) -> Iterator[ParsedBlock]:
    """
    One block a row: ``Country: France; Capital: Paris`` under a header, ``France | Paris`` without one.

    Blank cells are left out. A row of a single cell under a wider header spans the table and is written as
    it is. A header without rows is written as a row.

    Args:
        rows: The values by column.
        header: What names each column, in one or more levels; None if nothing does.
    """
    return numbered(_table(rows, header))


def pairs(rows: Iterable[tuple[str, str]]) -> Iterator[ParsedBlock]:
    """A table of names and values: one block a row, ``Capital: Paris``; the name is its first cell."""
    return numbered(pair(name, value) for name, value in rows)


def pair(name: str, value: str) -> RowText:
    """A row of a name and a value; either may be blank."""
    name, value, row = _line(name), _line(value), RowText()
    if value:
        name = name.rstrip(":")
    if name:
        row.write_cell(name.rstrip(), 0)
    if name and value:
        row.write(name[len(name.rstrip()) :] + ": ")
    if value:
        row.write_cell(value, 1, of_level(name))
    return row


def of_level(name: str) -> Header:
    """A header of one name, if it isn't blank."""
    return (name.strip(),) if name.strip() else ()


def of_names(names: Iterable[str]) -> list[Header]:
    """A header of one level."""
    return [(name,) for name in names]


def _table(rows: Iterable[Sequence[str]], header: Sequence[Header] | None) -> Rows:
    writer = _RowWriter(header)
    written = False
    for row in rows:
        text = writer.row(row)
        written = written or bool(text.text)
        yield text
    if header and not written:
        yield _RowWriter(None).row([" ".join(levels) for levels in header])


@dataclass(frozen=True, slots=True)
class _Column:
    """What each row writes before a value of the column, and its header as it is stored."""

    label: str
    header: Header

    @classmethod
    def of(cls, levels: Header) -> "_Column":
        name = _line(" ".join(levels)).rstrip(":")
        *outer, last = levels or ("",)
        cleaned = [*map(_line, outer), _line(last).rstrip(":").rstrip()]
        return cls(f"{name}: ", tuple(filter(None, cleaned))) if name else _UNNAMED


_UNNAMED = _Column("", ())


class _RowWriter:
    """
    Writes the rows of a table.

    It doesn't go cell by cell into a :class:`RowText`, and rows that are filled alike share what tells
    their columns: a spreadsheet has millions of cells.
    """

    def __init__(self, header: Sequence[Header] | None) -> None:
        self._between = " | " if header is None else "; "
        self._columns = [_Column.of(levels) for levels in header or ()]
        self._spanned = header is not None and len(header) > 1
        self._filled: dict[tuple[int, ...], tuple[array[int], tuple[Header, ...]]] = {}

    def row(self, row: Sequence[str]) -> RowText:
        columns: Sequence[_Column] = () if len(row) == 1 and self._spanned else self._columns
        parts: list[str] = []
        edges, places = array("i"), []
        at = 0
        for place, cell in enumerate(row):
            if value := " ".join(cell.split()):
                label = columns[place].label if place < len(columns) else ""
                before = self._between + label if parts else label
                start = at + len(before)
                at = start + len(value)
                parts += before, value
                edges.extend((start, at))
                places.append(place)
        return RowText("".join(parts), edges, *self._named(tuple(places), columns))

    def _named(
        self, places: tuple[int, ...], columns: Sequence[_Column]
    ) -> "tuple[array[int], tuple[Header, ...]]":
        """The columns of a row's cells and what names them."""
        key = (len(columns), *places)
        if key not in self._filled:
            headers = (columns[place].header if place < len(columns) else () for place in places)
            self._filled[key] = array("i", places), tuple(headers)
        return self._filled[key]


def _line(text: str) -> str:
    return " ".join(text.split())


def infer_header(rows: Iterable[Sequence[str]]) -> Iterator[ParsedBlock]:
    """
    As :func:`row_blocks`, the header being guessed: the first row of several cells, or
    that and the next.
    """
    return numbered(_infer_header(rows))


def _infer_header(rows: Iterable[Sequence[str]]) -> Rows:
    rows = iter(rows)
    for row in rows:
        if sum(bool(cell.strip()) for cell in row) > 1:
            yield from _below_first(row, rows)
            return
        yield from _table([row], None)


def _below_first(first: Sequence[str], rows: Iterator[Sequence[str]]) -> Rows:
    if looks_like_header(first):
        yield from _table(rows, of_names(first))
        return
    below = next(rows, ())
    grouped = any(left and left == right for left, right in pairwise(first))
    header = merge_header_rows([first, below]) if grouped and below else []
    if looks_like_header([" ".join(levels) for levels in header]):
        yield from _table(rows, header)
    else:
        yield from _table(chain([first, below], rows), None)


def expand_spans(rows: Iterable[tuple[bool, Sequence[SourceCell]]]) -> list[list[str]]:
    """
    The cells' words by row and column; a cell over several rows or columns stands in each of them.

    A body cell over several columns stands in the first only; one over the whole row is that row's only cell.

    Args:
        rows: Whether each is a header, and its cells.
    """
    found: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, words
    for is_header, cells in rows:
        line: list[str] = []
        for cell in cells:
            _fill_hanging(line, hanging)
            if len(cells) == 1 and cell.across > 1 and not line:
                line.append(cell.words)
                break
            for column in range(min(cell.across, MAX_COLUMNS - len(line))):
                text = cell.words if is_header or column == 0 else ""
                if cell.down > 1:
                    hanging[len(line)] = (cell.down - 1, text)
                line.append(text)
        else:
            _fill_hanging(line, hanging)
        found.append(line)
    return found


def _fill_hanging(line: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Put what hangs down from the rows above where the next cell would stand."""
    while len(line) in hanging:
        rows, text = hanging.pop(len(line))
        if rows > 1:
            hanging[len(line)] = (rows - 1, text)
        line.append(text)


def merge_header_rows(heads: Sequence[Sequence[str]]) -> list[Header]:
    """Header rows as one: ``[["Size", "Size"], ["10", "20"]] -> [("Size", "10"), ("Size", "20")]``."""
    columns = zip_longest(*heads, fillvalue="")
    return [tuple(dict.fromkeys(filter(None, names))) for names in columns]


def infer_table(rows: Iterable[Sequence[str]]) -> Iterator[ParsedBlock]:
    """
    As :func:`infer_header`, but a table of names and values has a row ``Name: value`` for each.

    Forms and cover sheets look like that. For a header of two columns there must be figures under words.
    """
    rows = list(rows)
    filled = [given for row in rows if (given := [cell for cell in row if cell.strip()])]
    if not _are_pairs(filled):
        return infer_header(rows)
    return pairs((name, " ".join(value)) for name, *value in filled)


def _are_pairs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether these rows, without their blank cells, are names and values."""
    values = [row[1] for row in rows if len(row) == 2]
    figures = [STARTS_WITH_DIGIT.match(value) is not None for value in values]
    return len(values) > 1 and max(map(len, rows)) == 2 and (figures[0] or not all(figures[1:]))


def looks_like_header(row: Sequence[str]) -> bool:
    """Whether a first row names its columns: two or more, nearly all named, all different, no figures."""
    names = [cell.strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    given = [name for name in names if name]
    return (
        len(given) >= 2
        and len(names) - len(given) <= 1
        and len(set(given)) == len(given)
        and not any(len(name) > 80 for name in given)
        and _are_years([name for name in given if NUMERIC.fullmatch(name)])
    )


def _are_years(figures: Sequence[str]) -> bool:
    """Whether there are none, or they are years in order: ``2021, 2022, 2023``, ``2020, 2010``."""
    if not all(map(YEAR.fullmatch, figures)):
        return False
    steps = {int(later) - int(year) for year, later in pairwise(figures)}
    return not figures or (len(steps) == 1 and steps <= {-10, -5, -1, 1, 5, 10})


def rows_of(records: list[list[str]]) -> tuple[ParsedBlock, ...]:
    """The records as rows; each is let go of when it is written, so that a large file isn't held twice."""
    records.reverse()
    return tuple(infer_header(records.pop() for _ in range(len(records))))
