"""
The process that looks at pages of PDFs for another: ``python -P -m index.formats.sandbox.page_worker``.

The file it was last asked for stays open, in its own memory: a second page costs no second reading.
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
from index.formats.pdf.render import PdfPages
from index.formats.sandbox.parse_worker import serve_jobs
from index.formats.sandbox.protocol import pack_failure
from index.formats.types import Limits, PageUnavailable


class OpenFile:
    """The file that was asked for last, open as long as nothing touches it."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._pages: PdfPages | None = None

    def open(self, path: Path, digest: str, limits: Limits) -> PdfPages | PageUnavailable:
        """
        The pages of the file at *path*, if it still has that SHA-256.

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
        self._key, self._pages = key, PdfPages(data)
        return self._pages

    def close(self) -> None:
        if self._pages:
            self._pages.close()
        self._key = self._pages = None


def _fingerprint(path: Path) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def answer(job: list[Any], open_file: OpenFile) -> list[Any]:
    """
    One job's answer, both as JSON holds them.

    Args:
        job: ``[limits, path, digest, "places", [[page, [[first, count], ...]], ...]]`` or
            ``[limits, path, digest, "picture", page, scale]``.
        open_file: Where the file stays open.

    Returns:
        ``["places", place, ...]``, ``["picture", PNG in base64]`` or
        ``["unavailable", code, detail, limit]``.
    """
    numbers, path, digest, request, *details = job
    try:
        pages = open_file.open(Path(path), digest, Limits(*numbers))
        if isinstance(pages, PageUnavailable):
            return ["unavailable", *pack_failure(pages.failure)]
        if request == "picture":
            return ["picture", base64.b64encode(pages.render(*details)).decode("ascii")]
        return ["places", *(list(astuple(pages.locate(*asked))) for asked in details[0])]
    except UnreadableFile as error:
        return ["unavailable", *pack_failure(error.failure)]
    except ValueError:  # pdfium counts otherwise than it did
        return ["unavailable", *pack_failure(ParseFailure(FailureCode.OUTDATED))]


def serve() -> None:
    """Answer jobs until the parent closes the pipe or dies."""
    open_file = OpenFile()
    serve_jobs(lambda job: answer(job, open_file), lambda job: Limits(*job[0]))


if __name__ == "__main__":
    serve()
