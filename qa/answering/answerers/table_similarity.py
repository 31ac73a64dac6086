"""How similar the words of questions are to the names in tables, by the embedder's vectors."""

from collections.abc import Sequence

from index import Embedder
from qa.answering.answerers.vector_cache import VectorCache

MAX_REMEMBERED = 20_000
"""Vectors of names that are remembered; the names of a table are compared with every question about it."""


class NameSimilarity:
    """Compares texts by the cosine of their vectors; used by several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._vectors = VectorCache(embedder.embed, MAX_REMEMBERED)

    def __call__(self, text: str, others: Sequence[str]) -> list[float]:
        """Return the similarity of *text* to each of *others*, -1 to 1."""
        own, *rest = self._vectors([text, *others])
        return [float(own @ other) for other in rest]
