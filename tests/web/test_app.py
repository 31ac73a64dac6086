"""What is checked before the server starts."""

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


def test_damaged_library_fails_before_the_server_starts(tmp_path):
    """The error is one line, and no address is announced."""
    services = small_services(tmp_path)
    announced: list[str] = []
    make_upload_store(services.settings).remove(["/a.txt"])
    [damaged] = tmp_path.glob("data/libraries/*/left-out.json")
    damaged.write_text("{")

    with pytest.raises(LibraryDamaged, match=r"left-out\.json is damaged: expected a list of paths\. "):
        serve(services, "127.0.0.1", 0, announced.append)
    assert [] == announced


@pytest.fixture
def default_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create the default data folder as an earlier version did."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FOOTNOTE_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "footnote").mkdir()
    (tmp_path / "footnote").chmod(0o755)
    return tmp_path / "footnote"


@pytest.mark.parametrize(("is_configured", "mode"), [(False, 0o700), (True, 0o755)])
def test_default_data_dir_gets_mode_700(default_data_dir, is_configured, mode):
    """A folder that a setting names is left as it is."""
    flags = {"auth": default_data_dir / "none.toml", "data_dir": default_data_dir if is_configured else None}
    with pytest.raises(InvalidUsersFile):
        serve_settings(load_settings(flags), quiet=True)

    assert stat.S_IMODE(default_data_dir.stat().st_mode) == mode


@pytest.mark.parametrize(("host", "message"), [("0.0.0.0", f"{UNENCRYPTED}\n"), ("127.0.0.1", "")])
def test_warning_for_passwords_without_tls(default_data_dir, capsys, host, message):
    """Only if the chat listens on a network address."""
    with pytest.raises(InvalidUsersFile):
        serve_settings(load_settings({"auth": default_data_dir / "none.toml", "host": host}), quiet=True)

    assert capsys.readouterr().err == message
