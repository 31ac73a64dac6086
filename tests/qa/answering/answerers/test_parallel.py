"""Sentences that answer a follow-up as the question before was answered."""

import pytest

from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.parallel import ParallelForm
from qa.answering.pipeline import QAPipeline
from qa.records import Turn
from tests.fakes.markdown import source
from tests.fakes.pipeline import small_pipeline

GRANTS = """# Grants of the board

Requests of 2023 ranged from a little less than 1000 to over 3000 euros, says the list of the board.

In 2023, 26 grants were made to 22 gardens for a total of 900 euros.

In 2024, 27 grants were made to 25 gardens for a total of 950 euros.
"""
COURT = "# Pike v. Hexham\n\nKagan delivered the opinion of the Court, in which two others joined.\n"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from a report on grants and a notice of a court, and refuses what has no parallel."""
    return small_pipeline(
        tmp_path_factory.mktemp("index"),
        [source("grants.md", GRANTS), source("pike.md", COURT)],
        answerer=ExtractiveAnswerer(refuse_below=1.1, bold_from=1.1),
        general_forms=(ParallelForm(),),
    )


@pytest.mark.parametrize(
    ("earlier", "answer", "question", "expected"),
    [
        (
            "How many grants did the board make in 2024?",
            "In 2024, 27 grants were made to 25 gardens for a total of 950 euros.",
            "and in 2023?",
            "In 2023, 26 grants were made to 22 gardens for a total of 900 euros.",
        ),
        (
            "Who wrote the opinion in Tarrant?",
            "Justice Sotomayor delivered the opinion of the Court.",
            "and in Pike?",
            "Kagan delivered the opinion of the Court, in which two others joined.",
        ),
    ],
)
def test_the_sentence_like_the_earlier_answer_is_shown(pipeline, earlier, answer, question, expected):
    """It has the new phrase, or its document's title has it."""
    found = pipeline.run(question, history=[Turn(earlier, answer)])

    assert [expected] == [sentence.text for sentence in found.sentences]
    assert found.confidence is not None
    assert found.confidence >= 0.6


@pytest.mark.parametrize(
    ("earlier", "answer", "question"),
    [
        ("How many grants did the board make in 2024?", "27.", "and in 2023?"),
        (
            "How many grants did the board make in 2024?",
            "In 2024, 27 grants were made to 25 gardens for a total of 950 euros.",
            "and in 2021?",
        ),
        (
            "How many grants did the board make in 2024?",
            "In 2024, 27 grants were made to 25 gardens for a total of 950 euros.",
            "Who delivered the opinion of the Court?",
        ),
    ],
)
def test_without_a_parallel_sentence_the_form_has_no_answer(pipeline, earlier, answer, question):
    """The earlier answer is too short, nothing is said of the new phrase, or the questions aren't alike."""
    assert pipeline.run(question, history=[Turn(earlier, answer)]).refused
