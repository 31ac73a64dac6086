"""Short answers that say the same, and those that can't both be right."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answerers.contradiction import about_different_entities, contradicts, same_answer
from tests.texts import texts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("23 missiles", "17 missiles"),
        ("twenty-three missiles", "17 missiles"),
        ("about 3,000 tons", "2,500.5 tons"),
        ("27 July 1953", "30 August 1953"),
        ("1987", "1988"),
        ("three million people", "2,000,000 people"),
        ("1.2 million", "1.2 billion"),
        ("$1.2bn", "$1.2 million"),
        ("3.2 million people", "three million three hundred thousand people"),
        ("nineteen fifty-three", "1954"),
    ],
)
def test_other_amounts_of_the_same_things_contradict(one, other):
    """Different dates contradict, too."""
    assert contradicts(one, other)
    assert contradicts(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("23 missiles", "23 missiles"),
        ("twenty-three missiles", "23 missiles"),
        ("three million people", "3,000,000 people"),
        ("3 million people", "3,000,000 people"),
        ("3.2 million", "3,200,000"),
        ("1.1 million", "1,100,000"),  # 1.1 * 1_000_000 isn't 1_100_000 in floating point
        ("three million two hundred thousand", "3.2 million"),
        ("two thousand million", "2 bn"),
        ("$5 thousand", "$5,000"),
        ("3 hundred thousand", "300,000"),
        ("nineteen fifty-three", "1953"),
        ("nineteen hundred and fifty-three", "1953"),
        ("twenty twenty-four", "2024"),
        ("one hundred and twelve ships", "112 ships"),
        ("ten to twelve days", "10 to 12 days"),
        ("three to five days", "four days"),
        ("23 missiles", "17 aircraft"),
        ("27 July 1953", "1953"),
        ("Anna Keller", "Boris Keller"),
        ("in Geneva", "in 1953"),
        ("", "17 missiles"),
    ],
)
def test_answers_that_may_both_be_right_do_not_contradict(one, other):
    """Equal amounts, other things, less exact dates and names don't contradict."""
    assert not contradicts(one, other)


@given(texts())
def test_hyp_no_text_contradicts_itself(text):
    """This holds for any text."""
    assert not contradicts(text, text)


def test_articles_case_and_punctuation_make_no_difference():
    """Other words do make a difference."""
    assert same_answer("The armistice.", "armistice")
    assert not same_answer("the armistice", "the treaty")
    assert not same_answer("", "...")


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ("South Korea launched three missiles.", "North Korea fired 17 missiles.", True),
        ("Pyongyang fired 23 missiles.", "North Korea fired 17 missiles.", False),
        ("North Korea fired 23.", "By noon North Korea had fired 17.", False),
        ("North Korea and South Korea fired 26.", "North Korea fired 17.", False),
        ("The Velden Glass Tower has 12 floors.", "The Velden Glass Tower Annex has 3.", False),
        ("They fired 23.", "They fired 17.", False),
    ],
)
def test_names_that_differ_in_a_word_are_different_things(one, other, different):
    """A shared name, a longer form of a name or unrelated names decide nothing."""
    assert about_different_entities(one, other) == different
    assert about_different_entities(other, one) == different


NAME = re.compile(r"[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)+")


def slow_of_different_things(one: str, other: str) -> bool:
    """The same by its definition: a name is what one pattern matches, from every capital on."""
    some, others = ({frozenset(name.split()) for name in NAME.findall(text)} for text in (one, other))
    return not some & others and any(a & b and not a <= b and not b <= a for a in some for b in others)


capitalised = st.text(st.sampled_from("Aab -’'.É_"), max_size=30)


@given(capitalised, capitalised)
def test_hyp_names_equal_those_of_the_reference(one, other):
    """A name starts at the first capital letter of a word."""
    assert about_different_entities(one, other) == slow_of_different_things(one, other)


def test_a_word_of_a_million_capitals_takes_linear_time():
    """In quadratic time this test would not end."""
    assert not about_different_entities("A" * 1_000_000, "South Korea fired.")
