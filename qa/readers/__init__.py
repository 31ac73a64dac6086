"""The readers; which one serves is decided here."""

from qa.reader import Reader
from qa.readers.crossencoder import CrossEncoderReader


def default_reader(precision: str = "f32", threads: int = 0) -> Reader:
    """The cross-encoder that comes with Footnote."""
    return CrossEncoderReader(precision, threads)
