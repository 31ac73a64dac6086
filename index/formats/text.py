"""Plain text."""

from index.canonical import ParsedBlock, Raw
from index.formats.decoding import decode
from index.formats.records import Limits
from index.records import BlockKind


def read_text(data: bytes, limits: Limits) -> Raw:
    """One verbatim block; plain text has no title of its own."""
    return Raw("text/plain", None, (ParsedBlock(BlockKind.PLAIN_TEXT, decode(data)),))
