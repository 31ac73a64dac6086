"""
Render pages of PDFs as images, and find the place of a span on them.

A hostile PDF can crash or hang the library that draws it, so that this happens in another process under
limits, as parsing does. The process keeps the last file open, and the next page of it takes milliseconds.
"""

import base64
import re
import sys
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, replace
from itertools import groupby, islice, takewhile
from typing import Any, TypeVar

from index.failures import FailureCode, ParseFailure
from index.formats.sandbox import protocol
from index.formats.sandbox.process import JobFailed, WorkerProcess
from index.formats.types import Box, Limits, PageLocation, PageUnavailable
from index.records import CharRun, Document, Page, Span, WordBox

WORKER_COMMAND = (sys.executable, "-P", "-m", "index.formats.sandbox.page_worker")
MAX_SECONDS = 5.0
"""Limit on one page, below that on parsing a whole file, because a person waits for it."""
SCALE = 2.0
"""Pixels per point: sharp on ordinary screens at the width of the source viewer."""

MAX_GAP = 3.0
"""Between two words of a line, as a multiple of their height."""

MAX_WORDS = 5000
"""Words of one page that have a place; a page of print has less than 1000."""

Result = TypeVar("Result")


class PageRenderer:
    """
    Renders pages of indexed PDFs, one at a time; may be called from any thread.

    Args:
        limits: Limits on each page or span; the time is at most :data:`MAX_SECONDS`.
        command: Command that starts the process; tests pass one that misbehaves.
    """

    def __init__(self, limits: Limits | None = None, command: Sequence[str] = WORKER_COMMAND) -> None:
        limits = limits or Limits()
        self._limits = replace(limits, seconds=min(limits.seconds, MAX_SECONDS))
        self._worker = WorkerProcess(command, self._limits)
        self._lock = threading.Lock()

    def locate(self, document: Document, span: Span) -> tuple[PageLocation, ...] | PageUnavailable:
        """
        Return the place of a span on each page that it touches.

        Raises:
            ValueError: If the span is not in the document.
        """
        document.quote(span)
        recognised = recognised_locations(document.pages, span)
        in_pictures = {location.number for location in recognised}
        requested = [
            [page, ranges]
            for page, ranges in character_ranges(document.runs, span)
            if page not in in_pictures
        ]
        if not requested:
            return recognised or PageUnavailable(ParseFailure(FailureCode.NO_PAGES))
        found = self._request_from_files(document, ["places", requested], _parse_locations)
        if isinstance(found, PageUnavailable):
            return found
        return tuple(sorted((*recognised, *found), key=lambda location: location.number))

    def find_words(self, document: Document, number: int) -> tuple[WordBox, ...] | PageUnavailable:
        """Return the words of a page with their places; a word over two lines is in two parts."""
        if not 1 <= number <= len(document.pages):
            return PageUnavailable(ParseFailure(FailureCode.NO_SUCH_PAGE, f"page {number}"))
        if recognised := document.pages[number - 1].words:
            return recognised
        words = list(islice(_words_of_page(document, number), MAX_WORDS))
        if not words:
            return ()
        ranges = [[first, span.end - span.start] for span, first in words]
        boxes = self._request_from_files(document, ["words", number, ranges], _parse_words)
        if isinstance(boxes, PageUnavailable):
            return boxes
        return tuple(
            WordBox(span.start, span.end, *box) for (span, _), box in zip(words, boxes, strict=True) if box
        )

    def render(self, document: Document, number: int, scale: float = SCALE) -> bytes | PageUnavailable:
        """Return a page as PNG; *scale* is in pixels per point, and is reduced for a very large page."""
        if not 1 <= number <= len(document.pages) or not document.runs:
            return PageUnavailable(ParseFailure(FailureCode.NO_SUCH_PAGE, f"page {number}"))
        return self._request_from_files(document, ["picture", number, scale], _parse_image)

    def start(self) -> None:
        """Start the process before the first page needs it."""
        with self._lock:
            self._worker.start()

    def close(self) -> None:
        """End the process, also while it is rendering."""
        self._worker.close()
        with self._lock:
            self._worker.end()

    def _request_from_files(
        self, document: Document, request: list[Any], read: Callable[[list[Any]], Result | PageUnavailable]
    ) -> Result | PageUnavailable:
        """Return the answer from the first of a document's files that is unchanged, or the first failure."""
        answers: list[Result | PageUnavailable] = []
        for path in document.paths:
            answers.append(self._request([astuple(self._limits), path, document.digest, *request], read))
            if not isinstance(answers[-1], PageUnavailable):
                return answers[-1]
        return answers[0] if answers else PageUnavailable(ParseFailure(FailureCode.MISSING))

    def _request(
        self, job: list[Any], read: Callable[[list[Any]], Result | PageUnavailable]
    ) -> Result | PageUnavailable:
        with self._lock:
            try:
                return self._worker.ask(job, read)
            except JobFailed as failed:
                return PageUnavailable(failed.failure)


