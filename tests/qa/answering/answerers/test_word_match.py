"""Sentences chosen by their words, where the reader can't judge."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import word_stems
from qa.answering.answerers.question_words import WantedType, can_answer, wanted_type, without_question_words
from qa.answering.answerers.word_match import (
    default_word_choice,
    defines,
    features,
    quotes_by_words,
    similarity,
)
from qa.records import Passage
from tests.fakes import passages

HARBOUR = (
    "Der Hafen hat drei Becken. Jedes Boot zahlt 40 Euro Liegegebühr pro Monat. "
    "Der Hafenmeister heißt Ole Brandt. Die Liegegebühr ist eine Abgabe für die Nutzung eines Platzes."
)


def passage(text: str) -> Passage:
    return passages.passage(passages.document(text, title="-"))


def all_alike(sentences: Sequence[str]) -> list[float]:
    """Return the same similarity for every sentence, so that the words decide."""
    return [0.85] * len(sentences)


def best(question: str, text: str, language: str) -> str:
    quotes = quotes_by_words(
        question,
        language,
        [passage(text)],
        lambda words: word_stems(words, language),
        choice=default_word_choice(),
        compare=all_alike,
    )
    return quotes[0].text


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("Wie viele Tage habe ich?", "de", WantedType.AMOUNT),
        ("Bis wann gilt das?", "de", WantedType.DATE),
        ("Was versteht man unter Verzug?", "de", WantedType.DEFINITION),
        ("Darf ich kündigen?", "de", WantedType.DECISION),
        ("Combien coûte l'inscription ?", "fr", WantedType.AMOUNT),
        ("Pourquoi faut-il un visa ?", "fr", WantedType.REASON),
        ("¿Quién firmó el contrato?", "es", WantedType.NAME),
        ("¿Puedo cancelar?", "es", WantedType.DECISION),
        ("Quando scade il termine?", "it", WantedType.DATE),
        ("Onde fica o arquivo?", "pt", WantedType.PLACE),
        ("Hoeveel dagen vakantie heb ik?", "nl", WantedType.AMOUNT),
        ("Wie is de voorzitter?", "nl", WantedType.NAME),
        ("Tell me", "xx", WantedType.ANYTHING),
    ],
)
def test_wanted_type(question, language, kind):
    """Question words decide the type, in each language."""
    assert kind is wanted_type(question, language)


@pytest.mark.parametrize(
    ("sentence", "kind", "language", "fits"),
    [
        ("(2) Der Urlaub wird gewährt.", WantedType.AMOUNT, "de", False),
        ("Der Urlaub beträgt 24 Werktage.", WantedType.AMOUNT, "de", True),
        ("Nach sechsmonatigem Bestehen.", WantedType.DATE, "de", True),
        ("Il est interdit de fumer.", WantedType.DECISION, "fr", True),
        ("Der Hafen hat drei Becken.", WantedType.NAME, "de", False),
        ("Der Hafenmeister ist Ole Brandt.", WantedType.NAME, "de", True),
        ("Lo firmó ayer.", WantedType.NAME, "es", False),
        ("Lo firmó Ana Ruiz.", WantedType.NAME, "es", True),
    ],
)
def test_can_answer(sentence, kind, language, fits):
    """A sentence can answer if it has words of the type, its own number aside."""
    assert fits is can_answer(sentence, kind, language)


def test_question_words_are_left_out():
    """They aren't looked for in answers."""
    assert "mit dem Resturlaub" in without_question_words("Was passiert mit dem Resturlaub?", "de")
    assert "passiert" not in without_question_words("Was passiert mit dem Resturlaub?", "de")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Wie hoch ist die Gebühr für einen Liegeplatz im Monat?", "40 Euro"),
        ("Wie heißt der Hafenmeister?", "Ole Brandt"),
        ("Wie viele Becken hat der Hafen?", "drei Becken"),
    ],
)
def test_the_best_sentence_has_the_words(question, answer):
    """Parts of compounds count less, and the wanted type counts, too."""
    assert answer in best(question, HARBOUR, "de")


def test_a_definition_names_its_subject_first():
    """A sentence that only mentions the subject is not a definition."""

    def stems(text):
        return word_stems(text, "de")

    question = "Was versteht man unter Liegegebühr?"

    assert defines("Die Liegegebühr ist eine Abgabe.", question, "de", stems)
    assert not defines("Jedes Boot, das hier liegt, ist zur Liegegebühr verpflichtet.", question, "de", stems)


def test_words_of_the_conversation_count_less():
    """The brackets of a follow-up have its topic, not what it asks for."""
    (asked,) = [one for _, _, one in features("Wer zahlt?", "de", [passage("Das Boot.")], str.split)]
    (mixed,) = [one for _, _, one in features("Wer zahlt? (Boot)", "de", [passage("Das Boot.")], str.split)]

    assert 0 == asked["said"]
    assert mixed["said"] < 0.5


@pytest.mark.parametrize(
    ("one", "other", "language", "expected"),
    [
        ("urlaub", "urlaub", "fr", 1.0),
        ("urlaub", "resturlaub", "de", 0.8),
        ("urlaub", "resturlaub", "fr", 0.0),
        ("public", "publicat", "it", 0.8),
        ("contrat", "context", "fr", 0.0),
    ],
)
def test_similarity(one, other, language, expected):
    """Forms of a word and parts of compounds count in part."""
    assert expected == similarity(one, other, language)


@given(st.text(alphabet="abcdeä", max_size=9), st.text(alphabet="abcdeä", max_size=9))
def test_hyp_similarity_is_symmetric(one, other):
    """The order of the words doesn't matter."""
    assert similarity(one, other, "de") == similarity(other, one, "de")
    assert 0 <= similarity(one, other, "de") <= 1


@given(st.text(max_size=200), st.text(max_size=60))
def test_hyp_quotes_are_words_of_the_passage(text, question):
    """For any text and question a quote is a range of the text."""
    quotes = quotes_by_words(
        question,
        "nl",
        [passage(text or "x")],
        lambda words: word_stems(words, "nl"),
        choice=default_word_choice(),
        compare=all_alike,
    )

    assert all(quote.text == (text or "x")[quote.start : quote.end] != "" for quote in quotes)


def test_a_word_that_means_the_same_counts_in_part():
    """The question says *Gehalt*, the text *Lohn*."""
    question, text = "Wann kommt das Gehalt?", "Der Lohn kommt am 15. Mai. Die Wäsche kommt am 3. Juni."

    assert "Der Lohn kommt am 15. Mai." == best(question, text, "de")
