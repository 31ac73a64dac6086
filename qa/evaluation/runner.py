"""
Index a question set's corpus, ask every question and measure every answer.

The pipeline is handed in and only :meth:`Pipeline.run` is called, so that the figures describe what a person
gets.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Literal, Protocol

from index import Chunking, Document, Embedder, FootnoteError, IndexDir, Progress, Span, build_from_sources
from qa.evaluation.measures import MEASURES, EvalCase, Measure
from qa.evaluation.question_set import Question, QuestionSet, load_question_set
from qa.records import Answer, Turn
from qa.rendering import to_json

_SEED = 8

FollowUpMode = Literal["asked", "rewritten", "human"]
"""
How a follow-up is asked: "asked", as typed and without its history; "rewritten", with its
history, for the pipeline to rewrite; "human", as a person rewrote it, which is the upper bound.
"""


class Pipeline(Protocol):
    """Anything that answers questions."""

    def run(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """
        Return an answer or a refusal.

        Args:
            question: In a person's words.
            history: The turns before it, oldest first.

        Raises:
            FootnoteError: If this question fails; others may succeed.
        """
        ...


class DocumentLookup(Protocol):
    """Reads the texts of documents; an open snapshot is one."""

    @property
    def name(self) -> str:
        """Return the name of the snapshot."""
        ...

    def document(self, doc_id: str) -> Document:
        """
        Return a document with its text.

        Raises:
            FootnoteError: If there is no such document.
        """
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """
    One question with its answer and its values.

    Args:
        question: With its gold.
        answer: As JSON; None if it failed.
        refused: Whether it was refused; None if it failed.
        error: The message if it failed, otherwise empty.
        values: By name of the measure; empty where undefined, and for every measure if the question failed.
    """

    question: Question
    answer: Mapping[str, object] | None
    refused: bool | None
    error: str
    values: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    The results of a question set.

    Args:
        set_name: Name of the question set.
        set_digest: Digest of its corpus.
        snapshot: Name of the snapshot that the answers come from.
        results: One for each question, in the set's order.
        follow_ups: How follow-up questions were asked.
    """

    set_name: str
    set_digest: str
    snapshot: str
    results: tuple[Result, ...]
    follow_ups: FollowUpMode = "rewritten"

    def figure(self, measure: Measure) -> float | None:
        """Return the measure over the whole set; None if it is undefined for every question."""
        values = list(chain.from_iterable(result.values.get(measure.name, ()) for result in self.results))
        return measure.summary(values) if values else None

    def defined_count(self, measure: Measure) -> int:
        """Return the number of questions for which the measure is defined."""
        return sum(bool(result.values.get(measure.name)) for result in self.results)

    @property
    def errors(self) -> int:
        """Return the number of questions that failed; no measure counts them."""
        return sum(bool(result.error) for result in self.results)

    @property
    def answerable_refused(self) -> int:
        """Return the number of questions that were refused though the corpus answers them."""
        return sum(result.refused is True and result.question.answerable is True for result in self.results)


def evaluate(
    folder: Path,
    *,
    embedder: Embedder,
    chunking: Chunking,
    make_pipeline: Callable[[Path], Pipeline],
    sample: int | None,
    progress: Callable[[Progress], None],
    follow_ups: FollowUpMode = "rewritten",
) -> Evaluation:
    """
    Load the set in *folder*, index its corpus and ask its questions.

    Args:
        folder: The question set.
        embedder: For the index.
        chunking: For the index.
        make_pipeline: Returns a pipeline over an index directory.
        sample: Number of questions; None means all.
        progress: Called with the progress of indexing and of asking.
        follow_ups: How follow-up questions are asked.

    Raises:
        InvalidQuestionSet: If the set can't be read.
    """
    question_set = load_question_set(folder)
    index_dir = build_question_set_index(
        question_set, embedder=embedder, chunking=chunking, progress=progress
    )
    with IndexDir(index_dir).open_current() as snapshot:
        pipeline = make_pipeline(index_dir)
        return run_questions(
            question_set,
            pipeline,
            documents=snapshot,
            sample=sample,
            progress=progress,
            follow_ups=follow_ups,
        )


