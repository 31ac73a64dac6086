"""Everything a face needs, from the small embedder and reader: real in every other part."""

from pathlib import Path
from typing import Any

from index import IndexFolder, LiveIndex, expect
from qa.answerers.extractive import ExtractiveAnswerer
from qa.answering import Asker
from qa.retrieval import Retriever
from qa.settings import Settings
from qa.wiring import Services, chunking_of
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.reader import WordReader


def small_services(folder: Path, embedder: HashingEmbedder | None = None, **settings: Any) -> Services:
    """Services whose index, and whose files that were given, lie below *folder*."""
    chosen = Settings(index_dir=folder / "index", data_dir=folder / "data", **settings)
    embedder, reader = embedder or HashingEmbedder(), WordReader()
    live = LiveIndex(IndexFolder(chosen.index_dir), expect(embedder, chunking_of(chosen)))
    asker = Asker(
        live=live,
        retriever=Retriever(embedder, chosen.dense_weight, chosen.candidates),
        reader=reader,
        answerer=ExtractiveAnswerer(chosen.refuse_below, chosen.bold_from),
        passages=chosen.passages,
        longest=chosen.max_question,
    )
    return Services(chosen, embedder, reader, live, asker)
