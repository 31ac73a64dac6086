"""Dev questions through Footnote's own retrieval and reader: the raw scores that calibration is fitted on."""

import hashlib
import json
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from index import IndexFolder, Progress, Span
from qa.evaluation import Question, QuestionSet, load, prepare
from qa.reader import Reader, Reading
from qa.readers.crossencoder import RETRIEVAL, CrossEncoderReader
from qa.records import Passage
from qa.retrieval import Retriever
from qa.settings import Settings
from qa.wiring import chunking_of, embedder_of

PROBE = {"bias": 0.0, "margin": 0.0, "here": 0.1, "similarity": 0.0}
"""A calibration that lets "here" be seen in the probability, and so the margin in the relevance."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reader made of one passage, and whether the sentence it would quote overlaps a gold span."""

    margin: float
    here: float
    similarity: float
    right: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's passages; *fitting* tells which half of the dev questions it is in."""

    set_name: str
    answerable: bool
    fitting: bool
    seen: tuple[Seen, ...]


@contextmanager
def probing_reader(weights: Path, settings: Settings) -> Iterator[Reader]:
    """The reader of a weights' folder, with :data:`PROBE` for its calibration."""
    manifest = json.loads((weights / "manifest.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in manifest["files"]:
            (folder / file).symlink_to((weights / file).absolute())
        (folder / "manifest.json").write_text(
            json.dumps({**manifest, "calibration": PROBE}), encoding="utf-8"
        )
        yield CrossEncoderReader(settings.reader_precision, settings.threads, folder)


def ask_sets(folders: Sequence[Path], weights: Path, sample: int, seed: int) -> list[Asked]:
    """What the reader of those *weights* makes of *sample* questions of each set."""
    settings = Settings()
    with probing_reader(weights, settings) as reader:
        return [one for folder in folders for one in ask_set(folder, reader, settings, sample, seed)]


def write_asked(path: Path, asked: Sequence[Asked]) -> None:
    """One question a line."""
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in asked), encoding="utf-8")


def read_asked(path: Path) -> list[Asked]:
    """What :func:`write_asked` wrote."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Asked(**row | {"seen": tuple(Seen(**seen) for seen in row["seen"])}) for row in rows]


def ask_set(folder: Path, reader: Reader, settings: Settings, sample: int, seed: int) -> list[Asked]:
    """
    Read what is retrieved for some of a set's questions.

    Where the set's questions are all answerable, every other one is asked with its gold documents left out.

    Args:
        folder: The question set.
        reader: From :func:`probing_reader`.
        settings: Of retrieval.
        sample: How many questions.
        seed: Chooses them.
    """
    question_set = load(folder)
    embedder = embedder_of(settings)
    index = prepare(question_set, embedder=embedder, chunking=chunking_of(settings), progress=_show)
    retriever = Retriever(embedder, settings.dense_weight, settings.candidates)
    chosen = _sample(question_set, sample, seed)
    all_answerable = all(question.answerable for question in chosen)
    asked = []
    with IndexFolder(index).opened() as snapshot:
        for number, question in enumerate(chosen):
            _show(Progress("questions", number, len(chosen)))
            hidden = _gold_documents(question, question_set) if all_answerable and number % 2 else set()
            found = retriever.retrieve(snapshot, question.standalone, 3 * settings.passages)
            readings = reader.read(question.standalone, _kept(found, hidden, settings.passages))
            asked.append(_asked(question, question_set, not hidden and bool(question.answerable), readings))
    return asked


def _sample(question_set: QuestionSet, count: int, seed: int) -> list[Question]:
    questions = list(question_set.questions)
    return random.Random(seed).sample(questions, min(count, len(questions)))


def _gold_documents(question: Question, question_set: QuestionSet) -> set[str]:
    return {question_set.doc_ids[span.doc] for span in question.spans}


def _kept(passages: Sequence[Passage], hidden: set[str], count: int) -> list[Passage]:
    """The best *count* that aren't of a hidden document."""
    return [passage for passage in passages if passage.span.doc_id not in hidden][:count]


def _asked(
    question: Question, question_set: QuestionSet, answerable: bool, readings: Sequence[Reading]
) -> Asked:
    gold = [Span(question_set.doc_ids[span.doc], span.start, span.end) for span in question.spans]
    if not answerable:
        gold = []
    key = question.spans[0].doc if question.spans else question.id
    seen = tuple(scores_of(reading, gold) for reading in readings if reading.quotes)
    return Asked(question_set.name, answerable, hashlib.sha256(key.encode()).digest()[0] % 2 == 0, seen)


def scores_of(reading: Reading, gold: Sequence[Span]) -> Seen:
    """The raw scores behind a reading that was made with :data:`PROBE`."""
    quote, retrieval = reading.quotes[0], reading.passage.hit.score
    here = math.log(reading.probability / (1 - reading.probability)) / PROBE["here"]
    margin = reading.relevance - 2 * here - RETRIEVAL * retrieval  # as CrossEncoderReader.read composes it
    place = reading.passage.span
    start, end = place.start + quote.start, place.start + quote.end
    right = any(span.doc_id == place.doc_id and span.start < end and start < span.end for span in gold)
    return Seen(margin, here, reading.passage.hit.similarity, right)


def _show(progress: Progress) -> None:
    if progress.done % 50 == 0:
        print(f"{progress.stage} {progress.done} of {progress.total}", flush=True)
