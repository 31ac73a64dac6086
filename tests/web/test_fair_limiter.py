"""Slow functions in threads of their own."""

import asyncio
import threading

import pytest

from qa.chat.fair_queue import Shares
from qa.web.fair_limiter import FairLimiter, TooManyWaitingError

ONE = Shares(max_running=1, max_running_each=1, max_waiting=2, max_waiting_each=1)


class Slow:
    """A function that takes until it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self) -> str:
        assert self.go_on.wait(30)
        return threading.current_thread().name


def begin(limiter: FairLimiter, owner: str, slow: Slow) -> "asyncio.Task[str]":
    return asyncio.get_running_loop().create_task(limiter.run(owner, slow))


def test_a_function_is_run_in_a_thread_of_that_name():
    """What it returns, and what it raises, is passed on; the next one runs nevertheless."""

    def fail() -> None:
        raise LookupError("gone")

    async def run() -> str:
        limiter = FairLimiter("drawing", ONE)
        with pytest.raises(LookupError, match="gone"):
            await limiter.run("ann", fail)
        return await limiter.run("ann", lambda: threading.current_thread().name)

    assert asyncio.run(run()).startswith("drawing")


def test_an_owners_oldest_gives_way_and_a_full_queue_refuses():
    """Each has one place; both are taken when the third owner comes."""

    async def run() -> list[object]:
        limiter, slow = FairLimiter("slow", ONE), Slow()
        tasks = [begin(limiter, owner, slow) for owner in ("ann", "ann", "ann", "bob", "eve")]
        while not all(tasks[number].done() for number in (1, 4)):
            await asyncio.sleep(0)
        slow.go_on.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(run())
    assert [type(outcome) for outcome in outcomes] == [
        str,
        TooManyWaitingError,
        str,
        str,
        TooManyWaitingError,
    ]


def test_who_is_cancelled_leaves_its_place():
    """While it waits, and at the moment when its turn has come."""

    async def run() -> str:
        limiter, slow = FairLimiter("slow", ONE), Slow()
        first, second = begin(limiter, "ann", slow), begin(limiter, "bob", slow)
        await asyncio.sleep(0)
        second.cancel()
        slow.go_on.set()
        await first
        third = begin(limiter, "bob", slow)
        await asyncio.sleep(0)  # its turn has come, and it doesn't know yet
        third.cancel()
        await asyncio.gather(second, third, return_exceptions=True)
        return await limiter.run("eve", slow)

    assert asyncio.run(run()).startswith("slow")
