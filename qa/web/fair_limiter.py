"""Slow functions in threads of their own, so that they don't use up the threads of everything else."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from qa.chat.fair_queue import FairQueue, Shares

Result = TypeVar("Result")


class TooManyWaitingError(Exception):
    """There is no room for another one that waits."""


class FairLimiter:
    """
    Runs a few functions at once, owners taking turns; for one event loop.

    Where an owner's share is used up, the one of theirs that has waited longest gives way: the newest is what
    they look at, and who asked for the others may be gone.

    Args:
        name: Of its threads.
        shares: How many run and wait.
    """

    def __init__(self, name: str, shares: Shares) -> None:
        self._queue: FairQueue[_Turn] = FairQueue(shares)
        self._threads = ThreadPoolExecutor(shares.max_running, thread_name_prefix=name)

    def waiting(self, owner: Hashable) -> int:
        """Return how many functions of that owner wait."""
        return self._queue.waiting(owner)

    async def run(self, owner: Hashable, function: Callable[[], Result]) -> Result:
        """
        Wait for the owner's turn, then return what the function returns.

        Raises:
            TooManyWaitingError: If too many wait already.
        """
        await self._wait_for_turn(owner)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function)
        finally:
            self._finish(owner)

    async def _wait_for_turn(self, owner: Hashable) -> None:
        turn = _Turn(owner, asyncio.get_running_loop().create_future())
        if not self._queue.add(owner, turn) and not self._replace_oldest(turn):
            raise TooManyWaitingError
        self._start()
        try:
            await turn.come
        except asyncio.CancelledError:
            if not self._queue.remove(turn) and turn.has_come():
                self._finish(owner)
            raise

    def _replace_oldest(self, turn: "_Turn") -> bool:
        oldest = self._queue.oldest(turn.owner)
        if oldest is None:
            return False
        self._queue.remove(oldest)
        if not oldest.come.done():
            oldest.come.set_exception(TooManyWaitingError())
        return self._queue.add(turn.owner, turn)

    def _finish(self, owner: Hashable) -> None:
        self._queue.finish(owner)
        self._start()

    def _start(self) -> None:
        while (turn := self._queue.start()) is not None:
            if turn.come.cancelled():
                self._queue.finish(turn.owner)
            else:
                turn.come.set_result(None)


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """Whose turn it is to come, and whether it has."""

    owner: Hashable
    come: asyncio.Future[None]

    def has_come(self) -> bool:
        """Return whether it was neither cancelled nor given to another function of the owner."""
        return self.come.done() and not self.come.cancelled() and self.come.exception() is None
