"""Misspelt words become words of the documents, and words that are merely unknown stay."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.dictionaries import is_known
from qa.answering.spelling import SpellingCorrector

WORDS = """
the of what which how much is a in when did does water percentage excess river vessel hull design
protected registered brendan mozilla become module bereavement child reward carbuncle ireland capital
idea modern saudi interview reviews nowcasting artikels urlaub rest anspruch primate google dublin leave
"""


class Words:
    """A vocabulary as a mapping, in which a word also occurs without its plural ending."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self.vocabulary = words

    def occurs(self, word: str) -> bool:
        return word in self.vocabulary or word.removesuffix("s") in self.vocabulary


@pytest.fixture(scope="module")
def documents() -> Words:
    """Documents that have each of the words five times."""
    return Words(dict.fromkeys(WORDS.split(), 5))


@pytest.fixture(scope="module")
def corrector() -> SpellingCorrector:
    """With the dictionaries that people get."""
    return SpellingCorrector(is_known)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("what percentige of the exces water?", "what percentage of the excess water?"),
        ("how long is a vesel hull desing protected?", "how long is a vessel hull design protected?"),
        ("when did brenden eich becom ceo of mozila?", "when did brendan eich become ceo of mozilla?"),
        ("wich voltage does the modul need?", "which voltage does the module need?"),
        ("wat is the capital of irland?", "what is the capital of ireland?"),
        ("how much berevement leave for a chlid?", "how much bereavement leave for a child?"),
        ("the Rewart for the blue Carbunkle", "the Rewart for the blue Carbunkle"),
        ("the rewart for the blue carbunkle", "the reward for the blue carbuncle"),
        (
            "wer ist der autor des artikles über nowcastign?",
            "wer ist der autor des artikels über nowcasting?",
        ),
        ("who runs gogle?", "who runs google?"),
    ],
)
def test_a_misspelt_word_is_corrected(typed, meant, corrector, documents):
    """It has one wrong letter, or two in a long word; capitalised words are names."""
    assert meant == corrector.correct(typed, documents)


@pytest.mark.parametrize(
    "question",
    [
        "how many stores does ikea have?",  # not idea
        "how is moderna doing?",  # not modern
        "who is the king of saud?",  # not saudi
        "what is the preimage of a set?",  # not primate
        "when was the review?",  # a word of the language
        "how many urlaubs are there?",  # occurs in another form
        'who said "percentige"?',
        "what does percentig3 mean?",
        "what is a PERCENTIGE?",
        "what is NodeJs?",
        "I dont know what it is",
        "wie viel resturlaub gibt es?",  # two known words in one
        "日本の首都はどこですか",
        "",
    ],
)
def test_an_unknown_word_is_not_changed(question, corrector, documents):
    """Names, real words, compounds and quoted words stay."""
    assert question == corrector.correct(question, documents)


def test_an_ambiguous_word_is_not_changed(corrector):
    """A guess would be wrong half of the time."""
    documents = Words({"karlen": 5, "karlin": 5})

    assert "who is karln?" == corrector.correct("who is karln?", documents)


def test_a_much_more_frequent_word_is_preferred(corrector):
    """It must be far more frequent than the other."""
    assert "the excess of it" == corrector.correct("the exces of it", Words({"excess": 500, "exceso": 1}))


def test_nothing_is_corrected_over_empty_documents(corrector):
    """There is no word to correct it to."""
    assert "percentige" == corrector.correct("percentige", Words({}))


@given(st.text())
def test_hyp_a_correction_has_words_of_the_documents(question):
    """All new words are from the documents, and the number of words stays."""
    documents = Words(dict.fromkeys(WORDS.split(), 5))
    corrected = SpellingCorrector(lambda word, language: False).correct(question, documents)

    assert len(question.split()) == len(corrected.split())
    assert corrected == question or any(word in corrected.lower() for word in documents.vocabulary)
