"""Read plain text."""

from index.formats.common.decoding import decode
from index.formats.common.text_tables import text_blocks
from index.formats.types import Limits
from index.text.canonical import ParsedFile


def read_text(data: bytes, limits: Limits) -> ParsedFile:
    """Read plain text without a title; lines laid out as a table are its rows."""
    return ParsedFile("text/plain", None, tuple(text_blocks(decode(data))))
