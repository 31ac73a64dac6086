"""The readers; which one serves is decided here."""

from qa.answering.readers.base import Reader
from qa.answering.readers.cross_encoder import CrossEncoderReader


def default_reader(precision: str = "f32", threads: int = 0) -> Reader:
    """The cross-encoder that comes with Footnote."""
    return CrossEncoderReader(precision, threads)
