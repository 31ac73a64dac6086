"""Everything a face needs, from the small embedder and reader: real in every other part."""

from pathlib import Path
from typing import Any

from qa.bootstrap import Services, assemble
from qa.settings import Settings
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.reader import WordReader


def small_services(folder: Path, embedder: HashingEmbedder | None = None, **settings: Any) -> Services:
    """Services whose index, and whose files that were given, lie below *folder*."""
    chosen = Settings(index_dir=folder / "index", data_dir=folder / "data", **settings)
    return assemble(chosen, embedder or HashingEmbedder(), WordReader())
