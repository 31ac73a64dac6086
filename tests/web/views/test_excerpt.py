"""HTML of an excerpt: the document's own text with its structure, and the cited words marked."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser

from index import Document, Limits, Page, Span
from index.formats.common.tables import RowText, number_rows, row_blocks
from index.formats.parsing import parse_bytes
from index.formats.pdf.reader import read_pdf
from index.text.canonical import ParsedBlock, ParsedFile, canonicalise
from qa.web.views.excerpt import MORE_CHARS, WINDOW_CHARS, Excerpt, earlier_html, later_html, source_html
from tests.blocks import KINDS, parsed_blocks, parsed_rows
from tests.fakes.passages import document
from tests.fakes.pdf import Page as Canvas
from tests.texts import texts

TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
OUR_ELEMENTS = {"p", "h3", "h4", "h5", "h6", "ul", "li", "div", "span", "pre", "code", "mark", *TABLES}
OUR_ATTRIBUTES = {"class", "dir", "data-page", "data-header", "aria-hidden", "colspan"}
UNSAFE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e\ud800-\udfff]")
STRUCTURED_TEXTS = [
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
structured_texts = st.lists(st.one_of(texts(), st.sampled_from(STRUCTURED_TEXTS)), max_size=12).map("".join)


@st.composite
def sources(draw) -> Document:
    """Return a document of plain text, or one with blocks of every kind."""
    if draw(st.booleans()):
        return document(draw(structured_texts) + "x")
    blocks = draw(st.lists(st.one_of(parsed_blocks(), parsed_rows()), max_size=8))
    canonical = canonicalise(ParsedFile("text/html", None, tuple(blocks)))
    return replace(document(canonical.text or "x"), blocks=canonical.blocks)


def visible(text: str) -> str:
    """Return the text as it is shown, with a replacement for each character that can't be."""
    return UNSAFE.sub("\ufffd", text)


class ReferenceParser(HTMLParser):
    """A simple parser that records each text node with the mark around it; unbalanced tags are an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[tuple[str, str]] = []
        """Each text node with the class of the mark around it; empty without a mark."""
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append((tag, dict(attrs)))
        self.tags.add(tag)
        self.attributes |= set(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        marks = [attributes["class"] for tag, attributes in self.open if tag == "mark"]
        self.pieces.append((data, (marks[-1] or "").split()[0] if marks else ""))

    def text(self, mark_class: str | None = None) -> str:
        """Return the text of the marks with a class; all text without one."""
        return "".join(text for text, class_ in self.pieces if mark_class is None or class_ == mark_class)


def browser_text(html: str, selector: str) -> str:
    """Return the text under a selector, as a browser's parser reads it."""
    page = LexborHTMLParser(f"<!doctype html><body><section>{html}</section>")
    return "".join(node.text() for node in page.css(selector))


def parsed(suffix: str, content: str) -> Document:
    """Return the document that the index would have for a file."""
    canonical = parse_bytes(content.encode(), suffix, Limits())
    return replace(document(canonical.text), blocks=canonical.blocks, media_type=canonical.media_type)


def excerpt_html(source: Document, words: str) -> str:
    """Return the HTML of an excerpt that cites the first occurrence of *words*."""
    at = source.text.index(words)
    return source_html(source, Span(source.doc_id, at, at + len(words))).html


@st.composite
def spans(draw, of: Document) -> Span:
    start = draw(st.integers(0, len(of.text) - 1))
    return Span(of.doc_id, start, draw(st.integers(start + 1, len(of.text))))


@given(st.data(), sources())
def test_hyp_marked_words_are_the_cited_words(data, source):
    """For any document and span, text and marks are the document's own."""
    span = data.draw(spans(source))
    excerpt = source_html(source, span, data.draw(st.lists(spans(source), max_size=3)))
    parser = ReferenceParser(excerpt.html)

    assert visible(source.text[excerpt.start : excerpt.end]) == parser.text()
    assert visible(source.quote(span)) == parser.text("fn-cited")
    assert visible(source.quote(span)) == browser_text(excerpt.html, "mark.fn-cited")
    assert visible(source.text[excerpt.start : excerpt.end]) == browser_text(excerpt.html, "section")


