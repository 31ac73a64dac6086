"""The page around the conversation, over the seed corpus: suggestions, library, settings, exports."""

import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from playwright.sync_api import expect

from qa.web.strings import CONFIDENCE_MEANINGS, EDIT_TITLE, STRICT_TITLE, VERIFIED_TITLE
from qa.web.views.rendering import error_html
from tests.bench.process import footnote
from tests.web.server import ANSWERED, ask, axe_violations, browsing, highlighted, origin_of, serving

# The tests share one page and depend on their order.
pytestmark = pytest.mark.browser

SEED_CORPUS = Path(__file__).parents[2] / "seeds" / "corpus"
MARKUP = '<img src="http://198.51.100.7/t.png" onerror="document.title=1">'
WELL_SENTENCE = "The Silver Well of Velden is 40 metres deep."
OVERRIDE = "\u202e"
ARMISTICE_QUESTION, UNANSWERABLE_QUESTION = (
    "When was the armistice signed?",
    "How much did the missiles cost?",
)
SERVER_SILENT = "The server didn’t answer. Try again in a moment."
DISPUTED_QUESTION = "How many missiles did the North launch that Wednesday?"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Open a chat that accepts files of at most 1 MB."""
    corpus, index_dir = tmp_path_factory.mktemp("all") / "corpus", tmp_path_factory.mktemp("index")
    shutil.copytree(SEED_CORPUS, corpus)
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing of the kind")
    title = MARKUP.replace("<", "&lt;") + OVERRIDE
    html = f"<title>{title}</title><p>{WELL_SENTENCE} It was dug {OVERRIDE}by hand.</p>"
    (corpus / "well.html").write_text(html, encoding="utf-8")
    assert footnote("index", str(corpus), "--quiet", index_dir=index_dir).code == 0
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FOOTNOTE_MAX_FILE_MB", "1")
        with serving(index_dir) as address, browsing() as page:
            page.address, page.requests = origin_of(address), []
            page.on("request", lambda request: page.requests.append(request.url))
            page.goto(address)
            open_new_conversation(page)
            yield page


def open_new_conversation(page: Any) -> None:
    """Open an empty conversation."""
    page.goto(page.address)
    page.locator(".fn-welcome").wait_for()


def test_each_suggested_question_is_answered(page):
    """Three are suggested; a click asks one, and its answer has footnotes."""
    suggestions = page.locator(".fn-suggestions button").all_inner_texts()
    answers = []
    for question in suggestions:
        open_new_conversation(page)
        page.get_by_role("button", name=question, exact=True).click()
        page.locator(ANSWERED).wait_for()
        answers.append(
            (page.locator(".fn-question").inner_text(), page.locator(".fn-answer .fn-marker").count() > 0)
        )

    assert answers == [(question, True) for question in suggestions]
    assert len(suggestions) == 3


def test_settings_show_components_and_their_times(page):
    """The number of passages that is chosen there is sent with the next question."""
    open_new_conversation(page)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("5", exact=True).check()
    page.keyboard.press("Escape")
    with page.expect_request("**/turns") as request:
        ask(page, ARMISTICE_QUESTION)
    state = page.locator("#components")

    expect(state).to_contain_text(re.compile(r"Index.* · \d+ ms.*Reader.* · \d+ ms", re.DOTALL))
    assert parse_qs(request.value.post_data)["passages"] == ["5"]


def test_conversation_is_exported_with_one_click(page):
    """As Markdown with footnotes, as JSON, and rated answers as a question set."""
    page.get_by_role("button", name="This answer is right").click()
    page.get_by_role("button", name="Save", exact=True).wait_for()
    page.get_by_role("button", name="Rename, export or delete this conversation").click()
    downloads = {}
    for name in ("Export as Markdown", "Export as JSON", "Export rated answers"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        downloads[name] = download.value

    markdown = downloads["Export as Markdown"]
    assert "“The armistice was signed at" in markdown.path().read_text("utf-8")
    assert "&#" not in markdown.path().read_text("utf-8")
    assert "armistice" in markdown.suggested_filename
    assert json.loads(downloads["Export as JSON"].path().read_text("utf-8"))["turns"][0]["citations"]
    assert downloads["Export rated answers"].suggested_filename == "footnote-questions.zip"


def test_footnotes_of_a_shared_page_lead_to_their_sources(page, tmp_path):
    """A number leads to the quoted words, and these to the place in their document."""
    address = page.url.replace("/?", "/conversations/export?") + "&format=html"
    shared = tmp_path / "shared.html"
    shared.write_text(page.request.get(address).text(), encoding="utf-8")
    other = page.context.new_page()
    other.goto(shared.as_uri())
    other.get_by_role("link", name="Footnote 1", exact=True).first.click()
    target = other.locator(":target")

    expect(target).to_contain_text("The armistice was signed at")
    target.get_by_role("link").click()
    expect(target).to_contain_text("characters")
    assert "armistice" in target.locator("xpath=ancestor::li[1]").inner_text().lower()
    other.close()


def test_a_quoted_sentence_is_printed_once(page):
    """The footnote of a sentence that is its own quote shows the document only."""
    turn = page.locator("#turns > .fn-turn").last
    sentence = turn.locator(".fn-answer .fn-quoted").first.inner_text()

    assert "armistice" in sentence
    assert turn.inner_text().count(sentence) == 1


def test_library_shows_failures_and_is_searched(page):
    """A file that can't be read has advice in its row; the search finds titles."""
    page.get_by_role("button", name="Manage documents").click()
    rows = page.locator("#library tbody tr")
    failed = rows.filter(has_text="broken.pdf")
    expect(failed.locator(".fn-state")).to_have_text("Couldn’t be read")
    expect(failed.locator(".fn-problem")).to_contain_text("Save it again in the original program")
    page.get_by_label("Search documents").fill("armistice")

    expect(rows).to_have_count(1)
    page.get_by_label("Search documents").fill("")
    expect(rows).to_have_count(13)


