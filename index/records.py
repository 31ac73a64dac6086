"""
The records that flow through the index: ``Document -> Chunk``, and the spans that point into them.

Every offset counts Unicode code points of a document's canonical text.
"""

import enum
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar


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
class CharRun:
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


class BlockKind(enum.StrEnum):
    """What a block is to a reader; also decides which white space counts and what stands around the block."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    """One entry of a list; entries that follow each other are on neighbouring lines."""
    TABLE_ROW = "table_row"
    """One row of a table; rows that follow each other are on neighbouring lines."""
    CAPTION = "caption"
    """What is written above or below a table or figure."""
    CODE = "code"
    """Program code and its output: line breaks, spaces and blank lines count."""
    PLAIN_TEXT = "plain_text"
    """A paragraph of a text without markup: its line breaks and spaces may mean something."""


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One filled cell of a table row.

    Args:
        start: Offset of the first character of its value in the canonical text.
        end: Offset one past the last.
        column: The column's number, from 0; blank cells leave gaps.
        header: What names the value, outermost first: ``("Population", "2010")`` under a header of two
            lines, ``("Capital",)`` also for the value in a row of a name and a value; empty if nothing does.
    """

    start: int
    end: int
    column: int
    header: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The header as the text of the row has it: ``Population 2010``."""
        return " ".join(self.header)


@dataclass(frozen=True, slots=True)
class Block:
    """
    One piece of a document as its format's parser saw it: ``text[start:end]`` are its words.

    The blocks of a document are in order and don't overlap; together they cover every character that isn't
    white space. The text of a table row shows names and values together (``Country: France; Capital:
    Paris``); *cells* tells them apart.

    Args:
        kind: What it is to a reader.
        start: Offset of its first character in the canonical text.
        end: Offset one past the last.
        level: Of a heading, from 1 (outermost); of a list item, how deep its list is nested, from 1, or 0
            if that isn't known; otherwise 0.
        table: For a table row, the number of its table in the document, from 0; None if that isn't known.
        row: For a table row, its number within the table, from 0; a header is printed with each row and
            has no row of its own.
        cells: For a table row, its filled cells in order. A row that spans the table has one cell. Empty
            where the parser knows no cells.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    table: int | None = None
    row: int | None = None
    cells: tuple[Cell, ...] = ()


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
        blocks: What the format's parser knows of the structure, in order; empty if it isn't known. A
            sequence that reads a block only when it is asked for.
        sentences: Start and end of every sentence, in order; empty if they weren't computed.
    """

    doc_id: str
    title: str
    paths: tuple[str, ...]
    media_type: str
    text: str
    pages: tuple[Page, ...] = ()
    runs: tuple[CharRun, ...] = ()
    digest: str = ""
    blocks: Sequence[Block] = field(default=(), repr=False)
    sentences: Sequence[tuple[int, int]] = field(default=(), repr=False)

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

    def blocks_in(self, start: int, end: int) -> list[Block]:
        """Return the blocks that share a character with [start, end), in order; without a scan of all."""
        return overlapping(self.blocks, start, end)

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


class _Range(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


_R = TypeVar("_R", bound=_Range)


def overlapping(ranges: Sequence[_R], start: int, end: int) -> list[_R]:
    """
    Return those of *ranges* that share a character with [start, end).

    Args:
        ranges: In order, not overlapping each other.
        start: Offset of the first character.
        end: Offset one past the last.
    """
    first = bisect_right(ranges, start, key=lambda one: one.end)
    found: list[_R] = []
    for number in range(first, len(ranges) if start < end else first):
        if ranges[number].start >= end:
            break
        found.append(ranges[number])
    return found
