"""Fitting of a reader's calibration on a question set: ``footnote eval calibrate``."""

import hashlib
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from index import Chunking, Embedder, IndexDir, Progress, Snapshot, Span
from qa.answering.footnotes import to_document_span
from qa.answering.readers.calibration import Calibration, CalibrationFeatures
from qa.answering.readers.scoring import PassageScores
from qa.answering.retrieval import Retriever
from qa.errors import InvalidQuestionSet
from qa.evaluation.measures.base import covered_characters, shared_characters
from qa.evaluation.question_set import Question, QuestionSet, load_question_set
from qa.evaluation.runner import build_question_set_index
from qa.records import Passage

BINS = 10
MIN_QUESTIONS = 20
"""Minimum number of questions on which a calibration is fitted."""
_SEED = 11
Prediction = tuple[float, bool]
"""The best probability of a question, and whether the quote with it is right."""


class ScoringReader(Protocol):
    """A reader that returns its scores before calibration."""

    def score(self, question: str, passages: Sequence[Passage]) -> list[PassageScores]:
        """Return the raw scores of passages, in their order."""
        ...

    def scores(self, question: str, read: Sequence[PassageScores]) -> list[list[CalibrationFeatures]]:
        """Return the calibration features of each candidate of passages that were read together."""
        ...


@dataclass(frozen=True, slots=True)
class CalibrationSentence:
    """
    The reader's scores for one sentence.

    Args:
        passage: Index of its passage in the order of retrieval, from 0.
        scores: Its raw scores.
        length: Number of its characters.
        gold: Number of its characters that are gold.
        missing_gold: Whether its passage has no character of a gold span and the words of no gold answer.
    """

    passage: int
    scores: CalibrationFeatures
    length: int
    gold: int
    missing_gold: bool

    @property
    def right(self) -> bool:
        """Return whether the sentence contains any of the gold words."""
        return self.gold > 0


@dataclass(frozen=True, slots=True)
class CalibrationQuestion:
    """
    One question with the sentences that were read for it.

    Args:
        set_name: Name of its set.
        answerable: Whether its gold documents could be retrieved.
        fitting: Whether it is in the half to fit on.
        gold: Number of characters of its gold spans.
        seen: Every candidate sentence, passage by passage, best first within each.
    """

    set_name: str
    answerable: bool
    fitting: bool
    gold: int
    seen: tuple[CalibrationSentence, ...]


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """
    Figures of a calibration on the half of the questions that it wasn't fitted on.

    Args:
        questions: Number of questions in both halves.
        answerable: Number of those that could be answered.
        before: Expected calibration error of the calibration in use, 0 to 1; lower is better.
        after: The same of the calibration that was fitted on the other half.
        auroc: AUROC of answerable against unanswerable questions, 0 to 1; nan without both.
    """

    questions: int
    answerable: int
    before: float
    after: float
    auroc: float


def calibrate_reader(
    folder: Path,
    reader: ScoringReader,
    current: Calibration,
    *,
    embedder: Embedder,
    chunking: Chunking,
    retriever: Retriever,
    passages: int,
    sample: int | None,
    progress: Callable[[Progress], None],
) -> tuple[Calibration, CalibrationReport]:
    """
    Return the calibration that fits a question set, and figures of how well it holds on other questions.

    If all questions of the set are answerable, every other one is asked without its gold documents. The
    figures are those of two calibrations, each fitted on one half and measured on the other; the returned
    calibration is fitted on both halves.

    Args:
        folder: The question set, with gold spans.
        reader: The reader to calibrate.
        current: The calibration in use, to compare with.
        embedder: For the index.
        chunking: For the index.
        retriever: Finds the passages.
        passages: Number of passages read per question.
        sample: Number of questions; None means all.
        progress: Called with the progress of indexing and of asking.

    Raises:
        InvalidQuestionSet: If the set can't be read, or has too few questions with gold spans.
    """
    question_set = load_question_set(folder)
    index_dir = build_question_set_index(
        question_set, embedder=embedder, chunking=chunking, progress=progress
    )
    with IndexDir(index_dir).open_current() as snapshot:
        questions = list(
            collect(
                question_set,
                reader,
                snapshot,
                retriever,
                passages,
                hide_gold=all(question.answerable for question in question_set.questions),
                sample=sample,
                seed=_SEED,
                progress=progress,
            )
        )
    halves = [[one for one in questions if one.fitting is half] for half in (True, False)]
    usable = min(sum(any(seen.right for seen in one.seen) for one in half) for half in halves)
    if 2 * usable < MIN_QUESTIONS:
        raise InvalidQuestionSet(
            f"{folder} has too few questions that the reader can answer: "
            f"a calibration needs at least {MIN_QUESTIONS}."
        )
    crossed = [(fit(halves[0]), halves[1]), (fit(halves[1]), halves[0])]
    predictions = [
        (best_prediction(calibration, one), one.answerable) for calibration, half in crossed for one in half
    ]
    report = CalibrationReport(
        questions=len(questions),
        answerable=sum(one.answerable for one in questions),
        before=calibration_error([best_prediction(current, one) for one in questions]),
        after=calibration_error([prediction for prediction, _ in predictions]),
        auroc=auroc([(probability, answerable) for (probability, _), answerable in predictions]),
    )
    return fit(questions), report


