"""The question's own words in a sentence: what is shared counts, the rarer the more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.readers.lexical_overlap import overlap_idf

TEXTS = st.lists(st.text(max_size=60), max_size=6)


def test_nothing_shared_weighs_nothing():
    """Neither other words nor signs."""
    assert [0.0, 0.0] == overlap_idf("Who rang?", ["Bells. Bells!", "?!"])


def test_a_rare_word_weighs_more_than_a_common_one():
    """Three sentences tell of a lake, one of Orin."""
    common, rare = overlap_idf("Lake Orin", ["A lake.", "Orin.", "The lake.", "That lake!"])[:2]

    assert rare > common > 0


def test_a_question_in_the_text_shares_nothing_with_the_question_it_repeats():
    """As in a list of frequent questions; the answer below it shares its words."""
    asked = "How do I return a parcel?"
    texts = [
        "How do I return a parcel?",
        "“How do I return a parcel?”",
        "A parcel is returned by post.",
        "No.",
    ]

    repeated, quoted, answer, other = overlap_idf(asked, texts)

    assert repeated == quoted == other == 0 < answer


def test_more_shared_words_weigh_more():
    """The sum isn't divided by how many were asked."""
    few, many = overlap_idf("Which bell rang at noon?", ["The bell.", "The bell rang.", "No.", "Yes."])[:2]

    assert many > few


@pytest.mark.parametrize(
    ("asked", "stands"), [("launched", "launches"), ("ÉTÉ", "été"), ("Straßen", "straße")]
)
def test_forms_of_a_word_are_one(asked, stands):
    """Case and endings don't count."""
    assert overlap_idf(asked, [stands, "no"])[0] > 0


@given(st.text(max_size=60), TEXTS)
def test_each_sentence_has_a_finite_weight_and_never_less_than_none(question, sentences):
    """Whatever the script, the signs, or the emptiness."""
    weights = overlap_idf(question, sentences)

    assert len(sentences) == len(weights)
    assert all(0 <= weight < 1000 for weight in weights)


@given(st.text(max_size=60), TEXTS, st.randoms())
def test_the_order_of_the_sentences_is_nothing_to_their_weights(question, sentences, rng):
    """Each keeps its own."""
    order = list(range(len(sentences)))
    rng.shuffle(order)
    weights = overlap_idf(question, sentences)

    assert [weights[place] for place in order] == overlap_idf(question, [sentences[n] for n in order])
