"""
Pure: a document's canonical text to HTML, with the cited words marked.

The text of the HTML is the canonical text, code point for code point, but for what
:func:`~qa.web.views.html.escape` makes visible; structure is put around it and never into it. What a block is
(heading, list, table, code) is what the index knows of it.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise, takewhile

from index import Block, BlockKind, Cell, Document, Span, overlapping, plain_text_blocks
from index.text.sentences import logical_lines
from qa.web.views.html import element, escape

WINDOW_CHARS = 4_000
"""Characters shown on either side of the cited words, up to where a block begins or ends."""
MORE_CHARS = 12_000
"""Characters that one further slice holds at most."""

_MAX_SIGN = 20
"""Code points in one sign that is never cut; what has more is an attack."""
_MAX_DEPTH = 6
"""Lists in lists that are shown as such."""
_MAX_COLUMN_SPAN = 1000
"""What HTML allows."""
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*+\n)++")
_PAUSES = (_BLANK_LINES, re.compile("\n"), re.compile(r"\s"))
"""Where text may be cut, the best first."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """
    A part of a document as HTML.

    Args:
        html: Escaped, on one line; its text is the canonical text of [start, end).
        start: Offset of the first character shown.
        end: Offset one past the last.
        length: Of the whole document, in code points.
    """

    html: str
    start: int
    end: int
    length: int

    @property
    def has_earlier(self) -> bool:
        """Whether text stands before it, for :func:`earlier_html`."""
        return self.start > 0

    @property
    def has_later(self) -> bool:
        """Whether text goes on after it, for :func:`later_html`."""
        return self.end < self.length


def source_html(
    document: Document,
    span: Span,
    others: Sequence[Span] = (),
    kind: str = "cited",
) -> Excerpt:
    """
    The cited words among their surroundings.

    The texts of the elements ``mark.cited``, or of another *kind*, joined, are ``document.quote(span)``.

    Args:
        document: The source.
        span: The cited words; shown whole, however long.
        others: What else the answer cites; marked as ``mark.also`` where *span* isn't.
        kind: The class of the marks on *span*.

    Raises:
        ValueError: If the span is not within the document.
    """
    document.quote(span)
    start = _start(document.text, max(0, span.start - WINDOW_CHARS), span.start)
    end = _end(document.text, span.end, min(len(document.text), span.end + WINDOW_CHARS))
    return _excerpt(ExcerptContext(document, span, tuple(others), kind), start, end)


def earlier_html(document: Document, before: int, others: Sequence[Span] = ()) -> Excerpt:
    """
    What stands before the offset *before*, where an excerpt starts: one slice of at most
    :data:`MORE_CHARS`.
    """
    before = min(max(0, before), len(document.text))
    start = _start(document.text, max(0, before - MORE_CHARS), before)
    return _excerpt(ExcerptContext(document, None, tuple(others)), start, before)


def later_html(document: Document, after: int, others: Sequence[Span] = ()) -> Excerpt:
    """What follows the offset *after*, where an excerpt ends: one slice of at most :data:`MORE_CHARS`."""
    after = min(max(0, after), len(document.text))
    end = _end(document.text, after, min(len(document.text), after + MORE_CHARS))
    return _excerpt(ExcerptContext(document, None, tuple(others)), after, end)


# Where an excerpt begins and ends


def _start(text: str, lowest: int, highest: int) -> int:
    """The first good place to begin at, not far above *lowest*: after blank lines, a line, a space."""
    if not lowest:
        return 0
    for pause in _PAUSES:
        if found := pause.search(text, lowest, (lowest + highest) // 2):
            return found.end()
    return _at_grapheme_boundary(text, lowest + _MAX_SIGN)


def _end(text: str, lowest: int, highest: int) -> int:
    """The last good place to end at, not far below *highest*."""
    if highest == len(text):
        return highest
    for pause in _PAUSES:
        if found := list(pause.finditer(text, (lowest + highest) // 2, highest)):
            return found[-1].end()
    return _at_grapheme_boundary(text, highest)


def _at_grapheme_boundary(text: str, at: int) -> int:
    """*at*, or a few characters before it, where no combining mark or joiner is parted from its letter."""
    for cut in range(at, at - _MAX_SIGN, -1):
        joined = unicodedata.category(text[cut]).startswith("M") or "\u200d" in text[cut - 1 : cut + 1]
        if not joined:
            return cut
    return at


# Text to HTML


@dataclass(frozen=True, slots=True)
class ExcerptContext:
    """What is to be shown: a document, and what is marked in it and how."""

    document: Document
    span: Span | None
    others: tuple[Span, ...]
    kind: str = "cited"
    bounds: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        marked = [one for one in (self.span, *self.others) if one and one.doc_id == self.document.doc_id]
        bounds = sorted({at for one in marked for at in (one.start, one.end)})
        object.__setattr__(self, "bounds", tuple(bounds))

    def blocks(self, start: int, end: int) -> list[Block]:
        """The blocks between two offsets; a text of which nothing more is known is plain."""
        blocks = self.document.blocks or plain_text_blocks(self.document.text)
        return overlapping(blocks, start, end)

    def words(self, start: int, end: int, kind: str = "") -> str:
        """The characters from *start* to *end*, in as many pieces as marks begin or end within."""
        cuts = [start, *(at for at in self.bounds if start < at < end), end]
        return "".join(self._piece(a, b, kind) for a, b in pairwise(cuts) if a < b)

    def _piece(self, start: int, end: int, kind: str) -> str:
        text = escape(self.document.text[start:end])
        if self.span and self.span.start <= start and end <= self.span.end:
            return element("mark", text, kind=f"{self.kind} {kind}".rstrip())
        mine = self.document.doc_id
        if any(one.doc_id == mine and one.start <= start and end <= one.end for one in self.others):
            return element("mark", text, kind=f"also {kind}".rstrip())
        return text

    def numbers(self, start: int, end: int) -> dict[str, str]:
        """The page that begins in this block, as an attribute: it is shown, but is no text."""
        pages = self.document.pages
        first = bisect_left(pages, start, key=lambda page: page.start)
        begun = takewhile(lambda page: page.start < end, islice(pages, first, None))
        number = next((page.number for page in begun if page.start < page.end), 0)
        return {"data-page": str(number)} if number else {}


def _excerpt(context: ExcerptContext, start: int, end: int) -> Excerpt:
    parts: list[str] = []
    at = start
    for group in _groups(context, start, end):
        parts += _gap(context, at, group[0].start), _group_html(context, group)
        at = group[-1].end
    parts.append(_gap(context, at, end))
    return Excerpt("".join(parts), start, end, len(context.document.text))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, or what of it is shown: [start, end), with the line end behind it if its group goes on."""

    block: Block
    start: int
    end: int