@given(st.data(), sources())
def test_hyp_document_adds_no_markup(data, source):
    """All elements and attributes are our own, and the HTML is one line."""
    html = source_html(source, data.draw(spans(source))).html
    parser = ReferenceParser(html)

    assert parser.tags <= OUR_ELEMENTS
    assert parser.attributes <= OUR_ATTRIBUTES


@given(st.data(), sources())
def test_hyp_other_citations_are_marked_outside_the_span(data, source):
    """Their mark has the characters of the other spans without those of the cited span."""
    span, other = data.draw(spans(source)), data.draw(spans(source))
    parser = ReferenceParser(source_html(source, span, [other]).html)
    other_offsets = [i for i in range(other.start, other.end) if not span.start <= i < span.end]

    assert visible("".join(source.text[i] for i in other_offsets)) == parser.text("fn-also-cited")


LONG_TEXTS = [*STRUCTURED_TEXTS, "word " * 700, "y" * 5_000, "👩‍👩‍👧" * 900, "line\n" * 900]


@st.composite
def long_sources(draw) -> Document:
    """Return a document as :func:`sources` does, but longer than an excerpt."""
    texts = draw(st.lists(st.sampled_from(LONG_TEXTS)))
    if draw(st.booleans()):
        return document("".join(texts) + "x")
    parts = [ParsedBlock(draw(KINDS), text, draw(st.integers(0, 4))) for text in texts]
    rows = tuple(row_blocks([["word " * draw(st.integers(0, 900)), "b"]] * 9, [("A", "1"), ("B",)]))
    canonical = canonicalise(ParsedFile("text/html", None, (*parts, *rows)))
    return replace(document(canonical.text), blocks=canonical.blocks)


@given(st.data(), long_sources())
def test_hyp_slices_cover_the_document_once(data, source):
    """From the excerpt to both ends of a long document, each character comes once."""
    excerpt = source_html(source, data.draw(spans(source)))
    slices = [excerpt]
    while slices[0].has_earlier:
        slices.insert(0, earlier_html(source, slices[0].start))
        assert 0 < slices[0].end - slices[0].start <= MORE_CHARS
    while slices[-1].has_later:
        slices.append(later_html(source, slices[-1].end))
        assert 0 < slices[-1].end - slices[-1].start <= MORE_CHARS

    assert visible(source.text) == "".join(ReferenceParser(slice_.html).text() for slice_ in slices)


def test_long_document_is_shown_in_part():
    """The excerpt has whole paragraphs around the span, and says that there is more."""
    paragraph = "Some words about the lake, again. " * 20
    source = document(f"{paragraph}\n\n" * 100)
    excerpt = source_html(source, Span(source.doc_id, 30_000, 30_010))

    assert (excerpt.has_earlier, excerpt.has_later) == (True, True)
    assert excerpt.end - excerpt.start < 2 * WINDOW_CHARS + 20
    assert source.text[excerpt.start :].startswith(paragraph)
    assert source.text[: excerpt.end].endswith(f"{paragraph}\n\n")


def test_very_long_line_is_cut_between_words():
    """A line of a megabyte has no better place to cut."""
    source = document("word " * 200_000)
    excerpt = source_html(source, Span(source.doc_id, 500_000, 500_004))

    assert ReferenceParser(excerpt.html).text("fn-cited") == "word"
    assert excerpt.end - excerpt.start <= 2 * WINDOW_CHARS + 4
    assert source.text[excerpt.start : excerpt.start + 5] == "word "


def test_text_without_spaces_is_cut_between_graphemes():
    """A grapheme of several code points isn't split."""
    grapheme = "👩‍👩‍👧"
    source = document(grapheme * 200_000)
    excerpt = source_html(source, Span(source.doc_id, 500_000, 500_005))

    assert source.text[excerpt.start :].startswith(grapheme)
    assert (excerpt.start % len(grapheme), excerpt.end % len(grapheme)) == (0, 0)
    assert len(excerpt.html) < 200_000


