"""Routes of the library: documents, uploads, indexing."""

import tempfile
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from qa.library.library import AddResult
from qa.library.uploads import IncomingFile
from qa.web import strings
from qa.web.controller import ChatController
from qa.web.middleware import owner_of
from qa.web.request_limit import InFlight
from qa.web.routes.common import (
    errors_as_html,
    form_field,
    get_route,
    html_response,
    parse_number,
    post_route,
)
from qa.web.views.html import error_html
from qa.web.views.library_dialog import library_dialog_html, library_table_html, rejected_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


def library_routes(chat: ChatController) -> list["Route"]:
    """Routes for a Starlette or FastAPI application."""
    parts = LibraryRoutes(chat)
    return [
        get_route("/documents", parts.documents),
        get_route("/library", parts.library_dialog),
        get_route("/library/table", parts.library_table),
        _add(UPLOAD_PATH, parts),
        post_route("/library/remove", parts.remove),
        post_route("/library/refresh", lambda request, form: parts.start(chat.library.refresh)),
        post_route("/library/rebuild", lambda request, form: parts.start(chat.library.rebuild)),
        post_route("/library/cancel", lambda request, form: parts.start(chat.library.cancel)),
    ]


class LibraryRoutes:
    """One method for each address."""

    def __init__(self, chat: ChatController) -> None:
        self._chat = chat

    def documents(self, request: "Request") -> "Response":
        return html_response(self._chat.documents())

    def library_dialog(self, request: "Request") -> "Response":
        library = self._chat.library
        types = sorted(self._chat.library.uploads.limits.types)
        return html_response(
            library_dialog_html(library.entries(), library.status(), types, outdated=library.is_outdated())
        )

    def library_table(self, request: "Request") -> "Response":
        return self._library_table(request.query_params.get("search", ""))

    def remove(self, request: "Request", form: "FormData") -> "Response":
        self._chat.library.remove([form_field(form, "key")])
        return self._library_table()

    def start(self, begin: Callable[[], None]) -> "Response":
        begin()
        return self._library_table()

    def add(self, name: str, file: IO[bytes], owner: str) -> "Response":
        added: AddResult = self._chat.library.add([IncomingFile(name, file, owner)])
        return html_response(rejected_html(added.rejected))

    def why_too_large(self, size: int) -> str:
        """Return why a file of so many bytes can't be uploaded; empty if it can."""
        return str(self._chat.library.uploads.size_failure(size) or "")

    def over_quota(self, owner: str, size: int) -> str:
        """Return why another file of so many bytes can't be stored; empty if it can."""
        return str(self._chat.library.uploads.quota_failure(owner, size) or "")

    def _library_table(self, search: str = "") -> "Response":
        library = self._chat.library
        return html_response(
            library_table_html(
                library.entries(search), library.status(), search, outdated=library.is_outdated()
            )
        )


UPLOAD_PATH = "/library/upload"


MAX_UPLOADS_AT_ONCE = 2
"""Of one owner; the page sends one file after the other."""


def _add(path: str, parts: LibraryRoutes) -> "Route":
    """A file is the body itself, as it comes; its name stands in the address, and is only a label."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    in_flight = InFlight(MAX_UPLOADS_AT_ONCE)

    async def adding(request: "Request") -> "Response":
        owner = owner_of(request)
        with in_flight.enter(owner) as entered:
            if not entered:
                return html_response(error_html(strings.UPLOADS_BUSY), status=429)
            # Before its bytes come; with them it is checked again, as others come meanwhile.
            if reason := await run_in_threadpool(parts.over_quota, owner, _length(request)):
                return html_response(error_html(reason), status=413)
            return await receive(request, owner)

    async def receive(request: "Request", owner: str) -> "Response":
        with tempfile.TemporaryFile() as file:  # has no name: nothing is left of it, even after a kill
            if reason := await _receive(request, file, parts):
                return html_response(error_html(reason), status=413)
            file.seek(0)
            name = request.query_params.get("name", "")
            return await run_in_threadpool(errors_as_html, lambda: parts.add(name, file, owner))

    return Route(path, adding, methods=["POST"])


async def _receive(request: "Request", file: IO[bytes], parts: LibraryRoutes) -> str:
    """Write the body to *file*; what is said if it is too large, whatever it claimed."""
    if reason := parts.why_too_large(_length(request)):
        return reason
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if reason := parts.why_too_large(size):
            return reason
        file.write(piece)
    return ""


def _length(request: "Request") -> int:
    return max(0, parse_number(request.headers.get("content-length", "")))
