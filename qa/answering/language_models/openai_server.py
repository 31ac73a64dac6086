"""A client of any server with OpenAI's protocol: one address, one key, no proxy and no header but ours."""

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from qa.answering.language_models.base import Prompt, WritingLimits, Written
from qa.errors import InvalidSettings, LlmCancelled, LlmFailed
from qa.settings import REDACTED_SETTINGS

MAX_RESPONSE_BYTES = 2**24
"""Maximum bytes of a response, including the protocol around the text."""
CHARS_OF_TOKEN = 20
"""Maximum characters of a token, for a server that ignores the maximum of tokens."""
SENT_HEADERS = frozenset(
    "accept accept-encoding authorization connection content-length content-type host user-agent".split()
)
"""
Headers that a request may have.

The client would add others from the environment (``OPENAI_ORG_ID``, ``OPENAI_CUSTOM_HEADERS``), which are
meant for another server.
"""
POLL_SECONDS = 0.1
"""Seconds between two looks at whether the answer was cancelled."""
MAX_RETRY_AFTER = 10.0
"""Maximum seconds to wait that a server may ask for; after more, the answer is extractive."""
PROBE_TOKENS = 24
"""Maximum tokens of the reply by which a server shows whether it constrains output."""

_TEMPORARY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Statuses after which another attempt may succeed."""
_PROBE_SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """
    Where a model is served.

    Args:
        base_url: The address, such as ``http://127.0.0.1:11434/v1``.
        model: Name of the model there.
        key: The key; "none" if the server needs none.
        proxy: An HTTP proxy; empty for none.
    """

    base_url: str
    model: str
    key: str = "none"
    proxy: str = ""


class OpenAiServer:
    """
    A model behind a server; thread-safe.

    Args:
        address: Where it is.
        exclusive: Held while it writes, for a server that answers one request at a time.

    Raises:
        InvalidSettings: If the address of the server or of the proxy is not valid.
    """

    def __init__(self, address: ServerAddress, exclusive: "threading.Lock | None" = None) -> None:
        import openai

        self._address = address
        self._exclusive = exclusive
        self._threads = threading.local()
        self._probe_lock = threading.Lock()
        self._constrains: bool | None = None
        # An invalid address isn't shown in the error: it may contain a key.
        try:
            http_client = openai.DefaultHttpxClient(
                # No proxy from the environment and no password from .netrc.
                trust_env=False,
                proxy=address.proxy or None,
                # The passages go only to the configured server.
                follow_redirects=False,
                headers={"Accept-Encoding": "identity"},
                # A connection of its own for each answer: closing it is how the server is told to stop.
                limits=httpx2.Limits(max_keepalive_connections=0),
                event_hooks={"request": [self._prepare_request], "response": [self._limit_response]},
            )
        except httpx2.InvalidURL:
            raise InvalidSettings(f"llm_proxy: expected {REDACTED_SETTINGS['llm_proxy']}") from None
        try:
            self._client = openai.OpenAI(
                base_url=address.base_url, api_key=address.key, max_retries=0, http_client=http_client
            )
        except httpx2.InvalidURL:
            raise InvalidSettings(f"llm_base_url: expected {REDACTED_SETTINGS['llm_base_url']}") from None

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._address.model

    def can_constrain(self, limits: WritingLimits) -> bool:
        """
        Return whether the server constrains output by a JSON schema.

        It is asked once, with a request that no unconstrained model answers in JSON. After a fault that may
        pass it is asked again the next time.
        """
        with self._probe_lock:
            if self._constrains is None:
                prompt = Prompt("You are friendly.", "Say hello.", "")
                try:
                    text = ""
                    for written in self.write(
                        prompt, replace(limits, max_tokens=PROBE_TOKENS), _PROBE_SCHEMA
                    ):
                        text = written.text
                    self._constrains = _is_probe_reply(text)
                except LlmFailed as exc:
                    if exc.is_temporary or time.monotonic() > limits.until:
                        raise
                    self._constrains = False
            return self._constrains

    def write(
        self, prompt: Prompt, limits: WritingLimits, schema: Mapping[str, Any] | None = None
    ) -> Iterator[Written]:
        """
        Yield the text as it grows.

        A thread of its own waits for the network, because a timeout of the client only limits the silence
        between two pieces, not the time of the whole response.
        """
        with self._turn(limits):
            # Closing the generator closes the connection.
            yield from self._written(prompt, limits, schema)

    @contextlib.contextmanager
    def _turn(self, limits: WritingLimits) -> Iterator[None]:
        """Wait until no other answer is being written, if the server can write only one."""
        if self._exclusive is None:
            yield
            return
        while not self._exclusive.acquire(timeout=POLL_SECONDS):
            _check_limits(limits, limits.until)
        try:
            yield
        finally:
            self._exclusive.release()

    def _written(
        self, prompt: Prompt, limits: WritingLimits, schema: Mapping[str, Any] | None
    ) -> Iterator[Written]:
        reception = _Reception()
        threading.Thread(target=self._receive, args=(prompt, limits, schema, reception), daemon=True).start()
        first_until = min(limits.until, time.monotonic() + limits.first_seconds)
        text, prompt_tokens, completion_tokens = "", None, None
        max_chars = CHARS_OF_TOKEN * limits.max_tokens
        try:
            while True:
                until = limits.until if text else first_until
                try:
                    piece = reception.pieces.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    _check_limits(limits, until)
                    continue
                if piece is None:
                    return
                if isinstance(piece, LlmFailed):
                    raise piece
                if isinstance(piece, Exception):
                    raise _translate_error(piece) from piece
                text += piece.text
                prompt_tokens = piece.prompt_tokens or prompt_tokens
                completion_tokens = piece.completion_tokens or completion_tokens
                if len(text) > max_chars:
                    raise LlmFailed(f"The language model wrote more than {max_chars:,} characters")
                yield Written(_merge_surrogates(text), prompt_tokens, completion_tokens)
                _check_limits(limits, limits.until if text else first_until)
        finally:
            reception.stop()

    def _receive(
        self,
        prompt: Prompt,
        limits: WritingLimits,
        schema: Mapping[str, Any] | None,
        reception: "_Reception",
    ) -> None:
        """Put the pieces of the model's text into the queue, then None, or else the error."""
        self._threads.reception = reception
        self._threads.limits = limits
        messages: Any = [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ]
        options: dict[str, Any] = {}
        if schema is not None:
            named = {"name": "reply", "strict": True, "schema": schema}
            options["response_format"] = {"type": "json_schema", "json_schema": named}
        try:
            with self._client.chat.completions.create(
                model=self._address.model,
                messages=messages,
                max_tokens=limits.max_tokens,
                temperature=0,
                stream=True,
                stream_options={"include_usage": True},
                timeout=max(1.0, limits.until - time.monotonic()),
                **options,
            ) as stream:
                for event in stream:
                    if reception.is_stopped:
                        return
                    text = "".join(choice.delta.content or "" for choice in event.choices or ())
                    usage = event.usage
                    reception.pieces.put(
                        Written(
                            text,
                            usage.prompt_tokens if usage else None,
                            usage.completion_tokens if usage else None,
                        )
                    )
            reception.pieces.put(None)
        except Exception as exc:  # from the client, its transport or the server's bytes
            reception.pieces.put(exc)

    def _prepare_request(self, request: httpx2.Request) -> None:
        """Send only :data:`SENT_HEADERS` and the configured key, and note the connection that is opened."""
        for name in set(request.headers) - SENT_HEADERS:
            del request.headers[name]
        request.headers["Authorization"] = f"Bearer {self._address.key}"
        request.extensions = {**request.extensions, "trace": self._threads.reception.note_connection}

    def _limit_response(self, response: httpx2.Response) -> None:
        """
        Limit the time and size of a response before any of it is read.

        No compression was requested and nothing is decompressed: it could expand a thousandfold.
        """
        response.headers.pop("Content-Encoding", None)
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)  # noqa: S101 (the client is no asynchronous one)
        response.stream = _LimitedStream(stream, self._threads.limits)


