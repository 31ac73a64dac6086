"""Names and years that no document has."""

import pytest

from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.unknown_names import UnknownNameForm, names_in
from qa.answering.pipeline import QAPipeline
from tests.fakes.markdown import source
from tests.fakes.pipeline import small_pipeline

CLOCKS = "Jonah Pike made the clock of the station at Hexham. The German clock was sold in 1953.\n"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from one document about clocks, even if a sentence has few words of the question."""
    answerer = ExtractiveAnswerer(refuse_below=0.2, bold_from=0.9)
    return small_pipeline(
        tmp_path_factory.mktemp("index"),
        [source("clocks-of-ulm.md", CLOCKS)],
        answerer=answerer,
        general_forms=(UnknownNameForm(answerer),),
    )


@pytest.mark.parametrize(
    ("question", "unknown"),
    [("Who made the clock of the station at Durham?", "Durham"), ("Which clock was sold in 1963?", "1963")],
)
def test_a_question_about_an_unknown_name_is_refused(pipeline, question, unknown):
    """The name is told, and the near sentence is offered."""
    answer = pipeline.run(question)

    assert answer.refused
    assert unknown in answer.reason
    assert answer.possible


@pytest.mark.parametrize(
    "question",
    [
        "Who made the clock of the station at Hexham?",
        "Who made the clock of the station in Germany?",
        "Who made the clock of the station of Ulm?",
        "Who made the clock of the station (USA)?",
        "who made the clock of the station at durham?",
        "WHO MADE THE CLOCK OF THE STATION AT DURHAM?",
    ],
)
def test_other_questions_are_answered(pipeline, question):
    """The name is in a text or a file name, in another form; or the capitals tell no name."""
    assert not pipeline.run(question).refused


def test_names_have_capitals():
    """The first word has one anyway."""
    assert ["Durham", "1850"] == names_in("When was Durham's station built, in 1850?")
    assert [] == names_in("Durham is where?")


@pytest.mark.parametrize(
    "question",
    [
        "What does President Harlow say of clocks?",
        "What did Harlow mention about the clock?",
        "How old is the clock according to Harlow?",
    ],
)
def test_who_speaks_is_no_unknown_name(question):
    """A speech often has its speaker's name nowhere."""
    assert [] == names_in(question)
