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
from tests.web.server import browsing, hold, texts_in_boxes, visible_boxes
from tests.web.source_page import index_file, serving_sources

pytestmark = pytest.mark.browser

MANY_SCRIPTS = "e\u0301lite 👩‍👩‍👧 شكرا 日本語 ﬁne <b onclick=alert(1)>bold</b>"
CITED = f"The ferry carries {MANY_SCRIPTS}"
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
    second_page = [line.replace("first", "second") for line in COLUMN]
    return (
        Page().lines(72, 700, COLUMN).turn_page().lines(72, 700, second_page).turn_page().turn_page().bytes()
    )


def long_pdf_bytes() -> bytes:
    pages = Page()
    for number in range(1, 61):
        pages = pages.lines(72, 700, [f"Page {number} of the log of the lake."]).turn_page()
    return pages.bytes()


def wide_csv() -> bytes:
    rows = [[f"value {row}-{column}" for column in range(20)] for row in range(80)]
    return "\n".join(",".join(row) for row in [[f"Column {column}" for column in range(20)], *rows]).encode()


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
    "long.pdf": long_pdf_bytes(),
    "islands.csv": wide_csv(),
    "iceland.json": b'{"Area": {"total": {"text": "103 <b>sq</b><br>km"}}}',
}
CITED_WORDS = {
    "lake.txt": "Paragraph 1000 tells of the lake",
    "rivers.pdf": "old harbour was filled in\n\nThe second column tells of rivers and of the towns",
    "changed.pdf": "rivers and of the towns",
    "gone.pdf": "rivers and of the towns",
    "long.pdf": "Page 30 of the log",
    "islands.csv": "value 40-12",
    "iceland.json": "Area.total.text: 103 <b>sq</b><br>km",
}


def cited_in(document: Document, name: str, number: int) -> Citation:
    if name == "line.txt":
        return Citation(document, Span(document.doc_id, 500_000, 500_009), number, len(FILES))
    if name in CITED_WORDS:
        start, end = document.text.index(CITED_WORDS[name]), len(CITED_WORDS[name])
        return Citation(document, Span(document.doc_id, start, start + end), number, len(FILES))
    start, end = document.text.index(CITED), document.text.index("noon")
    return Citation(document, Span(document.doc_id, start, end), number, len(FILES))


@pytest.fixture(scope="module")
def cited(tmp_path_factory) -> dict[str, Citation]:
    folder, citations = tmp_path_factory.mktemp("sources"), {}
    for number, (name, data) in enumerate(FILES.items(), 1):
        (folder / name).write_bytes(data)
        citations[name] = cited_in(index_file(folder / name), name, number)
    (folder / "changed.pdf").write_bytes(Page().lines(72, 700, ["Something else."]).bytes())
    return citations


