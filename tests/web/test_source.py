"""The source pane's text: the document's own words, structured, with the cited ones marked."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from index import Chunk, Document, Page, Span
from qa.web.source import MORE, WINDOW, Excerpt, earlier_html, later_html, outline, source_html
from tests.fakes.passages import document
from tests.texts import texts

OURS = {"p", "h3", "h4", "h5", "h6", "ul", "li", "div", "span", "code", "mark"}
NAMES = {"class", "role", "dir", "data-page"}
UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e\ud800-\udfff]")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = ["text/plain", "text/markdown", "text/html", "message/rfc822", "text/csv", WORD, SHEET]
SHAPED = [
    "Heading\n\n",
    "one\ntwo\nthree",
    "Country: France; Capital: Paris\nCountry: Japan; Capital: Tokyo\n",
    "a | b | c\nd | e | f",
    "def f(x):\n    return x\n",
    "\n \t\n",
    "\n",
    '<mark class="cited">x</mark><script>alert(1)</script>',
    "</p></div><table><tr><td>",
    "&lt;b&gt; &amp; &#0;",
]
pieces = st.lists(st.one_of(texts(), st.sampled_from(SHAPED)), max_size=12).map("".join)


def visible(text: str) -> str:
    """The text as it is shown: what can't be is replaced, one character by one."""
    return UNSHOWABLE.sub("\ufffd", text)


class Reference(HTMLParser):
    """Slow and plain: every text node with the elements it stands in; unbalanced tags are an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append((tag, dict(attrs)))
        self.tags.add(tag)
        self.names |= set(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        marks = [attributes["class"] for tag, attributes in self.open if tag == "mark"]
        self.pieces.append((data, (marks[-1] or "").split()[0] if marks else ""))

    def text(self, kind: str | None = None) -> str:
        return "".join(data for data, marked in self.pieces if kind is None or marked == kind)


def browser_text(html: str, selector: str) -> str:
    """The text under a selector, as a browser's parser reads it."""
    page = LexborHTMLParser(f"<!doctype html><body><section>{html}</section>")
    return "".join(node.text() for node in page.css(selector))


def of_type(text: str, media_type: str, **fields) -> Document:
    plain = document(text)
    return Document(plain.doc_id, plain.title, plain.paths, media_type, text, **fields)


def shown(text: str, words: str, media_type: str = "text/markdown") -> str:
    source = of_type(text, media_type)
    at = text.index(words)
    return source_html(source, Span(source.doc_id, at, at + len(words))).html


@st.composite
def spans(draw, of: Document) -> Span:
    start = draw(st.integers(0, len(of.text) - 1))
    return Span(of.doc_id, start, draw(st.integers(start + 1, len(of.text))))


@given(st.data(), pieces, st.sampled_from(MEDIA_TYPES))
def test_hyp_the_marked_words_are_the_cited_words(data, text, media_type):
    """Whatever the document and wherever the span, text and marks are the document's own."""
    source = of_type(text + "x", media_type)
    span = data.draw(spans(source))
    excerpt = source_html(source, span, data.draw(st.lists(spans(source), max_size=3)))
    read = Reference(excerpt.html)

    assert visible(source.text[excerpt.start : excerpt.end]) == read.text()
    assert visible(source.quote(span)) == read.text("cited")
    assert visible(source.quote(span)) == browser_text(excerpt.html, "mark.cited")
    assert visible(source.text[excerpt.start : excerpt.end]) == browser_text(excerpt.html, "section")


@given(st.data(), pieces, st.sampled_from(MEDIA_TYPES))
def test_hyp_nothing_of_a_document_stands_outside_its_text(data, text, media_type):
    """Elements and attributes are the pane's own, and the HTML is one line."""
    source = of_type(text + "x", media_type)
    html = source_html(source, data.draw(spans(source))).html
    read = Reference(html)

    assert read.tags <= OURS
    assert read.names <= NAMES
    assert len(re.split("[\n\f\r\u2028\u2029]", html)) == 1


@given(st.data(), pieces)
def test_hyp_what_else_is_cited_is_marked_where_the_span_is_not(data, text):
    """The weaker mark holds the other spans' characters, less the cited ones."""
    source = of_type(text + "x", "text/html")
    span, other = data.draw(spans(source)), data.draw(spans(source))
    read = Reference(source_html(source, span, [other]).html)
    weaker = [i for i in range(other.start, other.end) if not span.start <= i < span.end]

    assert visible("".join(source.text[i] for i in weaker)) == read.text("also")


@given(
    st.data(),
    st.lists(st.sampled_from([*SHAPED, "word " * 700, "y" * 5_000, "👩‍👩‍👧" * 900, "line\n" * 900])),
)
def test_hyp_slices_follow_each_other_without_a_hole(data, parts):
    """From the excerpt to both ends of a long document, on demand, every character comes once."""
    source = of_type("".join(parts) + "x", data.draw(st.sampled_from(MEDIA_TYPES)))
    excerpt = source_html(source, data.draw(spans(source)))
    slices = [excerpt]
    while slices[0].has_earlier:
        slices.insert(0, earlier_html(source, slices[0].start))
        assert 0 < slices[0].end - slices[0].start <= MORE
    while slices[-1].has_later:
        slices.append(later_html(source, slices[-1].end))
        assert 0 < slices[-1].end - slices[-1].start <= MORE

    assert visible(source.text) == "".join(Reference(one.html).text() for one in slices)


