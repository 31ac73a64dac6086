"""Small talk and help: a short fixed text, and questions to try."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index import CatalogEntry, Snapshot
from qa.answering.answerers.texts import fixed_text, short_title
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, AnswerKind, ClaimSentence

MAX_SUGGESTIONS = 3
WITHOUT_SUGGESTIONS = frozenset({"farewell"})
"""Sorts of small talk without suggested questions."""

Suggest = Callable[[Snapshot], Sequence[str]]
"""Questions that the documents of a snapshot answer; none if none were made."""


@dataclass(frozen=True, slots=True)
class SmallTalkForm:
    """
    Answers greetings, thanks and questions about Footnote with a fixed text.

    Args:
        suggest: Returns questions to try.
    """

    suggest: Suggest

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft: the text for this sort of small talk."""
        sort, language = question.topic, question.language
        suggestions: tuple[str, ...] = ()
        if sort not in WITHOUT_SUGGESTIONS:
            made = list(self.suggest(sources.snapshot)) if sources.doc_ids is None else []
            made += questions_about(sources.documents(), language)
            suggestions = tuple(made[:MAX_SUGGESTIONS])
        text = fixed_text(sort, language)
        yield AnswerDraft(
            claims=(ClaimSentence(text, ()),), kind=AnswerKind.SMALL_TALK, suggestions=suggestions
        )


def questions_about(entries: Sequence[CatalogEntry], language: str) -> list[str]:
    """Return a question about each of a few documents, far from each other in the order of titles."""
    step = max(1, len(entries) // MAX_SUGGESTIONS)
    titles = [short_title(entry.title) for entry in entries[step // 2 :: step][:MAX_SUGGESTIONS]]
    return [fixed_text("about", language, title=title) for title in titles]
