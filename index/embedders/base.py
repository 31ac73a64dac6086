"""The protocol of embedders, which turn texts into vectors and count their tokens."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Unit-length rows. *Shape:* ``(n, dimension)``, float32."""


class Embedder(Protocol):
    """
    Turns texts into unit vectors whose inner product is their similarity (higher is more similar).

    A text gives the same vector to within 1e-6 on its own and in any batch.
    """

    @property
    def name(self) -> str:
        """Display name of the model."""
        ...

    @property
    def fingerprint(self) -> str:
        """Identifies the vectors it produces: SHA-256 of the weights, and the precision."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def window(self) -> int:
        """Maximum number of tokens, without special tokens; text beyond it is silently ignored."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each whole text, without special tokens."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """
        Embed texts.

        Returns:
            Unit-length float32 rows, in the order of the texts. *Shape:* ``(len(texts), dimension)``
        """
        ...
