"""Jobs that run, wait and are cancelled."""

import threading
from collections.abc import Generator

from qa.chat.fair_queue import Shares
from qa.chat.job_queue import JobQueue, JobStatus


class Step:
    """A job of two items, each produced when it is released; *gone* is set when it has ended."""

    def __init__(self) -> None:
        self.begun, self.gone = threading.Event(), threading.Event()
        self._let_go = threading.Semaphore(0)

    def items(self) -> Generator[int, None, None]:
        self.begun.set()
        try:
            for number in (1, 2):
                self._let_go.acquire(timeout=10)
                yield number
        finally:
            self.gone.set()

    def on(self, steps: int = 1) -> None:
        self._let_go.release(steps)


def line_of(at_once: int, most: int) -> JobQueue[int]:
    """A line that belongs to one owner."""
    return JobQueue(Shares(at_once, at_once, most, most))


def has_status(line: JobQueue[int], key: str, expected: JobStatus[int] | None) -> bool:
    """Return whether the job gets this status; released items take a moment."""
    going = True
    while line.status(key) != expected and going:
        going = any(thread.name == "answering" for thread in threading.enumerate())
    return line.status(key) == expected


def test_a_job_runs_without_being_watched():
    """Each item changes the status and its token; a finished job has no status."""
    line, step = line_of(1, 1), Step()
    line.submit("a", step.items())
    assert has_status(line, "a", JobStatus())
    step.on()
    assert has_status(line, "a", JobStatus(0, 1, 1))
    step.on(2)

    assert has_status(line, "a", None)
    assert step.gone.is_set()
    assert len({JobStatus(place, made).token for place in (0, 1) for made in (0, 1)}) == 4


def test_waiting_jobs_move_up_in_order():
    """Each has a position from 1; a job is refused when the queue is full."""
    line, steps = line_of(1, 2), {key: Step() for key in "abcd"}
    taken = [line.submit(key, step.items()) for key, step in steps.items()]
    places = [line.status(key) for key in steps]
    steps["a"].on(2)

    assert taken == [True, True, True, False]
    assert places == [JobStatus(), JobStatus(1), JobStatus(2), None]
    assert steps["b"].begun.wait(10)
    assert line.status("c") == JobStatus(1)
    assert not steps["c"].begun.is_set()


def test_who_leaves_the_line_is_never_begun():
    """And those behind move up."""
    line, steps = line_of(1, 9), {key: Step() for key in "abc"}
    for key, step in steps.items():
        line.submit(key, step.items())
    left = line.cancel("b")
    steps["a"].on(2)

    assert left == JobStatus(1)
    assert line.cancel("b") is None
    assert steps["c"].begun.wait(10)
    assert not steps["b"].begun.is_set()


def test_a_cancelled_job_stops_and_frees_its_place():
    """The next job starts at once, though the cancelled one still waits for its item."""
    line, steps = line_of(1, 9), {key: Step() for key in "ab"}
    for key, step in steps.items():
        line.submit(key, step.items())
    steps["a"].begun.wait(10)
    line.cancel("a")
    assert steps["b"].begun.wait(10)
    assert not steps["a"].gone.is_set()
    steps["a"].on()

    assert steps["a"].gone.wait(10)
    assert line.status("a") is None
    assert line.status("b") == JobStatus()


def test_a_mistake_costs_one_thing(caplog):
    """It is logged, and the next one is made."""

    def failing() -> Generator[int, None, None]:
        yield 1
        raise LookupError("gone")

    line, step = line_of(1, 9), Step()
    line.submit("a", failing())
    line.submit("b", step.items())

    assert step.begun.wait(10)
    assert line.status("a") is None
    assert "LookupError: gone" in caplog.text


def test_owners_take_turns():
    """A new owner with one job waits for running jobs only."""
    line, steps = JobQueue[int](Shares(2, 2, 99, 99)), {key: Step() for key in ("a1", "a2", "a3", "a4", "b1")}
    for key, step in steps.items():
        line.submit(key, step.items(), owner=key[0])
    places = {key: line.status(key) for key in ("b1", "a3", "a4")}
    steps["a2"].on(2)

    assert {"b1": JobStatus(1), "a3": JobStatus(2), "a4": JobStatus(3)} == places
    assert steps["b1"].begun.wait(10)
    assert not steps["a3"].begun.is_set()


def test_an_owner_has_no_more_than_its_share():
    """The share limits both running and waiting jobs."""
    line, steps = JobQueue[int](Shares(3, 2, 9, 1)), {key: Step() for key in ("a1", "a2", "a3", "a4", "b1")}
    taken = {key: line.submit(key, step.items(), owner=key[0]) for key, step in steps.items()}

    assert {"a1": True, "a2": True, "a3": True, "a4": False, "b1": True} == taken
    assert line.waiting("a") == 1
    assert steps["b1"].begun.wait(10)
    assert line.status("a3") == JobStatus(1)


def test_repeated_cancelling_does_not_add_threads():
    """A cancelled job frees its place at once; a further one only when it has ended."""
    line, steps = line_of(1, 9), {key: Step() for key in "abc"}
    for key, step in steps.items():
        line.submit(key, step.items())
    assert steps["a"].begun.wait(10)
    line.cancel("a")
    assert steps["b"].begun.wait(10)
    line.cancel("b")
    assert line.status("c") == JobStatus(1)
    steps["b"].on()

    assert steps["c"].begun.wait(10)
    assert not steps["a"].gone.is_set()
    steps["a"].on()
    assert steps["a"].gone.wait(10)
