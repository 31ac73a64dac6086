"""The library panel and the left room as HTML."""

import datetime

from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from index.failures import FailureCode, ParseFailure
from qa.chat.store import ConversationSummary
from qa.library.failures import FileProblem
from qa.library.indexer import IndexingResult, IndexingStatus
from qa.library.library import UPLOADS_KEY, FileState, Folder, LibraryEntry
from qa.web.views.library_dialog import (
    indexing_status_html,
    library_dialog_html,
    library_table_html,
    rejected_html,
)
from qa.web.views.sidebar import conversation_list_html, documents_html, sidebar_html
from tests.texts import texts

CHANGED = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
BROKEN = FileProblem("/home/ann/papers/a.pdf", ParseFailure(FailureCode.ENCRYPTED))


def entry(
    title: str = "Cats", state: FileState = FileState.INDEXED, *, given: bool = False, **more
) -> LibraryEntry:
    path = "cats.pdf" if given else "/home/ann/papers/cats.pdf"
    return LibraryEntry("key", title, (path,), "PDF", 3, 7, CHANGED, state, given, **more)


def words(html: str, selector: str) -> list[str]:
    return [node.text() for node in LexborHTMLParser(html).css(selector)]


@given(texts(), texts())
def test_hyp_no_title_becomes_an_element(title, name):
    """Titles and names of documents, folders and conversations are text, wherever they stand."""
    shown = (
        library_table_html([entry(title)], IndexingStatus())
        + documents_html([entry(title)], [Folder(UPLOADS_KEY, name, 1), Folder("/a", name, 1)])
        + conversation_list_html([ConversationSummary("id", title, "", 1)], "id")
    )
    tags = {node.tag for node in LexborHTMLParser(shown).css("*")}

    assert not tags & {"script", "img", "b", "i", "iframe", "object", "svg", "style"}
    assert all(
        not name.startswith("on") for node in LexborHTMLParser(shown).css("*") for name in node.attributes
    )


def test_a_document_has_its_line():
    """Title, file and folder, format, pages, passages, date and state; where the folder lies is not told."""
    shown = library_table_html([entry()], IndexingStatus())

    assert words(shown, "tbody th .fn-title") == ["Cats"]
    assert words(shown, "tbody .fn-path") == ["papers/cats.pdf"]
    assert words(shown, "tbody td") == ["PDF", "3", "7", "2026-01-02", "Indexed", "Exclude from search"]


def test_a_file_that_cant_be_read_says_why_and_what_to_do():
    """In its own line."""
    shown = library_table_html([entry(state=FileState.FAILED, problem=BROKEN)], IndexingStatus())

    assert words(shown, ".fn-problem") == [
        "The file is password-protected. Save it without a password and add that."
    ]


def test_documents_that_an_earlier_version_read_are_called_that_until_they_are_read_again():
    """Not while it is being done."""
    idle, busy = (
        library_table_html([entry()], work, outdated=True)
        for work in (IndexingStatus(), IndexingStatus(stage="reading"))
    )

    assert "These documents were indexed by an older version of Footnote." in idle
    assert "earlier" not in busy + library_table_html([entry()], IndexingStatus())


def test_progress_says_what_is_in_hand_and_how_long_it_takes():
    """And that it can be cancelled; the panel asks for itself again."""
    work = IndexingStatus(
        stage="reading", done=1, total=3, files=("/x/a.txt", "/x/b.txt", "/x/c.txt"), read=1, seconds_left=80
    )
    shown = library_table_html([], work)

    assert words(shown, ".fn-indexing [role=status]") == ["Reading x/b.txt · 1 of 3 · about 1 min left"]
    assert words(shown, ".fn-indexing button") == ["Cancel"]
    assert 'data-poll="/library/table"' in shown


def test_each_file_on_its_way_has_its_own_bar():
    """While it is read nobody knows how long that takes; those that are read are as far as the embedding."""
    files = [
        entry("Waits", FileState.WAITING),
        entry("Comes", FileState.READING),
        entry("Read", FileState.READ),
        entry(),
    ]
    embedding = IndexingStatus(stage="embedding", done=30, total=120, seconds_left=8)

    page = LexborHTMLParser(library_table_html(files, embedding))
    bars = {node.attributes["aria-label"]: node.attributes.get("value") for node in page.css("td progress")}

    assert bars == {"Progress of Comes": None, "Progress of Read": "0.25"}
    assert [node.text() for node in page.css("td small")] == ["about 8 s left"]


def test_a_finished_build_says_how_it_ended():
    """With what could not be read; nothing asks again."""
    outcome = IndexingResult("1 document is in the index.", succeeded=True, problems=(BROKEN,))
    shown = library_table_html([], IndexingStatus(outcome=outcome))

    assert words(shown, ".fn-result p") == ["1 document is in the index."]
    assert words(shown, ".fn-result li") == [
        "papers/a.pdf is password-protected. Save it without a password and add that."
    ]
    assert "data-poll" not in shown


def test_nothing_to_say_says_nothing():
    """Before any build, and where every file was taken."""
    assert indexing_status_html(IndexingStatus()) == ""
    assert rejected_html([]) == ""


def test_the_panel_takes_the_types_it_names():
    """The browser's own choice of files is limited to them."""
    inputs = LexborHTMLParser(library_dialog_html([], IndexingStatus(), [".pdf", ".txt"])).css(
        "[data-upload]"
    )

    assert inputs[0].attributes["accept"] == ".pdf,.txt"


def test_only_the_open_conversation_can_be_renamed():
    """The others are links to their own address."""
    shown = conversation_list_html(
        [ConversationSummary("a", "One", "", 1), ConversationSummary("b", "Two", "", 2)], "b"
    )

    assert [node.attributes["href"] for node in LexborHTMLParser(shown).css("li > a")] == [
        "/?conversation=a",
        "/?conversation=b",
    ]
    assert words(shown, "[aria-current]") == ["Two"]
    assert words(shown, "summary") == ["⋯"]


def test_who_is_logged_in_can_log_out():
    """A guest has nothing to log out of."""
    assert words(sidebar_html([], "", "", "ann"), ".fn-account-links button") == ["Log out (ann)"]
    assert words(sidebar_html([], "", "", None), ".fn-account-links button") == []
