"""The source pane's text: the document's own words, structured, with the cited ones marked."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from index import Document, Limits, Page, Span
from index.formats.common.tables import RowText, numbered, row_blocks
from index.formats.parsing import parse_bytes
from index.formats.pdf.reader import read_pdf
from index.text.canonical import ParsedBlock, ParsedFile, canonicalise
from qa.web.views.excerpt import MORE_CHARS, WINDOW_CHARS, Excerpt, earlier_html, later_html, source_html
from tests.blocks import KINDS, parsed_blocks, parsed_rows
from tests.fakes.passages import document
from tests.fakes.pdf import Page as Canvas
from tests.texts import texts

TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
OURS = {"p", "h3", "h4", "h5", "h6", "ul", "li", "div", "span", "pre", "code", "mark", *TABLES}
NAMES = {"class", "dir", "data-page", "data-header", "aria-hidden", "colspan"}
UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e\ud800-\udfff]")
SHAPED = [
    "Heading\n\n",
    "one\ntwo\nthree",
    "Country: France; Capital: Paris\nCountry: Japan; Capital: Tokyo\n",
    "a | b | c\nd | e | f",
    "def f(x):\n    return x\n",
    "\n \t\n",
    "\n",
    '<mark class="fn-cited">x</mark><script>alert(1)</script>',
    "</p></div><table><tr><td>",
    "&lt;b&gt; &amp; &#0;",
]
pieces = st.lists(st.one_of(texts(), st.sampled_from(SHAPED)), max_size=12).map("".join)


@st.composite
def sources(draw) -> Document:
    """A document of which nothing is known but its text, or one of blocks of every kind."""
    if draw(st.booleans()):
        return document(draw(pieces) + "x")
    shaped = draw(st.lists(st.one_of(parsed_blocks(), parsed_rows()), max_size=8))
    canonical = canonicalise(ParsedFile("text/html", None, tuple(shaped)))
    return replace(document(canonical.text or "x"), blocks=canonical.blocks)


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


def parsed(suffix: str, content: str) -> Document:
    """The document that the index would hold of a file of that ending."""
    canonical = parse_bytes(content.encode(), suffix, Limits())
    return replace(document(canonical.text), blocks=canonical.blocks)


def shown(source: Document, words: str) -> str:
    """The pane's HTML with the first occurrence of these words cited."""
    at = source.text.index(words)
    return source_html(source, Span(source.doc_id, at, at + len(words))).html


@st.composite
def spans(draw, of: Document) -> Span:
    start = draw(st.integers(0, len(of.text) - 1))
    return Span(of.doc_id, start, draw(st.integers(start + 1, len(of.text))))


@given(st.data(), sources())
def test_hyp_the_marked_words_are_the_cited_words(data, source):
    """Whatever the document and wherever the span, text and marks are the document's own."""
    span = data.draw(spans(source))
    excerpt = source_html(source, span, data.draw(st.lists(spans(source), max_size=3)))
    read = Reference(excerpt.html)

    assert visible(source.text[excerpt.start : excerpt.end]) == read.text()
    assert visible(source.quote(span)) == read.text("fn-cited")
    assert visible(source.quote(span)) == browser_text(excerpt.html, "mark.fn-cited")
    assert visible(source.text[excerpt.start : excerpt.end]) == browser_text(excerpt.html, "section")


@given(st.data(), sources())
def test_hyp_nothing_of_a_document_stands_outside_its_text(data, source):
    """Elements and attributes are the pane's own, and the HTML is one line."""
    html = source_html(source, data.draw(spans(source))).html
    read = Reference(html)

    assert read.tags <= OURS
    assert read.names <= NAMES
    assert len(re.split("[\n\f\r\u2028\u2029]", html)) == 1


@given(st.data(), sources())
def test_hyp_what_else_is_cited_is_marked_where_the_span_is_not(data, source):
    """The weaker mark holds the other spans' characters, less the cited ones."""
    span, other = data.draw(spans(source)), data.draw(spans(source))
    read = Reference(source_html(source, span, [other]).html)
    weaker = [i for i in range(other.start, other.end) if not span.start <= i < span.end]

    assert visible("".join(source.text[i] for i in weaker)) == read.text("fn-also-cited")


LONG = [*SHAPED, "word " * 700, "y" * 5_000, "👩‍👩‍👧" * 900, "line\n" * 900]


