"""Directories that Footnote creates are private, whatever the umask."""

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
    """Set the usual umask, which lets everybody read."""
    previous = os.umask(0o022)
    yield
    os.umask(previous)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_make_private_dir(tmp_path):
    """Missing parents are private too, existing ones don't change, and a file is an error."""
    (tmp_path / "there").mkdir()
    make_private_dir(tmp_path / "there" / "a" / "b")
    make_private_dir(tmp_path / "there")

    assert [mode(tmp_path / "there" / name) for name in ("", "a", "a/b")] == [0o755, 0o700, 0o700]
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_private_dir(tmp_path / "file")


def test_tighten_dir_only_removes_permissions(tmp_path):
    """A missing directory is ignored."""
    for before in (0o755, 0o777, 0o500):
        (tmp_path / f"{before:o}").mkdir()
        (tmp_path / f"{before:o}").chmod(before)
        tighten_dir(tmp_path / f"{before:o}")
    tighten_dir(tmp_path / "none")

    assert [mode(tmp_path / name) for name in ("755", "777", "500")] == [0o700, 0o700, 0o500]


def test_an_index_is_private(tmp_path):
    """Every directory in it has mode 0700."""
    services = small_services(tmp_path / "new")
    services.indexer.build([write_tree(tmp_path / "corpus", {"figs.txt": "Figs are sweet."})])
    services.indexer.make_suggestions()
    folders = [path for path in (tmp_path / "new").rglob("*") if path.is_dir()]

    assert {"index", "snapshots", "cache", "starters", "lexical"} <= {path.name for path in folders}
    assert {path.relative_to(tmp_path): mode(path) for path in folders if mode(path) != 0o700} == {}


def test_a_build_tightens_existing_directories(tmp_path):
    """The index directory itself, which the user may have created, keeps its mode."""
    services = small_services(tmp_path)
    corpus = write_tree(tmp_path / "corpus", {"figs.txt": "Figs are sweet."})
    for name in ("snapshots", "cache", "starters"):
        (tmp_path / "index" / name).mkdir(parents=True)
    services.indexer.build([corpus])
    services.indexer.make_suggestions()

    assert [mode(tmp_path / "index" / name) for name in ("", "snapshots", "cache", "starters")] == [
        0o755, 0o700, 0o700, 0o700,
    ]  # fmt: skip


def test_the_data_directory_is_private(tmp_path):
    """Either the conversations or the session key may create it."""
    open_controller(small_services(tmp_path / "one")).conversations.close()
    Sessions(tmp_path / "two" / "data" / "session.key", "guest")

    assert [mode(tmp_path / name / "data") for name in ("one", "two")] == [0o700, 0o700]
