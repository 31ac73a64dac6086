"""
Files read in other processes, so that one that hangs, crashes or eats memory takes down only itself.

The processes run :mod:`index.formats.sandbox.parse_worker`, are started when first needed, and end with the
iterator they serve: on its last file, when it is closed, on Ctrl-C; and by themselves when this process dies.
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
"""``-P``: the current folder may hold a hostile ``email.py``."""


def read_files(
    paths: Iterable[Path], limits: Limits, workers: int = 2, *, command: Sequence[str] = WORKER_COMMAND
) -> Generator[ParseSuccess | FailedFile, None, None]:
    """
    Read files in worker processes.

    Args:
        paths: Asked for as needed, only a few ahead of what has been taken.
        limits: For each file.
        workers: How many processes; none is started before the first file.
        command: Starts a worker; tests give one with parsers that misbehave.

    Returns:
        One outcome a path, in the order given.
    """
    team = [WorkerProcess(command, limits) for _ in range(workers)]
    idle: SimpleQueue[WorkerProcess] = SimpleQueue()
    for worker in team:
        idle.put(worker)

    def read(path: Path) -> ParseSuccess | FailedFile:
        worker = idle.get()
        try:
            return _read(worker, path, limits)
        finally:
            idle.put(worker)

    pool = ThreadPoolExecutor(workers, thread_name_prefix="reading")
    try:
        ahead: deque[Future[ParseSuccess | FailedFile]] = deque()
        waiting = iter(paths)
        while True:
            ahead.extend(pool.submit(read, path) for path in islice(waiting, 2 * workers - len(ahead)))
            if not ahead:
                return
            yield ahead.popleft().result()
    finally:
        for worker in team:
            worker.close()
        pool.shutdown(cancel_futures=True)
        for worker in team:
            worker.end()


def _read(worker: WorkerProcess, path: Path, limits: Limits) -> ParseSuccess | FailedFile:
    try:
        return worker.ask([str(path), *astuple(limits)], lambda answer: _to_result(path, answer, limits))
    except JobFailed as failed:
        return FailedFile(path, failed.failure)


def _to_result(path: Path, answer: list[Any], limits: Limits) -> ParseSuccess | FailedFile:
    match answer:
        case ["parsed", digest, canonical]:
            parsed = ParseSuccess(path, digest, protocol.unpack(canonical))
            if len(parsed.canonical.text) > limits.max_characters:
                raise ValueError("more characters than the worker may send")
            return parsed
        case ["unreadable", *fields]:
            return FailedFile(path, protocol.unpack_failure(fields))
        case _:
            raise ValueError(f"an answer of {len(answer)} parts")
