"""The protocol of support checks: from a statement and words of a source to whether they say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.records import SupportState


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    Words of a source that may say what a statement says.

    Args:
        text: The words that would be cited.
        before: What the words refer to: the document's title, the headings, the sentences just before.
        context: All that a reader of the words sees besides them: also the rest of the passage.
    """

    text: str
    before: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What some words say of a statement.

    Args:
        state: Supported, partly, unsupported or contradicted.
        score: How much of the statement the words say, 0 to 1; higher is better.
    """

    state: SupportState
    score: float


class SupportCheck(Protocol):
    """Judges statements by the words of sources, one statement at a time."""

    @property
    def name(self) -> str:
        """Return the name of the check for people."""
        ...

    def check(self, statement: str, evidence: Sequence[Evidence]) -> list[Verdict]:
        """
        Judge one statement by each evidence alone.

        Returns:
            One verdict for each evidence, in order; the same alone and among others.
        """
        ...

    def confirm(
        self, statement: str, evidence: Sequence[Evidence], verdicts: Sequence[Verdict]
    ) -> list[Verdict]:
        """
        Judge one statement again by the few best evidences, with more effort.

        Args:
            statement: The statement.
            evidence: Some of what :meth:`check` was given.
            verdicts: What it returned for them.
        """
        ...
