"""
The records that flow through the index: ``Document -> Chunk``, and the spans that point into them.

Every offset counts Unicode code points of a document's canonical text.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """
    A half-open range of one document's canonical text.

    Args:
        doc_id: SHA-256 of the canonical text, in hex.
        start: Offset of the first character, in Unicode code points.
        end: Offset one past the last character; always greater than *start*.

    Raises:
        ValueError: If the range is empty, reversed or negative.
    """

    doc_id: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"expected 0 <= start < end, got [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one character of one document."""
        return self.doc_id == other.doc_id and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page of a paged document.

    Args:
        number: The page's number, from 1.
        start: Offset of its first character in the canonical text.
        end: Offset one past its last; equal to *start* on a page without text.
        width: Width in points (1/72 inch).
        height: Height in points.
    """

    number: int
    start: int
    end: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Run:
    """
    A stretch of canonical text that stands character by character in the file.

    Canonical character ``start + i`` is character ``index + i`` of page *page*, for ``0 <= i < length``.

    Args:
        start: Offset of the first character in the canonical text.
        length: Number of characters.
        page: The page's number, from 1.
        index: The first character's number on that page, from 0, as the PDF library counts.
    """

    start: int
    length: int
    page: int
    index: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in the canonical text: ``text[start:end]`` are its words, *level* 1 is the outermost."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Document:
    """
    One content, wherever it lies.

    Args:
        doc_id: SHA-256 of *text* (UTF-8), in hex.
        title: A label for people; never a path.
        paths: Where the content was found, sorted; two copies of one content are one document.
        media_type: For example ``application/pdf``.
        text: The canonical text, which every offset means.
        pages: For paged formats, in order; otherwise empty.
        runs: For PDF, the map from offsets to the file's own characters, in order; otherwise empty.
        digest: SHA-256 of the source file's bytes, in hex.
    """

    doc_id: str
    title: str
    paths: tuple[str, ...]
    media_type: str
    text: str
    pages: tuple[Page, ...] = ()
    runs: tuple[Run, ...] = ()
    digest: str = ""

    def quote(self, span: Span) -> str:
        """
        The words at *span*.

        Raises:
            ValueError: If the span belongs to another document or runs past the end.
        """
        if span.doc_id != self.doc_id:
            raise ValueError(f"span of document {span.doc_id[:8]}, asked of {self.doc_id[:8]}")
        if span.end > len(self.text):
            raise ValueError(f"span ends at {span.end}, the document has {len(self.text)} characters")
        return self.text[span.start : span.end]

    def page_at(self, offset: int) -> Page | None:
        """The page that holds the character at *offset*, or the last one before it; None if not paged."""
        begun = [page for page in self.pages if page.start <= offset]
        return begun[-1] if begun else None


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    A span of a document that is embedded and retrieved as one.

    Args:
        span: Where it stands; the chunk's text is always its slice.
        heading: The titles above it, outermost first; embedded with the chunk but no part of its span.
        tokens: Word pieces of heading and text together, without the model's special ones.
    """

    span: Span
    heading: tuple[str, ...]
    tokens: int

    def embedded_text(self, text: str) -> str:
        """What the embedder and the word index see: the heading path, then *text*, the chunk's slice."""
        return with_heading(self.heading, text)


def with_heading(heading: tuple[str, ...], text: str) -> str:
    """``with_heading(("A", "B"), "words") -> "A > B\\nwords"``; without a heading, the text alone."""
    return f"{' > '.join(heading)}\n{text}" if heading else text
