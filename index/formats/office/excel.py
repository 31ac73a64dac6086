"""Read Excel workbooks."""

import re
from collections.abc import Iterator
from typing import Any

from index.formats.common.number_format import format_number
from index.formats.common.table_headers import LOOK_AHEAD, is_number
from index.formats.common.tables import infer_table, split_tables
from index.formats.common.titles import useful_title
from index.formats.office.ooxml import OOXML, verified_archive
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

MERGED_CELLS = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]{0,40}?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
"""For example ``<mergeCell ref="A2:B4"``; the group is the range."""


def read_xlsx(data: bytes, limits: Limits) -> ParsedFile:
    """Read a workbook: the name of each sheet as a heading, then its rows; formulas as their saved values."""
    import openpyxl

    book = openpyxl.load_workbook(verified_archive(data, limits), read_only=True, data_only=True)
    blocks = tuple(block for sheet in book.worksheets for block in _sheet(sheet))
    return ParsedFile(f"{OOXML}spreadsheetml.sheet", useful_title(book.properties.title), blocks)


def _sheet(sheet: Any) -> Iterator[ParsedBlock]:
    sheet.reset_dimensions()  # the size that the file declares may be wrong, or an attack
    tables = split_tables(_sheet_rows(sheet, dict(_merged(sheet))))
    rows = [row for table in tables for row in infer_table(table)]
    if rows:
        yield ParsedBlock(BlockKind.HEADING, sheet.title, level=1)
        yield from rows


def _sheet_rows(sheet: Any, merged: dict[str, tuple[int, int]]) -> Iterator[list[str]]:
    """
    Yield the rows, with merged cells repeated in each row that they span; blank rows are empty.

    A row with text only in one merged cell gives one cell. In the rows above a row with numbers, which may be
    its header, a merged cell is also repeated in each column.
    """
    waiting: list[
        tuple[list[str], dict[int, int]]
    ] = []  # rows without numbers, with the widths of their cells
    is_first = True

    def released(has_header: bool) -> Iterator[list[str]]:
        nonlocal is_first
        for cells, widths in waiting:
            may_be_header = has_header or (is_first and len(widths) > 1)
            is_first = is_first and len(widths) < 2
            yield _spread_cells(cells, widths) if may_be_header and widths else cells
        waiting.clear()

    for cells, widths in _rows_and_widths(sheet, merged):
        if any(map(is_number, cells)):
            yield from released(has_header=True)
            yield cells
            is_first = False
            continue
        waiting.append((cells, widths))
        if len(waiting) == LOOK_AHEAD:
            yield from released(has_header=False)
    yield from released(has_header=False)


def _rows_and_widths(
    sheet: Any, merged: dict[str, tuple[int, int]]
) -> Iterator[tuple[list[str], dict[int, int]]]:
    """Yield the rows, with the number of columns that each filled cell spans; none if it is alone."""
    from openpyxl.utils import get_column_letter

    carried_down: dict[int, tuple[int, str]] = {}  # merged cells above, by column: last row, text
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_cell_text(cell) for cell in row]
        filled = [column for column, cell in enumerate(cells) if cell]
        cells += [""] * (max(carried_down, default=-1) + 1 - len(cells))
        for column, (last, text_above) in carried_down.items():
            cells[column] = cells[column] or (text_above if number <= last else "")
        spans = {
            column: merged.get(f"{get_column_letter(column + 1)}{number}", (number, 1)) for column in filled
        }
        carried_down |= {
            column: (last, cells[column]) for column, (last, _) in spans.items() if last > number
        }
        if len(filled) == 1 and spans[filled[0]][1] > 1:
            yield [cells[filled[0]]], {}
        elif filled:
            yield cells, {column: width for column, (_, width) in spans.items()}
        else:
            yield [], {}


def _spread_cells(cells: list[str], widths: dict[int, int]) -> list[str]:
    """Repeat cells: ``(["2023", "", "2024"], {0: 2, 2: 2}) -> ["2023", "2023", "2024", "2024"]``."""
    spread = cells + [""] * (max(column + width for column, width in widths.items()) - len(cells))
    for column, width in widths.items():
        spread[column : column + width] = [cells[column]] * width
    return spread


def _merged(sheet: Any) -> Iterator[tuple[str, tuple[int, int]]]:
    """
    Yield first cell, last row and number of columns of merged cells: ``A2:B4 -> ("A2", (4, 2))``.

    openpyxl doesn't give them in read-only mode.
    """
    from openpyxl.utils import range_boundaries

    with sheet.parent._archive.open(sheet._worksheet_path) as part:
        tail = b""
        while piece := part.read(1 << 20):
            window = tail + piece
            for match in MERGED_CELLS.finditer(window):
                left, _, right, bottom = range_boundaries(match[1].decode())
                yield match[1].decode().partition(":")[0], (bottom, right - left + 1)
            tail = window[-200:]  # an entry across two pieces; one that is found twice does no harm


def _cell_text(cell: Any) -> str:
    """Return a value as text: numbers in the format of the cell, dates without midnight."""
    import datetime

    match value := cell.value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float():
            return format_number(value, cell.number_format)
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.datetime():
            return value.isoformat(" ")
        case _:
            return str(value).strip()
