"""The talk: questions, answers, refusals and disagreements as HTML."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from qa.chat.job_queue import JobStatus
from qa.records import AnswerKind, Position, Sentence
from qa.stored_answer import StoredAnswer, StoredFootnote, StoredPassage, StoredTurn
from qa.web.views.conversation import (
    cancelled_turn_html,
    conversation_html,
    failed_turn_html,
    pending_turn_html,
    single_line_breaks,
    streaming_turn_html,
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
OURS = {*"section h2 h3 p strong bdi button ol li span div progress form input small ul".split()}
UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e]")
hostile = st.lists(st.one_of(texts(), st.sampled_from(HOSTILE)), max_size=6).map("".join)


def note(text: str, title: str = "Title", marker: int = 1) -> StoredFootnote:
    return StoredFootnote(marker, "d", 0, len(text), text, title, f"/home/ann/{title}.txt", 3, 0.94)


def answered(text: str, title: str = "Title", question: str = "Why?") -> StoredAnswer:
    return StoredAnswer(question, sentences=(Sentence(text, (1,)),), notes=(note(text, title),), short=text)


def refused(*texts: str) -> StoredAnswer:
    nearest = tuple(StoredPassage("d", 0, len(text), "Title", "a.txt", text) for text in texts)
    return StoredAnswer("Why?", refused=True, reason="Not there.", nearest=nearest)


def shown(answer: StoredAnswer, holds: bool = True, **about: Any) -> LexborHTMLParser:
    turn = StoredTurn(7, answer, "2026-01-02T03:04:05+00:00", **about)
    return LexborHTMLParser(turn_html("talk", turn, lambda note: holds))


def coming(answer: StoredAnswer | None = None, place: int = 0, question: str = "Why?") -> str:
    turn = StoredTurn(7, StoredAnswer(question, unfinished=True), "")
    return streaming_turn_html("talk", turn, JobStatus(place, int(bool(answer)), answer), lambda note: True)


def words(page: LexborHTMLParser, selector: str) -> list[str]:
    return [node.text() for node in page.css(selector)]


@given(hostile, hostile, hostile)
def test_hyp_no_text_becomes_an_element_or_an_attribute(text, title, question):
    """Whatever stands in the document, its title or the question, the elements are the view's own."""
    page = shown(answered(text + "x", title, question))
    elements = page.body.css("*") if page.body else []

    assert {node.tag for node in elements} - {"body", "-text"} <= OURS
    assert all(not name.startswith("on") for node in elements for name in node.attributes)
    assert all("href" not in node.attributes and "src" not in node.attributes for node in elements)


@given(hostile)
def test_hyp_a_turn_stands_on_one_line(text):
    """Markdown reads nothing in a block of HTML without a line break, whatever it takes for one."""
    for html in (
        conversation_html("talk", [StoredTurn(7, answered(text + "x", text, text), "")], lambda note: True),
        pending_turn_html("talk", StoredTurn(7, StoredAnswer(text, unfinished=True), "")),
        failed_turn_html(text, 50, text),
        coming(refused(text + "x"), question=text),
        welcome_html(1, [text]),
    ):
        assert len(re.split("[\n\f\r\u2028\u2029]", html)) == 1


@given(hostile, st.integers(1, 50))
def test_hyp_a_question_is_shown_as_it_was_typed(question, longest):
    """Its markup is text, and no more of it is shown than would be read."""
    page = LexborHTMLParser(failed_turn_html(question, longest, "it is too long"))
    whole = UNSHOWABLE.sub("\ufffd", question)

    assert words(page, ".fn-question bdi") == [whole if len(whole) <= longest else whole[:longest] + " …"]


def test_a_marker_names_its_source_and_leads_to_it():
    """It has the key that opens the pane, a name for a screen reader, and the words for the preview."""
    marker = shown(answered("Cats sleep.", "Cats")).css("button.fn-marker")[0].attributes

    assert marker["data-footnote"] == "talk.7.1"
    assert marker["aria-label"] == "Footnote 1: Cats"
    assert marker["data-quote"] == "Cats sleep."


