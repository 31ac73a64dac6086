"""The access key: without accounts, only who has the printed address gets a session."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.auth.accounts import Accounts, set_password
from qa.auth.sessions import LOCAL_OWNER, Sessions
from qa.web import strings
from qa.web.access_key import AccessKey, split_key
from qa.web.middleware import COOKIE
from tests.texts import texts
from tests.web.test_middleware import ADDRESS, CHEAP_HASHER, KEY, client, guest_client


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ["/", "/library", "/conversations/export", "/assets/index.js", "/login"])
def test_without_the_key_everything_is_refused(tmp_path, method, path):
    """Another user of the computer reaches no part of the page and no part of Gradio."""
    response = client(tmp_path).request(method, path)

    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert method == "HEAD" or strings.OPEN_PRINTED_ADDRESS in response.text


@pytest.mark.parametrize("query", ["key=", "key=wrong", "key", "key=é", "Key={}", "keys={}", "k=%6bey%3D{}"])
def test_wrong_key_is_refused(tmp_path, query):
    """Whatever the query has instead of the right key."""
    response = client(tmp_path).get("/?" + query.format(KEY.address("").removeprefix("/?key=")))

    assert response.status_code == 401
    assert "set-cookie" not in response.headers


@given(st.text())
def test_hyp_no_text_is_the_key(text):
    """Any text, even empty or with lone surrogates, can be compared to the key."""
    assert not KEY.matches(text)


@given(
    st.sampled_from(["", "wrong", "é&=?"]),
    st.dictionaries(st.sampled_from(["conversation", "é", "Key"]), texts()),
)
def test_hyp_key_is_removed_from_its_query(key, fields):
    """The other fields stay as they are."""
    removed, remaining = split_key(urlencode({**fields, "key": key}))

    assert removed == key
    assert dict(parse_qsl(remaining, keep_blank_values=True)) == fields


def test_key_starts_a_session_and_is_removed(tmp_path):
    """The redirect keeps the conversation in the address."""
    browser = client(tmp_path)
    response = browser.get(KEY.address(ADDRESS) + "&conversation=abc")

    assert response.status_code == 303
    assert response.headers["location"] == "/?conversation=abc"
    assert browser.get("/").text == LOCAL_OWNER


def test_every_browser_has_the_same_owner(tmp_path):
    """The key can be used again; limits count each browser by itself."""
    first, second = guest_client(tmp_path), guest_client(tmp_path)

    assert first.get("/").text == second.get("/").text == LOCAL_OWNER
    assert first.cookies[COOKIE] != second.cookies[COOKIE]


def test_key_in_a_session_keeps_the_guest(tmp_path):
    """A browser with a session keeps its owner when the key is opened again."""
    browser = guest_client(tmp_path)
    owner = browser.get("/").text
    browser.get(KEY.address(ADDRESS))

    assert browser.get("/").text == owner


def test_session_outlives_the_key(tmp_path):
    """After a restart the cookie is still valid, even with an address that has the old key."""
    browser = guest_client(tmp_path)
    owner = browser.get("/").text
    response = browser.get(AccessKey().address(ADDRESS))

    assert response.headers["location"] == "/"
    assert browser.get("/").text == owner


def test_cookie_without_a_version_needs_the_key_once(tmp_path):
    """Anybody on the computer could have got it without the key."""
    browser = client(tmp_path)
    browser.cookies.set(
        COOKIE, Sessions(tmp_path / "key", "guest").encode_cookie("guest:ann"), domain="127.0.0.1"
    )
    refused = browser.get("/").status_code
    browser.get(KEY.address(ADDRESS))

    assert refused == 401
    assert browser.get("/").text == LOCAL_OWNER


def test_key_is_ignored_with_accounts(tmp_path):
    """Only a password begins a session."""
    set_password(tmp_path / "users.toml", "ann", "correct horse", CHEAP_HASHER)
    browser = client(tmp_path, accounts=Accounts(tmp_path / "users.toml", hasher=CHEAP_HASHER))
    response = browser.get(KEY.address(ADDRESS))

    assert response.headers["location"] == "/login"
    assert "set-cookie" not in response.headers