class _Reception:
    """What one thread receives for another, which may stop it at any time."""

    def __init__(self) -> None:
        self.pieces: queue.SimpleQueue[Written | Exception | None] = queue.SimpleQueue()
        self.is_stopped = False
        self._lock = threading.Lock()
        self._connection: Any = None

    def note_connection(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the network stream that a step of opening the connection returned."""
        stream = info.get("return_value")
        if not hasattr(stream, "get_extra_info"):
            return
        with self._lock:
            self._connection = stream
            stopped = self.is_stopped
        if stopped:
            self._shut_down()

    def stop(self) -> None:
        """Close the connection, even while another thread waits for it: that stops the server's work."""
        with self._lock:
            self.is_stopped = True
        self._shut_down()

    def _shut_down(self) -> None:
        connection = self._connection and self._connection.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _LimitedStream(httpx2.SyncByteStream):
    """
    A response that is limited to a time and to :data:`MAX_RESPONSE_BYTES`.

    The client buffers an event, or an error page, until it ends: without limits a server that never ends one
    would fill the memory long after the question was answered.
    """

    def __init__(self, stream: httpx2.SyncByteStream, limits: WritingLimits) -> None:
        self._stream = stream
        self._limits = limits

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for piece in self._stream:
            received += len(piece)
            if time.monotonic() > self._limits.until:
                raise _timed_out(self._limits.seconds)
            if received > MAX_RESPONSE_BYTES:
                raise LlmFailed(f"The language model's reply had more than {MAX_RESPONSE_BYTES:,} bytes")
            yield piece

    def close(self) -> None:
        self._stream.close()


def _check_limits(limits: WritingLimits, until: float) -> None:
    if limits.cancelled():
        raise LlmCancelled("The answer was stopped")
    if time.monotonic() <= until:
        return
    if until < limits.until:
        raise LlmFailed(f"The language model wrote nothing for {limits.first_seconds:g} s", is_temporary=True)
    raise _timed_out(limits.seconds)


def _timed_out(seconds: float) -> LlmFailed:
    return LlmFailed(f"The language model took longer than {seconds:g} s")


def _is_probe_reply(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _merge_surrogates(written: str) -> str:
    """
    Return *written* with surrogate pairs merged, whose halves may arrive in different pieces.

    A half without its pair becomes U+FFFD, because it can't be encoded as UTF-8.
    """
    return written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_SETTING_BY_STATUS = {401: "llm_key_variable", 403: "llm_key_variable", 404: "llm_model"}
"""The setting that is most likely wrong if a server returns this status."""


def _translate_error(exc: Exception) -> LlmFailed:
    import openai

    if isinstance(exc, openai.APIStatusError):
        status = exc.status_code
        setting = _SETTING_BY_STATUS.get(status)
        advice = f" (see the setting {setting})" if setting else ""
        too_long = status == 413 or (status == 400 and "context" in str(exc).lower())
        return LlmFailed(
            f"The language model returned the error {status}{advice}",
            is_temporary=status in _TEMPORARY,
            is_too_long=too_long,
            retry_after=_retry_after(exc.response.headers.get("retry-after", "")),
        )
    return LlmFailed(
        "The language model couldn't be reached or stopped responding",
        is_temporary=True,
    )


def _retry_after(value: str) -> float:
    try:
        return max(0.0, float(value))
    except ValueError:
        return 0.0
