"""The library dialog in a real browser: adding, renaming, removing and finding documents."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.web.server import ask, axe_violations, browsing, origin_of, serving

# The tests share one page and depend on their order.
pytestmark = pytest.mark.browser

CORPUS = {
    "lake.txt": "Lake Orin lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller.",
    "mills/tower.md": "# Glass Tower\n\nThe Glass Tower of Velden was finished in 1931 by Ines Moura.",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    return write_tree(tmp_path_factory.mktemp("corpus"), CORPUS)


@pytest.fixture(scope="module")
def page(corpus, tmp_path_factory):
    index_dir = tmp_path_factory.mktemp("index")
    assert footnote("index", str(corpus), "--quiet", index_dir=index_dir).code == 0
    with serving(index_dir) as address, browsing() as page:
        page.address, page.index_dir = origin_of(address), index_dir
        page.goto(address)
        page.get_by_role("button", name="Manage documents").click()
        page.locator("#library-table").wait_for()
        yield page


def rows(page: Any) -> Any:
    return page.locator("#library-table tbody tr")


def row(page: Any, title: str) -> Any:
    return rows(page).filter(has_text=title)


def indexed(page: Any, title: str) -> None:
    """Wait until a document can be searched."""
    expect(row(page, title).locator(".fn-state-indexed")).to_have_count(1)


def test_removing_a_document_can_be_undone(page):
    """At once from the notice, or later from the list of removed documents."""
    page.get_by_role("button", name="Exclude lake from search").click()
    expect(page.locator("#library-toast")).to_contain_text("Removed “lake”.")
    page.locator("#library-toast").get_by_role("button", name="Undo").click()
    indexed(page, "lake")
    expect(page.locator("#library-toast")).to_be_hidden()

    page.get_by_role("button", name="Exclude lake from search").click()
    expect(row(page, "lake")).to_have_count(0)
    expect(page.locator("#cancel-indexing")).to_have_count(0)  # the table isn't replaced any more
    page.get_by_role("checkbox", name="Removed documents").check()
    expect(page.locator(".fn-removed-documents li")).to_contain_text("lake.txt")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Include lake.txt again").click()
    indexed(page, "lake")
    expect(page.locator(".fn-removed-documents")).to_contain_text("No documents were removed.")
    page.get_by_role("checkbox", name="Removed documents").uncheck()


def test_folders_and_archives_keep_their_subfolders(page, tmp_path):
    """And what can't be added is named."""
    folder = write_tree(tmp_path / "reports", {"2024/north/figs.txt": "Figs ripen in August in the north."})
    page.locator("input[webkitdirectory]").set_input_files(folder)
    indexed(page, "figs")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("dried/plums.txt", "Plums are dried in September in the south.")
        archive.writestr("setup.exe", "x")
    page.locator("input[type=file][multiple]").first.set_input_files(
        {"name": "fruit.zip", "mimeType": "application/zip", "buffer": content.getvalue()}
    )
    indexed(page, "plums")

    expect(row(page, "figs").locator(".fn-path")).to_have_text("reports/2024/north/figs.txt")
    expect(row(page, "plums").locator(".fn-path")).to_have_text("fruit/dried/plums.txt")
    expect(page.locator("#upload-progress")).to_contain_text("setup.exe has an unsupported file type")


def test_pasted_text_becomes_a_document(page):
    """Under its title; blank text is refused."""
    page.get_by_text("Add pasted text").click()
    page.get_by_label("Title (optional)").fill("Copper Bridge")
    page.get_by_label("Text", exact=True).fill("The Copper Bridge of Velden is 96 metres long.")
    page.get_by_role("button", name="Add the text").click()
    indexed(page, "Copper Bridge")
    page.get_by_label("Text", exact=True).fill("  ")
    page.get_by_role("button", name="Add the text").click()
    expect(page.locator("#upload-progress")).to_contain_text("is empty. Remove it, or add a file with text.")


def test_a_document_is_renamed_everywhere(page):
    """In the table, the sidebar and the footnotes; its file keeps its name."""
    page.get_by_role("button", name="Rename Glass Tower").click()
    page.get_by_label("New title of Glass Tower").fill("History of the tower")
    page.get_by_role("button", name="Save the title").click()
    indexed(page, "History of the tower")
    expect(page.locator("#library-rename form")).to_have_count(0)
    expect(row(page, "History of the tower").locator(".fn-path")).to_contain_text("tower.md")
    expect(page.locator("#documents")).to_contain_text("History of the tower")


def test_the_table_is_sorted_and_filtered(page):
    """By format and by problem, together with the search."""
    page.get_by_label("Format", exact=True).select_option("Markdown")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("Format", exact=True).select_option("All formats")
    page.get_by_label("Sort by").select_option("By format")
    expect(rows(page).first).to_contain_text("History of the tower")
    page.get_by_label("State", exact=True).select_option("Files with problems")
    expect(page.locator("#library-table")).to_contain_text("No documents found.")
    page.get_by_label("State", exact=True).select_option("All files")
    expect(rows(page)).to_have_count(5)


def test_indexing_from_the_terminal_is_noticed(page, corpus):
    """The open dialog and the sidebar show the new document without a reload."""
    (corpus / "well.txt").write_text("The Silver Well of Velden is 40 metres deep.")
    assert footnote("index", "--quiet", index_dir=page.index_dir).code == 0

    indexed(page, "well")
    expect(page.locator("#documents")).to_contain_text("well")


def test_a_renamed_document_is_cited_by_its_title(page):
    """A footnote shows the new title."""
    page.locator("#library").get_by_role("button", name="Close").click()
    turn = ask(page, "Who finished the Glass Tower of Velden?")

    expect(turn).to_contain_text("History of the tower")
