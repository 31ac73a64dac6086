"""Dense and lexical search over a snapshot, fused: a question to passages."""

from collections.abc import Collection
from dataclasses import dataclass

from index import Embedder, Snapshot
from qa.ranking import fuse
from qa.records import Hit, Passage


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

    def retrieve(
        self, snapshot: Snapshot, question: str, k: int, documents: Collection[str] | None = None
    ) -> list[Passage]:
        """
        The *k* best passages, best first, ties by (document, start).

        Args:
            snapshot: Where to look.
            question: As asked.
            k: How many at most.
            documents: Ids to keep to; None means all.
        """
        rows = None if documents is None else snapshot.rows_of(documents)
        vector = self.embedder.embed([question])[0]
        dense = snapshot.dense(vector, self.candidates, rows)
        lexical = snapshot.lexical(question, self.candidates, rows)
        best = fuse(dense, lexical, self.dense_weight)[:k]
        by_vector, by_words = dict(dense), dict(lexical)
        chunks = snapshot.chunks([row for row, _ in best])
        entries = {chunk.span.doc_id: snapshot.entry(chunk.span.doc_id) for chunk, _ in chunks}
        passages = []
        for rank, ((row, score), (chunk, text)) in enumerate(zip(best, chunks, strict=True), start=1):
            hit = Hit(chunk, score, rank, by_vector.get(row), by_words.get(row))
            entry = entries[chunk.span.doc_id]
            passages.append(Passage(hit, text, entry.title, entry.paths[0]))
        return passages
