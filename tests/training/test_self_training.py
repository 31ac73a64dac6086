"""Passages made around a sentence whose words a reader marked."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.texts import texts
from training.data import Example
from training.mined_negatives import LexicalRetriever
from training.self_training import among_others, surrounded, without

NOON = Example("When did the bell ring?", "The bell rang at noon.", here=True, span=(17, 21))


@given(st.lists(texts(), max_size=4), st.integers())
def test_hyp_offsets_move_with_the_sentence(others, seed):
    """The annotated words are the same wherever the sentence is in the passage."""
    whole = surrounded(NOON, others, random.Random(seed))

    assert whole.span is not None
    assert whole.passage[slice(*whole.span)] == "noon"


def test_no_surrounding_sentence_contains_the_answer():
    """Otherwise the annotated place would be one of two."""
    sentences = ["The bell rang at noon.", "At NOON it rained.", "A dog barked."]

    assert without(NOON, sentences) == ["A dog barked."]


def test_every_example_becomes_a_group_that_starts_with_it():
    """The other examples of the group lack the answer."""
    examples = [
        Example(f"Who met Ann in {year}?", f"Ann met Bob {year} in {year}.", True, (8, 16))
        for year in range(1900, 1940)
    ]
    groups = among_others(examples, LexicalRetriever, random.Random(1))

    assert [group[0].question for group in groups] == [example.question for example in examples]
    assert all(group[0].here and group[0].span for group in groups)
    assert not any(example.here for group in groups for example in group[1:])
