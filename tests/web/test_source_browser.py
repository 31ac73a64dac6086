"""The source viewer in a real browser."""

import io
import re
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from playwright.sync_api import expect

from index import Document, Span
from qa.web.views.source_viewer import Citation
from tests.fakes.pdf import Page
from tests.index.formats.pdf.test_reader import COLUMN
from tests.web.server import browsing, hold, rectangles, words_under
from tests.web.source_page import indexed, serving_sources

pytestmark = pytest.mark.browser

HARD = "e\u0301lite 👩‍👩‍👧 شكرا 日本語 ﬁne <b onclick=alert(1)>bold</b>"
CITED = f"The ferry carries {HARD}"
ESCAPED = CITED.replace("<", "&lt;")
HOSTILE = '<script>document.title="taken"</script><img src="http://198.51.100.7/x.png" onerror="alert(1)">'
LONG = "".join(f"Paragraph {number} tells of the lake, once more.\n\n" for number in range(2_000))


def docx_bytes() -> bytes:
    document, data = docx.Document(), io.BytesIO()
    document.add_heading("The ferry", 1)
    document.add_paragraph(CITED)
    document.add_paragraph("It leaves at noon.")
    document.save(data)
    return data.getvalue()


def eml_bytes() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "The ferry", "a@example.org", "b@example.org"
    message.set_content(f"Dear all,\n\n{CITED}\nIt leaves at noon.\n")
    return message.as_bytes()


def pdf_bytes() -> bytes:
    second = [line.replace("first", "second") for line in COLUMN]
    return Page().lines(72, 700, COLUMN).turn_page().lines(72, 700, second).turn_page().turn_page().bytes()


FILES = {
    "ferry.txt": f"Notes\n\n{HOSTILE}\n\n{CITED}\nIt leaves at noon.\n".encode(),
    "ferry.md": f"# The ferry\n\n- one\n- two\n\n{ESCAPED}\nIt leaves at noon.\n".encode(),
    "ferry.html": f"<h1>The ferry</h1><p>{ESCAPED}<p>It leaves at noon.".encode(),
    "ferry.docx": docx_bytes(),
    "ferry.eml": eml_bytes(),
    "lake.txt": LONG.encode(),
    "line.txt": b"word " * 200_000,
    "rivers.pdf": pdf_bytes(),
    "changed.pdf": pdf_bytes(),
    "gone.pdf": pdf_bytes(),
}
WORDS = {
    "lake.txt": "Paragraph 1000 tells of the lake",
    "rivers.pdf": "old harbour was filled in\n\nThe second column tells of rivers and of the towns",
    "changed.pdf": "rivers and of the towns",
    "gone.pdf": "rivers and of the towns",
}


def cited_in(document: Document, name: str, number: int) -> Citation:
    if name == "line.txt":
        return Citation(document, Span(document.doc_id, 500_000, 500_009), number, len(FILES))
    if name in WORDS:
        start, end = document.text.index(WORDS[name]), len(WORDS[name])
        return Citation(document, Span(document.doc_id, start, start + end), number, len(FILES))
    start, end = document.text.index(CITED), document.text.index("noon")
    return Citation(document, Span(document.doc_id, start, end), number, len(FILES))


@pytest.fixture(scope="module")
def cited(tmp_path_factory) -> dict[str, Citation]:
    folder, found = tmp_path_factory.mktemp("sources"), {}
    for number, (name, data) in enumerate(FILES.items(), 1):
        (folder / name).write_bytes(data)
        found[name] = cited_in(indexed(folder / name), name, number)
    (folder / "changed.pdf").write_bytes(Page().lines(72, 700, ["Something else."]).bytes())
    return found


@pytest.fixture(scope="module")
def page(cited):
    """Open the page, and record its requests and the browser's errors."""
    with serving_sources(cited) as address, browsing(viewport={"width": 900, "height": 600}) as page:
        page.requests, page.complaints, page.address = [], [], address
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
        yield page


