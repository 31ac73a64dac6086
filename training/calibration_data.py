"""Raw scores of dev questions by Footnote's own retrieval and reader, which calibration is fitted on."""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import IndexDir, Progress, Span
from qa.answering.footnotes import to_document_span
from qa.answering.readers.calibration import CalibrationFeatures
from qa.answering.readers.cross_encoder import CrossEncoderReader
from qa.answering.readers.scoring import PassageScores
from qa.answering.retrieval import Retriever
from qa.bootstrap import make_chunking, make_embedder_from
from qa.evaluation import Question, QuestionSet, build_question_set_index, load_question_set
from qa.evaluation.measures.base import covered_characters, shared_characters
from qa.settings import Settings


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


def collect_all(
    folders: Sequence[Path], weights: Path, sample: int, seed: int
) -> Iterator[CalibrationQuestion]:
    """Yield a sample of each set's questions as the reader with *weights* scores them."""
    settings = Settings()
    reader = CrossEncoderReader(settings.reader_precision, settings.threads, weights)
    for folder in folders:
        yield from collect(folder, reader, settings, sample, seed)


def write_questions(path: Path, questions: Sequence[CalibrationQuestion]) -> None:
    """Write one question per line."""
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in questions), encoding="utf-8")


def read_questions(path: Path) -> list[CalibrationQuestion]:
    """Read the questions that :func:`write_questions` wrote."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [CalibrationQuestion(**row | {"seen": tuple(map(_sentence, row["seen"]))}) for row in rows]


def _sentence(fields: dict[str, Any]) -> CalibrationSentence:
    return CalibrationSentence(**fields | {"scores": CalibrationFeatures(**fields["scores"])})


def collect(
    folder: Path, reader: CrossEncoderReader, settings: Settings, sample: int, seed: int
) -> Iterator[CalibrationQuestion]:
    """
    Yield a sample of a set's questions with the sentences that were read for them.

    All of SQuAD's questions are answerable; every other one is asked without its gold documents.

    Args:
        folder: The question set.
        reader: With any weights.
        settings: For retrieval.
        sample: Number of questions.
        seed: Of the sample.
    """
    question_set = load_question_set(folder)
    embedder = make_embedder_from(settings)
    index = build_question_set_index(
        question_set, embedder=embedder, chunking=make_chunking(settings), progress=_show
    )
    retriever = Retriever(embedder, settings.dense_weight, settings.candidates)
    selected = sampled(question_set.questions, sample, seed)
    with IndexDir(index).open_current() as snapshot:
        for number, question in enumerate(selected):
            _show(Progress("questions", number, len(selected)))
            hides = question_set.name.startswith("squad") and number % 2
            hidden = _gold_documents(question, question_set) if hides else set()
            passages = retriever.retrieve(snapshot, question.text, 3 * settings.passages)
            passages = [passage for passage in passages if passage.span.doc_id not in hidden]
            scored = reader.score(question.text, passages[: settings.passages])
            features = reader.scores(question.text, scored)
            yield calibration_question(
                question, question_set, not hidden and bool(question.answerable), scored, features
            )


def sampled(questions: Sequence[Question], count: int, seed: int) -> list[Question]:
    """Return *count* of the questions at random, the same for the same seed."""
    return random.Random(seed).sample(list(questions), min(count, len(questions)))


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


def _show(progress: Progress) -> None:
    if progress.done % 50 == 0:
        print(f"{progress.stage} {progress.done} of {progress.total}", flush=True)
