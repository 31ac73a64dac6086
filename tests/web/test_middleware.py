"""Host and origin checks, sessions and logins."""

import time
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from qa.auth.accounts import Accounts, remove, set_password
from qa.auth.login_limiter import FREE_TRIES
from qa.auth.sessions import ACCOUNT_DAYS, LOCAL_OWNER, Sessions, account_id
from qa.web.access_key import AccessKey
from qa.web.middleware import COOKIE, GUEST_VERSION, SecurityMiddleware, owner_of
from qa.web.routes.login import login_routes
from tests.fakes.clock import DAY, Clock

CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ADDRESS = "http://127.0.0.1:7860"
KEY = AccessKey()


def client(
    tmp_path,
    *,
    accounts: Accounts | None = None,
    host: str = "127.0.0.1",
    clock: Callable[[], float] = time.time,
) -> TestClient:
    """Return a client without a session, in front of an application that responds with the owner."""
    sessions = Sessions(tmp_path / "key", "account" if accounts else "guest", clock)
    echo_owner = Route(
        "/{path:path}", lambda request: PlainTextResponse(owner_of(request)), methods=["GET", "POST"]
    )
    app = Starlette(routes=[*(login_routes(accounts, sessions) if accounts else []), echo_owner])
    return TestClient(
        SecurityMiddleware(app, sessions, accounts, KEY, host), base_url=ADDRESS, follow_redirects=False
    )


def guest_client(tmp_path) -> TestClient:
    """Return a client whose session the key has started."""
    browser = client(tmp_path)
    assert browser.get(KEY.address(ADDRESS)).status_code == 303
    return browser


@pytest.fixture
def accounts(tmp_path) -> Accounts:
    set_password(tmp_path / "users.toml", "ann", "correct horse", CHEAP_HASHER)
    return Accounts(tmp_path / "users.toml", hasher=CHEAP_HASHER)


def test_cookie_identifies_a_guest(tmp_path):
    """No script can read it, and no other site's form sends it."""
    browser = guest_client(tmp_path)
    first = browser.get("/")

    assert first.text == LOCAL_OWNER
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=Lax" in first.headers["set-cookie"]
    assert browser.get("/anything").text == first.text


def test_forged_cookie_is_refused(tmp_path):
    """An owner's id without our signature isn't a session."""
    forged = Sessions(tmp_path / "other-key", "guest").encode_cookie("guest:somebody", GUEST_VERSION)
    browser = client(tmp_path)
    browser.cookies.set(COOKIE, forged)

    assert browser.get("/").status_code == 401


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param('prefs={"a":1}', id="JSON"),
        pytest.param("flag", id="name without a value"),
        pytest.param("path=/foo", id="name of an attribute"),
        pytest.param("a=b c", id="space"),
        pytest.param("x=é", id="not ASCII"),
        pytest.param("", id="empty"),
        pytest.param("=", id="neither name nor value"),
        pytest.param('a="', id="open quotation mark"),
        pytest.param(f"{COOKIE}s=x", id="begins with our name"),
    ],
)
def test_other_cookies_are_ignored(tmp_path, foreign):
    """Their content doesn't matter, nor whether they come before or after ours."""
    browser = guest_client(tmp_path)
    owner = browser.get("/").text
    ours = f"{COOKIE}={browser.cookies[COOKIE]}"
    headers = [f"{foreign}; {ours}", f"{ours}; {foreign}"]

    assert [owner] * 2 == [browser.get("/x", headers={b"cookie": header.encode()}).text for header in headers]


def test_foreign_host_is_refused_on_loopback(tmp_path):
    """A website could let its own name resolve to this computer."""
    response = client(tmp_path).get("/", headers={"host": "attacker.example:7860"})

    assert response.status_code == 403
    assert "Host not allowed" in response.text


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1:7860", "[::1]:7860", "127.0.0.1"])
def test_loopback_hosts_are_allowed(tmp_path, host):
    """This holds for IPv4, IPv6 and localhost, with and without a port."""
    assert client(tmp_path).get("/", headers={"host": host}).status_code == 401  # only the key is missing


