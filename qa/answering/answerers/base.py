"""
The protocol of answerers: from readings to the sentences of an answer.

``extractive`` shows the documents' own sentences; ``llm`` lets a language model write them.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from qa.answering.readers.base import PassageReading
from qa.records import AnswerDraft, Quote


class Answerer(Protocol):
    """Composes an answer from passages; it neither sees documents nor numbers footnotes."""

    def draft(self, question: str, readings: Sequence[PassageReading]) -> Iterator[AnswerDraft]:
        """
        Compose an answer or a refusal.

        Args:
            question: A self-contained question.
            readings: One for each passage, the most relevant first.

        Returns:
            At least one draft; the last one is the answer. Each draft continues the one before it, unless a
            language model had to start over.
        """
        ...


class RankingAnswerer(Answerer, Protocol):
    """An answerer that also says which sentences are likely to answer."""

    def sentences(self, question: str, readings: Sequence[PassageReading]) -> list[Quote]:
        """Return the sentences that may be shown, likeliest first."""
        ...
