"""Files come to the library and the chat is killed meanwhile: nothing is there by half, nothing is lost."""

import contextlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bench.corpus import documents
from tests.fakes.folder import write_tree
from tests.web.server import ANSWERED, Running, ask, browsing, highlighted, running

# One process has them all: each test goes on with what the one before left.
pytestmark = pytest.mark.browser

TOWER = "The Amber Tower of Velden has 312 steps."
GATE = "The Copper Gate of Velden was cast by Ines Moura."
STEPS = "How many steps does the Amber Tower have?"
CAST = "Who cast the Copper Gate?"


class Killed:
    """One chat after the other on the same port, over the same files."""

    def __init__(self, index_dir: Path, stack: contextlib.ExitStack) -> None:
        self._index_dir = index_dir
        self._stack = stack
        self.chat: Running = stack.enter_context(running(index_dir))

    def and_back(self) -> None:
        """Kill it, and start it again."""
        self.chat.kill()
        self.chat = self._stack.enter_context(running(self._index_dir, port=self.chat.port))


@pytest.fixture(scope="module")
def temporary(tmp_path_factory) -> Iterator[Path]:
    """Where the chat has its temporary files."""
    with pytest.MonkeyPatch.context() as environment:
        folder = tmp_path_factory.mktemp("temporary")
        environment.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def killed(tmp_path_factory, temporary):
    with contextlib.ExitStack() as stack:
        yield Killed(tmp_path_factory.mktemp("index") / "none-yet", stack)


@pytest.fixture(scope="module")
def page(killed):
    with browsing() as page:
        page.goto(killed.chat.address)
        page.locator(".fn-welcome").wait_for()
        yield page


def library(page: Any) -> Any:
    """The rows of the library, on a page that was loaded anew."""
    page.reload()
    page.get_by_role("button", name="Manage documents").click()
    page.locator("#library").wait_for()
    return page.locator("#library tbody tr")


def drop(page: Any, *paths: Path) -> None:
    """Drag files and folders from the desktop onto the library, as the browser hears of it."""
    box = page.locator("#library [data-drop]").bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 5}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def test_files_and_folders_dropped_on_the_library_are_indexed_and_answer(page, tmp_path):
    """Into an empty library; what stands in a folder's folders comes along."""
    write_tree(tmp_path, {"tower.txt": TOWER, "gates/old/gate.md": GATE})
    rows = library(page)
    drop(page, tmp_path / "tower.txt", tmp_path / "gates")
    expect(rows.locator(".fn-state")).to_have_text(["Indexed"] * 2, timeout=60_000)
    expect(rows.locator(".fn-path")).to_have_text(["gate.md", "tower.txt"])
    page.get_by_role("button", name="Close", exact=True).click()

    assert highlighted(page, ask(page, STEPS).locator(".fn-marker").first) == TOWER
    assert highlighted(page, ask(page, CAST).locator(".fn-marker").first) == GATE


def test_killed_while_a_file_comes_up_the_library_is_as_before(page, killed, temporary):
    """Of the file that came by half nothing is left; the open page asks on, and no turn is lost."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    sending = http.client.HTTPConnection("127.0.0.1", killed.chat.port)
    sending.putrequest("POST", "/library/upload?name=half.txt")
    for name, value in {"Cookie": cookies, "Content-Length": "1000", "Expect": "100-continue"}.items():
        sending.putheader(name, value)
    sending.endheaders()
    assert b"100 Continue" in sending.sock.recv(100)  # the chat has begun to take the file
    sending.send(b"The Silver Well of Velden is 40 metres deep. " * 10)
    address, turns = page.url, page.locator(ANSWERED).count()
    killed.and_back()
    assert "Ines Moura" in ask(page, CAST).inner_text()
    rows = library(page)

    left = [path for path in temporary.rglob("*") if path.is_file() and b"Silver" in path.read_bytes()]

    assert left == []
    expect(rows.locator(".fn-path")).to_have_text(["gate.md", "tower.txt"])
    expect(page.locator("#library .fn-indexing")).to_have_count(0)
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(ANSWERED)).to_have_count(turns + 1)
    assert page.url == address


def test_killed_while_it_indexes_the_chat_answers_and_then_has_the_file_whole(page, killed):
    """After the start it takes up what was given, without being told."""
    [long] = documents(1, 24)
    well = f"The Silver Well of Velden is 40 metres deep.\n\n{long}"
    page.request.post(f"{killed.chat.origin}/library/upload?name=well.txt", data=well.encode())
    shelf = ""
    while "Embedding" not in shelf:
        shelf = page.request.get(f"{killed.chat.origin}/library/table").text()
        assert "data-poll" in shelf  # it is at work still
    killed.and_back()
    meanwhile = ask(page, STEPS).inner_text()
    rows = library(page)
    expect(rows.locator(".fn-state")).to_have_text(["Indexed"] * 3, timeout=60_000)
    page.get_by_role("button", name="Close", exact=True).click()

    assert "312" in meanwhile
    assert "40 metres" in ask(page, "How deep is the Silver Well?").inner_text()
