"""Small helpers that build blocks."""

from collections.abc import Iterator

from index.records import BlockKind
from index.text.canonical import ParsedBlock


def first_heading(blocks: tuple[ParsedBlock, ...]) -> str | None:
    """The first heading of the outermost level, as a title."""
    return next(
        (block.text for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None
    )


def prose_block(
    text: str, level: int, depth: int, kind: BlockKind = BlockKind.PARAGRAPH
) -> Iterator[ParsedBlock]:
    """A heading if it has a level, an entry if it is in lists, *depth* of them; otherwise *kind*."""
    if not text.strip():
        return
    if level:
        yield ParsedBlock(BlockKind.HEADING, text, level=level)
    else:
        yield ParsedBlock(BlockKind.LIST_ITEM if depth else kind, text, level=depth)
