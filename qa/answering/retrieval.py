"""Dense and lexical search over a snapshot, fused: a question to passages."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from index import Embedder, Snapshot, Vectors
from qa.answering.fusion import fuse
from qa.answering.languages import ENGLISH, can_be_in, detect_language
from qa.records import Hit, Passage

HISTORY_WEIGHT = 0.3
"""How far a question's vector leans to what was said before it: the length of what is added to its own 1."""

MIN_HISTORY_SIMILARITY = 0.1
"""Inner product from which something said has to do with the question."""

OTHER_LANGUAGES_SHARE = 0.4
"""Share of the vectors' usual weight where a question isn't English: the embedder knows no other language."""

OTHER_LANGUAGES_OVERFETCH = 3
"""How many times as many passages are looked through for those in the question's own language."""

HISTORY_CACHE_SIZE = 1024
"""Vectors of what was said that are kept: a conversation isn't embedded anew with each question."""


@dataclass(frozen=True, slots=True)
class Retriever:
    """
    Finds the passages that a question is about.

    Args:
        embedder: The one the snapshot was made with.
        dense_weight: Share of the vectors in the fused score, 0 to 1.
        candidates: Chunks that each side brings.
    """

    embedder: Embedder
    dense_weight: float
    candidates: int
    _embed_history: Callable[[str], Vectors] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        embed = lru_cache(HISTORY_CACHE_SIZE)(lambda text: self.embedder.embed([text])[0])
        object.__setattr__(self, "_embed_history", embed)

    def retrieve(
        self,
        snapshot: Snapshot,
        question: str,
        k: int,
        documents: Collection[str] | None = None,
        *,
        history: Sequence[str] = (),
    ) -> list[Passage]:
        """
        The *k* best passages, best first, ties by (document, start).

        Args:
            snapshot: Where to look.
            question: In words that stand alone.
            k: How many at most.
            documents: Ids to keep to; None means all.
            history: What was spoken of before; the vectors lean to it.
        """
        rows = None if documents is None else snapshot.rows_of(documents)
        vector = mix_history(
            self.embedder.embed([question])[0], [self._embed_history(text) for text in history]
        )
        dense = snapshot.search_dense(vector, self.candidates, rows)
        language = detect_language(question)
        lexical = snapshot.search_lexical(question, self.candidates, rows, language=language)
        trusted = 1.0 if language == ENGLISH else OTHER_LANGUAGES_SHARE
        best = fuse(dense, lexical, trusted * self.dense_weight)
        if language != ENGLISH and language in snapshot.languages:
            best = _own_language_first(snapshot, best[: OTHER_LANGUAGES_OVERFETCH * k], language)
        best = best[:k]
        by_vector, by_words = dict(dense), dict(lexical)
        chunks = snapshot.chunks([row for row, _ in best])
        sentences = snapshot.sentences([chunk.span for chunk, _ in chunks])
        entries = {chunk.span.doc_id: snapshot.entry(chunk.span.doc_id) for chunk, _ in chunks}
        passages = []
        found = zip(best, chunks, sentences, strict=True)
        for rank, ((row, score), (chunk, text), ranges) in enumerate(found, start=1):
            hit = Hit(chunk, score, rank, by_vector.get(row), by_words.get(row))
            entry = entries[chunk.span.doc_id]
            passages.append(Passage(hit, text, entry.title, entry.paths[0], tuple(ranges)))
        return passages


def _own_language_first(
    snapshot: Snapshot, best: Sequence[tuple[int, float]], language: str
) -> list[tuple[int, float]]:
    """Return rows with their scores, those that can be in a question's language before the others."""
    texts = [text for _, text in snapshot.chunks([row for row, _ in best])]
    own = [can_be_in(text, language) for text in texts]
    order = sorted(range(len(best)), key=lambda at: not own[at])
    return [best[at] for at in order]


def mix_history(question: Vectors, history: Sequence[Vectors]) -> Vectors:
    """
    The question's vector, turned towards the mean of what was said; itself if nothing said is akin to it.

    Args:
        question: *Shape:* ``(dimension,)``, of unit length.
        history: Each of the same shape and length; what isn't akin is left out, so that a new topic stays
            new.

    Returns:
        *Shape:* ``(dimension,)``, of unit length.
    """
    related = [vector for vector in history if vector @ question >= MIN_HISTORY_SIMILARITY]
    if not related:
        return question
    return _unit(question + HISTORY_WEIGHT * _unit(np.sum(related, axis=0)))


def _unit(vector: Vectors) -> Vectors:
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit
