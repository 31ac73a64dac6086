"""
What is on its way: a few things are made side by side, further ones wait in line.

Whether anyone looks on makes no difference, so a page that is loaded anew or closed ends nothing; only
:meth:`JobQueue.cancel` does.
"""

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Generator, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from qa.chat.fair_queue import FairQueue, Shares

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class JobStatus(Generic[Item]):
    """
    How far something is.

    Args:
        position: Where it stands in line, from 1; 0 while it is being made.
        count: How many items have come.
        latest: The last of them; None if none has.
    """

    position: int = 0
    count: int = 0
    latest: Item | None = None

    @property
    def token(self) -> str:
        """Another one means that something has changed."""
        return f"{self.position}.{self.count}"


class JobQueue(Generic[Item]):
    """
    Makes things in threads of their own, owners taking turns; from any thread.

    Args:
        shares: How many are made side by side and may wait, of one owner and in all.
    """

    def __init__(self, shares: Shares) -> None:
        self._lock = threading.Lock()
        self._queue: FairQueue[Hashable] = FairQueue(shares)
        self._max_abandoned_each = shares.max_running_each
        self._abandoned: Counter[Hashable] = Counter()
        self._abandoned_keys: dict[Hashable, bool] = {}
        """What was given up while it was made and goes on: whether its place is free already."""
        self._owners: dict[Hashable, Hashable] = {}
        self._items: dict[Hashable, Generator[Item, None, None]] = {}
        """Of what waits."""
        self._running: dict[Hashable, JobStatus[Item]] = {}

    def submit(self, key: Hashable, items: Generator[Item, None, None], owner: Hashable = "") -> bool:
        """Whether there was room for it; *key* is one that never was in line."""
        with self._lock:
            if not self._queue.add(owner, key):
                return False
            self._owners[key] = owner
            self._items[key] = items
            self._start()
            return True

    def waiting(self, owner: Hashable) -> int:
        """How many things of that owner wait."""
        with self._lock:
            return self._queue.waiting(owner)

    def cancel(self, key: Hashable) -> JobStatus[Item] | None:
        """
        Give up what isn't wanted any more, and its place; how far it was, None if it wasn't there.

        What is being made goes on to its next item, and no further.
        """
        with self._lock:
            left = self._status(key)
            if left is None:
                return None
            if self._queue.remove(key):
                del self._items[key], self._owners[key]
            else:
                del self._running[key]
                self._abandon(key, self._owners[key])
            self._start()
            return left

    def status(self, key: Hashable) -> JobStatus[Item] | None:
        """How far it is; None once it has come to its end."""
        with self._lock:
            return self._status(key)

    def __len__(self) -> int:
        """How many are made or wait."""
        with self._lock:
            return len(self._queue)

    def _status(self, key: Hashable) -> JobStatus[Item] | None:
        place = self._queue.places().get(key)
        return self._running.get(key) if place is None else JobStatus(place)

    def _start(self) -> None:
        """As many as there is room for; with the lock held."""
        while (key := self._queue.start()) is not None:
            self._running[key] = JobStatus()
            items = self._items.pop(key)
            threading.Thread(target=self._run, args=(key, items), name="answering", daemon=True).start()

    def _run(self, key: Hashable, items: Generator[Item, None, None]) -> None:
        try:
            with contextlib.closing(items):
                for made, item in enumerate(items, start=1):
                    if not self._update(key, JobStatus(0, made, item)):
                        return
        except Exception:  # a mistake in the program costs this one thing
            logging.getLogger(__name__).exception("this job didn't finish")
        finally:
            self._end(key)

    def _abandon(self, key: Hashable, owner: Hashable) -> None:
        """Free a place at once; where an owner gives up many, only when they have come to an end."""
        is_free = self._abandoned[owner] < self._max_abandoned_each
        self._abandoned_keys[key] = is_free
        self._abandoned[owner] += is_free
        if is_free:
            self._queue.finish(owner)

    def _end(self, key: Hashable) -> None:
        with self._lock:
            owner = self._owners.pop(key)
            self._running.pop(key, None)
            if self._abandoned_keys.pop(key, False):
                self._abandoned[owner] -= 1
                if not self._abandoned[owner]:
                    del self._abandoned[owner]
            else:
                self._queue.finish(owner)
            self._start()

    def _update(self, key: Hashable, status: JobStatus[Item]) -> bool:
        """Whether it is wanted still."""
        with self._lock:
            wanted = key in self._running
            if wanted:
                self._running[key] = status
            return wanted
