"""Routes of the library: documents, uploads and indexing."""

import tempfile
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING

from qa.library.library import AddResult
from qa.library.uploads import IncomingFile
from qa.web import strings
from qa.web.controller import ChatController
from qa.web.middleware import owner_of
from qa.web.request_limit import ConcurrencyLimit
from qa.web.routes.common import (
    NO_HEADERS,
    FormHandler,
    errors_as_html,
    form_field,
    get_route,
    html_response,
    parse_number,
    post_route,
)
from qa.web.views.library_dialog import library_dialog_html, library_table_html, rejected_html
from qa.web.views.rendering import error_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


def library_routes(
    chat: ChatController, may_change: Callable[[str], bool] = lambda owner: True
) -> list["Route"]:
    """
    Return the routes, for a Starlette or FastAPI application.

    Args:
        chat: The operations of the page.
        may_change: Whether an owner may change the library.
    """
    handlers = LibraryRoutes(chat)

    def change_route(path: str, handler: FormHandler) -> "Route":
        return post_route(path, lambda request, form: guarded(request, lambda: handler(request, form)))

    def guarded(request: "Request", respond: Callable[[], "Response"]) -> "Response":
        if may_change(owner_of(request)):
            return respond()
        return html_response(error_html(strings.ADMIN_ONLY), status=403)

    return [
        get_route("/library", handlers.library_dialog),
        get_route("/library/table", handlers.library_table),
        _upload_route(UPLOAD_PATH, handlers, may_change),
        change_route("/library/remove", handlers.remove),
        change_route("/library/refresh", lambda request, form: handlers.run(chat.library.refresh)),
        change_route("/library/rebuild", lambda request, form: handlers.run(chat.library.rebuild)),
        change_route("/library/cancel", lambda request, form: handlers.run(chat.library.cancel)),
    ]


class LibraryRoutes:
    """The handlers, one for each route."""

    def __init__(self, chat: ChatController) -> None:
        self._chat = chat

    def library_dialog(self, request: "Request") -> "Response":
        """Return the content of the library dialog."""
        library = self._chat.library
        types = sorted(library.uploads.limits.types)
        return html_response(
            library_dialog_html(library.entries(), library.status(), types, outdated=library.is_outdated())
        )

    def library_table(self, request: "Request") -> "Response":
        """Return the table of documents, limited to a search; the last poll tells the page to update."""
        query = request.query_params
        is_last_poll = "poll" in query and not self._chat.library.status().busy
        headers = {"hx-trigger-after-swap": "fn-documents-changed"} if is_last_poll else {}
        return self._library_table(query.get("search", ""), headers)

    def remove(self, request: "Request", form: "FormData") -> "Response":
        """Remove an upload, or exclude a file, and return the table."""
        self._chat.library.remove([form_field(form, "key")])
        return self._library_table()

    def run(self, action: Callable[[], None]) -> "Response":
        """Run an action, and return the table."""
        action()
        return self._library_table()

    def add(self, name: str, file: IO[bytes], owner: str) -> "Response":
        """Add an uploaded file, and return why it was rejected, if it was."""
        result: AddResult = self._chat.library.add([IncomingFile(name, file, owner)])
        return html_response(rejected_html(result.rejected))

    def over_size_limit(self, size: int) -> str:
        """Return why a file of *size* bytes is too large; empty if it isn't."""
        return str(self._chat.library.uploads.size_failure(size) or "")

    def over_quota(self, owner: str, size: int) -> str:
        """Return why *owner* can't add another file of *size* bytes; empty if they can."""
        return str(self._chat.library.uploads.quota_failure(owner, size) or "")

    def _library_table(self, search: str = "", headers: Mapping[str, str] = NO_HEADERS) -> "Response":
        library = self._chat.library
        html = library_table_html(
            library.entries(search), library.status(), search, outdated=library.is_outdated()
        )
        return html_response(html, headers)


UPLOAD_PATH = "/library/upload"
MAX_CONCURRENT_UPLOADS = 2
"""Maximum for one owner; a page uploads one file after the other."""


def _upload_route(path: str, handlers: LibraryRoutes, may_change: Callable[[str], bool]) -> "Route":
    """Return the upload route: the body is the file, and the query has its name, which is only a label."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    limit = ConcurrencyLimit(MAX_CONCURRENT_UPLOADS)

    async def handle_upload(request: "Request") -> "Response":
        owner = owner_of(request)
        if not may_change(owner):
            return html_response(error_html(strings.ADMIN_ONLY), status=403)
        with limit.enter(owner) as entered:
            if not entered:
                return html_response(error_html(strings.UPLOADS_BUSY), status=429)
            # Checked again when the file is added, since other uploads may finish in the meantime.
            if reason := await run_in_threadpool(handlers.over_quota, owner, _content_length(request)):
                return html_response(error_html(reason), status=413)
            return await receive(request, owner)

    async def receive(request: "Request", owner: str) -> "Response":
        with tempfile.TemporaryFile() as file:  # without a name, so nothing is left after a kill
            if reason := await _write_body(request, file, handlers):
                return html_response(error_html(reason), status=413)
            file.seek(0)
            name = request.query_params.get("name", "")
            return await run_in_threadpool(errors_as_html, lambda: handlers.add(name, file, owner))

    return Route(path, handle_upload, methods=["POST"])


async def _write_body(request: "Request", file: IO[bytes], handlers: LibraryRoutes) -> str:
    """Write the body to *file*, and return why it is too large; empty if it isn't."""
    if reason := handlers.over_size_limit(_content_length(request)):
        return reason
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if reason := handlers.over_size_limit(size):
            return reason
        file.write(chunk)
    return ""


def _content_length(request: "Request") -> int:
    return parse_number(request.headers.get("content-length", "")) or 0
