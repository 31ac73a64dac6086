"""A pipeline over a few documents, with the small embedder and reader; everything else is real."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index import Chunking, ExternalDocument, IndexDir, LiveIndex, build_from_sources, recipe_check
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.pipeline import QAPipeline
from qa.answering.retrieval import Retriever
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.reader import WordReader

EMBEDDER = HashingEmbedder(dimension=4096)


def small_pipeline(folder: Path, documents: Iterable[ExternalDocument], **options: Any) -> QAPipeline:
    """Return a pipeline over an index of *documents* in *folder*; *options* replace its arguments."""
    write_index(folder, documents)
    arguments: dict[str, Any] = {
        "live": LiveIndex(IndexDir(folder), recipe_check(EMBEDDER, Chunking())),
        "retriever": Retriever(EMBEDDER, dense_weight=0.5, candidates=10),
        "reader": WordReader(),
        "answerer": ExtractiveAnswerer(refuse_below=0.5, bold_from=0.9),
        "passages": 4,
        "max_question": 2000,
    }
    return QAPipeline(**(arguments | options))


def write_index(folder: Path, documents: Iterable[ExternalDocument]) -> None:
    """Write an index of *documents* in *folder*."""
    build_from_sources(
        folder, documents, name="small", embedder=EMBEDDER, chunking=Chunking(), progress=lambda step: None
    )
