"""
Answers written by a language model behind any server that speaks OpenAI's protocol.

The model writes sentences with markers ``[n]``, and the reader finds the words of passage *n* that support
each sentence. The model is never trusted with pointers: a sentence without a valid marker gets no footnote.
"""

import bisect
import os
import queue
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2

from index.text.sentences import sentences
from qa.answering import token_budget
from qa.answering.answerers.base import Answerer
from qa.answering.prompting import PROMPTS, answer_prompt
from qa.answering.readers.base import PassageReading, Reader
from qa.errors import InvalidSettings, LlmFailed
from qa.records import AnswerDraft, ClaimSentence, Passage, Quote
from qa.settings import REDACTED_SETTINGS, Settings

MAX_ANSWER_TOKENS = 300
"""Maximum tokens of an answer; three sentences need fewer."""
MAX_ANSWER_CHARS = 20 * MAX_ANSWER_TOKENS
"""Maximum characters of an answer, for a server that ignores the maximum of tokens."""
MAX_RESPONSE_BYTES = 2**24
"""Maximum bytes of a response, including the protocol around the text."""

SENT_HEADERS = frozenset(
    "accept accept-encoding authorization connection content-length content-type host user-agent".split()
)
"""
Headers that a request may have.

The client would add others from the environment (``OPENAI_ORG_ID``, ``OPENAI_CUSTOM_HEADERS``), which are
meant for another server.
"""

MAX_ATTEMPTS = 2

SUPPORT_THRESHOLD = 0.36
"""
Minimum probability of the reader for words that support a sentence.

All of 14 paraphrased statements of the seeds reach it, and none of 14 statements that the seeds don't make
(``tests/qa/answering/answerers/test_llm_support.py``); it was chosen on these statements.
"""

# White space before a marker is stripped in code: a pattern that starts with it takes quadratic time.
_NUMBERS = r"\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*"
_MARKER = re.compile(rf"\[{_NUMBERS}\]")
_INSIDE_MARKER = re.compile(_NUMBERS)
_INSIDE_OPEN_MARKER = re.compile(r"[\d\s,;]*")
_NOT_FOUND = re.compile(r"\W*NOT FOUND\b|\W*(?i:not found)\W*\Z")
_NOT_FOUND_PREFIX = re.compile(r"\W*NOT FOUND\b")


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence that the model wrote, without its markers, and the markers' numbers."""

    text: str
    markers: tuple[int, ...]


