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
from qa.web.middleware import CLIENT_KEY
from qa.web.routes.source import RENDERING_SHARES, source_routes
from qa.web.views.source_viewer import Citation
from tests.fakes.blocking_renderer import BlockingRenderer
from tests.fakes.passages import document
from tests.web.sockets import client, connect, serving, status, wait_for_waiting

REQUESTS = 45
"""More than there are threads for everything."""


class OwnerFromHeader:
    """Stores the owner that a header names in the scope."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope[CLIENT_KEY] = dict(scope["headers"]).get(b"x-owner", b"").decode()
        await self._app(scope, receive, send)


@pytest.fixture
def renderer() -> BlockingRenderer:
    return BlockingRenderer()


@pytest.fixture
def limiter() -> FairLimiter:
    return FairLimiter("rendering", RENDERING_SHARES)


@pytest.fixture
def port(renderer, limiter) -> Iterator[int]:
    """Serve the pages of a source, and a quick route that needs a thread."""
    source = document("Figs are sweet.")
    citation = Citation(source, Span(source.doc_id, 0, 4))

    def quick(request: Request) -> Response:
        return PlainTextResponse("quick")

    routes = source_routes("/source", lambda request, note: citation, renderer, limiter)
    with serving(OwnerFromHeader(Starlette(routes=[Route("/quick", quick), *routes]))) as port:
        try:
            yield port
        finally:
            renderer.release(1000)


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


def test_slow_pages_delay_nothing_else(port, renderer):
    """However many pages one guest requests at once."""
    with contextlib.ExitStack() as stack:
        for number in range(REQUESTS):
            stack.enter_context(request_page(port, "ann", number))
        assert renderer.started.acquire(timeout=30)

        assert client(port).get("/quick").text == "quick"


def test_page_of_another_owner_is_next(port, renderer, limiter):
    """It comes after the page that is being rendered, before others that wait."""
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(request_page(port, "ann", 1))]
        assert renderer.started.acquire(timeout=30)
        pages += [stack.enter_context(request_page(port, "ann", number)) for number in (2, 3, 4)]
        wait_for_waiting(port, limiter, "ann", 3)
        other_page = stack.enter_context(request_page(port, "bob", 100))
        wait_for_waiting(port, limiter, "bob")
        renderer.release(2)

        assert status(other_page) == 200
        assert renderer.rendered[:2] == [1, 100]
        renderer.release(3)
        assert [status(page) for page in pages] == [200] * 4


def test_last_requested_page_is_rendered(port, renderer, limiter):
    """Who turns many pages sees the last one; older requests are dropped."""
    max_waiting = RENDERING_SHARES.max_waiting_each
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(request_page(port, "ann", 1))]
        assert renderer.started.acquire(timeout=30)
        for number in range(2, max_waiting + 2):
            pages.append(stack.enter_context(request_page(port, "ann", number)))
            wait_for_waiting(port, limiter, "ann", number - 1)
        for number, dropped in ((max_waiting + 2, pages[1]), (max_waiting + 3, pages[2])):
            pages.append(stack.enter_context(request_page(port, "ann", number)))
            assert status(dropped) == 503
        renderer.release(max_waiting + 1)

        assert status(pages[-1]) == 200
        assert renderer.rendered == [1, *range(4, max_waiting + 4)]
