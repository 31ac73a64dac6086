"""Plain text."""

from index.formats.common.decoding import decode
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile


def read_text(data: bytes, limits: Limits) -> ParsedFile:
    """One verbatim block; plain text has no title of its own."""
    return ParsedFile("text/plain", None, (ParsedBlock(BlockKind.PLAIN_TEXT, decode(data)),))
