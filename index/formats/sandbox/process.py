"""
A process that reads hostile files, and may hang, crash or use up its memory without harm to this one.

It answers one job after the other, each a list. An answer is a list whose last entry tells whether the
process should be replaced, or ``["memory"]``.
"""

import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO, Any, TypeVar

from index.errors import FootnoteError
from index.failures import FailureCode, ParseFailure
from index.formats.sandbox import protocol
from index.formats.types import MB, Limits

START_SECONDS = 60

Outcome = TypeVar("Outcome")


class JobFailed(Exception):
    """
    A job made its process fail.

    Args:
        code: What happened.
        detail: As in :class:`~index.failures.ParseFailure`.
        limit: Likewise.
        may_be_process: Whether the process may be at fault instead of the job.
    """

    def __init__(
        self, code: FailureCode, detail: str = "", limit: float | None = None, *, may_be_process: bool = False
    ) -> None:
        self.failure = ParseFailure(code, detail, limit)
        self.may_be_process = may_be_process
        super().__init__(str(self.failure))


class WorkerProcess:
    """
    One process at a time, started when needed and replaced when it fails or has grown large.

    Args:
        command: Command that starts the process.
        limits: Limits on each job; the process enforces those on memory and processor time.
    """

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._command = command
        self._limits = limits
        self._lock = threading.Lock()  # no process is started after close()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None

    def ask(
        self, job: list[Any], read: Callable[[list[Any]], Outcome], limits: Limits | None = None
    ) -> Outcome:
        """
        Send a job and return what *read* makes of its answer.

        A job that fails in a used process is tried again in a new one: an earlier job may be the cause.

        Args:
            job: JSON values.
            read: Interprets the answer; raises LookupError, TypeError or ValueError for a malformed one.
            limits: Limits on this job; None for those of the process.

        Raises:
            JobFailed: If the job makes the process fail.
            FootnoteError: If the process doesn't start.
        """
        limits = limits or self._limits
        was_fresh = self._process is None
        try:
            return self._attempt(job, read, limits)
        except JobFailed as failed:
            if was_fresh or not failed.may_be_process:
                raise
        return self._attempt(job, read, limits)

    def _attempt(self, job: list[Any], read: Callable[[list[Any]], Outcome], limits: Limits) -> Outcome:
        process = self._process or self.start()
        try:
            match self._exchange(process, job, limits):
                case [*answer, bool(is_large)]:
                    outcome = _interpret(answer, read)
                case _:
                    limit = limits.memory_bytes
                    detail = f"more than {limit / (1000 * MB):.1f} GB"
                    raise JobFailed(FailureCode.MEMORY, detail, limit, may_be_process=True)
        except BaseException:
            self.end()
            raise
        if is_large:
            self.end()
        return outcome

    def _exchange(self, process: subprocess.Popen[bytes], job: list[Any], limits: Limits) -> Any:
        deadline = time.monotonic() + limits.seconds
        try:
            protocol.write(_descriptor(process.stdin), protocol.encode(job))
            return protocol.read(_descriptor(process.stdout), deadline, limits.memory_bytes)
        except protocol.DeadlineExceeded:
            raise _timed_out(limits) from None
        except (EOFError, BrokenPipeError):
            if process.wait() == -signal.SIGXCPU:  # the limit on processor time
                raise _timed_out(limits) from None
            raise JobFailed(FailureCode.CRASHED, may_be_process=True) from None

    def start(self) -> subprocess.Popen[bytes]:
        """
        Start the process and wait until it is ready.

        Raises:
            JobFailed: If this was closed.
            FootnoteError: If it doesn't start.
        """
        with self._lock:
            if self._closed:
                raise JobFailed(FailureCode.STOPPED)
            # In a session of its own, so that Ctrl+C reaches only this process.
            process = self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            protocol.read(_descriptor(process.stdout), time.monotonic() + START_SECONDS)
        except (EOFError, protocol.DeadlineExceeded):
            self.end()
            if self._closed:
                raise JobFailed(FailureCode.STOPPED) from None
            raise FootnoteError(
                f"The process that reads files doesn't start: {shlex.join(self._command)}"
            ) from None
        return process

    def close(self) -> None:
        """Kill the process and start no other one; calls that wait for it raise JobFailed."""
        with self._lock:
            self._closed = True
            if self._process:
                self._process.kill()

    def end(self) -> None:
        """Kill the process, if one is running, and wait for its end."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
        self._process = None


def _timed_out(limits: Limits) -> JobFailed:
    return JobFailed(FailureCode.TIMEOUT, f"more than {limits.seconds:g} s", limits.seconds)


def _interpret(answer: list[Any], read: Callable[[list[Any]], Outcome]) -> Outcome:
    """Return what *read* makes of an answer, which is trusted no more than the files."""
    try:
        return read(answer)
    except (LookupError, TypeError, ValueError):
        raise JobFailed(FailureCode.CRASHED, may_be_process=True) from None


def _descriptor(pipe: IO[bytes] | None) -> int:
    assert pipe is not None  # noqa: S101 (every worker is started with both pipes)
    return pipe.fileno()
