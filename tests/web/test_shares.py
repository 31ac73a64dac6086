"""Several people use one chat, and each gets their share."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.auth.accounts import set_admin, set_password
from qa.chat.answer_jobs import MAX_RUNNING, MAX_RUNNING_EACH, MAX_WAITING_EACH
from tests.bench.load import LoadClient
from tests.bench.process import footnote
from tests.fakes import llm_server
from tests.fakes.folder import write_tree
from tests.web.server import RunningChat, running
from tests.web.sockets import connect, status

PASSWORD = "correct horse"
PEOPLE = ["ann", "bob", "eve"]
GUEST = "zoe"
"""Who is no administrator."""
QUESTION = "Who mapped Lake Orin?"
LAKE = "Lake Orin lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller."
SLOW_ANSWER = ["Anna ", llm_server.PAUSE, "Keller [1]."]
SETTINGS = {
    "FOOTNOTE_ANSWERER": "llm",
    "FOOTNOTE_LLM_MODEL": "scripted",
    "FOOTNOTE_MAX_UPLOADS": "4",
    "FOOTNOTE_MAX_UPLOADS_EACH": "2",
    "FOOTNOTE_MAX_UPLOADS_EACH_MB": "1",
}


@pytest.fixture(scope="module")
def chat(tmp_path_factory) -> Iterator[tuple[RunningChat, llm_server.ScriptedLlmServer]]:
    """Serve a chat with accounts for three people and a slow language model."""
    folder: Path = tmp_path_factory.mktemp("shares")
    corpus = write_tree(folder / "corpus", {"lake.txt": LAKE})
    assert footnote("index", str(corpus), "--quiet", index_dir=folder / "index").code == 0
    for name in (*PEOPLE, GUEST):
        set_password(folder / "users.toml", name, PASSWORD)
        set_admin(folder / "users.toml", name, name != GUEST)
    with (
        llm_server.serving(*[SLOW_ANSWER] * 100) as language_model,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in SETTINGS.items():
            environment.setenv(name, value)
        environment.setenv("FOOTNOTE_LLM_BASE_URL", language_model.url)
        environment.setenv("FOOTNOTE_DATA_DIR", str(folder / "data"))
        with running(folder / "index", "--auth", str(folder / "users.toml")) as chat:
            yield chat, language_model


@pytest.fixture
def clients(chat) -> Iterator[list[LoadClient]]:
    opened = [LoadClient(chat[0].address, (name, PASSWORD)) for name in PEOPLE]
    yield opened
    for client in opened:
        client.close()


def test_questions_are_answered_in_turn(chat, clients):
    """One person's fifty questions wait behind another's first; those beyond the share are refused."""
    ann, bob, eve = clients
    max_accepted = MAX_RUNNING_EACH + MAX_WAITING_EACH
    anns = [ann.start(QUESTION) for _ in range(50)]
    eves = [eve.start(QUESTION) for _ in range(MAX_RUNNING - MAX_RUNNING_EACH)]
    bobs = bob.poll(bob.start(QUESTION))
    refused = anns[max_accepted:]

    assert re.findall(r"number (\d+) in the queue", bobs) == ["1"]
    assert {"20 of your questions are already in the queue" in turn for turn in refused} == {True}
    chat[1].resume.set()
    while "data-running" in bobs:
        bobs = bob.poll(bobs)
    assert "Anna Keller" in bobs
    for turn in anns[:max_accepted]:
        ann.cancel(turn)
    for turn in eves:
        eve.cancel(turn)


@pytest.fixture
def browsers(chat) -> Iterator[dict[str, httpx.Client]]:
    """Return an HTTP client for each person, which is logged in."""
    with contextlib.ExitStack() as stack:
        logged_in = {}
        for name in PEOPLE:
            browser = stack.enter_context(httpx.Client(base_url=chat[0].address, timeout=60))
            browser.post("/login", data={"name": name, "password": PASSWORD})
            logged_in[name] = browser
        yield logged_in


def upload_file(browser: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return browser.post("/library/upload", params={"name": name}, content=content)


def head(browser: httpx.Client, *lines: str, path: str = "/library/upload?name=x.txt") -> bytes:
    """Return the headers of an upload."""
    cookie = f"Cookie: footnote={browser.cookies['footnote']}"
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: 127.0.0.1", cookie, *lines, "", ""]).encode()


def test_only_administrators_change_the_library(chat):
    """Others see the documents, without what changes them."""
    with httpx.Client(base_url=chat[0].address, timeout=60) as browser:
        browser.post("/login", data={"name": GUEST, "password": PASSWORD})
        shown = browser.get("/library")
        refused = [
            upload_file(browser, "x.txt", b"x"),
            *(
                browser.post(f"/library/{action}", data={"key": "x", "title": "x", "text": "x"})
                for action in (
                    "remove", "restore", "purge", "rename", "text", "refresh", "rebuild", "cancel"
                )
            ),
        ]  # fmt: skip

    assert {response.status_code for response in refused} == {403}
    assert "Only an administrator can change the documents" in refused[0].text
    assert "lake" in shown.text
    assert not {"Choose files", "Exclude", "Rename"} & set(re.findall(r"[A-Z][a-z ]+", shown.text))


def test_large_upload_is_refused_before_it_is_sent(chat, browsers):
    """Its declared size is more than the person may upload."""
    with connect(chat[0].port, head(browsers["bob"], "Content-Length: 1000001")) as connection:
        assert status(connection) == 413


def test_one_person_can_upload_two_files_at_once(chat, browsers):
    """A third one has to wait, but another person's doesn't."""
    upload_head = head(
        browsers["bob"], "Content-Length: 1", "Expect: 100-continue", path="/library/upload?name=x.exe"
    )
    with connect(chat[0].port, upload_head) as first, connect(chat[0].port, upload_head) as second:
        assert [status(first), status(second)] == [100, 100]  # the server waits for the file
        statuses = [upload_file(browsers[name], "y.exe", b"x").status_code for name in ("bob", "eve")]
        for upload in (first, second):
            upload.sendall(b"x")

        assert [status(first), status(second)] == [200, 200]
        assert statuses == [429, 200]
        assert upload_file(browsers["bob"], "y.exe", b"x").status_code == 200


def test_uploads_are_limited_for_each_person(browsers):
    """The reason and the advice are one line."""
    responses: dict[str, list[Any]] = {
        name: [upload_file(browsers[name], f"{name}{n}.txt", f"{name} {n}".encode()) for n in range(3)]
        for name in PEOPLE
    }
    texts = {name: [response.text for response in own] for name, own in responses.items()}

    assert texts["ann"][:2] == texts["bob"][:2] == ["", ""]
    assert (
        "exceeds the number of files that one person can upload (the limit is 2). Remove some"
        in texts["ann"][2]
    )
    assert "exceeds the number of files that can be uploaded (the limit is 4). Remove some" in texts["eve"][0]
