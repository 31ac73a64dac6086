"""
Files read in other processes, so that one that hangs, crashes or eats memory takes down only itself.

The processes run :mod:`index.formats.worker`, are started when first needed, and end with the iterator they
serve: on its last file, when it is closed, on Ctrl-C; and by themselves when this process dies.
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

from index.formats import frames
from index.formats.process import FailedError, Worker
from index.formats.records import Limits, Parsed, Unreadable

COMMAND = (sys.executable, "-P", "-m", "index.formats.worker")
"""``-P``: the current folder may hold a hostile ``email.py``."""


def read_files(
    paths: Iterable[Path], limits: Limits, workers: int = 2, *, command: Sequence[str] = COMMAND
) -> Generator[Parsed | Unreadable, None, None]:
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
    team = [Worker(command, limits) for _ in range(workers)]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for worker in team:
        idle.put(worker)

    def read(path: Path) -> Parsed | Unreadable:
        worker = idle.get()
        try:
            return _read(worker, path, limits)
        finally:
            idle.put(worker)

    pool = ThreadPoolExecutor(workers, thread_name_prefix="reading")
    try:
        ahead: deque[Future[Parsed | Unreadable]] = deque()
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


def _read(worker: Worker, path: Path, limits: Limits) -> Parsed | Unreadable:
    try:
        return worker.ask([str(path), *astuple(limits)], lambda answer: _outcome(path, answer, limits))
    except FailedError as failed:
        return Unreadable(path, str(failed))


def _outcome(path: Path, answer: list[Any], limits: Limits) -> Parsed | Unreadable:
    match answer:
        case ["parsed", digest, canonical]:
            parsed = Parsed(path, digest, frames.unpack(canonical))
            if len(parsed.canonical.text) > limits.max_characters:
                raise ValueError("more characters than the worker may send")
            return parsed
        case [_, reason]:
            return Unreadable(path, reason)
        case _:
            raise ValueError(f"an answer of {len(answer)} parts")
