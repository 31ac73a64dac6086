"""
Files read in other processes, so that one that hangs, crashes or eats memory takes down only itself.

The processes run :mod:`index.formats.worker`, are started when first needed, and end with the iterator they
serve: on its last file, when it is closed, on Ctrl-C; and by themselves when this process dies.
"""

import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from index.errors import FootnoteError
from index.formats import frames
from index.formats.records import MB, Limits, Parsed, Unreadable

COMMAND = (sys.executable, "-P", "-m", "index.formats.worker")
"""``-P``: the current folder may hold a hostile ``email.py``."""

SECONDS_TO_START = 60


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
    team = [_Worker(command, limits) for _ in range(workers)]
    idle: SimpleQueue[_Worker] = SimpleQueue()
    for worker in team:
        idle.put(worker)

    def read(path: Path) -> Parsed | Unreadable:
        worker = idle.get()
        try:
            return worker.read(path)
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


class _FailedError(Exception):
    """A file took its process down; the message is the reason."""

    def __init__(self, reason: str, *, may_be_the_process: bool) -> None:
        super().__init__(reason)
        self.may_be_the_process = may_be_the_process


class _Worker:
    """One process at a time, started when needed and replaced when it fails or has grown large."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._command = command
        self._limits = limits
        self._lock = threading.Lock()  # so that none is started once closed
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path) -> Parsed | Unreadable:
        """The outcome of one file; one that fails in a used process is tried again in a fresh one."""
        was_fresh = self._process is None
        try:
            return self._attempt(path)
        except _FailedError as failed:
            if was_fresh or not failed.may_be_the_process:
                return Unreadable(path, str(failed))
        try:
            return self._attempt(path)
        except _FailedError as failed:
            return Unreadable(path, str(failed))

    def _attempt(self, path: Path) -> Parsed | Unreadable:
        process = self._process or self._start()
        try:
            match self._asked(process, path):
                case ["parsed", digest, canonical, leaving]:
                    outcome: Parsed | Unreadable = Parsed(path, digest, frames.unpack(canonical))
                case ["unreadable", reason, leaving]:
                    outcome = Unreadable(path, reason)
                case _:
                    gigabytes = self._limits.memory_bytes / (1000 * MB)
                    raise _FailedError(
                        f"needed more than {gigabytes:.1f} GB of memory", may_be_the_process=True
                    )
        except BaseException:
            self.end()
            raise
        if leaving:
            self.end()
        return outcome

    def _asked(self, process: subprocess.Popen[bytes], path: Path) -> Any:
        deadline = time.monotonic() + self._limits.seconds
        try:
            frames.write(_descriptor(process.stdin), frames.encode([str(path), *astuple(self._limits)]))
            return frames.read(_descriptor(process.stdout), deadline, self._limits.memory_bytes)
        except frames.TimeUpError:
            raise _FailedError(self._too_slow(), may_be_the_process=False) from None
        except (EOFError, BrokenPipeError):
            if process.wait() == -signal.SIGXCPU:
                raise _FailedError(self._too_slow(), may_be_the_process=False) from None
            raise _FailedError("crashed the parser", may_be_the_process=True) from None

    def _too_slow(self) -> str:
        return f"took longer than {self._limits.seconds:g} s"

    def _start(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise _FailedError("was not read: reading has ended", may_be_the_process=False)
            # A session of its own: Ctrl-C is this process's to handle.
            process = self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            frames.read(_descriptor(process.stdout), time.monotonic() + SECONDS_TO_START)
        except (EOFError, frames.TimeUpError):
            self.end()
            if self._closed:
                raise _FailedError("was not read: reading has ended", may_be_the_process=False) from None
            raise FootnoteError(
                f"the process that reads files doesn't start: {shlex.join(self._command)}"
            ) from None
        return process

    def close(self) -> None:
        """Kill the process, whatever it is doing, and start no other; whoever waits for it is let go."""
        with self._lock:
            self._closed = True
            if self._process:
                self._process.kill()

    def end(self) -> None:
        """Kill the process, if there is one, and wait for its end."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
        self._process = None


def _descriptor(pipe: IO[bytes] | None) -> int:
    assert pipe is not None  # noqa: S101 (every worker is started with both pipes)
    return pipe.fileno()
