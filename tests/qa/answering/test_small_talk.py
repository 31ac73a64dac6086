"""Small talk in any words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.small_talk import small_talk_sort


@pytest.mark.parametrize(
    ("message", "sort"),
    [
        ("thank you so much, that was really helpful!", "thanks"),
        ("good evening everyone", "greeting"),
        ("that's just nonsense", "complaint"),
        ("ok great, bye then", "farewell"),
        ("brilliant answer", "praise"),
        ("Vielen herzlichen Dank!", "thanks"),
        ("Merci beaucoup pour votre aide", "thanks"),
        ("muchas gracias por tu ayuda", "thanks"),
        ("grazie mille per l'aiuto", "thanks"),
        ("muito obrigada pela ajuda", "thanks"),
        ("heel erg bedankt voor je hulp", "thanks"),
    ],
)
def test_a_message_of_such_words_is_small_talk(message, sort):
    """One word decides the sort of it."""
    found = small_talk_sort(message)

    assert found is not None
    assert sort == found[0]


@pytest.mark.parametrize(
    "message",
    ["is this wrong?", "thanks for the invoice", "what is good work?", "your answer", "", "good day rate"],
)
def test_another_word_makes_it_a_question(message):
    """So does a question mark after a judgement."""
    assert small_talk_sort(message) is None


@given(st.text())
def test_hyp_any_text_has_a_sort_or_none(text):
    """This holds for any text."""
    found = small_talk_sort(text)

    assert found is None or found[0] != "fillers"