@pytest.fixture(scope="module")
def page(cited):
    """Open the page, and record its requests and the browser's errors."""
    with serving_sources(cited) as address, browsing(viewport={"width": 1000, "height": 600}) as page:
        page.requests, page.errors, page.address = [], [], address
        page.on("request", lambda request: page.requests.append(request.url))
        page.on(
            "console", lambda message: page.errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(address)
        yield page


def open_source(page, name: str):
    """Click on a footnote, and return the viewer."""
    marker = page.locator(f'[data-footnote="{name}"]')
    marker.evaluate("marker => marker.removeAttribute('aria-current')")  # it is set again by the click
    marker.click()
    expect(marker).to_have_attribute("aria-current", "true")
    return page.locator("#source")


@pytest.mark.parametrize(
    "name", ["ferry.txt", "ferry.md", "ferry.html", "ferry.docx", "ferry.eml", "line.txt"]
)
def test_highlighted_words_are_the_cited_words(page, cited, name):
    """In every format, over lines and paragraphs, the marked characters are the cited ones."""
    viewer = open_source(page, name)

    assert cited[name].document.quote(cited[name].span) == "".join(
        viewer.locator("mark.fn-cited").all_text_contents()
    )
    expect(viewer.locator("mark.fn-cited").first).to_be_in_viewport()


def test_long_document_opens_at_the_cited_words(page):
    """They are in the middle of the viewer, and the rest of the document isn't sent."""
    mark = open_source(page, "lake.txt").locator("mark.fn-cited")
    body = page.locator("#source .fn-source-body").bounding_box()
    middle = mark.bounding_box()["y"] + mark.bounding_box()["height"] / 2

    assert mark.text_content() == CITED_WORDS["lake.txt"]
    assert middle == pytest.approx(body["y"] + body["height"] / 2, abs=12)
    assert len(page.locator("#source .fn-text").text_content()) < 10_000


def test_more_of_a_long_document_loads_on_demand(page, cited):
    """Text is added before and after, and the text in view doesn't move."""
    viewer, text = open_source(page, "lake.txt"), cited["lake.txt"].document.text
    viewer.get_by_role("button", name="Show earlier text").scroll_into_view_if_needed()
    before = viewer.locator("mark.fn-cited").bounding_box()["y"]
    start = int(viewer.locator(".fn-text").get_attribute("data-start"))
    viewer.get_by_role("button", name="Show earlier text").click()
    expect(viewer.locator(".fn-text")).not_to_have_attribute("data-start", str(start))
    end = int(viewer.locator(".fn-text").get_attribute("data-end"))
    moved = viewer.locator("mark.fn-cited").bounding_box()["y"]
    viewer.get_by_role("button", name="Show later text").click()
    expect(viewer.locator(".fn-text")).not_to_have_attribute("data-end", str(end))
    shown = viewer.locator(".fn-text")
    first, last = (int(shown.get_attribute(name)) for name in ("data-start", "data-end"))

    assert moved == pytest.approx(before, abs=60)
    assert first < start
    assert last > end
    assert text[first:last] == shown.text_content()


def test_cited_cell_of_a_wide_table_is_in_view(page):
    """With the name of its column above it, wherever in the table it is."""
    viewer = open_source(page, "islands.csv")

    expect(viewer.locator("mark.fn-cited")).to_be_in_viewport(ratio=1)
    expect(viewer.locator('th[data-header="Column 12"]')).to_be_in_viewport(ratio=0.9)
    assert viewer.locator(".fn-source-body").evaluate("body => body.scrollLeft > 0 && body.scrollTop > 0")


def test_json_is_shown_without_paths_and_tags(page):
    """The text stays exact, for a selection and for what marks it."""
    viewer = open_source(page, "iceland.json")
    name = viewer.locator("[data-label]")

    assert name.evaluate("cell => getComputedStyle(cell, '::before').content").startswith('"Area · total"')
    for hidden in (name.locator("span"), viewer.locator(".fn-tag").first):
        assert hidden.evaluate("part => part.getBoundingClientRect().width") <= 1
    assert "".join(viewer.locator("mark.fn-cited").all_text_contents()) == CITED_WORDS["iceland.json"]


def test_double_click_loads_more_text_once(page, cited):
    """The button keeps the focus."""
    viewer, text = open_source(page, "lake.txt"), cited["lake.txt"].document.text
    end = viewer.locator(".fn-text").get_attribute("data-end")
    later = viewer.get_by_role("button", name="Show later text")
    held = hold(page, "**/source/slice?*")
    with page.expect_request("**/source/slice?*"):
        later.dblclick()
    later.press("Enter")
    for route in held:
        route.continue_()
    page.unroute("**/source/slice?*")
    expect(viewer.locator(".fn-text")).not_to_have_attribute("data-end", end)
    first, last = (int(viewer.locator(".fn-text").get_attribute(name)) for name in ("data-start", "data-end"))

    expect(later).to_be_focused()
    assert len(held) == 1
    assert text[first:last] == viewer.locator(".fn-text").text_content()


def test_boxes_cover_the_cited_words(page, cited):
    """On each page with cited words and at every zoom, the boxes are over those words."""
    viewer, path = open_source(page, "rivers.pdf"), cited["rivers.pdf"].document.paths[0]
    expect(viewer.locator("img")).to_have_js_property("complete", True)
    first = texts_in_boxes(page, path, 1)
    viewer.get_by_role("button", name="Zoom in").click()
    larger = texts_in_boxes(page, path, 1)
    viewer.get_by_role("button", name="Next page").click()
    expect(viewer.locator(".fn-page-number")).to_have_text("2 of 3")

    assert first == ["old harbour was filled in"]
    assert larger == first
    assert texts_in_boxes(page, path, 2) == ["The second column tells of rivers and", "of the towns"]
    assert viewer.locator("figcaption").text_content() == CITED_WORDS["rivers.pdf"]


def test_words_on_a_page_can_be_selected(page):
    """A double click selects the word under it, and a drag all words between, without the boxes."""
    viewer = open_source(page, "rivers.pdf")
    viewer.get_by_role("button", name="Next page").click()
    words = viewer.locator(".fn-words[data-page='2']")
    word = words.locator("tspan", has_text="rivers").first
    word.dblclick()
    selected = page.evaluate("getSelection().toString()")
    box, image = word.bounding_box(), viewer.locator("img").bounding_box()
    first, last = (words.locator("tspan", has_text=text).first.bounding_box() for text in ("second", "tells"))
    page.mouse.move(first["x"] + 1, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] - 1, last["y"] + last["height"] / 2, steps=5)
    page.mouse.up()
    dragged = page.evaluate("getSelection().toString()")

    assert selected.strip() == "rivers"
    assert image["x"] < box["x"] < box["x"] + box["width"] < image["x"] + image["width"]
    assert dragged.strip() == "second column tells"
    expect(words).to_have_count(1)


