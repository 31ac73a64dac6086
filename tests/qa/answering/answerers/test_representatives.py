"""A few vectors that stand for many."""

import numpy as np

from qa.answering.answerers.representatives import representatives


def test_each_group_has_a_representative():
    """Two directions have one each, the central one of three."""
    vectors = np.asarray([[1, 0.0], [1, 0.1], [1, 0.2], [0, 1]], dtype=np.float32)

    assert [1, 3] == representatives(vectors, 2)


def test_there_are_no_more_than_vectors():
    """Five representatives of two vectors are both; equal vectors count once."""
    vectors = np.asarray([[1, 0.0], [0, 1], [0, 1]], dtype=np.float32)

    assert [0, 1] == representatives(vectors, 5)


def test_zero_vectors_are_accepted():
    """A document without words has one."""
    assert [0] == representatives(np.zeros((2, 4), dtype=np.float32), 1)
