"""Plain text."""

from index.canonical import Block, Kind, Raw
from index.formats.decoding import decode
from index.formats.records import Limits


def read_text(data: bytes, limits: Limits) -> Raw:
    """One verbatim block; plain text has no title of its own."""
    return Raw("text/plain", None, (Block(Kind.VERBATIM, decode(data)),))
