"""The limit on concurrent requests of one owner."""

import contextlib
import threading
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from qa.web.request_limit import MAX_REQUESTS_EACH, RequestLimitMiddleware
from tests.web.sockets import connect, serving, status
from tests.web.test_rendering_limit import OwnerFromHeader


class SlowApplication:
    """Responds from a thread when it is told to."""

    def __init__(self) -> None:
        self.started = threading.Semaphore(0)
        self.released = threading.Event()

    def answer(self, request: Request) -> Response:
        self.started.release()
        assert self.released.wait(60)
        return PlainTextResponse("done")


@pytest.fixture
def application() -> SlowApplication:
    return SlowApplication()


@pytest.fixture
def port(application) -> Iterator[int]:
    app = Starlette(routes=[Route("/", application.answer)])
    with serving(OwnerFromHeader(RequestLimitMiddleware(app))) as port:
        try:
            yield port
        finally:
            application.released.set()


def request_of(owner: str) -> bytes:
    return f"GET / HTTP/1.1\r\nHost: localhost\r\nX-Owner: {owner}\r\n\r\n".encode()


def test_one_owner_does_not_take_all_threads(port, application):
    """Further requests of the owner are refused, and those of another one aren't."""
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(connect(port, request_of("ann"))) for _ in range(MAX_REQUESTS_EACH)]
        for _ in running:
            assert application.started.acquire(timeout=30)
        refused = [stack.enter_context(connect(port, request_of("ann"))) for _ in range(20)]
        assert {status(connection) for connection in refused} == {429}
        other = stack.enter_context(connect(port, request_of("bob")))
        assert application.started.acquire(timeout=30)
        application.released.set()

        assert {status(connection) for connection in (*running, other)} == {200}
        assert status(stack.enter_context(connect(port, request_of("ann")))) == 200


def test_requests_without_an_owner_are_not_counted(port, application):
    """Everybody can open the login page."""
    application.released.set()
    with contextlib.ExitStack() as stack:
        requests = [stack.enter_context(connect(port, request_of(""))) for _ in range(MAX_REQUESTS_EACH + 1)]

        assert {status(connection) for connection in requests} == {200}
