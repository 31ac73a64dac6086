"""A few vectors that stand for many."""

import numpy as np

from qa.answering.answerers.representatives import representatives


def test_each_group_has_one_that_stands_for_it():
    """Two directions give one of each, the middle one of three."""
    vectors = np.asarray([[1, 0.0], [1, 0.1], [1, 0.2], [0, 1]], dtype=np.float32)

    assert [1, 3] == representatives(vectors, 2)


def test_there_are_no_more_than_there_are():
    """Asked for five of two, both are returned; equal ones count once."""
    vectors = np.asarray([[1, 0.0], [0, 1], [0, 1]], dtype=np.float32)

    assert [0, 1] == representatives(vectors, 5)


def test_vectors_of_length_zero_do_no_harm():
    """A document without words has one."""
    assert [0] == representatives(np.zeros((2, 4), dtype=np.float32), 1)
