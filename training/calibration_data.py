"""Raw scores of dev questions by Footnote's own retrieval and reader, which calibration is fitted on."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index import IndexDir, Progress
from qa.answering.readers.calibration import CalibrationFeatures
from qa.answering.readers.cross_encoder import CrossEncoderReader
from qa.answering.retrieval import Retriever
from qa.bootstrap import make_chunking, make_embedder_from
from qa.evaluation import build_question_set_index, load_question_set
from qa.evaluation.reader_calibration import CalibrationQuestion, CalibrationSentence, collect
from qa.settings import Settings


def collect_all(
    folders: Sequence[Path], weights: Path, sample: int, seed: int
) -> Iterator[CalibrationQuestion]:
    """Yield a sample of each set's questions as the reader with *weights* scores them."""
    settings = Settings()
    embedder = make_embedder_from(settings)
    reader = CrossEncoderReader(settings.reader_precision, settings.threads, weights)
    for folder in folders:
        question_set = load_question_set(folder)
        index_dir = build_question_set_index(
            question_set, embedder=embedder, chunking=make_chunking(settings), progress=_show
        )
        with IndexDir(index_dir).open_current() as snapshot:
            yield from collect(
                question_set,
                reader,
                snapshot,
                Retriever(embedder, settings.dense_weight, settings.candidates),
                settings.passages,
                hide_gold=question_set.name.startswith("squad"),  # which has only answerable questions
                sample=sample,
                seed=seed,
                progress=_show,
            )


def write_questions(path: Path, questions: Sequence[CalibrationQuestion]) -> None:
    """Write one question per line."""
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in questions), encoding="utf-8")


def read_questions(path: Path) -> list[CalibrationQuestion]:
    """Read the questions that :func:`write_questions` wrote."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [CalibrationQuestion(**row | {"seen": tuple(map(_sentence, row["seen"]))}) for row in rows]


def _sentence(fields: dict[str, Any]) -> CalibrationSentence:
    return CalibrationSentence(**fields | {"scores": CalibrationFeatures(**fields["scores"])})


def _show(progress: Progress) -> None:
    if progress.done % 50 == 0:
        print(f"{progress.stage} {progress.done} of {progress.total}", flush=True)
