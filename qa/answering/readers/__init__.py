"""The readers, and the choice of the default one."""

from qa.answering.readers.base import Reader
from qa.answering.readers.cross_encoder import CrossEncoderReader


def default_reader(precision: str = "f32", threads: int = 0) -> Reader:
    """Return the cross-encoder that is installed with Footnote."""
    return CrossEncoderReader(precision, threads)
