"""
The process that looks at pages of PDFs for another: ``python -P -m index.formats.page_worker``.

The file it was last asked for stays open, in its own memory: a second page costs no second reading.
"""

import base64
import hashlib
import os
from dataclasses import astuple
from pathlib import Path
from typing import Any

from index.errors import UnreadableFile
from index.formats.parsing import load
from index.formats.pdf import Pages
from index.formats.records import Limits, Unavailable
from index.formats.worker import answer_jobs

CHANGED = "the source has changed since it was indexed"


class Shelf:
    """The file that was asked for last, open as long as nothing touches it."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._pages: Pages | None = None

    def open(self, path: Path, digest: str, limits: Limits) -> Pages | Unavailable:
        """
        The pages of the file at *path*, if it still has that SHA-256.

        Raises:
            UnreadableFile: If it can't be opened.
        """
        key = (path, digest, *_touched(path))
        if self._pages and key == self._key:
            return self._pages
        self._put_back()
        data = load(path, limits)
        if hashlib.sha256(data).hexdigest() != digest:
            return Unavailable(CHANGED)
        self._key, self._pages = key, Pages(data)
        return self._pages

    def _put_back(self) -> None:
        if self._pages:
            self._pages.close()
        self._key = self._pages = None


def _touched(path: Path) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def answer(job: list[Any], shelf: Shelf) -> list[Any]:
    """
    One job's answer, both as JSON holds them.

    Args:
        job: ``[limits, path, digest, "places", [[page, [[first, count], ...]], ...]]`` or
            ``[limits, path, digest, "picture", page, scale]``.
        shelf: Where the file stays open.

    Returns:
        ``["places", place, ...]``, ``["picture", PNG in base64]`` or ``["unavailable", reason]``.
    """
    numbers, path, digest, wish, *details = job
    try:
        pages = shelf.open(Path(path), digest, Limits(*numbers))
        if isinstance(pages, Unavailable):
            return ["unavailable", pages.reason]
        if wish == "picture":
            return ["picture", base64.b64encode(pages.picture(*details)).decode("ascii")]
        return ["places", *(list(astuple(pages.place(*asked))) for asked in details[0])]
    except UnreadableFile as error:
        return ["unavailable", f"the source {error}"]
    except ValueError:  # pdfium counts otherwise than it did
        return ["unavailable", "the source is read otherwise than when it was indexed; run: footnote index"]


def serve() -> None:
    """Answer jobs until the parent closes the pipe or dies."""
    shelf = Shelf()
    answer_jobs(lambda job: answer(job, shelf), lambda job: Limits(*job[0]))


if __name__ == "__main__":
    serve()
