"""Amounts and dates in a sentence, whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answerers.amounts import DATE, amounts, number_value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to take 310,000 acre feet of water", ["310,000 acre feet"]),
        ("a salary of £4 a week for it", ["£4 a week"]),
        ("up 150 % to $21.3 billion, from $51.2 billion", ["150 %", "$21.3 billion", "$51.2 billion"]),
        ("between 12 and 15 members", ["between 12 and 15 members"]),
        ("launching three air-to-ground missiles north of it", ["three air-to-ground missiles"]),
        ("see Section 5 and [12]", []),
        ("established in 1953", []),
        ("section 3.1.2", []),
    ],
)
def test_an_amount_has_its_scale_and_unit(text, expected):
    """Years, references and section numbers aren't amounts."""
    assert expected == [text[one.start : one.end] for one in amounts(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [("3.2 million", 3_200_000), ("twenty-three", 23), ("1,041", 1041), ("two hundred five", 205)],
)
def test_numbers_have_values(text, value):
    """Numbers in figures and in words are read."""
    assert Decimal(value) == number_value(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wednesday, November 2nd",
        "Oct 5, 2019",
        "August 2017",
        "2011-12-31",
        "1953",
        "12:30 pm",
        "fiscal year 2016",
    ],
)
def test_dates_are_whole(text):
    """All common forms of dates are recognised as a whole."""
    found = DATE.search(f"It was on {text} there.")

    assert found is not None
    assert text == found.group()


@given(st.text(max_size=60))
def test_hyp_amounts_are_in_bounds_and_in_order(text):
    """This holds for any text."""
    found = amounts(text)

    assert all(0 <= one.start < one.number_end <= one.end <= len(text) for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)
