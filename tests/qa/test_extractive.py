"""The extractive answer: verbatim sentences, a bold phrase only when sure, a refusal otherwise."""

import pytest

from qa.answerers.extractive import ExtractiveAnswerer
from qa.reader import Reading
from tests.fakes.passages import document, passage, quote

WIRE = passage(document("Early reports spoke of 17 missiles. They were wrong.", "Wire"))
BRIEFING = passage(document("Officials counted 23 missiles. It was a Wednesday.", "Briefing"))
ANSWERER = ExtractiveAnswerer(refuse_below=0.3, bold_from=0.5)


def draft(question, *quotes):
    readings = [Reading(one.passage, 1.0, one.probability, (one,)) for one in quotes]
    *_, last = ANSWERER.draft(question, readings)
    return last


def test_the_short_answer_is_bold_when_the_reader_is_sure():
    """Its sentence is shown whole, with the quote that carries it."""
    answer = draft(
        "How many missiles?", quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.9)
    )

    assert answer.short == "23 missiles"
    assert ["Officials counted 23 missiles."] == [claim.text for claim in answer.claims]


def test_an_unsure_reader_gets_no_bold_phrase():
    """The sentence alone is shown."""
    answer = draft(
        "How many missiles?", quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.4)
    )

    assert answer.short is None
    assert answer.claims


@pytest.mark.parametrize("question", ["Why did they fire?", "how does it work", "“How come?”"])
def test_why_and_how_questions_get_sentences(question):
    """Their answer is no phrase."""
    assert draft(question, quote(BRIEFING, "It was a Wednesday.", "Wednesday", 0.9)).short is None


@pytest.mark.parametrize("question", ["How many missiles?", "how old is it", "When was it?"])
def test_how_many_is_a_question_for_a_phrase(question):
    """A number answers it."""
    assert draft(question, quote(BRIEFING, "It was a Wednesday.", "Wednesday", 0.9)).short


def test_below_the_threshold_it_refuses():
    """A refusal has a reason and no claims."""
    answer = draft("Who?", quote(BRIEFING, "It was a Wednesday.", "Wednesday", 0.29))

    assert () == answer.claims
    assert answer.reason is not None
    assert draft("Who?").reason is not None


def test_two_documents_that_say_it_are_both_quoted():
    """The likelier sentence comes first; an unlikely one is left out."""
    answer = draft(
        "How many missiles?",
        quote(WIRE, "Early reports spoke of 17 missiles.", "17 missiles", 0.8),
        quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.9),
        quote(WIRE, "They were wrong.", "wrong", 0.35),
    )

    assert ["Officials counted 23 missiles.", "Early reports spoke of 17 missiles."] == [
        claim.text for claim in answer.claims
    ]
