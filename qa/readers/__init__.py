"""The readers; which one serves is decided here."""

from qa.reader import Reader
from qa.readers.crossencoder import CrossEncoderReader


def default_reader(precision: str = "auto", threads: int = 0) -> Reader:
    """The cross-encoder that comes with Footnote."""
    return CrossEncoderReader(precision, threads)
