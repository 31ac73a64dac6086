"""The limit on request bodies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from qa.web.body_limit import MAX_BODY_BYTES, BodyLimitMiddleware
from tests.web.server import get_cookies, running
from tests.web.sockets import connect, status

ASK = "/turns"


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    with running(tmp_path_factory.mktemp("index") / "none-yet") as server:
        yield server, get_cookies(server.address)


def head(cookies: str, *lines: str) -> bytes:
    common = ["Host: localhost", f"Cookie: {cookies}", "Content-Type: application/x-www-form-urlencoded"]
    return "\r\n".join([f"POST {ASK} HTTP/1.1", *common, *lines, "", ""]).encode()


def test_large_content_length_is_refused_at_once(chat):
    """The response comes before any of the 200 MB."""
    server, cookies = chat
    with connect(server.port, head(cookies, "Content-Length: 200000000")) as connection:
        assert status(connection) == 413


def test_endless_chunked_body_is_refused(chat):
    """A chunked body declares no size and doesn't end."""
    server, cookies = chat
    chunks = b"10000\r\n" + b" " * 2**16 + b"\r\n"
    with connect(server.port, head(cookies, "Transfer-Encoding: chunked") + chunks * 5) as connection:
        assert status(connection) == 413


async def read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def wrap_error(request: Request) -> Response:
    """Turn an error while reading into another one, as frameworks do."""
    try:
        await request.body()
    except Exception as error:
        raise HTTPException(400) from error
    return Response()


async def ignore(request: Request) -> Response:
    return Response()


PATHS = {"/read": read, "/wrap": wrap_error, "/ignore": ignore, "/file": read}
APP = Starlette(routes=[Route(path, answer, methods=["POST"]) for path, answer in PATHS.items()])
CLIENT = TestClient(BodyLimitMiddleware(APP, max_bytes=1000, exempt=["/file"]))


@pytest.mark.parametrize("path", ["/read", "/wrap"])
@pytest.mark.parametrize("is_declared", [True, False])
def test_reason_is_one_line(path, is_declared):
    """The application may turn the error while reading into another one; the response is the same."""
    limited = TestClient(BodyLimitMiddleware(APP))
    response = limited.post(
        path, content=bytes(MAX_BODY_BYTES + 1) if is_declared else iter([bytes(MAX_BODY_BYTES), b"x"])
    )

    assert response.status_code == 413
    assert response.text == "The request is larger than 256 kB. Send less at once."


@given(st.lists(st.integers(0, 700), max_size=5))
def test_hyp_body_is_complete_or_refused(sizes):
    """The chunks it is split into don't matter, and the path of uploads is exempt."""
    chunks = [bytes(size) for size in sizes]
    limited, file = (CLIENT.post(path, content=iter(chunks)) for path in ("/read", "/file"))

    assert file.text == str(sum(sizes))
    assert limited.status_code == (200 if sum(sizes) <= 1000 else 413)
    assert limited.status_code == 413 or limited.text == str(sum(sizes))


def test_unread_body_is_ignored():
    """The application may leave a body unread, unless its declared size is too large."""
    assert CLIENT.post("/ignore", content=iter([bytes(5000)])).status_code == 200
    assert CLIENT.post("/ignore", content=bytes(5000)).status_code == 413


def test_application_error_is_passed_on():
    """The middleware doesn't hide it."""

    async def fail(request: Request) -> Response:
        raise LookupError("gone")

    failing = TestClient(BodyLimitMiddleware(Starlette(routes=[Route("/", fail, methods=["POST"])])))
    with pytest.raises(LookupError, match="gone"):
        failing.post("/", content=b"x")
