"""Definitions: which questions ask for a term, and the entries of documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answerers.definitions import DefinitionForm, requested_term
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.pipeline import QAPipeline
from tests.fakes.markdown import source
from tests.fakes.pipeline import small_pipeline

TERMS = """# Terms

- Demurrage
- The charge for a ship that stays too long. It is paid by the day.
- Lay time
- See Demurrage.

- Gold card (12,000 euros a year)
- The logo of the holder is painted on the ferry.

Draught - the depth of a hull under water.

Slack time is when the tide doesn't move. It lasts for an hour.

A long slack time is a rare thing here.

Vessel Traffic Service (VTS) is a watch over the harbour. A berth master: a person who assigns berths.

- Wake: No, not in the harbour.

"Bill of lading" means a receipt for the goods on a ship.

## What is a pilot?

A person who steers ships through a harbour.

## What is a lighter?

English | Deutsch | Nederlands | Dansk

A flat barge that carries goods to a ship.
"""


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("What is demurrage?", "demurrage"),
        ("define liquidity", "liquidity"),
        ("what does OFX stand for?", "OFX"),
        ("what's a bill of lading?", "bill of lading"),
        ("meaning of draught", "draught"),
        ("Was bedeutet Liegezeit?", "Liegezeit"),
        ("Qu'est-ce que la franchise ?", "franchise"),
        ("¿Qué es el calado?", "calado"),
    ],
)
def test_a_question_asks_for_a_term(question, term):
    """The term is without its article."""
    request = requested_term(question)

    assert request is not None
    assert term == request.text


@pytest.mark.parametrize("question", ["Who built the harbour?", "What is it?", "", "When does it mean?"])
def test_other_questions_ask_for_no_term(question):
    """A question with another question word, or without a word of its own, has none."""
    assert requested_term(question) is None


@given(st.text(max_size=200))
def test_hyp_any_text_is_read(text):
    """A term, if there is one, has a letter or a digit."""
    request = requested_term(text)

    assert request is None or any(letter.isalnum() for letter in request.text)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from a list of terms."""
    return small_pipeline(
        tmp_path_factory.mktemp("index"),
        [source("terms.md", TERMS)],
        answerer=ExtractiveAnswerer(refuse_below=0.99, bold_from=0.99),
        general_forms=(DefinitionForm(),),
    )


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("What is demurrage?", ["The charge for a ship that stays too long.", "It is paid by the day."]),
        ("what is a draught?", ["the depth of a hull under water."]),
        ("define bill of lading", ['"Bill of lading" means a receipt for the goods on a ship.']),
        ("What is a lighter?", ["A flat barge that carries goods to a ship."]),
        (
            "What is a gold card?",
            ["Gold card (12,000 euros a year)", "The logo of the holder is painted on the ferry."],
        ),
        ("What is a pilot?", ["A person who steers ships through a harbour."]),
        ("what is the draught of a ship?", ["the depth of a hull under water."]),
        (
            "what is VTS?",
            [
                "Vessel Traffic Service (VTS) is a watch over the harbour.",
                "A berth master: a person who assigns berths.",
            ],
        ),
        ("what is a berth master?", ["a person who assigns berths."]),
        ("what is slack time?", ["Slack time is when the tide doesn't move.", "It lasts for an hour."]),
    ],
)
def test_the_entry_of_a_term_is_shown(pipeline, question, shown):
    """Its first two sentences are, each with a footnote."""
    answer = pipeline.run(question)

    assert shown == [sentence.text for sentence in answer.sentences]
    assert all(sentence.markers for sentence in answer.sentences)


@pytest.mark.parametrize("question", ["What is lay time?", "What is a reverse pilot?", "What is wake?"])
def test_no_entry_is_no_definition(pipeline, question):
    """A reference defines nothing, and neither does an entry for another term."""
    assert pipeline.run(question).refused
