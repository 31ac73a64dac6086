"""The protocol of an answer form: one way of answering, for the kinds of question that call for it."""

from collections.abc import Iterator
from typing import Protocol

from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft


class AnswerForm(Protocol):
    """Composes one form of answer (an overview, a comparison, a list); it never numbers footnotes."""

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """
        Compose an answer of this form.

        Args:
            question: What is asked, and the kind that chose this form.
            sources: The documents in scope.

        Returns:
            Drafts as :class:`~qa.answering.answerers.base.Answerer` returns them; none if this form finds
            nothing to show, in which case the question is answered as a factual one.
        """
        ...
