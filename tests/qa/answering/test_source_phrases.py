"""The words that say where an answer is, or who gives it, are left out of a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.source_phrases import without_source_phrases


def is_unknown(name):
    return False


@pytest.mark.parametrize(
    ("question", "shorter"),
    [
        ("According to the handbook, how many days do I get?", "How many days do I get?"),
        ("how long is the notice period according to the lease", "how long is the notice period"),
        ("What are the stages of the cycle outlined in the text?", "What are the stages of the cycle?"),
        ("Which advances in optics are discussed in these articles?", "Which advances in optics?"),
        ("Which tools does the report recommend for testing?", "Which tools for testing?"),
        ("What tax plans did President Roe mention in her speech?", "What tax plans?"),
        ("What law mentioned by Roe protects lakes?", "What law protects lakes?"),
        ("Which steps has Roe proposed to lower rents?", "Which steps to lower rents?"),
        ("What falls if the dam breaks according to Jo Roe's speech?", "What falls if the dam breaks?"),
    ],
)
def test_source_phrases_are_left_out(question, shorter):
    """What is left is what a sentence of the document can say."""
    assert without_source_phrases(question, is_unknown) == shorter


@pytest.mark.parametrize(
    "question",
    [
        "What did the author propose?",
        "Who wrote the report?",
        "What changed in the policy?",
        "What does the handbook say about overtime?",
        "What is mentioned in the minutes about parking?",
        "Is alcohol mentioned in the policy?",
        "Name the conditions shown in the report",
        "How long does the guide say to bake it?",
        "Can zlib open .z files?",
    ],
)
def test_other_questions_stay_as_they_are(question):
    """Without these words they would ask for something else, or for nothing."""
    assert without_source_phrases(question, is_unknown) == question


def test_a_speaker_whom_a_document_names_stays():
    """Somebody else may propose something else there."""
    question = "Which steps has Roe proposed to lower rents?"

    assert without_source_phrases(question, lambda name: name == "Roe") == question


@given(st.text(max_size=80))
def test_hyp_any_text_is_accepted(text):
    """A question keeps at least its minimum of words."""
    shorter = without_source_phrases(text, is_unknown)

    assert shorter == text or len(shorter.split()) >= 3
