"""
The answerer's protocol: what was read to the sentences of an answer.

``extractive`` shows the documents' own sentences; ``endpoint`` lets a language model write them.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from qa.answering.readers.base import PassageReading
from qa.records import AnswerDraft


class Answerer(Protocol):
    """Composes an answer; it never numbers footnotes and never sees a document, only passages."""

    def draft(self, question: str, readings: Sequence[PassageReading]) -> Iterator[AnswerDraft]:
        """
        Compose an answer, or refuse.

        Args:
            question: As it is searched for: of a follow-up, with what it is about.
            readings: One a passage, the most relevant first.

        Returns:
            At least one draft; each later one holds all of the earlier, unless a language model had to begin
            anew; the last one is the answer.
        """
        ...
