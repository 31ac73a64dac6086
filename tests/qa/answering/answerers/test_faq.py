"""Questions that a document asks itself, and the sentences below them."""

import pytest

from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.faq import FaqForm, similarity
from qa.answering.pipeline import QAPipeline
from tests.fakes.markdown import source
from tests.fakes.pipeline import small_pipeline

PAGE = """# Questions about the ferry

## 1.1. How do I renew a ticket?

Yes, that is possible. Take it to the harbour master, who stamps it and writes the new date
on its back in red ink that lasts.

A third sentence is about something else.

## 1.2. How many bags can I bring aboard?

As many as you can carry.

## 1.3. When does the ferry not run?

It doesn't run on these days:

- Christmas
- Easter
"""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from a page of questions, and only by them."""
    return small_pipeline(
        tmp_path_factory.mktemp("index"),
        [source("ferry.md", PAGE)],
        answerer=ExtractiveAnswerer(refuse_below=0.99, bold_from=0.99),
        general_forms=(FaqForm(),),
    )


def test_the_same_question_has_its_answer_below(pipeline):
    """The first sentences are shown until they say enough, each with its footnote."""
    answer = pipeline.run("how can i renew my ticket")

    assert ["Yes, that is possible.", "Take it to the harbour master,"] == [
        sentence.text[:30] for sentence in answer.sentences
    ]
    assert all(sentence.markers for sentence in answer.sentences)


def test_a_list_below_a_question_is_shown(pipeline):
    """Its items follow the sentence that introduces them."""
    answer = pipeline.run("When does the ferry not run?")

    assert 3 == len(answer.sentences)


def test_an_answer_without_the_number_asked_for_is_none(pipeline):
    """ "As many as you can carry" doesn't count bags; the other forms have to find it."""
    assert pipeline.run("How many bags can I bring aboard?").refused


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("How do I renew a ticket?", "How do I return a ticket?"),
        ("When does the ferry run?", "Why does the ferry run?"),
        ("Who is it?", "Who is it?"),
    ],
)
def test_other_questions_are_not_alike(question, other):
    """They have another word in common use, ask for something else, or name nothing."""
    assert similarity(question, other) < 0.75
