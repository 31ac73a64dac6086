"""The services of the application with the small embedder and reader; everything else is real."""

from pathlib import Path
from typing import Any

from qa.bootstrap import Services, assemble
from qa.settings import Settings
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.reader import WordReader


def small_services(folder: Path, embedder: HashingEmbedder | None = None, **settings: Any) -> Services:
    """Return services with index and data below *folder*."""
    # The word reader is less sure of right answers than the trained one.
    settings = {"refuse_below": 0.2, **settings}
    combined = Settings(index_dir=folder / "index", data_dir=folder / "data", **settings)
    return assemble(combined, embedder or HashingEmbedder(), WordReader())