def test_span_over_paragraphs_is_marked_in_both():
    """The joined marks contain the line breaks too."""
    html = excerpt_html(parsed(".md", "The first ends here.\n\nThe second begins."), "here.\n\nThe second")
    marks = [data for data, kind in ReferenceParser(html).pieces if kind == "fn-cited"]

    assert marks == ["here.", "\n\n", "The second"]


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("## what came of it:\n", '<h4 dir="auto">what came of it:</h4>'),
        ("# 大きさ\n", '<h3 dir="auto">大きさ</h3>'),
        ("Not a Heading\n", '<p dir="auto">Not a Heading</p>'),
        ("a = b: c; d: e | f\n", '<p dir="auto">a = b: c; d: e | f</p>'),
        ("- red\n- green\n", '<ul><li dir="auto">red\n</li><li dir="auto">green</li></ul>'),
        (
            "- red\n  - dark\n  - light\n- green\n",
            '<ul><li dir="auto">red\n<ul><li dir="auto">dark\n</li><li dir="auto">light\n</li></ul>'
            '</li><li dir="auto">green</li></ul>',
        ),
        ("```\nall  is\n\nwell\n```\n", '<pre class="fn-code"><code>all  is\n\nwell\n</code></pre>'),
    ],
)
def test_blocks_become_their_elements(markdown, html):
    """Headings, paragraphs, lists and code become their elements, with their text unchanged."""
    assert html in excerpt_html(parsed(".md", f"A beginning.\n\n{markdown}\n\nAn end."), "An end.")


def test_caption_has_its_own_class():
    """It is set apart from paragraphs."""
    page = "<table><caption>Ages</caption><tr><td>1<td>2</table>"

    assert '<p class="fn-caption" dir="auto"><mark class="fn-cited">Ages</mark></p>' in excerpt_html(
        parsed(".html", page), "Ages"
    )


CITIES = "City,Land,Size\nParis,France,2\nRome,,3\n"


def test_table_has_a_header_row():
    """The names in the text of each row are hidden, because the header shows them."""
    html = excerpt_html(parsed(".csv", CITIES), "Rome")

    assert (
        '<thead aria-hidden="true"><tr><th data-header="City"></th><th data-header="Land"></th>'
        '<th data-header="Size"></th></tr></thead>'
    ) in html
    assert (
        '<tr><td dir="auto"><span class="fn-hidden-cell-label">City: </span>Paris</td>'
        '<td dir="auto"><span class="fn-hidden-cell-label">; Land: </span>France</td>'
        '<td dir="auto"><span class="fn-hidden-cell-label">; Size: </span>2\n</td></tr>'
        '<tr><td dir="auto"><span class="fn-hidden-cell-label">City: </span>'
        '<mark class="fn-cited">Rome</mark></td>'
        "<td></td>"
        '<td dir="auto"><span class="fn-hidden-cell-label">; Size: </span>3</td></tr>'
    ) in html


def test_table_of_names_and_values_has_no_header():
    """Its names are in the first column."""
    html = excerpt_html(parsed(".html", "<table><tr><th>Size<td>2<tr><th>Area<td>3</table>"), "2")

    assert "<thead" not in html
    assert (
        '<tr><td dir="auto">Area</td><td dir="auto"><span class="fn-hidden-cell-label">: </span>3</td></tr>'
        in html
    )


def test_title_row_spans_all_columns():
    """Such as a title between the rows."""
    html = excerpt_html(parsed(".csv", f"{CITIES}Italy\n"), "Italy")

    assert '<tr><td dir="auto" colspan="3"><mark class="fn-cited">Italy</mark></td></tr>' in html


def test_names_without_a_header_are_visible():
    """When the rows of a table have different names for a column."""
    cells = [RowText(), RowText()]
    for row, name in zip(cells, ("One", "Two"), strict=True):
        row.write(f"{name}: ")
        row.write_cell("x", 0, (name,))
    canonical = canonicalise(ParsedFile("text/html", None, tuple(number_rows(cells))))
    html = excerpt_html(replace(document(canonical.text), blocks=canonical.blocks), "x")

    assert '<td dir="auto"><span class="fn-cell-label">Two: </span>x</td>' in html


