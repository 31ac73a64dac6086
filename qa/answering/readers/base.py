"""The protocol of readers: from a question and passages to quotes and probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.records import Passage, Quote


@dataclass(frozen=True, slots=True)
class PassageReading:
    """
    The reader's output for one passage.

    Args:
        passage: The passage.
        relevance: Score to order the passages of one question by; higher is better.
        probability: Calibrated probability that the passage holds the answer, 0 to 1.
        quotes: The sentences around the best short spans, likeliest first, never overlapping; empty only
            for a blank passage.
    """

    passage: Passage
    relevance: float
    probability: float
    quotes: tuple[Quote, ...]


class Reader(Protocol):
    """A model that reads a question and passages together and points at the words that answer."""

    @property
    def name(self) -> str:
        """Return the model's name for people."""
        ...

    def read(self, question: str, passages: Sequence[Passage]) -> list[PassageReading]:
        """
        Read every passage, of any length.

        Returns:
            One reading per passage, in the same order. A passage has the same quotes alone and in any batch,
            but their probabilities and so their order depend on the other passages.
        """
        ...
