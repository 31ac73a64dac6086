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

from index.failures import FailureCode, ParseFailure
from index.formats.sandbox import protocol
from index.formats.sandbox.process import JobFailed, WorkerProcess
from index.formats.types import Box, Limits, PageLocation, PageUnavailable
from index.records import CharRun, Document, Span

WORKER_COMMAND = (sys.executable, "-P", "-m", "index.formats.sandbox.page_worker")
MAX_SECONDS = 5.0
"""For one page at most, whatever reading a whole file may take: people are waiting for it."""
SCALE = 2.0
"""Pixels a point: sharp on ordinary screens at the width of a pane."""

Shown = TypeVar("Shown")


class PageRenderer:
    """
    Looks at pages of indexed PDFs, from any thread, one at a time.

    Args:
        limits: For each page or span; of the time, no more than :data:`MAX_SECONDS`.
        command: Starts the process; tests give one that misbehaves.
    """

    def __init__(self, limits: Limits | None = None, command: Sequence[str] = WORKER_COMMAND) -> None:
        limits = limits or Limits()
        self._limits = replace(limits, seconds=min(limits.seconds, MAX_SECONDS))
        self._worker = WorkerProcess(command, self._limits)
        self._turn = threading.Lock()

    def locate(self, document: Document, span: Span) -> tuple[PageLocation, ...] | PageUnavailable:
        """
        Where a span stands, on each page that it touches.

        Raises:
            ValueError: If the span is not within the document.
        """
        document.quote(span)
        wanted = [[page, ranges] for page, ranges in character_ranges(document.runs, span)]
        if not wanted:
            return PageUnavailable(ParseFailure(FailureCode.NO_PAGES))
        return self._ask_each_file(document, ["places", wanted], _places)

    def render(self, document: Document, number: int, scale: float = SCALE) -> bytes | PageUnavailable:
        """A page as PNG; *scale* is in pixels a point, and is lessened where that is too many."""
        if not 1 <= number <= len(document.pages) or not document.runs:
            return PageUnavailable(ParseFailure(FailureCode.NO_SUCH_PAGE, f"page {number}"))
        return self._ask_each_file(document, ["picture", number, scale], _picture)

    def start(self) -> None:
        """Start the process ahead of the first page, which otherwise waits for it."""
        with self._turn:
            self._worker.start()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._worker.close()
        with self._turn:
            self._worker.end()

    def _ask_each_file(
        self, document: Document, request: list[Any], read: Callable[[list[Any]], Shown | PageUnavailable]
    ) -> Shown | PageUnavailable:
        """From the first of a document's files that still is the one indexed; otherwise why there is none."""
        found: list[Shown | PageUnavailable] = []
        for path in document.paths:
            found.append(self._ask_worker([astuple(self._limits), path, document.digest, *request], read))
            if not isinstance(found[-1], PageUnavailable):
                return found[-1]
        return found[0] if found else PageUnavailable(ParseFailure(FailureCode.MISSING))

    def _ask_worker(
        self, job: list[Any], read: Callable[[list[Any]], Shown | PageUnavailable]
    ) -> Shown | PageUnavailable:
        with self._turn:
            try:
                return self._worker.ask(job, read)
            except JobFailed as failed:
                return PageUnavailable(failed.failure)


def character_ranges(runs: Sequence[CharRun], span: Span) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """The file's characters in a span, by page: first number and how many, in the order of reading."""
    first = max(0, bisect_right(runs, span.start, key=lambda run: run.start) - 1)
    begun = takewhile(lambda run: run.start < span.end, islice(runs, first, None))
    touched = (run for run in begun if run.start + run.length > span.start)
    for page, some in groupby(touched, key=lambda run: run.page):
        yield page, [_within(run, span) for run in some]


def _within(run: CharRun, span: Span) -> tuple[int, int]:
    start, end = max(run.start, span.start), min(run.start + run.length, span.end)
    return run.index + start - run.start, end - start


def _places(answer: list[Any]) -> tuple[PageLocation, ...] | PageUnavailable:
    if answer[0] != "places":
        return _unavailable(answer)
    return tuple(
        PageLocation(int(number), float(width), float(height), _boxes(points), _boxes(boxes))
        for number, width, height, points, boxes in answer[1:]
    )


def _boxes(many: list[Any]) -> tuple[Box, ...]:
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in many)


def _picture(answer: list[Any]) -> bytes | PageUnavailable:
    return base64.b64decode(answer[1]) if answer[0] == "picture" else _unavailable(answer)


def _unavailable(answer: list[Any]) -> PageUnavailable:
    return PageUnavailable(protocol.unpack_failure(answer[1:]))
