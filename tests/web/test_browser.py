"""The chat in a real browser, against the real server, index and reader."""

import json
import re
from pathlib import Path

import pytest

from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.web.server import ask, browsing, serving

pytestmark = pytest.mark.browser

HOSTILE = """Rules of the ferry

<script>document.title = "taken"</script>
<img src="http://198.51.100.7/x.png" onerror="document.title='taken'">
![map](http://198.51.100.7/y.png) [run](javascript:document.title='taken')

The ferry to Ulleungdo carries <b onmouseover="document.title='taken'">ninety-four</b> passengers,
e\u0301lite 👩‍👩‍👧
included, on every crossing.
"""
LAKE = "Lake Orin lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller."


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    files = {"lake.txt": LAKE, "<b>ferry<i> & co.txt": HOSTILE}
    return write_tree(tmp_path_factory.mktemp("corpus"), files)


@pytest.fixture(scope="module")
def index_dir(corpus, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    assert footnote("index", str(corpus), "--quiet", index_dir=folder).code == 0
    return folder


@pytest.fixture(scope="module")
def page(index_dir):
    """A page on the chat, which remembers every request it made."""
    with serving(index_dir) as address, browsing() as page:
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(address)
        page.requests, page.address = requests, address
        yield page


def cited(index_dir: Path, question: str) -> list[str]:
    """What the command line cites for the same question."""
    answer = json.loads(footnote("ask", question, "--json", index_dir=index_dir).output)
    return [citation["cited_text"] for citation in answer["citations"]]


def test_the_highlighted_words_are_the_cited_words(page, index_dir):
    """Ask, and see the footnote's words marked inside their source, character by character."""
    question = "Who mapped Lake Orin?"
    turn = ask(page, question)

    assert turn.locator("strong").first.text_content() == "Anna Keller"
    assert cited(index_dir, question) == turn.locator("mark").all_text_contents()


def test_a_marker_leads_to_its_footnote(page):
    """A click on it stays on the page."""
    turn = ask(page, "When was Lake Orin mapped?")
    turn.locator("a.marker").first.click()
    anchor = turn.locator("a.marker").first.get_attribute("href")

    assert page.url.startswith(page.address)
    assert turn.locator(f"li{anchor}").is_visible()


def test_what_is_not_in_the_documents_is_refused(page):
    """The refusal says so, and shows no answer and no marks."""
    turn = ask(page, "What is the price of bread in Lisbon?")

    assert "Not in your documents." in turn.inner_text()
    assert turn.locator("mark").count() == 0
    assert turn.locator(".answer").count() == 0


def test_a_hostile_document_is_shown_and_does_nothing(page, index_dir):
    """Its markup is text, also in its name; nothing runs and nothing is fetched."""
    question = "How many passengers does the ferry to Ulleungdo carry?"
    turn = ask(page, question)

    assert cited(index_dir, question) == turn.locator("mark").all_text_contents()
    assert "<b onmouseover=" in turn.locator("mark").first.text_content()
    assert "<b>ferry<i> & co" in turn.inner_text()
    assert page.title() == "Footnote"
    assert turn.locator("img, script, b, [onmouseover]").count() == 0


def test_an_empty_question_is_answered_in_one_line(page):
    """It says what to do, and the chat goes on."""
    turn = ask(page, "   ")

    assert re.search("the question is empty", turn.inner_text())


def test_a_new_snapshot_is_asked_without_a_reload(page, corpus, index_dir):
    """The index is rebuilt while the chat is open; the next question finds what is new."""
    (corpus / "tower.txt").write_text("The Amber Tower of Velden has 312 steps.")
    assert footnote("index", "--quiet", index_dir=index_dir).code == 0
    turn = ask(page, "How many steps does the Amber Tower have?")

    assert "312" in turn.locator("mark").first.text_content()
    page.locator("#status").get_by_text("3 documents").wait_for()


def test_the_page_asks_no_outside_host(page):
    """Every request of all that went before stayed with the server, which forbids anything else."""
    policy = page.request.get(page.address).headers["content-security-policy"]
    outside = [url for url in page.requests if not url.startswith((page.address, "data:", "blob:"))]

    assert outside == []
    assert "default-src 'self'" in policy
    assert "http" not in policy
