"""
What is on its way: a few things are made side by side, further ones wait in line.

Whether anyone looks on makes no difference, so a page that is loaded anew or closed ends nothing; only
:meth:`Line.leave` does.
"""

import contextlib
import logging
import threading
from collections.abc import Generator, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Standing(Generic[Item]):
    """
    How far something is.

    Args:
        place: Where it stands in line, from 1; 0 while it is being made.
        made: How many items have come.
        newest: The last of them; None if none has.
    """

    place: int = 0
    made: int = 0
    newest: Item | None = None

    @property
    def token(self) -> str:
        """Another one means that something has changed."""
        return f"{self.place}.{self.made}"


class Line(Generic[Item]):
    """
    Makes things in the order they came, in threads of their own; from any thread.

    Args:
        at_once: How many are made side by side.
        most: How many may wait besides.
    """

    def __init__(self, at_once: int, most: int) -> None:
        self._at_once = at_once
        self._most = most
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, Generator[Item, None, None]] = {}
        self._making: dict[Hashable, Standing[Item]] = {}

    def join(self, key: Hashable, items: Generator[Item, None, None]) -> bool:
        """Whether there was room for it; *key* is one that never was in line."""
        with self._lock:
            if len(self._waiting) >= self._most:
                return False
            self._waiting[key] = items
            self._begin()
            return True

    def leave(self, key: Hashable) -> Standing[Item] | None:
        """
        Give up what isn't wanted any more, and its place; how far it was, None if it wasn't there.

        What is being made goes on to its next item, and no further.
        """
        with self._lock:
            left = self._standing(key)
            self._waiting.pop(key, None)
            self._making.pop(key, None)
            self._begin()
            return left

    def standing(self, key: Hashable) -> Standing[Item] | None:
        """How far it is; None once it has come to its end."""
        with self._lock:
            return self._standing(key)

    def __len__(self) -> int:
        """How many are made or wait."""
        with self._lock:
            return len(self._waiting) + len(self._making)

    def _standing(self, key: Hashable) -> Standing[Item] | None:
        if key in self._waiting:
            return Standing(1 + list(self._waiting).index(key))
        return self._making.get(key)

    def _begin(self) -> None:
        """As many as there is room for; with the lock held."""
        while self._waiting and len(self._making) < self._at_once:
            key = next(iter(self._waiting))
            self._making[key] = Standing()
            items = self._waiting.pop(key)
            threading.Thread(target=self._make, args=(key, items), name="answering", daemon=True).start()

    def _make(self, key: Hashable, items: Generator[Item, None, None]) -> None:
        try:
            with contextlib.closing(items):
                for made, item in enumerate(items, start=1):
                    if not self._kept(key, Standing(0, made, item)):
                        return
        except Exception:  # a mistake in the program costs this one thing
            logging.getLogger(__name__).exception("this came to no end")
        finally:
            self.leave(key)

    def _kept(self, key: Hashable, standing: Standing[Item]) -> bool:
        """Whether it is wanted still."""
        with self._lock:
            wanted = key in self._making
            if wanted:
                self._making[key] = standing
            return wanted
