"""HTML of questions, answers, refusals and disagreements."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from qa.chat.answer_jobs import NO_DOCUMENTS
from qa.chat.job_queue import JobStatus
from qa.records import AnswerKind, Position, Sentence
from qa.stored_answer import StoredAnswer, StoredFootnote, StoredPassage, StoredTurn
from qa.web.views.conversation import (
    conversation_html,
    failed_turn_html,
    new_turn_html,
    single_line_breaks,
    turn_html,
    welcome_html,
)
from tests.texts import texts

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![](http://example.org/a.png)",
    "[a](javascript:alert(1))",
    '"><b onmouseover=alert(1)>',
    "$$\\href{javascript:alert(1)}{x}$$",
    "`code`",
    "&lt;b&gt;",
    "</bdi></section>",
]
OUR_ELEMENTS = {
    *"section h2 h3 p strong bdi button ol li span div progress form input small svg path ul".split(),
    *"textarea details summary".split(),
}
UNSAFE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e]")
hostile = st.lists(st.one_of(texts(), st.sampled_from(HOSTILE)), max_size=6).map("".join)


def footnote(text: str, title: str = "Title", marker: int = 1) -> StoredFootnote:
    return StoredFootnote(marker, "d", 0, len(text), text, title, f"/home/ann/{title}.txt", 3, 0.94)


def answer_with_footnote(text: str, title: str = "Title", question: str = "Why?") -> StoredAnswer:
    return StoredAnswer(
        question, sentences=(Sentence(text, (1,)),), notes=(footnote(text, title),), short=text
    )


def refusal(*texts: str) -> StoredAnswer:
    nearest = tuple(StoredPassage("d", 0, len(text), "Title", "a.txt", text) for text in texts)
    return StoredAnswer("Why?", refused=True, reason="Not there.", nearest=nearest)


def parse_turn(answer: StoredAnswer, is_verified: bool = True, **fields: Any) -> LexborHTMLParser:
    turn = StoredTurn(7, answer, "2026-01-02T03:04:05+00:00", **fields)
    return LexborHTMLParser(turn_html("abc", turn, lambda footnote: is_verified))


def streaming(answer: StoredAnswer | None = None, position: int = 0, question: str = "Why?") -> str:
    turn = StoredTurn(7, StoredAnswer(question, unfinished=True), "")
    return turn_html("abc", turn, lambda footnote: True, JobStatus(position, int(bool(answer)), answer))


def texts_of(page: LexborHTMLParser, selector: str) -> list[str]:
    return [node.text() for node in page.css(selector)]


@given(hostile, hostile, hostile)
def test_hyp_text_becomes_no_element_or_attribute(text, title, question):
    """Whatever the document, its title or the question contains, all elements are our own."""
    page = parse_turn(answer_with_footnote(text + "x", title, question))
    elements = page.body.css("*") if page.body else []

    assert {node.tag for node in elements} - {"body", "-text"} <= OUR_ELEMENTS
    assert all(not name.startswith("on") for node in elements for name in node.attributes)
    assert all("href" not in node.attributes and "src" not in node.attributes for node in elements)


@given(hostile, st.integers(1, 50))
def test_hyp_question_is_shown_as_typed(question, max_chars):
    """Its markup is text, and no more of it is shown than would be read."""
    page = LexborHTMLParser(failed_turn_html(question, max_chars, "it is too long"))
    expected = UNSAFE.sub("\ufffd", question)

    assert texts_of(page, ".fn-question bdi") == [
        expected if len(expected) <= max_chars else expected[:max_chars] + " …"
    ]


def test_marker_has_key_name_and_quote():
    """It has the key of the source, a name for screen readers, and the text of the preview."""
    marker = parse_turn(answer_with_footnote("Cats sleep.", "Cats")).css("button.fn-marker")[0].attributes

    assert marker["data-footnote"] == "abc.7.1"
    assert marker["aria-label"] == "Footnote 1: Cats"
    assert marker["data-tooltip"] == "Cats sleep."


@pytest.mark.parametrize(
    ("sentence", "quotes"), [("Cats sleep.", ["Cats, page 3"]), ("Cats.", ["Cats sleep."])]
)
def test_quote_that_is_the_answer_is_not_repeated(sentence, quotes):
    """Its source opens it instead."""
    answer = replace(answer_with_footnote("Cats sleep.", "Cats"), sentences=(Sentence(sentence, (1,)),))

    assert texts_of(parse_turn(answer), "button.fn-quote") == quotes


def test_quote_of_json_that_the_answer_says_is_not_repeated():
    """The answer has its path without dots and its value without tags."""
    answer = replace(
        answer_with_footnote("Area.total.text: 103 sq <b>km</b>", "Iceland"),
        sentences=(Sentence("Area · total: 103 sq km", (1,)),),
    )
    in_json = replace(answer, notes=(replace(answer.notes[0], path="iceland.json"),))

    assert texts_of(parse_turn(answer), ".fn-quote bdi")[:1] == ["Area.total.text: 103 sq <b>km</b>"]
    assert texts_of(parse_turn(in_json), ".fn-quote bdi")[:1] == ["Iceland"]


def test_verified_and_confidence_are_separate():
    """Each has a tooltip that explains it."""
    page = parse_turn(answer_with_footnote("Cats sleep."))

    assert texts_of(page, ".fn-verified") == ["✓ exact quote"]
    assert texts_of(page, ".fn-confidence") == ["High confidence"]
    assert (
        page.css(".fn-verified")[0].attributes["data-tooltip"]
        != page.css(".fn-confidence")[0].attributes["data-tooltip"]
    )


def test_confidence_of_the_answer_is_shown_once():
    """It replaces the figures of the single quotes."""
    page = parse_turn(replace(answer_with_footnote("Cats sleep."), confidence=0.6))

    assert texts_of(page, ".fn-confidence") == ["Medium confidence"]


def test_overview_is_a_list():
    """Its sentences have no confidence of their own, but the whole may have one; suggestions follow."""
    answer = answer_with_footnote("A lake.")
    answer = replace(
        answer,
        kind=AnswerKind.OVERVIEW,
        sentences=(*answer.sentences, Sentence("A boat.", (1,))),
        suggestions=("What is “Lakes” about?",),
    )
    page = parse_turn(answer)

    assert ["A lake.1", "A boat.1"] == texts_of(page, "ul.fn-answer li")
    assert [] == texts_of(parse_turn(replace(answer, sentences=answer.sentences[:1])), "ul.fn-answer")
    assert [] == texts_of(page, ".fn-confidence")
    assert ["High confidence"] == texts_of(parse_turn(replace(answer, confidence=0.9)), ".fn-confidence")
    assert ["What is “Lakes” about?"] == texts_of(page, ".fn-suggestions button")


def test_small_talk_has_no_footnotes():
    """It makes no claim about a document, so nothing is marked as unsupported."""
    sentences = (Sentence("Hello!", ()),)
    page = parse_turn(
        StoredAnswer("hi", sentences=sentences, kind=AnswerKind.SMALL_TALK, suggestions=("Why?",))
    )

    assert ["Hello!"] == texts_of(page, "p.fn-answer")
    assert [] == texts_of(page, ".fn-unsupported")
    assert ["Why?"] == texts_of(page, ".fn-suggestions button")


def test_changed_source_is_not_verified():
    """Each footnote says so whose words the document no longer has."""
    page = parse_turn(answer_with_footnote("Cats sleep."), is_verified=False)

    assert texts_of(page, ".fn-verified") == []
    assert texts_of(page, ".fn-changed") == ["the document has changed"]


def test_path_of_a_file_is_not_shown():
    """The page has only the file's name."""
    assert "/home/ann" not in turn_html(
        "abc", StoredTurn(7, answer_with_footnote("Cats."), ""), lambda footnote: True
    )


