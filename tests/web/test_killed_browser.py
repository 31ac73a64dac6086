"""The chat is killed while it receives or indexes files, and nothing is lost or half done."""

import contextlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bench.corpus import documents
from tests.fakes.folder import write_tree
from tests.web.server import ANSWERED, RunningChat, ask, browsing, highlighted, running

# The tests share one page and chat, and each continues from the state that the one before left.
pytestmark = pytest.mark.browser

TOWER = "The Amber Tower of Velden has 312 steps."
GATE = "The Copper Gate of Velden was cast by Ines Moura."
STEPS_QUESTION = "How many steps does the Amber Tower have?"
GATE_QUESTION = "Who cast the Copper Gate?"


class RestartableChat:
    """A chat that can be killed and started again on the same port and files."""

    def __init__(self, index_dir: Path, stack: contextlib.ExitStack) -> None:
        self._index_dir = index_dir
        self._stack = stack
        self.chat: RunningChat = stack.enter_context(running(index_dir))

    def kill_and_restart(self) -> None:
        """Kill the chat, and start it again."""
        self.chat.kill()
        self.chat = self._stack.enter_context(running(self._index_dir, port=self.chat.port))


@pytest.fixture(scope="module")
def temporary_dir(tmp_path_factory) -> Iterator[Path]:
    """Return the folder of the chat's temporary files."""
    with pytest.MonkeyPatch.context() as environment:
        folder = tmp_path_factory.mktemp("temporary")
        environment.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def restartable(tmp_path_factory, temporary_dir):
    with contextlib.ExitStack() as stack:
        yield RestartableChat(tmp_path_factory.mktemp("index") / "none-yet", stack)


@pytest.fixture(scope="module")
def page(restartable):
    with browsing() as page:
        page.goto(restartable.chat.address)
        page.locator(".fn-welcome").wait_for()
        yield page


def open_library(page: Any) -> Any:
    """Reload the page, open the library, and return the rows of its table."""
    page.reload()
    page.get_by_role("button", name="Manage documents").click()
    page.locator("#library .fn-drop-area").wait_for()
    return page.locator("#library tbody tr")


def drop_files(page: Any, *paths: Path) -> None:
    """Drag files and folders onto the library, with the events of a real browser."""
    box = page.locator("#library [data-drop]").bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 5}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def test_dropped_files_and_folders_are_indexed(page, tmp_path):
    """Files in nested folders are uploaded too, into an empty library."""
    write_tree(tmp_path, {"tower.txt": TOWER, "gates/old/gate.md": GATE})
    rows = open_library(page)
    drop_files(page, tmp_path / "tower.txt", tmp_path / "gates")
    expect(rows.locator(".fn-state")).to_have_text(["Indexed"] * 2, timeout=60_000)
    expect(rows.locator(".fn-path")).to_have_text(["gates/old/gate.md", "tower.txt"])
    page.get_by_role("button", name="Close", exact=True).click()

    assert highlighted(page, ask(page, STEPS_QUESTION).locator(".fn-marker").first) == TOWER
    assert highlighted(page, ask(page, GATE_QUESTION).locator(".fn-marker").first) == GATE


def test_kill_during_an_upload_leaves_nothing(page, restartable, temporary_dir):
    """Nothing is left of the half of the file; the open page works on, and no turn is lost."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    upload = http.client.HTTPConnection("127.0.0.1", restartable.chat.port)
    upload.putrequest("POST", "/library/upload?name=half.txt")
    for name, value in {"Cookie": cookies, "Content-Length": "1000", "Expect": "100-continue"}.items():
        upload.putheader(name, value)
    upload.endheaders()
    assert b"100 Continue" in upload.sock.recv(100)  # the chat waits for the file
    upload.send(b"The Silver Well of Velden is 40 metres deep. " * 10)
    address, turns = page.url, page.locator(ANSWERED).count()
    restartable.kill_and_restart()
    assert "Ines Moura" in ask(page, GATE_QUESTION).inner_text()
    rows = open_library(page)

    remains = [path for path in temporary_dir.rglob("*") if path.is_file() and b"Silver" in path.read_bytes()]

    assert remains == []
    expect(rows.locator(".fn-path")).to_have_text(["gates/old/gate.md", "tower.txt"])
    expect(page.locator("#library .fn-indexing")).to_have_count(0)
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(ANSWERED)).to_have_count(turns + 1)
    assert page.url == address


def test_kill_while_indexing_resumes_at_the_start(page, restartable):
    """After the restart the chat answers, and indexes the uploaded file by itself."""
    [long_document] = documents(1, 24)
    text = f"The Silver Well of Velden is 40 metres deep.\n\n{long_document}"
    page.request.post(f"{restartable.chat.origin}/library/upload?name=well.txt", data=text.encode())
    table = ""
    while "Embedding" not in table:
        table = page.request.get(f"{restartable.chat.origin}/library/table").text()
        assert "poll=1" in table  # still indexing
    restartable.kill_and_restart()
    answer = ask(page, STEPS_QUESTION).inner_text()
    rows = open_library(page)
    expect(rows.locator(".fn-state")).to_have_text(["Indexed"] * 3, timeout=60_000)
    page.get_by_role("button", name="Close", exact=True).click()

    assert "312" in answer
    assert "40 metres" in ask(page, "How deep is the Silver Well?").inner_text()
