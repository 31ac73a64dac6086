"""HTML and routes of the source viewer."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from index import CharRun, Page, PageLocation, PageRenderer, Span, WordBox
from qa.errors import ConversationsUnavailable
from qa.web.routes.source import source_routes
from qa.web.views.source_viewer import (
    Citation,
    matches_html,
    pages_html,
    screen_reader_text,
    text_html,
    words_html,
)
from tests.fakes.passages import document
from tests.fakes.pdf import Page as Canvas
from tests.index.formats.pdf.test_reader import COLUMN
from tests.texts import texts
from tests.web.source_page import index_file
from tests.web.views.test_excerpt import UNSAFE, parsed

OUR_ELEMENTS = set(
    "header div h2 bdi p button figure img svg rect figcaption span mark h3 h4 h5 h6 ul li code input".split()
)
hostile = st.lists(
    st.one_of(
        texts(), st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</div>"])
    ),
    max_size=6,
).map("".join)
LOCATIONS = (
    PageLocation(1, 595.2, 841.9, ((72, 700, 90, 710),), ((0.1, 0.2, 0.3, 0.25),)),
    PageLocation(2, 595.2, 841.9, ((72, 700, 90, 710),), ((0.1, 0.1, 0.9, 0.15), (0.1, 0.16, 0.2, 0.2))),
)


def cited(text: str, title: str = "Title", **fields) -> Citation:
    source = document(text, title)
    return Citation(source, Span(source.doc_id, 0, len(text)), **fields)


def paged_citation(text: str = "two words") -> Citation:
    pages = (Page(1, 0, 3, 595, 842), Page(2, 4, 9, 595, 842), Page(3, 9, 9, 595, 842))
    source = replace(document(text), pages=pages, runs=(CharRun(0, len(text), 1, 0),))
    return Citation(source, Span(source.doc_id, 0, len(text)), 2, 3)


def actions(page: LexborHTMLParser) -> list[str]:
    """Return the actions of the buttons."""
    return [button.attributes["data-action"] or "" for button in page.css("[data-action]")]


@given(hostile, hostile, hostile)
def test_hyp_text_becomes_no_element_or_attribute(text, title, note):
    """Whatever the document, its title or the note contains, all elements are our own."""
    citation = cited(text + "x", title, note=note)
    for html in (text_html(citation, note), pages_html(citation, LOCATIONS)):
        elements = LexborHTMLParser(html).css("body *")

        assert {node.tag for node in elements} - {"-text"} <= OUR_ELEMENTS
        assert not [
            name for node in elements for name in node.attributes if name.startswith(("on", "style", "src"))
        ]


@given(hostile)
def test_hyp_words_of_a_page_become_no_element(text):
    """They stay words, with their places as numbers."""
    source = replace(document(text + "x"), pages=(Page(1, 0, len(text) + 1, 595, 842),))
    html = words_html(source, 1, [WordBox(0, len(text) + 1, 0.1, 0.2, 0.3, 0.25)])
    page = LexborHTMLParser(html)

    assert [node.tag for node in page.css("body *") if node.tag != "-text"] == ["svg", "text", "tspan"]
    assert page.css("tspan")[0].text() == UNSAFE.sub("\ufffd", text + "x")


@given(hostile)
def test_hyp_caption_of_a_page_has_the_cited_words(text):
    """For screen readers, which can't read the image."""
    page = LexborHTMLParser(pages_html(cited(text + "x"), LOCATIONS))

    assert UNSAFE.sub("\ufffd", text + "x") == page.css("figcaption")[0].text()


def test_boxes_are_fractions_of_their_page():
    """Each page has one drawing of size 1 by 1."""
    page = LexborHTMLParser(pages_html(paged_citation(), LOCATIONS))
    edges = [[node.attributes[name] for name in ("x", "y", "width", "height")] for node in page.css("rect")]

    assert [node.attributes["data-page"] for node in page.css("svg")] == ["1", "2"]
    assert edges[0] == ["0.100000", "0.200000", "0.200000", "0.050000"]
    assert page.css("figure")[0].attributes["data-pages"] == "3"
    assert page.css(".fn-page-number")[0].text() == "1 of 3"
    assert page.css(".fn-other-pages")[0].text() == "also on page 2"