def build_question_set_index(
    question_set: QuestionSet,
    *,
    embedder: Embedder,
    chunking: Chunking,
    progress: Callable[[Progress], None],
) -> Path:
    """
    Return the index directory of the set's corpus in the user's cache; build it if needed.

    Its name depends on the corpus, the embedder and the chunking, so that each combination has its own.
    """
    import platformdirs

    recipe = f"{question_set.digest} {embedder.fingerprint} {chunking}"
    name = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    index_dir = platformdirs.user_cache_path("footnote") / "eval" / name
    build_from_sources(
        index_dir,
        question_set.corpus(),
        name=question_set.digest,
        embedder=embedder,
        chunking=chunking,
        progress=progress,
    )
    return index_dir


def run_questions(
    question_set: QuestionSet,
    pipeline: Pipeline,
    *,
    documents: DocumentLookup,
    sample: int | None,
    progress: Callable[[Progress], None],
    follow_ups: FollowUpMode = "rewritten",
) -> Evaluation:
    """
    Ask the questions one at a time and measure the answers.

    Recall@5 and ndcg@10 rank the documents of the answer's passages; see
    :func:`~qa.evaluation.measures.retrieval.ranked_documents`.

    Args:
        question_set: The questions.
        pipeline: Over an index of the set's corpus.
        documents: The same index, opened separately, to check the footnotes against.
        sample: Number of questions, a fixed random sample; None means all.
        progress: Called before the first question and after each one.
        follow_ups: How follow-up questions are asked.
    """
    questions = _sample(question_set.questions, sample)
    results = []
    progress(Progress("asking", 0, len(questions)))
    for question in questions:
        results.append(_measure_question(question, follow_ups, pipeline, question_set.doc_ids, documents))
        progress(Progress("asking", len(results), len(questions)))
    return Evaluation(question_set.name, question_set.digest, documents.name, tuple(results), follow_ups)


def _sample(questions: Sequence[Question], size: int | None) -> Sequence[Question]:
    if size is None or size >= len(questions):
        return questions
    sampled = random.Random(_SEED).sample(range(len(questions)), size)  # noqa: S311 (a sample, no secret)
    return [questions[number] for number in sorted(sampled)]


def _measure_question(
    question: Question,
    follow_ups: FollowUpMode,
    pipeline: Pipeline,
    doc_ids: Mapping[str, str],
    documents: DocumentLookup,
) -> Result:
    started = perf_counter()
    try:
        answer = _run_question(question, follow_ups, pipeline)
    except FootnoteError as error:
        return Result(question, answer=None, refused=None, error=str(error), values={})
    milliseconds = (perf_counter() - started) * 1000
    case = EvalCase(
        question=question,
        answer=answer,
        gold=tuple(Span(doc_ids[span.doc], span.start, span.end) for span in question.spans),
        grades=_grades(question.relevant, doc_ids),
        texts=dict(_texts(answer, documents)),
        milliseconds=milliseconds,
    )
    values = {measure.name: measure.values(case) for measure in MEASURES}
    return Result(question, to_json(answer), answer.refused, error="", values=values)


def _run_question(question: Question, follow_ups: FollowUpMode, pipeline: Pipeline) -> Answer:
    if follow_ups == "human":
        return pipeline.run(question.rewritten or question.text)
    return pipeline.run(question.text, history=question.turns if follow_ups == "rewritten" else ())


def _grades(relevant: Mapping[str, int], doc_ids: Mapping[str, str]) -> dict[str, int]:
    """Return the grades by doc_id: the best of files with the same text; an unknown name is its own id."""
    grades: dict[str, int] = {}
    for name, grade in relevant.items():
        doc_id = doc_ids.get(name, name)
        grades[doc_id] = max(grade, grades.get(doc_id, grade))
    return grades


def _texts(answer: Answer, documents: DocumentLookup) -> Iterator[tuple[str, str]]:
    """Yield the id and text of each cited document that the snapshot has."""
    for doc_id in {footnote.span.doc_id for footnote in answer.footnotes}:
        try:
            yield doc_id, documents.document(doc_id).text
        except FootnoteError:
            continue
