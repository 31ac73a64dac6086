"""
The reader's protocol: a question and passages to quotes, and how likely each passage holds the answer.

*Reader* means one thing here: the model that reads. Files are read by ``index.formats``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.records import Passage, Quote


@dataclass(frozen=True, slots=True)
class PassageReading:
    """
    What the reader makes of one passage.

    Args:
        passage: What was read.
        relevance: For ordering passages: higher is better, comparable over passages of one question.
        probability: That the passage holds the answer, calibrated, 0 to 1.
        quotes: The sentences that hold the best short spans, likeliest first, never overlapping; empty
            only for a blank passage.
    """

    passage: Passage
    relevance: float
    probability: float
    quotes: tuple[Quote, ...]


class Reader(Protocol):
    """A model that reads a question and passages together, and points at words."""

    @property
    def name(self) -> str:
        """The model's name for people."""
        ...

    def read(self, question: str, passages: Sequence[Passage]) -> list[PassageReading]:
        """
        Read every passage, of any length, in the order given.

        Returns:
            One reading a passage, in the same order, with the same quotes for a passage alone or in any
            batch. Probabilities, and by them the quotes' order, are of the passages together: what others
            outdo is less likely.
        """
        ...
