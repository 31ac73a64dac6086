"""A real, small embedder: words hashed into a vector, fast enough for hundreds of thousands of chunks."""

import re
import zlib
from collections.abc import Sequence

import numpy as np

from index.embedders.base import Vectors


class HashingEmbedder:
    """A bag of words in *dimension* buckets; a token is a word of at most *longest* letters, or a sign."""

    def __init__(self, dimension: int = 64, window: int = 254, name: str = "hashing") -> None:
        self.name = name
        self.dimension = dimension
        self.window = window
        self.embedded = 0  # how many texts were embedded, for tests that ask what was done again

    @property
    def fingerprint(self) -> str:
        return f"{self.name}-{self.dimension}"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 1e-3  # a text without words has a direction, too
            for word in _words(text.lower()):
                row[zlib.crc32(word.encode("utf-8", "replace")) % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _words(text: str) -> list[str]:
    return re.findall(r"\w{1,20}|[^\w\s]", text)
