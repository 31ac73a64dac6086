"""How similar the words of questions are to the names in tables, by the embedder's vectors."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

from index import Embedder

MAX_REMEMBERED = 20_000
"""Vectors of names that are remembered; the names of a table are compared with every question about it."""


class NameSimilarity:
    """Compares texts by the cosine of their vectors; used by several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def __call__(self, text: str, others: Sequence[str]) -> list[float]:
        """Return the similarity of *text* to each of *others*, -1 to 1."""
        wanted = list(dict.fromkeys([text, *others]))
        with self._lock:
            known = {one: self._vectors[one] for one in wanted if one in self._vectors}
        new = [one for one in wanted if one not in known]
        if new:
            known |= dict(zip(new, self._embedder.embed(new), strict=True))
        with self._lock:
            for one in wanted:
                self._vectors[one] = known[one]
                self._vectors.move_to_end(one)
            while len(self._vectors) > MAX_REMEMBERED:
                self._vectors.popitem(last=False)
        return [float(known[text] @ known[other]) for other in others]
