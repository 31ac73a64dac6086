"""The view: what a document says is shown, and does nothing."""

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from index import Span
from qa.records import Answer, Footnote, Sentence
from qa.web.view import CONTEXT, answer_html, context, error_html, escaped
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
    """Markdown reads nothing in a block of HTML without a line break."""
    assert "\n" not in answer_html(answered("", text + "x", ""), "0")
    assert "\n" not in error_html(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_hyp_escaped_text_reads_back_as_itself(text):
    """Emoji, accents, right-to-left: the words in the page are the words in the source."""
    page = tree(f"<body><bdi>{escaped(text + 'x')}</bdi></body>")

    assert words(page, "bdi") == text + "x"


def test_the_quoted_words_are_marked_inside_their_surroundings():
    """What stands before and after is cut between words, with an ellipsis where the text goes on."""
    quoted = "Cats sleep at noon."
    answer = answered("Dogs bark. " * 40, quoted, " Birds sing." * 40)
    before, after = context(answer.footnotes[0])
    page = tree(answer_html(answer, "0"))

    assert words(page, "mark") == quoted
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


def test_characters_that_turn_the_direction_are_made_visible():
    """They could make a footnote read otherwise than its source."""
    assert escaped("a\u202eb\x00") == "a\ufffdb\ufffd"
