"""A small embedder that hashes words, fast enough for hundreds of thousands of chunks."""

import re
import zlib
from collections.abc import Sequence

import numpy as np

from index.embedders.base import Vectors


class HashingEmbedder:
    """A bag of words in *dimension* buckets; a token is a word of up to 20 letters or another character."""

    def __init__(self, dimension: int = 64, window: int = 254, name: str = "hashing") -> None:
        self.name = name
        self.dimension = dimension
        self.window = window
        self.embedded = 0  # number of texts embedded, for tests of what is embedded again

    @property
    def fingerprint(self) -> str:
        return f"{self.name}-{self.dimension}"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 1e-3  # so that a text without words isn't the zero vector, which has no unit length
            for word in _words(text.lower()):
                row[zlib.crc32(word.encode("utf-8", "replace")) % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _words(text: str) -> list[str]:
    return re.findall(r"\w{1,20}|[^\w\s]", text)
