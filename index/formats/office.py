"""Word, PowerPoint and Excel files, by their parts in reading order."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from index.canonical import ParsedBlock, Raw
from index.formats.archive import open_archive
from index.formats.formulas import M, formula
from index.formats.markup import first_heading
from index.formats.numbering import Numbering, said, whole
from index.formats.numbers import as_shown, raised
from index.formats.opc import refuse_document_types
from index.formats.records import Limits
from index.formats.tables import (
    SourceCell,
    grid,
    of_names,
    of_pairs_or_with_header,
    table,
    with_guessed_header,
)
from index.records import BlockKind

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

OOXML = "application/vnd.openxmlformats-officedocument."
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]{0,40}?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
EMU_A_POINT = 12_700
NOTES = ("footnotes", "endnotes")
APART = (f"{W}txbxContent", f"{MC}Fallback", f"{W}pPr", f"{W}del", f"{W}moveFrom", f"{W}rt")
"""What is no part of a paragraph's words: boxes, what is deleted, reading aids above Japanese characters."""
CONTROLS = (f"{W}sdt", f"{W}sdtContent", f"{W}customXml")
"""What is put around text, rows or cells to fill them in or to tell what they mean."""


def _checked(data: bytes, limits: Limits) -> io.BytesIO:
    with open_archive(data, limits) as archive:
        refuse_document_types(archive)
    return io.BytesIO(data)


def read_docx(data: bytes, limits: Limits) -> Raw:
    """A Word document: body, then text boxes where they are anchored, then foot- and endnotes."""
    import docx

    document = docx.Document(_checked(data, limits))
    word = _Word(document)
    blocks = (*word.blocks(document.element.body), *word.notes())
    title = (document.core_properties.title or "").strip()
    return Raw(f"{OOXML}wordprocessingml.document", title or word.title or first_heading(blocks), blocks)


class _Word:
    """The body of a Word document as blocks; what is inserted or in a form's field is text like any other."""

    def __init__(self, document: "WordDocument") -> None:
        self.part = document.part
        self.styles = {
            style.style_id: ((style.name or "").lower(), style.element) for style in document.styles
        }
        self.title: str | None = None
        self.numbering = Numbering(next(iter(self._parts("numbering")), None))
        self.numbers: dict[Any, str] = {}

    def blocks(self, parent: Any) -> Iterator[ParsedBlock]:
        for element in parent.iterchildren():
            if element.tag == f"{W}p":
                yield from self.paragraph(element)
            elif element.tag == f"{W}tbl":
                yield from self.table(element)
            elif element.tag in (*CONTROLS, f"{W}ins", f"{W}smartTag"):
                yield from self.blocks(element)

    def paragraph(self, element: Any) -> Iterator[ParsedBlock]:
        text, number = words(element), self._number(element)
        if text.strip():
            yield self._block(element, f"{number} {text}" if number else text)
        for box in _outermost(element, f"{W}txbxContent"):
            yield from self.blocks(box)

    def _block(self, element: Any, text: str) -> ParsedBlock:
        name, own = self.styles.get(_style(element), ("", None))
        if name == "title":
            self.title = self.title or " ".join(text.split())
            return ParsedBlock(BlockKind.HEADING, text, level=1)
        if match := HEADING_STYLE.match(name):
            return ParsedBlock(BlockKind.HEADING, text, level=int(match[1]))
        numbered = any(
            origin is not None and origin.find(f"{W}pPr/{W}numPr") is not None for origin in (element, own)
        )
        if numbered or name.startswith("list"):
            return ParsedBlock(BlockKind.LIST_ITEM, text, level=self._list_of(element)[1] + 1)
        return ParsedBlock(BlockKind.CAPTION if name == "caption" else BlockKind.PARAGRAPH, text)

    def _number(self, element: Any) -> str:
        """What Word puts before a paragraph; a cell over several rows is asked for, and counts, only once."""
        if element not in self.numbers:
            number, level = self._list_of(element)
            self.numbers[element] = self.numbering.next(number, level) if number else ""
        return self.numbers[element]

    def _list_of(self, element: Any) -> tuple[str, int]:
        """List and level of a paragraph, its own or its style's; no list is an empty one."""
        level, style = None, ""
        for origin in (element, *self._styles_of(element)):
            style = said(origin, "styleId")
            found = origin.find(f"{W}pPr/{W}numPr")
            if found is not None:
                own_level, number = found.find(f"{W}ilvl"), found.find(f"{W}numId")
                if level is None and own_level is not None:
                    level = whole(said(own_level))
                if number is not None:
                    name = said(number)
                    return name, self.numbering.level_of(name, style) if level is None else level
        return "", 0

    def _styles_of(self, element: Any) -> Iterator[Any]:
        """A paragraph's style and those that it is based on."""
        name, seen = _style(element), set[str]()
        while name in self.styles and name not in seen:
            seen.add(name)
            style = self.styles[name][1]
            yield style
            name = said(style.find(f"{W}basedOn"))

    def table(self, element: Any) -> Iterator[ParsedBlock]:
        from docx.table import Table

        _unwrap(element)
        rows = [self._row(row) for row in Table(element, self.part).rows]
        marked = element.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None
        yield from table(rows[1:], of_names(rows[0])) if marked else of_pairs_or_with_header(rows)

    def _row(self, row: Any) -> list[str]:
        """A cell over several rows stands in each; over several columns, in the first; over all, alone."""
        cells = [cell._tc for cell in row.cells]
        texts = [
            ""
            if column and cells[column - 1] is cell
            else "\n".join(block.text for block in self.blocks(cell))
            for column, cell in enumerate(cells)
        ]
        return texts[:1] if len(cells) > 1 and len(set(map(id, cells))) == 1 else texts

    def notes(self) -> Iterator[ParsedBlock]:
        """Foot- and endnotes, in their order; the separators Word keeps among them are not text."""
        for part in self._parts(*NOTES):
            for note in part.iterchildren():
                if note.get(f"{W}type") is None:
                    yield from self.blocks(note)

    def _parts(self, *kinds: str) -> Iterator[Any]:
        """The roots of the document's other parts of these kinds."""
        from docx.oxml import parse_xml

        for relation in self.part.rels.values():
            if relation.reltype.rsplit("/", 1)[-1] in kinds and not relation.is_external:
                yield parse_xml(relation.target_part.blob)


