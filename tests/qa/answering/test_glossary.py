"""A question's words in another language."""

import pytest

from qa.answering.glossary import LANGUAGES, _data, names_language, synonyms, translate


@pytest.mark.parametrize(
    ("question", "source", "target", "wanted", "expected"),
    [
        ("Wie viele Tage Urlaub gibt es?", "de", "en", "amount", "how many day leave?"),
        ("Quelle est la capitale de la France ?", "fr", "en", "anything", "what capital france?"),
        ("Hoe heet de auteur van het boek?", "nl", "en", "name", "what is the name of author book?"),
        ("Chi è il presidente?", "it", "en", "name", "who president?"),
        ("How long is the contract?", "en", "es", "amount", "cuál es el importe contrato?"),
        ("Wie hoch ist der Jahresurlaub?", "de", "en", "amount", "what is the year leave?"),
        ("Wie lange dauert der Vertrag?", "de", "en", "amount", "how long contract?"),
        ("quanto costa stampare una pagina?", "it", "en", "amount", "how much cost print page?"),
        ("¿Qué edad tiene el molino?", "es", "en", "amount", "how old mill?"),
        ("What is the price in German law?", "en", "de", "anything", "was preis gesetz?"),
    ],
)
def test_translate(question, source, target, wanted, expected):
    """The result has an opening for the wanted type and the content words."""
    translation = translate(question, source, target, {}, wanted)

    assert expected == translation.text
    assert () == translation.missing


def test_names_and_numbers_stay():
    """A name must be in the documents, a number needn't."""
    known = translate("Was machte Tarrant 2007?", "de", "en", {"tarrant": 3}, "anything")
    unknown = translate("Was machte Tarrant 2007?", "de", "en", {}, "anything")

    assert "what make tarrant 2007?" == known.text
    assert "tarrant" in unknown.missing


def test_an_english_word_is_not_a_name():
    """It may be in English documents without being a name elsewhere."""
    translation = translate("What is the weather wherewithal?", "en", "de", {"wherewithal": 5}, "anything")

    assert ("wherewithal",) == translation.missing


def test_similar_words_are_found():
    """The documents' own spelling is used."""
    translation = translate("Was ist die Infrastruktur?", "de", "en", {"infrastructure": 4}, "anything")

    assert "what infrastructure?" == translation.text


def test_a_word_of_the_documents_is_preferred():
    """A word may have several translations."""
    translation = translate("Wie lang ist der Urlaub?", "de", "en", {"vacation": 2}, "anything")

    assert "vacation" in translation.text


def test_other_translations_are_alternatives():
    """A word of the documents stands for a question's word in any regular form."""
    translation = translate(
        "Darf ich ein Buch ausleihen?", "de", "en", {"borrowed": 2, "loan": 1}, "decision"
    )

    assert {"borrow": ("loan",)} == translation.alternatives
    assert "is book borrow? loan" == translation.query


def test_accents_may_be_missing():
    """Many people type without them."""
    translation = translate("quand ouvre la bibliotheque ?", "fr", "en", {}, "date")

    assert "when open library?" == translation.text


def test_every_line_has_every_language():
    """A line without a word for a language would translate to nothing."""
    lines = _data()["lines"]

    assert all(len(LANGUAGES) == len(line) and all(line) for line in lines)


def test_numbers_are_found_in_words_and_in_figures():
    """Both are searched for."""
    translation = translate("More than nine hours?", "en", "de", {"neun": 1, "9": 1}, "anything")

    assert {"neun": ("9",)} == translation.alternatives
    assert "9" in synonyms("neun", "de")


def test_a_compound_of_the_documents_counts_as_its_last_part():
    """German and Dutch write compounds as one word."""
    translation = translate("How long is the break?", "en", "de", {"ruhepausen": 2}, "anything")

    assert "pause" in translation.text


@pytest.mark.parametrize(
    ("stem", "language", "other"),
    [("gehalt", "de", "lohn"), ("voitur", "fr", "auto"), ("borr", "es", "elimin")],
)
def test_synonyms(stem, language, other):
    """They are words of one line, without their endings."""
    assert other in synonyms(stem, language)


def test_a_named_language_is_recognised():
    """The answer is looked for in it alone."""
    assert names_language("What does German law say?", "en", "de")
    assert not names_language("What does the law say?", "en", "de")
