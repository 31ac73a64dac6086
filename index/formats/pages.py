"""
Pages of PDFs as pictures, and where a span stands on them.

A PDF is drawn by a library that is easily led astray, so it is done in another process, under limits, as
reading is. The process stays, with the file last asked for open in it: a page then takes milliseconds.
"""

import base64
import sys
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, replace
from itertools import groupby, islice, takewhile
from typing import Any, TypeVar

from index.formats.process import FailedError, Worker
from index.formats.records import Box, Limits, PagePlace, Unavailable
from index.records import Document, Run, Span

COMMAND = (sys.executable, "-P", "-m", "index.formats.page_worker")
SECONDS = 5.0
"""For one page at most, whatever reading a whole file may take: people are waiting for it."""
SCALE = 2.0
"""Pixels a point: sharp on ordinary screens at the width of a pane."""

Shown = TypeVar("Shown")


class PageViewer:
    """
    Looks at pages of indexed PDFs, from any thread, one at a time.

    Args:
        limits: For each page or span; of the time, no more than :data:`SECONDS`.
        command: Starts the process; tests give one that misbehaves.
    """

    def __init__(self, limits: Limits | None = None, command: Sequence[str] = COMMAND) -> None:
        limits = limits or Limits()
        self._limits = replace(limits, seconds=min(limits.seconds, SECONDS))
        self._worker = Worker(command, self._limits)
        self._turn = threading.Lock()

    def places(self, document: Document, span: Span) -> tuple[PagePlace, ...] | Unavailable:
        """
        Where a span stands, on each page that it touches.

        Raises:
            ValueError: If the span is not within the document.
        """
        document.quote(span)
        asked = [[page, ranges] for page, ranges in characters(document.runs, span)]
        if not asked:
            return Unavailable("the source has no pages to show these words on")
        return self._shown(document, ["places", asked], _places)

    def picture(self, document: Document, number: int, scale: float = SCALE) -> bytes | Unavailable:
        """A page as PNG; *scale* is in pixels a point, and is lessened where that is too many."""
        if not 1 <= number <= len(document.pages) or not document.runs:
            return Unavailable(f"the source has no page {number}")
        return self._shown(document, ["picture", number, scale], _picture)

    def start(self) -> None:
        """Start the process ahead of the first page, which otherwise waits for it."""
        with self._turn:
            self._worker.start()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._worker.close()
        with self._turn:
            self._worker.end()

    def _shown(
        self, document: Document, wish: list[Any], read: Callable[[list[Any]], Shown | Unavailable]
    ) -> Shown | Unavailable:
        """From the first of a document's files that still is the one indexed; otherwise why there is none."""
        found: list[Shown | Unavailable] = []
        for path in document.paths:
            found.append(self._asked([astuple(self._limits), path, document.digest, *wish], read))
            if not isinstance(found[-1], Unavailable):
                return found[-1]
        return found[0] if found else Unavailable("the source lies nowhere any more")

    def _asked(self, job: list[Any], read: Callable[[list[Any]], Shown | Unavailable]) -> Shown | Unavailable:
        with self._turn:
            try:
                return self._worker.ask(job, read)
            except FailedError as failed:
                return Unavailable(f"the source {failed}")


def characters(runs: Sequence[Run], span: Span) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """The file's characters in a span, by page: first number and how many, in the order of reading."""
    first = max(0, bisect_right(runs, span.start, key=lambda run: run.start) - 1)
    begun = takewhile(lambda run: run.start < span.end, islice(runs, first, None))
    touched = (run for run in begun if run.start + run.length > span.start)
    for page, some in groupby(touched, key=lambda run: run.page):
        yield page, [_within(run, span) for run in some]


def _within(run: Run, span: Span) -> tuple[int, int]:
    start, end = max(run.start, span.start), min(run.start + run.length, span.end)
    return run.index + start - run.start, end - start


def _places(answer: list[Any]) -> tuple[PagePlace, ...] | Unavailable:
    if answer[0] != "places":
        return _unavailable(answer)
    return tuple(
        PagePlace(int(number), float(width), float(height), _boxes(points), _boxes(boxes))
        for number, width, height, points, boxes in answer[1:]
    )


def _boxes(many: list[Any]) -> tuple[Box, ...]:
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in many)


def _picture(answer: list[Any]) -> bytes | Unavailable:
    return base64.b64decode(answer[1]) if answer[0] == "picture" else _unavailable(answer)


def _unavailable(answer: list[Any]) -> Unavailable:
    return Unavailable(str(answer[-1]))
