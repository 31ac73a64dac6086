"""Vectors of texts that are compared again and again."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from index import Vectors


class VectorCache:
    """
    Remembers the vectors of the texts used last; used by several threads.

    Args:
        embed: Returns one row for each text.
        max_texts: Number of texts that are remembered.
    """

    def __init__(self, embed: Callable[[Sequence[str]], Vectors], max_texts: int) -> None:
        self._embed = embed
        self._max_texts = max_texts
        self._vectors: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def __call__(self, texts: Sequence[str]) -> list[Any]:
        """Return the vector of each of *texts*."""
        wanted = list(dict.fromkeys(texts))
        with self._lock:
            known = {one: self._vectors[one] for one in wanted if one in self._vectors}
        new = [one for one in wanted if one not in known]
        if new:
            known |= dict(zip(new, self._embed(new), strict=True))
        with self._lock:
            for one in wanted:
                self._vectors[one] = known[one]
                self._vectors.move_to_end(one)
            while len(self._vectors) > self._max_texts:
                self._vectors.popitem(last=False)
        return [known[one] for one in texts]
