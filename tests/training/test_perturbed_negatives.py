"""Near misses: one thing in the question is changed, and nothing else."""

import random

import pytest

from training.data import Example
from training.perturbed_negatives import (
    OPPOSITES,
    entities,
    near_miss,
    negate,
    swap_entity,
    swap_thing,
    use_opposite,
)

PASSAGE = (
    "Ada Lovelace met Charles Babbage in June 1833. The design of the engine took years, "
    "and the cost of the parts ruined him. She published the first notes in September 1843."
)
START = PASSAGE.index("1843")


def example_of(question: str) -> Example:
    return Example(question, PASSAGE, here=True, span=(START, START + 4))


def test_a_name_becomes_another_name_of_the_passage():
    """Two capitalised words are replaced by two capitalised words."""
    changed = swap_entity(example_of("When did Ada Lovelace publish notes?"), [], random.Random(1))

    assert changed == "When did Charles Babbage publish notes?"


def test_the_answer_is_never_inserted_into_the_question():
    """The only other year of the passage is the answer, so the year stays."""
    example = example_of("What appeared ten years after 1833?")

    assert all(swap_entity(example, [], random.Random(seed)) is None for seed in range(20))


@pytest.mark.parametrize(
    ("rule", "question", "changed"),
    [
        (negate, "Who did Babbage meet?", {"Who didn't Babbage meet?"}),
        (
            negate,
            "Why is it famous?",
            {"Why isn't it famous?", "Why is not it famous?", "Why is never it famous?"},
        ),
        (use_opposite, "When did she publish the first notes?", {"When did she publish the last notes?"}),
        (swap_thing, "What did the design of it need?", {"What did the cost of it need?"}),
    ],
)
def test_each_rule_changes_one_word(rule, question, changed):
    """A verb is negated, or a word becomes its opposite or another thing of the passage."""
    assert rule(example_of(question), [], random.Random(0)) in changed


def test_a_near_miss_keeps_the_passage():
    """Only the question differs, and no words are annotated."""
    missed = near_miss(example_of("When did Ada Lovelace publish the first notes?"), [], random.Random(3))

    assert missed is not None
    assert (missed.passage, missed.here, missed.span) == (PASSAGE, False, None)
    assert missed.question != "When did Ada Lovelace publish the first notes?"


def test_a_question_that_no_rule_fits_has_no_near_miss():
    """The result is None."""
    assert near_miss(example_of("Why?"), [], random.Random(0)) is None


def test_no_word_is_its_own_opposite():
    """Every opposite in the table is another word."""
    assert [word for word, others in OPPOSITES.items() if word in others] == []


def test_the_first_word_of_a_question_is_not_a_name():
    """Question words are capitalised but aren't names."""
    assert entities("What happened in Paris in 1900?") == [(26, 30, 0), (17, 22, 5)]
