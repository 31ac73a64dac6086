"""Types of the parsers: limits, results and places on pages."""

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
    Limits on one file; a file that exceeds one is unreadable, and the others are not affected.

    Args:
        max_bytes: Size of the file.
        max_pages: Pages of a paged document.
        max_expanded_bytes: Size of all members of an archive (docx, pptx, xlsx, epub), unpacked.
        seconds: Wall-clock time of parsing.
        memory_bytes: Address space of the process that parses it. Files that need much of it are parsed one
            at a time.
        max_characters: Length of the canonical text, in code points.
        max_ocr_pages: Pages whose words are recognised in their pictures; 0 to recognise none.
    """

    max_bytes: int = 200 * MB
    max_pages: int = 5000
    max_expanded_bytes: int = 1000 * MB
    seconds: float = 60
    memory_bytes: int = 768 * MB
    max_characters: int = 20_000_000
    max_ocr_pages: int = 0

    def exceeded(self, code: FailureCode, detail: str) -> UnreadableFile:
        """Return the error for a file that exceeds the limit of *code*."""
        return UnreadableFile(code, detail, getattr(self, FAILURES[code].limit))

    def allow_retry(self, failure: ParseFailure) -> bool:
        """Return whether an unchanged file with this failure may be readable now."""
        if failure.info.limit and failure.limit is not None:
            return bool(getattr(self, failure.info.limit) > failure.limit)
        return failure.info.retry


@dataclass(frozen=True, slots=True)
class ParseSuccess:
    """
    A file that was parsed.

    Args:
        path: The requested path.
        digest: SHA-256 of the very bytes that were parsed, in hex.
        canonical: Its canonical text.
    """

    path: Path
    digest: str
    canonical: CanonicalText


Box: TypeAlias = tuple[float, float, float, float]
"""Four edges of a rectangle; each use states their order and unit."""


@dataclass(frozen=True, slots=True)
class PageLocation:
    """
    The place of a span on one page.

    Args:
        number: The page's number, from 1.
        width: Width of the page as displayed (cropped and rotated), in points.
        height: Its height, likewise.
        points: A box for each part of a line: left, bottom, right, top in points, in the page's own
            coordinates, before rotation.
        boxes: The same as fractions of the page as displayed: left, top, right, bottom from 0 to 1, with the
            origin at the upper left. Text outside the page has no box.
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
    A file that could not be parsed.

    Args:
        path: The requested path.
        failure: Why.
    """

    path: Path
    failure: ParseFailure
