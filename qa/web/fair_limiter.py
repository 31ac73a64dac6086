"""Runs slow functions in separate threads, so that they don't use up those of all other requests."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from qa.chat.fair_queue import FairQueue, Shares

Result = TypeVar("Result")


class TooManyWaitingError(Exception):
    """The queue is full."""


class FairLimiter:
    """
    Runs a limited number of functions at once, with a fair queue between owners; for one event loop.

    If an owner has too many waiting, the one that has waited longest is dropped: the newest is probably the
    one whose result the owner still needs.

    Args:
        name: Prefix of the names of its threads.
        shares: How many functions may run and wait.
    """

    def __init__(self, name: str, shares: Shares) -> None:
        self._queue: FairQueue[_Waiter] = FairQueue(shares)
        self._threads = ThreadPoolExecutor(shares.max_running, thread_name_prefix=name)

    def count_waiting(self, owner: Hashable) -> int:
        """Return how many functions of an owner are waiting."""
        return self._queue.count_waiting(owner)

    async def run(self, owner: Hashable, function: Callable[[], Result]) -> Result:
        """
        Wait for the owner's turn, run a function in a thread, and return its result.

        Raises:
            TooManyWaitingError: If too many are waiting, or this one was dropped for a newer one.
        """
        await self._wait_for_turn(owner)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function)
        finally:
            self._finish(owner)

    async def _wait_for_turn(self, owner: Hashable) -> None:
        waiter = _Waiter(owner, asyncio.get_running_loop().create_future())
        if not self._queue.add(owner, waiter) and not self._replace_oldest(waiter):
            raise TooManyWaitingError
        self._start_waiting()
        try:
            await waiter.start
        except asyncio.CancelledError:
            if not self._queue.remove(waiter) and waiter.has_started():
                self._finish(owner)
            raise

    def _replace_oldest(self, waiter: "_Waiter") -> bool:
        oldest = self._queue.oldest(waiter.owner)
        if oldest is None:
            return False
        self._queue.remove(oldest)
        if not oldest.start.done():
            oldest.start.set_exception(TooManyWaitingError())
        return self._queue.add(waiter.owner, waiter)

    def _finish(self, owner: Hashable) -> None:
        self._queue.finish(owner)
        self._start_waiting()

    def _start_waiting(self) -> None:
        """Start as many of the waiting functions as may run."""
        while (waiter := self._queue.start()) is not None:
            if waiter.start.cancelled():
                self._queue.finish(waiter.owner)
            else:
                waiter.start.set_result(None)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    """
    A function in the queue.

    Args:
        owner: Its owner.
        start: Done when the function may start; an exception if it was dropped.
    """

    owner: Hashable
    start: asyncio.Future[None]

    def has_started(self) -> bool:
        """Return whether it may start, and was neither cancelled nor dropped."""
        return self.start.done() and not self.start.cancelled() and self.start.exception() is None