def open_source(page, name: str):
    """Click on a footnote, and return the viewer."""
    marker = page.locator(f'[data-footnote="{name}"]')
    marker.evaluate("one => one.removeAttribute('aria-current')")  # so that it is seen to come anew
    marker.click()
    expect(marker).to_have_attribute("aria-current", "true")
    return page.locator("#source")


@pytest.mark.parametrize(
    "name", ["ferry.txt", "ferry.md", "ferry.html", "ferry.docx", "ferry.eml", "line.txt"]
)
def test_highlighted_words_are_the_cited_words(page, cited, name):
    """In every format, over lines and paragraphs, the marked characters are the cited ones."""
    pane = open_source(page, name)

    assert cited[name].document.quote(cited[name].span) == "".join(
        pane.locator("mark.fn-cited").all_text_contents()
    )
    expect(pane.locator("mark.fn-cited").first).to_be_in_viewport()


def test_long_document_opens_at_the_cited_words(page):
    """They are in the middle of the viewer, and the rest of the document isn't sent."""
    mark = open_source(page, "lake.txt").locator("mark.fn-cited")
    body = page.locator("#source .fn-source-body").bounding_box()
    middle = mark.bounding_box()["y"] + mark.bounding_box()["height"] / 2

    assert mark.text_content() == WORDS["lake.txt"]
    assert middle == pytest.approx(body["y"] + body["height"] / 2, abs=12)
    assert len(page.locator("#source .fn-text").text_content()) < 10_000


def test_more_of_a_long_document_loads_on_demand(page, cited):
    """Text is added before and after, and the text in view doesn't move."""
    pane, text = open_source(page, "lake.txt"), cited["lake.txt"].document.text
    pane.get_by_role("button", name="Show earlier text").scroll_into_view_if_needed()
    before = pane.locator("mark.fn-cited").bounding_box()["y"]
    start = int(pane.locator(".fn-text").get_attribute("data-start"))
    pane.get_by_role("button", name="Show earlier text").click()
    expect(pane.locator(".fn-text")).not_to_have_attribute("data-start", str(start))
    end = int(pane.locator(".fn-text").get_attribute("data-end"))
    moved = pane.locator("mark.fn-cited").bounding_box()["y"]
    pane.get_by_role("button", name="Show later text").click()
    expect(pane.locator(".fn-text")).not_to_have_attribute("data-end", str(end))
    shown = pane.locator(".fn-text")
    first, last = (int(shown.get_attribute(name)) for name in ("data-start", "data-end"))

    assert moved == pytest.approx(before, abs=60)
    assert first < start
    assert last > end
    assert text[first:last] == shown.text_content()


def test_double_click_loads_more_text_once(page, cited):
    """The button keeps the focus."""
    pane, text = open_source(page, "lake.txt"), cited["lake.txt"].document.text
    end = pane.locator(".fn-text").get_attribute("data-end")
    later = pane.get_by_role("button", name="Show later text")
    held = hold(page, "**/source/slice?*")
    with page.expect_request("**/source/slice?*"):
        later.dblclick()
    later.press("Enter")
    for route in held:
        route.continue_()
    page.unroute("**/source/slice?*")
    expect(pane.locator(".fn-text")).not_to_have_attribute("data-end", end)
    first, last = (int(pane.locator(".fn-text").get_attribute(name)) for name in ("data-start", "data-end"))

    expect(later).to_be_focused()
    assert len(held) == 1
    assert text[first:last] == pane.locator(".fn-text").text_content()


