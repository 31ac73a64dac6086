"""Write table rows with the header beside each value, so that a quoted cell explains itself."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise, zip_longest
from typing import TypeAlias

from index.formats.common.table_headers import LOOK_AHEAD, find_header
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedRow
from index.text.structure import Header

NUMERIC = re.compile(r"[\W\d_]*")
"""A cell of digits and signs only, which is a header only if it is a year."""
YEAR = re.compile("(?:19|20)[0-9]{2}")
STARTS_WITH_DIGIT = re.compile(r"\W*\d")
MAX_NAMES = 400
"""Characters of all names of two levels that are written beside the values of each row."""
MAX_COLUMNS = 1000
"""Columns of a table; one that declares more is a mistake or an attack."""


@dataclass(frozen=True, slots=True)
class SourceCell:
    """The text of a cell in its format, and the number of columns and rows that it spans."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(slots=True)
class RowText:
    """
    A row of a table while it is written.

    Args:
        text: Its text so far.
        edges: Start and end of each value in the text, one after the other.
        columns: The column of each value, from 0.
        headers: The header of each value.
    """

    text: str = ""
    edges: "array[int]" = field(default_factory=lambda: array("i"))
    columns: "array[int]" = field(default_factory=lambda: array("i"))
    headers: tuple[Header, ...] = ()

    def write(self, text: str) -> None:
        """Append text that isn't a value: a separator, or the name of the next value."""
        self.text += text

    def write_cell(self, value: str, column: int, header: Header = ()) -> None:
        """Append the value of a cell."""
        self.edges.extend((len(self.text), len(self.text) + len(value)))
        self.columns.append(column)
        self.headers += (header,)
        self.text += value

    def block(self, number: int) -> ParsedBlock:
        """Return the row as the block with that number in its table."""
        row = ParsedRow(number, self.edges, self.columns, self.headers)
        return ParsedBlock(BlockKind.TABLE_ROW, self.text, row=row)


Rows: TypeAlias = Iterator[RowText]


def number_rows(rows: Iterable[RowText]) -> Iterator[ParsedBlock]:
    """Yield the rows of one table as blocks; rows without text are omitted."""
    yield from (row.block(number) for number, row in enumerate(row for row in rows if row.text))


def row_blocks(rows: Iterable[Sequence[str]], header: Sequence[Header] | None) -> Iterator[ParsedBlock]:
    """
    Yield a block per row: ``Country: France; Capital: Paris`` with a header, ``France | Paris`` without.

    Blank cells are omitted. A row of a single cell below a wider header spans the table and has
    no name. A header without rows is written as a row.

    Args:
        rows: The values by column.
        header: The header of each column, in one or more levels; None if there is none.
    """
    return number_rows(_write_rows(rows, header))


def pair_blocks(rows: Iterable[tuple[str, str]]) -> Iterator[ParsedBlock]:
    """Yield a block per name and value: ``Capital: Paris``; the name is its first cell."""
    return number_rows(pair_row(name, value) for name, value in rows)


def pair_row(name: str, value: str) -> RowText:
    """Return the row of a name and a value; either may be blank."""
    name, value, row = _line(name), _line(value), RowText()
    if value:
        name = name.rstrip(":")
    if name:
        row.write_cell(name.rstrip(), 0)
    if name and value:
        row.write(name[len(name.rstrip()) :] + ": ")
    if value:
        row.write_cell(value, 1, single_header(name))
    return row


def single_header(name: str) -> Header:
    """Return the header of one level; an empty one for a blank name."""
    return (name.strip(),) if name.strip() else ()


def headers_of(names: Iterable[str]) -> list[Header]:
    """Return a header of one level for each column."""
    return [(name,) for name in names]


def _write_rows(
    rows: Iterable[Sequence[str]], header: Sequence[Header] | None, *, is_shown: bool = True
) -> Rows:
    writer = _RowWriter(header, is_shown=is_shown)
    has_text = False
    for row in rows:
        text = writer.row(row)
        has_text = has_text or bool(text.text)
        yield text
    if header and not has_text:  # its words would otherwise be in no row
        yield _RowWriter(None).row([" ".join(levels) for levels in header])