def character_ranges(runs: Sequence[CharRun], span: Span) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield the characters of a span by page: first number and count of each run, in reading order."""
    first = max(0, bisect_right(runs, span.start, key=lambda run: run.start) - 1)
    started = takewhile(lambda run: run.start < span.end, islice(runs, first, None))
    overlapping = (run for run in started if run.start + run.length > span.start)
    for page, page_runs in groupby(overlapping, key=lambda run: run.page):
        yield page, [_overlap(run, span) for run in page_runs]


def _words_of_page(document: Document, number: int) -> Iterator[tuple[Span, int]]:
    """Yield the words of a page, each with the number of its first character in the file."""
    runs = document.runs
    for run in islice(runs, bisect_left(runs, number, key=lambda run: run.page), None):
        if run.page != number:
            return
        for match in re.finditer(r"\S+", document.text[run.start : run.start + run.length]):
            start, end = run.start + match.start(), run.start + match.end()
            yield Span(document.doc_id, start, end), run.index + match.start()


def recognised_locations(pages: Sequence[Page], span: Span) -> tuple[PageLocation, ...]:
    """Return the place of a span on each page with recognised words, one box for each line."""
    return tuple(
        PageLocation(
            page.number,
            page.width,
            page.height,
            tuple(
                (left * page.width, (1 - bottom) * page.height, right * page.width, (1 - top) * page.height)
                for left, top, right, bottom in boxes
            ),
            boxes,
        )
        for page in pages
        if (
            boxes := _line_boxes(
                [word for word in page.words if word.start < span.end and span.start < word.end]
            )
        )
    )


def _line_boxes(words: Sequence[WordBox]) -> tuple[Box, ...]:
    """Merge the boxes of consecutive words that are on one line."""
    lines: list[Box] = []
    for word in words:
        box = (word.left, word.top, word.right, word.bottom)
        if lines and _is_beside(lines[-1], box):
            last = lines[-1]
            lines[-1] = (last[0], min(last[1], box[1]), box[2], max(last[3], box[3]))
        else:
            lines.append(box)
    return tuple(lines)


def _is_beside(line: Box, box: Box) -> bool:
    """Return whether a box is on a line, near its end."""
    shared = min(line[3], box[3]) - max(line[1], box[1])
    height = box[3] - box[1]
    return shared > 0.5 * height and line[0] <= box[0] < line[2] + MAX_GAP * height


def _overlap(run: CharRun, span: Span) -> tuple[int, int]:
    """Return the first character of the part of a run that is in the span, and the part's length."""
    start, end = max(run.start, span.start), min(run.start + run.length, span.end)
    return run.index + start - run.start, end - start


def _parse_locations(answer: list[Any]) -> tuple[PageLocation, ...] | PageUnavailable:
    if answer[0] != "places":
        return _parse_failure(answer)
    return tuple(
        PageLocation(int(number), float(width), float(height), _parse_boxes(points), _parse_boxes(boxes))
        for number, width, height, points, boxes in answer[1:]
    )


def _parse_boxes(boxes: list[Any]) -> tuple[Box, ...]:
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in boxes)


def _parse_words(answer: list[Any]) -> tuple[Box | None, ...] | PageUnavailable:
    if answer[0] != "words":
        return _parse_failure(answer)
    return tuple(box and _parse_boxes([box])[0] for box in answer[1:])


def _parse_image(answer: list[Any]) -> bytes | PageUnavailable:
    return base64.b64decode(answer[1]) if answer[0] == "picture" else _parse_failure(answer)


def _parse_failure(answer: list[Any]) -> PageUnavailable:
    return PageUnavailable(protocol.unpack_failure(answer[1:]))
