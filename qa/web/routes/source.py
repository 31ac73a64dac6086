"""
The source pane's three addresses: open a footnote, more of its text, a picture of a page.

Who may see what is the caller's to say: it gives a function from a request and a footnote's key to what was
cited, or None.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index import FootnoteError, PageRenderer, PageUnavailable
from qa.chat.fair_queue import Shares
from qa.web import strings
from qa.web.fair_limiter import FairLimiter, TooManyWaitingError
from qa.web.middleware import OWNER_KEY
from qa.web.views.excerpt import earlier_html, later_html
from qa.web.views.source_viewer import Citation, pages_html, screen_reader_text, text_html

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

FindCitation = Callable[["Request", str], Citation | None]
"""A request and the value of ``data-footnote`` to what it cites; None if it isn't there for whoever asks."""

DRAWING_SHARES = Shares(max_running=1, max_running_each=1, max_waiting=64, max_waiting_each=8)
"""Of the process that draws pages, one at a time; by owner."""
_PRIVATE = {"cache-control": "private, no-store"}
_MAX_DIGITS = 12
"""Digits of a number in an address; no document is longer."""


def source_routes(
    base: str, find: FindCitation, renderer: PageRenderer, limiter: FairLimiter | None = None
) -> list["Route"]:
    """
    Routes for a Starlette or FastAPI application, below *base*: ``/open``, ``/slice`` and ``/page``.

    Args:
        base: Such as ``/source``; the pane's element has it as ``data-base``.
        find: What a footnote's key means to whoever asks.
        renderer: Draws pages; started ahead, so that the first is as fast as the others.
        limiter: In whose threads it does; None makes one.
    """
    from starlette.routing import Route

    drawing = limiter or FairLimiter("drawing", DRAWING_SHARES)

    async def open_source(request: "Request") -> "Response":
        cited = await _find(request, find)
        if not isinstance(cited, Citation):
            return cited
        if request.query_params.get("view") == "text" or not cited.document.runs:
            return await _answer(lambda: _open(cited, text_html(cited)))
        return await _draw(drawing, request, lambda: _open(cited, _paged(cited, renderer)))

    async def slice_of_source(request: "Request") -> "Response":
        cited = await _find(request, find)
        return await _answer(lambda: _slice(request, cited)) if isinstance(cited, Citation) else cited

    async def page_of_source(request: "Request") -> "Response":
        cited = await _find(request, find)
        if not isinstance(cited, Citation):
            return cited
        return await _draw(drawing, request, lambda: _page(request, cited, renderer))

    return [
        Route(f"{base}/open", open_source),
        Route(f"{base}/slice", slice_of_source),
        Route(f"{base}/page", page_of_source),
    ]


async def _find(request: "Request", find: FindCitation) -> "Citation | Response":
    """Return what is cited, or why it isn't shown."""
    from starlette.concurrency import run_in_threadpool

    try:
        cited = await run_in_threadpool(find, request, request.query_params.get("footnote", ""))
    except FootnoteError as error:
        return _error(str(error), 500)
    return cited or _error(strings.FOOTNOTE_MISSING, 404)


async def _answer(respond: Callable[[], "Response"]) -> "Response":
    """Run in a thread what doesn't draw."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_translated, respond)


async def _draw(drawing: FairLimiter, request: "Request", respond: Callable[[], "Response"]) -> "Response":
    """Run in the threads for drawing what may take seconds, when it is the owner's turn."""
    try:
        return await drawing.run(request.scope.get(OWNER_KEY, ""), lambda: _translated(respond))
    except TooManyWaitingError:
        return _error(strings.TOO_MANY_PAGES, 503)


def _translated(respond: Callable[[], "Response"]) -> "Response":
    try:
        return respond()
    except FootnoteError as error:
        return _error(str(error), 500)


def _open(citation: Citation, html: str) -> "Response":
    return _json({"html": html, "announcement": screen_reader_text(citation)})


def _paged(citation: Citation, renderer: PageRenderer) -> str:
    places = renderer.locate(citation.document, citation.span)
    if isinstance(places, PageUnavailable):
        return text_html(citation, places.reason)
    seen = [place for place in places if place.boxes]
    return pages_html(citation, seen) if seen else text_html(citation, strings.NOT_ON_PAGE)


def _slice(request: "Request", citation: Citation) -> "Response":
    before, after = (_parse_number(request, name) for name in ("before", "after"))
    if before is None and after is None:
        return _error("expected ?before= or ?after=, with an offset", 400)
    if before is not None:
        excerpt = earlier_html(citation.document, before, citation.others)
        return _json({"html": excerpt.html, "offset": excerpt.start, "has_more": excerpt.has_earlier})
    excerpt = later_html(citation.document, after or 0, citation.others)
    return _json({"html": excerpt.html, "offset": excerpt.end, "has_more": excerpt.has_later})


def _page(request: "Request", citation: Citation, renderer: PageRenderer) -> "Response":
    from starlette.responses import Response

    picture = renderer.render(citation.document, _parse_number(request, "number") or 0)
    if isinstance(picture, PageUnavailable):
        return _error(picture.reason, 404)
    return Response(picture, media_type="image/png", headers=_PRIVATE)


def _parse_number(request: "Request", name: str) -> int | None:
    digits = request.query_params.get(name, "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS else None


def _error(reason: str, status: int) -> "Response":
    return _json({"reason": reason}, status)


def _json(content: dict[str, Any], status: int = 200) -> "Response":
    from starlette.responses import JSONResponse

    return JSONResponse(content, status, headers=_PRIVATE)
