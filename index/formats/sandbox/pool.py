"""
Parse files in worker processes, so that a file that hangs, crashes or needs too much memory fails alone.

The processes run :mod:`index.formats.sandbox.parse_worker`. They are started on demand and end with the
iterator: at its last file, when it is closed, on Ctrl+C; and on their own if this process dies.
"""

import sys
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from index.formats.sandbox import protocol
from index.formats.sandbox.process import JobFailed, WorkerProcess
from index.formats.types import FailedFile, Limits, ParseSuccess

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

    def parse(path: Path) -> ParseSuccess | FailedFile:
        worker = idle.get()
        try:
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


def _parse(worker: WorkerProcess, path: Path, limits: Limits) -> ParseSuccess | FailedFile:
    try:
        return worker.ask([str(path), *astuple(limits)], lambda answer: _to_result(path, answer, limits))
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