def _unwrap(table: Any) -> None:
    """What stands in controls takes their place: the library sees a table's or a row's own children only."""
    for control in list(table.iter(*CONTROLS)):
        for child in list(control):
            control.addprevious(child)
        control.getparent().remove(control)


def _style(paragraph: Any) -> str:
    return said(paragraph.find(f"{W}pPr/{W}pStyle"))


def words(element: Any) -> str:
    """A paragraph's words as printed: without what is deleted, and without its text boxes."""
    signs = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "\u2011"}
    found: list[str] = []
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag == f"{W}t":
            found.append(raised(node.text or "") if _is_raised(node.getparent()) else node.text or "")
        elif node.tag in signs:
            found.append(signs[node.tag])
        elif node.tag == f"{M}oMath":
            found.append(formula(node))
        elif node.tag not in APART:
            stack.extend(reversed(node))
    return "".join(found)


def _is_raised(run: Any) -> bool:
    place = run.find(f"{W}rPr/{W}vertAlign")
    return place is not None and place.get(f"{W}val") == "superscript"


def _outermost(element: Any, tag: str) -> Iterator[Any]:
    """The nearest descendants of that tag; an alternative's fallback says the same again and is left out."""
    for child in element.iterchildren():
        if child.tag == tag:
            yield child
        elif child.tag != f"{MC}Fallback":
            yield from _outermost(child, tag)


def read_pptx(data: bytes, limits: Limits) -> Raw:
    """Slides, each a page: the title as a heading, then shapes in their order, then the speaker's notes."""
    import pptx

    deck = pptx.Presentation(_checked(data, limits))
    blocks = tuple(
        replace(block, page=number) for number, slide in enumerate(deck.slides, 1) for block in _slide(slide)
    )
    size = ((deck.slide_width or 0) / EMU_A_POINT, (deck.slide_height or 0) / EMU_A_POINT)
    title = (deck.core_properties.title or "").strip()
    title = "" if title == "PowerPoint Presentation" else title  # what PowerPoint writes when nobody does
    return Raw(f"{OOXML}presentationml.presentation", title or None, blocks, (size,) * len(deck.slides))


def _slide(slide: Any) -> Iterator[ParsedBlock]:
    title = slide.shapes.title
    if title is not None and (text := _frame_words(title.text_frame)).strip():
        yield ParsedBlock(BlockKind.HEADING, text, level=1)
    for shape in slide.shapes:
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape(shape)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        yield from _paragraphs(notes, BlockKind.PARAGRAPH)


def _shape(shape: Any) -> Iterator[ParsedBlock]:
    if hasattr(shape, "shapes"):
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield from with_guessed_header(grid((False, _slide_cells(row)) for row in shape.table.rows))
    elif shape.has_text_frame:
        yield from _paragraphs(
            shape.text_frame, BlockKind.LIST_ITEM if shape.is_placeholder else BlockKind.PARAGRAPH
        )


