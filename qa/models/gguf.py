"""The only entry to xllamacpp: a model from a GGUF file, served by this process to itself alone."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
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


class GgufModel:
    """
    A model from a file; it is loaded by the first question and kept.

    The server listens on a random port of the loopback interface and answers only to a random key. It writes
    one answer at a time.

    Args:
        path: The file.
        budget: Maximum tokens of the passages of a prompt.
        threads: Processor threads; 0 uses all cores but one.
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
                self._server, self._client = _serve(self._path, self._context, self._threads)
            return self._client


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


def default_threads() -> int:
    """
    Return one thread fewer than there are cores.

    With a thread for each core the threads wait for each other whenever another program runs: measured on two
    busy cores, two threads wrote between 2 and 42 tokens a second and one thread 114.
    """
    return max(1, (os.cpu_count() or 2) - 1)


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
    parameters.cpuparams.n_threads = threads or default_threads()
    parameters.cpuparams_batch.n_threads = threads or default_threads()
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
