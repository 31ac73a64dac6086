"""Detecting the language of a passage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.languages import ENGLISH, detect_language, language_scores, languages

PASSAGES = {
    "en": "The tenant shall pay the rent on the first of each month, and the landlord must confirm it.",
    "de": "Der Mieter zahlt die Miete am Ersten jedes Monats, und der Vermieter muss es bestätigen.",
    "fr": "Le locataire paie le loyer le premier de chaque mois, et le propriétaire doit le confirmer.",
    "es": "El inquilino paga el alquiler el primero de cada mes, y el propietario debe confirmarlo.",
    "it": "L'inquilino paga l'affitto il primo di ogni mese e il proprietario deve confermare che è così.",
    "pt": "O inquilino paga o aluguel no primeiro dia de cada mês, e o proprietário deve confirmar isso.",
    "nl": "De huurder betaalt de huur op de eerste van elke maand en de verhuurder moet dit bevestigen.",
}


@pytest.mark.parametrize(("code", "text"), PASSAGES.items())
def test_detect_language_by_function_words(code, text):
    """One sentence has enough of them."""
    assert code == detect_language(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kennziffer: 15002; Raumeinheit: Halle; Wert: 1911.0",
        "var(N) = (K + 1)(n + 1) / (k + 1)(k + 2)",
        "The film Die Hard is about a man who saves the people in a tower, and it was a hit.",
        "Costa Rica, San José, Los Angeles",
        "日本の首都はどこですか",
    ],
)
def test_doubtful_text_is_english(text):
    """Tables, formulas, names and other scripts have no clear language."""
    assert ENGLISH == detect_language(text)


def test_shared_words_weigh_less():
    """*Wurde* is German alone; *die* is German and Dutch."""
    assert language_scores(["wurde"])["de"] == 1
    assert language_scores(["die"])["de"] == language_scores(["die"])["nl"] == 0.5


def test_won_is_a_word_of_its_own():
    """Half of "won't" is a verb that people search for."""
    assert "won" not in languages()[ENGLISH].words


def test_every_language_has_words_of_its_own():
    """Each language has over 60 function words that no other language shares."""
    for code in languages():
        own = [word for word in languages()[code].words if language_scores([word])[code] == 1]
        assert len(own) > 60, code


@given(st.text())
def test_hyp_any_text_has_a_language(text):
    """Detection returns a supported language for any text."""
    assert detect_language(text) in languages()