def _slide_cells(row: Any) -> list[SourceCell]:
    return [
        SourceCell(_frame_words(cell.text_frame), cell.span_width, cell.span_height)
        for cell in row.cells
        if not cell.is_spanned
    ]


def _paragraphs(frame: Any, kind: BlockKind) -> Iterator[ParsedBlock]:
    for paragraph in frame.paragraphs:
        text = _paragraph_words(paragraph)
        if text.strip():
            yield ParsedBlock(kind, text, level=paragraph.level + 1 if kind is BlockKind.LIST_ITEM else 0)


def _frame_words(frame: Any) -> str:
    return "\n".join(map(_paragraph_words, frame.paragraphs))


def _paragraph_words(paragraph: Any) -> str:
    """A paragraph's words as shown: a raised number stays raised, and line breaks are line breaks."""
    pieces = paragraph._p.content_children
    return "".join(raised(piece.text) if _is_lifted(piece) else piece.text for piece in pieces).replace(
        "\v", "\n"
    )


def _is_lifted(piece: Any) -> bool:
    """Whether a run stands above the line; ``baseline`` is how far, in thousandths of a per cent."""
    look = piece.find(f"{A}rPr")
    return look is not None and whole(look.get("baseline") or "", 0) > 0


def read_xlsx(data: bytes, limits: Limits) -> Raw:
    """A workbook: each sheet's name as a heading, then its rows; of formulas, the values saved with them."""
    import openpyxl

    book = openpyxl.load_workbook(_checked(data, limits), read_only=True, data_only=True)
    blocks = tuple(block for sheet in book.worksheets for block in _sheet(sheet))
    title = (book.properties.title or "").strip()
    return Raw(f"{OOXML}spreadsheetml.sheet", title or None, blocks)


def _sheet(sheet: Any) -> Iterator[ParsedBlock]:
    sheet.reset_dimensions()  # the file's own claim may be wrong, or an attack
    rows = list(of_pairs_or_with_header(_sheet_rows(sheet, dict(_merged(sheet)))))
    if rows:
        yield ParsedBlock(BlockKind.HEADING, sheet.title, level=1)
        yield from rows


def _sheet_rows(sheet: Any, merged: dict[str, tuple[int, int]]) -> Iterator[list[str]]:
    """
    Rows that hold anything; a cell over several rows stands in each, one over a whole row alone.

    In the first row of several cells, which may be a header, one over several columns stands in each.
    """
    from openpyxl.utils import get_column_letter

    hanging: dict[int, tuple[int, str]] = {}  # column -> last row, words
    is_first = True
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_written(cell) for cell in row]
        filled = [column for column, cell in enumerate(cells) if cell]
        cells += [""] * (max(hanging, default=-1) + 1 - len(cells))
        for column, (last, words_above) in hanging.items():
            cells[column] = cells[column] or (words_above if number <= last else "")
        spans = {
            column: merged.get(f"{get_column_letter(column + 1)}{number}", (number, 1)) for column in filled
        }
        hanging |= {column: (last, cells[column]) for column, (last, _) in spans.items() if last > number}
        if len(filled) == 1 and spans[filled[0]][1] > 1:
            yield [cells[filled[0]]]
        elif filled:
            widths = {column: width for column, (_, width) in spans.items()}
            yield _spread(cells, widths) if is_first else cells
            is_first = is_first and len(filled) == 1


def _spread(cells: list[str], widths: dict[int, int]) -> list[str]:
    """``(["2023", "", "2024"], {0: 2, 2: 2}) -> ["2023", "2023", "2024", "2024"]``"""
    spread = cells + [""] * (max(column + width for column, width in widths.items()) - len(cells))
    for column, width in widths.items():
        spread[column : column + width] = [cells[column]] * width
    return spread


def _merged(sheet: Any) -> Iterator[tuple[str, tuple[int, int]]]:
    """
    Merged cells, which the library doesn't tell while it streams: first cell, last row, number of columns.

    Example: ``A2:B4 -> ("A2", (4, 2))``
    """
    from openpyxl.utils import range_boundaries

    with sheet.parent._archive.open(sheet._worksheet_path) as part:
        tail = b""
        while piece := part.read(1 << 20):
            window = tail + piece
            for match in MERGED.finditer(window):
                left, _, right, bottom = range_boundaries(match[1].decode())
                yield match[1].decode().partition(":")[0], (bottom, right - left + 1)
            tail = window[-200:]  # what is found twice is the same entry twice


def _written(cell: Any) -> str:
    """A cell's value as a person would write it: a number as it is shown there, a day without midnight."""
    import datetime

    match value := cell.value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float():
            return as_shown(value, cell.number_format)
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.datetime():
            return value.isoformat(" ")
        case _:
            return str(value)
