"""Folders: what Footnote makes is for its owner alone, whatever the umask."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.files import make_private_dir, tighten_dir
from qa.auth.sessions import Sessions
from qa.web.app import open_controller
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """That of most machines, which lets everybody read."""
    former = os.umask(0o022)
    yield
    os.umask(former)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_missing_folders_are_made_private(tmp_path):
    """Those above as well; one that is there stays as it is, and a file is no folder."""
    (tmp_path / "there").mkdir()
    make_private_dir(tmp_path / "there" / "a" / "b")
    make_private_dir(tmp_path / "there")

    assert [mode(tmp_path / "there" / name) for name in ("", "a", "a/b")] == [0o755, 0o700, 0o700]
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_private_dir(tmp_path / "file")


def test_a_folder_is_tightened_and_never_widened(tmp_path):
    """One that isn't there is left alone."""
    for before in (0o755, 0o777, 0o500):
        (tmp_path / f"{before:o}").mkdir()
        (tmp_path / f"{before:o}").chmod(before)
        tighten_dir(tmp_path / f"{before:o}")
    tighten_dir(tmp_path / "none")

    assert [mode(tmp_path / name) for name in ("755", "777", "500")] == [0o700, 0o700, 0o500]


def test_an_index_is_its_owners_alone(tmp_path):
    """The folder, and each one in it, while it is built and afterwards."""
    services = small_services(tmp_path / "new")
    services.indexer.build([write_tree(tmp_path / "corpus", {"figs.txt": "Figs are sweet."})])
    services.indexer.make_suggestions()
    folders = [path for path in (tmp_path / "new").rglob("*") if path.is_dir()]

    assert {"index", "snapshots", "cache", "starters", "lexical"} <= {path.name for path in folders}
    assert {path.relative_to(tmp_path): mode(path) for path in folders if mode(path) != 0o700} == {}


def test_a_build_tightens_what_an_earlier_version_made(tmp_path):
    """The folders in the index; the index folder itself, which a person may have made, is left as it is."""
    services = small_services(tmp_path)
    corpus = write_tree(tmp_path / "corpus", {"figs.txt": "Figs are sweet."})
    for name in ("snapshots", "cache", "starters"):
        (tmp_path / "index" / name).mkdir(parents=True)
    services.indexer.build([corpus])
    services.indexer.make_suggestions()

    assert [mode(tmp_path / "index" / name) for name in ("", "snapshots", "cache", "starters")] == [
        0o755, 0o700, 0o700, 0o700,
    ]  # fmt: skip


def test_the_data_folder_is_its_owners_alone(tmp_path):
    """Whoever makes it first: the conversations, or the key of the sessions."""
    open_controller(small_services(tmp_path / "one")).conversations.close()
    Sessions(tmp_path / "two" / "data" / "session.key", "guest")

    assert [mode(tmp_path / name / "data") for name in ("one", "two")] == [0o700, 0o700]
