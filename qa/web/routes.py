"""
The source pane's three addresses: open a footnote, more of its text, a picture of a page.

Who may see what is the caller's to say: it gives a function from a request and a footnote's key to what was
cited, or None.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index import FootnoteError, PageViewer, Unavailable
from qa.web.pane import Cited, pages_html, spoken, text_html
from qa.web.source import earlier_html, later_html

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

Find = Callable[["Request", str], Cited | None]
"""A request and the value of ``data-note`` to what it cites; None if it isn't there for whoever asks."""

HIDDEN = "the page doesn’t show these words: they lie outside of what is printed"
_PRIVATE = {"cache-control": "private, no-store"}
_LONGEST_NUMBER = 12
"""Digits of a number in an address; no document is longer."""


def source_routes(base: str, find: Find, viewer: PageViewer) -> list["Route"]:
    """
    Routes for a Starlette or FastAPI application, below *base*: ``/open``, ``/slice`` and ``/page``.

    Args:
        base: Such as ``/source``; the pane's element has it as ``data-base``.
        find: What a footnote's key means to whoever asks.
        viewer: Draws pages; started ahead, so that the first is as fast as the others.
    """
    from starlette.routing import Route

    # Plain functions: Starlette runs them in threads, so that no page keeps the talk waiting.
    return [
        Route(
            f"{base}/open", lambda request: _answered(request, find, lambda one: _open(request, one, viewer))
        ),
        Route(f"{base}/slice", lambda request: _answered(request, find, lambda one: _slice(request, one))),
        Route(
            f"{base}/page", lambda request: _answered(request, find, lambda one: _page(request, one, viewer))
        ),
    ]


def _answered(request: "Request", find: Find, answer: Callable[[Cited], "Response"]) -> "Response":
    try:
        cited = find(request, request.query_params.get("note", ""))
        return answer(cited) if cited else _said("this footnote is not here any more", 404)
    except FootnoteError as error:
        return _said(str(error), 500)


def _open(request: "Request", cited: Cited, viewer: PageViewer) -> "Response":
    as_text = request.query_params.get("view") == "text" or not cited.document.runs
    html = text_html(cited) if as_text else _paged(cited, viewer)
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
