"""Retrieve the passages that a question is about: dense and lexical search over a snapshot, fused."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from index import Embedder, Snapshot, Vectors
from qa.answering.fusion import fuse
from qa.answering.languages import ENGLISH, can_be_in, detect_language
from qa.records import Hit, Passage

HISTORY_WEIGHT = 0.3
"""Weight of the history's unit vector relative to the question's unit vector."""

MIN_HISTORY_SIMILARITY = 0.1
"""Minimum cosine similarity to the question for a text of the history to count."""

OTHER_LANGUAGES_SHARE = 0.4
"""Share of the usual dense weight for a question that isn't English: the embedder only knows English."""

OTHER_LANGUAGES_OVERFETCH = 3
"""Candidates considered for each passage returned, when passages in the question's language come first."""

HISTORY_CACHE_SIZE = 1024
"""Vectors of earlier texts that are cached, so that a conversation isn't embedded again for each question."""


@dataclass(frozen=True, slots=True)
class Retriever:
    """
    Finds the passages that a question is about.

    Args:
        embedder: The one that the snapshot was built with.
        dense_weight: Weight of dense search in the fused score, 0 to 1.
        candidates: Chunks that each of dense and lexical search returns.
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
        Return the *k* best passages, best first, ties by (document, start).

        Args:
            snapshot: The index.
            question: A self-contained question.
            k: Maximum number of passages.
            documents: Ids of the documents to search; None means all.
            history: Earlier texts of the conversation; those related to the question shift its vector.
        """
        rows = None if documents is None else snapshot.rows_of(documents)
        vector = mix_history(
            self.embedder.embed([question])[0], [self._embed_history(text) for text in history]
        )
        dense = snapshot.search_dense(vector, self.candidates, rows)
        language = detect_language(question)
        lexical = snapshot.search_lexical(question, self.candidates, rows, language=language)
        # The embedder's vectors say little about other languages; shared words say more.
        share = 1.0 if language == ENGLISH else OTHER_LANGUAGES_SHARE
        best = fuse(dense, lexical, share * self.dense_weight)
        if language != ENGLISH and language in snapshot.languages:
            best = _own_language_first(snapshot, best[: OTHER_LANGUAGES_OVERFETCH * k], language)
        best = best[:k]
        similarities, lexical_scores = dict(dense), dict(lexical)
        chunks = snapshot.chunks([row for row, _ in best])
        spans = [chunk.span for chunk, _ in chunks]
        structure = zip(snapshot.sentences(spans), snapshot.titles(spans), strict=True)
        entries = {chunk.span.doc_id: snapshot.entry(chunk.span.doc_id) for chunk, _ in chunks}
        passages = []
        rows_with_text = zip(best, chunks, structure, strict=True)
        for rank, ((row, score), (chunk, text), (sentences, titles)) in enumerate(rows_with_text, start=1):
            hit = Hit(chunk, score, rank, similarities.get(row), lexical_scores.get(row))
            entry = entries[chunk.span.doc_id]
            passages.append(Passage(hit, text, entry.title, entry.paths[0], tuple(sentences), tuple(titles)))
        return passages


def _own_language_first(
    snapshot: Snapshot, best: Sequence[tuple[int, float]], language: str
) -> list[tuple[int, float]]:
    """Return the scored rows, those whose text can be in *language* first, otherwise in the same order."""
    texts = [text for _, text in snapshot.chunks([row for row, _ in best])]
    in_language = [can_be_in(text, language) for text in texts]
    # The sort is stable: within each group the fused ranking stays.
    order = sorted(range(len(best)), key=lambda position: not in_language[position])
    return [best[position] for position in order]


def mix_history(question: Vectors, history: Sequence[Vectors]) -> Vectors:
    """
    Return the question's vector shifted towards the mean of the related history, if any is related.

    Args:
        question: *Shape:* ``(dimension,)``, of unit length.
        history: Vectors of the same shape and length.

    Returns:
        *Shape:* ``(dimension,)``, of unit length.
    """
    # Unrelated texts are ignored, so that the old topic doesn't pull at a question on a new one.
    related = [vector for vector in history if vector @ question >= MIN_HISTORY_SIMILARITY]
    if not related:
        return question
    # The mean is scaled to unit length first: the weight doesn't depend on how many texts are related.
    return _unit(question + HISTORY_WEIGHT * _unit(np.sum(related, axis=0)))


def _unit(vector: Vectors) -> Vectors:
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit
