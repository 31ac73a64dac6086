"""Dev questions through Footnote's own retrieval and reader: the raw scores that calibration is fitted on."""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import IndexDir, Progress, Span
from qa.answering.readers.calibration import CalibrationFeatures
from qa.answering.readers.cross_encoder import CrossEncoderReader, PassageScores, SentenceCandidate
from qa.answering.retrieval import Retriever
from qa.bootstrap import make_chunking, make_embedder_from
from qa.evaluation import Question, QuestionSet, load_question_set, prepare
from qa.evaluation.measures.base import covered_characters, shared_characters
from qa.records import Passage
from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class CalibrationSentence:
    """
    What the reader made of one sentence.

    Args:
        passage: The place of its passage among those read, from 0, in the order of retrieval.
        scores: Of the sentence.
        length: Characters of the sentence.
        gold: How many of them are gold.
        missing_gold: Whether its passage holds no character of any gold span and none of the gold answers'
            words.
    """

    passage: int
    scores: CalibrationFeatures
    length: int
    gold: int
    missing_gold: bool

    @property
    def right(self) -> bool:
        """Whether the sentence holds any of the gold words."""
        return self.gold > 0


@dataclass(frozen=True, slots=True)
class CalibrationQuestion:
    """
    One question, as it was read.

    Args:
        set_name: The set it is of.
        answerable: Whether a gold document was among those that could be found.
        fitting: Which half of the dev questions it is in.
        gold: Characters of all its gold spans together.
        seen: Every sentence with a span, passage by passage, best first within each.
    """

    set_name: str
    answerable: bool
    fitting: bool
    gold: int
    seen: tuple[CalibrationSentence, ...]


def collect_all(
    folders: Sequence[Path], weights: Path, sample: int, seed: int
) -> Iterator[CalibrationQuestion]:
    """What the reader of those *weights* makes of *sample* questions of each set."""
    settings = Settings()
    reader = CrossEncoderReader(settings.reader_precision, settings.threads, weights)
    for folder in folders:
        yield from collect(folder, reader, settings, sample, seed)


def write_questions(path: Path, asked: Sequence[CalibrationQuestion]) -> None:
    """One question a line."""
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in asked), encoding="utf-8")


def read_questions(path: Path) -> list[CalibrationQuestion]:
    """What :func:`write_questions` wrote."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [CalibrationQuestion(**row | {"seen": tuple(map(_seen, row["seen"]))}) for row in rows]


def _seen(fields: dict[str, Any]) -> CalibrationSentence:
    return CalibrationSentence(**fields | {"scores": CalibrationFeatures(**fields["scores"])})


def collect(
    folder: Path, reader: CrossEncoderReader, settings: Settings, sample: int, seed: int
) -> Iterator[CalibrationQuestion]:
    """
    Read what is retrieved for some of a set's questions.

    Of SQuAD's questions, which are all answerable, every other one is asked with its gold documents left out.

    Args:
        folder: The question set.
        reader: Any weights.
        settings: Of retrieval.
        sample: How many questions.
        seed: Chooses them.
    """
    question_set = load_question_set(folder)
    embedder = make_embedder_from(settings)
    index = prepare(question_set, embedder=embedder, chunking=make_chunking(settings), progress=_show)
    retriever = Retriever(embedder, settings.dense_weight, settings.candidates)
    chosen = sampled(question_set.questions, sample, seed)
    with IndexDir(index).open_current() as snapshot:
        for number, question in enumerate(chosen):
            _show(Progress("questions", number, len(chosen)))
            hides = question_set.name.startswith("squad") and number % 2
            hidden = _gold_documents(question, question_set) if hides else set()
            found = retriever.retrieve(snapshot, question.text, 3 * settings.passages)
            evidence = reader.score(question.text, _kept(found, hidden, settings.passages))
            scores = reader.scores(question.text, evidence)
            yield calibration_question(
                question, question_set, not hidden and bool(question.answerable), evidence, scores
            )


def sampled(questions: Sequence[Question], count: int, seed: int) -> list[Question]:
    """*count* of the questions, the same for the same seed."""
    return random.Random(seed).sample(list(questions), min(count, len(questions)))


def _gold_documents(question: Question, question_set: QuestionSet) -> set[str]:
    return {question_set.doc_ids[span.doc] for span in question.spans}


def _kept(passages: Sequence[Passage], hidden: set[str], count: int) -> list[Passage]:
    """The best *count* that aren't of a hidden document."""
    return [passage for passage in passages if passage.span.doc_id not in hidden][:count]


def calibration_question(
    question: Question,
    question_set: QuestionSet,
    answerable: bool,
    evidence: Sequence[PassageScores],
    scores: Sequence[Sequence[CalibrationFeatures]],
) -> CalibrationQuestion:
    """The question with what was seen of it; questions on one document are in the same half."""
    spans = [Span(question_set.doc_ids[span.doc], span.start, span.end) for span in question.spans]
    gold = spans if answerable else []
    key = question.spans[0].doc if question.spans else question.id
    seen = tuple(
        one
        for place, (of_passage, found) in enumerate(zip(evidence, scores, strict=True))
        for one in sentence_rows(of_passage, found, place, gold, question.answers)
    )
    fitting = hashlib.sha256(key.encode()).digest()[0] % 2 == 0
    return CalibrationQuestion(question_set.name, answerable, fitting, covered_characters(gold), seen)


def sentence_rows(
    evidence: PassageScores,
    scores: Sequence[CalibrationFeatures],
    place: int,
    gold: Sequence[Span],
    answers: Sequence[str],
) -> Iterator[CalibrationSentence]:
    """Every marked sentence of one passage."""
    passage = evidence.passage
    text = passage.text.lower()
    words = any(answer.lower() in text for answer in answers)
    lacking = not words and not shared_characters([passage.span], gold)
    for marked, of_marked in zip(evidence.candidates, scores, strict=True):
        span = _placed(marked, passage)
        yield CalibrationSentence(
            place, of_marked, span.end - span.start, shared_characters([span], gold), lacking
        )


def _placed(marked: SentenceCandidate, passage: Passage) -> Span:
    start = passage.span.start
    return Span(passage.span.doc_id, start + marked.start, start + marked.end)


def _show(progress: Progress) -> None:
    if progress.done % 50 == 0:
        print(f"{progress.stage} {progress.done} of {progress.total}", flush=True)
