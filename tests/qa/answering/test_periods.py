"""Months and quarters of a question."""

import pytest

from qa.answering.periods import is_unclear_period, with_month


@pytest.mark.parametrize(
    ("question", "fragment", "expected"),
    [
        ("What was spent in June?", "in July", "What was spent in July?"),
        ("What was spent in June 2023?", "july 2024", "What was spent in july 2024?"),
        ("What was sold in Q1 2023?", "q2", "What was sold in q2 2023?"),
        ("What was sold in May 2023?", "june", "What was sold in june 2023?"),
        ("May I smoke in June?", "july", "May I smoke in july?"),
        ("What was spent in June and July?", "august", None),
        ("What was spent?", "august", None),
        ("What was spent in June?", "rent", None),
    ],
)
def test_another_month_takes_its_place(question, fragment, expected):
    """A year stays unless the new month has one; the verb *may* is no month."""
    assert expected == with_month(question, fragment)


def test_a_period_may_depend_on_today():
    """No document says what "last year" is."""
    assert is_unclear_period("in the previous month?")
    assert not is_unclear_period("in 2023?")
