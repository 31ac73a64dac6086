"""Sections as a list: the titles below a heading, each with the first sentence of its section."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from index.records import Block, BlockKind, Document

MIN_SECTIONS, MAX_SECTIONS = 2, 24
MAX_TITLE = 80
"""Maximum characters of a title that is an item."""

_PROSE = (BlockKind.PARAGRAPH, BlockKind.PLAIN_TEXT, BlockKind.LIST_ITEM)


def sections_near(document: Document, start: int, end: int) -> Iterator[list[int]]:
    """Yield the numbers of the titles right below each heading of or around [start, end)."""
    blocks = document.blocks
    first = bisect_right(blocks, start, key=lambda block: block.end)
    heading = _heading_before(blocks, first + 1)
    outer: list[int] = []
    while heading is not None:
        outer.insert(0, heading)
        heading = _heading_before(blocks, heading, blocks[heading].level)
    inner = (
        number
        for number in range(first + 1, len(blocks))
        if blocks[number].start < end and blocks[number].kind is BlockKind.HEADING
    )
    for number in dict.fromkeys((*outer, *inner)):
        titles = _titles_below(blocks, number)
        short = all(blocks[one].end - blocks[one].start <= MAX_TITLE for one in titles)
        asks = any(
            document.text[blocks[one].start : blocks[one].end].rstrip().endswith("?") for one in titles
        )
        if short and not asks and MIN_SECTIONS <= len(titles) <= MAX_SECTIONS:
            yield titles


def explanation_of(blocks: Sequence[Block], title: int) -> Block | None:
    """Return the prose right below a title; None if something else is."""
    below = blocks[title + 1] if title + 1 < len(blocks) else None
    return below if below and below.kind in _PROSE else None


def _heading_before(blocks: Sequence[Block], number: int, level: int = 99) -> int | None:
    """Return the last heading above a block whose level is further out than *level*."""
    found = (
        at
        for at in range(min(number, len(blocks)) - 1, -1, -1)
        if blocks[at].kind is BlockKind.HEADING and blocks[at].level < level
    )
    return next(found, None)


def _titles_below(blocks: Sequence[Block], heading: int) -> list[int]:
    """Return the headings one level below a heading, in its section."""
    titles: list[int] = []
    for number in range(heading + 1, len(blocks)):
        block = blocks[number]
        if block.kind is not BlockKind.HEADING:
            continue
        if block.level <= blocks[heading].level:
            break
        if not titles or block.level <= blocks[titles[0]].level:
            titles.append(number)
    return titles
