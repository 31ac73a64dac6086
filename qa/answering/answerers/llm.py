"""
Answers written by a language model behind any server that speaks OpenAI's protocol.

The model writes sentences with ``[n]``; each is narrowed by the reader to the words of passage *n* that carry
it. The model is trusted with words, never with pointers: where it names no passage, or one that isn't there,
the sentence stays without a footnote.
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
"""Tokens an answer may have; three sentences need fewer."""
MAX_ANSWER_CHARS = 20 * MAX_ANSWER_TOKENS
"""Characters that are listened to: a server that ignores the number of tokens isn't heard out."""
MAX_RESPONSE_BYTES = 2**24
"""Bytes of a reply that are listened to, with all that is around the words."""

SENT_HEADERS = frozenset(
    "accept accept-encoding authorization connection content-length content-type host user-agent".split()
)
"""
Headers a request may carry. The client adds others from the environment (``OPENAI_ORG_ID``,
``OPENAI_CUSTOM_HEADERS``), which were meant for another server.
"""

MAX_ATTEMPTS = 2

SUPPORT_THRESHOLD = 0.36
"""
The reader's probability from which words support a sentence.

Of 14 statements about the seeds in other words than theirs all reach it, and none of 14 that the seeds don't
make (``tests/qa/answering/answerers/test_llm_support.py``); it was chosen on these statements.
"""

# White space before a marker is cut off by hand: a pattern that begins with it takes quadratic time.
_NUMBERS = r"\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*"
_MARKER = re.compile(rf"\[{_NUMBERS}\]")
_INSIDE_MARKER = re.compile(_NUMBERS)
_INSIDE_OPEN_MARKER = re.compile(r"[\d\s,;]*")
_NOT_FOUND = re.compile(r"\W*NOT FOUND\b|\W*(?i:not found)\W*\Z")
_NOT_FOUND_PREFIX = re.compile(r"\W*NOT FOUND\b")


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence as the model wrote it, without its ``[n]``, and the numbers that stood there."""

    text: str
    markers: tuple[int, ...]


class LlmAnswerer:
    """
    A language model's sentences, each with the words it rests on.

    Args:
        reader: Narrows each sentence to words of the passage it names.
        fallback: Decides whether there is anything to answer from, and answers when the model fails twice.
        settings: Those of the endpoint.
        prompt: The template.

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
        # Read from a file, a key brings its line's end.
        self._key = os.environ.get(settings.llm_key_variable, "").strip() or "none"
        # An invalid address isn't repeated: there may be a key in it.
        try:
            http_client = openai.DefaultHttpxClient(
                # Neither a proxy nor a password is taken from the environment or from .netrc.
                trust_env=False,
                proxy=settings.llm_proxy or None,
                # The passages go to the server that was configured, not to one it names.
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
        The answer as it grows, a whole sentence at a time. After a failure it begins anew.

        What the fallback refuses is not sent to the model.

        Raises:
            InvalidPrompt: If the prompt's file is at fault.
        """
        own_words = list(self._fallback.draft(question, readings))
        if own_words[-1].reason is not None:
            yield from own_words
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
        yield from (replace(draft, note=note) for draft in own_words)

    def _drafts(self, prompt: str, passages: Sequence[Passage]) -> Iterator[AnswerDraft]:
        claims: dict[
            CitedSentence, ClaimSentence
        ] = {}  # each sentence is narrowed once, however often the answer is shown
        written, shown = "", 0
        for written in self._stream_text(prompt):
            if _NOT_FOUND_PREFIX.match(written):
                break
            settled = cited_sentences(_without_open_marker(written))[:-1]
            if len(settled) > shown:
                shown = len(settled)
                yield AnswerDraft(self._claims(claims, settled, passages))
        answered = cited_sentences(written)
        if not answered:
            raise LlmFailed("The language model's answer was empty")
        if _NOT_FOUND.match(written):
            yield AnswerDraft(reason="The language model found no answer in the closest passages.")
        else:
            yield AnswerDraft(self._claims(claims, answered, passages))

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
        named = [passages[marker - 1] for marker in sentence.markers if 1 <= marker <= len(passages)]
        readings = self._reader.read(sentence.text, named) if named else []
        quotes = [self._supporting_quote(reading) for reading in readings]
        return ClaimSentence(sentence.text, tuple(quote for quote in quotes if quote))

    def _supporting_quote(self, reading: PassageReading) -> Quote | None:
        """The words of a passage that carry a sentence; None if the reader doesn't find it there."""
        if not reading.quotes or reading.probability < SUPPORT_THRESHOLD:
            return None
        return replace(reading.quotes[0], answer=None)

    def _stream_text(self, prompt: str) -> Iterator[str]:
        """
        All that the model has written so far, again and again, until it is done.

        The network is waited for in a thread of its own: a server that sends a word now and then would never
        run into a limit on silence, and one that never stops into none at all.
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
        Let the reply end, whatever is in it; called before any of it is read.

        Nothing packed was asked for, and nothing is unpacked: a thousand times as much may be in it.
        """
        response.headers.pop("Content-Encoding", None)
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)  # noqa: S101 (the client is no asynchronous one)
        response.stream = _LimitedStream(stream, self._settings.llm_seconds)

    def _receive(
        self, prompt: str, pieces: "queue.SimpleQueue[str | Exception | None]", stop: threading.Event
    ) -> None:
        """Put the model's pieces into the queue, then None; or the error."""
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
        except Exception as exc:  # whatever the client, its transport or the server's bytes bring
            pieces.put(exc)


