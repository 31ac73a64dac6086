"""The pipeline: retrieve, read, compose, ground and number."""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from index import LiveIndex
from qa.answering.answerers.base import Answerer
from qa.answering.answerers.form import AnswerForm
from qa.answering.footnotes import number_footnotes, resolve_positions
from qa.answering.query_rewriting import parallel_question, recent_history, rewrite_question
from qa.answering.question_analysis import QuestionAnalysis, QuestionKind, analyse_question
from qa.answering.readers.base import Reader
from qa.answering.retrieval import Retriever
from qa.answering.source_phrases import without_source_phrases
from qa.answering.sources import Sources
from qa.answering.spelling import SpellingCorrector
from qa.errors import InvalidQuestion
from qa.records import Answer, AnswerDraft, Turn


class QuestionRewriter(Protocol):
    """Makes follow-ups self-contained."""

    def rewrite(
        self, question: str, history: Sequence[Turn], by_rule: str, cancelled: Callable[[], bool]
    ) -> str:
        """Return the self-contained form of *question*, which the rules made *by_rule*."""
        ...


@dataclass(frozen=True, slots=True)
class QAPipeline:
    """
    Answers questions over an index that may be rebuilt at any time.

    Args:
        live: The index.
        retriever: Finds passages.
        reader: Reads them.
        answerer: Composes the answer.
        passages: How many passages are read.
        max_question: Characters a question may have.
        forms: The answer form of each kind of question that has one.
        general_forms: Tried in order for every question whose own form has no result, before *answerer*.
        spelling: Corrects misspelt words; None changes no word.
        rewriter: Makes a follow-up self-contained where the rules can't; None uses the rules alone.
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
    rewriter: QuestionRewriter | None = None

    def validate(self, question: str) -> str:
        """
        Return *question* without surrounding white space, as valid Unicode.

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
        Return the answer, which may be a refusal.

        Args:
            question: In any script.
            documents: Ids of the documents to search; None means all.
            history: The turns before it, oldest first; a follow-up is rewritten with them.
            literal: Whether to search for the words as typed, without correction and without the history.

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
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Answer]:
        """
        Yield the answer as it grows, each time complete so far; the last one is final.

        Args:
            question: As :meth:`run` has it, like the other arguments.
            documents: Ids of the documents to search; None means all.
            history: The turns before it, oldest first.
            literal: Whether to search for the words as typed.
            cancelled: Whether nobody waits for the answer any more; a language model then stops writing.
        """
        question = self.validate(question)
        history = () if literal else history
        timer = _Timer()
        with self.live.acquire() as snapshot:
            as_typed = literal or analyse_question(question).kind is QuestionKind.SMALL_TALK
            corrected = question
            if self.spelling and not as_typed:
                corrected = self.spelling.correct(question, snapshot)
            rewritten = corrected if as_typed else _rewritten(corrected, history)
            if self.rewriter and not as_typed and analyse_question(corrected).kind not in _DOCUMENT_KINDS:
                rewritten = self.rewriter.rewrite(corrected, history, rewritten, cancelled)
            analysis = _analysed(rewritten, history)
            if analysis.kind is QuestionKind.FACT:
                analysis = replace(analysis, text=without_source_phrases(rewritten, snapshot.occurs))
            sources = Sources(
                snapshot,
                self.retriever,
                self.reader,
                self.passages,
                documents,
                recent_history(history),
                parallel_question(rewritten, history),
                timer.lap,
                cancelled,
                rewritten if analysis.text != rewritten else "",
            )
            for draft in self._drafts(analysis, sources):
                yield replace(
                    _ground_answer(question, analysis.text, draft, sources, timer),
                    standalone=rewritten if rewritten != corrected else "",
                    corrected=corrected if corrected != question else "",
                )

    def _drafts(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield the drafts of the first form that has a result, or of *answerer* if no form has one."""
        own_form = [self.forms[question.kind]] if question.kind in self.forms else []
        for form in (*own_form, *self.general_forms):
            drafted = False
            for draft in form.draft(question, sources):
                drafted = True
                yield draft
            if drafted:
                return
        yield from self.answerer.draft(question.text, sources.search(question.text))


def _rewritten(question: str, history: Sequence[Turn]) -> str:
    """Return a follow-up as a self-contained question."""
    analysis = analyse_question(question)
    if analysis.kind is QuestionKind.OVERVIEW and not (analysis.topic or _POINTS_BACK.search(question)):
        return question  # "What is this about?": "this" means the documents and not the previous question
    rewritten = rewrite_question(question, history)
    kind = analysis.kind
    # A request for a summary must still be recognised as one after rewriting.
    same_kind = kind not in _DOCUMENT_KINDS or analyse_question(rewritten).kind is kind
    return rewritten if same_kind else question


def _analysed(question: str, history: Sequence[Turn]) -> QuestionAnalysis:
    """Return the analysis of a question; "tell me more about that" is vague without a history."""
    analysis = analyse_question(question)
    of_anything = analysis.kind is QuestionKind.OVERVIEW and not analysis.topic
    if of_anything and not history and _OF_THAT.search(question):
        return replace(analysis, kind=QuestionKind.VAGUE)
    return analysis


_DOCUMENT_KINDS = frozenset({QuestionKind.OVERVIEW, QuestionKind.WHICH_DOCUMENT})
_OF_THAT = re.compile(r"^(?!\W*what).*\b(?:that|them|those)\W*$", re.I | re.S)
_POINTS_BACK = re.compile(r"\b(?:it|that|they|them|those)\b", re.I)


class _Timer:
    """Milliseconds per step; a step that is repeated, as with each draft, adds up."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = self.laps.get(name, 0) + 1000 * (now - self._last)
        self.laps["total"] = 1000 * (now - self._started)
        self._last = now


def _ground_answer(
    question: str, searched: str, draft: AnswerDraft, sources: Sources, timer: _Timer
) -> Answer:
    """Return a draft as an answer with grounded, numbered footnotes."""
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
        passages=sources.passages(searched),
        timings_ms={step: round(milliseconds, 2) for step, milliseconds in timer.laps.items()},
        snapshot=sources.snapshot.name,
        kind=draft.kind,
        confidence=draft.confidence,
        possible=sentences[len(draft.claims) :],
        suggestions=draft.suggestions,
        generation=draft.generation,
    )
