"""A model from a file, run by this process: the small one of the tests."""

import math
import time
from pathlib import Path

import httpx2
import pytest

from qa.answering.answerers.llm.writer import Writer
from qa.answering.language_models.base import Prompt, WritingLimits
from qa.answering.language_models.openai_server import OpenAiServer, ServerAddress
from qa.answering.support.rules import RuleSupportCheck
from qa.errors import LlmCancelled, LlmFailed
from qa.models.gguf import MAX_MEASURED_SECONDS, GgufModel, candidate_threads, fastest, is_gguf
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


@pytest.mark.parametrize(
    ("seconds", "threads"),
    [
        ({4: 6.0, 7: 3.0, 8: 2.9}, 7),  # too little is gained by the last core
        ({4: 6.0, 7: 3.0, 8: 2.0}, 8),
        ({4: 2.0, 7: 9.0, 8: 1.0}, 4),  # the more threads, the longer they wait for each other
        ({4: math.inf, 7: 1.0}, 4),
    ],
)
def test_the_fastest_number_of_threads_is_used(seconds, threads):
    """More threads must save time, and none is tried for longer than the best one took."""
    limits: list[float] = []

    def seconds_with(threads: int, at_most: float) -> float:
        limits.append(at_most)
        return seconds[threads] if seconds[threads] <= at_most else math.inf

    assert fastest([4, 7, 8], seconds_with) == threads
    assert limits[0] == MAX_MEASURED_SECONDS
    assert limits == sorted(limits, reverse=True)


@pytest.mark.parametrize(("cores", "numbers"), [(1, [1]), (2, [1, 2]), (4, [2, 3, 4]), (16, [8, 15, 16])])
def test_a_single_core_needs_no_measurement(cores, numbers):
    """With one number there is nothing to choose; with several, the fewest come first."""
    measured: list[int] = []

    def seconds_with(threads: int, at_most: float) -> float:
        measured.append(threads)
        return at_most

    assert candidate_threads(cores) == numbers
    assert fastest(numbers, seconds_with) == numbers[-1]
    assert measured == (numbers if len(numbers) > 1 else [])


def test_the_speed_of_a_real_model_is_measured():
    """The time is known if it was enough, and infinite if it wasn't."""
    model = GgufModel(small_model(), budget=500)

    assert 0 < model._seconds_with(1, 300) < 300
    assert model._seconds_with(1, 0.001) == math.inf


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
