"""Calibrating a reader on a question set, from the questions to the figures."""

import json

import pytest

from index import Chunking
from qa.answering.readers.calibration import Calibration
from qa.answering.readers.cross_encoder import CrossEncoderReader
from qa.answering.retrieval import Retriever
from qa.errors import InvalidQuestionSet
from qa.evaluation.reader_calibration import calibrate_reader
from tests.fakes.embedder import HashingEmbedder

ISLANDS = "Arran Bute Coll Danna Eigg Fuday Gigha Harris Iona Jura Kerrera Lewis Mull Nave Oronsay".split()
ISLANDS += "Pabbay Rum Skye Tiree Uist Vatersay Wiay Yell Staffa Raasay Scalpay Muck Canna".split()
ROUGH = Calibration(bias=3.0, margin=0.0, here=0.0, similarity=0.0)
"""As sure of every sentence."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A lighthouse on each island, and who built it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    corpus, questions = [], []
    for number, island in enumerate(ISLANDS):
        builder = f"Keeper {ISLANDS[-number]}"
        height = f"{20 + number} metres"
        text = f"The lighthouse on {island} was built by {builder}. It is {height} high."
        corpus.append({"_id": island, "text": text})
        asked = {"Who built the lighthouse": builder, "How high is the lighthouse": height}
        for words, answer in asked.items():
            start = text.index(answer)
            questions.append(
                {
                    "id": f"{island} {answer}",
                    "question": f"{words} on {island}?",
                    "answerable": True,
                    "answers": [answer],
                    "spans": [{"doc_id": island, "start": start, "end": start + len(answer), "text": answer}],
                }
            )
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    (tmp_path / "qa.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return tmp_path


def calibrate(folder, sample=None):
    embedder = HashingEmbedder()
    return calibrate_reader(
        folder,
        CrossEncoderReader(),
        ROUGH,
        embedder=embedder,
        chunking=Chunking(64, 0),
        retriever=Retriever(embedder, 0.5, 20),
        passages=3,
        sample=sample,
        progress=lambda step: None,
    )


def test_a_fitted_calibration_beats_a_rough_one(folder):
    """Half of the questions are asked without their document, so that they have no answer."""
    calibration, report = calibrate(folder)

    assert (report.questions, report.answerable) == (2 * len(ISLANDS), len(ISLANDS))
    assert report.after < report.before
    assert report.auroc > 0.5
    assert calibration != ROUGH


def test_too_few_questions_are_refused(folder):
    """A fit on a handful of answers would be worse than none."""
    with pytest.raises(InvalidQuestionSet, match="too few questions that the reader can answer"):
        calibrate(folder, sample=8)
