"""How well sentences answer a question in any language, by the vectors of a multilingual model."""

from collections.abc import Callable, Sequence
from typing import Protocol

from index import Vectors
from qa.answering.answerers.vector_cache import VectorCache

MAX_REMEMBERED = 4000
"""Vectors of sentences that are remembered; follow-up questions find the same passages."""

SentenceSimilarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Returns how similar a question is to each of some sentences: about 0.75 if unrelated, 0.9 to its answer."""


class QuestionEmbedder(Protocol):
    """Turns questions and sentences into unit vectors."""

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        """Return a row for each question."""
        ...

    def embed_sentences(self, sentences: Sequence[str]) -> Vectors:
        """Return a row for each sentence."""
        ...


class VectorSimilarity:
    """Compares a question and sentences by the cosine of their vectors; used by several threads."""

    def __init__(self, embedder: QuestionEmbedder) -> None:
        self._embedder = embedder
        self._vectors = VectorCache(embedder.embed_sentences, MAX_REMEMBERED)

    def __call__(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return the similarity of *question* to each of *sentences*, -1 to 1."""
        (own,) = self._embedder.embed_questions([question])
        return [float(own @ other) for other in self._vectors(sentences)]
