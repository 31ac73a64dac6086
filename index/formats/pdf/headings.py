"""Recognise headings by their font size."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile

from index.formats.common.titles import MAX_TITLE, useful_title
from index.formats.pdf.layout import PageText, Paragraph

_WORD = re.compile(r"[^\W\d_]{2}")
_MIN_HEADING_RATIO = 1.12
"""Size of a heading relative to the body; smaller differences occur within a body."""
_MIN_TITLE_RATIO = 1.3
"""Size of a title relative to the body."""
_MIN_TITLE_WORDS = 2
"""A single large word is more often a logo than a title."""
_MAX_TITLE_PAGE = 2
"""The title is printed on one of this many pages, after a cover without text."""
_MAX_HEADING = 200
_MAX_BOLD_HEADING = 100
"""Characters of a heading; fewer if it differs from the body only in being bold."""
_MAX_HEADING_LINES = 4


@dataclass(frozen=True, slots=True)
class FontSizes:
    """
    The document's font sizes, in points.

    Args:
        body: The size of most characters.
        levels: The heading level of each larger size.
    """

    body: float
    levels: dict[float, int]

    @classmethod
    def from_pages(cls, pages: list[PageText]) -> "FontSizes":
        """Return the sizes of a document's pages."""
        characters: Counter[float] = Counter()
        for paragraph in (paragraph for page in pages for paragraph in page.paragraphs):
            characters[paragraph.size] += len(paragraph.text)
        body = characters.most_common(1)[0][0]
        larger = sorted((size for size in characters if size >= _MIN_HEADING_RATIO * body), reverse=True)
        return cls(body, {size: min(level, 5) for level, size in enumerate(larger, start=1)})

    def printed_title(self, pages: list[PageText]) -> str | None:
        """Return the largest text of the first page with text, if it is much larger than the body."""
        first = next((page for page in pages[:_MAX_TITLE_PAGE] if page.paragraphs), None)
        if first is None:
            return None
        large = [
            paragraph
            for paragraph in first.paragraphs
            if paragraph.size >= _MIN_TITLE_RATIO * self.body and self.level(paragraph)
        ]
        if not large:
            return None
        size = max(paragraph.size for paragraph in large)
        start = next(at for at, paragraph in enumerate(first.paragraphs) if paragraph.size == size)
        lines = takewhile(lambda paragraph: paragraph.size == size, first.paragraphs[start:])
        title = useful_title(" ".join(paragraph.text for paragraph in lines))
        return title if title and len(title) <= MAX_TITLE and len(title.split()) >= _MIN_TITLE_WORDS else None

    def level(self, paragraph: Paragraph) -> int:
        """Return the level of a heading, which is short, and larger than the body or bold; otherwise 0."""
        text = paragraph.text
        if paragraph.kind == "row" or len(text) > _MAX_HEADING or not _WORD.search(text):
            return 0
        if paragraph.size in self.levels and len(paragraph.lines) <= _MAX_HEADING_LINES:
            return self.levels[paragraph.size]
        is_bold = all(piece.bold for line in paragraph.lines for piece in line.pieces)
        is_single_line = (
            len(paragraph.lines) == 1
            and paragraph.size >= self.body
            and not text.rstrip().endswith((".", ",", ";", ":"))
        )
        return (
            min(len(self.levels) + 1, 6)
            if is_bold and is_single_line and len(text) <= _MAX_BOLD_HEADING
            else 0
        )
