"""Lists: which questions ask for several things, and which list of a document has them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Block, BlockKind, Document
from qa.answering.answerers.list_blocks import MAX_ITEMS, ListForm, lists_near, needed_coverage
from qa.answering.pipeline import QAPipeline
from qa.records import AnswerKind
from tests.fakes.markdown import document, source
from tests.fakes.pipeline import small_pipeline

RULES = """# Rules of the ferry

The ferry crosses the lake every hour.

## Luggage

Passengers may bring the following luggage on board:

- A small bag
- A folded pram
- A musical instrument

These things aren't allowed on board:

- Fireworks
- Open fires

## Exceptions

1. School classes
2. Doctors on duty
3. Guide dogs

## Crew

The captain steers the ferry. The mate sells the tickets.

## Signals

    horn --long

To lower the ramp by hand:

1. Pull the lever.
2. Turn the wheel.

The ferry can give two signals:

- A bell, rung by the engine
- A lamp on the mast

Never sound the horn if:

- a horse is on board
- the fog has gone
"""
SECTIONS = """# Sailing school

## Course

The course needs wind.

### Kinds of courses

There are two. You can pay by card.

#### Dinghy

You sail alone. It takes a week.

#### Yacht

You sail in a crew.

## Rules

Wear a vest.
"""
FORM = "# Before you travel\n\n☐ Ticket\n\n☐ Passport\n\n☐ Timetable\n"


@pytest.mark.parametrize(
    "question",
    [
        "list the exceptions",
        "Which exceptions are there?",
        "what are the steps of a crossing?",
        "types of tickets",
        "what can passengers bring?",
    ],
)
def test_a_question_for_several_things_is_recognised(question):
    """It has a plural, a word for lists, or asks what something has."""
    assert needed_coverage(question) is not None


@pytest.mark.parametrize(
    "question",
    [
        "Who steers the ferry?",
        "what is the fare?",
        "how many exceptions are there?",
        "what are grains in this manual?",
        "what does HP stand for?",
        "when does the bus leave?",
    ],
)
def test_a_question_for_one_thing_is_recognised(question):
    """A fact, a number or a definition is not a list."""
    assert needed_coverage(question) is None


def test_a_list_has_its_introduction():
    """It has the sentence before it, its title and the outer names."""
    read = document(RULES)
    first, second, third, *_ = lists_near(read, 0, len(read.text))

    assert "Passengers may bring the following luggage on board:" == first.lead_text
    assert ("Luggage",) == first.headings
    assert ["A small bag", "A folded pram", "A musical instrument"] == [
        read.text[start:end] for start, end in first.items
    ]
    assert 2 == len(second.items)
    assert ("", ("Exceptions",)) == (third.lead_text, third.headings)


def test_boxes_of_a_form_are_a_list():
    """Paragraphs that start with the same sign are its items, without the sign."""
    read = document(FORM)
    (found,) = lists_near(read, 0, len(read.text))

    assert ["Ticket", "Passport", "Timetable"] == [read.text[start:end] for start, end in found.items]


def test_a_numbered_list_continues_after_a_break():
    """A page footer doesn't end it, but a list that restarts its numbers is another one."""
    read = document("1. One\n2. Two\n\nA footnote of the page.\n\n3. Three\n")
    again = document("1. One\n2. Two\n\n- Dot\n\nWords.\n\n1. One\n2. Two\n")

    assert [3] == [len(found.items) for found in lists_near(read, 0, 5)]
    assert 2 <= len(lists_near(again, 0, len(again.text)))


def test_a_list_in_an_item_is_a_list_of_its_own():
    """In plain text, items with letters are within an item with a number."""
    text = "1. These are rights:\n\n  i. to copy\n ii. to sell\niii. to lend\n\n2. Waiver\n\n3. Law\n"
    blocks = tuple(
        Block(BlockKind.PLAIN_TEXT, match.start(), match.end()) for match in re.finditer(r"(?:.+\n)+", text)
    )
    outer, inner = lists_near(Document("d", "Notes", (), "text/plain", text, blocks=blocks), 0, len(text))

    assert (3, 3) == (len(outer.items), len(inner.items))


def test_numbered_sections_are_no_list():
    """Half of them are longer than an item, and no colon introduces them."""
    long = "Words about the law of the sea. " * 20
    read = document(f"Some words.\n\n1. Waiver. {long}\n2. Fallback. {long}\n3. Limits.\n")
    led = document(f"The parts are:\n\n1. Waiver. {long}\n2. Fallback. {long}\n3. Limits.\n")

    assert [] == lists_near(read, 0, len(read.text))
    assert [3] == [len(found.items) for found in lists_near(led, 0, len(led.text))]