@dataclass(frozen=True, slots=True)
class _Column:
    """The text before each value of a column, and the header as it is stored."""

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

    Args:
        header: The header of each column; None if there is none.
        is_shown: Whether names are written beside the values.
    """

    def __init__(self, header: Sequence[Header] | None, *, is_shown: bool = True) -> None:
        self._separator = "; " if header is not None and is_shown else " | "
        self._is_shown = is_shown
        self._columns = [_Column.of(levels) for levels in header or ()]
        self._has_wide_header = header is not None and len(header) > 1
        # A spreadsheet has millions of cells: rows with values in the same columns share these arrays,
        # and a row is joined once instead of being appended to cell by cell.
        self._shared: dict[tuple[int, ...], tuple[array[int], tuple[Header, ...]]] = {}

    def row(self, row: Sequence[str]) -> RowText:
        """Return a row as text, with the edges, columns and headers of its values."""
        columns: Sequence[_Column] = () if len(row) == 1 and self._has_wide_header else self._columns
        parts: list[str] = []
        edges, filled = array("i"), list[int]()
        end = 0
        for column, cell in enumerate(row):
            if value := " ".join(cell.split()):
                label = columns[column].label if self._is_shown and column < len(columns) else ""
                before = self._separator + label if parts else label
                start = end + len(before)
                end = start + len(value)
                parts += before, value
                edges.extend((start, end))
                filled.append(column)
        return RowText("".join(parts), edges, *self._columns_and_headers(tuple(filled), columns))

    def _columns_and_headers(
        self, filled: tuple[int, ...], columns: Sequence[_Column]
    ) -> "tuple[array[int], tuple[Header, ...]]":
        """Return the columns of a row's values, and their headers."""
        key = (len(columns), *filled)
        if key not in self._shared:
            headers = (columns[column].header if column < len(columns) else () for column in filled)
            self._shared[key] = array("i", filled), tuple(headers)
        return self._shared[key]


def _line(text: str) -> str:
    return " ".join(text.split())


def infer_header(rows: Iterable[Sequence[str]]) -> Iterator[ParsedBlock]:
    """
    Yield blocks as :func:`row_blocks`, with a guessed header of one or two rows.

    Rows of a single cell above it are titles.
    """
    return number_rows(_infer_header(rows))


def _infer_header(rows: Iterable[Sequence[str]]) -> Rows:
    rows = iter(rows)
    titles = 0
    ahead: list[Sequence[str]] = []
    for row in rows:
        ahead.append(row)
        if sum(bool(cell.strip()) for cell in row) > 1:
            break
        titles += 1
        if titles == LOOK_AHEAD:
            yield from _write_rows(ahead, None)
            ahead, titles = [], 0
    yield from _write_rows(ahead[:titles], None)
    first = ahead[titles:]
    ahead = [*first, *islice(rows, LOOK_AHEAD)]
    found = find_header(ahead)
    if found is None or (found.end == 1 and looks_like_header(ahead[0])) or _has_grouped_header(ahead):
        if first:
            yield from _infer_header_from(ahead[0], chain(ahead[1:], rows))
        return
    # The names are in rows of their own: beside every value, names of several lines would hide it.
    yield from _write_rows(map(_without_repetition, ahead[: found.end]), None)
    yield from _write_rows(_with_labels_above(chain(ahead[found.end :], rows)), found.names, is_shown=False)


def _without_repetition(row: Sequence[str]) -> list[str]:
    """Return a row of names, each once, though it stands over several columns."""
    return [cell if not column or cell != row[column - 1] else "" for column, cell in enumerate(row)]


def _has_grouped_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first two rows are a header in which columns have two short names."""
    if len(rows) < 2 or not any(left and left == right for left, right in pairwise(rows[0])):
        return False
    names = [" ".join(levels) for levels in merge_header_rows(rows[:2])]
    return looks_like_header(names) and sum(map(len, names)) <= MAX_NAMES


def _with_labels_above(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield rows in which a first cell that is left blank, because it is that of the row above, is filled."""
    above = ""
    for row in rows:
        filled = [column for column, cell in enumerate(row) if cell.strip()]
        if filled and filled[0] == 1 and len(filled) > 2 and above:
            yield [above, *row[1:]]
            continue
        if filled:
            above = row[0] if filled[0] == 0 and len(filled) > 1 else ""
        yield row


def _infer_header_from(first: Sequence[str], rows: Iterator[Sequence[str]]) -> Rows:
    if looks_like_header(first):
        yield from _write_rows(rows, headers_of(first))
        return
    # Merged cells were repeated: "2010 | 2010" above "men | women" is a header of two levels.
    below = next(rows, ())
    if below and _has_grouped_header([first, below]):
        yield from _write_rows(_with_labels_above(rows), merge_header_rows([first, below]))
    else:
        yield from _write_rows(chain([first, below], rows), None)