def test_page_buttons_stop_at_the_first_and_last_page(page):
    """A page without cited words has no boxes."""
    viewer = open_source(page, "rivers.pdf")
    expect(viewer.get_by_role("button", name="Previous page")).to_be_disabled()
    for _ in range(2):
        viewer.get_by_role("button", name="Next page").click()
    expect(viewer.locator("img")).to_have_attribute("alt", "Page 3")

    expect(viewer.get_by_role("button", name="Next page")).to_be_disabled()
    assert visible_boxes(page) == []


def test_pages_and_text_can_be_switched(page):
    """The pages can be shown as text, and the text as pages."""
    viewer = open_source(page, "rivers.pdf")
    viewer.get_by_role("button", name="Show as text").click()
    expect(viewer.locator("mark.fn-cited").first).to_be_visible()
    text = "".join(viewer.locator("mark.fn-cited").all_text_contents())
    viewer.get_by_role("button", name="Show the pages").click()

    expect(viewer.locator("figure")).to_be_visible()
    assert text == CITED_WORDS["rivers.pdf"]


def test_thumbnails_are_loaded_when_they_are_seen(page):
    """Only those in view, one after another; the keyboard chooses one, and the next footnote keeps them."""
    viewer = open_source(page, "long.pdf")
    thumbnails = viewer.get_by_role("toolbar", name="All pages").get_by_role("button")
    page.requests.clear()
    viewer.get_by_role("button", name="All pages").press("Enter")
    expect(thumbnails).to_have_count(60)
    expect(viewer.get_by_role("button", name="All pages")).to_have_attribute("aria-expanded", "true")
    expect(thumbnails.nth(29)).to_have_attribute("aria-current", "page")
    expect(thumbnails.nth(30).locator("img")).to_have_js_property("complete", True)
    requested = [url for url in page.requests if "size=thumbnail" in url]
    viewer.get_by_role("button", name="Show as text").focus()
    page.keyboard.press("Tab")
    expect(thumbnails.nth(29)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    expect(viewer.locator(".fn-page-number")).to_have_text("31 of 60")
    expect(thumbnails.nth(30)).to_have_attribute("aria-current", "page")
    expect(thumbnails.nth(30)).to_be_focused()
    assert not [
        url for url in requested if url.endswith(("number=1&size=thumbnail", "number=60&size=thumbnail"))
    ]
    assert thumbnails.nth(30).locator("img").evaluate("image => image.naturalWidth") == 179
    open_source(page, "long.pdf")
    expect(thumbnails.nth(29)).to_have_attribute("aria-current", "page")


def test_changed_file_is_shown_as_the_indexed_text(page):
    """A notice says that the source has changed."""
    viewer = open_source(page, "changed.pdf")

    expect(viewer.locator(".fn-source-notice")).to_have_text("The source has changed since it was indexed.")
    assert viewer.locator("mark.fn-cited").text_content() == CITED_WORDS["changed.pdf"]
    assert viewer.locator("img").count() == 0


def test_page_that_fails_to_render_is_replaced_by_text(page, cited):
    """Such as when the file is deleted while it is read."""
    viewer = open_source(page, "gone.pdf")
    expect(viewer.locator("img")).to_have_js_property("complete", True)
    Path(cited["gone.pdf"].document.paths[0]).unlink()
    viewer.get_by_role("button", name="Next page").click()
    expect(viewer.locator(".fn-source-notice")).to_contain_text("This page can’t be shown")

    assert viewer.locator("mark.fn-cited").text_content() == CITED_WORDS["gone.pdf"]
    page.errors = [error for error in page.errors if "404" not in error]  # expected of the image


@pytest.mark.parametrize("leave", ["open another", "close"])
def test_late_image_error_changes_nothing(page, leave):
    """After another source was opened or the viewer closed, an image that fails requests no text."""
    held = hold(page, "**/source/page?*")
    with page.expect_request("**/source/page?*"):
        viewer = open_source(page, "rivers.pdf")
    if leave == "close":
        viewer.get_by_role("button", name="Close the source").click()
    else:
        open_source(page, "ferry.txt")
    request_count = len(page.requests)
    with page.expect_event("requestfinished"):
        held[0].fulfill(status=404)
    page.unroute("**/source/page?*")
    page.evaluate("() => new Promise(requestAnimationFrame)")

    assert page.requests[request_count:] == []
    page.errors = [error for error in page.errors if "404" not in error]  # expected of the image


def test_late_slice_error_changes_nothing(page):
    """The error of a slice isn't shown after another source was opened."""
    viewer = open_source(page, "lake.txt")
    held = hold(page, "**/source/slice?*")
    with page.expect_request("**/source/slice?*"):
        viewer.get_by_role("button", name="Show later text").click()
    open_source(page, "ferry.txt")
    with page.expect_event("requestfinished"):
        held[0].fulfill(status=500)
    page.unroute("**/source/slice?*")
    page.evaluate("() => new Promise(requestAnimationFrame)")

    expect(viewer.locator("mark.fn-cited").first).to_be_visible()
    page.errors = [error for error in page.errors if "500" not in error]  # expected of the slice


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
    page.get_by_label("Question").press_sequentially("npn")

    expect(page.get_by_label("Question")).to_have_value("npn")
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
    response = page.request.get(f"{page.address}/source/open?footnote=nothing")

    assert (response.status, response.json()) == (404, {"reason": "this footnote no longer exists"})


@pytest.mark.parametrize(
    "fail",
    [lambda route: route.fulfill(status=500), lambda route: route.abort()],
    ids=["a response without a reason", "no response"],
)
def test_server_failure_shows_our_own_message(page, fail):
    """The message isn't the browser's, and says what to do."""
    page.route("**/source/open?*", fail, times=1)
    page.locator('[data-footnote="ferry.txt"]').click()

    expect(page.locator("#source .fn-source-notice")).to_have_text(
        "The source can’t be shown: the server didn’t answer. Try again in a moment."
    )
    page.errors = [error for error in page.errors if "Failed to load" not in error]  # expected


def test_browser_reported_no_errors(page):
    """No script of a document ran, nothing was loaded from elsewhere, and the only link is our own."""
    assert page.errors == []
    assert page.title() == "Sources"
    assert [url for url in page.requests if not url.startswith(page.address)] == []
    assert not re.search(
        r'<[^>]*(style=|onclick=|src=|href=(?!"/source/file\?footnote=document\.[0-9a-f]{64}"))|<script>',
        page.request.get(f"{page.address}/source/open?footnote=ferry.md").json()["html"],
    )
