"""
The tables of a document, row by row, with the labels of every value.

A parser stores the rows of a table with their cells. What it can't know is found here: column names of two
lines, rows that head the rows below them, the table that goes on after a stray line of a page, and the unit
that the whole table is in.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePath

from index.records import Block, BlockKind, Cell, Document

MAX_ROWS = 4000
"""Maximum number of rows of one table that are read, around the requested place."""
MAX_GAP = 80
"""Characters of stray lines in the middle of a table that is printed on a page."""
MAX_BEFORE = 4
"""Maximum number of blocks before a table that may describe it."""
MAX_BEFORE_CHARACTERS = 400
MAX_OPENING = 300
"""Number of characters at the beginning of a document that describe the whole of it."""
MAX_HEADER_ROWS = 4
MAX_NAMED_FROM = 40
"""Maximum number of rows above the first one whose cells a parser has named."""
MIN_PAIRS = 2
"""Rows of two cells without names of columns from which a table is one of names and values."""
MAX_NAME = 60
"""Characters of the name of a column."""
MAX_REMEMBERED = 50_000
"""Texts of cells of which it is remembered whether they are numbers."""

_VALUE = re.compile(
    r"[\s(~≈<>≤≥+\-−–±]*(?:US|AU|C|NZ|A)?[$€£¥]?\s?[(\-−–]?\d[\d,.'\u00a0\u202f]*(?:\s?[%‰]|\s?(?:[a-zA-Zµ°²³]{1,5}|bps))?"
    r"(?:\s?[*†‡)]|\([\w*]{1,2}\)|[¹²³⁴⁵⁶⁷⁸⁹⁰])*"
)
_YEAR = re.compile(r"(?:FY\s?)?(?:1[89]|20)\d\d[EAP]?", re.I)
_YEAR_AND_WORD = re.compile(r"(?:1[89]|20)\d\d\s?[^\W\d_]+")
_SEPARATOR = re.compile(r"[-_]")
_LETTER = re.compile(r"[^\W\d_]")
_YEAR_NAME = re.compile(r"\b(?:year|date|period|jahr|datum|année|año|anno|ano|jaar)\b", re.I)
_CURRENCY = re.compile(r"[$€£¥]")
_PERIOD = re.compile(
    r"(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2},\s*|FY\s?|Q[1-4]\s)?"
    r"(?:19|20)\d\d\b",
    re.I,
)
_PERIODS = re.compile(rf"(?:{_PERIOD.pattern}\s+){{1,9}}{_PERIOD.pattern}", re.I)
_SIGN = re.compile(r"[$€£¥+\-−–—%()]{1,2}")
_UNIT = re.compile(
    r"(?:all |amounts? |dollars? |figures? |numbers? |values? |shares? |u\.?s\.? |\$ ?|€ ?|£ ?|usd |eur |gbp "
    r"|are |expressed |stated |shown )*\bin (?:u\.?s\. dollars? |usd |eur |gbp |€ ?|\$ ?|£ ?)?"
    r"(?:thousands?|millions?|billions?)(?: of (?:u\.s\. )?(?:dollars|euros|pounds|usd|eur|gbp))?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class TableCell:
    """
    One filled cell.

    Args:
        start: Offset of its first character in the document.
        end: Offset one past the last.
        text: Its words.
        column: Its column, from 0.
        header: What names its column, outermost first.
    """

    start: int
    end: int
    text: str
    column: int
    header: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The header in one line."""
        return " ".join(self.header)


