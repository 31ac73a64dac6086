"""
The source pane's three addresses: open a footnote, more of its text, a picture of a page.

Who may see what is the caller's to say: it gives a function from a request and a footnote's key to what was
cited, or None.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index import FootnoteError, PageViewer, Unavailable
from qa.web.door import OWNER
from qa.web.fair_limiter import FairLimiter, TooManyWaitingError
from qa.web.fair_queue import Shares
from qa.web.pane import Cited, pages_html, spoken, text_html
from qa.web.source import earlier_html, later_html

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

Find = Callable[["Request", str], Cited | None]
"""A request and the value of ``data-note`` to what it cites; None if it isn't there for whoever asks."""

HIDDEN = "the page doesn’t show these words: they lie outside of what is printed"
TOO_MANY = "too many pages are being drawn at once; try again in a moment"
DRAWING_SHARES = Shares(max_running=1, max_running_each=1, max_waiting=64, max_waiting_each=8)
"""Of the process that draws pages, one at a time; by owner."""
_PRIVATE = {"cache-control": "private, no-store"}
_LONGEST_NUMBER = 12
"""Digits of a number in an address; no document is longer."""


def source_routes(
    base: str, find: Find, viewer: PageViewer, limiter: FairLimiter | None = None
) -> list["Route"]:
    """
    Routes for a Starlette or FastAPI application, below *base*: ``/open``, ``/slice`` and ``/page``.

    Args:
        base: Such as ``/source``; the pane's element has it as ``data-base``.
        find: What a footnote's key means to whoever asks.
        viewer: Draws pages; started ahead, so that the first is as fast as the others.
        limiter: In whose threads it does; None makes one.
    """
    from starlette.routing import Route

    drawing = limiter or FairLimiter("drawing", DRAWING_SHARES)

    async def open_source(request: "Request") -> "Response":
        cited = await _find(request, find)
        if not isinstance(cited, Cited):
            return cited
        if request.query_params.get("view") == "text" or not cited.document.runs:
            return await _answer(lambda: _open(cited, text_html(cited)))
        return await _draw(drawing, request, lambda: _open(cited, _paged(cited, viewer)))

    async def slice_of_source(request: "Request") -> "Response":
        cited = await _find(request, find)
        return await _answer(lambda: _slice(request, cited)) if isinstance(cited, Cited) else cited

    async def page_of_source(request: "Request") -> "Response":
        cited = await _find(request, find)
        if not isinstance(cited, Cited):
            return cited
        return await _draw(drawing, request, lambda: _page(request, cited, viewer))

    return [
        Route(f"{base}/open", open_source),
        Route(f"{base}/slice", slice_of_source),
        Route(f"{base}/page", page_of_source),
    ]


async def _find(request: "Request", find: Find) -> "Cited | Response":
    """Return what is cited, or why it isn't shown."""
    from starlette.concurrency import run_in_threadpool

    try:
        cited = await run_in_threadpool(find, request, request.query_params.get("note", ""))
    except FootnoteError as error:
        return _said(str(error), 500)
    return cited or _said("this footnote is not here any more", 404)


async def _answer(respond: Callable[[], "Response"]) -> "Response":
    """Run in a thread what doesn't draw."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_translated, respond)


async def _draw(drawing: FairLimiter, request: "Request", respond: Callable[[], "Response"]) -> "Response":
    """Run in the threads for drawing what may take seconds, when it is the owner's turn."""
    try:
        return await drawing.run(request.scope.get(OWNER, ""), lambda: _translated(respond))
    except TooManyWaitingError:
        return _said(TOO_MANY, 503)


def _translated(respond: Callable[[], "Response"]) -> "Response":
    try:
        return respond()
    except FootnoteError as error:
        return _said(str(error), 500)


def _open(cited: Cited, html: str) -> "Response":
    return _json({"html": html, "says": spoken(cited)})


def _paged(cited: Cited, viewer: PageViewer) -> str:
    places = viewer.places(cited.document, cited.span)
    if isinstance(places, Unavailable):
        return text_html(cited, places.reason)
    seen = [place for place in places if place.boxes]
    return pages_html(cited, seen) if seen else text_html(cited, HIDDEN)


def _slice(request: "Request", cited: Cited) -> "Response":
    before, after = (_number(request, name) for name in ("before", "after"))
    if before is None and after is None:
        return _said("expected ?before= or ?after=, with an offset", 400)
    if before is not None:
        excerpt = earlier_html(cited.document, before, cited.others)
        return _json({"html": excerpt.html, "at": excerpt.start, "more": excerpt.has_earlier})
    excerpt = later_html(cited.document, after or 0, cited.others)
    return _json({"html": excerpt.html, "at": excerpt.end, "more": excerpt.has_later})


def _page(request: "Request", cited: Cited, viewer: PageViewer) -> "Response":
    from starlette.responses import Response

    picture = viewer.picture(cited.document, _number(request, "number") or 0)
    if isinstance(picture, Unavailable):
        return _said(picture.reason, 404)
    return Response(picture, media_type="image/png", headers=_PRIVATE)


def _number(request: "Request", name: str) -> int | None:
    digits = request.query_params.get(name, "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER else None


def _said(reason: str, status: int) -> "Response":
    return _json({"reason": reason}, status)


def _json(content: dict[str, Any], status: int = 200) -> "Response":
    from starlette.responses import JSONResponse

    return JSONResponse(content, status, headers=_PRIVATE)
