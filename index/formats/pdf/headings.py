"""Recognise headings by their font size."""

import re
from collections import Counter
from dataclasses import dataclass

from index.formats.pdf.layout import PageText, Paragraph

_WORD = re.compile(r"[^\W\d_]{2}")


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
    def of(cls, pages: list[PageText]) -> "FontSizes":
        """Return the sizes of a document's pages."""
        weight: Counter[float] = Counter()
        for found in (found for page in pages for found in page.paragraphs):
            weight[found.size] += len(found.text)
        body = weight.most_common(1)[0][0]
        larger = sorted((size for size in weight if size >= 1.12 * body), reverse=True)
        return cls(body, {size: min(level, 5) for level, size in enumerate(larger, start=1)})

    def level(self, found: Paragraph) -> int:
        """Return the level of a heading, which is short, and larger than the body or bold; otherwise 0."""
        text = found.text
        if found.kind == "row" or len(text) > 200 or not _WORD.search(text):
            return 0
        if found.size in self.levels and len(found.lines) <= 4:
            return self.levels[found.size]
        bold = all(piece.bold for line in found.lines for piece in line.pieces)
        alone = (
            len(found.lines) == 1
            and found.size >= self.body
            and not text.rstrip().endswith((".", ",", ";", ":"))
        )
        return min(len(self.levels) + 1, 6) if bold and alone and len(text) <= 100 else 0
