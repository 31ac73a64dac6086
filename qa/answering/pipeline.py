"""The use case: retrieve, read, draft, ground and number."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from index import LiveIndex, Snapshot
from qa.answering.answerers.base import Answerer
from qa.answering.answerers.form import AnswerForm
from qa.answering.footnotes import number_footnotes, resolve_positions
from qa.answering.query_rewriting import recent_history, rewrite_question
from qa.answering.question_analysis import QuestionAnalysis, QuestionKind, analyse_question
from qa.answering.readers.base import Reader
from qa.answering.retrieval import Retriever
from qa.answering.sources import Sources
from qa.answering.spelling import SpellingCorrector
from qa.errors import InvalidQuestion
from qa.records import Answer, AnswerDraft, Turn


@dataclass(frozen=True, slots=True)
class QAPipeline:
    """
    Answers questions over an index that may be rebuilt meanwhile.

    Args:
        live: The index.
        retriever: Finds passages.
        reader: Reads them.
        answerer: Composes the answer.
        passages: How many passages are read.
        max_question: Characters a question may have.
        forms: The answer form for each kind of question that has one; others are left to *answerer*.
        general_forms: Tried in order for every question that has no result in a form of its own.
        spelling: Corrects misspelt words; None leaves every word as it is typed.
    """

    live: LiveIndex
    retriever: Retriever
    reader: Reader
    answerer: Answerer
    passages: int
    max_question: int
    forms: Mapping[QuestionKind, AnswerForm] = field(default_factory=dict)
    general_forms: Sequence[AnswerForm] = ()
    spelling: SpellingCorrector | None = None

    def validate(self, question: str) -> str:
        """
        The question as it is asked: on both ends without white space.

        Raises:
            InvalidQuestion: If it is empty or too long.
        """
        question = question.encode("utf-8", "replace").decode().strip()
        if not question:
            raise InvalidQuestion("Type a question, such as: Who wrote this?")
        if len(question) > self.max_question:
            raise InvalidQuestion(
                f"Your question is too long ({len(question):,} of at most {self.max_question:,} characters)."
            )
        return question

    def run(
        self,
        question: str,
        documents: Collection[str] | None = None,
        *,
        history: Sequence[Turn] = (),
        literal: bool = False,
    ) -> Answer:
        """
        The answer, or a refusal, which is an answer too.

        Args:
            question: In any script.
            documents: Ids of the documents to keep to; None means all.
            history: What was said before it, oldest first; a follow-up is searched and read with its topic.
            literal: Whether to take the words as typed: no correction, and no look at what was said before.

        Raises:
            InvalidQuestion: If it is empty or too long.
            FootnoteError: If the index can't serve.
        """
        *_, answer = self.stream(question, documents, history=history, literal=literal)
        return answer

    def stream(
        self,
        question: str,
        documents: Collection[str] | None = None,
        *,
        history: Sequence[Turn] = (),
        literal: bool = False,
    ) -> Iterator[Answer]:
        """The answer as it grows: each one whole so far, the last one final."""
        question = self.validate(question)
        history = () if literal else history
        timer = _Timer()
        with self.live.acquire() as snapshot:
            as_typed = literal or analyse_question(question).kind is QuestionKind.SMALL_TALK
            corrected = question if as_typed else self._corrected(question, snapshot)
            rewritten = corrected if as_typed else _rewritten(corrected, history)
            sources = Sources(
                snapshot,
                self.retriever,
                self.reader,
                self.passages,
                documents,
                recent_history(history),
                timer.lap,
            )
            for draft in self._drafts(analyse_question(rewritten), sources):
                yield replace(
                    _ground_answer(question, rewritten, draft, sources, timer),
                    standalone=rewritten if rewritten != corrected else "",
                    corrected=corrected if corrected != question else "",
                )

    def _corrected(self, question: str, snapshot: Snapshot) -> str:
        return self.spelling.correct(question, snapshot) if self.spelling else question

    def _drafts(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Answer in the first form that has a result, or as a factual question if none has."""
        own = [self.forms[question.kind]] if question.kind in self.forms else []
        for form in (*own, *self.general_forms):
            drafted = False
            for draft in form.draft(question, sources):
                drafted = True
                yield draft
            if drafted:
                return
        yield from self.answerer.draft(question.text, sources.search(question.text))


def _rewritten(question: str, history: Sequence[Turn]) -> str:
    """Return a follow-up in words that stand alone; a summary that is asked for stays one."""
    rewritten = rewrite_question(question, history)
    kind = analyse_question(question).kind
    keeps = kind not in _OF_DOCUMENTS or analyse_question(rewritten).kind is kind
    return rewritten if keeps else question


_OF_DOCUMENTS = frozenset({QuestionKind.OVERVIEW, QuestionKind.WHICH_DOCUMENT})


class _Timer:
    """Milliseconds per step; one that comes again, as with each draft, takes what it takes altogether."""

    def __init__(self) -> None:
        self._begun = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = self.laps.get(name, 0) + 1000 * (now - self._last)
        self.laps["total"] = 1000 * (now - self._begun)
        self._last = now


def _ground_answer(question: str, meant: str, draft: AnswerDraft, sources: Sources, timer: _Timer) -> Answer:
    """Ground and number a draft."""
    claims = (*draft.claims, *draft.possible)
    needed = {quote.passage.span.doc_id for claim in claims for quote in claim.quotes}
    documents = {doc_id: sources.document(doc_id) for doc_id in sorted(needed)}
    sentences, footnotes = number_footnotes(claims, documents)
    timer.lap("answer")
    return Answer(
        question=question,
        sentences=sentences[: len(draft.claims)],
        footnotes=footnotes,
        short=draft.short,
        disagreement=resolve_positions(draft.positions, footnotes),
        refused=draft.reason is not None,
        reason=draft.reason or "",
        note=draft.note or "",
        passages=sources.passages(meant),
        timings_ms={step: round(taken, 2) for step, taken in timer.laps.items()},
        snapshot=sources.snapshot.name,
        kind=draft.kind,
        confidence=draft.confidence,
        possible=sentences[len(draft.claims) :],
        suggestions=draft.suggestions,
    )