def expand_spans(rows: Iterable[tuple[bool, Sequence[SourceCell]]]) -> list[list[str]]:
    """
    Return the text of cells by row and column, with each cell repeated in the rows that it spans.

    A header cell is also repeated in the columns that it spans. A body cell is in the first of them only, and
    one that spans the whole row is the only cell of that row.

    Args:
        rows: For each row whether it is a header, and its cells.
    """
    found: list[list[str]] = []
    carried_down: dict[int, tuple[int, str]] = {}  # by column: rows still to fill, text
    for is_header, cells in rows:
        line: list[str] = []
        for cell in cells:
            _append_carried_down(line, carried_down)
            if len(cells) == 1 and cell.columns > 1 and not line:
                line.append(cell.text)
                break
            # Repeating a value of the body would count it twice.
            for column in range(min(cell.columns, MAX_COLUMNS - len(line))):
                text = cell.text if is_header or column == 0 else ""
                if cell.rows > 1:
                    carried_down[len(line)] = (cell.rows - 1, text)
                line.append(text)
        else:
            _append_carried_down(line, carried_down)
        found.append(line)
    return found


def _append_carried_down(line: list[str], carried_down: dict[int, tuple[int, str]]) -> None:
    """Append the cells that span down from the rows above into the next columns."""
    while len(line) in carried_down:
        rows, text = carried_down.pop(len(line))
        if rows > 1:
            carried_down[len(line)] = (rows - 1, text)
        line.append(text)


def merge_header_rows(heads: Sequence[Sequence[str]]) -> list[Header]:
    """Merge header rows: ``[["Size", "Size"], ["10", "20"]] -> [("Size", "10"), ("Size", "20")]``."""
    columns = zip_longest(*heads, fillvalue="")
    # A cell that spans down is in both rows; it names the column once.
    return [tuple(dict.fromkeys(filter(None, names))) for names in columns]


def infer_table(rows: Iterable[Sequence[str]]) -> Iterator[ParsedBlock]:
    """
    Yield blocks as :func:`infer_header`, but ``Name: value`` for each row of a table of names and values.

    Forms and cover sheets are such tables.
    """
    rows = list(rows)
    filled = [cells for row in rows if (cells := [cell for cell in row if cell.strip()])]
    if not are_pairs(filled):
        return infer_header(rows)
    return pair_blocks((name, " ".join(value)) for name, *value in filled)


def split_tables(rows: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """
    Yield the tables of a sheet, without blank rows.

    A table begins after a blank row, with titles and a header, if the row below the header has numbers.
    Without one, as above the sections of an account, the table goes on.

    Args:
        rows: The rows of the sheet; blank ones are empty.
    """
    table: list[Sequence[str]] = []
    begins: int | None = None  # where the next table begins, if a header follows
    is_after_blank = False
    for row in rows:
        filled = [cell for cell in row if cell.strip()]
        if not filled:
            is_after_blank = True
            continue
        if is_after_blank:
            begins, is_after_blank = len(table), False
        elif begins is not None and len(table) > begins and heads(table[-1], row):
            if begins:
                yield table[:begins]
            table, begins = table[begins:], None
        table.append(row)
        if begins is not None and len(filled) > 1 and not looks_like_header(row):
            begins = None
    if table:
        yield table


def heads(row: Sequence[str], below: Sequence[str]) -> bool:
    """Return whether a row names the columns of the row below it, which has numbers where it has none."""
    return looks_like_header(row) and any(
        name.strip() and not STARTS_WITH_DIGIT.match(name) and STARTS_WITH_DIGIT.match(value)
        for name, value in zip(row[1:], below[1:], strict=False)
    )


def are_pairs(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether rows without their blank cells are names and values."""
    values = [row[1] for row in rows if len(row) == 2]
    are_numbers = [STARTS_WITH_DIGIT.match(value) is not None for value in values]
    # Words above nothing but numbers are the header of a table with two columns.
    return len(values) > 1 and max(map(len, rows)) == 2 and (are_numbers[0] or not all(are_numbers[1:]))


def looks_like_header(row: Sequence[str]) -> bool:
    """Return whether a row names its columns: several, all but one named, all different, no numbers."""
    names = [cell.strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    filled = [name for name in names if name]
    return (
        len(filled) >= 2
        and len(names) - len(filled) <= 1  # often the corner above the names of the rows
        and len(set(filled)) == len(filled)
        and not any(len(name) > 80 for name in filled)
        and _are_years([name for name in filled if NUMERIC.fullmatch(name)])
    )


def _are_years(figures: Sequence[str]) -> bool:
    """Return whether the list is empty or contains years in steps: ``2021, 2022, 2023``, ``2020, 2010``."""
    if not all(map(YEAR.fullmatch, figures)):
        return False
    steps = {int(later) - int(year) for year, later in pairwise(figures)}
    return not figures or (len(steps) == 1 and steps <= {-10, -5, -1, 1, 5, 10})


def record_blocks(records: list[list[str]]) -> tuple[ParsedBlock, ...]:
    """Return records as blocks of rows with a guessed header; *records* is emptied."""
    # Each record is freed once its row is written, so that a large file isn't in memory twice.
    records.reverse()
    return tuple(infer_header(records.pop() for _ in range(len(records))))
