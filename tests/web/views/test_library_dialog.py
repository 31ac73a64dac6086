"""HTML of the library dialog and the sidebar."""

import datetime

from hypothesis import given
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser

from index.failures import FailureCode, ParseFailure
from qa.chat.store import ConversationSummary
from qa.library.failures import FileProblem
from qa.library.indexer import IndexingResult, IndexingStatus
from qa.library.library import UPLOADS_KEY, FileState, Folder, LibraryEntry
from qa.web.views.library_dialog import (
    library_dialog_html,
    library_table_html,
    rejected_html,
)
from qa.web.views.sidebar import MAX_CONVERSATIONS, conversation_list_html, documents_html, sidebar_html
from tests.texts import texts

CHANGED = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
PROBLEM = FileProblem("/home/ann/papers/a.pdf", ParseFailure(FailureCode.ENCRYPTED))


def entry(
    title: str = "Cats", state: FileState = FileState.INDEXED, *, is_upload: bool = False, **fields
) -> LibraryEntry:
    path = "cats.pdf" if is_upload else "/home/ann/papers/cats.pdf"
    return LibraryEntry("key", title, (path,), "PDF", 3, 7, CHANGED, state, is_upload, **fields)


def texts_of(html: str, selector: str) -> list[str]:
    return [node.text() for node in LexborHTMLParser(html).css(selector)]


@given(texts(), texts())
def test_hyp_no_title_becomes_an_element(title, name):
    """Titles and names of documents, folders and conversations are text everywhere."""
    html = (
        library_table_html([entry(title)], IndexingStatus())
        + documents_html([entry(title)], [Folder(UPLOADS_KEY, name, 1), Folder("/a", name, 1)])
        + conversation_list_html([ConversationSummary("id", title, "", 1)], "id")
    )
    tags = {node.tag for node in LexborHTMLParser(html).css("*")}

    assert not tags & {"script", "img", "b", "i", "iframe", "object", "svg", "style"}
    assert all(
        not name.startswith("on") for node in LexborHTMLParser(html).css("*") for name in node.attributes
    )


def test_row_of_a_document():
    """Title, file and folder, format, pages, passages, date and state, but not the full path."""
    html = library_table_html([entry()], IndexingStatus())

    assert texts_of(html, "tbody th .fn-title") == ["Cats"]
    assert texts_of(html, "tbody .fn-path") == ["papers/cats.pdf"]
    assert texts_of(html, "tbody td:not(:last-child)") == ["PDF", "3", "7", "2026-01-02", "Indexed"]
    assert texts_of(html, "tbody button.fn-button") == ["Rename", "Exclude from search"]


def test_failed_file_shows_reason_and_advice():
    """Both are in its row."""
    html = library_table_html([entry(state=FileState.FAILED, problem=PROBLEM)], IndexingStatus())

    assert texts_of(html, ".fn-problem") == [
        "The file is password-protected. Save it without a password and add that."
    ]


def test_outdated_index_shows_a_hint():
    """The hint is hidden while something is being indexed."""
    idle, busy = (
        library_table_html([entry()], status, outdated=True)
        for status in (IndexingStatus(), IndexingStatus(stage="reading"))
    )

    assert "These documents were indexed by an older version of Footnote." in idle
    assert "older version" not in busy + library_table_html([entry()], IndexingStatus())


def test_progress_shows_the_file_and_the_time_left():
    """Indexing can be cancelled, and the table is polled."""
    status = IndexingStatus(
        stage="reading", done=1, total=3, files=("/x/a.txt", "/x/b.txt", "/x/c.txt"), read=1, seconds_left=80
    )
    html = library_table_html([], status)

    assert texts_of(html, ".fn-indexing [role=status]") == ["Reading x/b.txt · 1 of 3 · about 1 min left"]
    assert texts_of(html, ".fn-indexing button") == ["Cancel"]
    assert 'hx-get="/library/table?poll=1"' in html


def test_each_file_has_its_own_progress_bar():
    """Reading has no known end; files that were read share the progress of the embedding."""
    files = [
        entry("Waiting", FileState.WAITING),
        entry("Reading", FileState.READING),
        entry("Read", FileState.READ),
        entry(),
    ]
    embedding = IndexingStatus(stage="embedding", done=30, total=120, seconds_left=8)

    page = LexborHTMLParser(library_table_html(files, embedding))
    bars = {node.attributes["aria-label"]: node.attributes.get("value") for node in page.css("td progress")}

    assert bars == {"Progress of Reading": None, "Progress of Read": "0.25"}
    assert [node.text() for node in page.css("td small")] == ["about 8 s left"]


def test_finished_build_shows_its_result():
    """Files that couldn't be read are listed, and the table isn't polled."""
    outcome = IndexingResult("1 document is in the index.", succeeded=True, problems=(PROBLEM,))
    html = library_table_html([], IndexingStatus(outcome=outcome))

    assert texts_of(html, ".fn-result p") == ["1 document is in the index."]
    assert texts_of(html, ".fn-result li") == [
        "papers/a.pdf is password-protected. Save it without a password and add that."
    ]
    assert "poll" not in html


def test_no_result_is_empty():
    """Before any build, and if no file was rejected."""
    assert texts_of(library_table_html([], IndexingStatus()), ".fn-indexing, .fn-result") == []
    assert rejected_html([]) == ""


def test_file_input_accepts_the_supported_types():
    """The browser's file dialog is limited to them."""
    file_inputs = LexborHTMLParser(library_dialog_html([], IndexingStatus(), [".pdf", ".txt"])).css(
        "[data-upload]"
    )

    assert file_inputs[0].attributes["accept"] == ".pdf,.txt"


def test_only_the_open_conversation_has_a_menu():
    """The others are links."""
    html = conversation_list_html(
        [ConversationSummary("a", "One", "", 1), ConversationSummary("b", "Two", "", 2)], "b"
    )

    assert [node.attributes["href"] for node in LexborHTMLParser(html).css("li > a")] == [
        "/?conversation=a",
        "/?conversation=b",
    ]
    assert texts_of(html, "[aria-current]") == ["Two"]
    assert texts_of(html, "[popovertarget]") == ["⋯"]


def test_long_list_of_conversations_continues():
    """The first page ends in a button for the next, which begins without its heading if it is shown above."""
    conversations = [ConversationSummary(str(number), "Title", "", 1) for number in range(150)]
    first, last = (
        conversation_list_html(conversations, ""),
        conversation_list_html(conversations, "", after=120),
    )

    assert len(texts_of(first, "li")) == MAX_CONVERSATIONS == 60
    assert 'hx-get="/conversations?after=60"' in first
    assert (len(texts_of(last, "li")), texts_of(last, "h3, div, button")) == (30, [])


def test_open_conversation_is_on_the_first_page():
    """Its menu is within reach however old it is."""
    conversations = [ConversationSummary(str(number), f"Title {number}", "", 1) for number in range(150)]
    html = conversation_list_html(conversations, "99")

    assert texts_of(html, "[aria-current]") == ["Title 99"]
    assert 'hx-get="/conversations?after=100"' in html


def test_account_can_log_out():
    """A guest can't."""
    nothing = Markup()

    assert texts_of(sidebar_html([], "", nothing, nothing, "ann"), "form button") == ["Log out (ann)"]
    assert texts_of(sidebar_html([], "", nothing, nothing, None), "form button") == []