@st.composite
def long_sources(draw) -> Document:
    """As :func:`sources`, but longer than an excerpt."""
    texts = draw(st.lists(st.sampled_from(LONG)))
    if draw(st.booleans()):
        return document("".join(texts) + "x")
    parts = [ParsedBlock(draw(KINDS), text, draw(st.integers(0, 4))) for text in texts]
    rows = tuple(row_blocks([["word " * draw(st.integers(0, 900)), "b"]] * 9, [("A", "1"), ("B",)]))
    canonical = canonicalise(ParsedFile("text/html", None, (*parts, *rows)))
    return replace(document(canonical.text), blocks=canonical.blocks)


@given(st.data(), long_sources())
def test_hyp_slices_follow_each_other_without_a_hole(data, source):
    """From the excerpt to both ends of a long document, on demand, every character comes once."""
    excerpt = source_html(source, data.draw(spans(source)))
    slices = [excerpt]
    while slices[0].has_earlier:
        slices.insert(0, earlier_html(source, slices[0].start))
        assert 0 < slices[0].end - slices[0].start <= MORE_CHARS
    while slices[-1].has_later:
        slices.append(later_html(source, slices[-1].end))
        assert 0 < slices[-1].end - slices[-1].start <= MORE_CHARS

    assert visible(source.text) == "".join(Reference(one.html).text() for one in slices)


def test_a_long_document_is_shown_in_part():
    """Whole paragraphs around the span, and a word that more stands before and after them."""
    paragraph = "Some words about the lake, again. " * 20
    source = document(f"{paragraph}\n\n" * 100)
    excerpt = source_html(source, Span(source.doc_id, 30_000, 30_010))

    assert (excerpt.has_earlier, excerpt.has_later) == (True, True)
    assert excerpt.end - excerpt.start < 2 * WINDOW_CHARS + 20
    assert source.text[excerpt.start :].startswith(paragraph)
    assert source.text[: excerpt.end].endswith(f"{paragraph}\n\n")


def test_a_line_of_a_megabyte_is_cut_between_words():
    """It has no better place to be cut at."""
    source = document("word " * 200_000)
    excerpt = source_html(source, Span(source.doc_id, 500_000, 500_004))

    assert Reference(excerpt.html).text("fn-cited") == "word"
    assert excerpt.end - excerpt.start <= 2 * WINDOW_CHARS + 4
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
    html = shown(parsed(".md", "The first ends here.\n\nThe second begins."), "here.\n\nThe second")
    marks = [data for data, kind in Reference(html).pieces if kind == "fn-cited"]

    assert marks == ["here.", "\n\n", "The second"]


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("## what came of it:\n", '<h4 dir="auto">what came of it:</h4>'),
        ("# 大きさ\n", '<h3 dir="auto">大きさ</h3>'),
        ("Not a Heading\n", '<p dir="auto">Not a Heading</p>'),
        ("a = b: c; d: e | f\n", '<p dir="auto">a = b: c; d: e | f</p>'),
        ("- red\n- green\n", '<ul><li dir="auto">red&#10;</li><li dir="auto">green</li></ul>'),
        (
            "- red\n  - dark\n  - light\n- green\n",
            '<ul><li dir="auto">red&#10;<ul><li dir="auto">dark&#10;</li><li dir="auto">light&#10;</li></ul>'
            '</li><li dir="auto">green</li></ul>',
        ),
        ("```\nall  is\n\nwell\n```\n", '<pre class="fn-code"><code>all  is&#10;&#10;well&#10;</code></pre>'),
    ],
)
def test_blocks_are_shown_as_what_they_are(written, html):
    """Headings, paragraphs, lists and code, whatever they look like; each with its text as it is."""
    assert html in shown(parsed(".md", f"A beginning.\n\n{written}\n\nAn end."), "An end.")


def test_a_caption_is_shown_as_one():
    """It isn't one more paragraph."""
    page = "<table><caption>Ages</caption><tr><td>1<td>2</table>"

    assert '<p class="fn-caption" dir="auto"><mark class="fn-cited">Ages</mark></p>' in shown(
        parsed(".html", page), "Ages"
    )


CITIES = "City,Land,Size\nParis,France,2\nRome,,3\n"


