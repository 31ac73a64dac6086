"""The protocol of language models: from a prompt to text that grows."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self


@dataclass(frozen=True, slots=True)
class Prompt:
    """
    What a model is asked.

    Args:
        system: The instructions, the same for every question, so that a server can keep their state.
        user: The passages, then the question.
        version: Version of the template.
    """

    system: str
    user: str
    version: str


@dataclass(frozen=True, slots=True)
class WritingLimits:
    """
    Limits on one answer.

    Args:
        until: When it must be complete, as ``time.monotonic()`` counts.
        seconds: The same in seconds from its beginning, for people.
        first_seconds: Maximum seconds until the first words.
        max_tokens: Maximum tokens of the answer.
        cancelled: Whether nobody waits for it any more; called several times a second.
    """

    until: float
    seconds: float
    first_seconds: float
    max_tokens: int
    cancelled: Callable[[], bool] = lambda: False

    @classmethod
    def from_now(
        cls,
        seconds: float,
        first_seconds: float,
        max_tokens: int,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Self:
        """Return limits of which the time begins now."""
        return cls(time.monotonic() + seconds, seconds, first_seconds, max_tokens, cancelled)


@dataclass(frozen=True, slots=True)
class Written:
    """
    What a model has written so far.

    Args:
        text: All of it, not only the last piece.
        prompt_tokens: As the server counted them, with the last piece; None if it didn't.
        completion_tokens: The same of *text*.
    """

    text: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class LanguageModel(Protocol):
    """Writes text; never trusted with facts, pointers or commands."""

    @property
    def name(self) -> str:
        """Return the model's name for people."""
        ...

    def can_constrain(self, limits: WritingLimits) -> bool:
        """
        Return whether its output can be constrained by a JSON schema; a server is asked only once.

        Args:
            limits: On the time until a server has replied.

        Raises:
            LlmFailed: If it can't be reached or takes too long.
            LlmCancelled: If nobody waits for the answer any more.
        """
        ...

    def write(
        self, prompt: Prompt, limits: WritingLimits, schema: Mapping[str, Any] | None = None
    ) -> Iterator[Written]:
        """
        Yield the text as it grows. The server stops when the iterator is closed or its owner cancels.

        Args:
            prompt: What is asked.
            limits: On time and length.
            schema: The JSON schema of the text; only for a model that can be constrained.

        Raises:
            LlmFailed: If the model can't be reached, takes too long or returns an error.
            LlmCancelled: If nobody waits for the answer any more.
        """
        ...