class LlmAnswerer:
    """
    Answers in a language model's sentences, each with quotes that support it.

    Args:
        reader: Finds the words of the cited passages that support each sentence.
        fallback: Decides whether to refuse, and answers if the model fails twice.
        settings: Those of the language model.
        prompt: The path of the prompt's template.

    Raises:
        InvalidSettings: If the address of the server or of the proxy is not valid.
    """

    def __init__(
        self, reader: Reader, fallback: Answerer, settings: Settings, prompt: Path = PROMPTS / "answer.txt"
    ) -> None:
        import openai

        self._reader = reader
        self._fallback = fallback
        self._settings = settings
        self._prompt = prompt
        # A key that was read from a file may end in a newline.
        self._key = os.environ.get(settings.llm_key_variable, "").strip() or "none"
        # An invalid address isn't shown in the error: it may contain a key.
        try:
            http_client = openai.DefaultHttpxClient(
                # No proxy from the environment and no password from .netrc.
                trust_env=False,
                proxy=settings.llm_proxy or None,
                # The passages go only to the configured server.
                follow_redirects=False,
                headers={"Accept-Encoding": "identity"},
                event_hooks={"request": [self._restrict_headers], "response": [self._limit_response]},
            )
        except httpx2.InvalidURL:
            raise InvalidSettings(f"llm_proxy: expected {REDACTED_SETTINGS['llm_proxy']}") from None
        try:
            self._client = openai.OpenAI(
                base_url=settings.llm_base_url,
                api_key=self._key,
                max_retries=0,
                timeout=settings.llm_seconds,
                http_client=http_client,
            )
        except httpx2.InvalidURL:
            raise InvalidSettings(f"llm_base_url: expected {REDACTED_SETTINGS['llm_base_url']}") from None

    def draft(self, question: str, readings: Sequence[PassageReading]) -> Iterator[AnswerDraft]:
        """
        Yield the answer as it grows, one whole sentence at a time; after a failure it starts over.

        Nothing is sent to the model if the fallback refuses.

        Raises:
            InvalidPrompt: If the prompt's template can't be used.
        """
        extractive = list(self._fallback.draft(question, readings))
        if extractive[-1].reason is not None:
            yield from extractive
            return
        best_first = [reading.passage for reading in readings]
        passages = token_budget.within_budget(best_first, self._settings.llm_budget)
        prompt = answer_prompt(question, passages, self._prompt)
        note = f"No passage fits into the setting llm_budget ({self._settings.llm_budget} tokens)"
        for _ in range(MAX_ATTEMPTS if passages else 0):
            try:
                yield from self._drafts(prompt, passages)
                return
            except LlmFailed as exc:
                note = str(exc)
        note += ". This answer uses the documents' own sentences."
        yield from (replace(draft, note=note) for draft in extractive)

    def _drafts(self, prompt: str, passages: Sequence[Passage]) -> Iterator[AnswerDraft]:
        # Each sentence is read once, although every draft repeats the earlier ones.
        claims: dict[CitedSentence, ClaimSentence] = {}
        written, drafted = "", 0
        for written in self._stream_text(prompt):
            if _NOT_FOUND_PREFIX.match(written):
                break
            # The last sentence may still grow, or its marker may follow.
            finished = cited_sentences(_without_open_marker(written))[:-1]
            if len(finished) > drafted:
                drafted = len(finished)
                yield AnswerDraft(self._claims(claims, finished, passages))
        answer = cited_sentences(written)
        if not answer:
            raise LlmFailed("The language model's answer was empty")
        if _NOT_FOUND.match(written):
            yield AnswerDraft(reason="The language model found no answer in the closest passages.")
        else:
            yield AnswerDraft(self._claims(claims, answer, passages))

    def _claims(
        self,
        known: dict[CitedSentence, ClaimSentence],
        cited: Sequence[CitedSentence],
        passages: Sequence[Passage],
    ) -> tuple[ClaimSentence, ...]:
        for sentence in cited:
            if sentence not in known:
                known[sentence] = self._claim(sentence, passages)
        return tuple(known[sentence] for sentence in cited)

    def _claim(self, sentence: CitedSentence, passages: Sequence[Passage]) -> ClaimSentence:
        cited = [passages[marker - 1] for marker in sentence.markers if 1 <= marker <= len(passages)]
        readings = self._reader.read(sentence.text, cited) if cited else []
        quotes = [self._supporting_quote(reading) for reading in readings]
        return ClaimSentence(sentence.text, tuple(quote for quote in quotes if quote))

    def _supporting_quote(self, reading: PassageReading) -> Quote | None:
        """Return the words of a passage that support a sentence; None if the reader doesn't find them."""
        if not reading.quotes or reading.probability < SUPPORT_THRESHOLD:
            return None
        return replace(reading.quotes[0], answer=None)

    def _stream_text(self, prompt: str) -> Iterator[str]:
        """
        Yield the text that the model has written so far, each time more of it arrives.

        A thread of its own waits for the network, because a timeout of the client only limits the silence
        between two pieces, not the time of the whole response.
        """
        pieces: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        stop = threading.Event()
        threading.Thread(target=self._receive, args=(prompt, pieces, stop), daemon=True).start()
        seconds = self._settings.llm_seconds
        until = time.monotonic() + seconds
        written = ""
        try:
            while (piece := pieces.get(timeout=max(until - time.monotonic(), 0))) is not None:
                if isinstance(piece, LlmFailed):
                    raise piece
                if isinstance(piece, Exception):
                    raise _translate_error(piece, seconds) from piece
                written += piece
                if len(written) > MAX_ANSWER_CHARS:
                    raise LlmFailed(f"The language model wrote more than {MAX_ANSWER_CHARS:,} characters")
                yield _merge_surrogates(written)
                if time.monotonic() > until:
                    raise queue.Empty
        except queue.Empty:
            raise _timed_out(seconds) from None
        finally:
            stop.set()

    def _restrict_headers(self, request: httpx2.Request) -> None:
        """Send only :data:`SENT_HEADERS`, and no key but the configured one."""
        for name in set(request.headers) - SENT_HEADERS:
            del request.headers[name]
        request.headers["Authorization"] = f"Bearer {self._key}"

    def _limit_response(self, response: httpx2.Response) -> None:
        """
        Limit the time and size of a response before any of it is read.

        No compression was requested and nothing is decompressed: it could expand a thousandfold.
        """
        response.headers.pop("Content-Encoding", None)
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)  # noqa: S101 (the client is no asynchronous one)
        response.stream = _LimitedStream(stream, self._settings.llm_seconds)

    def _receive(
        self, prompt: str, pieces: "queue.SimpleQueue[str | Exception | None]", stop: threading.Event
    ) -> None:
        """Put the pieces of the model's text into the queue, then None, or else the error."""
        try:
            with self._client.chat.completions.create(
                model=self._settings.llm_model,
                messages=[{"role": "user", "content": prompt}],
                max_tokens=MAX_ANSWER_TOKENS,
                temperature=0,
                stream=True,
            ) as stream:
                for event in stream:
                    if stop.is_set():
                        return
                    pieces.put("".join(choice.delta.content or "" for choice in event.choices))
            pieces.put(None)
        except Exception as exc:  # from the client, its transport or the server's bytes
            pieces.put(exc)


