"""What goes into reading files, and what comes out: limits; a parsed file, or why it can't be read."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from index.errors import UnreadableFile
from index.failures import FAILURES, FailureCode, ParseFailure
from index.text.canonical import CanonicalText

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one file may cost; past any of these it is unreadable, and only it.

    Args:
        max_bytes: Size of the file.
        max_pages: Pages of a paged document.
        max_expanded_bytes: What the members of an archive (docx, pptx, xlsx, epub) add up to, unpacked.
        seconds: Wall-clock time of reading it.
        memory_bytes: Address space of the process that reads it.
        max_characters: Length of its canonical text, in code points.
    """

    max_bytes: int = 200 * MB
    max_pages: int = 5000
    max_expanded_bytes: int = 1000 * MB
    seconds: float = 60
    memory_bytes: int = 2048 * MB
    max_characters: int = 20_000_000

    def exceeded(self, code: FailureCode, detail: str) -> UnreadableFile:
        """Return the error about a file that exceeds the limit that *code* is about."""
        return UnreadableFile(code, detail, getattr(self, FAILURES[code].limit))

    def allow_retry(self, failure: ParseFailure) -> bool:
        """Return whether an unchanged file that failed so may be readable now."""
        if failure.info.limit and failure.limit is not None:
            return bool(getattr(self, failure.info.limit) > failure.limit)
        return failure.info.retry


@dataclass(frozen=True, slots=True)
class ParseSuccess:
    """
    A file that could be read.

    Args:
        path: As it was given.
        digest: SHA-256 of the very bytes that were parsed, in hex.
        canonical: Its canonical text.
    """

    path: Path
    digest: str
    canonical: CanonicalText


Box: TypeAlias = tuple[float, float, float, float]
"""Four edges of a rectangle; their order and unit are said where one is used."""


@dataclass(frozen=True, slots=True)
class PageLocation:
    """
    Where a span stands on one page.

    Args:
        number: The page's number, from 1.
        width: Of the page as it is shown (cropped and turned), in points.
        height: As *width*.
        points: A box for each stretch of a line: left, bottom, right, top in points, in the page's own
            coordinates, before it is turned.
        boxes: The same as shares of the page as it is shown: left, top, right, bottom, from 0 to 1, the
            origin at the upper left. What lies outside the page has none.
    """

    number: int
    width: float
    height: float
    points: tuple[Box, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class PageUnavailable:
    """A page that can't be shown."""

    failure: ParseFailure

    @property
    def reason(self) -> str:
        """Why not, for a person: a sentence without its full stop."""
        return f"the source {self.failure.message}"


@dataclass(frozen=True, slots=True)
class FailedFile:
    """
    A file that could not be read.

    Args:
        path: As it was given.
        failure: Why.
    """

    path: Path
    failure: ParseFailure
