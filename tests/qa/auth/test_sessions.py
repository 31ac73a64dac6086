"""Session cookies: encoding, decoding and ending sessions."""

import base64
import contextlib
import json
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.auth.revoked_sessions import RevokedSessions
from qa.auth.sessions import ACCOUNT_DAYS, GUEST_DAYS, Sessions, account_id, account_name, new_guest_id
from qa.errors import InvalidSessionKey, SessionsUnavailable
from tests.fakes.clock import DAY, Clock


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "data" / "session.key"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(key: Path, clock: Clock) -> Sessions:
    return Sessions(key, "account", clock)


@given(st.text(max_size=100))
def test_hyp_a_cookie_decodes_to_its_owner(tmp_path_factory, owner):
    """Any owner id is encoded with characters that a header allows."""
    sessions = Sessions(tmp_path_factory.getbasetemp() / "hyp.key", "account")
    cookie = sessions.encode_cookie(owner)

    assert sessions.decode_cookie(cookie) == owner
    assert set(cookie) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_changed_credential_version_ends_the_session(sessions):
    """A cookie without a version is refused where one is expected, and the reverse."""
    stamped, plain = sessions.encode_cookie("account:ann", "one"), sessions.encode_cookie("account:ann")

    assert sessions.decode_cookie(stamped, lambda owner: "one") == "account:ann"
    assert sessions.decode_cookie(stamped, lambda owner: "two") is None
    assert sessions.decode_cookie(stamped) is None
    assert sessions.decode_cookie(plain, lambda owner: "one") is None
    assert sessions.decode_cookie(plain, lambda owner: None) is None


@given(st.data())
def test_hyp_an_altered_cookie_is_refused(tmp_path_factory, data):
    """Any character may be changed, added or removed."""
    sessions = Sessions(tmp_path_factory.getbasetemp() / "hyp.key", "account")
    cookie = sessions.encode_cookie("account:ann")
    at = data.draw(st.integers(0, len(cookie)))
    altered = cookie[:at] + data.draw(st.text(max_size=3)) + cookie[at + data.draw(st.integers(0, 3)) :]

    # The last sign of the signature holds two bits that mean nothing, as base64 has it.
    if altered[:-1] != cookie[:-1]:
        assert sessions.decode_cookie(altered) is None


@pytest.mark.parametrize("signs", ["::", "    ", "=", "\n\n\n\n", "+"])
def test_a_cookie_has_only_one_spelling(sessions: Sessions, signs):
    """Characters that base64 decoding would ignore make a cookie invalid."""
    cookie = sessions.encode_cookie("account:ann")

    assert {None} == {
        sessions.decode_cookie(cookie[:at] + signs + cookie[at:]) for at in range(len(cookie) + 1)
    }


@pytest.mark.parametrize("cookie", [None, "", "x", "...", "\ud800", "é", "x" * 100_000, "e30.e30.e30", "\0"])
def test_a_value_that_is_not_a_cookie_is_refused(sessions: Sessions, cookie):
    """Whatever a browser sends causes no error."""
    assert sessions.decode_cookie(cookie) is None


def test_the_owner_of_a_cookie_cannot_be_replaced(sessions: Sessions):
    """The payload is readable, but the signature covers it."""
    payload, *rest = sessions.encode_cookie("account:ann").split(".")
    held = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert held[0] == "account:ann"

    forged = base64.urlsafe_b64encode(json.dumps(["account:bob", *held[1:]]).encode()).decode().rstrip("=")
    assert sessions.decode_cookie(".".join([forged, *rest])) is None


def test_a_cookie_ends(sessions: Sessions, clock: Clock):
    """After thirty days; signed again on the last, it lasts thirty more."""
    cookie = sessions.encode_cookie("account:ann")
    clock.now += ACCOUNT_DAYS * DAY
    again = sessions.encode_cookie("account:ann")
    assert sessions.decode_cookie(cookie) == "account:ann"

    clock.now += 1
    assert sessions.decode_cookie(cookie) is None
    assert sessions.decode_cookie(again) == "account:ann"


def test_a_cookie_from_the_future_is_refused(sessions: Sessions, clock: Clock):
    """It would be valid for too long."""
    clock.now += 10 * DAY
    cookie = sessions.encode_cookie("account:ann")
    clock.now -= 10 * DAY

    assert sessions.decode_cookie(cookie) is None


def test_a_guests_cookie_lasts_longer(key: Path, clock: Clock):
    """Who never logged in can't log in again to find their conversations."""
    sessions = Sessions(key, "guest", clock)
    cookie = sessions.encode_cookie(new_guest_id())
    clock.now += GUEST_DAYS * DAY

    assert sessions.decode_cookie(cookie)
    assert sessions.seconds == GUEST_DAYS * DAY


