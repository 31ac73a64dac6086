"""
The only door to FAISS: unit vectors on disk, searched by inner product.

Flat float32 to 50,000 rows, half-precision codes beyond: half the size and as fast, and no training, so that
what a row becomes never depends on the others. The file is mapped, not read: opening costs nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from index.embedders.base import Vectors
from index.errors import IndexDamaged

MAX_FLAT_VECTORS = 50_000
"""Rows up to which vectors are kept in full precision."""


def write_vectors(path: Path, batches: Iterable[Vectors], dimension: int, count: int) -> str:
    """
    Write *count* rows, in the order of the batches.

    Returns:
        The kind of file, for the manifest: ``flat`` or ``fp16``.
    """
    import faiss

    kind, description = ("flat", "Flat") if count <= MAX_FLAT_VECTORS else ("fp16", "SQfp16")
    index = faiss.index_factory(dimension, description, faiss.METRIC_INNER_PRODUCT)
    for batch in batches:
        index.add(np.ascontiguousarray(batch, dtype=np.float32))
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:  # FAISS's word for whatever the disk refused
        raise OSError(str(error)) from error
    return kind


class VectorIndex:
    """
    A vector file, searched.

    Args:
        path: Written by :func:`write_vectors`; its hash must be one that a manifest vouches for.

    Raises:
        IndexDamaged: If FAISS can't read it.
    """

    def __init__(self, path: Path) -> None:
        import faiss

        try:
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexDamaged(f"{path.name} can't be read. Run: footnote index") from error

    def rows(self, rows: Sequence[int]) -> Vectors:
        """
        Return the vectors of *rows*, in the order asked.

        Returns:
            Unit-length rows, of a large index as exact as its codes. *Shape:* ``(len(rows), dimension)``
        """
        if not rows:
            return np.zeros((0, self._index.d), dtype=np.float32)
        found: Vectors = self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64))
        return found

    def search(self, vector: Vectors, k: int, rows: Collection[int] | None = None) -> list[tuple[int, float]]:
        """
        The *k* nearest rows.

        Args:
            vector: *Shape:* ``(dimension,)``
            k: How many at most.
            rows: If given, only these are looked at.

        Returns:
            (row, inner product) pairs, highest first, ties by row.
        """
        import faiss

        k = min(k, self._index.ntotal if rows is None else len(rows))
        if k == 0:
            return []
        parameters = None
        if rows is not None:
            parameters = faiss.SearchParameters()
            parameters.sel = faiss.IDSelectorBatch(np.fromiter(rows, dtype=np.int64))
        scores, found = self._index.search(vector.reshape(1, -1), k, params=parameters)
        hits = [(int(row), float(score)) for row, score in zip(found[0], scores[0], strict=True) if row >= 0]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))
