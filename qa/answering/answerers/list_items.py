"""
The items of lists as blocks, also where a format doesn't mark them.

A plain text has its lists as lines that start with a bullet or a number, or as short lines under a colon. A
list may also be a run of short paragraphs that say the same of different things.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from index.records import Block, BlockKind, Document

BEFORE, AFTER = 200, 60
"""Number of blocks before and after a place that are looked at."""
MAX_LINE = 70
"""Maximum characters of a line under a colon for it to be an item."""
MAX_WRAPPED = 45
"""Maximum characters of such a line if the next one begins with a small letter; longer ones are prose."""
MAX_PARAGRAPH = 160
"""Maximum characters of a paragraph that is an item."""
MIN_PARAGRAPHS = 4
"""Minimum number of paragraphs in a row that say the same of different things."""
MIN_SHARED = 2
"""Minimum number of words that neighbours among them share."""

_MARKED = re.compile(
    r"(?P<indent>[ \t]*)(?P<mark>(?:[*•●◦▪·–—-]|\(?(?:\d{1,3}|[a-z]|[ivx]{2,5})[.)])[ \t]+)(?=\S)"
)
_WORD = re.compile(r"[^\W\d_]{3,}")


def with_items(document: Document, start: int, end: int) -> Document:
    """Return *document* with the blocks around [start, end), in which every item of a list is a block."""
    first = max(0, bisect_right(document.blocks, start, key=lambda block: block.end) - BEFORE)
    last = bisect_left(document.blocks, end, key=lambda block: block.start) + AFTER
    pieces = [piece for block in document.blocks[first:last] for piece in _split(document.text, block)]
    return replace(document, blocks=_with_parallel(document.text, _with_lines(document.text, pieces)))


def _split(text: str, block: Block) -> Iterator[Block]:
    """Yield the items of a paragraph of plain text and what is before them; the block if it has none."""
    if block.kind is not BlockKind.PLAIN_TEXT:
        yield block
        return
    lines = _line_starts(text, block)
    marked = [(start, match) for start in lines if (match := _MARKED.match(text, start, block.end))]
    if not marked:
        yield block
        return
    # Numbers may be aligned at their ends, and a deeper mark belongs to the item before it.
    indent = len(marked[0][1]["indent"]) + 1
    starts = [start for start, match in marked if len(match["indent"]) <= indent]
    yield from _pieces(text, block, starts)


def _pieces(text: str, block: Block, starts: Sequence[int]) -> Iterator[Block]:
    """Yield the words of a block before the first of *starts*, then a list item from each of them on."""
    for kind, start, end in zip(
        (BlockKind.PLAIN_TEXT, *(BlockKind.LIST_ITEM for _ in starts)),
        (block.start, *starts),
        (*starts, block.end),
        strict=True,
    ):
        piece = text[start:end]
        if piece.strip():
            yield Block(kind, start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))


def _line_starts(text: str, block: Block) -> list[int]:
    """Return where the lines of a block start; its first line starts with its indentation."""
    breaks = [match.end() for match in re.finditer("\n", text[block.start : block.end])]
    return [block.start, *(block.start + at for at in breaks)]


def _with_lines(text: str, blocks: Sequence[Block]) -> list[Block]:
    """Return blocks with the short lines after a colon as items."""
    found: list[Block] = []
    for block in blocks:
        starts = _line_starts(text, block)
        colon = bool(found) and text[: found[-1].end].endswith(":")
        lines = [line.strip() for line in text[block.start : block.end].splitlines()]
        short = len(lines) > 1 and all(0 < len(line) <= MAX_LINE for line in lines)
        wrapped = any(line[:1].islower() and len(before) > MAX_WRAPPED for before, line in pairwise(lines))
        if block.kind is BlockKind.PLAIN_TEXT and colon and short and not wrapped:
            found += _pieces(text, block, starts)
        else:
            found.append(block)
    return found


def _with_parallel(text: str, blocks: Sequence[Block]) -> list[Block]:
    """Return blocks with runs of short paragraphs that say the same of different things as items."""
    found: list[Block] = []
    run: list[Block] = []
    for block in [*blocks, None]:
        if block and _is_short(text, block) and (not run or _is_parallel(text, run[-1], block)):
            run.append(block)
            continue
        items = len(run) >= MIN_PARAGRAPHS
        found += [replace(one, kind=BlockKind.LIST_ITEM) for one in run] if items else run
        run = [block] if block and _is_short(text, block) else []
        found += [block] if block and not run else []
    return found


def _is_short(text: str, block: Block) -> bool:
    """Return whether a block is a short paragraph without a bullet."""
    prose = block.kind in (BlockKind.PARAGRAPH, BlockKind.PLAIN_TEXT)
    opens = text[block.start : block.end].lstrip()[:1].isalnum()
    return prose and opens and block.end - block.start <= MAX_PARAGRAPH


def _is_parallel(text: str, one: Block, other: Block) -> bool:
    """Return whether two paragraphs share several words."""
    words, others = (set(_WORD.findall(text[block.start : block.end].lower())) for block in (one, other))
    return len(words & others) >= MIN_SHARED