@given(
    st.lists(
        st.sampled_from(["# T\n\n", "- a\n", "1. b\n", "\nSome words: \n\n", "☐ c ☐ d\n\n", "- e. F g.\n"])
    )
)
def test_hyp_items_are_ranges_of_their_document(parts):
    """No two items share a character, and no item is blank."""
    read = document("".join(parts) or "x")
    for found in lists_near(read, 0, len(read.text)):
        end_before = -1
        for start, end in found.items:
            assert end_before <= start < end <= len(read.text)
            assert read.text[start:end].strip()
            end_before = end


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from the rules of a ferry, a form and a long list."""
    ports = "# Harbours\n\nThe ferry stops at these harbours:\n\n" + "".join(
        f"- Port {n}\n" for n in range(40)
    )
    return small_pipeline(
        tmp_path_factory.mktemp("index"),
        [
            source("rules.md", RULES),
            source("form.md", FORM),
            source("ports.md", ports),
            source("school.md", SECTIONS),
        ],
        general_forms=(ListForm(),),
    )


def test_a_list_is_shown_whole(pipeline):
    """Its introduction is shown, too, and each item has its own footnote."""
    answer = pipeline.run("What luggage can passengers bring on board?")

    assert AnswerKind.LIST == answer.kind
    assert [
        "Passengers may bring the following luggage on board:",
        "A small bag",
        "A folded pram",
        "A musical instrument",
    ] == [sentence.text for sentence in answer.sentences]
    assert [one.text for one in answer.sentences] == [one.cited_text for one in answer.footnotes]


def test_a_negated_question_has_another_list(pipeline):
    """A question with *not* gets the list of what isn't allowed."""
    answer = pipeline.run("Which things are not allowed on board?")

    assert ["Fireworks", "Open fires"] == [sentence.text for sentence in answer.sentences][1:]


def test_a_title_leads_to_a_list(pipeline):
    """If it says what is asked for."""
    answer = pipeline.run("list the exceptions")

    assert ["School classes", "Doctors on duty", "Guide dogs"] == [
        sentence.text.removeprefix(f"{number}. ") for number, sentence in enumerate(answer.sentences, 1)
    ]


def test_a_long_list_has_its_length(pipeline):
    """Only its first items are shown."""
    answer = pipeline.run("Which harbours are the stops of the ferry?")

    assert MAX_ITEMS + 1 == len(answer.sentences)
    assert "40" in answer.note


def test_an_introduction_is_shown_with_its_list(pipeline):
    """It must be the likeliest sentence; the wording of the question doesn't matter."""
    answer = pipeline.run("When may passengers bring the following luggage on board?")

    assert (AnswerKind.LIST, 4) == (answer.kind, len(answer.sentences))


def test_titles_below_a_heading_are_a_list(pipeline):
    """Each is shown with the first sentence of its section."""
    answer = pipeline.run("which courses are there?")

    shown = [(sentence.label, sentence.text) for sentence in answer.sentences]
    assert [
        ("", "There are two. You can pay by card."),
        ("Dinghy", "You sail alone."),
        ("Yacht", "You sail in a crew."),
    ] == shown


def test_questions_as_titles_are_no_list():
    """A single title is none, either."""
    faq = document("# Help\n\n## May I sail?\n\nYes.\n\n## May I swim?\n\nNo.\n")
    single = document("# Help\n\n## Sailing\n\nWith a vest.\n")

    assert [] == lists_near(faq, 0, len(faq.text))
    assert [] == lists_near(single, 0, len(single.text))


@pytest.mark.parametrize(
    "question",
    ["Who steers the ferry?", "Which submarines are allowed?", "Which engines does the ferry have?"],
)
def test_a_question_without_a_list_is_left_to_others(pipeline, question):
    """It may be another kind of question, or for things that no list has."""
    assert AnswerKind.LIST != pipeline.run(question).kind


def test_how_to_is_answered_with_the_code_under_the_heading(pipeline):
    """A question that doesn't ask how to do something gets no code."""
    answer = pipeline.run("how do i give signals on the ferry?")

    assert ["horn --long"] == [sentence.text.strip() for sentence in answer.sentences]
    assert all("horn --long" not in one.text for one in pipeline.run("Who gives signals?").sentences)


def test_a_list_answers_the_words_that_introduce_it(pipeline):
    """The question asks for no list, but the words before the colon are its own."""
    answer = pipeline.run("When do I never sound the horn?")

    assert (AnswerKind.LIST, 3) == (answer.kind, len(answer.sentences))


def test_an_item_that_answers_has_its_list(pipeline):
    """The question asks for several things, in other words than those of the list's introduction."""
    answer = pipeline.run("Which doctors on duty?")

    assert ["1. School classes", "2. Doctors on duty", "3. Guide dogs"] == [
        one.text for one in answer.sentences
    ]


def test_how_to_is_answered_with_the_steps(pipeline):
    """The sentence before them says what they are for."""
    answer = pipeline.run("how do i lower the ramp?")

    assert ["To lower the ramp by hand:", "1. Pull the lever.", "2. Turn the wheel."] == [
        sentence.text for sentence in answer.sentences
    ]
