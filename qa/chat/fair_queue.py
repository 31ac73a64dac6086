"""A fair queue: several owners share a few workers, and no owner's items delay another's."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Shares:
    """
    Limits of a queue, in total and for one owner.

    Args:
        max_running: Items that run at the same time.
        max_running_each: The same for one owner.
        max_waiting: Items that wait.
        max_waiting_each: The same for one owner.
    """

    max_running: int
    max_running_each: int
    max_waiting: int
    max_waiting_each: int


class FairQueue(Generic[Item]):
    """
    Orders waiting items so that owners take turns; not thread-safe.

    The next item is one of the owner with the fewest running items; among equals, of the owner served least
    recently. An owner with one item therefore waits for running items, never for another owner's queue.

    Args:
        shares: The limits.
    """

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._waiting: dict[Item, Hashable] = {}
        """Owners by item, in the order of arrival."""
        self._running: Counter[Hashable] = Counter()
        self._served: dict[Hashable, int] = {}
        """When each owner was last served, or added its first item; only of owners with items."""
        self._clock = count()
        self._positions: dict[Item, int] | None = None

    def __len__(self) -> int:
        """Return how many items wait or run."""
        return len(self._waiting) + self._running.total()

    def add(self, owner: Hashable, item: Item) -> bool:
        """Add an item; return False if the queue or the owner's share of it is full."""
        if len(self._waiting) >= self._shares.max_waiting:
            return False
        if self.count_waiting(owner) >= self._shares.max_waiting_each:
            return False
        self._served.setdefault(owner, next(self._clock))
        self._waiting[item] = owner
        self._positions = None
        return True

    def start(self) -> Item | None:
        """Move the next item from waiting to running and return it; None if none may run."""
        if self._running.total() >= self._shares.max_running:
            return None
        for item in self.positions():
            owner = self._waiting[item]
            if self._running[owner] < self._shares.max_running_each:
                del self._waiting[item]
                self._running[owner] += 1
                self._served[owner] = next(self._clock)
                self._positions = None
                return item
        return None

    def finish(self, owner: Hashable) -> None:
        """Record that one of the owner's running items has ended."""
        self._running[owner] -= 1
        self._served[owner] = next(self._clock)
        self._forget(owner)

    def remove(self, item: Item) -> bool:
        """Remove a waiting item; return False if it doesn't wait."""
        if item not in self._waiting:
            return False
        self._forget(self._waiting.pop(item))
        return True

    def count_waiting(self, owner: Hashable) -> int:
        """Return how many of the owner's items wait."""
        return sum(1 for other in self._waiting.values() if other == owner)

    def oldest(self, owner: Hashable) -> Item | None:
        """Return the owner's item that has waited longest."""
        return next((item for item, other in self._waiting.items() if other == owner), None)

    def positions(self) -> dict[Item, int]:
        """Return the waiting items in order with their positions, from 1, as if all ran equally long."""
        if self._positions is None:
            ahead, ranks = Counter(self._running), dict[Item, tuple[int, int]]()
            for item, owner in self._waiting.items():
                ranks[item] = (ahead[owner], self._served[owner])
                ahead[owner] += 1
            ordered = sorted(self._waiting, key=ranks.__getitem__)
            self._positions = {item: position for position, item in enumerate(ordered, start=1)}
        return self._positions

    def _forget(self, owner: Hashable) -> None:
        """Drop what is stored of an owner without items: the number of owners is unbounded."""
        self._positions = None
        if not self._running[owner]:
            del self._running[owner]
            if not self.count_waiting(owner):
                self._served.pop(owner, None)
