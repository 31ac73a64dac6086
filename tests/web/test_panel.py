"""The library panel and the left room as HTML."""

import datetime

from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from qa.conversations import Listed
from qa.indexing import Outcome, Problem, Work
from qa.library import GIVEN, Entry, Folder, State
from qa.web.panel import panel_html, refused_html, shelf_html, work_html
from qa.web.side import documents_html, list_html, side_html
from tests.texts import texts

CHANGED = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
BROKEN = Problem("/home/ann/papers/a.pdf", "is damaged", "Save it anew.")


def entry(title: str = "Cats", state: State = State.INDEXED, *, given: bool = False, **more) -> Entry:
    path = "cats.pdf" if given else "/home/ann/papers/cats.pdf"
    return Entry("key", title, (path,), "PDF", 3, 7, CHANGED, state, given, **more)


def words(html: str, selector: str) -> list[str]:
    return [node.text() for node in LexborHTMLParser(html).css(selector)]


@given(texts(), texts())
def test_hyp_no_title_becomes_an_element(title, name):
    """Titles and names of documents, folders and conversations are text, wherever they stand."""
    shown = (
        shelf_html([entry(title)], Work())
        + documents_html([entry(title)], [Folder(GIVEN, name, 1), Folder("/a", name, 1)])
        + list_html([Listed("id", title, "", 1)], "id")
    )
    tags = {node.tag for node in LexborHTMLParser(shown).css("*")}

    assert not tags & {"script", "img", "b", "i", "iframe", "object", "svg", "style"}
    assert all(
        not name.startswith("on") for node in LexborHTMLParser(shown).css("*") for name in node.attributes
    )


def test_a_document_has_its_line():
    """Title, file and folder, format, pages, passages, date and state; where the folder lies is not told."""
    shown = shelf_html([entry()], Work())

    assert words(shown, "tbody th .name") == ["Cats"]
    assert words(shown, "tbody .path") == ["papers/cats.pdf"]
    assert words(shown, "tbody td") == ["PDF", "3", "7", "2026-01-02", "indexed", "Leave out"]


def test_a_file_that_cant_be_read_says_why_and_what_to_do():
    """In its own line."""
    shown = shelf_html([entry(state=State.FAILED, problem=BROKEN)], Work())

    assert words(shown, ".problem") == ["The file is damaged. Save it anew."]


def test_documents_that_an_earlier_version_read_are_called_that_until_they_are_read_again():
    """Not while it is being done."""
    idle, busy = (shelf_html([entry()], work, outdated=True) for work in (Work(), Work(stage="reading")))

    assert "An earlier Footnote read these documents." in idle
    assert "earlier" not in busy + shelf_html([entry()], Work())


def test_progress_says_what_is_in_hand_and_how_long_it_takes():
    """And that it can be cancelled; the panel asks for itself again."""
    work = Work(
        stage="reading", done=1, total=3, files=("/x/a.txt", "/x/b.txt", "/x/c.txt"), read=1, seconds_left=80
    )
    shown = shelf_html([], work)

    assert words(shown, ".work [role=status]") == ["Reading x/b.txt · 1 of 3 · about 1 min left"]
    assert words(shown, ".work button") == ["Cancel"]
    assert 'data-poll="/library/shelf"' in shown


def test_each_file_on_its_way_has_its_own_bar():
    """While it is read nobody knows how long that takes; those that are read are as far as the embedding."""
    files = [entry("Waits", State.WAITING), entry("Comes", State.READING), entry("Read", State.READ), entry()]
    embedding = Work(stage="embedding", done=30, total=120, seconds_left=8)

    page = LexborHTMLParser(shelf_html(files, embedding))
    bars = {node.attributes["aria-label"]: node.attributes.get("value") for node in page.css("td progress")}

    assert bars == {"Progress of Comes": None, "Progress of Read": "0.25"}
    assert [node.text() for node in page.css("td small")] == ["about 8 s left"]


def test_a_finished_build_says_how_it_ended():
    """With what could not be read; nothing asks again."""
    outcome = Outcome("1 document is in the index.", succeeded=True, problems=(BROKEN,))
    shown = shelf_html([], Work(outcome=outcome))

    assert words(shown, ".outcome p") == ["1 document is in the index."]
    assert words(shown, ".outcome li") == ["papers/a.pdf: is damaged. Save it anew."]
    assert "data-poll" not in shown


def test_nothing_to_say_says_nothing():
    """Before any build, and where every file was taken."""
    assert work_html(Work()) == ""
    assert refused_html([]) == ""


def test_the_panel_takes_the_types_it_names():
    """The browser's own choice of files is limited to them."""
    inputs = LexborHTMLParser(panel_html([], Work(), [".pdf", ".txt"])).css("[data-give]")

    assert inputs[0].attributes["accept"] == ".pdf,.txt"


def test_only_the_open_conversation_can_be_renamed():
    """The others are links to their own address."""
    shown = list_html([Listed("a", "One", "", 1), Listed("b", "Two", "", 2)], "b")

    assert [node.attributes["href"] for node in LexborHTMLParser(shown).css("li > a")] == [
        "/?talk=a",
        "/?talk=b",
    ]
    assert words(shown, "[aria-current]") == ["Two"]
    assert words(shown, "summary") == ["Rename, export, delete"]


def test_who_is_logged_in_can_log_out():
    """A guest has nothing to log out of."""
    assert words(side_html([], "", "", "ann"), ".leaving button") == ["Log out ann"]
    assert words(side_html([], "", "", None), ".leaving button") == []