def test_a_table_is_shown_as_a_grid_under_its_header():
    """The names that stand in each row's text are hidden there, as the header shows them once."""
    html = shown(parsed(".csv", CITIES), "Rome")

    assert (
        '<thead aria-hidden="true"><tr><th data-header="City"></th><th data-header="Land"></th>'
        '<th data-header="Size"></th></tr></thead>'
    ) in html
    assert (
        '<tr><td dir="auto"><span class="fn-hidden-cell-label">City: </span>Paris</td>'
        '<td dir="auto"><span class="fn-hidden-cell-label">; Land: </span>France</td>'
        '<td dir="auto"><span class="fn-hidden-cell-label">; Size: </span>2&#10;</td></tr>'
        '<tr><td dir="auto"><span class="fn-hidden-cell-label">City: </span>'
        '<mark class="fn-cited">Rome</mark></td>'
        "<td></td>"
        '<td dir="auto"><span class="fn-hidden-cell-label">; Size: </span>3</td></tr>'
    ) in html


def test_a_table_of_names_and_values_has_no_header():
    """Its names are in the first column."""
    html = shown(parsed(".html", "<table><tr><th>Size<td>2<tr><th>Area<td>3</table>"), "2")

    assert "<thead" not in html
    assert (
        '<tr><td dir="auto">Area</td><td dir="auto"><span class="fn-hidden-cell-label">: </span>3</td></tr>'
        in html
    )


def test_a_row_over_the_whole_table_spans_its_columns():
    """Such as a title between the rows."""
    html = shown(parsed(".csv", f"{CITIES}Italy\n"), "Italy")

    assert '<tr><td dir="auto" colspan="3"><mark class="fn-cited">Italy</mark></td></tr>' in html


def test_names_that_no_header_shows_are_seen():
    """Where the rows of a table don't agree on what a column is called."""
    cells = [RowText(), RowText()]
    for row, name in zip(cells, ("One", "Two"), strict=True):
        row.write(f"{name}: ")
        row.write_cell("x", 0, (name,))
    canonical = canonicalise(ParsedFile("text/html", None, tuple(numbered(cells))))
    html = shown(replace(document(canonical.text), blocks=canonical.blocks), "x")

    assert '<td dir="auto"><span class="fn-cell-label">Two: </span>x</td>' in html


def test_a_printed_header_is_the_header():
    """In a PDF it is a row like the others, and is not drawn once more."""
    page = Canvas().lines(72, 700, ["Land"]).lines(220, 700, ["Since"])
    page.lines(72, 680, ["France"]).lines(220, 680, ["508"])
    canonical = canonicalise(read_pdf(page.bytes(), Limits()))
    html = shown(replace(document(canonical.text), blocks=canonical.blocks), "508")

    assert html.count("<th ") == 2
    assert (
        '<tr><th dir="auto">Land</th>'
        '<th dir="auto"><span class="fn-hidden-cell-label"> </span>Since&#10;</th></tr>'
    ) in html


def test_a_table_of_a_thousand_columns_makes_few_cells():
    """Blank ones that follow each other are one."""
    rows = "\n".join(f"{',' * number}x{number}" for number in range(300))
    html = shown(parsed(".csv", rows), "x7\n")

    assert html.count("<td") < 1000


def test_plain_text_keeps_its_lines_and_has_no_headings():
    """Nothing in a text file says what a line is."""
    html = shown(parsed(".txt", "Notes\n\n- one\n  two"), "one")

    assert html == (
        '<p class="fn-plain-text" dir="auto">Notes</p>&#10;&#10;'
        '<p class="fn-plain-text" dir="auto">- <mark class="fn-cited">one</mark>&#10;  two</p>'
    )


def test_plain_text_that_was_only_broken_to_a_width_has_lines_as_wide_as_there_is_room():
    """Its list entries stay lines, and every character stays."""
    text = "The notes of the bank were sold in May at a loss,\nand nobody there asked why:\n- two to Lee"
    html = shown(parsed(".txt", text), "a loss,\nand")

    assert html == (
        '<p class="fn-plain-text" dir="auto"><span class="fn-line">The notes of the bank were sold in May at '
        '<mark class="fn-cited">a loss,&#10;and</mark> nobody there asked why:&#10;</span>'
        '<span class="fn-line">- two to Lee</span></p>'
    )


def test_a_page_is_numbered_where_it_begins():
    """The number is shown beside the text, and is no part of it."""
    text = "The first page.\n\nThe second page."
    pages = (Page(1, 0, 15, 595, 842), Page(2, 17, 33, 595, 842))
    source = replace(document(text), pages=pages)
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
