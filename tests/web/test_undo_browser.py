"""What can be undone, in a real browser: deleted conversations, replaced questions, removed documents."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.web.server import ask, axe_violations, browsing, hold, origin_of, serving

# The tests share one page and depend on their order.
pytestmark = pytest.mark.browser

CORPUS = {
    "lake.txt": "Lake Orin lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller.",
    "mills/tower.txt": "The Glass Tower of Velden was finished in 1931 by the engineer Ines Moura.",
}
WHO, HIGH, WHEN = (
    "Who mapped Lake Orin?",
    "How high does Lake Orin lie?",
    "When was the Glass Tower finished?",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    corpus, index_dir = tmp_path_factory.mktemp("corpus"), tmp_path_factory.mktemp("index")
    write_tree(corpus, CORPUS)
    assert footnote("index", str(corpus), "--quiet", index_dir=index_dir).code == 0
    with serving(index_dir) as address, browsing() as page:
        page.address, page.corpus, page.index_dir = origin_of(address), corpus, index_dir
        page.goto(address)
        page.locator(".fn-welcome").wait_for()
        yield page


def questions(page: Any) -> Any:
    return page.locator("#turns .fn-question")


def listed(page: Any) -> Any:
    return page.locator("#conversations li > a")


def open_menu(page: Any) -> None:
    page.get_by_role("button", name="Rename, export or delete this conversation").click()


def test_a_question_that_is_edited_keeps_its_former_answer(page):
    """The arrows show either version with the questions that followed it, also after a reload."""
    ask(page, WHO)
    ask(page, HIGH)
    page.get_by_role("button", name="Edit", exact=True).first.click()
    page.get_by_label("Question", exact=True).first.fill(WHEN)
    page.locator(".fn-edit:visible .fn-primary").click()
    page.locator(".fn-branches").wait_for()
    expect(questions(page)).to_have_text([WHEN])
    expect(page.locator(".fn-branches")).to_contain_text("2/2")
    expect(page.get_by_label("Next version")).to_be_disabled()

    page.get_by_label("Previous version").click()
    expect(questions(page)).to_have_text([WHO, HIGH])
    expect(page.locator(".fn-branches")).to_contain_text("1/2")
    page.reload()
    expect(questions(page)).to_have_text([WHO, HIGH])

    page.get_by_label("Next version").click()
    expect(questions(page)).to_have_text([WHEN])
    assert axe_violations(page) == []


def test_deleting_a_conversation_can_be_undone_at_once(page):
    """The notice brings it back with its versions."""
    open_menu(page)
    page.get_by_role("button", name="Delete conversation").click()
    page.locator(".fn-welcome").wait_for()
    expect(listed(page)).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text(f"Deleted “{WHEN}”.")

    page.get_by_role("button", name="Undo").click()
    expect(questions(page)).to_have_text([WHEN])
    expect(listed(page)).to_have_text([WHEN])
    expect(page.locator("#toast")).to_be_hidden()
    assert "conversation=" in page.url


def test_the_trash_restores_and_deletes_conversations(page):
    """It is a list in place of the conversations."""
    open_menu(page)
    page.get_by_role("button", name="Delete conversation").click()
    page.locator(".fn-welcome").wait_for()
    page.get_by_role("button", name="Trash", exact=True).click()
    expect(page.locator(".fn-removed")).to_contain_text(WHEN)
    assert axe_violations(page) == []
    page.get_by_role("button", name=f"Restore {WHEN}").click()
    expect(questions(page)).to_have_text([WHEN])
    expect(page.locator(".fn-removed")).to_have_count(0)
    page.get_by_role("button", name="Back to the conversations").click()
    expect(listed(page)).to_have_text([WHEN])

    page.goto(page.address)
    page.locator(".fn-welcome").wait_for()
    ask(page, HIGH)
    open_menu(page)
    page.get_by_role("button", name="Delete conversation").click()
    page.locator(".fn-welcome").wait_for()
    page.get_by_role("button", name="Trash", exact=True).click()
    page.get_by_role("button", name=f"Delete {HIGH} permanently").click()
    expect(page.locator(".fn-conversation-list")).to_contain_text("The trash is empty.")
    page.get_by_role("button", name="Back to the conversations").click()
    expect(listed(page)).to_have_text([WHEN])


def test_a_pinned_conversation_stays_first(page):
    """Under a heading of its own, until it is unpinned."""
    listed(page).first.click()
    questions(page).first.wait_for()
    open_menu(page)
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.locator("#conversations h3")).to_have_text(["Pinned"])
    page.goto(page.address)
    ask(page, HIGH)
    expect(page.locator("#conversations h3")).to_have_text(["Pinned", "Today"])
    expect(listed(page)).to_have_text([WHEN, HIGH])

    listed(page).first.click()
    expect(questions(page)).to_have_text([WHEN])
    open_menu(page)
    page.get_by_role("button", name="Unpin").click()
    expect(page.locator("#conversations h3")).to_have_text(["Today"])


def test_a_conversation_is_shared_as_one_page(page, tmp_path):
    """Named after it; its footnotes lead to the quote, and it loads nothing."""
    open_menu(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Share as a web page").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    shared = page.context.new_page()
    shared.on("request", lambda request: requests.append(request.url))
    requests: list[str] = []
    shared.goto(path.as_uri())
    shared.locator("sup a").first.click()

    assert path.name.startswith("When-was-the-Glass-Tower-finished-20")
    expect(shared.locator("li:target blockquote")).to_contain_text("finished in 1931")
    assert axe_violations(shared) == []
    assert {url.partition("#")[0] for url in requests} == {path.as_uri()}
    shared.close()


def test_a_conversation_is_limited_to_a_collection(page):
    """It is made of the ticked documents, is chosen again after a reload, and deleting it can be undone."""
    page.goto(page.address)
    page.locator("#documents").get_by_role("checkbox", name="tower").check()
    page.get_by_role("button", name="Save or delete collections").click()
    page.get_by_label("Name of the collection").fill("Mills")
    page.locator("#collection-menu").get_by_role("button", name="Save").click()
    choice = page.locator("#collection-choice")
    expect(choice.locator("option:checked")).to_have_text("Mills")
    page.get_by_role("button", name="Search all documents").click()
    expect(ask(page, WHO).locator(".fn-marker")).to_have_count(0)

    page.reload()
    expect(choice.locator("option:checked")).to_have_text("Mills")
    assert axe_violations(page) == []
    choice.select_option("All documents")
    expect(ask(page, WHO)).to_contain_text("Anna Keller")

    choosing = hold(page, "**/collections/choose", times=1)
    choice.select_option("Mills")
    page.get_by_role("button", name="Save or delete collections").click()
    choosing[0].continue_()  # the menu stays open
    page.get_by_role("button", name="Delete “Mills”").click()
    expect(choice.locator("option")).to_have_text(["All documents"])
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(choice.locator("option")).to_have_text(["All documents", "Mills"])
