"""Answer forms of which a language model writes the sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

from qa.answering.answerers.llm.answerer import LlmAnswerer
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft


@dataclass(frozen=True, slots=True)
class LlmForm:
    """
    Answers any question from the best passages.

    Args:
        answerer: Writes the answer.
    """

    answerer: LlmAnswerer

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield the answer as it grows."""
        readings = sources.search(question.text)
        yield from self.answerer.draft(question.text, readings, sources.cancelled)
