"""Follow-up questions: what leans on the conversation gets its topic, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.query_rewriting import (
    HISTORY_TURNS,
    MAX_ADDED_WORDS,
    MAX_TURN_CHARS,
    MAX_WORD,
    is_follow_up,
    recent_history,
    rewrite_question,
)
from qa.records import Turn

ROME = "Why was the Eastern Roman Empire called the Byzantine Empire?"
LAKE = "Who mapped Lake Orin?"


def said(*questions: str) -> list[Turn]:
    """Questions that were answered, the answers of no matter."""
    return [Turn(question, "Nobody knows.") for question in questions]


@pytest.mark.parametrize(
    ("question", "earlier", "expected"),
    [
        ("What was its religion?", [ROME], "Eastern Roman Empire, Byzantine Empire"),
        ("And who condemned it?", ["What did the Treaty of Lisbon change?"], "Treaty of Lisbon"),
        ("Does that hurt wheat?", ["What does copper sulphate do?"], "copper sulphate"),
        ("Which one was cheaper?", ["What do the Ford and the Fiat need?"], "Ford, Fiat"),
        ("And in 1950?", ["Who ruled Egypt?"], "Egypt"),
        ("Why?", [LAKE], "Lake Orin"),
        ("What about the North?", ["How many people live in the South?"], "South"),
        ("The west branch.", ["Where does the Penobscot River end?"], "Penobscot River"),
        ("What is the difference?", ["What are gross and net pay?"], "gross, net pay"),
        ("How long is it?", ["Where is the US border?"], "US border"),
        ("How much is the filing fee?", ["What does a small claims court do?"], "small claims court"),
        ("Oh, I meant Saturn", ["How large are Jupiter's rings?"], "Jupiter's rings"),
    ],
)
def test_a_follow_up_gets_the_nouns_of_its_topic(question, earlier, expected):
    """Pronouns, ellipses and questions that name nothing; what is carried over stands behind the question."""
    assert f"{question} ({expected})" == rewrite_question(question, said(*earlier))


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "Which rivers are navigable in Norway?",
        "Who was Napoleon and when did he die?",
        "Is it safe to eat raw eggs?",
        "Is it necessary to have a will?",
        "How many people say that towers lean?",
        "How warm was Paris this year?",
        "Red Hat OpenShift",
        "NodeSync",
        "日本の首都はどこですか",
        "Кто построил эту большую башню?",
        "Wie hoch ist der Eiffelturm heute?",
        "",
        "?!",
    ],
)
def test_a_question_that_stands_alone_does_not_drag_the_old_topic_along(question):
    """It comes back as it was, whatever was spoken of before."""
    assert question == rewrite_question(question, said(LAKE, ROME))


def test_without_history_every_question_is_itself():
    """There is nothing to carry over, however much it points."""
    assert rewrite_question("Why did they do it?", []) == "Why did they do it?"


def test_a_topic_lasts_until_a_question_names_another():
    """Two follow-ups lean on one topic; a new one takes its place whole."""
    asked = [ROME, "When did it fall?", LAKE]

    assert rewrite_question("Why?", said(*asked[:2])) == "Why? (Eastern Roman Empire, Byzantine Empire)"
    assert rewrite_question("Why?", said(*asked)) == "Why? (Lake Orin)"


def test_what_a_follow_up_names_joins_the_topic_before_the_rest():
    """The latest is nearest."""
    asked = said("Who mapped Lake Orin?", "And what about its islands?")

    assert rewrite_question("How large are they?", asked) == "How large are they? (islands, Lake Orin)"


def test_what_the_question_says_already_is_not_carried_over():
    """Nor is its plural or its genitive."""
    assert rewrite_question("Is this river long?", said("What are rivers?")) == "Is this river long?"


def test_long_and_hostile_history_is_cut():
    """Megabytes of one word, of many words and of markup: few words are carried, and none is too long."""
    hostile = said("x" * 1_000_000, "apple " * 200_000, "<script>alert(1)</script> " * 50_000) * 100

    question = rewrite_question("Why is it?", hostile)

    assert len(question) <= len("Why is it?") + MAX_ADDED_WORDS * (MAX_WORD + 2) + 3
    assert "<" not in question


def test_what_is_spoken_of_are_the_last_questions_with_their_answers():
    """A refused question has no answer and is spoken of all the same; silence isn't."""
    earlier = [Turn("Who?", "Fuad."), Turn("", ""), Turn("When?"), Turn("Where?", "Cairo.")]

    assert recent_history(earlier) == ["When?", "Where? Cairo."]
    assert recent_history([]) == []


def test_little_is_heard_of_a_long_conversation():
    """However many exchanges there were, and however long they are."""
    heard = recent_history([Turn("Why?", "Because. " * 100_000)] * 50)

    assert len(heard) == HISTORY_TURNS
    assert all(len(text) <= MAX_TURN_CHARS for text in heard)


exchanges = st.lists(st.builds(Turn, st.text(), st.text()), max_size=4)
nouns = st.sampled_from("river Egypt tower wheat Paris engine copper border pay lake".split())


@given(question=st.text(), earlier=exchanges)
def test_hyp_the_asked_words_stay_and_little_is_added(question, earlier):
    """Whatever was typed, now and before, the question begins as asked and its length is bounded."""
    meant = rewrite_question(question, earlier)

    assert meant.startswith(question)
    assert len(meant) <= len(question) + MAX_ADDED_WORDS * (MAX_WORD + 2) + 3


@given(subject=nouns, place=nouns, earlier=exchanges)
def test_hyp_a_question_with_nouns_and_no_pronoun_is_itself(subject, place, earlier):
    """The history has no say in it."""
    question = f"Where does the {subject} meet the {place}?"

    assert question == rewrite_question(question, earlier)


@given(subject=nouns, pronoun=st.sampled_from(["it", "they", "this", "that"]))
def test_hyp_a_pronoun_brings_the_noun_before_it(subject, pronoun):
    """The noun that was asked about is part of the question."""
    assert subject in rewrite_question(f"Where is {pronoun}?", said(f"What is the {subject}?"))


@given(question=st.text())
def test_hyp_a_question_added_to_its_topic_is_no_new_follow_up(question):
    """Nothing that was carried over is carried over twice."""
    once = rewrite_question(question, said(LAKE))

    assert once == question or is_follow_up(question)
    assert once.count("Lake Orin") <= question.count("Lake Orin") + 1
