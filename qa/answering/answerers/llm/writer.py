"""A language model's answer as it grows: attempts, time limits, and the sentences that are complete."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import tenacity

from qa.answering.answerers.llm.written_json import SCHEMA, read_reply
from qa.answering.answerers.llm.written_text import (
    CitedSentence,
    finished_sentences,
    says_not_found,
    without_thoughts,
)
from qa.answering.language_models.base import LanguageModel, Prompt, WritingLimits, Written
from qa.answering.language_models.openai_server import MAX_RETRY_AFTER, POLL_SECONDS
from qa.errors import LlmCancelled, LlmFailed
from qa.records import Generation

MAX_ATTEMPTS = 3
MAX_WAIT = 8.0
"""Maximum seconds between two attempts, unless the server asks for more."""


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """
    How a model is asked.

    Args:
        seconds: Maximum seconds for an answer, with all attempts.
        first_seconds: Maximum seconds until its first words.
        budget: Maximum tokens of the passages.
        constrain: Whether output is constrained by a JSON schema; None asks the server.
        first_wait: Seconds before the second attempt; each further one waits twice as long.
    """

    seconds: float
    first_seconds: float
    budget: int
    constrain: bool | None = None
    first_wait: float = 0.5


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An answer so far.

    Args:
        sentences: Those that won't grow any more.
        found: Whether the model found an answer; None as long as it hasn't said so.
        is_complete: Whether it is the whole answer.
        generation: How it was written.
    """

    sentences: tuple[CitedSentence, ...]
    found: bool | None
    is_complete: bool
    generation: Generation


@dataclass(slots=True)
class Writer:
    """
    Asks a language model, and again after a failure that may pass.

    Args:
        model: The model.
        settings: How it is asked.
    """

    model: LanguageModel
    settings: WriterSettings
    _distrusts_json: bool = field(default=False, init=False)

    def is_constrained(self, limits: WritingLimits) -> bool:
        """Return whether answers are JSON by a schema; the model may be asked, and raises as it does then."""
        if self.settings.constrain is not None:
            return self.settings.constrain and not self._distrusts_json
        return not self._distrusts_json and self.model.can_constrain(limits)

    def write(
        self,
        prompt: Callable[[bool], Prompt],
        max_tokens: int,
        cancelled: Callable[[], bool],
        generation: Generation | None = None,
    ) -> Iterator[Reply]:
        """
        Yield the answer as it grows, whenever another sentence is complete; it starts over after a failure.

        Args:
            prompt: Returns the prompt for constrained output or for free text.
            max_tokens: Maximum tokens of the answer.
            cancelled: Whether nobody waits for it any more.
            generation: What is known of the answer; tokens and seconds are added.

        Raises:
            LlmFailed: If the last attempt failed.
            LlmCancelled: If nobody waits for the answer any more.
        """
        started = time.monotonic()
        limits = self.limits(max_tokens, cancelled)
        known = generation or Generation(self.model.name, "")
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda exc: isinstance(exc, LlmFailed) and exc.is_temporary),
            stop=tenacity.stop_after_attempt(MAX_ATTEMPTS)
            | tenacity.stop_before_delay(self.settings.seconds),
            wait=self._wait,
            sleep=lambda seconds: _sleep(seconds, cancelled),
            reraise=True,
        )
        for attempt in attempts:
            with attempt:
                yield from self._attempt(prompt, limits, known, started)

    def text(self, prompt: Prompt, max_tokens: int, cancelled: Callable[[], bool]) -> str:
        """Return a short text, such as a rewritten question; raises as :meth:`write`, without attempts."""
        written = ""
        for step in self.model.write(prompt, self.limits(max_tokens, cancelled)):
            written = step.text
        return without_thoughts(written).strip()

    def limits(self, max_tokens: int, cancelled: Callable[[], bool]) -> WritingLimits:
        """Return the limits on an answer of *max_tokens* that begins now."""
        seconds, first_seconds = self.settings.seconds, self.settings.first_seconds
        return WritingLimits.from_now(seconds, first_seconds, max_tokens, cancelled)

    def _attempt(
        self, prompt: Callable[[bool], Prompt], limits: WritingLimits, known: Generation, started: float
    ) -> Iterator[Reply]:
        is_json = self.is_constrained(limits)
        filled = prompt(is_json)
        known = replace(known, prompt_version=filled.version)
        last, shown = Written(""), 0
        for last in self.model.write(filled, limits, SCHEMA if is_json else None):
            found, cited = self._read(last.text, is_json=is_json, is_complete=False)
            if found is False and not is_json:
                break  # what it adds to its refusal isn't shown
            if len(cited) > shown:
                shown = len(cited)
                yield Reply(tuple(cited), found, False, known)
        found, cited = self._read(last.text, is_json=is_json, is_complete=True)
        if not cited and found is not False:
            raise LlmFailed("The language model's answer was empty", is_temporary=True)
        generation = replace(
            known,
            prompt_tokens=last.prompt_tokens,
            completion_tokens=last.completion_tokens,
            seconds=time.monotonic() - started,
        )
        yield Reply(tuple(cited), found, True, generation)

    def _read(
        self, written: str, *, is_json: bool, is_complete: bool
    ) -> tuple[bool | None, Sequence[CitedSentence]]:
        """Return whether an answer was found and the complete sentences."""
        if not is_json:
            if says_not_found(written, is_complete=is_complete):
                return False, ()
            cited = finished_sentences(written, is_complete=is_complete)
            return (True if cited else None), cited
        if not written.strip():
            return None, ()
        try:
            found, cited = read_reply(without_thoughts(written))
        except ValueError:
            # The server said that it constrains output, and doesn't.
            self._distrusts_json = True
            raise LlmFailed("The language model's answer is not valid JSON", is_temporary=True) from None
        # A small model may write sentences and yet say that it found nothing.
        return (True if cited else found), cited

    def _wait(self, state: tenacity.RetryCallState) -> float:
        exc = state.outcome.exception() if state.outcome else None
        asked = exc.retry_after if isinstance(exc, LlmFailed) else 0.0
        if asked > MAX_RETRY_AFTER:
            return self.settings.seconds  # longer than anybody waits: no further attempt
        backoff = tenacity.wait_exponential_jitter(self.settings.first_wait, MAX_WAIT, jitter=0.1)
        return max(asked, backoff(state)) if self.settings.first_wait else asked


def _sleep(seconds: float, cancelled: Callable[[], bool]) -> None:
    """Wait, but not for an answer that nobody waits for."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if cancelled():
            raise LlmCancelled("The answer was stopped")
        time.sleep(min(left, POLL_SECONDS))
