"""Files that aren't in the index, as a person is told of them."""

from dataclasses import dataclass

from index import ParseFailure


@dataclass(frozen=True, slots=True)
class FileProblem:
    """
    A file that isn't in the index, and why.

    Args:
        label: Its path, or the label it was given under.
        failure: Why not; the texts come from :data:`index.failures.FAILURES`.
    """

    label: str
    failure: ParseFailure

    @property
    def reason(self) -> str:
        """What happened; continues "the file ..."."""
        return self.failure.message

    @property
    def advice(self) -> str:
        """What to do, as a sentence."""
        return self.failure.advice
