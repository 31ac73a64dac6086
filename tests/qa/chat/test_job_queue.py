"""Jobs that run, wait and are cancelled."""

import threading
from collections.abc import Generator

from qa.chat.fair_queue import Shares
from qa.chat.job_queue import JobQueue, JobStatus


class Step:
    """A job of two items, each produced when it is released; *ended* is set when it has ended."""

    def __init__(self) -> None:
        self.started, self.ended = threading.Event(), threading.Event()
        self._permits = threading.Semaphore(0)

    def items(self) -> Generator[int, None, None]:
        self.started.set()
        try:
            for number in (1, 2):
                self._permits.acquire(timeout=10)
                yield number
        finally:
            self.ended.set()

    def release(self, steps: int = 1) -> None:
        self._permits.release(steps)


def queue_of(max_running: int, max_waiting: int) -> JobQueue[int]:
    """Return a queue with these limits for one owner."""
    return JobQueue(Shares(max_running, max_running, max_waiting, max_waiting))


def has_status(queue: JobQueue[int], key: str, expected: JobStatus[int] | None) -> bool:
    """Return whether the job gets this status; released items take a moment."""
    running = True
    while queue.status(key) != expected and running:
        running = any(thread.name == "answering" for thread in threading.enumerate())
    return queue.status(key) == expected


def test_a_job_runs_to_its_end():
    """Each item changes the status and its version; a finished job has no status."""
    queue, step = queue_of(1, 1), Step()
    queue.submit("a", step.items())
    assert has_status(queue, "a", JobStatus())
    step.release()
    assert has_status(queue, "a", JobStatus(0, 1, 1))
    step.release(2)

    assert has_status(queue, "a", None)
    assert step.ended.is_set()
    assert len({JobStatus(position, count).version for position in (0, 1) for count in (0, 1)}) == 4


def test_waiting_jobs_move_up_in_order():
    """Each has a position from 1; a job is refused when the queue is full."""
    queue, steps = queue_of(1, 2), {key: Step() for key in "abcd"}
    added = [queue.submit(key, step.items()) for key, step in steps.items()]
    statuses = [queue.status(key) for key in steps]
    steps["a"].release(2)

    assert added == [True, True, True, False]
    assert statuses == [JobStatus(), JobStatus(1), JobStatus(2), None]
    assert steps["b"].started.wait(10)
    assert queue.status("c") == JobStatus(1)
    assert not steps["c"].started.is_set()


def test_a_job_cancelled_in_the_queue_never_starts():
    """The jobs behind it move up."""
    queue, steps = queue_of(1, 9), {key: Step() for key in "abc"}
    for key, step in steps.items():
        queue.submit(key, step.items())
    cancelled = queue.cancel("b")
    steps["a"].release(2)

    assert cancelled == JobStatus(1)
    assert queue.cancel("b") is None
    assert steps["c"].started.wait(10)
    assert not steps["b"].started.is_set()


def test_a_cancelled_job_stops_and_frees_its_slot():
    """The next job starts at once, though the cancelled one still waits for its item."""
    queue, steps = queue_of(1, 9), {key: Step() for key in "ab"}
    for key, step in steps.items():
        queue.submit(key, step.items())
    steps["a"].started.wait(10)
    queue.cancel("a")
    assert steps["b"].started.wait(10)
    assert not steps["a"].ended.is_set()
    steps["a"].release()

    assert steps["a"].ended.wait(10)
    assert queue.status("a") is None
    assert queue.status("b") == JobStatus()


def test_an_exception_ends_only_its_job(caplog):
    """The exception is logged, and the next job starts."""

    def failing() -> Generator[int, None, None]:
        yield 1
        raise LookupError("gone")

    queue, step = queue_of(1, 9), Step()
    queue.submit("a", failing())
    queue.submit("b", step.items())

    assert step.started.wait(10)
    assert queue.status("a") is None
    assert "LookupError: gone" in caplog.text


def test_owners_take_turns():
    """A new owner with one job waits for running jobs only."""
    queue, steps = (
        JobQueue[int](Shares(2, 2, 99, 99)),
        {key: Step() for key in ("a1", "a2", "a3", "a4", "b1")},
    )
    for key, step in steps.items():
        queue.submit(key, step.items(), owner=key[0])
    statuses = {key: queue.status(key) for key in ("b1", "a3", "a4")}
    steps["a2"].release(2)

    assert {"b1": JobStatus(1), "a3": JobStatus(2), "a4": JobStatus(3)} == statuses
    assert steps["b1"].started.wait(10)
    assert not steps["a3"].started.is_set()


def test_an_owner_has_no_more_than_its_share():
    """The share limits both running and waiting jobs."""
    queue, steps = JobQueue[int](Shares(3, 2, 9, 1)), {key: Step() for key in ("a1", "a2", "a3", "a4", "b1")}
    added = {key: queue.submit(key, step.items(), owner=key[0]) for key, step in steps.items()}

    assert {"a1": True, "a2": True, "a3": True, "a4": False, "b1": True} == added
    assert queue.count_waiting("a") == 1
    assert steps["b1"].started.wait(10)
    assert queue.status("a3") == JobStatus(1)


def test_repeated_cancelling_does_not_add_threads():
    """A cancelled job frees its slot at once; a further one only when it has ended."""
    queue, steps = queue_of(1, 9), {key: Step() for key in "abc"}
    for key, step in steps.items():
        queue.submit(key, step.items())
    assert steps["a"].started.wait(10)
    queue.cancel("a")
    assert steps["b"].started.wait(10)
    queue.cancel("b")
    assert queue.status("c") == JobStatus(1)
    steps["b"].release()

    assert steps["c"].started.wait(10)
    assert not steps["a"].ended.is_set()
    steps["a"].release()
    assert steps["a"].ended.wait(10)
