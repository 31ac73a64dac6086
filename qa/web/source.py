"""
Pure: a document's canonical text to HTML, with the cited words marked.

The text of the HTML is the canonical text, code point for code point, but for what
:func:`~qa.web.view.escaped` makes visible; structure is put around it and never into it. A snapshot keeps no
outline, so what a block is (heading, list, table, code) is read off its text and its format, for the look
alone: a wrong guess changes no word.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise, takewhile

from index.records import Chunk, Document, Span
from index.sentences import logical_lines
from qa.web.view import element, escaped

WINDOW = 4_000
"""Characters shown on either side of the cited words, up to where a block begins or ends."""
MORE = 12_000
"""Characters that one further slice holds at most."""

_PLAIN = frozenset({"text/plain", "message/rfc822"})
"""Formats whose lines mean something, and nothing more than lines."""
_TABLES = ("text/csv", "text/tab-separated-values", "application/json", "application/jsonl")
_LONGEST_HEADING = 80
_LONGEST_SIGN = 20
"""Code points in one sign that is never cut; what has more is an attack."""
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*+\n)++")
_LINE = re.compile(r"[^\n]*+\n|[^\n]++")
_PAUSES = (_BLANK_LINES, re.compile("\n"), re.compile(r"\s"))
"""Where text may be cut, the best first."""
_CELL_END = re.compile(r"; (?=[^:;|\n]{1,80}: )| \| ")
_CELL_NAME = re.compile(r"[^:;|\n]{1,80}: (?=\S)")
_INDENTED = re.compile(r"^[ \t]+\S", re.MULTILINE)
_CODE_LINE = re.compile(r"[{};(\[\\)]$|\):$|^[\w.\[\]]++ ?[-+*/]?= ?\S", re.MULTILINE)


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
    headings: Mapping[str, int] | None = None,
    kind: str = "cited",
) -> Excerpt:
    """
    The cited words among their surroundings.

    The texts of the elements ``mark.cited``, or of another *kind*, joined, are ``document.quote(span)``.

    Args:
        document: The source.
        span: The cited words; shown whole, however long.
        others: What else the answer cites; marked as ``mark.also`` where *span* isn't.
        headings: As :func:`outline` gives them.
        kind: The class of the marks on *span*.

    Raises:
        ValueError: If the span is not within the document.
    """
    document.quote(span)
    start = _start(document.text, max(0, span.start - WINDOW), span.start)
    end = _end(document.text, span.end, min(len(document.text), span.end + WINDOW))
    return _excerpt(_Look(document, span, tuple(others), headings or {}, kind), start, end)


def earlier_html(
    document: Document, before: int, others: Sequence[Span] = (), headings: Mapping[str, int] | None = None
) -> Excerpt:
    """What stands before the offset *before*, where an excerpt starts: one slice of at most :data:`MORE`."""
    before = min(max(0, before), len(document.text))
    start = _start(document.text, max(0, before - MORE), before)
    return _excerpt(_Look(document, None, tuple(others), headings or {}), start, before)


def later_html(
    document: Document, after: int, others: Sequence[Span] = (), headings: Mapping[str, int] | None = None
) -> Excerpt:
    """What follows the offset *after*, where an excerpt ends: one slice of at most :data:`MORE`."""
    after = min(max(0, after), len(document.text))
    end = _end(document.text, after, min(len(document.text), after + MORE))
    return _excerpt(_Look(document, None, tuple(others), headings or {}), after, end)


def outline(chunks: Iterable[Chunk]) -> dict[str, int]:
    """
    Headings that chunks are known to stand under, with their levels from 1.

    Those that stand inside a chunk are in no path; :func:`source_html` knows them by their look.
    """
    return {title: level for chunk in chunks for level, title in enumerate(chunk.heading, start=1)}


# Where an excerpt begins and ends


def _start(text: str, lowest: int, highest: int) -> int:
    """The first good place to begin at, not far above *lowest*: after blank lines, a line, a space."""
    if not lowest:
        return 0
    for pause in _PAUSES:
        if found := pause.search(text, lowest, (lowest + highest) // 2):
            return found.end()
    return _between_signs(text, lowest + _LONGEST_SIGN)


def _end(text: str, lowest: int, highest: int) -> int:
    """The last good place to end at, not far below *highest*."""
    if highest == len(text):
        return highest
    for pause in _PAUSES:
        if found := list(pause.finditer(text, (lowest + highest) // 2, highest)):
            return found[-1].end()
    return _between_signs(text, highest)


def _between_signs(text: str, at: int) -> int:
    """*at*, or a few characters before it, where no combining mark or joiner is parted from its letter."""
    for cut in range(at, at - _LONGEST_SIGN, -1):
        joined = unicodedata.category(text[cut]).startswith("M") or "\u200d" in text[cut - 1 : cut + 1]
        if not joined:
            return cut
    return at


# Text to HTML


@dataclass(frozen=True, slots=True)
class _Look:
    """What is to be shown: a document, what is marked in it and how, and the headings that are known."""

    document: Document
    span: Span | None
    others: tuple[Span, ...]
    headings: Mapping[str, int]
    kind: str = "cited"
    bounds: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        marked = [one for one in (self.span, *self.others) if one and one.doc_id == self.document.doc_id]
        bounds = sorted({at for one in marked for at in (one.start, one.end)})
        object.__setattr__(self, "bounds", tuple(bounds))

    def words(self, start: int, end: int, kind: str = "") -> str:
        """The characters from *start* to *end*, in as many pieces as marks begin or end within."""
        cuts = [start, *(at for at in self.bounds if start < at < end), end]
        return "".join(self._piece(a, b, kind) for a, b in pairwise(cuts) if a < b)

    def _piece(self, start: int, end: int, kind: str) -> str:
        text = escaped(self.document.text[start:end])
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


def _excerpt(look: _Look, start: int, end: int) -> Excerpt:
    parts = (
        look.words(a, b, "gap") if is_gap else _block(look, a, b)
        for a, b, is_gap in _blocks(look.document.text, start, end)
    )
    return Excerpt("".join(parts), start, end, len(look.document.text))


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """What stands between blank lines, and the blank lines (True), in order and without a hole."""
    at = start
    for gap in _BLANK_LINES.finditer(text, start, end):
        if at < gap.start():
            yield at, gap.start(), False
        yield gap.start(), gap.end(), True
        at = gap.end()
    if at < end:
        yield at, end, False


def _block(look: _Look, start: int, end: int) -> str:
    text, media_type = look.document.text[start:end], look.document.media_type
    attributes = {"dir": "auto", **look.numbers(start, end)}
    if media_type in _PLAIN:
        return _plain(look, start, end, attributes)
    if level := _heading_level(look, start, end):
        return element(f"h{min(level + 2, 6)}", look.words(start, end), **attributes)
    if media_type in _TABLES or media_type.endswith("spreadsheetml.sheet") or _is_table(text):
        return _table(look, start, end, attributes)
    if "\n" not in text.rstrip("\n"):
        return element("p", look.words(start, end), **attributes)
    if _is_code(text):
        return element("p", element("code", look.words(start, end)), kind="code", **look.numbers(start, end))
    return _list(look, start, end, look.numbers(start, end))


def _plain(look: _Look, start: int, end: int, attributes: dict[str, str]) -> str:
    """Its lines as they are, or, where a text was only broken to a width, as wide as there is room."""
    lines = logical_lines(look.document.text, start, end)
    shown = look.words(start, end)
    if len(lines) <= look.document.text.count("\n", start, end):
        shown = "".join(element("span", look.words(a, b), kind="line") for a, b in lines)
    return element("p", shown, kind="plain", **attributes)


def _list(look: _Look, start: int, end: int, attributes: dict[str, str]) -> str:
    entries = (element("li", look.words(a, b), dir="auto") for a, b in _lines(look, start, end))
    return element("ul", "".join(entries), **attributes)


def _table(look: _Look, start: int, end: int, attributes: dict[str, str]) -> str:
    """Rows as lines of cells; elements of a real table would allow no text, and so no mark, between them."""
    rows = (
        element("div", "".join(_cells(look, a, b)), kind="row", role="row")
        for a, b in _lines(look, start, end)
    )
    return element("div", "".join(rows), kind="table", role="table", **attributes)


def _cells(look: _Look, start: int, end: int) -> Iterator[str]:
    text = look.document.text
    ends = [found.end() for found in _CELL_END.finditer(text, start, end)]
    for a, b in pairwise([start, *ends, end]):
        named = _CELL_NAME.match(text, a, b)
        at = named.end() if named else a
        name = element("span", look.words(a, at), kind="name") if named else ""
        yield element("span", name + look.words(at, b), kind="cell", role="cell", dir="auto")


def _lines(look: _Look, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Lines with their ends: so nothing stands between two entries, where no text may stand."""
    return (found.span() for found in _LINE.finditer(look.document.text, start, end))