def test_boxes_cover_the_cited_words(page, cited):
    """On each page with cited words and at every zoom, the boxes are over those words."""
    pane, path = open_source(page, "rivers.pdf"), cited["rivers.pdf"].document.paths[0]
    expect(pane.locator("img")).to_have_js_property("complete", True)
    first = words_under(page, path, 1)
    pane.get_by_role("button", name="Zoom in").click()
    larger = words_under(page, path, 1)
    pane.get_by_role("button", name="Next page").click()
    expect(pane.locator(".fn-page-number")).to_have_text("2 of 3")

    assert first == ["old harbour was filled in"]
    assert larger == first
    assert words_under(page, path, 2) == ["The second column tells of rivers and", "of the towns"]
    assert pane.locator("figcaption").text_content() == WORDS["rivers.pdf"]


def test_page_buttons_stop_at_the_first_and_last_page(page):
    """A page without cited words has no boxes."""
    pane = open_source(page, "rivers.pdf")
    expect(pane.get_by_role("button", name="Previous page")).to_be_disabled()
    for _ in range(2):
        pane.get_by_role("button", name="Next page").click()
    expect(pane.locator("img")).to_have_attribute("alt", "Page 3")

    expect(pane.get_by_role("button", name="Next page")).to_be_disabled()
    assert rectangles(page) == []


def test_pages_and_text_can_be_switched(page):
    """The pages can be shown as text, and the text as pages."""
    pane = open_source(page, "rivers.pdf")
    pane.get_by_role("button", name="Show as text").click()
    expect(pane.locator("mark.fn-cited").first).to_be_visible()
    text = "".join(pane.locator("mark.fn-cited").all_text_contents())
    pane.get_by_role("button", name="Show the pages").click()

    expect(pane.locator("figure")).to_be_visible()
    assert text == WORDS["rivers.pdf"]


def test_changed_file_is_shown_as_the_indexed_text(page):
    """A notice says that the source has changed."""
    pane = open_source(page, "changed.pdf")

    expect(pane.locator(".fn-source-notice")).to_have_text("The source has changed since it was indexed.")
    assert pane.locator("mark.fn-cited").text_content() == WORDS["changed.pdf"]
    assert pane.locator("img").count() == 0


def test_page_that_fails_to_render_is_replaced_by_text(page, cited):
    """Such as when the file is deleted while it is read."""
    pane = open_source(page, "gone.pdf")
    expect(pane.locator("img")).to_have_js_property("complete", True)
    Path(cited["gone.pdf"].document.paths[0]).unlink()
    pane.get_by_role("button", name="Next page").click()
    expect(pane.locator(".fn-source-notice")).to_contain_text("This page can’t be shown")

    assert pane.locator("mark.fn-cited").text_content() == WORDS["gone.pdf"]
    page.complaints = [said for said in page.complaints if "404" not in said]  # of the picture, as meant


@pytest.mark.parametrize("leave", ["open another", "close"])
def test_late_image_error_changes_nothing(page, leave):
    """After another source was opened or the viewer closed, an image that fails requests no text."""
    held = hold(page, "**/source/page?*")
    with page.expect_request("**/source/page?*"):
        pane = open_source(page, "rivers.pdf")
    if leave == "close":
        pane.get_by_role("button", name="Close the source").click()
    else:
        open_source(page, "ferry.txt")
    asked = len(page.requests)
    with page.expect_event("requestfinished"):
        held[0].fulfill(status=404)
    page.unroute("**/source/page?*")
    page.evaluate("() => new Promise(requestAnimationFrame)")

    assert page.requests[asked:] == []
    page.complaints = [said for said in page.complaints if "404" not in said]  # of the picture, as meant


def test_late_slice_error_changes_nothing(page):
    """The error of a slice isn't shown after another source was opened."""
    pane = open_source(page, "lake.txt")
    held = hold(page, "**/source/slice?*")
    with page.expect_request("**/source/slice?*"):
        pane.get_by_role("button", name="Show later text").click()
    open_source(page, "ferry.txt")
    with page.expect_event("requestfinished"):
        held[0].fulfill(status=500)
    page.unroute("**/source/slice?*")
    page.evaluate("() => new Promise(requestAnimationFrame)")

    expect(pane.locator("mark.fn-cited").first).to_be_visible()
    page.complaints = [said for said in page.complaints if "500" not in said]  # of the text, as meant


