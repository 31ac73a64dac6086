"""A document's title and sections, as its own text gives them."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from index.records import Block, BlockKind, Document
from qa.answering.answerers.key_sentences import content_words, section_weight
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.texts import fixed_text
from qa.records import ClaimSentence

TITLE_WITHIN = 8
"""Blocks at the beginning of a document among which its title is."""
MIN_SHARED = 2
"""Words that a title has of the document's names, unless the text begins with it."""
MIN_TITLE_WORDS, MAX_TITLE_LENGTH = 3, 200
MIN_SECTIONS, MAX_SECTIONS = 4, 7
MAX_SECTION_LENGTH = 60


def title_range(document: Document) -> tuple[int, int] | None:
    """
    Return where a document's text has its title: the first heading that has most words of its names.

    None if no heading near its beginning can be one.
    """
    names = set(content_words(" ".join([document.title, *(PurePath(path).stem for path in document.paths)])))
    headings = [
        block
        for block in document.blocks[:TITLE_WITHIN]
        if block.kind is BlockKind.HEADING and block.end - block.start <= MAX_TITLE_LENGTH
    ]

    def shared(block: Block) -> int:
        return len(names.intersection(content_words(document.text[block.start : block.end])))

    best = max(headings, key=lambda block: (shared(block), -block.start), default=None)
    if best is None or (shared(best) < MIN_SHARED and best.start > document.blocks[0].start):
        return None
    words = document.text[best.start : best.end].split()
    return (best.start, best.end) if len(words) >= MIN_TITLE_WORDS else None


def outline(document: Document, language: str) -> list[ClaimSentence]:
    """
    Return one claim that names a document's first sections; none if it has few.

    Args:
        document: With its blocks.
        language: Of the label.
    """
    sections = _sections(document)
    if len(sections) < MIN_SECTIONS:
        return []
    shown = sections[:MAX_SECTIONS]
    names = [" ".join(document.text[block.start : block.end].split()) for block in shown]
    text = ", ".join(names) + (", …" if len(sections) > len(shown) else "")
    quotes = tuple(quote_range(document, block.start, block.end) for block in shown)
    return [ClaimSentence(text, quotes, fixed_text("sections", language))]


def _sections(document: Document) -> Sequence[Block]:
    """Return the numbered chapters, or else the headings of the outermost level that has several."""
    title = title_range(document)
    headings = [
        block
        for block in document.blocks
        if block.kind is BlockKind.HEADING
        and block.end - block.start <= MAX_SECTION_LENGTH
        and (block.start, block.end) != title
        and _SECTION.match(text := document.text[block.start : block.end])
        and section_weight(text) >= 0
    ]
    chapters = [block for block in headings if _CHAPTER.match(document.text[block.start : block.end])]
    if len(chapters) >= MIN_SECTIONS:
        return chapters
    counts = Counter(block.level for block in headings)
    level = min((level for level, count in counts.items() if count >= MIN_SECTIONS), default=None)
    return [block for block in headings if block.level == level]


_SECTION = re.compile(r"[^\W_].*\s\S")
"""Two words or more, without a bullet before them."""
_CHAPTER = re.compile(
    r"(?:(?:chapter|part|kapitel|teil|chapitre|capítulo|capitolo|hoofdstuk) )?\d{1,2}[.:]? +[^\W\d]", re.I
)
