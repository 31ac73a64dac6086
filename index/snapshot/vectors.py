"""
The FAISS index of a snapshot: unit vectors on disk, searched by inner product.

Vectors are float32 up to 50,000 rows and half-precision codes beyond that: half the size, as fast, and
without training, so that the code of a row never depends on other rows. The file is memory-mapped, so opening
it takes no time.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from index.embedders.base import Vectors
from index.errors import IndexDamaged

MAX_FLAT_VECTORS = 50_000
"""Number of rows up to which vectors are stored in full precision."""


def write_vectors(path: Path, batches: Iterable[Vectors], dimension: int, count: int) -> str:
    """
    Write vectors to a new file.

    Args:
        path: The file.
        batches: The vectors in the order of rows. *Shape:* ``(n, dimension)`` each
        dimension: Length of a vector.
        count: Total number of rows.

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
    except RuntimeError as error:  # how FAISS reports every disk error
        raise OSError(str(error)) from error
    return kind


class VectorIndex:
    """
    A vector file, open for search.

    Args:
        path: A file of :func:`write_vectors`. FAISS trusts it, so its hash must be listed in a manifest.

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
        Return the vectors of *rows*, in that order.

        Returns:
            Unit-length rows, in a large index rounded to half precision. *Shape:* ``(len(rows), dimension)``
        """
        if not rows:
            return np.zeros((0, self._index.d), dtype=np.float32)
        vectors: Vectors = self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64))
        return vectors

    def search(self, vector: Vectors, k: int, rows: Collection[int] | None = None) -> list[tuple[int, float]]:
        """
        Return the *k* nearest rows.

        Args:
            vector: A unit vector. *Shape:* ``(dimension,)``
            k: Maximum number of results.
            rows: Limit the search to these rows; None searches all.

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
        scores, ids = self._index.search(vector.reshape(1, -1), k, params=parameters)
        hits = [(int(row), float(score)) for row, score in zip(ids[0], scores[0], strict=True) if row >= 0]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))
