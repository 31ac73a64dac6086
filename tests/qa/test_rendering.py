"""Answers as text and JSON, and escaped text."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa.records import Answer, Generation, Position, Sentence, SupportState
from qa.rendering import escape, one_line, printable, to_json, to_text, understood_as
from tests.fakes.answers import answer, document_passage

ATTACKS = [
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/a.png)",
    "[click](javascript:alert(1))",
    "[1]: http://evil.example\n\n[1]",
    "<script>alert(1)</script>",
    "&lt;script&gt;",
    "<!-- ",
    "https://evil.example www.evil.example a@evil.example",
    "\n\n# heading\n===\n---\n",
    "```\n~~~\n",
    "\n| a | b |\n|---|---|\n| c | d |\n",
    "    code\n\tcode",
    "1. one\n2) two\n- three\n+ four\n* five\n> six",
    "**bold** _it_ `code` ~~gone~~ $$x$$ \\",
    "\x1b[31mred\x07\x00\u202eesrever\u2028",
]
HOSTILE = st.lists(st.one_of(st.sampled_from(ATTACKS), st.text(max_size=20)), min_size=1).map("".join)
VISIBLE = HOSTILE.filter(lambda text: bool(text.strip()))
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@given(VISIBLE)
def test_hyp_escaped_text_renders_as_itself(text):
    """The Markdown renderer gives back the same characters."""
    inline = MARKDOWN.parse(escape(text))[1]

    assert one_line(text) == "".join(child.content for child in inline.children or [])


@given(HOSTILE, st.integers(20, 120))
def test_hyp_a_terminal_gets_no_control_characters(text, width):
    """A document can't colour, clear or reverse the terminal, nor add lines of its own past the width."""
    shown = to_text(answer(text or "x", title=text), width)

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", shown)
    assert max(len(line) for line in shown.splitlines()) <= width


def test_text_has_short_answer_sentences_and_footnotes():
    """The complete output on a terminal."""
    sentence = "North Korea launched 23 missiles on Wednesday."

    assert to_text(answer(sentence, short="23 missiles"), 60) == (
        "23 missiles\n"
        "\n"
        "North Korea launched 23 missiles on Wednesday. [1]\n"
        "\n"
        "[1] Title (/library/Title.txt)\n"
        "    “North Korea launched 23 missiles on Wednesday.”"
    )


def test_only_a_terminal_gets_bold():
    """The escape codes are around the short answer only."""
    shown = to_text(answer("It is x.", short="x"), 60, styled=True)

    assert re.findall("\x1b\\[[0-9]+m", shown) == ["\x1b[1m", "\x1b[22m"]
    assert shown.startswith("\x1b[1mx\x1b[22m\n")


def test_a_sentence_without_support_says_so():
    """In text; in JSON it is not supported."""
    bare = Answer("Why?", sentences=(Sentence("Because.", ()),))

    assert to_text(bare) == "Because. [no source found]"
    assert to_json(bare)["sentences"] == [
        {"text": "Because.", "label": "", "markers": [], "supported": False, "support": None}
    ]


def test_a_refusal_never_looks_like_an_answer():
    """It begins by saying so and lists the closest documents once each, without their words."""
    passages = (
        document_passage("secret words", "One"),
        document_passage("more words", "One"),
        document_passage("words", "Two"),
    )
    refusal = Answer("Why?", refused=True, reason="The documents don't say.", passages=passages)

    assert to_text(refusal) == ("The documents don't say.\n\nClosest documents:\n  - One\n  - Two")
    assert to_json(refusal)["answer"] == ""


def test_a_note_is_shown_with_the_answer():
    """Such as why no language model was used."""
    assert "the language model didn't answer" in to_text(
        replace(answer("It is x."), note="the language model didn't answer")
    )


def test_json_has_the_names_of_the_citation_format():
    """The keys that other programs read, with offsets that slice the canonical text."""
    shown = json.loads(json.dumps(to_json(answer("A fact.", short="fact"))))

    assert {"question", "answer", "refused", "reason", "citations", "passages", "timings_ms"} <= shown.keys()
    assert {
        "marker": 1,
        "cited_text": "A fact.",
        "document_title": "Title",
        "document_path": "/library/Title.txt",
        "document_sha256": answer("A fact.").footnotes[0].document.doc_id,
        "file_sha256": answer("A fact.").footnotes[0].document.digest,
        "start_char_index": 0,
        "end_char_index": 7,
        "start_page_number": None,
        "short_answer_char_range": None,
        "support": 0.9,
    } == shown["citations"][0]
    assert shown["passages"][0]["text"] == "A fact."


def test_printable_keeps_lines_and_escapes_controls():
    """So that canonical text can be read in a terminal."""
    assert printable("a\n\tb\x1b[2J\u202e") == "a\n\tb\\x1b[2J\\u202e"


def test_a_disagreement_names_both_sides_with_their_footnotes():
    """In a terminal and as JSON."""
    shown = replace(
        answer("Ships sail."), disagreement=(Position("23 ships", (1,)), Position("17 ships", (2,)))
    )

    assert "Your sources disagree:\n  - “23 ships” [1]\n  - “17 ships” [2]" in to_text(shown)
    assert [
        {"short_answer": "23 ships", "markers": [1]},
        {"short_answer": "17 ships", "markers": [2]},
    ] == to_json(shown)["disagreement"]


@pytest.mark.parametrize(
    ("question", "standalone", "shown"),
    [
        (
            "Where did they land?",
            "Where did they land? (South, fire)",
            "Where did they land? (about: South, fire)",
        ),
        ("And when (UTC)?", "When did it land (UTC)?", "When did it land (UTC)?"),
        ("Who won?", "", ""),
    ],
)
def test_an_added_topic_is_introduced(question, standalone, shown):
    """The words in brackets are marked as what the question is about; other rewritings are unchanged."""
    assert shown == understood_as(question, standalone)


@pytest.mark.parametrize(
    ("state", "markers", "shown"),
    [
        (SupportState.SUPPORTED, (1,), "Because. [1]"),
        (SupportState.PARTLY, (1,), "Because. [1] [partly supported]"),
        (SupportState.CONTRADICTED, (1,), "Because. [1] [the source says otherwise]"),
        (SupportState.NOT_NEEDED, (), "Because."),
        (SupportState.SUPPORTED, (), "Because. [no source found]"),
    ],
)
def test_a_sentence_shows_its_support(state, markers, shown):
    """What its source doesn't say is marked; without a footnote nothing counts as supported."""
    sentence = Sentence("Because.", markers, state=state)

    assert to_text(Answer("Why?", sentences=(sentence,))) == shown
    assert bool(Answer("Why?", sentences=(sentence,)).text) is sentence.supported


def test_an_answer_says_what_it_took():
    """Tokens are left out if the server didn't count them."""
    written = Answer(
        "Why?", (Sentence("Because.", (1,)),), generation=Generation("m", "v", None, None, 2.0, 1)
    )

    assert to_text(written).endswith("Written by m in 2.0 s from 1 passage.")
