"""
The routes of the source viewer: open a footnote, show more of its text, and render a page.

The caller decides who may see what, with a function from a request and a footnote's key to its citation.
"""

import contextlib
import contextvars
import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from index import FootnoteError, PageRenderer, PageUnavailable
from qa.chat.fair_queue import Shares
from qa.web import strings
from qa.web.controller import FileDownload
from qa.web.fair_limiter import FairLimiter, TooManyWaitingError
from qa.web.middleware import CLIENT_KEY
from qa.web.routes.common import NO_STORE, file_response, html_response
from qa.web.views.excerpt import earlier_html, later_html
from qa.web.views.source_viewer import (
    Citation,
    matches_html,
    pages_html,
    screen_reader_text,
    text_html,
    words_html,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

FindCitation = Callable[["Request", str], Citation | None]
"""Returns the citation of a footnote's key; None if the request's owner has no such footnote."""
Respond = Callable[["Request", Citation, PageRenderer], "Response"]
"""Returns a part of the viewer for a citation; it runs in a thread."""

RENDERING_SHARES = Shares(max_running=1, max_running_each=1, max_waiting=64, max_waiting_each=8)
"""How many pages are rendered at once, by one process, and how many wait; by owner."""
SCALE, THUMBNAIL_SCALE = 2.0, 0.3
"""Pixels per point of a page: sharp at the width of the viewer, and of a thumbnail."""
MAX_SEARCH = 200
"""Maximum number of characters of a search in a document."""
_MAX_DIGITS = 12
"""Maximum number of digits of an offset."""


def source_routes(
    base: str, find: FindCitation, renderer: PageRenderer, limiter: FairLimiter | None = None
) -> list["Route"]:
    """
    Return the routes ``/open``, ``/search``, ``/slice``, ``/page``, ``/words`` and ``/file``, for Starlette.

    Args:
        base: Path above the routes, such as ``/source``; the viewer's element has it as ``data-base``.
        find: Returns the citation of a footnote's key.
        renderer: Renders pages; start it beforehand, so that the first page is as fast as the others.
        limiter: Renders pages in its threads; None creates one.
    """
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    rendering = limiter or FairLimiter("rendering", RENDERING_SHARES)

    def route(path: str, respond: Respond, needs_renderer: Callable[..., bool] = lambda *_: False) -> Route:
        async def handle(request: "Request") -> "Response":
            found = await run_in_threadpool(_find, request, find)
            if not isinstance(found, Citation):
                return found
            handler = partial(_errors_as_json, lambda: respond(request, found, renderer))
            if not needs_renderer(request, found):
                return await run_in_threadpool(handler)
            context = contextvars.copy_context()  # with the language of the request
            try:
                return await rendering.run(request.scope.get(CLIENT_KEY, ""), partial(context.run, handler))
            except TooManyWaitingError:
                return _error_response(strings.TOO_MANY_PAGES, 503)

        return Route(f"{base}/{path}", handle)

    return [
        route("open", _viewer_response, needs_renderer=_shows_pages),
        route("search", _search_response),
        route("slice", _slice_response),
        route("page", _page_response, needs_renderer=lambda *_: True),
        route("words", _words_response, needs_renderer=lambda *_: True),
        route("file", _original_response),
    ]


def _find(request: "Request", find: FindCitation) -> "Citation | Response":
    """Return the citation, or an error response."""
    try:
        citation = find(request, request.query_params.get("footnote", ""))
    except FootnoteError as error:
        return _error_response(str(error), 500)
    return citation or _error_response(strings.FOOTNOTE_MISSING, 404)


def _errors_as_json(respond: Callable[[], "Response"]) -> "Response":
    try:
        return respond()
    except FootnoteError as error:
        return _error_response(str(error), 500)


def _shows_pages(request: "Request", citation: Citation) -> bool:
    return request.query_params.get("view") != "text" and bool(citation.document.runs)


def _viewer_response(request: "Request", citation: Citation, renderer: PageRenderer) -> "Response":
    shows_pages = _shows_pages(request, citation)
    html = _pages_or_text_html(citation, renderer) if shows_pages else text_html(citation)
    return _json_response({"html": html, "announcement": screen_reader_text(citation)})


def _search_response(request: "Request", citation: Citation, _: PageRenderer) -> "Response":
    search = request.query_params.get("search", "")[:MAX_SEARCH]
    return html_response(matches_html(citation.document, search))


def _pages_or_text_html(citation: Citation, renderer: PageRenderer) -> str:
    """Return the view of pages; that of the text if no page shows the words."""
    locations = renderer.locate(citation.document, citation.span)
    if isinstance(locations, PageUnavailable):
        return text_html(citation, locations.reason)
    visible = [location for location in locations if location.boxes or citation.is_whole]
    return pages_html(citation, visible) if visible else text_html(citation, strings.NOT_ON_PAGE)


def _slice_response(request: "Request", citation: Citation, _: PageRenderer) -> "Response":
    before, after = (_parse_number(request, name) for name in ("before", "after"))
    if before is None and after is None:
        return _error_response("expected ?before= or ?after=, with an offset", 400)
    if before is not None:
        excerpt = earlier_html(citation.document, before, citation.others)
        return _json_response(
            {"html": excerpt.html, "offset": excerpt.start, "has_more": excerpt.has_earlier}
        )
    excerpt = later_html(citation.document, after or 0, citation.others)
    return _json_response({"html": excerpt.html, "offset": excerpt.end, "has_more": excerpt.has_later})


def _page_response(request: "Request", citation: Citation, renderer: PageRenderer) -> "Response":
    from starlette.responses import Response

    scale = THUMBNAIL_SCALE if request.query_params.get("size") == "thumbnail" else SCALE
    image = renderer.render(citation.document, _parse_number(request, "number") or 0, scale)
    if isinstance(image, PageUnavailable):
        return _error_response(image.reason, 404)
    return Response(image, media_type="image/png", headers=NO_STORE)


def _original_response(_: "Request", citation: Citation, __: PageRenderer) -> "Response":
    """
    Return a document's file to store, if its bytes are those that were indexed.

    Its type isn't said, so that no browser shows it as a page of ours.
    """
    document = citation.document
    for path in filter(os.path.isfile, document.paths):
        with contextlib.suppress(OSError, ValueError):
            file = open(path, "rb")  # noqa: SIM115 (whoever sends it closes it)
            if hashlib.file_digest(file, "sha256").hexdigest() == document.digest:
                file.seek(0)
                return file_response(FileDownload(file, PurePath(path).name, "application/octet-stream"))
            file.close()
    return _error_response(strings.ORIGINAL_MISSING, 404)


def _words_response(request: "Request", citation: Citation, renderer: PageRenderer) -> "Response":
    """Return the words to lay over a page's image; nothing if they have no place, as the image is enough."""
    number = _parse_number(request, "number") or 0
    words = renderer.find_words(citation.document, number)
    if isinstance(words, PageUnavailable) or not words:
        return _json_response({"html": ""})
    return _json_response({"html": words_html(citation.document, number, words)})


def _parse_number(request: "Request", name: str) -> int | None:
    digits = request.query_params.get(name, "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS else None


def _error_response(reason: str, status: int) -> "Response":
    return _json_response({"reason": strings.translate(reason)}, status)


def _json_response(content: dict[str, Any], status: int = 200) -> "Response":
    from starlette.responses import JSONResponse

    return JSONResponse(content, status, headers=NO_STORE)
