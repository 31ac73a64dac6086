"""Read OpenDocument texts and spreadsheets, as LibreOffice writes them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.archive import open_archive
from index.formats.common.blocks import first_heading, prose_block
from index.formats.common.superscripts import to_superscript
from index.formats.common.tables import SourceCell, expand_spans, headers_of, infer_table, row_blocks
from index.formats.common.titles import useful_title
from index.formats.office.opc import refuse_document_types
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

OPENDOCUMENT = "application/vnd.oasis.opendocument."
MAX_REPEATED = 1_000
"""Times that a filled cell or row is repeated; an empty one is often declared a million times."""
MAX_DEPTH = 100
"""Depth of lists, sections and tables in each other."""

_SPACE = {"text:tab": " ", "text:line-break": "\n", "text:soft-page-break": ""}
# Not part of the text at their place: notes come after the text, comments and deleted text never.
_OMITTED = frozenset(
    """
    office:annotation office:annotation-end office:forms text:note text:ruby-text text:sequence-decls
    text:tracked-changes text:variable-decls table:shapes draw:object svg:desc svg:title
    """.split()
)


def read_odt(data: bytes, limits: Limits) -> ParsedFile:
    """Read a text document in the order of its body, then its notes."""
    document = _open(data, limits)
    walker = TextWalker()
    blocks = (*walker.blocks(document.body, TextContext()), *walker.notes())
    title = useful_title(document.meta.title) or walker.title or first_heading(blocks)
    return ParsedFile(f"{OPENDOCUMENT}text", title, blocks)


def read_ods(data: bytes, limits: Limits) -> ParsedFile:
    """Read a spreadsheet: the name of each sheet as a heading, then its rows as they are displayed."""
    document = _open(data, limits)
    blocks = tuple(block for sheet in _children(document.body, "table:table") for block in _sheet(sheet))
    return ParsedFile(f"{OPENDOCUMENT}spreadsheet", useful_title(document.meta.title), blocks)


def _open(data: bytes, limits: Limits) -> Any:
    """
    Return the document, opened by odfdo.

    Raises:
        UnreadableFile: If it exceeds a limit, has a password, or has a document type.
    """
    import odfdo

    with open_archive(data, limits) as archive:
        refuse_document_types(archive)
        if "META-INF/manifest.xml" in archive.namelist():
            manifest = archive.read("META-INF/manifest.xml")
            if b"encryption-data" in manifest:
                raise UnreadableFile(FailureCode.ENCRYPTED)
    return odfdo.Document(io.BytesIO(data))


def _children(parent: Any, tag: str) -> Iterator[Any]:
    return (child for child in parent.children if child.tag == tag)


@dataclass(frozen=True, slots=True)
class TextContext:
    """The surroundings of an element: the depth of its lists, and how deep it is nested in all."""

    lists: int = 0
    depth: int = 0


class TextWalker:
    """Walks over the body of a text document and yields blocks."""

    def __init__(self) -> None:
        self.title: str | None = None
        self._notes: list[Any] = []

    def blocks(self, parent: Any, context: TextContext) -> Iterator[ParsedBlock]:
        """Yield the blocks of a body, section, list or text box."""
        if context.depth > MAX_DEPTH:
            raise UnreadableFile(FailureCode.TOO_DEEP)
        deeper = replace(context, depth=context.depth + 1)
        for element in parent.children:
            match element.tag:
                case "text:h":
                    level = element.get_attribute("text:outline-level") or "1"
                    yield from prose_block(self.text(element), _number(level, 1), 0)
                case "text:p":
                    yield from self._paragraph(element, context)
                case "text:list-item" | "text:list-header":
                    yield from self.blocks(element, replace(deeper, lists=context.lists + 1))
                case "table:table":
                    yield from self._table(element)
                case tag if tag not in _OMITTED:
                    yield from self.blocks(element, deeper)

    def notes(self) -> Iterator[ParsedBlock]:
        """Yield the foot- and endnotes of the elements that were walked over."""
        while self._notes:
            yield from self.blocks(self._notes.pop(0), TextContext())

    def text(self, element: Any) -> str:
        """Return the text of a paragraph with the marks of its notes, which are kept for later."""
        pieces = [element.text or ""]
        for child in element.children:
            match child.tag:
                case "text:s":
                    pieces.append(" " * min(_number(child.get_attribute("text:c"), 1), MAX_REPEATED))
                case "text:note":
                    pieces.append(self._note(child))
                case tag if tag in _SPACE:
                    pieces.append(_SPACE[tag])
                case tag if tag not in _OMITTED and not tag.startswith("draw:"):
                    pieces.append(self.text(child))
            pieces.append(child.tail or "")
        return "".join(pieces)

    def _paragraph(self, element: Any, context: TextContext) -> Iterator[ParsedBlock]:
        text = self.text(element)
        style = str(element.get_attribute("text:style-name") or "")
        if style == "Title":
            self.title = self.title or " ".join(text.split())
        yield from prose_block(text, style == "Title", context.lists)
        for child in element.children:
            if child.tag.startswith("draw:"):
                yield from self.blocks(child, replace(context, depth=context.depth + 1))

    def _note(self, note: Any) -> str:
        """Return the mark of a note, and keep its body."""
        mark = " ".join(self.text(citation) for citation in _children(note, "text:note-citation"))
        self._notes += _children(note, "text:note-body")
        return to_superscript(mark.strip())

    def _table(self, table: Any) -> Iterator[ParsedBlock]:
        rows = list(_rows(table, lambda cell: " ".join(self._cell_text(cell).split())))
        is_header = [row for row, _ in rows]
        lines = expand_spans(rows)
        if any(is_header) and not all(is_header):
            count = is_header.index(False)
            yield from row_blocks(lines[count:], headers_of(lines[count - 1]))
        else:
            yield from infer_table(lines)

    def _cell_text(self, cell: Any) -> str:
        blocks = self.blocks(cell, TextContext(depth=1))
        return " ".join(block.text for block in blocks)


def _rows(table: Any, text: Any, in_header: bool = False) -> Iterator[tuple[bool, list[SourceCell]]]:
    """Yield the rows of a table with their cells, and whether each is in its header."""
    for element in table.children:
        match element.tag:
            case "table:table-row":
                cells = list(_cells(element, text))
                filled = any(cell.text for cell in cells)
                repeated = _number(element.get_attribute("table:number-rows-repeated"), 1)
                for _ in range(min(repeated, MAX_REPEATED) if filled else 1):
                    yield in_header, cells
            case "table:table-header-rows":
                yield from _rows(element, text, in_header=True)
            case "table:table-rows" | "table:table-row-group":
                yield from _rows(element, text, in_header)


def _cells(row: Any, text: Any) -> Iterator[SourceCell]:
    pending = 0  # blank cells, which count only if a filled one follows
    for cell in row.children:
        repeated = min(_number(cell.get_attribute("table:number-columns-repeated"), 1), MAX_REPEATED)
        if cell.tag != "table:table-cell":  # covered by a merged cell, which spans it
            continue
        words = text(cell)
        columns, rows = (
            max(1, _number(cell.get_attribute(f"table:number-{side}-spanned"), 1))
            for side in ("columns", "rows")
        )
        if not words and columns == rows == 1:
            pending += repeated
            continue
        yield from [SourceCell("")] * min(pending, MAX_REPEATED)
        pending = 0
        yield from [SourceCell(words, min(columns, MAX_REPEATED), min(rows, MAX_REPEATED))] * repeated


def _sheet(sheet: Any) -> Iterator[ParsedBlock]:
    walker = TextWalker()
    rows = list(_rows(sheet, lambda cell: " ".join(walker.text(cell).split())))
    lines = [line for line in expand_spans(rows) if any(line)]
    if lines:
        yield ParsedBlock(BlockKind.HEADING, str(sheet.get_attribute("table:name") or "Sheet"), level=1)
        yield from infer_table(lines)


def _number(value: object, default: int) -> int:
    """Return an attribute as a number."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default
