"""The embedder's protocol: what turns texts into vectors, and measures texts in its own tokens."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Unit-length rows. *Shape:* ``(n, dimension)``, float32."""


class Embedder(Protocol):
    """
    Texts to unit vectors, such that the inner product is their similarity (higher is nearer).

    The same text gives the same vector to 1e-6, alone or in any batch.
    """

    @property
    def name(self) -> str:
        """The model's name for people."""
        ...

    @property
    def fingerprint(self) -> str:
        """What tells its vectors from any other embedder's: SHA-256 of the weights, and the precision."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def window(self) -> int:
        """Word pieces of text it sees, without its special ones; text past them is silently not embedded."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, uncut and without the special ones."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """
        Returns:
            Unit-length float32 rows, in the order of the texts. *Shape:* ``(len(texts), dimension)``
        """
        ...
