"""
A bounded job queue: a few jobs run at the same time, the rest wait.

Jobs outlive the page that submitted them; only :meth:`JobQueue.cancel` ends one early.
"""

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Generator, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from qa.chat.fair_queue import FairQueue, Shares

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class JobStatus(Generic[Item]):
    """
    The progress of a job.

    Args:
        position: Its position in the queue, from 1; 0 while it runs.
        count: Number of items it has produced.
        latest: The last item; None before the first.
    """

    position: int = 0
    count: int = 0
    latest: Item | None = None

    @property
    def version(self) -> str:
        """A value that changes with the status, so that a page can tell whether it shows the latest."""
        return f"{self.position}.{self.count}"


class JobQueue(Generic[Item]):
    """
    Runs each job in its own thread, owners taking turns; thread-safe.

    Args:
        shares: How many jobs may run and wait, in total and of one owner.
    """

    def __init__(self, shares: Shares) -> None:
        self._lock = threading.Lock()
        self._queue: FairQueue[Hashable] = FairQueue(shares)
        self._max_freed_each = shares.max_running_each
        self._freed: Counter[Hashable] = Counter()
        """By owner: cancelled jobs whose threads still run, although their slots are free."""
        self._cancelled: dict[Hashable, bool] = {}
        """Cancelled jobs whose threads still run, and whether the slot of each is free."""
        self._owners: dict[Hashable, Hashable] = {}
        self._waiting: dict[Hashable, Generator[Item, None, None]] = {}
        """The generators of the jobs that wait."""
        self._running: dict[Hashable, JobStatus[Item]] = {}
        self._watchers: set[Callable[[], None]] = set()

    @contextlib.contextmanager
    def watching(self, on_change: Callable[[], None]) -> Iterator[None]:
        """Call *on_change* after each change of any job's status; it must be quick and submit no job."""
        with self._lock:
            self._watchers.add(on_change)
        try:
            yield
        finally:
            with self._lock:
                self._watchers.discard(on_change)

    def submit(self, key: Hashable, items: Generator[Item, None, None], owner: Hashable = "") -> bool:
        """
        Add a job, unless the queue or the owner's share of it is full.

        Args:
            key: Identifies the job; never used before.
            items: Produces the job's items.
            owner: Whose job it is.

        Returns:
            Whether it was added.
        """
        with self._lock:
            if not self._queue.add(owner, key):
                return False
            self._owners[key] = owner
            self._waiting[key] = items
            self._start()
            self._notify()
            return True

    def count_waiting(self, owner: Hashable) -> int:
        """Return how many jobs of the owner wait."""
        with self._lock:
            return self._queue.count_waiting(owner)

    def cancel(self, key: Hashable) -> JobStatus[Item] | None:
        """
        Cancel a job and return its last status; None if it has ended.

        A running job stops at its next item.
        """
        with self._lock:
            status = self._status(key)
            if status is None:
                return None
            if self._queue.remove(key):
                del self._waiting[key], self._owners[key]
            else:
                del self._running[key]
                self._free_slot(key, self._owners[key])
            self._start()
            self._notify()
            return status

    def status(self, key: Hashable) -> JobStatus[Item] | None:
        """Return the status of a job; None once it has ended."""
        with self._lock:
            return self._status(key)

    def __len__(self) -> int:
        """Return how many jobs run or wait."""
        with self._lock:
            return len(self._queue)

    def _status(self, key: Hashable) -> JobStatus[Item] | None:
        position = self._queue.positions().get(key)
        return self._running.get(key) if position is None else JobStatus(position)

    def _start(self) -> None:
        """Start as many jobs as may run; the lock must be held."""
        while (key := self._queue.start()) is not None:
            self._running[key] = JobStatus()
            items = self._waiting.pop(key)
            threading.Thread(target=self._run, args=(key, items), name="answering", daemon=True).start()

    def _run(self, key: Hashable, items: Generator[Item, None, None]) -> None:
        try:
            with contextlib.closing(items):
                for count, item in enumerate(items, start=1):
                    if not self._update(key, JobStatus(0, count, item)):
                        return
        except Exception:  # a bug ends only this job
            logging.getLogger(__name__).exception("a job failed")
        finally:
            self._end(key)

    def _free_slot(self, key: Hashable, owner: Hashable) -> None:
        """Free the slot of a cancelled job: at once, or at its end if too many of its owner still run."""
        is_free = self._freed[owner] < self._max_freed_each
        self._cancelled[key] = is_free
        self._freed[owner] += is_free
        if is_free:
            self._queue.finish(owner)

    def _end(self, key: Hashable) -> None:
        with self._lock:
            owner = self._owners.pop(key)
            self._running.pop(key, None)
            if self._cancelled.pop(key, False):
                self._freed[owner] -= 1
                if not self._freed[owner]:
                    del self._freed[owner]
            else:
                self._queue.finish(owner)
            self._start()
            self._notify()

    def _update(self, key: Hashable, status: JobStatus[Item]) -> bool:
        """Set the status of a job; return False if the job was cancelled."""
        with self._lock:
            if key not in self._running:
                return False
            self._running[key] = status
            self._notify()
            return True

    def _notify(self) -> None:
        """Tell those who wait for a change; the lock must be held."""
        for on_change in self._watchers:
            on_change()
