"""The view: what a document says is shown, and does nothing."""

import inspect
import re

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from index import Span
from index.manifest import Manifest, Recipe
from qa.records import Answer, Footnote, Sentence
from qa.settings import Settings
from qa.web.view import CONTEXT, answer_html, asked_html, context, element, error_html, escaped, status_html
from tests.fakes.passages import document, passage
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
    "</bdi></div>",
]
OURS = {"div", "p", "strong", "bdi", "a", "ol", "li", "span", "mark", "details", "summary", "ul"}
UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e]")
MANIFEST = Manifest(Recipe("e", "f", 2, 200, 0), 1, 2, "flat", (), "2026-01-02T03:04:05Z", {})
hostile = st.lists(st.one_of(texts(), st.sampled_from(HOSTILE)), max_size=6).map("".join)


def answered(before: str, quoted: str, after: str, title: str = "Title") -> Answer:
    source = document(before + quoted + after, title)
    note = Footnote(1, source, Span(source.doc_id, len(before), len(before) + len(quoted)), 0.9)
    return Answer("?", (Sentence(quoted, (1,)),), (note,), short=quoted)


def tree(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html)


def words(page: LexborHTMLParser, selector: str) -> str:
    """The text of the first element that the selector finds."""
    return page.css(selector)[0].text()


@given(hostile, hostile, hostile, hostile)
def test_hyp_no_text_becomes_an_element_or_an_attribute(before, quoted, after, title):
    """Whatever stands in the document, its title or the answer, the elements are the view's own."""
    page = tree(answer_html(answered(before, quoted + "x", after, title), "0"))
    elements = page.body.css("*") if page.body else []

    assert {node.tag for node in elements} - {"body", "-text"} <= OURS
    assert all(not name.startswith("on") for node in elements for name in node.attributes)
    assert {node.attributes["href"] for node in page.css("a")} == {"#fn-0-1"}


@given(hostile)
def test_hyp_html_for_the_chat_stands_on_one_line(text):
    """Markdown reads nothing in a block of HTML without a line break, whatever it takes for one."""
    for html in (
        answer_html(answered("", text + "x", "", text), "0"),
        asked_html(text, 50),
        error_html(text),
    ):
        assert len(re.split("[\n\f\r\u2028\u2029]", html)) == 1


@given(texts())
def test_hyp_escaped_text_reads_back_as_itself(text):
    """Through the chat, which straightens what it takes for source code, the words are the source's."""
    shown = UNSHOWABLE.sub("\ufffd", text) + "x"
    page = tree(inspect.cleandoc(element("div", element("bdi", escaped(text + "x")))))

    assert words(page, "bdi") == shown


@given(hostile, st.integers(1, 50))
def test_hyp_a_question_is_shown_as_it_was_typed(question, longest):
    """Its markup is text, and no more of it is shown than would be read."""
    page = tree(asked_html(question, longest))

    assert [node.tag for node in page.css("body *")] == ["div", "bdi"]
    assert words(page, "bdi").removesuffix(" …") == UNSHOWABLE.sub("\ufffd", question)[:longest].removesuffix(
        " …"
    )


def test_the_quoted_words_are_marked_inside_their_surroundings():
    """What stands before and after is cut between words, with an ellipsis where the text goes on."""
    quoted = "Cats sleep at noon."
    answer = answered("Dogs bark. " * 40, quoted, " Birds sing." * 40)
    before, after = context(answer.footnotes[0])
    page = tree(answer_html(answer, "0"))

    assert words(page, "mark") == quoted
    assert words(page, ".quote").strip("… ") in answer.footnotes[0].document.text
    assert before.startswith("… ")
    assert after.endswith(" …")
    assert len(before) <= CONTEXT + 2


def test_a_refusal_is_no_answer():
    """It is a card with the nearest passages, without footnotes."""
    refused = Answer("?", refused=True, reason="Not there.", passages=(passage(document("Cats sleep.")),))
    page = tree(answer_html(refused, "0"))

    assert "Not in your documents." in words(page, ".card")
    assert "Cats" in words(page, "details")
    assert not page.css("mark, .notes, .answer")


def test_a_sentence_that_nothing_carries_says_so():
    """It has no footnote, and is marked."""
    page = tree(answer_html(Answer("?", (Sentence("The moon is near.", ()),)), "0"))

    assert "unsupported" in words(page, ".unsupported")


def test_overrides_of_direction_are_made_visible():
    """They would show the words in another order than the source's."""
    assert escaped("a\u202eb\x00") == "a\ufffdb\ufffd"


def test_other_directions_stay_within_their_element():
    """Words, title and surroundings are isolated from each other and from the page."""
    page = tree(answer_html(answered("שלום \u2067", "\u2067quoted", " after", "\u2067title"), "0"))

    assert words(page, "mark") == "\u2067quoted"
    assert [node.text() for node in page.css("li bdi")] == ["שלום \u2067", " after", "\u2067title"]


def test_the_status_line_says_who_hears_of_a_question():
    """With a language model elsewhere, it doesn't claim that nothing leaves the computer."""
    elsewhere = Settings(answerer="endpoint", endpoint_base_url="http://198.51.100.7/v1", endpoint_model="m")

    assert "nothing leaves this computer" in status_html(MANIFEST, Settings())
    assert "nothing leaves" not in status_html(MANIFEST, elsewhere)
    assert "go to http://198.51.100.7/v1" in status_html(MANIFEST, elsewhere)
