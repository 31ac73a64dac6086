"""Dev questions through Footnote's own retrieval and reader: the raw scores that calibration is fitted on."""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import IndexFolder, Progress, Span
from qa.evaluation import Question, QuestionSet, load, prepare
from qa.evaluation.measures.spans import covered, shared
from qa.readers.calibration import Scores
from qa.readers.crossencoder import CrossEncoderReader, Evidence, Marked, scores_of
from qa.records import Passage
from qa.retrieval import Retriever
from qa.settings import Settings
from qa.wiring import chunking_of, embedder_of


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What the reader made of one sentence.

    Args:
        passage: The place of its passage among those read, from 0, in the order of retrieval.
        scores: Of the sentence.
        length: Characters of the sentence.
        gold: How many of them are gold.
        lacking: Whether its passage holds no character of any gold span and none of the gold answers' words.
    """

    passage: int
    scores: Scores
    length: int
    gold: int
    lacking: bool

    @property
    def right(self) -> bool:
        """Whether the sentence holds any of the gold words."""
        return self.gold > 0


@dataclass(frozen=True, slots=True)
class Asked:
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
    seen: tuple[Seen, ...]


def ask_sets(folders: Sequence[Path], weights: Path, sample: int, seed: int) -> Iterator[Asked]:
    """What the reader of those *weights* makes of *sample* questions of each set."""
    settings = Settings()
    reader = CrossEncoderReader(settings.reader_precision, settings.threads, weights)
    for folder in folders:
        yield from ask_set(folder, reader, settings, sample, seed)


def write_asked(path: Path, asked: Sequence[Asked]) -> None:
    """One question a line."""
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in asked), encoding="utf-8")


def read_asked(path: Path) -> list[Asked]:
    """What :func:`write_asked` wrote."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Asked(**row | {"seen": tuple(map(_seen, row["seen"]))}) for row in rows]


def _seen(fields: dict[str, Any]) -> Seen:
    return Seen(**fields | {"scores": Scores(**fields["scores"])})


def ask_set(
    folder: Path, reader: CrossEncoderReader, settings: Settings, sample: int, seed: int
) -> Iterator[Asked]:
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
    question_set = load(folder)
    embedder = embedder_of(settings)
    index = prepare(question_set, embedder=embedder, chunking=chunking_of(settings), progress=_show)
    retriever = Retriever(embedder, settings.dense_weight, settings.candidates)
    chosen = sampled(question_set.questions, sample, seed)
    with IndexFolder(index).opened() as snapshot:
        for number, question in enumerate(chosen):
            _show(Progress("questions", number, len(chosen)))
            hides = question_set.name.startswith("squad") and number % 2
            hidden = _gold_documents(question, question_set) if hides else set()
            found = retriever.retrieve(snapshot, question.text, 3 * settings.passages)
            evidence = reader.evidence(question.text, _kept(found, hidden, settings.passages))
            yield asked_of(question, question_set, not hidden and bool(question.answerable), evidence)


def sampled(questions: Sequence[Question], count: int, seed: int) -> list[Question]:
    """*count* of the questions, the same for the same seed."""
    return random.Random(seed).sample(list(questions), min(count, len(questions)))


def _gold_documents(question: Question, question_set: QuestionSet) -> set[str]:
    return {question_set.doc_ids[span.doc] for span in question.spans}


def _kept(passages: Sequence[Passage], hidden: set[str], count: int) -> list[Passage]:
    """The best *count* that aren't of a hidden document."""
    return [passage for passage in passages if passage.span.doc_id not in hidden][:count]


def asked_of(
    question: Question, question_set: QuestionSet, answerable: bool, evidence: Sequence[Evidence]
) -> Asked:
    """The question with what was seen of it; questions on one document are in the same half."""
    spans = [Span(question_set.doc_ids[span.doc], span.start, span.end) for span in question.spans]
    gold = spans if answerable else []
    key = question.spans[0].doc if question.spans else question.id
    seen = tuple(
        one
        for place, (of_passage, scores) in enumerate(
            zip(evidence, scores_of(question.text, evidence), strict=True)
        )
        for one in seen_in(of_passage, scores, place, gold, question.answers)
    )
    fitting = hashlib.sha256(key.encode()).digest()[0] % 2 == 0
    return Asked(question_set.name, answerable, fitting, covered(gold), seen)


def seen_in(
    evidence: Evidence, scores: Sequence[Scores], place: int, gold: Sequence[Span], answers: Sequence[str]
) -> Iterator[Seen]:
    """Every marked sentence of one passage."""
    passage = evidence.passage
    text = passage.text.lower()
    words = any(answer.lower() in text for answer in answers)
    lacking = not words and not shared([passage.span], gold)
    for marked, of_marked in zip(evidence.marked, scores, strict=True):
        span = _placed(marked, passage)
        yield Seen(place, of_marked, span.end - span.start, shared([span], gold), lacking)


def _placed(marked: Marked, passage: Passage) -> Span:
    start = passage.span.start
    return Span(passage.span.doc_id, start + marked.start, start + marked.end)


def _show(progress: Progress) -> None:
    if progress.done % 50 == 0:
        print(f"{progress.stage} {progress.done} of {progress.total}", flush=True)
