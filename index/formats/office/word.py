"""Read Word documents."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.formats.common.blocks import first_heading
from index.formats.common.list_numbers import parse_count
from index.formats.common.superscripts import to_superscript
from index.formats.common.tables import headers_of, infer_table, row_blocks
from index.formats.common.titles import useful_title
from index.formats.office.list_numbering import Numbering
from index.formats.office.omml import M, omml_text
from index.formats.office.ooxml import OOXML, W, attribute, verified_archive
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
NOTES = ("footnotes", "endnotes")
NON_TEXT = (f"{W}txbxContent", f"{MC}Fallback", f"{W}pPr", f"{W}del", f"{W}moveFrom", f"{W}rt")
"""Not part of a paragraph's text: text boxes, deletions, reading aids above Japanese characters."""
CONTROLS = (f"{W}sdt", f"{W}sdtContent", f"{W}customXml")
"""Controls around text, rows or cells: form fields and custom XML."""


def read_docx(data: bytes, limits: Limits) -> ParsedFile:
    """Read a Word document: body with text boxes at their anchors, then foot- and endnotes."""
    import docx

    document = docx.Document(verified_archive(data, limits))
    word = WordWalker(document)
    blocks = (*word.blocks(document.element.body), *word.notes())
    title = useful_title(document.core_properties.title)
    return ParsedFile(
        f"{OOXML}wordprocessingml.document", title or word.title or first_heading(blocks), blocks
    )


class WordWalker:
    """Walks over a Word document and yields blocks; insertions and form fields are ordinary text."""

    def __init__(self, document: "WordDocument") -> None:
        self.part = document.part
        self.styles = {
            style.style_id: ((style.name or "").lower(), style.element) for style in document.styles
        }
        self.title: str | None = None
        self.numbering = Numbering(next(iter(self._parts("numbering")), None))
        self.numbers: dict[Any, str] = {}

    def blocks(self, parent: Any) -> Iterator[ParsedBlock]:
        """Yield the blocks of a body, cell, note or text box."""
        for element in parent.iterchildren():
            if element.tag == f"{W}p":
                yield from self.paragraph(element)
            elif element.tag == f"{W}tbl":
                yield from self.table(element)
            elif element.tag in (*CONTROLS, f"{W}ins", f"{W}smartTag"):
                yield from self.blocks(element)

    def paragraph(self, element: Any) -> Iterator[ParsedBlock]:
        """Yield the block of a paragraph, if it has text, and those of its text boxes."""
        text, number = paragraph_text(element), self._number(element)
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
        """Return the number that Word prints before a paragraph; empty without one."""
        # A cell that spans rows is visited in each of them, but counts once.
        if element not in self.numbers:
            number, level = self._list_of(element)
            self.numbers[element] = self.numbering.next_number(number, level) if number else ""
        return self.numbers[element]

    def _list_of(self, element: Any) -> tuple[str, int]:
        """Return list and level of a paragraph, by itself or its style; an empty list if it has none."""
        level, style = None, ""
        for origin in (element, *self._styles_of(element)):
            style = attribute(origin, "styleId")
            found = origin.find(f"{W}pPr/{W}numPr")
            if found is not None:
                own_level, number = found.find(f"{W}ilvl"), found.find(f"{W}numId")
                if level is None and own_level is not None:
                    level = parse_count(attribute(own_level))
                if number is not None:
                    name = attribute(number)
                    return name, self.numbering.level_of(name, style) if level is None else level
        return "", 0

    def _styles_of(self, element: Any) -> Iterator[Any]:
        """Yield the style of a paragraph and those that it is based on."""
        name, seen = _style(element), set[str]()  # a hostile file may base a style on itself
        while name in self.styles and name not in seen:
            seen.add(name)
            style = self.styles[name][1]
            yield style
            name = attribute(style.find(f"{W}basedOn"))

    def table(self, element: Any) -> Iterator[ParsedBlock]:
        """Yield the rows of a table, whose header is marked or guessed."""
        from docx.table import Table

        _unwrap(element)
        rows = [self._row(row) for row in Table(element, self.part).rows]
        has_marked_header = element.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None
        yield from row_blocks(rows[1:], headers_of(rows[0])) if has_marked_header else infer_table(rows)

    def _row(self, row: Any) -> list[str]:
        """Return the text of cells, those that span columns in the first one, or alone if they span all."""
        cells = [cell._tc for cell in row.cells]
        texts = [
            ""
            if column and cells[column - 1] is cell
            else "\n".join(block.text for block in self.blocks(cell))
            for column, cell in enumerate(cells)
        ]
        return texts[:1] if len(cells) > 1 and len(set(map(id, cells))) == 1 else texts

    def notes(self) -> Iterator[ParsedBlock]:
        """Yield foot- and endnotes in order, without the separators that Word stores with them."""
        for part in self._parts(*NOTES):
            for note in part.iterchildren():
                if note.get(f"{W}type") is None:
                    yield from self.blocks(note)

    def _parts(self, *kinds: str) -> Iterator[Any]:
        """Yield the roots of the document's other parts of these kinds."""
        from docx.oxml import parse_xml

        for relation in self.part.rels.values():
            if relation.reltype.rsplit("/", 1)[-1] in kinds and not relation.is_external:
                yield parse_xml(relation.target_part.blob)


def _unwrap(table: Any) -> None:
    """Replace controls in a table by their content: python-docx sees only direct rows and cells."""
    for control in list(table.iter(*CONTROLS)):
        for child in list(control):
            control.addprevious(child)
        control.getparent().remove(control)


def _style(paragraph: Any) -> str:
    return attribute(paragraph.find(f"{W}pPr/{W}pStyle"))


def paragraph_text(element: Any) -> str:
    """Return the text of a paragraph as printed, without deletions and text boxes."""
    signs = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "\u2011"}
    found: list[str] = []
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag == f"{W}t":
            found.append(
                to_superscript(node.text or "") if _is_superscript(node.getparent()) else node.text or ""
            )
        elif node.tag in signs:
            found.append(signs[node.tag])
        elif node.tag == f"{M}oMath":
            found.append(omml_text(node))
        elif node.tag not in NON_TEXT:
            stack.extend(reversed(node))
    return "".join(found)


def _is_superscript(run: Any) -> bool:
    place = run.find(f"{W}rPr/{W}vertAlign")
    return place is not None and place.get(f"{W}val") == "superscript"


def _outermost(element: Any, tag: str) -> Iterator[Any]:
    """Yield the outermost descendants of a tag, except in fallbacks, which repeat their alternative."""
    for child in element.iterchildren():
        if child.tag == tag:
            yield child
        elif child.tag != f"{MC}Fallback":
            yield from _outermost(child, tag)
