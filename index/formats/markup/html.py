"""Read HTML and XHTML as displayed: headings, paragraphs, lists, tables; no scripts, styles or menus."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.formats.common.blocks import first_heading
from index.formats.common.decoding import decode_declared
from index.formats.common.list_numbers import format_count, parse_count
from index.formats.common.superscripts import to_superscript
from index.formats.common.tables import SourceCell, expand_spans, merge_header_rows, pair_blocks, row_blocks
from index.formats.common.titles import useful_title
from index.formats.markup.mathml import mathml_text
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

NOISE = frozenset(
    "head script style noscript template svg canvas iframe object embed audio video select button textarea "
    "input nav dialog rt rp annotation annotation-xml -comment".split()
)
"""Elements that aren't prose: code, controls, menus, and reading aids above Japanese characters."""

NOISY_ROLES = frozenset(
    "navigation banner contentinfo search menu menubar dialog alert presentation-only".split()
)

BLOCK_ELEMENTS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol p section summary table "
    "tbody td tfoot th thead tr ul".split()
)
ITEM_ELEMENTS = frozenset(("li", "dt", "dd"))
HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
CAPTIONS = frozenset(("caption", "figcaption"))
LIST_ELEMENTS = frozenset(("ol", "ul", "menu"))
LIST_NUMBER_FORMATS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
"""Number formats by the ``type`` of an ordered list."""
MAX_ROWS = 10_000
"""Largest rowspan; a larger one is a mistake or an attack."""

DECLARED_ENCODING = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
EMPTY_ELEMENT = re.compile(
    r"<(?!(?:br|hr|img|meta|link|input|col|area|base|wbr|source|track|param|embed)\b)"
    r"([A-Za-z][\w:-]*)((?:\s[^<>]*)?)/>"
)


def read_html(data: bytes, limits: Limits) -> ParsedFile:
    """Read a page; its title is the ``<title>``, or else its first heading."""
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(decode_html(data))
    element = page.css_first("head title")
    blocks = tuple(HtmlWalker().read(page.body)) if page.body else ()
    title = useful_title(element.text()) if element else None
    return ParsedFile("text/html", title or first_heading(blocks), blocks)


def decode_html(data: bytes) -> str:
    """Decode a page by its declaration, if it has one, and expand ``<script/>`` of XHTML."""
    declared = DECLARED_ENCODING.search(data[:4096])
    text = decode_declared(data, declared[1].decode("ascii") if declared else None)
    is_xhtml = text.lstrip("\ufeff \t\r\n").startswith("<?xml")
    # The parser reads XHTML as HTML, where ``<script/>`` would open an element.
    return EMPTY_ELEMENT.sub(r"<\1\2></\1>", text) if is_xhtml else text


def html_blocks(text: str) -> tuple[ParsedBlock, ...]:
    """Return the blocks of a page or a fragment in reading order."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(text).body
    return tuple(HtmlWalker().read(body)) if body else ()


class HtmlWalker:
    """Walks over the tree of a page, without recursion because a page may be nested deeply."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.inside: list[str] = []
        self.lists: list[int | None] = []
        self.number = ""

    def read(self, root: "LexborNode") -> Iterator[ParsedBlock]:
        """Yield the blocks of a node in reading order."""
        stack = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            tag = node.tag or ""
            if leaving:
                yield from self.flush()
                self.leave(self.inside.pop())
            elif tag == "-text":
                self.words.append(re.sub(r"[ \t\r\n\f]+", " ", node.text_content or ""))
            elif tag == "br":
                self.words.append("\n")
            elif _is_noise(node):
                continue
            elif tag == "sup" and not node.css("sup *:not(a):not(sup)"):
                self.words.append(to_superscript(node.text()))
            elif tag == "math":
                self.words.append(mathml_text(node))
            elif tag == "pre":
                yield from self.flush()
                yield ParsedBlock(BlockKind.CODE, _preformatted(node))
            elif tag == "table" and _is_data(node):
                yield from self.flush()
                yield from _table(node)
            else:
                if tag in BLOCK_ELEMENTS:
                    yield from self.flush()
                    self.inside.append(tag)
                    self.enter(node)
                    stack.append((node, True))
                stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))

    def enter(self, node: "LexborNode") -> None:
        """Count the items of ordered lists, whose numbers are displayed but not in the text."""
        if node.tag in LIST_ELEMENTS:
            self.lists.append(_integer(node, "start", 1) if node.tag == "ol" else None)
        elif node.tag == "li" and self.lists and (following := self.lists[-1]) is not None:
            count = _integer(node, "value", following)
            self.lists[-1] = count + 1
            form = node.parent.attributes.get("type") if node.parent else None
            self.number = f"{format_count(count, LIST_NUMBER_FORMATS.get(form or '', 'decimal'))}. "

    def leave(self, tag: str) -> None:
        """End a list, and drop the number of an item without text."""
        self.number = ""
        if tag in LIST_ELEMENTS:
            self.lists.pop()

    def flush(self) -> Iterator[ParsedBlock]:
        """Yield the text since the last break as one block."""
        if not self.words:
            return
        text = re.sub(r" *\n *", "\n", re.sub(r" +", " ", "".join(self.words))).strip(" \n")
        self.words.clear()
        if not text:
            return
        text, self.number = self.number + text, ""
        heading = next((HEADING_LEVELS[tag] for tag in reversed(self.inside) if tag in HEADING_LEVELS), 0)
        if heading:
            yield ParsedBlock(BlockKind.HEADING, text, level=heading)
        else:
            yield ParsedBlock(self.kind(), text, level=self.depth())

    def kind(self) -> BlockKind:
        """Return the kind of text at this place, if it isn't in a heading."""
        if not ITEM_ELEMENTS.isdisjoint(self.inside):
            return BlockKind.LIST_ITEM
        return BlockKind.PARAGRAPH if CAPTIONS.isdisjoint(self.inside) else BlockKind.CAPTION

    def depth(self) -> int:
        """Return the number of lists around a list item at this place; otherwise 0."""
        return (
            sum(tag in (*LIST_ELEMENTS, "dl") for tag in self.inside)
            if self.kind() is BlockKind.LIST_ITEM
            else 0
        )