def collect(
    question_set: QuestionSet,
    reader: ScoringReader,
    snapshot: Snapshot,
    retriever: Retriever,
    passages: int,
    *,
    hide_gold: bool,
    sample: int | None,
    seed: int,
    progress: Callable[[Progress], None],
) -> Iterator[CalibrationQuestion]:
    """
    Yield a sample of a set's questions with the sentences that were read for them.

    Args:
        question_set: The question set.
        reader: With any weights.
        snapshot: Of the set's corpus.
        retriever: Finds the passages.
        passages: Number of passages read per question.
        hide_gold: Whether every other question is asked without its gold documents, so that it has no answer.
        sample: Number of questions; None means all.
        seed: Of the sample.
        progress: Called before each question.
    """
    questions = question_set.questions
    selected = sampled(questions, len(questions) if sample is None else sample, seed)
    for number, question in enumerate(selected):
        progress(Progress("questions", number, len(selected)))
        hidden = _gold_documents(question, question_set) if hide_gold and number % 2 else set()
        found = retriever.retrieve(snapshot, question.text, 3 * passages)
        read = [passage for passage in found if passage.span.doc_id not in hidden][:passages]
        scored = reader.score(question.text, read)
        yield calibration_question(
            question,
            question_set,
            not hidden and bool(question.answerable),
            scored,
            reader.scores(question.text, scored),
        )


def sampled(questions: Sequence[Question], count: int, seed: int) -> list[Question]:
    """Return *count* of the questions at random, the same for the same seed."""
    generator = random.Random(seed)  # noqa: S311 (a sample, no secret)
    return generator.sample(list(questions), min(count, len(questions)))


def _gold_documents(question: Question, question_set: QuestionSet) -> set[str]:
    return {question_set.doc_ids[span.doc] for span in question.spans}


def calibration_question(
    question: Question,
    question_set: QuestionSet,
    answerable: bool,
    scored: Sequence[PassageScores],
    features: Sequence[Sequence[CalibrationFeatures]],
) -> CalibrationQuestion:
    """Return a question with its sentences; questions on one document are in the same half."""
    spans = [Span(question_set.doc_ids[span.doc], span.start, span.end) for span in question.spans]
    gold = spans if answerable else []
    key = question.spans[0].doc if question.spans else question.id
    sentences = tuple(
        sentence
        for place, (passage, of_passage) in enumerate(zip(scored, features, strict=True))
        for sentence in sentence_rows(passage, of_passage, place, gold, question.answers)
    )
    fitting = hashlib.sha256(key.encode()).digest()[0] % 2 == 0
    return CalibrationQuestion(question_set.name, answerable, fitting, covered_characters(gold), sentences)


def sentence_rows(
    scored: PassageScores,
    features: Sequence[CalibrationFeatures],
    place: int,
    gold: Sequence[Span],
    answers: Sequence[str],
) -> Iterator[CalibrationSentence]:
    """Yield the candidate sentences of one passage."""
    passage = scored.passage
    text = passage.text.lower()
    words = any(answer.lower() in text for answer in answers)
    lacking = not words and not shared_characters([passage.span], gold)
    for candidate, of_candidate in zip(scored.candidates, features, strict=True):
        span = to_document_span(passage.span, candidate.start, candidate.end)
        yield CalibrationSentence(
            place, of_candidate, span.end - span.start, shared_characters([span], gold), lacking
        )


# ---- fitting


def best(calibration: Calibration, question: CalibrationQuestion) -> CalibrationSentence:
    """Return the sentence that would be shown first."""
    return max(question.seen, key=lambda seen: calibration.logit(seen.scores))


def best_prediction(calibration: Calibration, question: CalibrationQuestion) -> Prediction:
    """Return the prediction of the best sentence; (0, False) without a sentence."""
    if not question.seen:
        return 0.0, False
    first = best(calibration, question)
    return calibration.probability(first.scores), first.right


def fit(questions: Sequence[CalibrationQuestion]) -> Calibration:
    """
    Return the calibration that fits the questions.

    A logistic regression over all sentences gives the weights. A second one over the best sentence of each
    question corrects for the selection of the best of many.
    """
    sentences = [seen for one in questions for seen in one.seen]
    features = [astuple(seen.scores) for seen in sentences]
    weights, bias = _logistic(features, [seen.right for seen in sentences])
    rough = Calibration(bias, *weights)
    first = [best(rough, one) for one in questions if one.seen]
    (scale,), shift = _logistic(
        [[rough.logit(seen.scores)] for seen in first], [seen.right for seen in first]
    )
    bias, *weights = (round(scale * weight, 4) for weight in (bias, *weights))
    return Calibration(round(bias + shift, 4), *weights)


def _logistic(features: Sequence[Sequence[float]], right: Sequence[bool]) -> tuple[list[float], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=100.0, max_iter=1000).fit(np.array(features), np.array(right))
    return [float(weight) for weight in model.coef_[0]], float(model.intercept_[0])


def calibration_error(tops: Sequence[Prediction]) -> float:
    """Return the expected calibration error, 0 to 1: the mean gap of ten equal bins, weighted by size."""
    bins: dict[int, list[Prediction]] = {}
    for one in tops:
        bins.setdefault(min(int(one[0] * BINS), BINS - 1), []).append(one)
    gaps = (abs(sum(p for p, _ in part) - sum(right for _, right in part)) for part in bins.values())
    return sum(gaps) / max(1, len(tops))


def auroc(tops: Sequence[tuple[float, bool]]) -> float:
    """Return the AUROC of answerable against unanswerable questions; nan without both."""
    from sklearn.metrics import roc_auc_score

    labels = [answerable for _, answerable in tops]
    return float(roc_auc_score(labels, [p for p, _ in tops])) if len(set(labels)) == 2 else math.nan
