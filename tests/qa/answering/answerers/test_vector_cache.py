"""Vectors of texts that are compared again."""

import numpy as np

from qa.answering.answerers.vector_cache import VectorCache


def test_only_new_texts_are_embedded():
    """The texts used last are remembered, each once."""
    embedded = []

    def embed(texts):
        embedded.append(list(texts))
        return np.array([[len(text)] for text in texts], np.float32)

    vectors = VectorCache(embed, max_texts=2)
    assert [int(one[0]) for one in vectors(["a", "bb", "a"])] == [1, 2, 1]
    assert [int(one[0]) for one in vectors(["bb", "ccc"])] == [2, 3]
    vectors(["bb", "a"])
    assert embedded == [["a", "bb"], ["ccc"], ["a"]]
