"""The only entry to xllamacpp: a model from a GGUF file, served by this process to itself alone."""

import contextlib
import math
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qa.answering.language_models.base import Prompt, WritingLimits, Written
from qa.answering.language_models.openai_server import OpenAiServer, ServerAddress
from qa.errors import LlmFailed

MAGIC = b"GGUF"
TEMPLATE_TOKENS = 1200
"""Tokens beside the passages: instructions, question and answer."""
TOKENS_OF_TOKEN = 1.35
"""Tokens of a model for each token of the budget; small models' vocabularies are coarser."""
BATCH = 128
"""Tokens that are read at once; between two batches a stopped answer is noticed."""
MIN_GAIN = 0.1
"""Share of the time that more threads must save: others of the machine's programs need some as well."""
MEASURED_TOKENS = 8
"""Tokens that are written to measure the speed."""
MAX_MEASURED_SECONDS = 15.0
"""Maximum seconds of the first measurement."""


_WARM_UP = Prompt("Be brief.", "Say hello.", "")
_MEASURED = Prompt(
    "You answer briefly.", "Count from one to forty in words. " + "The lake lies north of the town. " * 5, ""
)


class GgufModel:
    """
    A model from a file; it is loaded by the first question and kept.

    The server listens on a random port of the loopback interface and answers only to a random key. It writes
    one answer at a time.

    Args:
        path: The file.
        budget: Maximum tokens of the passages of a prompt.
        threads: Processor threads; 0 measures which number is fastest when the model is loaded.
        progress: Called with a line for people before the model is loaded.
    """

    def __init__(
        self, path: Path, budget: int, threads: int = 0, progress: Callable[[str], None] = lambda line: None
    ) -> None:
        self._path = path
        self._context = int(TOKENS_OF_TOKEN * budget) + TEMPLATE_TOKENS
        self._threads = threads
        self._progress = progress
        self._lock = threading.Lock()
        self._server: Any = None
        self._client: OpenAiServer | None = None

    @property
    def name(self) -> str:
        """Return the file's name without its ending."""
        return self._path.stem

    def can_constrain(self, limits: WritingLimits) -> bool:
        """Return True: llama.cpp keeps to a JSON schema."""
        return True

    def write(
        self, prompt: Prompt, limits: WritingLimits, schema: Mapping[str, Any] | None = None
    ) -> Iterator[Written]:
        """Yield the text as it grows; the first time, the model is loaded before."""
        started = time.monotonic()
        client = self._loaded()
        # Loading a large file takes a while, once; it isn't the answer's time.
        until = limits.until + time.monotonic() - started
        yield from client.write(prompt, replace(limits, until=until), schema)

    def _loaded(self) -> OpenAiServer:
        with self._lock:
            if self._client is None:
                self._progress(f"Loading {self._path.name}…")
                threads = self._threads or fastest(candidate_threads(os.cpu_count() or 1), self._seconds_with)
                self._server, self._client = _serve(self._path, self._context, threads)
            return self._client

    def _seconds_with(self, threads: int, at_most: float) -> float:
        """Return the seconds in which a short prompt is read and answered; infinity after *at_most*."""
        _server, client = _serve(self._path, self._context, threads)
        with contextlib.suppress(LlmFailed):
            # The first use of a file also reads it from the disk, whatever the number of threads.
            _write_all(client, _WARM_UP, WritingLimits.from_now(at_most, at_most, 1))
            started = time.monotonic()
            _write_all(client, _MEASURED, WritingLimits.from_now(at_most, at_most, MEASURED_TOKENS))
            return time.monotonic() - started
        return math.inf


def is_installed() -> bool:
    """Return whether xllamacpp is there: `pip install "footnote[llm]"`."""
    import importlib.util

    return importlib.util.find_spec("xllamacpp") is not None


def is_gguf(path: Path) -> bool:
    """Return whether a file begins as GGUF files do."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def candidate_threads(cores: int) -> list[int]:
    """
    Return the numbers of threads that may be fastest, fewest first.

    Half of the cores are the real ones where each runs two threads; one core fewer leaves room for others.

    >>> candidate_threads(8)
    [4, 7, 8]
    """
    return sorted({max(1, each) for each in (cores // 2, cores - 1, cores)})


def fastest(candidates: Sequence[int], seconds_with: Callable[[int, float], float]) -> int:
    """
    Return the number of threads that takes the least time.

    More threads aren't always faster: they wait for each other whenever another program runs. Measured with a
    model of 1.5 billion parameters on two busy cores, two threads wrote 0.3 and 1.5 tokens a second, and one
    wrote 4.9 and 5.9.

    Args:
        candidates: Numbers of threads, fewest first.
        seconds_with: Returns the seconds of a number of threads, or infinity if they are more than the second
            argument.
    """
    best, least = candidates[0], math.inf
    for threads in candidates if len(candidates) > 1 else ():
        limit = min(MAX_MEASURED_SECONDS, least * (1 - MIN_GAIN))
        seconds = seconds_with(threads, limit)
        if seconds > limit:
            break
        best, least = threads, seconds
    return best


def _write_all(model: OpenAiServer, prompt: Prompt, limits: WritingLimits) -> None:
    for _ in model.write(prompt, limits):
        pass


def _serve(path: Path, context: int, threads: int) -> tuple[Any, OpenAiServer]:
    """Start a server with the model; return it and a client."""
    try:
        import xllamacpp
    except ImportError:
        raise LlmFailed('A GGUF file needs the extra "llm". Run: pip install "footnote[llm]"') from None
    if not is_gguf(path):
        raise LlmFailed(f"{path} is not a GGUF file or can't be read (see the setting llm_gguf)")
    key = secrets.token_urlsafe(24)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx, parameters.n_parallel = context, 1
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.warmup = False
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.api_keys = [key]
    parameters.ui, parameters.offline, parameters.verbosity = False, True, 0
    parameters.endpoint_slots = parameters.endpoint_props = parameters.endpoint_metrics = False
    try:
        server = xllamacpp.Server(parameters)
    except Exception as exc:
        raise LlmFailed(f"{path.name} can't be loaded: {exc}") from exc
    address = ServerAddress(f"{server.listening_address}/v1", path.stem, key)
    return server, OpenAiServer(address, threading.Lock())