def test_a_long_document_is_shown_in_part():
    """Whole paragraphs around the span, and a word that more stands before and after them."""
    paragraph = "Some words about the lake, again. " * 20
    source = document(f"{paragraph}\n\n" * 100)
    excerpt = source_html(source, Span(source.doc_id, 30_000, 30_010))

    assert (excerpt.has_earlier, excerpt.has_later) == (True, True)
    assert excerpt.end - excerpt.start < 2 * WINDOW + 20
    assert source.text[excerpt.start :].startswith(paragraph)
    assert source.text[: excerpt.end].endswith(f"{paragraph}\n\n")


def test_a_line_of_a_megabyte_is_cut_between_words():
    """It has no better place to be cut at."""
    source = document("word " * 200_000)
    excerpt = source_html(source, Span(source.doc_id, 500_000, 500_004))

    assert Reference(excerpt.html).text("cited") == "word"
    assert excerpt.end - excerpt.start <= 2 * WINDOW + 4
    assert source.text[excerpt.start : excerpt.start + 5] == "word "


def test_a_megabyte_without_a_space_is_cut_between_signs():
    """A joined sign, of several code points, stays whole."""
    sign = "👩‍👩‍👧"
    source = document(sign * 200_000)
    excerpt = source_html(source, Span(source.doc_id, 500_000, 500_005))

    assert source.text[excerpt.start :].startswith(sign)
    assert (excerpt.start % len(sign), excerpt.end % len(sign)) == (0, 0)
    assert len(excerpt.html) < 200_000


def test_a_span_over_a_line_break_is_marked_on_both_sides():
    """Its marks, joined, hold the break too."""
    html = shown("The first ends here.\n\nThe second begins.", "here.\n\nThe second")
    marks = [data for data, kind in Reference(html).pieces if kind == "cited"]

    assert marks == ["here.", "\n\n", "The second"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Size and shape\n\nIt is long.", '<h4 dir="auto">Size and shape</h4>'),
        ("大きさ\n\n長い。", '<h4 dir="auto">大きさ</h4>'),
        ("It is long.\n\nIt is.", '<p dir="auto">It is long.</p>'),
        ("red\ngreen", '<ul><li dir="auto">red&#10;</li><li dir="auto">green</li></ul>'),
        ("def f(x):\n    return x", '<p class="code"><code>def f(x):&#10;    return x</code></p>'),
        (
            "City: Paris; Size: 2\nCity: Rome; Size: 3",
            '<div class="row" role="row"><span class="cell" role="cell" dir="auto">'
            '<span class="name">City: </span>Paris; </span>'
            '<span class="cell" role="cell" dir="auto"><span class="name">Size: </span>2&#10;</span></div>',
        ),
        ("a | b\nc | d", '<span class="cell" role="cell" dir="auto">a | </span>'),
    ],
)
def test_blocks_are_shown_as_what_they_look_like(text, html):
    """Headings, paragraphs, lists, code and tables, each with its text as it is."""
    assert html in shown(f"A beginning that is long enough.\n\n{text}\n\nAn end.", "An end.")


def test_headings_that_chunks_stand_under_have_their_level():
    """Also those that don't look like one."""
    text = "what came of it, and who paid:\n\nNobody did."
    source = of_type(text, "text/html")
    chunk = Chunk(Span(source.doc_id, 32, len(text)), ("Title", "what came of it, and who paid:"), 3)
    excerpt = source_html(source, chunk.span, (), outline([chunk]))

    assert excerpt.html.startswith('<h4 dir="auto">what came of it, and who paid:</h4>')


def test_plain_text_keeps_its_lines_and_has_no_headings():
    """Nothing in a text file says what a line is."""
    html = shown("Notes\n\n- one\n  two", "one", "text/plain")

    assert html == (
        '<p class="plain" dir="auto">Notes</p>&#10;&#10;'
        '<p class="plain" dir="auto">- <mark class="cited">one</mark>&#10;  two</p>'
    )


def test_plain_text_that_was_only_broken_to_a_width_has_lines_as_wide_as_there_is_room():
    """Its list entries stay lines, and every character stays."""
    text = "The notes of the bank were sold in May at a loss,\nand nobody there asked why:\n- two to Lee"
    html = shown(text, "a loss,\nand", "text/plain")

    assert html == (
        '<p class="plain" dir="auto"><span class="line">The notes of the bank were sold in May at '
        '<mark class="cited">a loss,&#10;and</mark> nobody there asked why:&#10;</span>'
        '<span class="line">- two to Lee</span></p>'
    )


def test_a_page_is_numbered_where_it_begins():
    """The number is shown beside the text, and is no part of it."""
    text = "The first page.\n\nThe second page."
    pages = (Page(1, 0, 15, 595, 842), Page(2, 17, 33, 595, 842))
    source = of_type(text, "application/pdf", pages=pages)
    html = source_html(source, Span(source.doc_id, 4, 9)).html

    assert re.findall(r'data-page="(\d)"', html) == ["1", "2"]
    assert Reference(html).text() == text


def test_a_span_that_is_not_in_the_document_is_an_error():
    """As anywhere else, a pointer that doesn't hold is never shown."""
    source = document("Short.")

    with pytest.raises(ValueError, match="span ends at 9, the document has 6 characters"):
        source_html(source, Span(source.doc_id, 2, 9))


def test_a_slice_past_either_end_is_empty():
    """Offsets that come from a browser may be anything."""
    source = document("Short.")

    assert earlier_html(source, -5) == Excerpt("", 0, 0, 6)
    assert later_html(source, 99) == Excerpt("", 6, 6, 6)