def test_pages_and_text_have_buttons_to_each_other():
    """A document without pages has none."""
    assert {"previous-page", "next-page", "zoom-out", "zoom-in", "text"} <= set(
        actions(LexborHTMLParser(pages_html(paged_citation(), LOCATIONS)))
    )
    assert "pages" in actions(LexborHTMLParser(text_html(paged_citation())))
    assert "pages" not in actions(LexborHTMLParser(text_html(cited("words"))))


def test_reason_for_missing_pages_is_shown():
    """It is a sentence, and there is no button for pages."""
    page = LexborHTMLParser(text_html(paged_citation(), "the source has changed since it was indexed"))

    assert page.css(".fn-source-notice")[0].text() == "The source has changed since it was indexed."
    assert "pages" not in actions(page)


def test_note_of_a_citation_replaces_the_reason():
    """What is known of an old conversation is more than the file tells."""
    page = LexborHTMLParser(
        text_html(cited("words", note="These words are from an older copy."), "the source is gone")
    )

    assert page.css(".fn-source-notice")[0].text() == "These words are from an older copy."


def test_citation_is_named():
    """In the header, and in the text for screen readers."""
    page = LexborHTMLParser(text_html(cited("words", marker=2, count=3)))

    assert page.css("header p")[0].text(deep=False).strip() == "Footnote 2 of 3"
    assert (
        screen_reader_text(paged_citation()) == f"Footnote 2 of 3: {paged_citation().document.title}, page 1"
    )
    assert screen_reader_text(cited("words")) == "Passage: Title"


def test_related_passage_does_not_look_cited():
    """It has another name and another mark, in the text and on the page."""
    related = replace(paged_citation(), marker=0, is_related=True)
    text, pages = LexborHTMLParser(text_html(related)), LexborHTMLParser(pages_html(related, LOCATIONS))

    assert text.css("header p")[0].text(deep=False).strip() == "A related passage, not an answer · page 1"
    assert screen_reader_text(related).startswith("A related passage, not an answer: ")
    assert "".join(mark.text() for mark in text.css("mark.fn-related")) == "two words"
    assert pages.css("rect.fn-related")
    assert not [*text.css(".fn-cited"), *pages.css(".fn-cited")]


def test_span_outside_the_document_is_an_error():
    """The citation can't be created."""
    with pytest.raises(ValueError, match="span ends at 9"):
        Citation(document("Short."), Span(document("Short.").doc_id, 0, 9))


