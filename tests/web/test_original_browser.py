"""Opening a document's own file, and printing a conversation and a source."""

import io
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.web.server import ask, axe_violations, browsing, origin_of, serving

# The tests share one page and depend on their order: the last one changes a file.
pytestmark = pytest.mark.browser

QUESTION, ANSWER = "How deep is the Silver Well of Velden?", "The Silver Well of Velden is 40 metres deep."
HOSTILE = f"<title>Well</title><p>{ANSWER}</p><script>document.title = 'run'</script>"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    corpus = write_tree(tmp_path_factory.mktemp("corpus"), {"well.html": HOSTILE})
    index_dir = tmp_path_factory.mktemp("index")
    assert footnote("index", str(corpus), "--quiet", index_dir=index_dir).code == 0
    with serving(index_dir) as address, browsing() as page:
        page.address, page.corpus = origin_of(address), corpus
        page.goto(address)
        yield page


def printed(page: Any) -> str:
    """Return the words of what the page looks like on paper."""
    with pypdfium2.PdfDocument(io.BytesIO(page.pdf())) as pdf:
        text = "\n".join(pdf[number].get_textpage().get_text_bounded() for number in range(len(pdf)))
    return " ".join(text.split())


def test_paper_has_the_conversation_only(page):
    """Its question, answer and footnote, without the sidebar, the buttons or the question field."""
    turn = ask(page, QUESTION)
    turn.locator("button.fn-marker").first.click()
    expect(page.locator("#source mark").first).to_be_visible()
    text = printed(page)

    assert QUESTION in text
    assert ANSWER in text
    assert "exact quote" in text
    assert not [word for word in ("New conversation", "Ask again", "Documents", "Search") if word in text]


def test_source_is_printed_alone(page):
    """By its button, which marks the part for the stylesheet as long as the browser prints."""
    page.evaluate("globalThis.print = () => { globalThis.part = document.body.dataset.printed }")
    page.get_by_role("button", name="Print the source as shown").click()
    assert page.evaluate("[part, document.body.dataset.printed]") == ["source", None]
    page.evaluate("document.body.dataset.printed = 'source'")
    text = printed(page)
    page.evaluate("delete document.body.dataset.printed")

    assert ANSWER in text
    assert QUESTION not in text


def test_original_is_stored_with_its_bytes_and_never_shown(page):
    """Even a page with a script; its link is in the source viewer."""
    link = page.get_by_role("link", name="Open the original file")
    assert axe_violations(page) == []
    with page.expect_download() as downloaded:
        link.click()
    response = page.request.get(page.address + link.get_attribute("href"))

    assert downloaded.value.suggested_filename == "well.html"
    assert response.body() == HOSTILE.encode()
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]


def test_file_that_was_changed_is_not_sent(page):
    """What was indexed is no longer there; the reason is said."""
    address = page.address + page.get_by_role("link", name="Open the original file").get_attribute("href")
    (page.corpus / "well.html").write_text("<p>Another.</p>")
    response = page.request.get(address)

    assert response.status == 404
    assert "changed or removed" in response.text()
    assert page.request.get(f"{page.address}/source/file?footnote=document.{'0' * 64}").status == 404