def test_refusal_shows_the_closest_passages():
    """Each passage opens; there is no answer and there are no footnotes."""
    page = parse_turn(refusal("Cats sleep.", "Dogs bark."))

    assert texts_of(page, ".fn-card strong") == ["Not there."]
    assert [node.attributes["data-footnote"] for node in page.css(".fn-card li button")] == [
        "abc.7.p0",
        "abc.7.p1",
    ]
    assert not page.css(".fn-footnotes, .fn-answer, .fn-marker")


def test_disagreement_shows_each_position():
    """The positions come first, with their footnotes, and none is the short answer."""
    positions = (Position("23 missiles", (1,)), Position("17 missiles", (2,)))
    notes = (footnote("There were 23.", "Report"), footnote("There were 17.", "Table", 2))
    sentences = (Sentence("There were 23.", (1,)), Sentence("There were 17.", (2,)))
    answer = StoredAnswer(
        "How many?", sentences=sentences, notes=notes, short="23 missiles", disagreement=positions
    )
    page = parse_turn(answer)

    assert texts_of(page, ".fn-position .fn-quoted") == ["“23 missiles”1", "“17 missiles”2"]
    assert texts_of(page, ".fn-position .fn-source") == ["Report", "Table"]
    assert texts_of(page, ".fn-short-answer") == []
    assert [node.attributes["class"] for node in page.css(".fn-positions, .fn-answer, .fn-footnotes")] == [
        "fn-positions",
        "fn-answer",
        "fn-footnotes",
    ]


def test_follow_up_shows_the_rewritten_question():
    """Other questions don't."""
    rewritten = StoredAnswer("and who paid?", standalone="Who paid for the missiles?", refused=True)

    assert texts_of(parse_turn(rewritten), ".fn-rewritten-question") == [
        "Understood as: Who paid for the missiles?"
    ]
    assert texts_of(parse_turn(refusal()), ".fn-rewritten-question") == []


def test_unsupported_sentence_says_so():
    """It has no footnote, and is marked."""
    page = parse_turn(StoredAnswer("?", sentences=(Sentence("The moon is near.", ()),)))

    assert texts_of(page, ".fn-unsupported-label") == ["no source found"]


