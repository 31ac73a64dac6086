"""
The use case: index a question set's corpus, ask every question, measure every answer.

The asker comes from outside; nothing but :meth:`Pipeline.run` is used of it, so what is measured is what a
person gets.
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

QuestionForm = Literal["asked", "rewritten", "human"]
"""
How a question of a conversation is put: as it was asked, without its history; with its history, so that the
asker rewrites it by rule; or as a person rewrote it, which no program does and is but the ceiling.
"""


class Pipeline(Protocol):
    """What answers a question."""

    def run(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """
        Answer, or refuse.

        Args:
            question: As asked.
            history: What was said before it, oldest first.

        Raises:
            FootnoteError: If this question can't be dealt with; others may be.
        """
        ...


class DocumentLookup(Protocol):
    """Where the documents' texts are read again; an opened snapshot is one."""

    @property
    def name(self) -> str:
        """Of the snapshot."""
        ...

    def document(self, doc_id: str) -> Document:
        """
        Raises:
            FootnoteError: If it holds no such document.
        """
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """
    What became of one question.

    Args:
        question: With its gold.
        answer: As JSON; None if it failed.
        refused: Whether it was refused; None if it failed.
        error: The message if it failed, otherwise empty.
        values: Per measure by name; empty where undefined, and all of them if it failed.
    """

    question: Question
    answer: Mapping[str, object] | None
    refused: bool | None
    error: str
    values: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    A question set's results.

    Args:
        set_name: Of the question set.
        set_digest: Of its corpus.
        snapshot: The name of the snapshot that was asked.
        results: One a question asked, in the set's order.
        form: How questions of a conversation were put.
    """

    set_name: str
    set_digest: str
    snapshot: str
    results: tuple[Result, ...]
    form: QuestionForm = "rewritten"

    def figure(self, measure: Measure) -> float | None:
        """The measure over the whole set; None if it is undefined for every question."""
        values = list(chain.from_iterable(result.values.get(measure.name, ()) for result in self.results))
        return measure.summary(values) if values else None

    def defined(self, measure: Measure) -> int:
        """For how many questions the measure is defined."""
        return sum(bool(result.values.get(measure.name)) for result in self.results)

    @property
    def errors(self) -> int:
        """How many questions failed; they are part of no measure."""
        return sum(bool(result.error) for result in self.results)

    @property
    def answerable_refused(self) -> int:
        """How many questions were refused though the corpus answers them."""
        return sum(result.refused is True and result.question.answerable is True for result in self.results)


def evaluate(
    folder: Path,
    *,
    embedder: Embedder,
    chunking: Chunking,
    make_pipeline: Callable[[Path], Pipeline],
    sample: int | None,
    progress: Callable[[Progress], None],
    form: QuestionForm = "rewritten",
) -> Evaluation:
    """
    Everything at once: load the set in *folder*, index it, ask.

    Args:
        folder: The question set.
        embedder: For the index.
        chunking: For the index.
        make_pipeline: From an index folder to what answers from it.
        sample: How many questions; None for all.
        progress: Told how far indexing and asking are.
        form: How questions of a conversation are put.

    Raises:
        InvalidQuestionSet: If the set can't be read.
    """
    question_set = load_question_set(folder)
    index_dir = prepare(question_set, embedder=embedder, chunking=chunking, progress=progress)
    with IndexDir(index_dir).open_current() as snapshot:
        pipeline = make_pipeline(index_dir)
        return run_questions(
            question_set, pipeline, documents=snapshot, sample=sample, progress=progress, form=form
        )


def prepare(
    question_set: QuestionSet,
    *,
    embedder: Embedder,
    chunking: Chunking,
    progress: Callable[[Progress], None],
) -> Path:
    """
    The index folder of the set's corpus, in the user's cache; built if it isn't there or isn't whole.

    Its name depends on the corpus, the embedder and the chunking, so that none is built over another.
    """
    import platformdirs

    made_of = f"{question_set.digest} {embedder.fingerprint} {chunking}"
    name = hashlib.sha256(made_of.encode()).hexdigest()[:16]
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
    form: QuestionForm = "rewritten",
) -> Evaluation:
    """
    Ask the questions one after another and measure the answers.

    Documents are ranked by the answer's passages, best first, each document where it first occurs: recall@5
    and ndcg@10 see no deeper than the asker read, so where passages share documents, ten passages are fewer
    than ten documents.

    Args:
        question_set: What to ask.
        pipeline: Over an index of the set's corpus.
        documents: The same index, opened apart from the asker, to check the footnotes against.
        sample: How many questions, chosen at random but always the same; None for all.
        progress: Told before the first question and after each.
        form: How questions of a conversation are put.
    """
    questions = _sample(question_set.questions, sample)
    results = []
    progress(Progress("questions", 0, len(questions)))
    for question in questions:
        results.append(_measure_question(question, form, pipeline, question_set.doc_ids, documents))
        progress(Progress("questions", len(results), len(questions)))
    return Evaluation(question_set.name, question_set.digest, documents.name, tuple(results), form)


def _sample(questions: Sequence[Question], size: int | None) -> Sequence[Question]:
    if size is None or size >= len(questions):
        return questions
    sampled = random.Random(_SEED).sample(range(len(questions)), size)  # noqa: S311 (a sample, no secret)
    return [questions[number] for number in sorted(sampled)]


def _measure_question(
    question: Question,
    form: QuestionForm,
    pipeline: Pipeline,
    doc_ids: Mapping[str, str],
    documents: DocumentLookup,
) -> Result:
    started = perf_counter()
    try:
        answer = _run_question(question, form, pipeline)
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


def _run_question(question: Question, form: QuestionForm, pipeline: Pipeline) -> Answer:
    if form == "human":
        return pipeline.run(question.rewritten or question.text)
    return pipeline.run(question.text, history=question.turns if form == "rewritten" else ())


def _grades(relevant: Mapping[str, int], doc_ids: Mapping[str, str]) -> dict[str, int]:
    """Per document; of two names for one content the better grade, and an unknown name stays as it is."""
    grades: dict[str, int] = {}
    for name, grade in relevant.items():
        doc_id = doc_ids.get(name, name)
        grades[doc_id] = max(grade, grades.get(doc_id, grade))
    return grades


def _texts(answer: Answer, documents: DocumentLookup) -> Iterator[tuple[str, str]]:
    """Each cited document's text, read again; without those that the catalogue doesn't hold."""
    for doc_id in {footnote.span.doc_id for footnote in answer.footnotes}:
        try:
            yield doc_id, documents.document(doc_id).text
        except FootnoteError:
            continue
