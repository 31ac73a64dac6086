"""Choosing a model: by its name, its file or an address, and that the choice is used."""

from pathlib import Path

import pytest

from qa.errors import LlmUnavailable
from qa.models.discovery import AvailableModel
from qa.models.selection import ModelChoice, find_model, save_choice
from qa.settings import load_settings
from tests.qa.models.test_discovery import gguf

OLLAMA = "http://127.0.0.1:11434/v1"
AVAILABLE = [
    AvailableModel("llama3.2:3b", "Ollama", OLLAMA),
    AvailableModel("llama3.2:1b", "Ollama", OLLAMA),
    AvailableModel("qwen.gguf", "file", path=Path("/models/qwen.gguf"), bytes=10),
]


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("llama3.2:1b", ModelChoice(OLLAMA, "llama3.2:1b")),
        ("Qwen", ModelChoice(llm_gguf="/models/qwen.gguf")),
    ],
)
def test_a_model_is_found_by_its_name(name, choice):
    """The start of it is enough if it is the start of only one."""
    assert find_model(name, AVAILABLE) == choice


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("llama", "is the start of: llama3.2:3b, llama3.2:1b"),
        ("gpt", "No model 'gpt'.*--url"),
    ],
)
def test_a_name_of_none_or_several_is_refused(name, message):
    """The message says what there is."""
    with pytest.raises(LlmUnavailable, match=message):
        find_model(name, AVAILABLE)


def test_a_file_is_chosen_by_its_path(tmp_path: Path):
    """It need not be in one of the usual folders."""
    path = gguf(tmp_path / "own.gguf")

    assert find_model(str(path), []) == ModelChoice(llm_gguf=str(path))


def test_an_address_is_chosen_as_it_was_typed():
    """Nothing is looked for."""
    choice = find_model("m", [], "https://example.org/v1/", "FOOTNOTE_OTHER")

    assert choice == ModelChoice("https://example.org/v1", "m", llm_key_variable="FOOTNOTE_OTHER")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def test_the_choice_is_used(data_dir: Path):
    """The setting answerer is auto; the origin of the model is the file with the choice."""
    assert not load_settings({"data_dir": data_dir}).uses_language_model
    path = save_choice(data_dir, ModelChoice(OLLAMA, "llama3.2:1b"))
    settings = load_settings({"data_dir": data_dir})

    assert (settings.language_model, settings.sends_to_server) == ("llama3.2:1b", True)
    assert settings.origin("llm_model") == str(path)
    assert not load_settings({"data_dir": data_dir, "answerer": "extractive"}).uses_language_model

    save_choice(data_dir, None)
    assert not load_settings({"data_dir": data_dir}).uses_language_model


def test_a_setting_wins_over_the_choice(data_dir: Path):
    """The two aren't mixed: neither is the chosen file loaded nor the chosen address asked."""
    save_choice(data_dir, ModelChoice(llm_gguf="/models/qwen.gguf"))
    settings = load_settings({"data_dir": data_dir, "llm_base_url": OLLAMA, "llm_model": "m"})

    assert (settings.language_model, settings.llm_gguf) == ("m", None)


def test_the_choice_can_set_nothing_else(data_dir: Path):
    """Whoever writes into the data folder can't open the chat to others by it."""
    path = save_choice(data_dir, ModelChoice(OLLAMA, "m"))
    path.write_text(path.read_text() + 'host = "0.0.0.0"\nllm_proxy = "http://192.0.2.1"\n')
    settings = load_settings({"data_dir": data_dir})

    assert (settings.host, settings.llm_proxy) == ("127.0.0.1", "")


def test_a_file_is_sent_nowhere(data_dir: Path):
    """A model that Footnote runs itself has no address to name."""
    save_choice(data_dir, ModelChoice(llm_gguf="/models/qwen.gguf"))
    settings = load_settings({"data_dir": data_dir})

    assert (settings.language_model, settings.sends_to_server) == ("qwen.gguf", False)