def test_verified_and_how_sure_are_two_signs():
    """Each says what it means in plain words."""
    page = shown(answered("Cats sleep."))

    assert words(page, ".fn-verified") == ["✓ exact quote"]
    assert words(page, ".fn-confidence") == ["Confidence: high (94%)"]
    assert (
        page.css(".fn-verified")[0].attributes["title"] != page.css(".fn-confidence")[0].attributes["title"]
    )


def test_an_overview_is_a_list_without_a_degree_of_sureness():
    """Its sentences were chosen and not read as answers; what to ask next is offered below."""
    answer = replace(answered("A lake."), kind=AnswerKind.OVERVIEW, suggestions=("What is “Lakes” about?",))
    page = shown(answer)

    assert ["A lake.1"] == words(page, "ul.fn-answer li")
    assert [] == words(page, ".fn-confidence")
    assert ["What is “Lakes” about?"] == words(page, ".fn-suggestions button")


def test_small_talk_has_no_footnote_and_no_mark():
    """Nothing in it is claimed of a document."""
    said = (Sentence("Hello!", ()),)
    page = shown(StoredAnswer("hi", sentences=said, kind=AnswerKind.SMALL_TALK, suggestions=("Why?",)))

    assert ["Hello!"] == words(page, "p.fn-answer")
    assert [] == words(page, ".fn-unsupported")
    assert ["Why?"] == words(page, ".fn-suggestions button")


def test_a_source_that_changed_is_not_called_verified():
    """An old answer says so at each footnote whose words don't stand there any more."""
    page = shown(answered("Cats sleep."), holds=False)

    assert words(page, ".fn-verified") == []
    assert words(page, ".fn-changed") == ["the document has changed"]


def test_where_a_file_lies_is_not_told():
    """Of a path, the page has the file's name alone."""
    assert "/home/ann" not in turn_html("talk", StoredTurn(7, answered("Cats."), ""), lambda note: True)


def test_a_refusal_is_no_answer():
    """It is a card with the nearest passages, each of which opens; it has no footnotes."""
    page = shown(refused("Cats sleep.", "Dogs bark."))

    assert words(page, ".fn-card strong") == ["Not there."]
    assert [node.attributes["data-footnote"] for node in page.css(".fn-card li button")] == [
        "talk.7.p0",
        "talk.7.p1",
    ]
    assert not page.css(".fn-footnotes, .fn-answer, .fn-marker")


def test_sources_that_disagree_stand_side_by_side():
    """Each side has its words and its own footnotes; they come first, and no side is the short answer."""
    sides = (Position("23 missiles", (1,)), Position("17 missiles", (2,)))
    notes = (note("There were 23.", "Report"), note("There were 17.", "Table", 2))
    said = (Sentence("There were 23.", (1,)), Sentence("There were 17.", (2,)))
    answer = StoredAnswer("How many?", sentences=said, notes=notes, short="23 missiles", disagreement=sides)
    page = shown(answer)

    assert words(page, ".fn-position .fn-quoted") == ["“23 missiles”1", "“17 missiles”2"]
    assert words(page, ".fn-position .fn-source") == ["Report", "Table"]
    assert words(page, ".fn-short-answer") == []
    assert [node.attributes["class"] for node in page.css(".fn-positions, .fn-answer, .fn-footnotes")] == [
        "fn-positions",
        "fn-answer",
        "fn-footnotes",
    ]


def test_a_follow_up_shows_what_it_was_asked_as():
    """A question that stands alone shows nothing of the kind."""
    followed = StoredAnswer("and who paid?", standalone="Who paid for the missiles?", refused=True)

    assert words(shown(followed), ".fn-rewritten-question") == ["Understood as: Who paid for the missiles?"]
    assert words(shown(refused()), ".fn-rewritten-question") == []


def test_a_sentence_that_nothing_carries_says_so():
    """It has no footnote, and is marked."""
    page = shown(StoredAnswer("?", sentences=(Sentence("The moon is near.", ()),)))

    assert words(page, ".fn-unsupported small") == ["no source found"]


