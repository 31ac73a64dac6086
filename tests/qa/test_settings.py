"""The sources of settings, their precedence, and messages about invalid ones."""

from pathlib import Path

import pytest

from qa.errors import InvalidSettings
from qa.settings import FOLDER_SETTINGS, PATH_SETTINGS, Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory, and a user's config directory next to it, both empty."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "work"


def test_settings_have_defaults(folder: Path):
    """The index is in the user's data directory."""
    settings = load_settings({"port": None})

    assert settings.index_dir == folder.parent / "data" / "footnote" / "index-data"
    assert (settings.passages, settings.origin("passages")) == (10, "default")
    assert settings.origin("port") == "default"


def test_a_later_source_wins_and_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """File, then variable, then flag."""
    (folder / "footnote.toml").write_text("passages = 2\nport = 1\nthreads = 1\n")
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "3")
    monkeypatch.setenv("FOOTNOTE_PORT", "2")
    settings = load_settings({"passages": 4})

    assert (settings.threads, settings.port, settings.passages) == (1, 2, 4)
    assert settings.origin("threads") == str(folder / "footnote.toml")
    assert settings.origin("port") == "FOOTNOTE_PORT"
    assert settings.origin("passages") == "--passages"


@pytest.fixture
def own(folder: Path) -> Path:
    """The user's own settings file, which says nothing yet."""
    path = folder.parent / "config" / "footnote" / "footnote.toml"
    path.parent.mkdir(parents=True)
    path.write_text("")
    return path


def test_the_working_directorys_file_adds_to_the_users_own(folder: Path, own: Path):
    """It wins where both set one; it can't remove what the user's own file sets, such as accounts."""
    own.write_text('passages = 2\nthreads = 1\nindex_dir = "mine"\nauth = "users.toml"\n')

    assert (load_settings({}).passages, load_settings({}).index_dir) == (2, own.parent / "mine")

    (folder / "footnote.toml").write_text('passages = 3\nauth = ""\n')
    settings = load_settings({})

    assert (settings.passages, settings.threads) == (3, 1)
    assert settings.auth == own.parent / "users.toml"
    assert settings.origin("auth") == str(own)


UNTRUSTED = {
    "index_dir": '"elsewhere"',
    "data_dir": '"elsewhere"',
    "auth": '"users.toml"',
    "host": '"0.0.0.0"',
    "embedder": '"model"',
    "answerer": '"llm"',
    "llm_base_url": '"http://192.0.2.1/v1"',
    "llm_model": '"m"',
    "llm_key_variable": '"FOOTNOTE_OTHER_KEY"',
    "llm_proxy": '"http://192.0.2.1:3128"',
    "max_file_mb": "100000",
    "parse_memory_mb": "100000",
    "keep_snapshots": "1",
}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_a_working_directory_file_cannot_set(folder: Path, name):
    """It may have come with a downloaded folder; ignored settings are named in one line."""
    (folder / "footnote.toml").write_text(f"{name} = {UNTRUSTED[name]}\npassages = 3\n")
    settings = load_settings({})

    assert getattr(settings, name) == getattr(Settings(), name)
    assert (settings.origin(name), settings.passages) == ("default", 3)
    assert settings.warning == (
        f"Ignored in {folder}/footnote.toml: {name}. A file in the working directory can't set these. "
        f"If you trust it, add: --config {folder}/footnote.toml"
    )


def test_a_named_file_can_set_everything(folder: Path, own: Path):
    """It is read instead of the others, and its paths are relative to it."""
    own.write_text("threads = 1\n")
    (folder / "footnote.toml").write_text("passages = 3\n")
    named = folder.parent / "named" / "mine.toml"
    named.parent.mkdir()
    named.write_text("".join(f"{name} = {value}\n" for name, value in UNTRUSTED.items()))
    settings = load_settings({}, named)

    assert (settings.warning, settings.threads, settings.passages) == ("", 0, 10)
    assert (settings.llm_base_url, settings.host) == ("http://192.0.2.1/v1", "0.0.0.0")
    assert settings.index_dir == named.parent / "elsewhere"
    assert {settings.origin(name) for name in UNTRUSTED} == {str(named)}


def test_the_users_own_file_may_set_anything_where_it_is(own: Path, monkeypatch: pytest.MonkeyPatch):
    """Also when a command is typed in that very folder."""
    own.write_text('host = "::1"\n')
    monkeypatch.chdir(own.parent)

    assert (load_settings({}).host, load_settings({}).warning) == ("::1", "")


def test_a_named_file_that_is_not_there_is_one_line(folder: Path):
    """Rather than every default."""
    with pytest.raises(InvalidSettings, match=r"gone\.toml can't be read: No such file or directory$"):
        load_settings({}, folder / "gone.toml")


def test_a_working_directory_cannot_set_paths():
    """Nor addresses; a new setting is refused until it is listed as harmless."""
    named = {name for name in Settings.model_fields if name.startswith(("llm", "max_", "parse_", "tls"))}

    assert FOLDER_SETTINGS <= set(Settings.model_fields)
    assert FOLDER_SETTINGS & (named | {*PATH_SETTINGS, "host", "embedder", "answerer"}) == {"max_question"}


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "HOME", "FOOTNOTE", "footnote_key", "FOOTNOTE_"])
def test_a_key_variable_begins_with_footnote(name):
    """No file of settings can have another program's secret sent."""
    with pytest.raises(InvalidSettings, match=r"starts with FOOTNOTE_, not the key itself$"):
        load_settings({"llm_key_variable": name})


def test_an_empty_variable_is_ignored(monkeypatch: pytest.MonkeyPatch):
    """As ``FOOTNOTE_PASSAGES=`` in a file of variables."""
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "")

    assert load_settings({}).origin("passages") == "default"


