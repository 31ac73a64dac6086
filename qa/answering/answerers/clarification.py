"""A vague question: what it could mean among these documents, as questions to pick from."""

from collections.abc import Iterator
from dataclasses import dataclass

from qa.answering.answerers.texts import fixed_text, short_title
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, AnswerKind, ClaimSentence

MAX_SUGGESTIONS = 4
RETRIEVED = 20


@dataclass(frozen=True, slots=True)
class ClarificationForm:
    """Asks back when a question doesn't say what it is about."""

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft; none if there is only one document, which is then what is meant."""
        entries = sources.documents()
        if len(entries) == 1:
            return
        titles = list(dict.fromkeys(passage.title for passage in sources.retrieve(question.text, RETRIEVED)))
        wording = question.text.strip().rstrip("?？!. ")
        wording = wording[:1].upper() + wording[1:]
        suggestions = tuple(
            fixed_text("according", question.language, question=wording, title=short_title(title))
            for title in titles[:MAX_SUGGESTIONS]
        )
        sources.lap("retrieve")
        text = fixed_text("unclear" if suggestions else "unclear_alone", question.language)
        yield AnswerDraft(
            claims=(ClaimSentence(text, ()),), kind=AnswerKind.CLARIFICATION, suggestions=suggestions
        )
