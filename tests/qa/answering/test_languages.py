"""The language of a question: a few words have to do, and English is the default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.languages import languages
from qa.answering.languages import can_be_in, detect_language, language_name, opens_with_and


@pytest.mark.parametrize(
    ("code", "question"),
    [
        ("de", "Wie hoch ist der Eiffelturm?"),
        ("de", "warum?"),
        ("fr", "combien coûte le forfait ?"),
        ("fr", "Où est le siège?"),
        ("es", "¿Quién fundó la empresa?"),
        ("es", "cuánto cuesta el plan?"),
        ("it", "dove si trova la sede?"),
        ("it", "perché?"),
        ("pt", "quanto custa o plano?"),
        ("pt", "quem escreveu o relatório?"),
        ("nl", "wat is de hoofdstad van ierland?"),
        ("nl", "hoeveel kost het?"),
        ("en", "what is die hard about?"),
        ("en", "hat sales 2020"),
        ("en", "wat is the capitol of irland?"),
        ("en", "when is the invoice due"),
        ("en", "Netflix"),
        ("en", ""),
        ("en", "Кто построил эту башню?"),
    ],
)
def test_a_question_is_in_the_language_of_its_words(code, question):
    """English words that another language also has don't make a question foreign."""
    assert code == detect_language(question)


def test_a_language_has_an_english_name():
    """Messages, which are in English, use it."""
    assert ("German", "Portuguese") == (language_name("de"), language_name("pt"))


def test_a_question_may_start_with_and():
    """The word for *and* or *but* differs by language."""
    assert opens_with_and("und ab wann habe ich Anspruch?", "de")
    assert opens_with_and("et pourquoi ?", "fr")
    assert not opens_with_and("ab wann habe ich Anspruch?", "de")
    assert not opens_with_and("?!", "en")


@given(st.text())
def test_hyp_any_question_has_a_language(question):
    """This holds for any text."""
    assert detect_language(question) in languages()


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The rent is due on the first of the month.", "de", False),
        ("Die Miete ist am Ersten des Monats zu zahlen.", "de", True),
        ("Kiel, Stadt: 12161.0; Ulm: 8", "de", True),
    ],
)
def test_can_be_in(text, language, expected):
    """A table has too few function words to exclude a language."""
    assert expected is can_be_in(text, language)