def test_chat_answers_while_everything_is_reindexed(page):
    """A progress bar is shown, and at the end the files that couldn't be read."""
    page.get_by_role("button", name="Re-index everything").click()
    page.locator("#library .fn-indexing progress").wait_for()
    page.get_by_role("button", name="Close", exact=True).click()
    assert "1953" in ask(page, ARMISTICE_QUESTION).inner_text()
    page.get_by_role("button", name="Manage documents").click()

    expect(page.locator("#library .fn-result .fn-problems")).to_contain_text("broken.pdf", timeout=60_000)
    expect(page.locator("#library .fn-indexing")).to_have_count(0)
    page.get_by_role("button", name="Close", exact=True).click()


def test_library_shows_the_servers_error(page):
    """The table stays and can be searched, and the next action removes the error."""
    body = error_html("The disk is <full>; make room.")
    page.route("**/library/refresh", lambda route: route.fulfill(status=500, body=body), times=1)
    page.get_by_role("button", name="Manage documents").click()
    page.get_by_role("button", name="Check for changes").click()
    error, rows = page.locator("#library-table > .fn-error"), page.locator("#library tbody tr")

    expect(error).to_have_text("The disk is <full>; make room.")
    expect(rows).to_have_count(13)
    page.get_by_role("button", name="Check for changes").click()
    expect(error).to_have_count(0)
    expect(page.locator("#library .fn-indexing")).to_have_count(0)


def test_failed_poll_is_repeated(page):
    """The library doesn't stay busy after a poll has failed."""
    page.route("**/library/table?*", lambda route: route.abort(), times=1)
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Re-index everything").click()

    expect(page.locator("#library .fn-indexing")).to_have_count(0)
    expect(page.locator("#library .fn-result")).to_have_count(1)
    expect(page.locator("#library .fn-error")).to_have_count(0)


def test_failed_upload_shows_the_file_name(page):
    """The error begins with the name of the file."""
    page.route("**/library/upload?*", lambda route: route.fulfill(status=500), times=1)
    file = {"name": "lost.txt", "mimeType": "text/plain", "buffer": b"some words"}
    page.locator("#library input[data-upload]").first.set_input_files(file)

    expect(page.locator("#upload-progress .fn-error")).to_have_text(f"lost.txt: {SERVER_SILENT}")
    page.get_by_role("button", name="Close", exact=True).click()


def test_library_that_fails_to_load_can_be_closed(page):
    """It shows an error, and opening it again loads it."""
    page.wait_for_load_state("networkidle")  # a new list of documents would replace the button in between
    page.route("**/library", lambda route: route.abort(), times=1)
    for _ in range(2):
        page.get_by_role("button", name="Manage documents").click()
        page.locator("#library .fn-error, #library table").first.wait_for()
        page.get_by_role("button", name="Close", exact=True).click()

    expect(page.locator("#library table")).to_have_count(1)


def test_failed_rating_leaves_the_buttons(page):
    """An error is shown, and the button can be pressed again."""
    page.route("**/turns/rate", lambda route: route.fulfill(status=500), times=1)
    rating_button = page.locator(ANSWERED).last.get_by_role("button", name="This answer is wrong")
    rating_button.click()
    expect(page.locator(".fn-rating > .fn-error")).to_have_text(SERVER_SILENT)
    rating_button.click()

    expect(rating_button).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".fn-rating > .fn-error")).to_have_count(0)


