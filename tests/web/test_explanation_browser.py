"""What "Why this answer?" shows: what was searched for, what was found, and the confidence."""

import pytest
from playwright.sync_api import expect

from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.web.server import ask, axe_violations, browsing, serving

# The tests share one page; each asks in a conversation of its own.
pytestmark = pytest.mark.browser

FILES = {
    "tower.md": "# Amber Tower\n\nThe Amber Tower of Velden is 70.5 metres high. It was finished in 1931.",
    "bridge.md": "# Copper Bridge\n\nThe Copper Bridge of Velden is 96 metres long. Ines Moura built it.",
}
WHY = "Why this answer?"


@pytest.fixture(scope="module")
def shared_page(tmp_path_factory):
    corpus, index_dir = write_tree(tmp_path_factory.mktemp("corpus"), FILES), tmp_path_factory.mktemp("index")
    assert footnote("index", str(corpus), "--quiet", index_dir=index_dir).code == 0
    with serving(index_dir) as address, browsing() as page:
        page.goto(address)
        yield page


@pytest.fixture
def page(shared_page):
    """Open an empty conversation in the shared page."""
    shared_page.get_by_role("link", name="New conversation").click()
    shared_page.locator(".fn-welcome").wait_for()
    return shared_page


def test_explanation_lists_the_passages_and_the_cited_one(page):
    """In their order; a click opens one in the source viewer. It opens by keyboard, too."""
    turn = ask(page, "How high is the Amber Tower?")
    turn.get_by_text(WHY).focus()
    page.keyboard.press("Enter")
    passages = turn.locator(".fn-why li")
    expect(passages).to_have_count(2)
    expect(turn.locator(".fn-why [data-used]")).to_contain_text("footnote 1")
    assert axe_violations(page) == []
    passages.nth(1).get_by_role("button").click()

    expect(page.locator("#source mark").first).to_contain_text("Copper Bridge")
    expect(turn.locator(".fn-why")).to_contain_text("Of 100 answers with this confidence")


def test_explanation_says_how_the_question_was_understood(page):
    """A misspelt word and a follow-up; the explanation is that of its own turn."""
    ask(page, "When was the Amber Tower finsihed?")
    turn = ask(page, "How high is it?")
    for each in page.locator(".fn-why summary").all():
        each.click()
    expect(page.locator(".fn-why-parts")).to_have_count(2)
    first, second = page.locator(".fn-why-parts").all()

    expect(first).to_contain_text("When was the Amber Tower finished?")
    expect(first).to_contain_text("corrected to similar words")
    expect(second).to_contain_text("completed from the conversation")
    expect(second).to_contain_text("Amber Tower")
    expect(turn.locator(".fn-answer")).to_contain_text("70.5")


def test_refusal_says_why_and_what_was_found(page):
    """Without a confidence, which only an answer has."""
    turn = ask(page, "What does bread cost in Lisbon?")
    turn.get_by_text(WHY).click()

    expect(turn.locator(".fn-why")).to_contain_text("No passage was likely enough")
    expect(turn.locator(".fn-why li").first).to_be_visible()
    expect(turn.locator(".fn-why [data-used]")).to_have_count(0)


def test_small_talk_needs_no_explanation(page):
    """Nothing was searched for."""
    turn = ask(page, "Hello!")

    expect(turn.get_by_text(WHY)).to_have_count(0)


def test_screen_reader_can_tell_the_parts_apart(page):
    """Each turn is named by its question; the menu and the table of documents have names, too."""
    question = "How long is the Copper Bridge?"
    ask(page, question)

    expect(page.get_by_role("article", name=question)).to_contain_text("96 metres")
    expect(page.get_by_role("heading", name="Footnote", exact=True)).to_be_visible()
    page.locator("[popovertarget=conversation-menu]").click()
    expect(page.get_by_role("dialog", name="Rename, export or delete")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Manage documents").click()
    expect(page.get_by_role("table", name="Documents")).to_contain_text("Copper Bridge")
    expect(page.get_by_role("columnheader", name="Actions")).to_be_visible()
