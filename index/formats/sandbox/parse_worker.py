"""
The process that parses files for its parent: ``python -P -m index.formats.sandbox.parse_worker``.

It reads one path at a time from its input and writes the result to its output, under limits on memory and
time that the kernel enforces. It may hang, crash or run out of memory; then its parent starts another one.
"""

import hashlib
import math
import os
import queue
import resource
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.errors import UnreadableFile
from index.formats.parsing import parse_bytes, read_bytes
from index.formats.sandbox import protocol
from index.formats.types import Limits
from index.text.canonical import CanonicalText

Parse = Callable[[bytes, str, Limits], CanonicalText]
Answer = Callable[[list[Any]], list[Any]]
"""From a job to its answer; both consist of JSON values."""


def serve(parse: Parse = parse_bytes) -> None:
    """
    Parse files; a job is a path with limits.

    An answer is ``["parsed", digest, canonical]`` or ``["unreadable", code, detail, limit]``.
    """

    def answer(job: list[Any]) -> list[Any]:
        path, *numbers = job
        return _parse_job(Path(path), Limits(*numbers), parse)

    serve_jobs(answer, lambda job: Limits(*job[1:]))


def serve_jobs(answer: Answer, limits_of: Callable[[list[Any]], Limits]) -> None:
    """
    Send ``"ready"``, then answer one job after the other until the parent closes the pipe or dies.

    Each answer is followed by whether the process should be replaced because it has grown large. An answer
    that ran out of memory is ``["memory"]``.

    Args:
        answer: Answers a job.
        limits_of: Returns the limits of a job.
    """
    jobs, answers = _private_pipes()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    received: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_receive_jobs, args=(jobs, received), daemon=True).start()
    protocol.write(answers, protocol.encode("ready"))
    while True:
        job = received.get()
        protocol.write(answers, _run_job(job, limits_of(job), answer))


def _private_pipes() -> tuple[int, int]:
    """Move the pipes to the parent out of reach of parsers that print or read standard input."""
    jobs, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return jobs, answers


def _receive_jobs(jobs: int, received: "queue.SimpleQueue[Any]") -> None:
    """Put jobs into a queue, and end the process with its parent even while a parser hangs."""
    while True:
        try:
            received.put(protocol.read(jobs))
        except EOFError:
            os._exit(0)


def _apply_limits(limits: Limits) -> None:
    """Set the kernel's limits on memory and, in case the parent has died, on processor time."""
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    used = resource.getrusage(resource.RUSAGE_SELF)
    # One thread works at a time, so that processor time never passes faster than the parent's clock.
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + limits.seconds) + 2)


def _lower(kind: int, value: int) -> None:
    """Set a soft limit, which may not exceed the hard one."""
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _run_job(job: list[Any], limits: Limits, answer: Answer) -> bytes:
    _apply_limits(limits)
    try:
        return protocol.encode([*answer(job), _is_large(limits)])
    except MemoryError:
        return protocol.encode(["memory"])


def _parse_job(path: Path, limits: Limits, parse: Parse) -> list[Any]:
    try:
        data = read_bytes(path, limits)
        packed = protocol.pack(parse(data, path.suffix, limits))
        return ["parsed", hashlib.sha256(data).hexdigest(), packed]
    except UnreadableFile as error:
        return ["unreadable", *protocol.pack_failure(error.failure)]


def _is_large(limits: Limits) -> bool:
    """Return whether the process uses three quarters of its memory limit; its libraries take up to a half."""
    # Not the peak of getrusage, which a process inherits from its parent.
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # not Linux
        return False
    return pages * resource.getpagesize() > 0.75 * limits.memory_bytes


if __name__ == "__main__":
    serve()
