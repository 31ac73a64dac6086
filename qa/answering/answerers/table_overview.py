"""Overviews of a table or a spreadsheet: its title, its headers and its first rows."""

from collections.abc import Iterator, Sequence
from itertools import groupby, takewhile

from index import BlockList
from index.records import Block, BlockKind, Cell, Document
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.texts import fixed_text
from qa.records import ClaimSentence

MIN_SHARE = 0.7
"""Share of a document's characters in rows of tables, from which it is one."""
MAX_TABLES = 3
MAX_COLUMNS = 12
MAX_GROUPS = 7
MAX_NAMES = 3
"""First cells of rows that are named as examples."""


def is_tabular(document: Document) -> bool:
    """Return whether *document* is a table or a spreadsheet: mostly rows whose cells have headers."""
    rows = table_rows(document)
    characters = sum(row.end - row.start for row in rows)
    named = sum(any(cell.header for cell in row.cells) for row in rows[:200])
    return characters >= MIN_SHARE * len(document.text) and 2 * named >= len(rows[:200]) > 0


def table_rows(document: Document) -> list[Block]:
    """Return the rows of all tables, in order."""
    blocks = document.blocks
    if isinstance(blocks, BlockList):
        return blocks.of_kind(BlockKind.TABLE_ROW)
    return [block for block in blocks if block.kind is BlockKind.TABLE_ROW]


def count_rows(document: Document) -> int:
    """Return how many rows of several cells the tables of *document* have, headers apart."""
    return sum(len(row.cells) > 1 for row in table_rows(document))


def describe_tables(document: Document, language: str) -> list[ClaimSentence]:
    """
    Return the title, the columns and examples of the rows of a document's first tables.

    Args:
        document: A tabular one.
        language: Of the labels.
    """
    tables = [list(rows) for _, rows in groupby(table_rows(document), lambda row: row.table)]
    large = [rows for rows in tables if any(len(row.cells) > 1 for row in rows)]
    return [claim for rows in large[:MAX_TABLES] for claim in _describe(document, rows, language)]


def _describe(document: Document, rows: Sequence[Block], language: str) -> Iterator[ClaimSentence]:
    title = list(takewhile(lambda row: len(row.cells) == 1, rows))
    if title:
        start, end = title[0].start, title[-1].end
        yield ClaimSentence(document.text[start:end], (quote_range(document, start, end),))
    if _are_pairs(document, rows):
        yield from _describe_groups(document, rows, language)
        return
    widest = max(rows[:200], key=lambda row: (len(_names(row.cells)), -row.start))
    cells = _first_of_each(widest.cells)
    if len(cells) > 1:
        shown = cells[:MAX_COLUMNS]
        text = ", ".join(cell.name for cell in shown) + (", …" if len(cells) > MAX_COLUMNS else "")
        quote = quote_range(document, widest.start, shown[-1].end)
        yield ClaimSentence(text, (quote,), fixed_text("columns", language))
    names = _row_names(document, rows)
    label = names[0].name if names and names[0].header else fixed_text("row_names", language)
    yield from _examples(document, names, label)


def _row_names(document: Document, rows: Sequence[Block]) -> list[Cell]:
    """Return the cells of the first column that has words rather than numbers."""
    columns: dict[int, list[Cell]] = {}
    for row in rows:
        for cell in row.cells if len(row.cells) > 1 else ():
            columns.setdefault(cell.column, []).append(cell)
    for _, cells in sorted(columns.items()):
        sample = [document.text[cell.start : cell.end] for cell in cells[:200]]
        if 2 * sum(any(letter.isalpha() for letter in value) for value in sample) > len(sample):
            return cells
    return []


def _describe_groups(document: Document, rows: Sequence[Block], language: str) -> Iterator[ClaimSentence]:
    """Name the groups of a table of names and values: ``Geography.Climate`` is of the group *Geography*."""
    firsts = [row.cells[0] for row in rows if len(row.cells) > 1]
    groups: dict[str, Cell] = {}
    for cell in firsts:
        name = document.text[cell.start : cell.end].split(".")[0]
        groups.setdefault(name, Cell(cell.start, cell.start + len(name), cell.column))
    if 3 * len(groups) <= len(firsts):
        yield from _examples(
            document, list(groups.values()), fixed_text("sections", language), most=MAX_GROUPS
        )


def _examples(
    document: Document, cells: Sequence[Cell], label: str, most: int = MAX_NAMES
) -> Iterator[ClaimSentence]:
    """One claim that names the first different values of *cells*."""
    values: dict[str, Cell] = {}
    for cell in cells:
        value = " ".join(document.text[cell.start : cell.end].split())
        if any(letter.isalpha() for letter in value):
            values.setdefault(value, cell)
    shown = list(values.items())[:most]
    if len(shown) > 1:
        text = ", ".join(value for value, _ in shown) + (", …" if len(values) > most else "")
        quotes = tuple(quote_range(document, cell.start, cell.end) for _, cell in shown)
        yield ClaimSentence(text, quotes, label)


def _are_pairs(document: Document, rows: Sequence[Block]) -> bool:
    """Return whether most rows are a name and a value."""
    pairs = sum(
        len(row.cells) == 2 and row.cells[1].header == (document.text[row.cells[0].start : row.cells[0].end],)
        for row in rows[:200]
    )
    return 2 * pairs > len(rows[:200])


def _names(cells: Sequence[Cell]) -> list[str]:
    return [cell.name for cell in cells if cell.header]


def _first_of_each(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells that have a header, one for each different header."""
    return list({cell.name: cell for cell in reversed(cells) if cell.header}.values())[::-1]