@dataclass(frozen=True, slots=True)
class TableRow:
    """
    One row.

    Args:
        start: Offset of its first character in the document.
        end: Offset one past the last.
        labels: The cells that say what the row is about.
        values: The cells that it says of it.
        group: The row that heads this one, if there is any.
    """

    start: int
    end: int
    labels: tuple[TableCell, ...]
    values: tuple[TableCell, ...]
    group: TableCell | None = None

    @property
    def cells(self) -> list[TableCell]:
        """All its cells, in order."""
        return sorted((*self.labels, *self.values), key=lambda cell: cell.start)


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table, or the part of a large one around a place.

    Args:
        document: The document that it is in.
        rows: Its rows, without those that only name columns.
        context: What is said about all of it: titles, the lines before it, the names of the document.
        heading: The part of it that is about this table and no other: titles and the lines before it.
        unit: Start and end of the words for the unit of all its values, if any.
        money: The columns of amounts of money, as far as a sign of a currency tells.
        repeated: First labels that several rows have.
    """

    document: Document
    rows: tuple[TableRow, ...]
    context: str
    unit: tuple[int, int] | None = None
    money: frozenset[int] = frozenset()
    repeated: frozenset[str] = frozenset()
    heading: str = ""

    @property
    def titles(self) -> str:
        """The names of the document, with spaces between their words."""
        return _titles(self.document)

    def telling_labels(self, row: TableRow) -> list[TableCell]:
        """
        Return the labels that identify *row*: its first one, and more if other rows have the same.

        A number of the row is followed by the first label with words.
        """
        if not row.labels or row.labels[0].text in self.repeated:
            return [*([row.group] if row.group else []), *row.labels]
        if not _LETTER.search(row.labels[0].text):
            return [row.labels[0], *[label for label in row.labels[1:] if _LETTER.search(label.text)][:1]]
        return [row.labels[0]]


@lru_cache(maxsize=MAX_REMEMBERED)
def is_value(text: str) -> bool:
    """
    Return whether the words of a cell are a number, with its sign and a short unit, and not a year.

    >>> [is_value(text) for text in ("1,234", "$ (5.2)", "83.9%", "2016", "18-24", "Total")]
    [True, True, True, False, False, False]
    """
    text = text.strip()
    return not is_year(text) and _VALUE.fullmatch(text) is not None and not _YEAR_AND_WORD.fullmatch(text)


def is_year(text: str) -> bool:
    """Return whether the words of a cell are a year alone."""
    return _YEAR.fullmatch(text.strip()) is not None


def is_figure(text: str) -> bool:
    """Return whether the words of a cell are a number, be it that of a year."""
    return is_value(text) or is_year(text)


def read_tables(document: Document, ranges: Iterable[tuple[int, int]]) -> list[Table]:
    """
    Return the tables that share a character with one of *ranges*, each once, in the order of *ranges*.

    Args:
        document: With blocks.
        ranges: Start and end of places in its text, the most relevant first.
    """
    blocks = document.blocks
    found: dict[int, Table] = {}
    read: list[range] = []
    for start, end in ranges:
        at = bisect_right(blocks, start, key=lambda block: block.end)
        while at < len(blocks) and blocks[at].start < end:
            known = next((one for one in read if at in one), None)
            if known is None and blocks[at].kind is BlockKind.TABLE_ROW:
                known = _extent(document, at)
                read.append(known)
                found[known.start] = _table(document, known)
            at = known.stop if known else at + 1
    return [table for table in found.values() if table.rows]


def _extent(document: Document, at: int) -> range:
    """Return the numbers of the blocks of the table at *at*: its rows, and stray lines between them."""
    blocks = document.blocks
    first = last = at
    while first > 0 and at - first < MAX_ROWS and (before := _neighbour(document, first, -1)) is not None:
        first = before
    while (
        last < len(blocks) - 1
        and last - at < MAX_ROWS
        and (after := _neighbour(document, last, 1)) is not None
    ):
        last = after
    return range(first, last + 1)


def _neighbour(document: Document, at: int, step: int) -> int | None:
    """Return the next row of the same table in one direction; None if the table ends."""
    blocks = document.blocks
    row, length, near = blocks[at], 0, at + step
    while 0 <= near < len(blocks):
        block = blocks[near]
        if block.kind is BlockKind.TABLE_ROW:
            goes_on = block.table == row.table and block.table is not None
            return near if goes_on or (document.pages and _goes_on(document, row, block)) else None
        length += block.end - block.start
        # In a table that is printed on a page, a part of it may have a title of its own: "Projected".
        ends = block.kind is BlockKind.CAPTION or (
            block.kind is BlockKind.HEADING and _has_digit(document.text[block.start : block.end])
        )
        if ends or length > MAX_GAP or not document.pages:
            return None
        near += step
    return None


def _goes_on(document: Document, row: Block, other: Block) -> bool:
    """Return whether two rows of a page that a stray line parts belong to one table."""
    width = max((cell.column for cell in row.cells), default=0)
    return (
        width > 0
        and width == max((cell.column for cell in other.cells), default=0)
        and abs(_page_number(document, row.start) - _page_number(document, other.start)) <= 1
    )


def _page_number(document: Document, offset: int) -> int:
    page = document.page_at(offset)
    return page.number if page else 0


def _table(document: Document, numbers: range) -> Table:
    blocks = document.blocks[numbers.start : numbers.stop]
    rows = [(block, _cells(document, block)) for block in blocks]
    heads, body = _split_header([row for row in rows if row[0].kind is BlockKind.TABLE_ROW])
    titles = [cells[0].text for _, cells in heads if len(cells) == 1]
    width = max((cells[-1].column for _, cells in body if cells), default=0)
    is_named = not document.pages and any(cell.header for _, cells in body for cell in cells)
    names = [] if is_named else [cells for _, cells in heads if len(cells) > 1]
    group: TableCell | None = None
    if document.pages and (not names or len(names[-1]) < width):
        # Cells that are numbered from the left don't line up with names that leave some out.
        names, group = _names_in_line_before(document, blocks[0].start, width)
    if document.pages and names:
        names = _spread_names(names, width)
    before = list(_before(document, numbers.start))
    lines = [document.text[block.start : block.end] for block in before]
    heading = " \n ".join([*_heading(document, before), *titles])
    opening = document.text[: min(MAX_OPENING, blocks[0].start)]
    context = " \n ".join([_titles(document), opening, *lines, *titles])
    start = document.blocks[max(0, numbers.start - MAX_BEFORE)].start
    unit = _UNIT.search(document.text, start, body[0][0].end if body else start)
    if document.pages and any(is_value(cell.text) for _, cells in body for cell in cells):
        headed = {id(block) for block, _ in heads}
        body = [row for row in rows if id(row[0]) not in headed]
    read = tuple(_rows(_with_pairs(body) if not names else body, names, group))
    counts = Counter(row.labels[0].text for row in read if row.labels)
    repeated = frozenset(text for text, count in counts.items() if count > 1)
    unit_span = unit.span() if unit else None
    return Table(document, read, context, unit_span, _money_columns(read), repeated, heading)


def _titles(document: Document) -> str:
    names = [document.title, *(PurePath(path).stem for path in document.paths[:1])]
    return _SEPARATOR.sub(" ", " \n ".join(names))


def _with_pairs(body: "_Rows") -> "_Rows":
    """Return the rows of a table of names and values, in which each name heads its value."""
    whole = [cells for block, cells in body if block.kind is BlockKind.TABLE_ROW and len(cells) > 1]
    if len(whole) < MIN_PAIRS or any(len(cells) > 2 or cells[1].header for cells in whole):
        return body
    return [
        (block, [cells[0], replace(cells[1], header=(cells[0].text.rstrip(": "),))])
        if len(cells) == 2
        else (block, cells)
        for block, cells in body
    ]


def _names_in_line_before(
    document: Document, start: int, width: int
) -> tuple[list[list[TableCell]], TableCell | None]:
    """
    Return the periods that name columns and the head of the first rows, which a page has as a line of text.

    In "Year ended December 31, 2023 2022 2021 Net sales:" these are three years and "Net sales:".
    """
    begin = max(0, start - MAX_BEFORE_CHARACTERS)
    for match in reversed(list(_PERIODS.finditer(document.text, begin, start))):
        periods = list(_PERIOD.finditer(document.text, match.start(), match.end()))
        after = document.text[match.end() : start].strip()
        if len(periods) != width or len(after) > MAX_NAME or _has_digit(after):
            continue
        # In "December 31, 2023 2022" the day is that of all years.
        lengths = {len(one[0].split()) for one in periods}
        names = [
            TableCell(one.start(), one.end(), " ".join(one[0].split()[-max(1, min(lengths)) :]), column)
            for column, one in enumerate(periods, start=1)
        ]
        at = document.text.find(after, match.end()) if after else start
        return [names], TableCell(at, at + len(after), " ".join(after.split()), 0) if after else None
    return [], None


def _spread_names(names: Sequence[Sequence[TableCell]], width: int) -> list[list[TableCell]]:
    """
    Return the names of a page's columns, each in the column that it names.

    Cells of a page may be counted from the left: without a name for the labels, each name is a column too far
    left, and each of two names above four others is over two of them.
    """
    is_shifted = len(names[-1]) == width and names[-1][-1].column == width - 1
    shifted = [[replace(one, column=one.column + is_shifted) for one in row] for row in names]
    leaves = [one for one in shifted[-1] if one.column > 0]
    spread: list[list[TableCell]] = []
    for row in shifted[:-1]:
        above = [one for one in row if one.column > 0]
        if above and len(above) < len(leaves) and len(leaves) % len(above) == 0:
            share = len(leaves) // len(above)
            above = [replace(above[at // share], column=leaf.column) for at, leaf in enumerate(leaves)]
        spread.append(above)
    return [*spread, shifted[-1]]


def _money_columns(rows: Sequence[TableRow]) -> frozenset[int]:
    """Return the columns in which a value has the sign of a currency."""
    return frozenset(cell.column for row in rows for cell in row.values if _CURRENCY.search(cell.text))


def _before(document: Document, at: int) -> Iterator[Block]:
    """Yield the heading above a table and the lines right before it."""
    length = 0
    for number in range(at - 1, max(-1, at - 200), -1):
        block = document.blocks[number]
        if block.kind is BlockKind.HEADING:
            yield block
            return
        length += block.end - block.start
        if block.kind is BlockKind.TABLE_ROW and not document.pages:
            continue  # the rows of another table; a page may have its titles in rows
        if at - number <= MAX_BEFORE and length <= MAX_BEFORE_CHARACTERS:
            yield block


def _heading(document: Document, before: Sequence[Block]) -> Iterator[str]:
    """Yield the texts of blocks before a table that are about it alone: no rows, no lines above a caption."""
    captions = [block for block in before if block.kind in (BlockKind.CAPTION, BlockKind.HEADING)]
    has_caption = any(block.kind is BlockKind.CAPTION for block in captions)
    for block in captions if has_caption else before:
        if block.kind is not BlockKind.TABLE_ROW:
            yield document.text[block.start : block.end]


def _cells(document: Document, block: Block) -> list[TableCell]:
    """
    Return the cells of a row; a sign that is printed apart from its number is part of it.

    A block between rows is one cell.
    """
    if block.kind is not BlockKind.TABLE_ROW:
        return [TableCell(block.start, block.end, document.text[block.start : block.end], 0)]
    cells: list[TableCell] = []
    sign: Cell | None = None
    for cell in block.cells:
        text = document.text[cell.start : cell.end]
        if _SIGN.fullmatch(text.strip()):
            if text.strip() in ("%", ")") and cells and cells[-1].end < cell.start:
                last = cells.pop()
                whole = document.text[last.start : cell.end]
                cells.append(
                    TableCell(last.start, cell.end, " ".join(whole.split()), last.column, last.header)
                )
            else:
                sign = cell
            continue
        start = cell.start
        if sign is not None and text[:1].isdigit() and not document.text[sign.end : start].strip():
            start = sign.start
        sign = None
        text = " ".join(document.text[start : cell.end].split())
        cells.append(TableCell(start, cell.end, text, cell.column, cell.header))
    return cells


_Rows = Sequence[tuple[Block, list[TableCell]]]


def _split_header(rows: _Rows) -> tuple[_Rows, _Rows]:
    """
    Return the rows that head the table, and the others.

    Rows above those that a parser has named are titles and names. Otherwise, a title is a row of one cell; a
    row of names has no numbers, and the rows below it have some. In a table without numbers only a parser
    that names the cells by the first row makes that row one of names.
    """
    are_named = [any(cell.header for cell in cells) for _, cells in rows if len(cells) > 1]
    named_from = next((at for at, (_, cells) in enumerate(rows) if any(cell.header for cell in cells)), 0)
    if 0 < named_from <= MAX_NAMED_FROM and 2 * sum(are_named) > len(are_named) > 0:
        return rows[:named_from], rows[named_from:]
    at = 0
    while at < min(len(rows), MAX_HEADER_ROWS + 2) and len(rows[at][1]) == 1 and not rows[at][1][0].header:
        at += 1
    end = at
    while end < min(len(rows) - 1, at + MAX_HEADER_ROWS) and _is_names(rows[end][1]):
        end += 1
    has_numbers = any(is_value(cell.text) for _, cells in rows[end : end + 3] for cell in cells)
    if has_numbers or at == end:
        return rows[: end if has_numbers else at], rows[end if has_numbers else at :]
    first, second = rows[at][1], rows[at + 1][1]
    named = any(cell.header == (first_cell.text,) for cell in second for first_cell in first if cell.column)
    return (rows[: at + 1], rows[at + 1 :]) if named else (rows[:at], rows[at:])


def _is_names(cells: Sequence[TableCell]) -> bool:
    return (
        len(cells) > 1
        and not any(len(cell.text) > MAX_NAME for cell in cells)
        and not any(is_value(cell.text) for cell in cells)
        and not any(cell.header for cell in cells[1:])
    ) or (1 < len(cells) and all(is_year(cell.text) for cell in cells[1:]) and not is_value(cells[0].text))


def _rows(
    body: _Rows, names: Sequence[Sequence[TableCell]], group: TableCell | None = None
) -> Iterator[TableRow]:
    """Yield the rows of a table; one of a single cell heads those that follow, as far as the next total."""
    years = _year_columns(body)
    for block, cells in body:
        if block.kind is not BlockKind.TABLE_ROW:
            words = " ".join(cells[0].text.split()) if cells else ""
            group = cells[0] if words and len(words) <= MAX_NAME and not _has_digit(words) else None
            continue
        if len(cells) == 1 and not cells[0].header:
            group = cells[0]
            continue
        named = [_named(cell, names) for cell in cells] if names else cells
        labels, values = _split_row(named, years)
        total = bool(cells) and cells[0].text.lower().startswith("total")
        if values:
            yield TableRow(block.start, block.end, labels, values, None if total else group)
        group = None if total else group


def _year_columns(body: _Rows) -> frozenset[int]:
    """Return the columns most of whose numbers are years; elsewhere 1898 is a number like others."""
    years: dict[int, list[bool]] = {}
    for _, cells in body:
        for cell in cells:
            if is_year(cell.text) or is_value(cell.text):
                years.setdefault(cell.column, []).append(is_year(cell.text))
    return frozenset(column for column, found in years.items() if 2 * sum(found) > len(found))


def _named(cell: TableCell, names: Sequence[Sequence[TableCell]]) -> TableCell:
    """Return a cell with the names above it; one over several columns may be left of it."""
    header: list[str] = []
    for level, row in enumerate(names):
        exact = [one.text for one in row if one.column == cell.column]
        left = [one.text for one in row if 0 < one.column < cell.column]
        above = exact or (left[-1:] if level < len(names) - 1 and len(row) < len(names[-1]) else [])
        header += [name for name in above if name not in header]
    return TableCell(cell.start, cell.end, cell.text, cell.column, tuple(header))


def _split_row(
    cells: Sequence[TableCell], years: frozenset[int]
) -> tuple[tuple[TableCell, ...], tuple[TableCell, ...]]:
    """Return the label cells and the value cells of a row; the first cell is always a label."""
    values = [
        cell
        for cell in cells[1:]
        if (is_value(cell.text) or (is_year(cell.text) and cell.column not in years))
        and not _YEAR_NAME.search(cell.name)
    ]
    if not values:
        return tuple(cells[:1]), tuple(cells[1:])
    labels = [
        cell
        for cell in cells
        if cell not in values and (cell.column < values[0].column or not _has_digit(cell.text))
    ]
    others = [cell for cell in cells if cell not in labels]
    return tuple(labels), tuple(others)


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)