def _preformatted(root: "LexborNode") -> str:
    """Return preformatted text with its lines; ``<br>`` ends one, and a block inside starts one."""
    found: list[str] = []
    stack = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        tag = node.tag or ""
        if tag == "-text":
            found.append(node.text_content or "")
        elif tag == "br" or (tag in BLOCK_ELEMENTS and found and not found[-1].endswith("\n")):
            found.append("\n")
        if not leaving and tag not in ("-text", "br"):
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
    return "".join(found)


def _is_noise(node: "LexborNode") -> bool:
    attributes = node.attributes
    return (
        node.tag in NOISE
        or attributes.get("role") in NOISY_ROLES
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or "display:none" in (attributes.get("style") or "").replace(" ", "").lower()
        or (node.tag == "footer" and node.parent is not None and node.parent.tag == "body")
    )


def _is_data(node: "LexborNode") -> bool:
    """Return whether a table contains data, and isn't the layout of a page."""
    return node.attributes.get("role") != "presentation" and len(node.css("table, td h1, td h2")) == 1


def _table(node: "LexborNode") -> Iterator[ParsedBlock]:
    if (caption := node.css_first("caption")) is not None and (text := _text(caption)):
        yield ParsedBlock(BlockKind.CAPTION, text)
    rows = node.css("tr")
    heads = 0
    while heads < len(rows) and _is_header(rows[heads]):
        heads += 1
    lines = expand_spans((_is_header(row), [_cell(cell) for cell in row.css("th, td")]) for row in rows)
    header = merge_header_rows(lines[:heads]) if heads else None
    if header is None and all(_is_row_header(row) for row in rows):
        yield from pair_blocks((name, ", ".join(filter(None, cells))) for name, *cells in lines)
    else:
        yield from row_blocks(lines[heads:], header)


def _is_header(row: "LexborNode") -> bool:
    cells = row.css("th, td")
    within_head = row.parent is not None and row.parent.tag == "thead"
    return bool(cells) and (within_head or (len(cells) > 1 and all(cell.tag == "th" for cell in cells)))


def _is_row_header(row: "LexborNode") -> bool:
    """Return whether a row is a name and its values, as in an infobox."""
    return [cell.tag for cell in row.css("th, td")][:2] == ["th", "td"]


def _cell(node: "LexborNode") -> SourceCell:
    return SourceCell(_text(node), _span(node, "colspan"), min(_span(node, "rowspan"), MAX_ROWS))


def _span(cell: "LexborNode", name: str) -> int:
    return max(1, _integer(cell, name, 1))


def _integer(node: "LexborNode", name: str, default: int) -> int:
    return parse_count(node.attributes.get(name) or "", default)


def _text(node: "LexborNode") -> str:
    """Return the text of a cell on one line."""
    return " ".join(" ".join(block.text.split()) for block in HtmlWalker().read(node))
