"""Slow pages delay neither other requests nor, for longer than one page, the pages of other owners."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from index import Span
from qa.web.fair_limiter import FairLimiter
from qa.web.middleware import OWNER_KEY
from qa.web.routes.source import RENDERING_SHARES, source_routes
from qa.web.views.source_viewer import Citation
from tests.fakes.blocking_viewer import BlockingViewer
from tests.fakes.passages import document
from tests.web.sockets import client, connect, serving, status, until_waiting

REQUESTS = 45
"""More than there are threads for everything."""


class OwnerFromHeader:
    """Stores the owner that a header names in the scope."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope[OWNER_KEY] = dict(scope["headers"]).get(b"x-owner", b"").decode()
        await self._app(scope, receive, send)


@pytest.fixture
def viewer() -> BlockingViewer:
    return BlockingViewer()


@pytest.fixture
def limiter() -> FairLimiter:
    return FairLimiter("drawing", RENDERING_SHARES)


@pytest.fixture
def port(viewer, limiter) -> Iterator[int]:
    """Serve the pages of a source, and a quick route that needs a thread."""
    shown = document("Figs are sweet.")
    cited = Citation(shown, Span(shown.doc_id, 0, 4))

    def quick(request: Request) -> Response:
        return PlainTextResponse("quick")

    routes = source_routes("/source", lambda request, note: cited, viewer, limiter)
    with serving(OwnerFromHeader(Starlette(routes=[Route("/quick", quick), *routes]))) as port:
        try:
            yield port
        finally:
            viewer.let_go(1000)


def request_page(port: int, owner: str, number: int) -> socket.socket:
    """Request a page, without waiting for its image."""
    lines = [
        f"GET /source/page?footnote=x&number={number} HTTP/1.1",
        "Host: localhost",
        f"X-Owner: {owner}",
        "",
        "",
    ]
    return connect(port, "\r\n".join(lines).encode())


def test_slow_pages_delay_nothing_else(port, viewer):
    """However many pages one guest requests at once."""
    with contextlib.ExitStack() as stack:
        for number in range(REQUESTS):
            stack.enter_context(request_page(port, "ann", number))
        assert viewer.begun.acquire(timeout=30)

        assert client(port).get("/quick").text == "quick"


def test_page_of_another_owner_is_next(port, viewer, limiter):
    """It comes after the page that is being rendered, before others that wait."""
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(request_page(port, "ann", 1))]
        assert viewer.begun.acquire(timeout=30)
        pages += [stack.enter_context(request_page(port, "ann", number)) for number in (2, 3, 4)]
        until_waiting(port, limiter, "ann", 3)
        others = stack.enter_context(request_page(port, "bob", 100))
        until_waiting(port, limiter, "bob")
        viewer.let_go(2)

        assert status(others) == 200
        assert viewer.drawn[:2] == [1, 100]
        viewer.let_go(3)
        assert [status(page) for page in pages] == [200] * 4


def test_last_requested_page_is_rendered(port, viewer, limiter):
    """Who turns many pages sees the last one; older requests are dropped."""
    room = RENDERING_SHARES.max_waiting_each
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(request_page(port, "ann", 1))]
        assert viewer.begun.acquire(timeout=30)
        for number in range(2, room + 2):
            pages.append(stack.enter_context(request_page(port, "ann", number)))
            until_waiting(port, limiter, "ann", number - 1)
        for number, passed in ((room + 2, pages[1]), (room + 3, pages[2])):
            pages.append(stack.enter_context(request_page(port, "ann", number)))
            assert status(passed) == 503
        viewer.let_go(room + 1)

        assert status(pages[-1]) == 200
        assert viewer.drawn == [1, *range(4, room + 4)]
