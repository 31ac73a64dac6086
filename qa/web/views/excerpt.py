"""
A part of a document's canonical text as HTML, with the cited words marked.

The text content of the HTML is the canonical text, code point for code point, except for characters that
:func:`~qa.web.views.rendering.escape` replaces; elements are put around the text and add none. The blocks
(headings, lists, tables, code) come from the index.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise, takewhile

from markupsafe import Markup

from index import Block, BlockKind, Cell, Document, Span, overlapping, plain_text_blocks
from index.text.sentences import logical_lines
from qa.answering.answerers.json_text import BLOCK_TAGS, JSON_TYPES, TAG, shown_path
from qa.web.views.rendering import capitalise, page_name, render

WINDOW_CHARS = 4_000
"""Maximum number of characters before and after the cited words."""
MORE_CHARS = 12_000
"""Maximum number of characters in a further slice."""

_MAX_GRAPHEME_LENGTH = 20
"""Code points of a grapheme that is never split; a longer one is an attack."""
_MAX_LIST_DEPTH = 6
"""Deeper lists are shown at this depth."""
_MAX_COLUMN_SPAN = 1000
"""The maximum in HTML."""
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*+\n)++")
_MARKER = re.compile(r"(?:\(?(?:[0-9]{1,3}|[ivxlcdm]{1,6}|[IVXLCDM]{1,6}|[A-Za-z])[.)]|[•◦▪‣·*–-])(?=\s)")
"""The number or bullet of a list item that is part of the text."""
_BREAKS = (_BLANK_LINES, re.compile("\n"), re.compile(r"\s"))
"""Where an excerpt may begin or end, the best first."""


@dataclass(frozen=True, slots=True)
class Element:
    """
    An element of an excerpt, which ``excerpt.html`` renders.

    Args:
        name: Its name.
        content: The text and the elements in it.
        attributes: Its attributes.
    """

    name: str
    content: Sequence["Node"]
    attributes: Mapping[str, str]


Node = str | Element


@dataclass(frozen=True, slots=True)
class Excerpt:
    """
    A part of a document as HTML.

    Args:
        html: Its text content is the canonical text of [start, end).
        start: Offset of the first character.
        end: Offset after the last character.
        length: Length of the whole document, in code points.
    """

    html: Markup
    start: int
    end: int
    length: int

    @property
    def has_earlier(self) -> bool:
        """Return whether there is text before it, for :func:`earlier_html`."""
        return self.start > 0

    @property
    def has_later(self) -> bool:
        """Return whether there is text after it, for :func:`later_html`."""
        return self.end < self.length


def source_html(
    document: Document,
    span: Span,
    others: Sequence[Span] = (),
    mark_class: str = "fn-cited",
) -> Excerpt:
    """
    Return the cited words with the text around them.

    The text contents of the ``mark`` elements with *mark_class*, joined, are ``document.quote(span)``.

    Args:
        document: The source.
        span: The cited words, which are shown in full, however long they are.
        others: The answer's other cited spans; marked with ``fn-also-cited`` outside *span*.
        mark_class: Class of the marks on *span*.

    Raises:
        ValueError: If the span is not within the document.
    """
    document.quote(span)
    start = _find_start(document.text, max(0, span.start - WINDOW_CHARS), span.start)
    end = _find_end(document.text, span.end, min(len(document.text), span.end + WINDOW_CHARS))
    return _excerpt(ExcerptContext(document, span, tuple(others), mark_class), start, end)


def earlier_html(document: Document, before: int, others: Sequence[Span] = ()) -> Excerpt:
    """Return up to :data:`MORE_CHARS` characters before the offset *before*, where an excerpt starts."""
    before = min(max(0, before), len(document.text))
    start = _find_start(document.text, max(0, before - MORE_CHARS), before)
    return _excerpt(ExcerptContext(document, None, tuple(others)), start, before)


def later_html(document: Document, after: int, others: Sequence[Span] = ()) -> Excerpt:
    """Return up to :data:`MORE_CHARS` characters after the offset *after*, where an excerpt ends."""
    after = min(max(0, after), len(document.text))
    end = _find_end(document.text, after, min(len(document.text), after + MORE_CHARS))
    return _excerpt(ExcerptContext(document, None, tuple(others)), after, end)


# Where an excerpt begins and ends


def _find_start(text: str, lowest: int, highest: int) -> int:
    """Return the first good offset to begin at in the lower half: after blank lines, a line or a space."""
    if not lowest:
        return 0
    for pattern in _BREAKS:
        if match := pattern.search(text, lowest, (lowest + highest) // 2):
            return match.end()
    return _grapheme_boundary(text, lowest + _MAX_GRAPHEME_LENGTH)


def _find_end(text: str, lowest: int, highest: int) -> int:
    """Return the last good offset to end at in the upper half."""
    if highest == len(text):
        return highest
    for pattern in _BREAKS:
        if matches := list(pattern.finditer(text, (lowest + highest) // 2, highest)):
            return matches[-1].end()
    return _grapheme_boundary(text, highest)


def _grapheme_boundary(text: str, offset: int) -> int:
    """Return the last offset up to *offset* that separates no combining mark or joiner from its letter."""
    for cut in range(offset, offset - _MAX_GRAPHEME_LENGTH, -1):
        is_joined = unicodedata.category(text[cut]).startswith("M") or "\u200d" in text[cut - 1 : cut + 1]
        if not is_joined:
            return cut
    return offset


# Text to elements


@dataclass(frozen=True, slots=True)
class ExcerptContext:
    """
    A document and its marks.

    Args:
        document: The document.
        span: The cited words; None in a further slice, which has none.
        others: The answer's other cited spans, also of other documents.
        mark_class: Class of the marks on *span*.
    """

    document: Document
    span: Span | None
    others: tuple[Span, ...]
    mark_class: str = "fn-cited"
    bounds: tuple[int, ...] = field(init=False)
    """Offsets at which a mark begins or ends, in order."""

    def __post_init__(self) -> None:
        marked = [span for span in (self.span, *self.others) if span and span.doc_id == self.document.doc_id]
        bounds = sorted({offset for span in marked for offset in (span.start, span.end)})
        object.__setattr__(self, "bounds", tuple(bounds))

    def blocks(self, start: int, end: int) -> list[Block]:
        """Return the blocks between two offsets; those of plain text if the document has no blocks."""
        blocks = self.document.blocks or plain_text_blocks(self.document.text)
        return overlapping(blocks, start, end)

    def marked(self, start: int, end: int, class_: str = "") -> list[Node]:
        """Return the text of [start, end) with its marks, which also get *class_*."""
        cuts = [start, *(offset for offset in self.bounds if start < offset < end), end]
        return [node for a, b in pairwise(cuts) if a < b for node in self._marked(a, b, class_)]

    def _marked(self, start: int, end: int, class_: str) -> list[Node]:
        content = self._content(start, end)
        if self.span and self.span.start <= start and end <= self.span.end:
            return [_element("mark", content, class_=f"{self.mark_class} {class_}".rstrip())]
        doc_id = self.document.doc_id
        if any(span.doc_id == doc_id and span.start <= start and end <= span.end for span in self.others):
            return [_element("mark", content, class_=f"fn-also-cited {class_}".rstrip())]
        return content

    def _content(self, start: int, end: int) -> list[Node]:
        """Return text, with the tags of HTML in the values of JSON as elements that the stylesheet hides."""
        text = self.document.text[start:end]
        if self.document.media_type not in JSON_TYPES:
            return [text]
        nodes, at = list[Node](), 0
        for tag in TAG.finditer(text):
            nodes += [text[at : tag.start()]] if at < tag.start() else []
            is_break = {"data_break": ""} if tag[1].lower() in BLOCK_TAGS else {}
            nodes.append(_element("span", [tag[0]], class_="fn-tag", **is_break))
            at = tag.end()
        return [*nodes, text[at:]] if at < len(text) else nodes

    def name_attribute(self, name: str) -> dict[str, str]:
        """Return the name of a value as people read it, for the stylesheet to show; {} if it is no path."""
        shown = shown_path(name.rstrip(": ")) if self.document.media_type in JSON_TYPES else ""
        return {"data_label": shown} if shown and shown != name.rstrip(": ") else {}

    def page_attribute(self, start: int, end: int) -> dict[str, str]:
        """Return the name of the page that begins in a block as an attribute, so that it adds no text."""
        pages = self.document.pages
        first = bisect_left(pages, start, key=lambda page: page.start)
        starting = takewhile(lambda page: page.start < end, islice(pages, first, None))
        number = next((page.number for page in starting if page.start < page.end), 0)
        path = self.document.paths[0] if self.document.paths else ""
        return {"data_page": capitalise(page_name(number, path))} if number else {}


def _excerpt(context: ExcerptContext, start: int, end: int) -> Excerpt:
    nodes: list[Node] = []
    at = start
    for group in _groups(context, start, end):
        nodes += [*_gap(context, at, group[0].start), _group(context, group)]
        at = group[-1].end
    nodes += _gap(context, at, end)
    return Excerpt(render("excerpt.html", content=nodes), start, end, len(context.document.text))


def _element(name: str, content: Sequence[Node], /, **attributes: str) -> Element:
    """Return an element; ``class_`` is its class, and other underscores become hyphens."""
    names = {key: "class" if key == "class_" else key.replace("_", "-") for key in attributes}
    return Element(name, content, {names[key]: value for key, value in attributes.items()})


@dataclass(frozen=True, slots=True)
class _Piece:
    """The shown part [start, end) of a block, with the line break after it if its group continues."""

    block: Block
    start: int
    end: int


def _groups(context: ExcerptContext, start: int, end: int) -> Iterator[list[_Piece]]:
    """Yield the pieces that are shown as one element: list items, table rows, or a single block."""
    group: list[_Piece] = []
    for block in context.blocks(start, end):
        piece = _Piece(block, max(start, block.start), min(end, block.end))
        if group and _continues_group(context, group[-1].block, block):
            # HTML allows no text, and so no mark, between two list items or rows.
            group[-1] = replace(group[-1], end=piece.start)
            group.append(piece)
        else:
            if group:
                yield group
            group = [piece]
    if group:
        yield group


def _continues_group(context: ExcerptContext, previous: Block, block: Block) -> bool:
    """Return whether a block belongs to the list or table of the previous one, and begins no page."""
    can_continue = block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)
    is_same = block.kind is previous.kind and block.table == previous.table
    is_next_line = context.document.text[previous.end : block.start] == "\n"
    return can_continue and is_same and is_next_line and not context.page_attribute(block.start, block.end)


def _gap(context: ExcerptContext, start: int, end: int) -> list[Node]:
    """Return the text between two blocks."""
    class_ = "fn-gap" if context.document.text[start:end].isspace() else ""
    return context.marked(start, end, class_) if start < end else []


def _group(context: ExcerptContext, group: Sequence[_Piece]) -> Element:
    block, start, end = group[0].block, group[0].start, group[-1].end
    page = context.page_attribute(start, end)
    match block.kind:
        case BlockKind.LIST_ITEM:
            return _list(context, group, 1, page)
        case BlockKind.TABLE_ROW:
            return _element("div", [_table(context, group)], class_="fn-table", **page)
        case BlockKind.PLAIN_TEXT:
            return _plain_text(context, start, end, {"dir": "auto", **page})
        case BlockKind.CODE:
            code = _element("code", context.marked(start, end))
            return _element("pre", [code], class_="fn-code", **page)
        case _:
            return _paragraph(block, context.marked(start, end), {"dir": "auto", **page})


def _paragraph(block: Block, content: list[Node], attributes: dict[str, str]) -> Element:
    if block.kind is BlockKind.HEADING:
        # The viewer's title is an h2.
        return _element(f"h{min(max(block.level, 1) + 2, 6)}", content, **attributes)
    class_ = {"class_": "fn-caption"} if block.kind is BlockKind.CAPTION else {}
    return _element("p", content, **class_, **attributes)


def _plain_text(context: ExcerptContext, start: int, end: int, attributes: dict[str, str]) -> Element:
    """Return plain text with its line breaks; hard-wrapped text is wrapped to the width of the viewer."""
    lines = logical_lines(context.document.text, start, end)
    content = context.marked(start, end)
    if len(lines) <= context.document.text.count("\n", start, end):
        content = [_element("span", context.marked(a, b), class_="fn-line") for a, b in lines]
    return _element("p", content, class_="fn-plain-text", **attributes)


def _list(
    context: ExcerptContext, pieces: Sequence[_Piece], depth: int, attributes: dict[str, str]
) -> Element:
    """Return a list; the items of deeper levels are a list within the item before them."""
    items: list[Element] = []
    at = 0
    while at < len(pieces):
        piece, end = pieces[at], at + 1
        while end < len(pieces) and min(pieces[end].block.level, _MAX_LIST_DEPTH) > depth:
            end += 1
        deeper = pieces[at + 1 : end]
        sublist = [_list(context, deeper, depth + 1, {})] if deeper else []
        has_marker = piece.start == piece.block.start and _MARKER.match(context.document.text, piece.start)
        class_ = {"class_": "fn-numbered"} if has_marker else {}
        content = [*context.marked(piece.start, piece.end), *sublist]
        items.append(_element("li", content, dir="auto", **class_))
        at = end
    return _element("ul", items, **attributes)


# Tables


@dataclass(frozen=True, slots=True)
class _Table:
    """
    The shown part of a table.

    Args:
        text: Text of the document.
        rows: The shown part of its rows.
        columns: By number, the position of each column in which any row has a value.
        header: By column number, the column's name if all its cells have the same one.
    """

    text: str
    rows: Sequence[_Piece]
    columns: dict[int, int]
    header: dict[int, str]

    @classmethod
    def from_rows(cls, text: str, rows: Sequence[_Piece]) -> "_Table":
        names: dict[int, set[str]] = {}
        for cell in (cell for row in rows for cell in row.block.cells):
            names.setdefault(cell.column, set()).update([cell.name] if cell.header else [])
        columns = {column: position for position, column in enumerate(sorted(names))}
        header = {
            column: next(iter(column_names))
            for column, column_names in names.items()
            if len(column_names) == 1
        }
        return cls(text, rows, columns, header)

    def is_header(self, row: _Piece) -> bool:
        """Return whether a row is the header itself, as in a PDF, whose other rows don't repeat it."""
        return bool(self.header) and all(
            self.header.get(cell.column, self.value(cell)) == self.value(cell) and not cell.header
            for cell in row.block.cells
        )

    def value(self, cell: Cell) -> str:
        """Return the text of a cell without its name."""
        return self.text[cell.start : cell.end]

    def shows_name(self, cell: Cell, previous: Cell | None) -> bool:
        """Return whether a cell's name is visible in the header, or as the value of the previous cell."""
        in_header = self.header.get(cell.column) == cell.name
        return in_header or (previous is not None and self.value(previous) == cell.name)


