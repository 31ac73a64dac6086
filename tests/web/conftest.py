"""Settings of the tests of the web chat."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Each module has its own data folder, since without accounts a folder has one list of conversations."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FOOTNOTE_DATA_DIR", str(folder))
        yield folder
