"""Build blocks of headings, list items and paragraphs."""

from collections.abc import Iterator

from index.records import BlockKind
from index.text.canonical import ParsedBlock


def first_heading(blocks: tuple[ParsedBlock, ...]) -> str | None:
    """Return the first level-1 heading, which serves as a title; None without one."""
    return next(
        (block.text for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None
    )


def prose_block(
    text: str, level: int, depth: int, kind: BlockKind = BlockKind.PARAGRAPH
) -> Iterator[ParsedBlock]:
    """
    Return the block of a text; nothing for a blank one.

    Args:
        text: The text of the block.
        level: Level of the heading that it is; 0 if it isn't one.
        depth: Number of lists that it is nested in; more than 0 makes it a list item.
        kind: Kind of a text that is neither.
    """
    if not text.strip():
        return
    if level:
        yield ParsedBlock(BlockKind.HEADING, text, level=level)
    else:
        yield ParsedBlock(BlockKind.LIST_ITEM if depth else kind, text, level=depth)
