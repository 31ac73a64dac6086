"""The question's own words in a sentence: what is shared counts, the rarer the more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.readers.lexical_overlap import overlap_idf

TEXTS = st.lists(st.text(max_size=60), max_size=6)


def test_no_shared_word_has_no_weight():
    """Neither other words nor punctuation count."""
    assert [0.0, 0.0] == overlap_idf("Who rang?", ["Bells. Bells!", "?!"])


def test_a_rare_word_weighs_more_than_a_common_one():
    """Three sentences mention a lake, one mentions Orin."""
    common, rare = overlap_idf("Lake Orin", ["A lake.", "Orin.", "The lake.", "That lake!"])[:2]

    assert rare > common > 0


def test_a_sentence_that_is_a_question_has_no_weight():
    """In a list of frequent questions only the answers count."""
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
    """The sum isn't divided by the length of the question."""
    few, many = overlap_idf("Which bell rang at noon?", ["The bell.", "The bell rang.", "No.", "Yes."])[:2]

    assert many > few


@pytest.mark.parametrize(
    ("question_word", "sentence_word"), [("launched", "launches"), ("ÉTÉ", "été"), ("Straßen", "straße")]
)
def test_forms_of_a_word_are_equal(question_word, sentence_word):
    """Case and endings don't count."""
    assert overlap_idf(question_word, [sentence_word, "no"])[0] > 0


@given(st.text(max_size=60), TEXTS)
def test_hyp_weights_are_finite_and_not_negative(question, sentences):
    """Any script, punctuation or empty text has a valid weight."""
    weights = overlap_idf(question, sentences)

    assert len(sentences) == len(weights)
    assert all(0 <= weight < 1000 for weight in weights)


@given(st.text(max_size=60), TEXTS, st.randoms())
def test_hyp_weights_do_not_depend_on_the_order(question, sentences, rng):
    """Every sentence keeps its weight in any order."""
    order = list(range(len(sentences)))
    rng.shuffle(order)
    weights = overlap_idf(question, sentences)

    assert [weights[place] for place in order] == overlap_idf(question, [sentences[n] for n in order])
