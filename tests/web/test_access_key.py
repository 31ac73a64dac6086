"""The access key: without accounts, nobody gets a session who doesn't have the printed address."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.auth.accounts import Accounts, set_password
from qa.auth.sessions import Sessions
from qa.web import strings
from qa.web.access_key import AccessKey, split_key
from qa.web.middleware import COOKIE
from tests.texts import texts
from tests.web.test_middleware import ADDRESS, CHEAP, KEY, client, guest_client


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ["/", "/library", "/conversations/export", "/assets/index.js", "/login"])
def test_without_the_key_everything_is_refused(tmp_path, method, path):
    """No part of the page, and no part of Gradio, is there for another user of the machine."""
    reply = client(tmp_path).request(method, path)

    assert reply.status_code == 401
    assert "set-cookie" not in reply.headers
    assert method == "HEAD" or strings.OPEN_PRINTED_ADDRESS in reply.text


@pytest.mark.parametrize("query", ["key=", "key=wrong", "key", "key=é", "Key={}", "keys={}", "k=%6bey%3D{}"])
def test_a_wrong_key_is_refused(tmp_path, query):
    """Whatever it is instead, or wherever it stands instead."""
    reply = client(tmp_path).get("/?" + query.format(KEY.address("").removeprefix("/?key=")))

    assert reply.status_code == 401
    assert "set-cookie" not in reply.headers


@given(st.text())
def test_hyp_no_text_is_the_key(text):
    """The empty text and lone surrogates included."""
    assert not KEY.matches(text)


@given(
    st.sampled_from(["", "wrong", "é&=?"]), st.dictionaries(st.sampled_from(["talk", "é", "Key"]), texts())
)
def test_hyp_a_key_is_taken_out_of_its_query(key, fields):
    """Every other field stays as it is."""
    found, rest = split_key(urlencode({**fields, "key": key}))

    assert found == key
    assert dict(parse_qsl(rest, keep_blank_values=True)) == fields


def test_the_key_begins_a_session_and_leaves_the_address(tmp_path):
    """It is in neither the address bar nor the history; a conversation's address is kept."""
    browser = client(tmp_path)
    reply = browser.get(KEY.address(ADDRESS) + "&conversation=abc")

    assert reply.status_code == 303
    assert reply.headers["location"] == "/?conversation=abc"
    assert browser.get("/").text.startswith("guest:")


def test_the_key_opens_a_second_browser_as_another_guest(tmp_path):
    """It is good for as long as the chat runs; what one browser asks, the other doesn't see."""
    first, second = guest_client(tmp_path), guest_client(tmp_path)

    assert first.get("/").text != second.get("/").text


def test_the_key_opened_again_keeps_the_guest(tmp_path):
    """Whoever has a session goes on with it."""
    browser = guest_client(tmp_path)
    owner = browser.get("/").text
    browser.get(KEY.address(ADDRESS))

    assert browser.get("/").text == owner


def test_a_session_outlives_the_key(tmp_path):
    """After a restart the page goes on as it was, also at an address with the key of before."""
    browser = guest_client(tmp_path)
    owner = browser.get("/").text
    reply = browser.get(AccessKey().address(ADDRESS))

    assert reply.headers["location"] == "/"
    assert browser.get("/").text == owner


def test_a_cookie_of_before_there_was_a_key_needs_it_once(tmp_path):
    """Anybody could have got one; with the key, its conversations are still there."""
    browser = client(tmp_path)
    browser.cookies.set(
        COOKIE, Sessions(tmp_path / "key", "guest").encode_cookie("guest:ann"), domain="127.0.0.1"
    )
    refused = browser.get("/").status_code
    browser.get(KEY.address(ADDRESS))

    assert refused == 401
    assert browser.get("/").text == "guest:ann"


def test_with_accounts_a_key_opens_nothing(tmp_path):
    """There a password begins a session, and nothing else does."""
    set_password(tmp_path / "users.toml", "ann", "correct horse", CHEAP)
    browser = client(tmp_path, accounts=Accounts(tmp_path / "users.toml", hasher=CHEAP))
    reply = browser.get(KEY.address(ADDRESS))

    assert reply.headers["location"] == "/login"
    assert "set-cookie" not in reply.headers
