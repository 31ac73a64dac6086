"""The security headers of every response, and the policy of a page."""

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from qa.auth.accounts import set_password
from qa.web.access_key import AccessKey
from qa.web.app import create_app
from qa.web.security_headers import (
    HEADERS,
    INERT_POLICY,
    SecurityHeaders,
    hash_source,
    inline_scripts,
    page_policy,
)
from tests.fakes.services import small_services

CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ATTACKER = {"origin": "http://attacker.example"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Return a client that is logged in, to a chat that listens on a network address."""
    folder = tmp_path_factory.mktemp("chat")
    set_password(folder / "users.toml", "ann", "correct horse", CHEAP_HASHER)
    services = small_services(folder, host="0.0.0.0", auth=folder / "users.toml")
    application = create_app(services, AccessKey())
    with TestClient(application, base_url="http://chat.example", follow_redirects=False) as client:
        login = client.post("/login", data={"name": "ann", "password": "correct horse"})
        assert login.status_code == 303
        yield client


def test_hash_matches_the_specification():
    """The example of Content Security Policy Level 3, section 8.3."""
    assert hash_source("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def test_inline_scripts_are_found_as_in_a_browser():
    """With text that looks like a tag or an entity, and without scripts that have a URL."""
    first, second = '1 < 2 && "</p>&amp;"', "\n"
    with_url = '<script src="/x.js"></script>'
    html = f'<p>&lt;script></p><script a="1">{first}</SCRIPT>{with_url}<SCRIPT>{second}</script >'

    assert inline_scripts(html) == [first, second]


def test_page_policy_allows_only_its_scripts():
    """By their hashes, without other inline code, event handlers or hosts."""
    policy = page_policy("<script>one</script><p onclick='three'>", "<style></style><script>two</script>")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))

    assert directives["script-src"].split() == ["'self'", hash_source("one"), hash_source("two")]
    assert directives["default-src"] == "'none'"
    assert not {"http:", "https:", "*", "blob:"} & set(policy.replace(";", "").split())


@pytest.mark.parametrize("path", ["/", "/login"])
def test_no_page_allows_unsafe_inline_scripts(client, path):
    """Not even our own pages."""
    directives = dict(
        part.strip().split(" ", 1) for part in client.get(path).headers["content-security-policy"].split(";")
    )

    assert "'unsafe-inline'" not in directives["script-src"]
    assert "'sha256-" in directives["script-src"]


@pytest.mark.parametrize(
    "path",
    [
        "/conversations",
        "/conversations/export?format=json",
        "/turns/rated",
        "/documents",
        "/library",
        "/source/open?footnote=x",
        "/source/page?footnote=x&number=1",
        "/theme.css",
        "/favicon.ico",
        "/nowhere",
        "/gradio_api/file=x.svg",
    ],
)
def test_other_responses_are_inert(client, path):
    """Opened as a document, they run nothing and have no origin."""
    assert client.get(path).headers["content-security-policy"] == INERT_POLICY
    assert "sandbox" in INERT_POLICY


@pytest.mark.parametrize(
    "path", ["/", "/?conversation=x", "/login", "/documents", "/turns/rated", "/source/open?footnote=x"]
)
def test_private_responses_are_not_cached(client, path):
    """After a logout neither the page nor its data is in the browser's cache."""
    assert "no-store" in client.get(path).headers["cache-control"]


def test_responses_with_answers_are_not_cached(client):
    """They contain the answer."""
    response = client.post("/turns", data={"question": "Why?"})

    assert response.status_code == 200
    assert "no-store" in response.headers["cache-control"]


@pytest.mark.parametrize("path", ["/", "/theme.css", "/documents", "/gradio_api/run/predict", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_other_origin_may_read_responses(client, path, method):
    """With and without a preflight; Gradio would allow any origin, with credentials."""
    headers = {**ATTACKER, "access-control-request-method": "POST"}
    response = client.request(method, path, headers=headers)

    assert [name for name in response.headers if name.startswith("access-control-")] == []
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


def test_server_errors_have_the_headers():
    """Even the response to an unexpected exception."""

    def fail(request: Request) -> PlainTextResponse:
        raise ZeroDivisionError

    application = SecurityHeaders(Starlette(routes=[Route("/", fail)]))
    response = TestClient(application, raise_server_exceptions=False).get("/")

    assert response.status_code == 500
    assert HEADERS.items() <= dict(response.headers).items()