class TestRoutes:
    @pytest.fixture(scope="class")
    def client(self, tmp_path_factory):
        """Return a client of the routes, with citations of a long text and of two PDFs."""
        folder = tmp_path_factory.mktemp("sources")
        (folder / "a.pdf").write_bytes(Canvas().lines(72, 700, COLUMN).bytes())
        hidden = Canvas(cropBox=(0, 0, 595, 400)).lines(72, 700, COLUMN).lines(72, 300, ["seen"])
        (folder / "a.hidden.pdf").write_bytes(hidden.bytes())
        (folder / "a.txt").write_text("Some words about the lake.\n\n" * 2_000)
        documents = {path.name.removeprefix("a"): index_file(path) for path in folder.iterdir()}
        citations = {key: Citation(source, Span(source.doc_id, 20, 50)) for key, source in documents.items()}
        renderer = PageRenderer()
        yield TestClient(
            Starlette(routes=source_routes("/source", lambda _, key: citations.get(key), renderer))
        )
        renderer.close()

    def test_pdf_opens_with_pages_and_text_as_text(self, client):
        """A PDF opens as text too, if that is requested."""
        htmls = [
            client.get(f"/source/open?{query}").json()["html"]
            for query in ("footnote=.pdf", "footnote=.pdf&view=text", "footnote=.txt")
        ]

        assert ["<figure" in html for html in htmls] == [True, False, False]
        assert ["<mark" in html for html in htmls] == [False, True, True]

    def test_invisible_words_are_shown_as_text(self, client):
        """Nobody could find them on an image without a box."""
        html = client.get("/source/open?footnote=.hidden.pdf").json()["html"]

        assert "This quote isn’t visible on the page" in html
        assert LexborHTMLParser(html).css("mark.fn-cited")

    def test_page_is_an_uncached_image(self, client):
        """Only its owner may see it."""
        response = client.get("/source/page?footnote=.pdf&number=1")

        assert response.content.startswith(b"\x89PNG")
        assert (response.headers["content-type"], response.headers["cache-control"]) == (
            "image/png",
            "private, no-store",
        )

    def test_page_has_its_words(self, client):
        """A page that doesn't exist has none, and that is no error."""
        words, missing = (
            client.get(f"/source/words?footnote=.pdf&number={number}").json()["html"] for number in (1, 9)
        )

        assert COLUMN[0] in LexborHTMLParser(words).css("svg")[0].text()
        assert missing == ""

    def test_slices_continue_where_the_last_ended(self, client):
        """Each has its end, and whether there is more."""
        first = client.get("/source/slice?footnote=.txt&after=5000").json()
        second = client.get(f"/source/slice?footnote=.txt&after={first['offset']}").json()
        start = client.get("/source/slice?footnote=.txt&before=5000").json()

        assert 5_000 < first["offset"] < second["offset"]
        assert (first["has_more"], start["has_more"], start["offset"]) == (True, False, 0)

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("open", 404),
            ("open?footnote=..%2F..%2Fetc%2Fpasswd", 404),
            ("slice?footnote=.txt", 400),
            ("slice?footnote=.txt&before=-1", 400),
            ("slice?footnote=.txt&after=1e9", 400),
            ("slice?footnote=.txt&after=99999999999999999999", 400),
            ("slice?footnote=.txt&after=999999999", 200),
            ("page?footnote=.pdf&number=2", 404),
            ("page?footnote=.pdf&number=x", 404),
            ("page?footnote=.txt&number=1", 404),
        ],
    )
    def test_invalid_requests_have_a_reason(self, client, query, status):
        """For any URL the response is JSON, with a reason if it is an error."""
        response = client.get(f"/source/{query}")

        assert response.status_code == status
        assert re.fullmatch(r"application/json", response.headers["content-type"])
        assert ("reason" in response.json()) == (status != 200)

    def test_failed_lookup_is_an_error(self):
        """Such as while another program locks the conversations."""

        def find(request: Request, key: str) -> Citation | None:
            raise ConversationsUnavailable("the conversations are locked")

        response = TestClient(Starlette(routes=source_routes("/source", find, PageRenderer()))).get(
            "/source/open"
        )

        assert (response.status_code, response.json()) == (500, {"reason": "the conversations are locked"})

    def test_routes_are_read_only(self, client):
        """A POST isn't allowed."""
        assert client.post("/source/open?footnote=.txt").status_code == 405


@given(hostile, hostile)
def test_hyp_matches_are_places_with_the_words(text, search):
    """White space doesn't matter, and nothing in the text becomes an element."""
    source = document(f"{text}x {search}x")
    page = LexborHTMLParser(matches_html(source, search))
    places = [
        str(node.attributes["data-footnote"]).rpartition(".")[2] for node in page.css("[data-footnote]")
    ]
    found = [source.text[slice(*map(int, place.split("-")))] for place in places]

    assert bool(found) == bool(search.split())
    assert {len(words.split()) for words in found} <= {len(search.split())}
    assert {node.tag for node in page.css("body *")} - {"-text"} <= {"ul", "li", "button", "bdi"}


def test_outline_has_the_headings():
    """Each opens its place."""
    source = parsed(".md", "# One\n\nText.\n\n## Two\n\nMore.")
    page = LexborHTMLParser(text_html(Citation(source, Span(source.doc_id, 0, 1), is_whole=True)))

    assert [node.text().strip() for node in page.css(".fn-places li")] == ["One", "Two"]
    assert page.css("header p")[0].text(deep=False).strip() == "Document"