def _groups(context: ExcerptContext, start: int, end: int) -> Iterator[list[_Piece]]:
    """What is shown together, in order: the entries of a list, the rows of a table, or a single block."""
    group: list[_Piece] = []
    for block in context.blocks(start, end):
        piece = _Piece(block, max(start, block.start), min(end, block.end))
        if group and _goes_on(context, group[-1].block, block):
            # Nothing may stand between two entries: HTML allows no text there, and so no mark.
            group[-1] = replace(group[-1], end=piece.start)
            group.append(piece)
        else:
            if group:
                yield group
            group = [piece]
    if group:
        yield group


def _goes_on(context: ExcerptContext, before: Block, block: Block) -> bool:
    """Whether a block is in the list or table of the one before it, and no page begins with it."""
    together = block.kind is before.kind and block.table == before.table
    lines = context.document.text[before.end : block.start] == "\n"
    listed = block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)
    return listed and together and lines and not context.numbers(block.start, block.end)


def _gap(context: ExcerptContext, start: int, end: int) -> str:
    kind = "gap" if context.document.text[start:end].isspace() else ""
    return context.words(start, end, kind) if start < end else ""


def _group_html(context: ExcerptContext, group: Sequence[_Piece]) -> str:
    block, start, end = group[0].block, group[0].start, group[-1].end
    numbers = context.numbers(start, end)
    match block.kind:
        case BlockKind.LIST_ITEM:
            return _list(context, group, 1, numbers)
        case BlockKind.TABLE_ROW:
            return element("div", _table(context, group), kind="table", **numbers)
        case BlockKind.PLAIN_TEXT:
            return _plain(context, start, end, {"dir": "auto", **numbers})
        case BlockKind.CODE:
            return element("pre", element("code", context.words(start, end)), kind="code", **numbers)
        case _:
            return _paragraph(block, context.words(start, end), {"dir": "auto", **numbers})


def _paragraph(block: Block, words: str, attributes: dict[str, str]) -> str:
    if block.kind is BlockKind.HEADING:
        return element(f"h{min(max(block.level, 1) + 2, 6)}", words, **attributes)
    look = {"kind": "caption"} if block.kind is BlockKind.CAPTION else {}
    return element("p", words, **look, **attributes)