def test_cross_origin_form_is_refused(tmp_path):
    """The request is refused even if the browser sends the cookie with it."""
    browser = guest_client(tmp_path)

    assert browser.post("/x", headers={"origin": "http://attacker.example"}).status_code == 403
    assert browser.post("/x", headers={"origin": ADDRESS}).status_code == 200


def test_accounts_require_a_password(tmp_path, accounts):
    """The page redirects to the login; other requests are refused, even with a guest's cookie."""
    browser = client(tmp_path, accounts=accounts)
    browser.cookies.set(COOKIE, Sessions(tmp_path / "key", "guest").encode_cookie("guest:somebody"))

    assert browser.get("/").headers["location"] == "/login"
    assert browser.get("/library").status_code == 401
    assert browser.post("/gradio_api/queue/join").status_code == 401


def test_login_lasts_until_logout(tmp_path, accounts):
    """The owner is that of the account."""
    browser = client(tmp_path, accounts=accounts)
    login = browser.post("/login", data={"name": "ann", "password": "correct horse"})

    assert login.headers["location"] == "/"
    assert browser.get("/").text == account_id("ann")
    browser.post("/logout")
    assert browser.get("/").headers["location"] == "/login"


def test_wrong_passwords_are_refused_then_delayed(tmp_path, accounts):
    """The response doesn't reveal whether the name exists, and escapes it."""
    browser = client(tmp_path, accounts=accounts)
    responses = [browser.post("/login", data={"name": "<b>bob", "password": "wrong"}) for _ in range(6)]

    assert responses[0].status_code == 403
    assert "Wrong name or password" in responses[0].text
    assert "<b>" not in responses[0].text
    assert "Too many wrong passwords" in responses[-1].text


def test_head_of_the_login_is_not_an_attempt(tmp_path, accounts):
    """A program that checks whether the page exists locks nobody out."""
    browser = client(tmp_path, accounts=accounts)
    statuses = {browser.head("/login").status_code for _ in range(FREE_TRIES + 1)}

    assert statuses == {200}
    assert browser.post("/login", data={"name": "ann", "password": "correct horse"}).status_code == 303


def test_too_large_login_form_is_refused(tmp_path, accounts):
    """Anybody could fill the memory otherwise."""
    browser = client(tmp_path, accounts=accounts)
    response = browser.post("/login", data={f"field{number}": "x" * 1000 for number in range(500)})

    assert response.status_code == 413
    assert "The form is too long." in response.text


def test_removed_account_is_logged_out_at_once(tmp_path, accounts):
    """Its cookie's signature is still right, but the session is over."""
    set_password(tmp_path / "users.toml", "bob", "battery staple", CHEAP_HASHER)
    browser = client(tmp_path, accounts=accounts)
    browser.post("/login", data={"name": "bob", "password": "battery staple"})
    assert browser.get("/").text == account_id("bob")
    remove(tmp_path / "users.toml", "bob")

    assert browser.get("/").status_code == 303


def test_visits_renew_the_session(tmp_path, accounts):
    """Without a visit it ends when its time is over."""
    clock = Clock()
    browser = client(tmp_path, accounts=accounts, clock=clock)
    browser.post("/login", data={"name": "ann", "password": "correct horse"})
    for _ in range(3):
        clock.now += ACCOUNT_DAYS * DAY
        assert browser.get("/").text == account_id("ann")

    clock.now += ACCOUNT_DAYS * DAY + 1
    assert browser.get("/").headers["location"] == "/login"


def test_new_password_ends_earlier_sessions(tmp_path, accounts):
    """Whoever learned the old password is logged out at once."""
    browser = client(tmp_path, accounts=accounts)
    browser.post("/login", data={"name": "ann", "password": "correct horse"})
    assert browser.get("/").text == account_id("ann")
    set_password(tmp_path / "users.toml", "ann", "battery staple", CHEAP_HASHER)

    assert browser.get("/").status_code == 303
    browser.post("/login", data={"name": "ann", "password": "battery staple"})
    assert browser.get("/").text == account_id("ann")
