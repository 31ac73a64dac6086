"""Questions in other languages than English, over a real small index."""

import pytest

from index import MultilingualEmbedder
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.other_languages import OtherLanguagesForm
from qa.answering.answerers.sentence_similarity import VectorSimilarity
from qa.answering.answerers.word_match import default_word_choice
from qa.answering.pipeline import QAPipeline
from tests.fakes.markdown import source
from tests.fakes.pipeline import small_pipeline

SIMILARITY = VectorSimilarity(MultilingualEmbedder())
EXTRACTIVE = ExtractiveAnswerer(refuse_below=0.3, bold_from=0.9)
LIBRARY = {
    "faehre.md": """# Fährordnung

## § 1 Fahrkarten

Jeder Fahrgast hat vor der Fahrt eine Fahrkarte zu kaufen. Eine Monatskarte kostet 45 Euro. Kinder unter
sechs Jahren fahren ohne Fahrkarte mit.

## § 2 Tiere

Hunde sind an der Leine zu führen. Auf der Fähre dürfen Pferde nicht befördert werden.

Mitzuführen sind auf jeder Fahrt über den See die folgenden Papiere:

- der gültige Fahrschein
- ein amtlicher Ausweis
""",
    "bateau.md": """# Règlement du bateau

Le capitaine est responsable de la sécurité à bord. La traversée dure quarante minutes et le bateau part à
huit heures du matin. Il est interdit de fumer sur le pont du bateau.
""",
    "lake.md": "# Lake Orin\n\nThe lake is deep. Anna Keller drew the map of the lake in 1912.\n",
}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from three small documents in three languages."""
    return small_pipeline(
        tmp_path_factory.mktemp("index"),
        [source(name, text) for name, text in LIBRARY.items()],
        answerer=EXTRACTIVE,
        general_forms=(OtherLanguagesForm(default_word_choice(), SIMILARITY, EXTRACTIVE, refuse_below=0.25),),
    )


@pytest.mark.parametrize(
    ("question", "answer", "note"),
    [
        ("Wie viel kostet eine Monatskarte?", "Eine Monatskarte kostet 45 Euro.", "Englisch"),
        ("Dürfen Pferde auf die Fähre?", "Auf der Fähre dürfen Pferde nicht befördert werden.", "Englisch"),
        ("Combien de minutes dure la traversée ?", "La traversée dure quarante minutes", "anglais"),
        ("Qui est responsable de la sécurité à bord ?", "Le capitaine est responsable", "anglais"),
        ("Fahrgast Fahrkarte", "Jeder Fahrgast hat", "Englisch"),
    ],
)
def test_the_sentence_with_the_words_answers(pipeline, question, answer, note):
    """The answer is verbatim and cited; the note says that the reader knows English best."""
    found = pipeline.run(question)

    assert found.sentences[0].text.startswith(answer)
    assert found.footnotes[0].cited_text == found.sentences[0].text
    assert note in found.note
    assert found.confidence is not None


def test_unknown_words_are_refused(pipeline):
    """The refusal is in the question's language."""
    found = pipeline.run("Wie hoch ist die Arbeitslosenquote der Kapitäne?")

    assert found.refused
    assert "keine Antwort gefunden" in found.reason


def test_an_announced_list_is_shown_whole(pipeline):
    """The items follow the sentence that ends with a colon, each with its footnote."""
    found = pipeline.run("Welche Papiere sind auf jeder Fahrt mitzuführen?")

    assert ["der gültige Fahrschein", "ein amtlicher Ausweis"] == [
        one.text.lstrip("- ") for one in found.sentences[-2:]
    ]
    assert all(one.markers for one in found.sentences)


def test_headings_are_not_answers(pipeline):
    """A heading may have all the words."""
    found = pipeline.run("Was gilt für Tiere wie Hunde?")

    assert all("§ 2" not in one.text for one in (*found.sentences, *found.possible))


def test_english_questions_are_left_to_the_answerer(pipeline):
    """The reader can judge them."""
    found = pipeline.run("Who drew the map of the lake?")

    assert "" == found.note
    assert "Anna Keller" in found.text


@pytest.mark.parametrize(
    ("question", "answer", "looked_up"),
    [
        ("Wer hat die Karte von Lake Orin gezeichnet?", "Anna Keller drew the map", "lake"),
        ("How many euros does the Monatskarte cost?", "Eine Monatskarte kostet", "monatskarte"),
    ],
)
def test_another_language_is_translated_word_by_word(pipeline, question, answer, looked_up):
    """The note shows the translated words."""
    found = pipeline.run(question)

    assert answer in found.sentences[0].text
    assert looked_up in found.note


def test_passages_in_the_questions_language_come_first(pipeline):
    """A name in other documents, too, doesn't rank them higher."""
    with pipeline.live.acquire() as snapshot:
        found = pipeline.retriever.retrieve(snapshot, "Wer hat auf der Fähre die Karte für Lake Orin?", 4)

    assert ["faehre.md", "lake.md"] == [found[0].path, found[-1].path]


def test_a_translated_question_needs_most_of_its_words(pipeline):
    """A name alone is not enough for an answer."""
    found = pipeline.run("Wie heißt die Hauptstadt des Landes am Lake Orin?")

    assert found.refused


def test_a_translated_answer_has_what_is_asked_for(pipeline):
    """A sentence without a number doesn't answer a question for one, whatever words it shares."""
    assert pipeline.run("Wie tief ist der See?").refused