class _LimitedStream(httpx2.SyncByteStream):
    """
    A response that is limited to some seconds and to :data:`MAX_RESPONSE_BYTES`.

    The client buffers an event, or an error page, until it ends: without limits a server that never ends one
    would fill the memory long after the question was answered.
    """

    def __init__(self, stream: httpx2.SyncByteStream, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds

    def __iter__(self) -> Iterator[bytes]:
        until, received = time.monotonic() + self._seconds, 0
        for piece in self._stream:
            received += len(piece)
            if time.monotonic() > until:
                raise _timed_out(self._seconds)
            if received > MAX_RESPONSE_BYTES:
                raise LlmFailed(f"The language model's reply had more than {MAX_RESPONSE_BYTES:,} bytes")
            yield piece

    def close(self) -> None:
        self._stream.close()


def _merge_surrogates(written: str) -> str:
    """
    Return *written* with surrogate pairs merged, whose halves may arrive in different pieces.

    A half without its pair becomes U+FFFD, because it can't be encoded as UTF-8.
    """
    return written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def cited_sentences(written: str) -> list[CitedSentence]:
    """
    Return the sentences of *written*, each with its markers.

    A marker belongs to the words before it, also after their full stop:
    ``cited_sentences("One. [1] Two [2].") -> [CitedSentence("One.", (1,)), CitedSentence("Two.", (2,))]``
    """
    plain, places = _extract_markers(written)
    spans = sentences(plain)
    starts = [start for start, _ in spans]
    markers: list[list[int]] = [[] for _ in spans]
    for place, number in places if spans else ():
        owner = bisect.bisect_left(starts, place) - 1  # the last sentence that begins before it
        markers[max(owner, 0)].append(number)
    cited = [
        CitedSentence(_strip_markers(plain[start:end]), tuple(dict.fromkeys(numbers)))
        for (start, end), numbers in zip(spans, markers, strict=True)
    ]
    return [sentence for sentence in cited if sentence.text]


def _strip_markers(sentence: str) -> str:
    """
    Return a sentence on one line, without anything that looks like a marker.

    Removing one marker may leave another that points to nothing: ``"One [[1]2]"`` becomes ``"One"``. A single
    pass over the brackets has the same result as repeated removal: a closing bracket ends a marker if there
    are only numbers after the last opening one.
    """
    parts: list[str] = []
    opened: list[int] = []  # indices in parts of the brackets that may start a marker
    for piece in re.split(r"([\[\]])", sentence):
        if piece == "[":
            opened.append(len(parts))
        elif piece == "]" and opened:
            at = opened.pop()
            if _INSIDE_MARKER.fullmatch("".join(parts[at + 1 :])):
                del parts[at:]
                _strip_end(parts)
                continue
            opened.clear()  # this bracket stays, so nothing around it is a marker
        parts.append(piece)
    return " ".join("".join(parts).split())


def _strip_end(pieces: list[str]) -> None:
    """Remove the white space at the end of joined pieces."""
    while pieces and not (stripped := pieces[-1].rstrip()):
        pieces.pop()
    if pieces:
        pieces[-1] = stripped


def _without_open_marker(written: str) -> str:
    """Return the text without an incomplete marker at its end: "One." for "One. [1, "."""
    at = written.rfind("[")
    is_open = at >= 0 and _INSIDE_OPEN_MARKER.fullmatch(written, at + 1)
    return written[:at].rstrip() if is_open else written


def _extract_markers(written: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text without its markers, and the position in it and the number of each marker."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    length = end = 0
    for found in _MARKER.finditer(written):
        pieces.append(written[end : found.start()].rstrip())
        length += len(pieces[-1])
        places += [(length, int(number)) for number in re.findall(r"\d+", found[1])]
        end = found.end()
    return "".join([*pieces, written[end:]]), places


def _timed_out(seconds: float) -> LlmFailed:
    return LlmFailed(f"The language model took longer than {seconds:g} s")


_SETTING_BY_STATUS = {401: "llm_key_variable", 403: "llm_key_variable", 404: "llm_model"}
"""The setting that is most likely wrong if a server returns this status."""


def _translate_error(exc: Exception, seconds: float) -> LlmFailed:
    import openai

    if isinstance(exc, openai.APIStatusError):
        setting = _SETTING_BY_STATUS.get(exc.status_code)
        advice = f" (see the setting {setting})" if setting else ""
        return LlmFailed(f"The language model returned the error {exc.status_code}{advice}")
    if isinstance(exc, openai.APITimeoutError):
        return _timed_out(seconds)
    return LlmFailed("The language model couldn't be reached or stopped responding")