@pytest.mark.parametrize(("support", "level"), [(0.3, "low"), (0.6, "medium"), (0.9, "high")])
def test_confidence_has_its_level(support, level):
    """The stylesheet colours it by this level, and its tooltip has the figure."""
    page = parse_turn(replace(answer_with_footnote("Cats sleep."), confidence=support))
    [confidence] = page.css(".fn-confidence")

    assert confidence.attributes["data-level"] == level
    assert f"about {100 * support:.0f} should" in str(confidence.attributes["data-tooltip"])


def test_question_without_documents_can_add_some():
    """The error has the button."""
    turn = StoredAnswer("Why?", unfinished=True, note=NO_DOCUMENTS)

    assert texts_of(parse_turn(turn), ".fn-card button") == ["Add documents"]


def test_asked_question_names_its_conversation():
    """The next question is asked in it."""
    turn = StoredTurn(7, StoredAnswer("Why?", unfinished=True), "")
    page = LexborHTMLParser(new_turn_html("abc", turn, JobStatus()))

    assert page.css("#conversation-id[hx-swap-oob]")[0].attributes["value"] == "abc"
    assert "conversation-id" in conversation_html("abc", [turn], lambda footnote: True)


def test_running_answer_opens_no_sources():
    """Its footnotes have numbers but no keys, because it isn't stored yet."""
    page = LexborHTMLParser(streaming(answer_with_footnote("Cats sleep.")))

    assert texts_of(page, ".fn-marker") == ["1"]
    assert texts_of(page, ".fn-pending") == []
    assert not page.css("[data-footnote], .fn-turn-actions")
    assert [node.attributes["hx-get"] for node in page.css("[data-running='7']")] == [
        "/turns/stream?conversation=abc&turn=7&version=0.1"
    ]


@pytest.mark.parametrize(
    ("position", "text"),
    [(0, "Reading…"), (3, "You are number 3 in the queue.")],
)
def test_pending_answer_shows_its_progress(position, text):
    """That it is being read, or its position in the queue."""
    page = LexborHTMLParser(streaming(position=position))

    assert texts_of(page, ".fn-pending[role=status]") == [text]


@pytest.mark.parametrize("partial_answer", [None, answer_with_footnote("Cats sleep.")])
def test_stopped_answer_keeps_its_beginning(partial_answer):
    """The question, the part of the answer, and a button to ask again."""
    turn = StoredTurn(7, StoredAnswer("Why?", unfinished=True), "")
    page = LexborHTMLParser(
        turn_html("abc", turn, lambda footnote: True, JobStatus(latest=partial_answer), is_cancelled=True)
    )

    assert texts_of(page, ".fn-question") == ["Why?"]
    assert texts_of(page, ".fn-answer .fn-quoted") == (["Cats sleep."] if partial_answer else [])
    assert texts_of(page, ".fn-pending") == []
    assert texts_of(page, ".fn-notice") == ["Stopped."]
    assert texts_of(page, "button[name=question]") == ["Ask again"]
    assert not page.css("[data-running], [data-footnote]")


@pytest.mark.parametrize(
    ("message", "notices"),
    [("", ["Stopped before there was an answer."]), ("it is <down>", [])],
)
def test_unanswered_question_can_be_asked_again(message, notices):
    """It is neither an answer nor a refusal and can't be rated; an error is shown."""
    page = parse_turn(StoredAnswer("Why?", unfinished=True, note=message))

    assert texts_of(page, ".fn-question") == ["Why?"]
    assert texts_of(page, ".fn-notice") == notices
    assert texts_of(page, ".fn-card[role=alert]") == ([message.capitalize()] if message else [])
    assert texts_of(page, "button[name=question]") == ["Ask again"]
    assert not page.css(".fn-answer, .fn-refusal, .fn-rating")


@pytest.mark.parametrize("rating", ["up", "down"])
def test_rating_is_pressed_and_has_a_comment(rating):
    """Pressed again, the button takes the rating back."""
    page = parse_turn(answer_with_footnote("Cats."), rating=rating, comment="why not")
    pressed = page.css("[aria-pressed=true]")

    assert [node.attributes["value"] for node in pressed] == [""]
    assert [node.attributes["value"] for node in page.css("[name=comment]")] == ["why not"]


def test_welcome_shows_suggestions_or_add_documents():
    """Without documents there is only a button to add some."""
    assert texts_of(LexborHTMLParser(welcome_html(2, ["Who?"])), "[name=question]") == ["Who?"]
    assert texts_of(LexborHTMLParser(welcome_html(0, [])), "[hx-get='/library']") == ["Add documents"]


@given(st.one_of(texts(), st.text(st.sampled_from(" \n\t\u2003ab"), max_size=40)))
def test_hyp_line_breaks_equal_the_definition(text):
    """White space around a line break is removed; other white space stays."""
    assert single_line_breaks(text) == re.sub(r"\s*\n\s*", "\n", text)


def test_million_spaces_take_linear_time():
    """In quadratic time this test wouldn't end; 8,000 spaces took 0.2 s."""
    spaces = "one" + " " * 1_000_000 + "two"
    answer = replace(answer_with_footnote(spaces), sentences=(Sentence("one", (1,)),))

    assert texts_of(parse_turn(answer), ".fn-quote")[0] == spaces