def _plain(context: ExcerptContext, start: int, end: int, attributes: dict[str, str]) -> str:
    """Its lines as they are, or, where a text was only broken to a width, as wide as there is room."""
    lines = logical_lines(context.document.text, start, end)
    shown = context.words(start, end)
    if len(lines) <= context.document.text.count("\n", start, end):
        shown = "".join(element("span", context.words(a, b), kind="line") for a, b in lines)
    return element("p", shown, kind="plain", **attributes)


def _list(context: ExcerptContext, items: Sequence[_Piece], depth: int, attributes: dict[str, str]) -> str:
    """A list; entries of deeper lists are lists in the entry above them."""
    entries: list[str] = []
    at = 0
    while at < len(items):
        item, following = items[at], at + 1
        while following < len(items) and min(items[following].block.level, _MAX_DEPTH) > depth:
            following += 1
        deeper = items[at + 1 : following]
        inner = _list(context, deeper, depth + 1, {}) if deeper else ""
        entries.append(element("li", context.words(item.start, item.end) + inner, dir="auto"))
        at = following
    return element("ul", "".join(entries), **attributes)


# Tables


@dataclass(frozen=True, slots=True)
class _Table:
    """
    The shown part of a table.

    Args:
        text: Of the document.
        rows: What of its rows is shown.
        columns: The place of each column that any of them has a value in.
        head: The header of each column, where all its values have the same.
    """

    text: str
    rows: Sequence[_Piece]
    columns: dict[int, int]
    head: dict[int, str]

    @classmethod
    def of(cls, text: str, rows: Sequence[_Piece]) -> "_Table":
        names: dict[int, set[str]] = {}
        for cell in (cell for row in rows for cell in row.block.cells):
            names.setdefault(cell.column, set()).update([cell.name] if cell.header else [])
        columns = {column: place for place, column in enumerate(sorted(names))}
        head = {column: next(iter(found)) for column, found in names.items() if len(found) == 1}
        return cls(text, rows, columns, head)

    def is_head(self, row: _Piece) -> bool:
        """Whether a row holds the headers themselves, as in a PDF, where no other row shows them."""
        cells = row.block.cells
        return bool(self.head) and all(
            self.head.get(cell.column, self.value(cell)) == self.value(cell) and not cell.header
            for cell in cells
        )

    def value(self, cell: Cell) -> str:
        return self.text[cell.start : cell.end]

    def is_named(self, cell: Cell, before: Cell | None) -> bool:
        """Whether a reader sees the cell's header: in the head, or as the value of the cell before it."""
        in_head = self.head.get(cell.column) == cell.name
        return in_head or (before is not None and self.value(before) == cell.name)


def _table(context: ExcerptContext, rows: Sequence[_Piece]) -> str:
    table = _Table.of(context.document.text, rows)
    body = [_row(context, table, row) for row in rows]
    if not table.head or table.is_head(rows[0]):
        return element("table", element("tbody", "".join(body)))
    head = element("tr", "".join(_drawn(table.head.get(column, "")) for column in table.columns))
    return element("table", element("thead", head, **_HIDDEN) + element("tbody", "".join(body)))


_HIDDEN = {"aria-hidden": "true"}
"""The rows name their values themselves to whoever hears them."""


def _drawn(name: str) -> str:
    """A column's name, which the style sheet writes: it is no text of the document here."""
    return element("th", "", **({"data-name": name} if name else {}))


def _row(context: ExcerptContext, table: _Table, row: _Piece) -> str:
    cells = row.block.cells
    name = "th" if table.is_head(row) else "td"
    if len(cells) < 2 and not any(cell.header for cell in cells):  # a title, or a row without known cells
        span = {"colspan": str(min(len(table.columns), _MAX_COLUMN_SPAN))} if len(table.columns) > 1 else {}
        return element("tr", element(name, context.words(row.start, row.end), dir="auto", **span))
    found: list[str] = []
    at, place = row.start, 0
    for before, cell, after in zip((None, *cells), cells, (*cells[1:], None), strict=False):
        found.append(_empty(table.columns[cell.column] - place))
        start, stop = (min(max(edge, at), row.end) for edge in (cell.start, cell.end))
        label = context.words(at, start)
        kind = "hidden-name" if not cell.header or table.is_named(cell, before) else "name"
        end = stop if after else row.end
        words = (element("span", label, kind=kind) if label else "") + context.words(start, end)
        found.append(element(name, words, dir="auto"))
        at, place = end, table.columns[cell.column] + 1
    return element("tr", "".join([*found, _empty(len(table.columns) - place)]))


def _empty(columns: int) -> str:
    """Blank cells over so many columns: one, so that no table of a thousand columns makes a million."""
    if columns <= 0:
        return ""
    span = {"colspan": str(min(columns, _MAX_COLUMN_SPAN))} if columns > 1 else {}
    return element("td", "", **span)
