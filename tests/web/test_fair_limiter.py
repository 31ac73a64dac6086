"""Slow functions in separate threads."""

import asyncio
import threading

import pytest

from qa.chat.fair_queue import Shares
from qa.web.fair_limiter import FairLimiter, TooManyWaitingError

ONE = Shares(max_running=1, max_running_each=1, max_waiting=2, max_waiting_each=1)


class SlowFunction:
    """A function that returns when it is told to."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def __call__(self) -> str:
        assert self.released.wait(30)
        return threading.current_thread().name


def start(limiter: FairLimiter, owner: str, slow: SlowFunction) -> "asyncio.Task[str]":
    return asyncio.get_running_loop().create_task(limiter.run(owner, slow))


def test_function_runs_in_a_named_thread():
    """Its result or exception is passed on, and the next function still runs."""

    def fail() -> None:
        raise LookupError("gone")

    async def run() -> str:
        limiter = FairLimiter("rendering", ONE)
        with pytest.raises(LookupError, match="gone"):
            await limiter.run("ann", fail)
        return await limiter.run("ann", lambda: threading.current_thread().name)

    assert asyncio.run(run()).startswith("rendering")


def test_oldest_of_an_owner_is_dropped():
    """Each owner has one place; when both are taken, a third owner is refused."""

    async def run() -> list[object]:
        limiter, slow = FairLimiter("slow", ONE), SlowFunction()
        tasks = [start(limiter, owner, slow) for owner in ("ann", "ann", "ann", "bob", "eve")]
        while not all(tasks[number].done() for number in (1, 4)):
            await asyncio.sleep(0)
        slow.released.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(run())
    assert [type(outcome) for outcome in outcomes] == [
        str,
        TooManyWaitingError,
        str,
        str,
        TooManyWaitingError,
    ]


def test_cancelled_task_leaves_its_place():
    """While it waits, and at the moment when it may start."""

    async def run() -> str:
        limiter, slow = FairLimiter("slow", ONE), SlowFunction()
        first, second = start(limiter, "ann", slow), start(limiter, "bob", slow)
        await asyncio.sleep(0)
        second.cancel()
        slow.released.set()
        await first
        third = start(limiter, "bob", slow)
        await asyncio.sleep(0)  # its turn has come, and it doesn't know yet
        third.cancel()
        await asyncio.gather(second, third, return_exceptions=True)
        return await limiter.run("eve", slow)

    assert asyncio.run(run()).startswith("slow")