def test_a_guest_cookie_is_not_an_account_cookie(key: Path, clock: Clock):
    """Nor the reverse, though both are signed with one key."""
    guests, holders = Sessions(key, "guest", clock), Sessions(key, "account", clock)

    assert holders.decode_cookie(guests.encode_cookie("account:ann")) is None
    assert guests.decode_cookie(holders.encode_cookie("guest:ann")) is None


def test_a_restart_ends_no_session(key: Path, clock: Clock, sessions: Sessions):
    """The key stays; another key reads nothing."""
    cookie = sessions.encode_cookie("account:ann")
    assert Sessions(key, "account", clock).decode_cookie(cookie) == "account:ann"

    key.unlink()
    assert Sessions(key, "account", clock).decode_cookie(cookie) is None


def test_the_key_is_its_owners_alone(key: Path, sessions: Sessions):
    """256 random bits, mode 0600, and nothing else in the folder."""
    assert len(bytes.fromhex(key.read_text())) == 32
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [file.name for file in key.parent.iterdir()] == ["session.key"]


def test_concurrent_starts_share_one_key(key: Path, clock: Clock):
    """Otherwise the second process would end the sessions of the first."""
    start = threading.Barrier(8)
    cookies: list[str] = []

    def begin() -> None:
        start.wait()
        cookies.append(Sessions(key, "account", clock).encode_cookie("account:ann"))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [Sessions(key, "account", clock).decode_cookie(cookie) for cookie in cookies] == [
        "account:ann"
    ] * 8


def test_an_invalid_key_is_one_line(key: Path, sessions: Sessions):
    """It may be too short, writable by others, or in a place where no file can be."""
    key.write_bytes(b"short")
    with pytest.raises(
        InvalidSessionKey, match=r"is not a session key\. Delete it; everyone then has to log in again\.$"
    ):
        Sessions(key, "account")

    key.chmod(0o666)
    with pytest.raises(InvalidSessionKey, match=r"other users can change it\. Run: chmod 600"):
        Sessions(key, "account")
    with pytest.raises(InvalidSessionKey, match="can't be used"):
        Sessions(key / "below", "account")


def test_owners_of_the_two_kinds_are_never_the_same():
    """A name can be chosen, a guest's id can't."""
    assert account_name(account_id("ann:b")) == "ann:b"
    assert account_name(new_guest_id()) is None
    assert account_name("") is None
    assert new_guest_id() != new_guest_id()


# Logging out


@pytest.fixture
def leaving(key: Path, clock: Clock) -> Callable[[], Sessions]:
    """Makes the sessions of a chat that was started now, over the same folder."""
    return lambda: Sessions(key, "account", clock, RevokedSessions(key.with_name("sessions.sqlite"), clock))


def test_an_ended_session_is_refused(leaving):
    """Its renewed cookies are refused, too, also after a restart and in other processes."""
    first, other = leaving(), leaving()
    cookie = first.encode_cookie("account:ann", "stamp")
    renewed = first.encode_cookie("account:ann", "stamp", first.session_of(cookie))
    stays = first.encode_cookie("account:ann", "stamp")
    first.end(renewed)

    for sessions in (first, other, leaving()):
        read = [sessions.decode_cookie(one, lambda owner: "stamp") for one in (cookie, renewed, stays)]
        assert read == [None, None, "account:ann"]


def test_an_ended_session_is_remembered_while_its_cookie_lasts(leaving, clock, key):
    """Then it is forgotten, so that the file doesn't grow."""
    sessions = leaving()
    cookies = [sessions.encode_cookie("account:ann") for _ in range(3)]
    for cookie in cookies[:2]:
        sessions.end(cookie)
    clock.now += ACCOUNT_DAYS * DAY
    assert [sessions.decode_cookie(cookie) for cookie in cookies] == [None, None, "account:ann"]
    clock.now += 1
    sessions.end(sessions.encode_cookie("account:bob"))

    with contextlib.closing(sqlite3.connect(key.with_name("sessions.sqlite"))) as database:
        assert database.execute("SELECT count(*) FROM revoked").fetchone() == (1,)


@pytest.mark.parametrize("cookie", [None, "", "x", "e30.e30.e30"])
def test_ending_an_invalid_session_does_nothing(leaving, key, cookie):
    """Nothing is recorded."""
    leaving().end(cookie)

    with contextlib.closing(sqlite3.connect(key.with_name("sessions.sqlite"))) as database:
        assert database.execute("SELECT count(*) FROM revoked").fetchone() == (0,)


def test_the_ended_sessions_are_their_owners_alone(leaving, key):
    """Mode 0600; where the file can't be used, no cookie is good."""
    sessions = leaving()
    cookie = sessions.encode_cookie("account:ann")
    path = key.with_name("sessions.sqlite")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.write_bytes(b"no database" * 1000)
    with pytest.raises(
        SessionsUnavailable, match=r"^[^\n]+sessions\.sqlite, which records who has logged out"
    ):
        sessions.decode_cookie(cookie)
    with pytest.raises(SessionsUnavailable):
        leaving()
