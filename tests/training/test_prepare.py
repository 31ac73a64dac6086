"""Preparing: passages are cut between sentences, and nothing of a dev set gets in."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.texts import texts
from training.mined_negatives import LexicalRetriever, without_answer
from training.passage_sampling import cut, pieces
from training.prepare import clean, mistyped, sentences_of

LONG = "The bridge over the river was built of stone in the year of the great flood."


@given(texts(), st.data())
def test_hyp_a_cut_passage_contains_the_span(text, data):
    """The span in the passage has the same words as in the text."""
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    passage, span = cut(text, (start, end), data.draw(st.integers(1, 100)), random.Random(0))

    assert passage in text
    assert passage[slice(*span)] == text[start:end]


@given(texts(), st.integers(1, 100))
def test_hyp_pieces_cover_every_nonblank_character(text, limit):
    """Joined again, they differ from the text only in white space."""
    assert "".join("".join(pieces(text, limit)).split()) == "".join(text.split())


def test_a_piece_exceeds_the_limit_only_if_its_sentence_does():
    """Sentences are joined as long as they fit."""
    assert pieces("One two. Three four. Five six.", 20) == ["One two. Three four.", "Five six."]


def test_a_row_that_shares_a_sentence_with_a_dev_set_is_dropped():
    """Case and punctuation make no difference."""
    held_out = sentences_of(f"Before it. {LONG.upper()}")
    rows = [
        {"context": f"Another start. {LONG}", "answerable": True},
        {"context": "The bridge was never built, as everybody in the town remembers.", "answerable": True},
    ]

    assert clean(rows, held_out, "rows") == rows[1:]


@given(st.text(min_size=1), st.integers())
def test_hyp_a_typing_error_changes_the_length_by_at_most_one(question, seed):
    """Letters are exchanged, left out or doubled once."""
    assert abs(len(mistyped(question, random.Random(seed))) - len(question)) <= 1


def test_a_retrieved_negative_lacks_every_wording_of_the_answer():
    """Passages of the question's own text and those that contain the answer are left out."""
    passages = [
        "Stone bridges are old.",
        "Wooden bridges burn.",
        "Bridges are built of STONE.",
        "Rivers flood.",
    ]

    ranked = LexicalRetriever(passages).top(["Are bridges built of stone?"], k=3)[0]

    assert ranked[0] == 2
    assert without_answer(ranked, passages, "Rivers flood.", ["stone"]) == ["Wooden bridges burn."]
