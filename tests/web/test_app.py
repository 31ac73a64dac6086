"""The server around the page: what is said before it begins."""

import stat
from pathlib import Path

import pytest

from qa.bootstrap import make_upload_store
from qa.errors import InvalidUsersFile, LibraryDamaged
from qa.settings import load_settings
from qa.web import UNENCRYPTED
from qa.web import serve as serve_settings
from qa.web.app import serve
from tests.fakes.services import small_services


def test_a_damaged_library_is_said_before_the_server_begins(tmp_path):
    """In one line, and no address is told that nobody answers at."""
    services = small_services(tmp_path)
    told: list[str] = []
    make_upload_store(services.settings).remove(["/a.txt"])
    [damaged] = tmp_path.glob("data/libraries/*/left-out.json")
    damaged.write_text("{")

    with pytest.raises(LibraryDamaged, match=r"left-out\.json is damaged: expected a list of paths\. "):
        serve(services, "127.0.0.1", 0, told.append)
    assert [] == told


@pytest.fixture
def usual_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The usual data folder, as an earlier version made it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "footnote").mkdir()
    (tmp_path / "footnote").chmod(0o755)
    return tmp_path / "footnote"


@pytest.mark.parametrize(("named", "mode"), [(False, 0o700), (True, 0o755)])
def test_the_usual_data_folder_is_tightened(usual_folder, named, mode):
    """One that a setting names is left: it may be more than the chat's."""
    flags = {"auth": usual_folder / "none.toml", "data_dir": usual_folder if named else None}
    with pytest.raises(InvalidUsersFile):
        serve_settings(load_settings(flags), quiet=True)

    assert stat.S_IMODE(usual_folder.stat().st_mode) == mode


@pytest.mark.parametrize(("host", "said"), [("0.0.0.0", f"{UNENCRYPTED}\n"), ("127.0.0.1", "")])
def test_passwords_without_tls_are_warned_of(usual_folder, capsys, host, said):
    """Where they leave the machine."""
    with pytest.raises(InvalidUsersFile):
        serve_settings(load_settings({"auth": usual_folder / "none.toml", "host": host}), quiet=True)

    assert capsys.readouterr().err == said
