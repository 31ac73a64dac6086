"""
The process that renders pages of PDFs for its parent: ``python -P -m index.formats.sandbox.page_worker``.

The last file stays open in its memory, so that the next page of it needs no second reading.
"""

import base64
import hashlib
import os
from dataclasses import astuple
from pathlib import Path
from typing import Any

from index.errors import UnreadableFile
from index.failures import FailureCode, ParseFailure
from index.formats.parsing import read_bytes
from index.formats.pdf.render import PdfPages, PicturePages
from index.formats.sandbox.parse_worker import serve_jobs
from index.formats.sandbox.protocol import pack_failure
from index.formats.types import Limits, PageUnavailable


class OpenFile:
    """The last file, open until another one is needed or it changes on disk."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._pages: PdfPages | PicturePages | None = None

    def open(self, path: Path, digest: str, limits: Limits) -> PdfPages | PicturePages | PageUnavailable:
        """
        Return the pages of the file at *path*, if it still has that SHA-256.

        Raises:
            UnreadableFile: If it can't be opened.
        """
        key = (path, digest, *_fingerprint(path))
        if self._pages and key == self._key:
            return self._pages
        self.close()
        data = read_bytes(path, limits)
        if hashlib.sha256(data).hexdigest() != digest:
            return PageUnavailable(ParseFailure(FailureCode.CHANGED))
        pages = PdfPages(data) if path.suffix.lower() == ".pdf" else PicturePages(data)
        self._key, self._pages = key, pages
        return self._pages

    def close(self) -> None:
        """Close the file, if one is open."""
        if self._pages:
            self._pages.close()
        self._key = self._pages = None


def _fingerprint(path: Path) -> tuple[int, ...]:
    """Return what changes with a file; empty if it can't be accessed."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def answer(job: list[Any], open_file: OpenFile) -> list[Any]:
    """
    Answer one job.

    Args:
        job: ``[limits, path, digest, "places", [[page, [[first, count], ...]], ...]]``,
            ``[limits, path, digest, "words", page, [[first, count], ...]]`` or
            ``[limits, path, digest, "picture", page, scale]``.
        open_file: The file that stays open between jobs.

    Returns:
        ``["places", place, ...]``, ``["words", box or null, ...]``, ``["picture", PNG in base64]`` or
        ``["unavailable", code, detail, limit]``.
    """
    numbers, path, digest, request, *details = job
    try:
        pages = open_file.open(Path(path), digest, Limits(*numbers))
        if isinstance(pages, PageUnavailable):
            return ["unavailable", *pack_failure(pages.failure)]
        if request == "picture":
            return ["picture", base64.b64encode(pages.render(*details)).decode("ascii")]
        if request == "words":
            return ["words", *pages.find_words(*details)]
        return ["places", *(list(astuple(pages.locate(number, ranges))) for number, ranges in details[0])]
    except UnreadableFile as error:
        return ["unavailable", *pack_failure(error.failure)]
    except ValueError:  # another version of pdfium numbers the characters differently
        return ["unavailable", *pack_failure(ParseFailure(FailureCode.OUTDATED))]


def serve() -> None:
    """Answer jobs until the parent closes the pipe or dies."""
    open_file = OpenFile()
    serve_jobs(lambda job: answer(job, open_file), lambda job: Limits(*job[0]))


if __name__ == "__main__":
    serve()
