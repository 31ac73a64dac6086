"""A model from a file, run by this process: the small one of the tests."""

import time
from pathlib import Path

import httpx2
import pytest

from qa.answering.answerers.llm.writer import Writer
from qa.answering.language_models.base import Prompt, WritingLimits
from qa.answering.language_models.openai_server import OpenAiServer, ServerAddress
from qa.answering.support.rules import RuleSupportCheck
from qa.errors import LlmCancelled, LlmFailed
from qa.models.gguf import GgufModel, is_gguf
from qa.models.trial import try_model
from tests.fakes.gguf import small_model
from tests.fakes.llm import PASSAGES, WRITING, drafts_of
from tests.fakes.llm_server import serving

PROMPT = Prompt("Be brief.", "Say hello.", "")


@pytest.fixture(scope="module")
def model() -> GgufModel:
    lines: list[str] = []
    model = GgufModel(small_model(), budget=1500, threads=1, progress=lines.append)
    list(model.write(PROMPT, WritingLimits.from_now(300, 300, 2)))
    list(model.write(PROMPT, WritingLimits.from_now(300, 300, 2)))
    assert lines == [f"Loading {small_model().name}…"]
    return model


@pytest.mark.parametrize("constrain", [True, False])
def test_a_real_model_answers_with_valid_quotes(model: GgufModel, constrain):
    """Every quote is words of a passage that was sent, and no attempt failed."""
    *_, draft = drafts_of(model, seconds=300, first_seconds=300, constrain=constrain)

    assert draft.note is None
    assert draft.reason or draft.claims
    assert all(quote.passage in PASSAGES for claim in draft.claims for quote in claim.quotes)
    assert draft.generation is not None
    assert draft.generation.prompt_tokens or draft.reason


def test_the_server_answers_only_to_its_key(model: GgufModel):
    """Another program of this computer finds no port that is known and no key."""
    address = model._server.listening_address

    assert address.startswith("http://127.0.0.1:")
    for path in ("/v1/models", "/slots", "/props", "/metrics"):
        assert httpx2.get(address + path, timeout=60).status_code in (401, 404, 501)


def test_a_stopped_answer_ends(model: GgufModel):
    """The next one is written."""
    started = time.monotonic()
    with pytest.raises(LlmCancelled):
        list(
            model.write(
                PROMPT, WritingLimits.from_now(300, 300, 200, lambda: time.monotonic() > started + 0.2)
            )
        )
    *_, written = model.write(PROMPT, WritingLimits.from_now(300, 300, 2))

    assert written.text


def test_a_file_that_is_no_model_is_refused(tmp_path: Path):
    """The message names the file and the setting."""
    path = tmp_path / "no.gguf"
    path.write_bytes(b"PK\3\4")

    assert is_gguf(small_model())
    assert not is_gguf(path)
    assert not is_gguf(tmp_path / "missing.gguf")
    with pytest.raises(LlmFailed, match=r"no\.gguf is not a GGUF file.*llm_gguf"):
        list(GgufModel(path, 1000).write(PROMPT, WritingLimits.from_now(10, 10, 2)))


def test_a_trial_says_what_a_model_can_do():
    """A right, cited and supported answer, a refusal, and the time that it took."""
    with serving(["A library card costs 12 euros a year [3]."], ["NOT FOUND"]) as endpoint:
        trial = try_model(Writer(OpenAiServer(ServerAddress(endpoint.url, "m")), WRITING), RuleSupportCheck())

    assert (trial.is_right, trial.cites, trial.is_supported, trial.refuses) == (True, True, True, True)
    assert not trial.constrains
    assert trial.first_seconds > 0


def test_a_trial_finds_a_model_that_invents():
    """Neither answer is supported by the texts."""
    with serving(["A card is 30 euros."], ["Le Corbusier designed the building."]) as endpoint:
        trial = try_model(Writer(OpenAiServer(ServerAddress(endpoint.url, "m")), WRITING), RuleSupportCheck())

    assert (trial.is_right, trial.cites, trial.is_supported, trial.refuses) == (False, False, False, True)