def test_an_answer_on_its_way_opens_nothing_yet():
    """Its footnotes have numbers, but there is no place for them on disk; how far it is, is said."""
    page = LexborHTMLParser(coming(answered("Cats sleep.")))

    assert words(page, ".fn-marker") == ["1"]
    assert words(page, ".fn-pending") == []
    assert not page.css("[data-footnote], .fn-turn-actions")
    assert page.css("[data-running='7'][data-conversation-id=talk][data-version='0.1']")


@pytest.mark.parametrize(
    ("place", "said"),
    [(0, "Reading…"), (3, "You are number 3 in the queue.")],
)
def test_what_is_waited_for_is_said(place, said):
    """While nothing has come: that it is being read, or where it stands in line."""
    assert words(LexborHTMLParser(coming(place=place)), ".fn-pending[role=status]") == [said]


@pytest.mark.parametrize("come", [None, answered("Cats sleep.")])
def test_what_was_stopped_keeps_what_there_is(come):
    """Its question, as much of the answer as had come, and the way to ask it again in its place."""
    turn = StoredTurn(7, StoredAnswer("Why?", unfinished=True), "")
    page = LexborHTMLParser(cancelled_turn_html(turn, JobStatus(latest=come), lambda note: True))

    assert words(page, ".fn-question") == ["Why?"]
    assert words(page, ".fn-answer .fn-quoted") == (["Cats sleep."] if come else [])
    assert words(page, ".fn-pending") == []
    assert words(page, ".fn-notice") == ["Stopped."]
    assert words(page, "[data-ask-again='7']") == ["Ask again"]
    assert not page.css("[data-running], [data-footnote]")


@pytest.mark.parametrize(
    ("why", "said"),
    [("", ["Stopped before there was an answer."]), ("it is <down>", [])],
)
def test_a_question_without_an_answer_says_so_and_can_be_asked_again(why, said):
    """It looks like no answer and no refusal, and there is nothing to judge; what went wrong is said."""
    page = shown(StoredAnswer("Why?", unfinished=True, note=why))

    assert words(page, ".fn-question") == ["Why?"]
    assert words(page, ".fn-notice") == said
    assert words(page, ".fn-card[role=alert]") == ([f"{why[0].upper()}{why[1:]}"] if why else [])
    assert words(page, "[data-ask-again]") == ["Ask again"]
    assert not page.css(".fn-answer, .fn-refusal, .fn-rating")


@pytest.mark.parametrize("thumb", ["up", "down"])
def test_a_thumb_shows_that_it_is_given_and_takes_a_note(thumb):
    """Pressed once more, it is taken back."""
    page = shown(answered("Cats."), rating=thumb, comment="why not")
    pressed = page.css("[aria-pressed=true]")

    assert [node.attributes["value"] for node in pressed] == [""]
    assert [node.attributes["value"] for node in page.css("[name=comment]")] == ["why not"]


def test_an_empty_chat_begins_with_what_there_is():
    """Questions that can be answered, or without documents the way to add some."""
    assert words(LexborHTMLParser(welcome_html(2, ["Who?"])), "[data-ask]") == ["Who?"]
    assert words(LexborHTMLParser(welcome_html(0, [])), "[data-library]") == ["Add documents"]


@given(st.one_of(texts(), st.text(st.sampled_from(" \n\t\u2003ab"), max_size=40)))
def test_hyp_line_breaks_are_joined_as_their_definition_says(text):
    """White space around a line break goes with it; other white space stays."""
    assert single_line_breaks(text) == re.sub(r"\s*\n\s*", "\n", text)


def test_a_footnote_with_a_million_spaces_is_shown_in_linear_time():
    """In quadratic time this test would not end; a footnote of 8,000 took 0.2 s at each showing."""
    spaces = "one" + " " * 1_000_000 + "two"

    assert words(shown(answered(spaces)), ".fn-quote")[0] == spaces
