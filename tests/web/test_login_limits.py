"""Logins over real connections: guessing passwords delays the attacker and nobody else."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from qa.auth.accounts import Accounts, set_password
from qa.auth.revoked_sessions import RevokedSessions
from qa.auth.sessions import Sessions
from qa.web.access_key import AccessKey
from qa.web.fair_limiter import FairLimiter
from qa.web.middleware import SecurityMiddleware, owner_of
from qa.web.routes.login import LOGIN_SHARES, login_routes
from tests.web.sockets import client, connect, serving, status, wait_for_waiting

ANN = {"name": "ann", "password": "correct horse"}
WRONG_PASSWORD = {"name": "ann", "password": "a wrong word"}
ATTACKER, HOME = "127.0.0.2", "127.0.0.1"


class SlowHasher(PasswordHasher):
    """A cheap hasher whose verifications wait until they are released, once *slow* is set."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.slow = threading.Event()
        self.verified: list[bytes] = []
        self.started = threading.Semaphore(0)
        self._released = threading.Semaphore(0)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 (argon2's name)
        self.verified.append(password if isinstance(password, bytes) else password.encode())
        self.started.release()
        if self.slow.is_set():
            self._released.acquire(timeout=60)
        return super().verify(hash, password)

    def release(self, verifications: int = 1) -> None:
        self._released.release(verifications)


@pytest.fixture
def hasher() -> SlowHasher:
    return SlowHasher()


@pytest.fixture
def accounts(tmp_path: Path, hasher: SlowHasher) -> Accounts:
    path = tmp_path / "users.toml"
    set_password(path, ANN["name"], ANN["password"], hasher)
    return Accounts(path, hasher=hasher)


@pytest.fixture
def limiter() -> FairLimiter:
    return FairLimiter("login", LOGIN_SHARES)


@pytest.fixture
def port(tmp_path, accounts, hasher, limiter) -> Iterator[int]:
    """Serve the real login, and an application that responds with the owner, from a thread."""
    revoked = RevokedSessions(tmp_path / "sessions.sqlite")
    sessions = Sessions(tmp_path / "key", "account", revoked=revoked)
    echo_owner = Route("/{path:path}", lambda request: PlainTextResponse(owner_of(request)))
    routes = [*login_routes(accounts, sessions, limiter), echo_owner]
    app = SecurityMiddleware(Starlette(routes=routes), sessions, accounts, AccessKey(), HOME)
    with serving(app) as port:
        try:
            yield port
        finally:
            hasher.release(1000)


def login_request(form: dict[str, str]) -> bytes:
    body = urlencode(form)
    kind = "Content-Type: application/x-www-form-urlencoded"
    head = ["POST /login HTTP/1.1", "Host: localhost", kind, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(head).encode()


def test_wrong_passwords_delay_no_other_address(port):
    """More than a hundred, for her account and for others."""
    with client(port, ATTACKER) as attacker, client(port) as ann:
        for number in range(60):
            attacker.post("/login", data=WRONG_PASSWORD)
            refused = attacker.post("/login", data={**WRONG_PASSWORD, "name": f"name {number}"})
        right = attacker.post("/login", data=ANN)

        assert ann.post("/login", data=ANN).status_code == 303
        assert (refused.status_code, right.status_code) == (429, 429)
        assert int(refused.headers["retry-after"]) > 0
        assert "Too many wrong passwords" in right.text


def test_many_logins_do_not_delay_open_sessions(port, hasher):
    """Eighty logins, whose passwords take as long as they like."""
    with client(port) as ann, contextlib.ExitStack() as stack:
        ann.post("/login", data=ANN)
        hasher.slow.set()
        for _ in range(80):
            stack.enter_context(connect(port, login_request(WRONG_PASSWORD), ATTACKER))

        assert {ann.get("/anything").text for _ in range(100)} == {"account:ann"}


def test_many_logins_do_not_delay_another_address(port, hasher, limiter):
    """Another address's login is next after the one that is being checked."""
    hasher.slow.set()
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(connect(port, login_request(WRONG_PASSWORD), ATTACKER))
        assert hasher.started.acquire(timeout=30)
        waiting = [
            stack.enter_context(connect(port, login_request(WRONG_PASSWORD), ATTACKER)) for _ in range(80)
        ]
        refused = [status(connection) for connection in waiting[:76]]
        ann = stack.enter_context(connect(port, login_request(ANN)))
        wait_for_waiting(port, limiter, HOME)
        hasher.release(2)

        assert status(ann) == 303
        assert hasher.verified[:2] == [b"a wrong word", b"correct horse"]
        assert set(refused) == {429}
        assert status(first) == 403


@pytest.mark.parametrize("name", ["x" * 50_000, "\ufdfa" * 5_000])
def test_long_name_is_refused_and_not_stored(port, accounts, name):
    """Normalised, the second name has 90,000 letters."""
    with client(port) as attacker:
        responses = [
            attacker.post("/login", data={"name": name + str(n), "password": "x"}) for n in range(10)
        ]

    assert {response.status_code for response in responses} == {403}
    assert len(accounts._limiter) == 0


def test_logout_ends_the_session(port, tmp_path, accounts):
    """A copied cookie is invalid too, also after a restart; her other browser stays logged in."""
    with client(port) as ann, client(port) as phone, client(port) as copied:
        for browser in (ann, phone):
            browser.post("/login", data=ANN)
        copied.cookies.update(ann.cookies)
        ann.get("/")  # renews the cookie
        assert [browser.get("/x").status_code for browser in (ann, phone, copied)] == [200, 200, 200]
        ann.post("/logout")

        assert [browser.get("/x").status_code for browser in (phone, copied)] == [200, 401]
        restarted = Sessions(
            tmp_path / "key", "account", revoked=RevokedSessions(tmp_path / "sessions.sqlite")
        )
        owners = [
            restarted.decode_cookie(
                browser.cookies["footnote"], lambda owner: accounts.credential_version("ann")
            )
            for browser in (phone, copied)
        ]
        assert owners == ["account:ann", None]


def test_unreadable_session_list_refuses_everybody(port, tmp_path, caplog):
    """The response names no file; the log does."""
    with client(port) as ann:
        ann.post("/login", data=ANN)
        (tmp_path / "sessions.sqlite").write_bytes(b"no database" * 1000)
        response = ann.get("/x")

        assert (response.status_code, response.text) == (
            500,
            "The chat can’t check who is logged in. See its log for the reason.",
        )
        assert "sessions.sqlite" in caplog.text
