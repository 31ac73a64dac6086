"""
Parse files in worker processes, so that a file that hangs, crashes or needs too much memory fails alone.

The processes run :mod:`index.formats.sandbox.parse_worker`. They are started on demand and end with the
iterator: at its last file, when it is closed, on Ctrl+C; and on their own if this process dies.
"""

import sys
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, replace
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from index.failures import FailureCode
from index.formats.common import ocr
from index.formats.sandbox import protocol
from index.formats.sandbox.process import JobFailed, WorkerProcess
from index.formats.types import MB, FailedFile, Limits, ParseSuccess

OCR_MEMORY, OCR_SECONDS = 6_000 * MB, 3_600.0
"""Address space, of which a fifth is used, and time for recognising all pages of one file."""

SMALL_MEMORY = 360 * MB
"""Address space that is enough for nearly every file; its libraries take 200 MB of it."""

WORKER_COMMAND = (sys.executable, "-P", "-m", "index.formats.sandbox.parse_worker")
"""``-P`` keeps the working directory off the import path: it may contain a hostile ``email.py``."""


def read_files(
    paths: Iterable[Path], limits: Limits, workers: int = 2, *, command: Sequence[str] = WORKER_COMMAND
) -> Generator[ParseSuccess | FailedFile, None, None]:
    """
    Parse files in worker processes.

    Args:
        paths: The files; the iterable is consumed only a few paths ahead of the results.
        limits: Limits on each file.
        workers: Number of processes; none is started before the first file.
        command: Command that starts a worker; tests pass parsers that misbehave.

    Returns:
        One result for each path, in the same order.
    """
    processes = [WorkerProcess(command, limits) for _ in range(workers)]
    idle: SimpleQueue[WorkerProcess] = SimpleQueue()
    for worker in processes:
        idle.put(worker)

    memory = _Memory()
    small = replace(limits, memory_bytes=min(limits.memory_bytes, SMALL_MEMORY))

    def parse(path: Path) -> ParseSuccess | FailedFile:
        worker = idle.get()
        try:
            with memory.shared():
                parsed = _parse(worker, path, small)
            if _is_scan(parsed) and ocr.is_available():
                # The models take much memory, and each page many seconds.
                wide = replace(
                    limits,
                    memory_bytes=max(limits.memory_bytes, OCR_MEMORY),
                    seconds=OCR_SECONDS,
                    max_ocr_pages=limits.max_pages,
                )
                with memory.exclusive():
                    for other in processes:
                        other.end()
                    recognised = _parse(worker, path, wide)
                    worker.end()  # with its models
                    return recognised if isinstance(recognised, ParseSuccess) else parsed
            if small == limits or not _may_need_memory(parsed):
                return parsed
            # Several large files at once could fill the memory of the machine.
            with memory.exclusive():
                for other in processes:
                    other.end()  # nobody waits for it, and its memory is needed
                return _parse(worker, path, limits)
        finally:
            idle.put(worker)

    pool = ThreadPoolExecutor(workers, thread_name_prefix="reading")
    try:
        ahead: deque[Future[ParseSuccess | FailedFile]] = deque()
        waiting = iter(paths)
        while True:
            # Twice as many as workers, so that none waits for the consumer, and texts don't fill the memory.
            ahead.extend(pool.submit(parse, path) for path in islice(waiting, 2 * workers - len(ahead)))
            if not ahead:
                return
            yield ahead.popleft().result()
    finally:
        # close() ends the calls that wait for a process, and with them the threads; then end() reaps it.
        for worker in processes:
            worker.close()
        pool.shutdown(cancel_futures=True)
        for worker in processes:
            worker.end()


_WITHOUT_MEMORY = frozenset({FailureCode.MEMORY, FailureCode.CRASHED, FailureCode.DAMAGED})
"""How a file fails that needs more memory: some libraries crash then, or call the file damaged."""


class _Memory:
    """The right to parse: of several files that need little memory, or of one that needs more."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._active = self._waiting = 0
        self._is_exclusive = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Wait until no file is parsed alone or waits for that."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._is_exclusive or self._waiting))
            self._active += 1
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Wait until no other file is parsed."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: not (self._is_exclusive or self._active))
            self._waiting -= 1
            self._is_exclusive = True
        try:
            yield
        finally:
            with self._changed:
                self._is_exclusive = False
                self._changed.notify_all()


def _is_scan(parsed: ParseSuccess | FailedFile) -> bool:
    """Return whether a file has pages whose words can only be recognised in their pictures."""
    if isinstance(parsed, ParseSuccess):
        return bool(parsed.canonical.unreadable_pages)
    return parsed.failure.code in (FailureCode.SCAN, FailureCode.PICTURE, FailureCode.UNREADABLE_TEXT)


def _may_need_memory(parsed: ParseSuccess | FailedFile) -> bool:
    """Return whether a file may be readable with more memory."""
    return isinstance(parsed, FailedFile) and parsed.failure.code in _WITHOUT_MEMORY


def _parse(worker: WorkerProcess, path: Path, limits: Limits) -> ParseSuccess | FailedFile:
    try:
        job = [str(path), *astuple(limits)]
        return worker.ask(job, lambda answer: _to_result(path, answer, limits), limits)
    except JobFailed as failed:
        return FailedFile(path, failed.failure)


def _to_result(path: Path, answer: list[Any], limits: Limits) -> ParseSuccess | FailedFile:
    match answer:
        case ["parsed", digest, canonical]:
            parsed = ParseSuccess(path, digest, protocol.unpack(canonical))
            if len(parsed.canonical.text) > limits.max_characters:
                raise ValueError("more characters than the limit")
            return parsed
        case ["unreadable", *fields]:
            return FailedFile(path, protocol.unpack_failure(fields))
        case _:
            raise ValueError(f"expected 2 or 3 parts, got {len(answer)}")