def test_markup_in_a_title_is_shown_as_text(page):
    """Markup in a title is text everywhere, and a direction override is made visible."""
    turn = ask(page, "How deep is the Silver Well of Velden?")
    marked = highlighted(page, turn.locator("button.fn-quote").first)
    other_turn = ask(page, "How was the Silver Well dug?")
    highlighted(page, other_turn.locator("[data-footnote]").first)

    assert marked == WELL_SENTENCE
    assert MARKUP in page.locator("#source h2").inner_text()
    assert MARKUP in turn.inner_text() + other_turn.inner_text()
    assert OVERRIDE not in page.content()
    assert "dug \ufffdby hand" in page.locator("#source .fn-text").inner_text()
    assert page.locator("#transcript, #source, #sidebar").locator("img").count() == 0
    assert page.title() == "Footnote"
    assert [url for url in page.requests if not url.startswith((page.address, "data:", "blob:"))] == []


def test_keyboard_alone_asks_and_opens_a_source(page):
    """The slash key focuses the question field, and Tab reaches the footnote, which Enter opens."""
    open_new_conversation(page)
    page.locator("body").press("/")
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type(ARMISTICE_QUESTION)
    page.keyboard.press("Enter")
    page.locator(ANSWERED).wait_for()
    for _ in range(60):  # there are many elements before the footnote
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.fn-marker')"):
            break
    page.keyboard.press("Enter")

    expect(page.locator("#source[data-open] h2")).to_have_text("The Korean armistice of 1953")


def test_tap_on_a_label_shows_its_meaning(page):
    """A tap shows what a mouse shows on hover, and a tap elsewhere hides it."""
    texts = []
    for label in (".fn-verified", ".fn-confidence"):
        page.locator(f"#transcript {label}").first.click()
        texts.append(page.get_by_role("tooltip").inner_text())
    page.locator("#transcript .fn-question").first.click()

    expect(page.get_by_role("tooltip")).to_have_count(0)
    assert texts[0] == VERIFIED_TITLE
    assert texts[1].startswith(tuple(CONFIDENCE_MEANINGS.values()))


def test_keyboard_shows_what_a_label_means(page):
    """That of an answer, of a button and of a setting, which is in a popover; Escape hides it."""
    tooltip = page.get_by_role("tooltip")
    page.locator("#transcript .fn-marker").first.focus()
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen += tooltip.all_inner_texts()
    page.get_by_role("button", name="Settings").press("Enter")
    page.get_by_label("Balanced").focus()
    page.keyboard.press("ArrowUp")
    expect(tooltip).to_have_text(STRICT_TITLE)
    expect(page.get_by_label("Strict")).to_have_accessible_description(STRICT_TITLE)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")

    expect(tooltip).to_have_count(0)
    assert {VERIFIED_TITLE, EDIT_TITLE} <= set(seen)
    assert [text for text in seen if text.startswith(tuple(CONFIDENCE_MEANINGS.values()))]


@pytest.mark.parametrize("is_declared", [True, False])
def test_too_large_file_is_rejected(page, is_declared):
    """Whether or not the request declares its size, the reason is one line."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    body = bytes(2**21) if is_declared else iter([bytes(2**20), bytes(2**20)])
    url = f"{page.address}/library/upload?name=large.txt"
    response = httpx.post(url, headers={"Cookie": cookies}, content=body, trust_env=False)

    assert response.status_code == 413
    assert "is too large (the limit is 1 MB)" in response.text


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/environ", "qa/settings.py"])
def test_gradio_serves_no_files(page, path):
    """Gradio's route for files doesn't exist."""
    assert page.request.get(f"{page.address}/gradio_api/file={path}").status == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_violation_anywhere(page, scheme, width):
    """At the start, with the settings, a disagreement, a page and a related passage, wide and on a phone."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    open_new_conversation(page)
    violations = axe_violations(page)
    highlighted(page, ask(page, ARMISTICE_QUESTION).locator(".fn-marker").first)
    violations += axe_violations(page)
    highlighted(page, ask(page, DISPUTED_QUESTION).locator(".fn-marker").first)
    highlighted(page, ask(page, UNANSWERABLE_QUESTION).locator(".fn-card li button").first)
    violations += axe_violations(page)
    page.locator("#source [data-action=close]").click()
    if width < 900:
        page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Settings").click()
    page.locator("#components").wait_for()
    violations += axe_violations(page)

    assert violations == []