def test_header_row_of_a_pdf_is_not_repeated():
    """In a PDF the header is a row of the text."""
    page = Canvas().lines(72, 700, ["Land"]).lines(220, 700, ["Since"])
    page.lines(72, 680, ["France"]).lines(220, 680, ["508"])
    canonical = canonicalise(read_pdf(page.bytes(), Limits()))
    html = excerpt_html(replace(document(canonical.text), blocks=canonical.blocks), "508")

    assert html.count("<th ") == 2
    assert (
        '<tr><th dir="auto">Land</th>'
        '<th dir="auto"><span class="fn-hidden-cell-label"> </span>Since\n</th></tr>'
    ) in html


def test_json_is_shown_as_people_read_it():
    """The paths of names are attributes and tags are in elements of their own, so that the text is exact."""
    source = parsed(".json", '{"Area": {"total": {"text": "103 <b>sq</b><br>km"}}, "name": "Iceland"}')
    html = excerpt_html(source, source.text)
    page = LexborHTMLParser(html)

    assert [cell.attributes["data-label"] for cell in page.css("[data-label]")] == ["Area · total"]
    assert [tag.text() for tag in page.css(".fn-tag")] == ["<b>", "</b>", "<br>"]
    assert [tag.text() for tag in page.css("[data-break]")] == ["<br>"]
    assert browser_text(html, "mark") == source.text


def test_sparse_table_has_few_cells():
    """Adjacent empty cells are merged into one."""
    rows = "\n".join(f"{',' * number}x{number}" for number in range(300))
    html = excerpt_html(parsed(".csv", rows), "x7\n")

    assert html.count("<td") < 1000


def test_plain_text_keeps_its_lines():
    """Nothing in a text file says which lines are headings."""
    html = excerpt_html(parsed(".txt", "Notes\n\n- one\n  two"), "one")

    assert html == (
        '<p class="fn-plain-text" dir="auto">Notes</p>\n\n'
        '<p class="fn-plain-text" dir="auto">- <mark class="fn-cited">one</mark>\n  two</p>'
    )


def test_hard_wrapped_text_reflows():
    """List items stay on lines of their own, and every character is kept."""
    text = "The notes of the bank were sold in May at a loss,\nand nobody there asked why:\n- two to Lee"
    html = excerpt_html(parsed(".txt", text), "a loss,\nand")

    assert html == (
        '<p class="fn-plain-text" dir="auto"><span class="fn-line">The notes of the bank were sold in May at '
        '<mark class="fn-cited">a loss,\nand</mark> nobody there asked why:\n</span>'
        '<span class="fn-line">- two to Lee</span></p>'
    )


def test_page_number_is_shown_where_a_page_begins():
    """The number is an attribute and not part of the text."""
    text = "The first page.\n\nThe second page."
    pages = (Page(1, 0, 15, 595, 842), Page(2, 17, 33, 595, 842))
    source = replace(document(text), pages=pages)
    html = source_html(source, Span(source.doc_id, 4, 9)).html

    assert re.findall(r'data-page="([^"]*)"', html) == ["Page 1", "Page 2"]
    assert ReferenceParser(html).text() == text


def test_span_outside_the_document_is_an_error():
    """An invalid pointer is never shown."""
    source = document("Short.")

    with pytest.raises(ValueError, match="span ends at 9, the document has 6 characters"):
        source_html(source, Span(source.doc_id, 2, 9))


def test_slice_beyond_the_document_is_empty():
    """Offsets from a browser can be anything."""
    source = document("Short.")

    assert earlier_html(source, -5) == Excerpt(Markup(), 0, 0, 6)
    assert later_html(source, 99) == Excerpt(Markup(), 6, 6, 6)


@pytest.mark.parametrize(
    ("text", "has_own_marker"),
    [("- 1. one\n- 2. two\n", True), ("- red\n- green\n", False), ("- 3 eggs\n", False)],
)
def test_item_with_a_number_has_no_bullet(text, has_own_marker):
    """Its number is part of the text."""
    html = excerpt_html(parsed(".md", text), text.split()[1])

    assert ("fn-numbered" in html) == has_own_marker
