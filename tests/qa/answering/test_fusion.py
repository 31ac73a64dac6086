"""Fusion: two lists to one, the same every time."""

from hypothesis import given
from hypothesis import strategies as st

from qa.answering.fusion import fuse, sort_by_score

LISTS = st.dictionaries(st.integers(0, 30), st.floats(-5, 5, allow_nan=False), max_size=20).map(
    lambda scores: list(scores.items())
)
WEIGHTS = st.floats(0, 1)


def test_a_worked_example():
    """The best row of each list gets its full weight, the worst 0."""
    dense, lexical = [(1, 0.9), (2, 0.8), (3, 0.5)], [(3, 9.0), (1, 5.0), (4, 1.0)]

    assert [(1, 0.8), (2, 0.45), (3, 0.4), (4, 0.0)] == [
        (row, round(score, 9)) for row, score in fuse(dense, lexical, 0.6)
    ]


@given(LISTS, LISTS, WEIGHTS)
def test_hyp_every_row_occurs_once_with_a_valid_score(dense, lexical, weight):
    """Every row occurs once, ordered by score and then by row."""
    fused = fuse(dense, lexical, weight)

    assert {row for row, _ in dense} | {row for row, _ in lexical} == {row for row, _ in fused}
    assert len(fused) == len(dict(fused))
    assert all(0 <= score <= 1 for _, score in fused)
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))


@given(LISTS, LISTS, WEIGHTS)
def test_hyp_the_order_of_the_lists_does_not_matter(dense, lexical, weight):
    """Only the scores count, not the positions."""
    assert fuse(dense, lexical, weight) == fuse(dense[::-1], lexical[::-1], weight)


def test_equal_scores_are_ranked_by_row():
    """Rows are in order of (document, start)."""
    assert [(2, 1.0), (5, 1.0), (1, 0.5)] == sort_by_score({5: 1.0, 1: 0.5, 2: 1.0})
