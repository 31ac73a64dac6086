"""
The process that reads files for another: ``python -P -m index.formats.sandbox.parse_worker``.

It takes one path at a time from its input and answers on its output, under limits of memory and time that the
kernel keeps. It may hang, crash or run out of memory; its parent starts another.
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
"""A job to its answer, both of what JSON holds."""


def serve(parse: Parse = parse_bytes) -> None:
    """
    Answer jobs, each a path and its limits.

    An answer is ``["parsed", digest, canonical]`` or ``["unreadable", code, detail, limit]``.
    """

    def answer(job: list[Any]) -> list[Any]:
        path, *numbers = job
        return _parse_job(Path(path), Limits(*numbers), parse)

    serve_jobs(answer, lambda job: Limits(*job[1:]))


def serve_jobs(answer: Answer, limits_of: Callable[[list[Any]], Limits]) -> None:
    """
    Say ``"ready"``, then answer one job after the other until the parent closes the pipe or dies.

    To each answer it adds whether it wants to be replaced since it has grown large; where memory was too
    short for one it is ``["memory"]``.
    """
    jobs, answers = _private_pipes()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_receive_jobs, args=(jobs, waiting), daemon=True).start()
    protocol.write(answers, protocol.encode("ready"))
    while True:
        job = waiting.get()
        protocol.write(answers, _run_job(job, limits_of(job), answer))


def _private_pipes() -> tuple[int, int]:
    """The pipes to the parent, out of reach of a parser that prints or reads from its standard input."""
    jobs, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return jobs, answers


def _receive_jobs(jobs: int, waiting: "queue.SimpleQueue[Any]") -> None:
    """Pass jobs on, and end the process with its parent even while a parser hangs."""
    while True:
        try:
            waiting.put(protocol.read(jobs))
        except EOFError:
            os._exit(0)


def _restrain(limits: Limits) -> None:
    """Limits by the kernel: of memory, and of processor time in case no parent is left to look at a clock."""
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    used = resource.getrusage(resource.RUSAGE_SELF)
    # One thread works at a time, so that processor time runs no faster than the clock the parent looks at.
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + limits.seconds) + 2)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _run_job(job: list[Any], limits: Limits, answer: Answer) -> bytes:
    _restrain(limits)
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
    """Whether half of the memory is gone for good; the peak can't tell, it is inherited from the parent."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # not Linux
        return False
    return pages * resource.getpagesize() > limits.memory_bytes / 2


if __name__ == "__main__":
    serve()
