"""The chat in a real browser, against the real server, index and reader."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.web.server import ask, browsing, serving

# One process has them all: the last tests look back at what the page did in the ones before.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

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
    """A page on the chat, which remembers every request it made and every complaint of the browser."""
    with serving(index_dir) as address, browsing() as page:
        page.requests, page.complaints, page.address = [], [], address
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
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
    """A click on it goes there, within the page."""
    turn = ask(page, "When was Lake Orin mapped?")
    marker = turn.locator("a.marker").first
    marker.click()

    assert page.url == f"{page.address}/{marker.get_attribute('href')}"
    assert turn.locator("li:target").count() == 1
    assert len(page.context.pages) == 1


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


def test_a_hostile_question_is_shown_and_does_nothing(page):
    """Its Markdown and its markup are what was typed."""
    question = "# **Who** ![m](http://198.51.100.7/q.png) [r](javascript:1) <b>mapped</b> $x$ `y`?"
    ask(page, question)
    asked = page.locator(".asked").last

    assert asked.text_content() == question
    assert asked.locator("img, a, b, strong, code").count() == 0


def test_an_empty_question_is_answered_in_one_line(page):
    """It says what to do, and the chat goes on."""
    turn = ask(page, "   ")

    assert re.search("the question is empty", turn.inner_text())


def test_a_question_that_is_too_long_is_refused_in_one_line(page):
    """It is not cut silently and answered."""
    turn = ask(page, "why " * 25_000)

    assert re.search("at most 2,000 are read", turn.inner_text())
    assert len(page.locator(".asked").last.text_content()) < 2_100


def test_a_long_talk_keeps_the_last_question_and_the_box_in_view(page):
    """The talk scrolls, not the page."""
    ask(page, "Who mapped Lake Orin?")

    expect(page.locator(".asked").last).to_be_in_viewport()
    expect(page.locator("#question textarea")).to_be_in_viewport(ratio=1)


def test_two_people_do_not_see_each_other(page):
    """A page of someone else is empty, and what they ask stays there."""
    turns = page.locator(".turn").count()
    other = page.context.browser.new_context().new_page()
    other.goto(page.address)
    expect(other.locator(".welcome")).to_contain_text("2 documents")
    ask(other, "Who mapped Lake Orin?")

    assert other.locator(".turn").count() == 1
    assert page.locator(".turn").count() == turns
    other.context.close()


def test_a_new_snapshot_is_asked_without_a_reload(page, corpus, index_dir):
    """The index is rebuilt while the chat is open; the next question finds what is new."""
    (corpus / "tower.txt").write_text("The Amber Tower of Velden has 312 steps.")
    assert footnote("index", "--quiet", index_dir=index_dir).code == 0
    turn = ask(page, "How many steps does the Amber Tower have?")

    assert "312" in turn.locator("mark").first.text_content()
    page.locator("#status").get_by_text("3 documents").wait_for()


def test_a_new_conversation_begins_empty(page):
    """One click, and the talk is empty; the next question is answered as ever."""
    page.get_by_role("button", name="New conversation").click()

    expect(page.locator(".turn")).to_have_count(0)
    assert "Anna Keller" in ask(page, "Who mapped Lake Orin?").inner_text()


def test_the_page_asks_no_outside_host(page):
    """Every request of all that went before stayed with the server, which forbids anything else."""
    headers = page.request.get(page.address).headers
    outside = [url for url in page.requests if not url.startswith((page.address, "data:", "blob:"))]

    assert outside == []
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert "eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_browser_had_nothing_to_complain_of(page):
    """No error of a script, and nothing the policy had to block, through all that went before."""
    assert page.complaints == []


def test_nothing_can_be_uploaded(page):
    """The chat takes questions, no files."""
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"some words"}
    reply = page.request.post(f"{page.address}/gradio_api/upload", multipart={"files": file})

    assert reply.status == 413


def test_an_address_that_is_taken_is_said_in_one_line(page, index_dir):
    """A second chat on the same port says so, and what to type."""
    port = page.address.rpartition(":")[2]
    command = [sys.executable, "-m", "qa", "chat", "--port", port, "--index-dir", str(index_dir)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)

    assert second.returncode == 2
    assert re.fullmatch(r".*can't listen on .*footnote chat --port \d+\n", second.stderr)
