"""Read plain text."""

from index.formats.common.decoding import decode
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile


def read_text(data: bytes, limits: Limits) -> ParsedFile:
    """Read plain text as one block without a title."""
    return ParsedFile("text/plain", None, (ParsedBlock(BlockKind.PLAIN_TEXT, decode(data)),))
