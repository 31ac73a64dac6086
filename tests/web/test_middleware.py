"""The door: who comes in, and as whom."""

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
from qa.auth.sessions import ACCOUNT_DAYS, Sessions, account_id
from qa.web.access_key import AccessKey
from qa.web.middleware import COOKIE, GUEST_VERSION, SecurityMiddleware, owner_of
from qa.web.routes.login import login_routes
from tests.fakes.clock import Clock
from tests.qa.auth.test_sessions import DAY

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ADDRESS = "http://127.0.0.1:7860"
KEY = AccessKey()


def client(
    tmp_path,
    *,
    accounts: Accounts | None = None,
    host: str = "127.0.0.1",
    clock: Callable[[], float] = time.time,
) -> TestClient:
    """A browser before an application that says whose request it is; it has no session yet."""
    sessions = Sessions(tmp_path / "key", "account" if accounts else "guest", clock)
    say = Route("/{path:path}", lambda request: PlainTextResponse(owner_of(request)), methods=["GET", "POST"])
    app = Starlette(routes=[*(login_routes(accounts, sessions) if accounts else []), say])
    return TestClient(
        SecurityMiddleware(app, sessions, accounts, KEY, host), base_url=ADDRESS, follow_redirects=False
    )


def guest_client(tmp_path) -> TestClient:
    """The same, with a session that the key began."""
    browser = client(tmp_path)
    assert browser.get(KEY.address(ADDRESS)).status_code == 303
    return browser


@pytest.fixture
def accounts(tmp_path) -> Accounts:
    set_password(tmp_path / "users.toml", "ann", "correct horse", CHEAP)
    return Accounts(tmp_path / "users.toml", hasher=CHEAP)


def test_a_guest_stays_the_same_by_a_cookie(tmp_path):
    """No script can read it, and no other site's form sends it."""
    browser = guest_client(tmp_path)
    first = browser.get("/")

    assert first.text.startswith("guest:")
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=Lax" in first.headers["set-cookie"]
    assert browser.get("/anything").text == first.text


def test_a_forged_cookie_opens_nothing(tmp_path):
    """An owner's id alone is no session."""
    forged = Sessions(tmp_path / "other-key", "guest").encode_cookie("guest:somebody", GUEST_VERSION)
    browser = client(tmp_path)
    browser.cookies.set(COOKIE, forged)

    assert browser.get("/").status_code == 401


@pytest.mark.parametrize(
    "foreign", ['prefs={"a":1}', "flag", "path=/foo", "a=b c", "x=é", "", "=", 'a="', f"{COOKIE}s=x"]
)
def test_a_cookie_of_another_program_hides_no_owner(tmp_path, foreign):
    """Whatever it holds, and on whichever side of ours it stands."""
    browser = guest_client(tmp_path)
    owner = browser.get("/").text
    ours = f"{COOKIE}={browser.cookies[COOKIE]}"
    sent = [f"{foreign}; {ours}", f"{ours}; {foreign}"]

    assert [owner] * 2 == [browser.get("/x", headers={b"cookie": line.encode()}).text for line in sent]


def test_a_page_under_another_name_is_refused_on_loopback(tmp_path):
    """A page elsewhere could let its own name lead to this machine."""
    reply = client(tmp_path).get("/", headers={"host": "attacker.example:7860"})

    assert reply.status_code == 403
    assert "Host not allowed" in reply.text


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1:7860", "[::1]:7860", "127.0.0.1"])
def test_loopback_goes_by_its_own_names(tmp_path, host):
    """By number, old and new, and by name."""
    assert client(tmp_path).get("/", headers={"host": host}).status_code == 401  # only the key is missing


def test_another_pages_form_is_refused(tmp_path):
    """Even where a browser would send the cookie along."""
    browser = guest_client(tmp_path)

    assert browser.post("/x", headers={"origin": "http://attacker.example"}).status_code == 403
    assert browser.post("/x", headers={"origin": ADDRESS}).status_code == 200