def test_paths_are_made_absolute(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A flag is relative to the working directory; ``~`` is the home."""
    monkeypatch.setenv("HOME", "/home/someone")

    assert load_settings({"index_dir": "here"}).index_dir == folder / "here"
    assert load_settings({"index_dir": Path("~/there")}).index_dir == Path("/home/someone/there")


def test_a_home_path_is_not_relative_to_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Any other relative path is."""
    monkeypatch.setenv("HOME", "/home/someone")
    (folder / "my.toml").write_text('index_dir = "~/there"\ndata_dir = "here"\n')
    settings = load_settings({}, folder / "my.toml")

    assert (settings.index_dir, settings.data_dir) == (Path("/home/someone/there"), folder / "here")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("pasages = 3", r"'pasages' in .*footnote\.toml is not a setting\. Did you mean passages\?$"),
        ("colour = 3", r"'colour' in .* is not a setting\. `footnote config` lists all settings\.$"),
        (
            "passages = 51",
            r"passages is 51 \(from .*footnote\.toml\): input should be less than or equal to 50$",
        ),
        ("passages = nan", "passages is nan"),
        ("dense_weight = 1.5", "dense_weight is 1.5 .* less than or equal to 1$"),
        ('threads = "two"', "threads is 'two' .* valid integer"),
        ('answerer = "oracle"', "answerer is 'oracle' .* 'auto', 'extractive' or 'llm'"),
        (
            'answerer = "llm"',
            'answerer is "llm", which also needs llm_base_url and llm_model, or llm_gguf$',
        ),
        ("chunk_overlap = 120", "chunk_overlap is 120, expected at most half of chunk_tokens$"),
        ("passages = 0\nport = -1", "passages is 0 .*; port is -1 "),
        ("passages = ", r"footnote\.toml is not valid TOML: "),
        (
            'llm_base_url = "localhost:8080"',
            "llm_base_url .* expected an address such as http://127",
        ),
        (
            'index_dir = "~no-such-user/x"',
            r"^index_dir is '~no-such-user/x' \(from .*footnote\.toml\): there is no such home directory$",
        ),
        ("[llm]\nmodel = 'm'", r"'llm' in .* is not a setting\. "),
    ],
)
def test_an_invalid_file_is_one_line(folder: Path, toml, message):
    """With the value, its origin and what was expected, for all errors at once."""
    (folder / "footnote.toml").write_text(toml)

    with pytest.raises(InvalidSettings, match=message) as caught:
        load_settings({}, folder / "footnote.toml")
    assert "\n" not in str(caught.value)


def test_a_home_that_is_not_there_is_one_line():
    """Of a flag as of the file."""
    with pytest.raises(InvalidSettings, match=r"'~no-such-user' \(from --data-dir\): there is no such"):
        load_settings({"data_dir": Path("~no-such-user")})


def test_a_file_that_is_not_utf8_is_one_line(folder: Path):
    """TOML files are UTF-8."""
    (folder / "footnote.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidSettings, match="is not valid TOML"):
        load_settings({})


def test_an_unknown_variable_is_an_error(monkeypatch: pytest.MonkeyPatch):
    """A misspelt one would silently do nothing."""
    monkeypatch.setenv("FOOTNOTE_PASAGES", "3")

    with pytest.raises(
        InvalidSettings, match=r"FOOTNOTE_PASAGES is not a setting\. Did you mean FOOTNOTE_PASSAGES\?"
    ):
        load_settings({})


def test_a_variable_that_is_not_a_list_is_one_line(monkeypatch: pytest.MonkeyPatch):
    """There is one setting that is a list."""
    monkeypatch.setenv("FOOTNOTE_UPLOAD_TYPES", "pdf")

    with pytest.raises(InvalidSettings, match=r'^FOOTNOTE_UPLOAD_TYPES: expected a list such as \["\.pdf", '):
        load_settings({})


def test_the_key_variable_is_accepted(monkeypatch: pytest.MonkeyPatch):
    """By default and under the configured name."""
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", "secret")
    load_settings({})
    monkeypatch.setenv("FOOTNOTE_MY_KEY", "secret")

    assert load_settings({"llm_key_variable": "FOOTNOTE_MY_KEY"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("llm_key_variable", "sk-abcdef123"),
        ("llm_key_variable", "abcdef123"),
        ("llm_base_url", "http://me:abcdef123@host/v1"),
        ("llm_base_url", "http://host/v1?key=abcdef123"),
        ("llm_proxy", "http://me:abcdef123@host:3128"),
        ("api_key", "abcdef123"),
    ],
)
def test_a_misplaced_secret_is_never_repeated(folder: Path, name, value):
    """No setting is meant for a secret."""
    (folder / "footnote.toml").write_text(f'{name} = "{value}"')

    with pytest.raises(InvalidSettings, match=name) as caught:
        load_settings({}, folder / "footnote.toml")
    assert "abcdef123" not in str(caught.value)


def test_every_setting_is_described():
    """`footnote config` shows the descriptions."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_settings_made_by_hand_see_no_environment(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A test's settings are the ones it writes down."""
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "3")
    (folder / "footnote.toml").write_text("passages = 2")

    assert Settings().passages == 10


def test_the_types_that_are_taken_are_ones_that_can_be_read(folder: Path):
    """A misspelt ending would refuse everything."""
    (folder / "footnote.toml").write_text('upload_types = [".pdf", ".exe"]')

    with pytest.raises(InvalidSettings, match=r"upload_types .*\.exe: expected some of \.csv, \.docx"):
        load_settings({})