def test_keys_open_the_next_and_previous_footnote(page):
    """The viewer announces to screen readers which footnote is shown."""
    open_source(page, "ferry.txt")
    page.locator("body").press("n")
    expect(page.locator("#source-status")).to_have_text(f"Footnote 2 of {len(FILES)}: The ferry")
    page.locator("body").press("p")

    expect(page.locator("#source-status")).to_have_text(f"Footnote 1 of {len(FILES)}: ferry")
    expect(page.locator("#source-status")).to_have_attribute("aria-live", "polite")


def test_keys_do_nothing_while_typing(page):
    """The letters n and p can be typed into a field."""
    open_source(page, "ferry.txt")
    page.locator("input").press_sequentially("npn")

    expect(page.locator("input")).to_have_value("npn")
    expect(page.locator('[data-footnote="ferry.txt"]')).to_have_attribute("aria-current", "true")


def test_keyboard_alone_opens_and_closes_a_source(page):
    """Enter on a marker opens the source, and closing it returns the focus to the marker."""
    marker = page.locator('[data-footnote="ferry.md"]')
    marker.press("Enter")
    expect(marker).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Close the source").press("Enter")

    expect(page.locator("#source")).to_be_empty()
    expect(marker).to_be_focused()


def test_late_response_does_not_reopen_the_viewer(page):
    """A response that arrives after closing isn't shown."""
    open_source(page, "ferry.txt")
    held = hold(page, "**/source/open?*")
    with page.expect_request("**/source/open?*"):
        page.locator('[data-footnote="ferry.md"]').click()
    page.get_by_role("button", name="Close the source").click()
    with page.expect_event("requestfinished"):
        held[0].continue_()
    page.unroute("**/source/open?*")
    page.evaluate("() => new Promise(requestAnimationFrame)")

    expect(page.locator("#source")).to_be_empty()


def test_quote_shows_on_hover_and_on_focus(page, cited):
    """The quote is shown as text, and hidden when the mouse or the focus leaves."""
    marker, quote = page.locator('[data-footnote="ferry.html"]'), page.get_by_role("tooltip")
    marker.hover()
    hovered = quote.text_content()
    page.locator("input").hover()
    expect(quote).to_have_count(0)
    marker.focus()
    focused = quote.text_content()
    page.locator("input").focus()

    expect(quote).to_have_count(0)
    assert hovered == focused == cited["ferry.html"].document.quote(cited["ferry.html"].span)


def test_missing_footnote_is_an_error(page):
    """Such as one of a conversation that was deleted in another window."""
    reply = page.request.get(f"{page.address}/source/open?footnote=nothing")

    assert (reply.status, reply.json()) == (404, {"reason": "this footnote no longer exists"})


@pytest.mark.parametrize(
    "fail",
    [lambda route: route.fulfill(status=500), lambda route: route.abort()],
    ids=["a reply without words", "no reply"],
)
def test_server_failure_shows_our_own_message(page, fail):
    """The message isn't the browser's, and says what to do."""
    page.route("**/source/open?*", fail, times=1)
    page.locator('[data-footnote="ferry.txt"]').click()

    expect(page.locator("#source .fn-source-notice")).to_have_text(
        "The source can’t be shown: the server didn’t answer. Try again in a moment."
    )
    page.complaints = [said for said in page.complaints if "Failed to load" not in said]  # as meant


def test_browser_reported_no_errors(page):
    """No script of a document ran, nothing was loaded from elsewhere, and no inline code was needed."""
    assert page.complaints == []
    assert page.title() == "Sources"
    assert [url for url in page.requests if not url.startswith(page.address)] == []
    assert not re.search(
        "<[^>]*(style|onclick|href|src)=|<script>",
        page.request.get(f"{page.address}/source/open?footnote=ferry.md").text(),
    )
