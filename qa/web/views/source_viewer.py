"""
Context of the templates of the source viewer, which ``source.js`` inserts and ``source.css`` styles.

A button's ``data-action`` says what it does, and ``source.js`` fetches the page images.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from markupsafe import Markup

from index import BlockKind, Document, PageLocation, Span, WordBox
from qa.web import strings
from qa.web.views.excerpt import source_html
from qa.web.views.rendering import page_name, render, replace_unsafe

MAX_PLACES = 200
"""Headings of an outline, and matches of a search, that are shown."""
_CONTEXT = 40
"""Characters before and after a match."""


@dataclass(frozen=True, slots=True)
class Place:
    """A range of a document that can be opened, with a name; *level* is that of a heading."""

    start: int
    end: int
    name: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Citation:
    """
    What a click on a footnote shows.

    Args:
        document: The source.
        span: The cited words.
        marker: The footnote's number; 0 if it has none.
        count: How many footnotes the answer has.
        others: The answer's other cited spans; those of other documents are ignored.
        note: A note above the source, such as that it has changed; may be empty.
        is_related: Whether it is only a passage close to a question that was refused, and not cited.
        is_whole: Whether the document was opened without a footnote.
        is_marked: Whether the words are marked although there is no footnote: a heading or a match.

    Raises:
        ValueError: If the span is not within the document.
    """

    document: Document = field(repr=False)
    span: Span
    marker: int = 0
    count: int = 0
    others: tuple[Span, ...] = ()
    note: str = ""
    is_related: bool = False
    is_whole: bool = False
    is_marked: bool = False

    def __post_init__(self) -> None:
        self.document.quote(self.span)

    @property
    def name(self) -> str:
        """What it is, such as ``Footnote 2 of 3``."""
        if self.is_whole:
            return strings.DOCUMENT
        if self.is_related:
            return strings.RELATED_PASSAGE
        if not self.marker:
            return strings.PASSAGE
        name = strings.FOOTNOTE.format(marker=self.marker)
        return strings.COUNT.format(number=name, total=self.count) if self.count else name

    @property
    def page(self) -> int:
        """Number of the page on which the words begin; 0 if the document has no pages."""
        page = self.document.page_at(self.span.start)
        return page.number if page else 0

    @property
    def page_name(self) -> str:
        """The page or slide on which the words begin, such as ``page 4``."""
        return page_name(self.page, self.document.paths[0] if self.document.paths else "")

    @property
    def mark_class(self) -> str:
        """The class of the marked words; a related passage must not look as if it were cited."""
        if self.is_whole:
            return "fn-found" if self.is_marked else "fn-whole"
        return "fn-related" if self.is_related else "fn-cited"

    @property
    def headings(self) -> list["Place"]:
        """The headings of the document, for its outline."""
        text = self.document.text
        blocks = (block for block in self.document.blocks if block.kind is BlockKind.HEADING)
        return [
            Place(
                block.start, block.end, " ".join(text[block.start : block.end].split()), max(1, block.level)
            )
            for block in blocks
        ][:MAX_PLACES]


def text_html(citation: Citation, no_pages_reason: str = "") -> Markup:
    """
    Return the viewer with the document's text.

    Args:
        citation: The citation to show.
        no_pages_reason: Why its pages can't be shown; empty if it has none or they weren't requested.
    """
    return render(
        "source.html",
        citation=citation,
        notice=citation.note or _sentence(no_pages_reason),
        excerpt=source_html(citation.document, citation.span, citation.others, citation.mark_class),
        has_pages=bool(citation.document.runs) and not no_pages_reason,
        locations=(),
    )


def pages_html(citation: Citation, locations: Sequence[PageLocation]) -> Markup:
    """
    Return the viewer with an image of the first page that has the cited words, and boxes around them.

    Args:
        citation: The citation to show.
        locations: The locations of the words; at least one.
    """
    return render(
        "source.html",
        citation=citation,
        notice=citation.note,
        excerpt=None,
        has_pages=True,
        locations=locations,
    )


def words_html(document: Document, number: int, words: Sequence[WordBox]) -> Markup:
    """Return the words of a page, to be laid over its image so that they can be selected and copied."""
    lines: list[list[tuple[WordBox, str, str]]] = [[]]
    for word, following in zip(words, (*words[1:], None), strict=True):
        between = document.text[word.end : following.start] if following else ""
        lines[-1].append((word, document.text[word.start : word.end], " " if between else ""))
        if "\n" in between:
            lines.append([])
    return render("words.html", page=document.pages[number - 1], lines=lines)


def matches_html(document: Document, search: str) -> Markup:
    """Return the places of a document with the words of a search in this order."""
    words = [re.escape(word) for word in search.split()]
    found = re.finditer(r"\s++".join(words), document.text, re.IGNORECASE) if words else iter(())
    places = [
        Place(
            match.start(),
            match.end(),
            " ".join(document.text[max(0, match.start() - _CONTEXT) : match.end() + _CONTEXT].split()),
        )
        for match in islice(found, MAX_PLACES)
    ]
    return render("places.html", document=document, places=places, search=search)


def screen_reader_text(citation: Citation) -> str:
    """Return a description as plain text, such as ``Footnote 2 of 3: Title, page 4``."""
    page = f", {citation.page_name}" if citation.page else ""
    return f"{citation.name}: {replace_unsafe(citation.document.title)}{page}"


def _sentence(reason: str) -> str:
    text = strings.translate(reason)
    return f"{text[:1].upper()}{text[1:]}." if reason else ""
