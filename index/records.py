"""
The records of the index: documents, their blocks and chunks, and the spans that point into them.

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
        """Return whether both spans contain a character of the same document."""
        return self.doc_id == other.doc_id and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class WordBox:
    """
    A word that was recognised in a picture, and may therefore be wrong.

    Args:
        start: Offset of its first character in the canonical text.
        end: Offset one past its last.
        left, top, right, bottom: Its place as fractions of the page, from the upper left.
    """

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


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
        words: The words that were recognised in its picture, in order; empty if its text is in the file.
    """

    number: int
    start: int
    end: int
    width: float
    height: float
    words: tuple[WordBox, ...] = ()


@dataclass(frozen=True, slots=True)
class CharRun:
    """
    A run of canonical text whose characters are consecutive in the file.

    Canonical character ``start + i`` is character ``index + i`` of page *page*, for ``0 <= i < length``. On a
    page with recognised words, the recognised characters are counted.

    Args:
        start: Offset of the first character in the canonical text.
        length: Number of characters.
        page: The page's number, from 1.
        index: Index of the first character on that page, from 0, as the PDF library counts.
    """

    start: int
    length: int
    page: int
    index: int


class BlockKind(enum.StrEnum):
    """The role of a block; it also decides which white space is kept in and around the block."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    """One entry of a list; consecutive entries are on consecutive lines."""
    TABLE_ROW = "table_row"
    """One row of a table; consecutive rows are on consecutive lines."""
    CAPTION = "caption"
    """The text above or below a table or figure."""
    CODE = "code"
    """Program code or its output: line breaks, spaces and blank lines are kept."""
    PLAIN_TEXT = "plain_text"
    """A paragraph of a text without markup: line breaks and spaces are kept."""


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One filled cell of a table row.

    Args:
        start: Offset of the first character of its value in the canonical text.
        end: Offset one past the last.
        column: Number of the column, from 0; blank cells leave gaps.
        header: The header of the value, outermost level first: ``("Population", "2010")`` under a header of
            two lines. In a row of a name and a value it is the name. Empty if there is none.
    """

    start: int
    end: int
    column: int
    header: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The header as it appears in the text of the row: ``Population 2010``."""
        return " ".join(self.header)


@dataclass(frozen=True, slots=True)
class Block:
    """
    One structural element of a document; its text is ``text[start:end]``.

    The blocks of a document are in order and don't overlap; together they cover every character that isn't
    white space. The text of a table row contains names and values (``Country: France; Capital: Paris``), and
    *cells* says which is which.

    Args:
        kind: Its role in the document.
        start: Offset of its first character in the canonical text.
        end: Offset one past its last character.
        level: Level of a heading, from 1 (outermost). For a list item, how deep its list is nested, from 1,
            or 0 if unknown. Otherwise 0.
        table: For a table row, the number of its table in the document, from 0; None if unknown.
        row: For a table row, its number within the table, from 0. Headers have no row of their own; they are
            repeated in the text of each row.
        cells: For a table row, its filled cells in order; a row that spans the table has one. Empty if the
            parser doesn't know the cells.
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
    A text with its structure and the files that contain it.

    Args:
        doc_id: SHA-256 of *text* (UTF-8), in hex.
        title: Display title; never a path.
        paths: Paths of the files with this text, sorted; several copies are one document.
        media_type: For example ``application/pdf``.
        text: The canonical text, to which every offset refers.
        pages: In a paged format, the pages in order; otherwise empty.
        runs: For PDF, the map from offsets to the characters of the file, in order; otherwise empty.
        digest: SHA-256 of the source file's bytes, in hex.
        blocks: The structure found by the parser, in order; empty if unknown. The sequence may create each
            block when it is accessed.
        sentences: Start and end of every sentence that isn't program code, in order; empty if they weren't
            computed.
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
        Return the text at *span*.

        Raises:
            ValueError: If the span belongs to another document or extends past the end of this one.
        """
        if span.doc_id != self.doc_id:
            raise ValueError(f"span of document {span.doc_id[:8]}, expected {self.doc_id[:8]}")
        if span.end > len(self.text):
            raise ValueError(f"span ends at {span.end}, the document has {len(self.text)} characters")
        return self.text[span.start : span.end]

    def blocks_in(self, start: int, end: int) -> list[Block]:
        """Return the blocks that overlap [start, end), in order, without scanning all blocks."""
        return overlapping(self.blocks, start, end)

    def page_at(self, offset: int) -> Page | None:
        """Return the page of the character at *offset*, or None in a format without pages."""
        earlier = [page for page in self.pages if page.start <= offset]
        return earlier[-1] if earlier else None


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    A span of a document that is embedded and retrieved as one unit.

    Args:
        span: Its place; the text of the chunk is always the slice of the document.
        heading: The titles above it, outermost first; embedded with the chunk but not part of its span.
        tokens: Number of tokens of heading and text together, without the model's special tokens.
    """

    span: Span
    heading: tuple[str, ...]
    tokens: int

    def embedded_text(self, text: str) -> str:
        """Return what is embedded and indexed: the heading path, then *text*, the slice of the chunk."""
        return with_heading(self.heading, text)


def with_heading(heading: tuple[str, ...], text: str) -> str:
    r"""
    Return a text below its heading path.

    >>> with_heading(("A", "B"), "words")
    'A > B\nwords'
    """
    return f"{' > '.join(heading)}\n{text}" if heading else text


class _Range(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


_R = TypeVar("_R", bound=_Range)


def overlapping(ranges: Sequence[_R], start: int, end: int) -> list[_R]:
    """
    Return the ranges that contain a character of [start, end).

    Args:
        ranges: Ranges in order that don't overlap each other.
        start: Offset of the first character.
        end: Offset one past the last character.
    """
    # By number and not by slice: a packed list creates a record at each access.
    first = bisect_right(ranges, start, key=lambda candidate: candidate.end)
    matches: list[_R] = []
    for number in range(first, len(ranges) if start < end else first):
        if ranges[number].start >= end:
            break
        matches.append(ranges[number])
    return matches