class _LimitedStream(httpx2.SyncByteStream):
    """
    A reply that ends after some seconds, or at :data:`MAX_RESPONSE_BYTES`.

    The client waits for the end of an event, or of an error's page, as long as anything comes, and keeps what
    came: a server that never gets there would be listened to for ever, long after the question was answered.
    """

    def __init__(self, stream: httpx2.SyncByteStream, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds

    def __iter__(self) -> Iterator[bytes]:
        until, taken = time.monotonic() + self._seconds, 0
        for piece in self._stream:
            taken += len(piece)
            if time.monotonic() > until:
                raise _timed_out(self._seconds)
            if taken > MAX_RESPONSE_BYTES:
                raise LlmFailed(f"The language model's reply had more than {MAX_RESPONSE_BYTES:,} bytes")
            yield piece

    def close(self) -> None:
        self._stream.close()


def _merge_surrogates(written: str) -> str:
    """
    *written* with the halves of a character put together, which may come one by one; a half that stays alone
    is U+FFFD: no file, page or prompt can hold it.
    """
    return written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def cited_sentences(written: str) -> list[CitedSentence]:
    """
    The sentences of *written*, each with its markers.

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
    marked = [
        CitedSentence(_strip_markers(plain[start:end]), tuple(dict.fromkeys(numbers)))
        for (start, end), numbers in zip(spans, markers, strict=True)
    ]
    return [sentence for sentence in marked if sentence.text]


def _strip_markers(sentence: str) -> str:
    """
    Return a sentence on one line, without what looks like a marker.

    Where a marker stood inside another, what is left of the two would look like one and point to nothing:
    ``"One [[1]2]"`` becomes ``"One"``. One pass over the brackets finds what removing markers again and again
    would: a closing bracket ends a marker if only numbers were kept since the last opening one.
    """
    kept: list[str] = []
    opened: list[int] = []  # indices in kept of the brackets that a marker may begin with
    for piece in re.split(r"([\[\]])", sentence):
        if piece == "[":
            opened.append(len(kept))
        elif piece == "]" and opened:
            at = opened.pop()
            if _INSIDE_MARKER.fullmatch("".join(kept[at + 1 :])):
                del kept[at:]
                _strip_end(kept)
                continue
            opened.clear()  # this bracket stays, so nothing around it is a marker
        kept.append(piece)
    return " ".join("".join(kept).split())


def _strip_end(pieces: list[str]) -> None:
    """Remove the white space at the end of joined pieces."""
    while pieces and not (stripped := pieces[-1].rstrip()):
        pieces.pop()
    if pieces:
        pieces[-1] = stripped


def _without_open_marker(written: str) -> str:
    """Return the text without a marker that has begun at its end: ``"One. [1, " -> "One."``"""
    at = written.rfind("[")
    begun = at >= 0 and _INSIDE_OPEN_MARKER.fullmatch(written, at + 1)
    return written[:at].rstrip() if begun else written


def _extract_markers(written: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text without its markers, and for each number where in that text it stood."""
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
"""The setting that is most likely wrong where a server answers with this error."""


def _translate_error(exc: Exception, seconds: float) -> LlmFailed:
    import openai

    if isinstance(exc, openai.APIStatusError):
        setting = _SETTING_BY_STATUS.get(exc.status_code)
        advice = f" (see the setting {setting})" if setting else ""
        return LlmFailed(f"The language model returned the error {exc.status_code}{advice}")
    if isinstance(exc, openai.APITimeoutError):
        return _timed_out(seconds)
    return LlmFailed("The language model couldn't be reached or stopped responding")