def test_with_accounts_nobody_comes_in_without_a_password(tmp_path, accounts):
    """The page leads to the login; everything else is refused, a guest's cookie too."""
    browser = client(tmp_path, accounts=accounts)
    browser.cookies.set(COOKIE, Sessions(tmp_path / "key", "guest").encode_cookie("guest:somebody"))

    assert browser.get("/").headers["location"] == "/login"
    assert browser.get("/library").status_code == 401
    assert browser.post("/gradio_api/queue/join").status_code == 401


def test_a_password_opens_the_chat_until_one_logs_out(tmp_path, accounts):
    """And the owner is the account's."""
    browser = client(tmp_path, accounts=accounts)
    entered = browser.post("/login", data={"name": "ann", "password": "correct horse"})

    assert entered.headers["location"] == "/"
    assert browser.get("/").text == account_id("ann")
    browser.post("/logout")
    assert browser.get("/").headers["location"] == "/login"


def test_a_wrong_password_is_said_and_then_locked(tmp_path, accounts):
    """Nothing says whether there is such a name; the name comes back as text."""
    browser = client(tmp_path, accounts=accounts)
    said = [browser.post("/login", data={"name": "<b>bob", "password": "wrong"}) for _ in range(6)]

    assert said[0].status_code == 403
    assert "Wrong name or password" in said[0].text
    assert "<b>" not in said[0].text
    assert "Too many wrong passwords" in said[-1].text


def test_a_head_of_the_login_is_no_try(tmp_path, accounts):
    """A program that looks whether the page is there locks nobody out."""
    browser = client(tmp_path, accounts=accounts)
    looked = {browser.head("/login").status_code for _ in range(FREE_TRIES + 1)}

    assert looked == {200}
    assert browser.post("/login", data={"name": "ann", "password": "correct horse"}).status_code == 303


def test_a_login_is_not_read_beyond_any_name_and_password(tmp_path, accounts):
    """Nobody is known yet, so that anybody could fill the memory."""
    browser = client(tmp_path, accounts=accounts)
    reply = browser.post("/login", data={f"field{number}": "x" * 1000 for number in range(500)})

    assert reply.status_code == 413
    assert "The form is too long." in reply.text


def test_an_account_that_was_removed_is_out_at_once(tmp_path, accounts):
    """Its cookie is still good, and opens nothing."""
    set_password(tmp_path / "users.toml", "bob", "battery staple", CHEAP)
    browser = client(tmp_path, accounts=accounts)
    browser.post("/login", data={"name": "bob", "password": "battery staple"})
    assert browser.get("/").text == account_id("bob")
    remove(tmp_path / "users.toml", "bob")

    assert browser.get("/").status_code == 303


def test_who_visits_now_and_then_stays_logged_in(tmp_path, accounts):
    """A visit renews the cookie; without one it ends when it was said to."""
    clock = Clock()
    browser = client(tmp_path, accounts=accounts, clock=clock)
    browser.post("/login", data={"name": "ann", "password": "correct horse"})
    for _ in range(3):
        clock.now += ACCOUNT_DAYS * DAY
        assert browser.get("/").text == account_id("ann")

    clock.now += ACCOUNT_DAYS * DAY + 1
    assert browser.get("/").headers["location"] == "/login"


def test_another_password_ends_the_sessions_of_the_former_one(tmp_path, accounts):
    """Whoever learned the old one is out at once, and its cookie can't be used again."""
    browser = client(tmp_path, accounts=accounts)
    browser.post("/login", data={"name": "ann", "password": "correct horse"})
    assert browser.get("/").text == account_id("ann")
    set_password(tmp_path / "users.toml", "ann", "battery staple", CHEAP)

    assert browser.get("/").status_code == 303
    browser.post("/login", data={"name": "ann", "password": "battery staple"})
    assert browser.get("/").text == account_id("ann")