# What a block is


def _heading_level(look: _Look, start: int, end: int) -> int:
    """From 1; 0 if it is none. Known from the chunks, or a short line without an end, with text below."""
    whole = look.document.text
    text = whole[start:end]
    if "\n" in text or len(text) > 2 * _LONGEST_HEADING:
        return 0
    if known := look.headings.get(text):
        return known
    stands_alone = whole[:start].endswith("\n") if start < 3 else whole[start - 2 : start] == "\n\n"
    looks = len(text) <= _LONGEST_HEADING and (stands_alone or not start) and _is_titled(text)
    return 2 if looks and whole[end : end + 2] == "\n\n" else 0


def _is_titled(text: str) -> bool:
    """Whether it begins as a title does, and doesn't end as a sentence, a row or a label does."""
    first = text[0]
    return (
        (first.isupper() or first.isdigit() or (first.isalpha() and not first.islower()))
        and text[-1].isalnum()
        and " | " not in text
        and ": " not in text
    )


def _is_table(text: str) -> bool:
    """Whether its lines are rows as tables are written: ``Country: France; Capital: Paris`` or ``a | b``."""
    lines = text.splitlines()[:20]
    return len(lines) > 1 and all(_CELL_END.search(line) for line in lines)


def _is_code(text: str) -> bool:
    """Whether its lines are indented, or half of them end as lines of code do."""
    lines = text.count("\n") + 1
    return bool(_INDENTED.search(text)) or 2 * sum(1 for _ in _CODE_LINE.finditer(text)) >= lines