def _table(context: ExcerptContext, rows: Sequence[_Piece]) -> Element:
    table = _Table.from_rows(context.document.text, rows)
    body = _element("tbody", [_row(context, table, row) for row in rows])
    if not table.header or table.is_header(rows[0]):
        return _element("table", [body])
    names = [table.header.get(column, "") for column in table.columns]
    shown = [context.name_attribute(name).get("data_label", name) for name in names]
    header = _element("tr", [_header_cell(name) for name in shown])
    # Hidden from screen readers, since the text of each row contains the names.
    return _element("table", [_element("thead", [header], aria_hidden="true"), body])


def _header_cell(name: str) -> Element:
    """Return a header cell whose name the stylesheet shows, since the document has no such text here."""
    return _element("th", [], **({"data_header": name} if name else {}))


def _row(context: ExcerptContext, table: _Table, row: _Piece) -> Element:
    cells = row.block.cells
    tag = "th" if table.is_header(row) else "td"
    if len(cells) < 2 and not any(cell.header for cell in cells):  # a title, or a row without known cells
        text = context.marked(row.start, row.end)
        return _element("tr", [_element(tag, text, dir="auto", **_colspan(len(table.columns)))])
    parts: list[Element] = []
    at, column = row.start, 0
    for previous, cell, following in zip((None, *cells), cells, (*cells[1:], None), strict=False):
        parts += _empty_cells(table.columns[cell.column] - column)
        # A cell may begin or end outside the shown part of its row.
        start, stop = (min(max(offset, at), row.end) for offset in (cell.start, cell.end))
        end = stop if following else row.end
        label = context.marked(at, start)
        is_hidden = not cell.header or table.shows_name(cell, previous)
        class_ = "fn-hidden-cell-label" if is_hidden else "fn-cell-label"
        labels = [_element("span", label, class_=class_)] if label else []
        content = context.marked(start, end)
        is_name = following is not None and table.value(cell) == following.name
        name = context.name_attribute(table.value(cell)) if is_name else {}
        if name:
            content = [_element("span", content, class_="fn-hidden-cell-label")]
        parts.append(_element(tag, [*labels, *content], dir="auto", **name))
        at, column = end, table.columns[cell.column] + 1
    return _element("tr", [*parts, *_empty_cells(len(table.columns) - column)])


def _empty_cells(columns: int) -> list[Element]:
    """Return one empty cell over several columns, since a sparse table could have millions of them."""
    return [_element("td", [], **_colspan(columns))] if columns > 0 else []


def _colspan(columns: int) -> dict[str, str]:
    return {"colspan": str(min(columns, _MAX_COLUMN_SPAN))} if columns > 1 else {}
