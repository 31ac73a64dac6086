"""Routes of the library: documents, uploads and indexing."""

import tempfile
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING

from markupsafe import Markup

from index import MB
from qa.library.library import AddResult
from qa.library.listing import Listing, SortKey
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
from qa.web.routes.forms import MAX_FORM_BYTES
from qa.web.views.library_dialog import library_dialog_html, library_table_html, rejected_html
from qa.web.views.rendering import error_html, render
from qa.web.views.sidebar import toast_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData, QueryParams
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


MAX_TEXT_BYTES = 4 * MB
"""Size of the form with pasted text; a longer text is added as a file."""
DOCUMENTS_CHANGED = {"hx-trigger-after-swap": "fn-documents-changed"}
"""Header after which the page requests again what shows the documents."""
TOAST = "library-toast"
"""Id of the notice of what was just done; the dialog covers that of the page."""
NO_NOTICE = Markup()


def library_routes(
    chat: ChatController, may_change: Callable[[str], bool] = lambda owner: True
) -> list["Route"]:
    """
    Return the routes, for a Starlette or FastAPI application.

    Args:
        chat: The operations of the page.
        may_change: Whether an owner may change the library.
    """
    handlers = LibraryRoutes(chat, may_change)

    def change_route(path: str, handler: FormHandler, max_bytes: int = MAX_FORM_BYTES) -> "Route":
        return post_route(
            path, lambda request, form: guarded(request, lambda: handler(request, form)), max_bytes
        )

    def guarded(request: "Request", respond: Callable[[], "Response"]) -> "Response":
        if may_change(owner_of(request)):
            return respond()
        return html_response(error_html(strings.ADMIN_ONLY), status=403)

    return [
        get_route("/library", handlers.library_dialog),
        get_route("/library/table", handlers.library_table),
        get_route("/library/version", handlers.version),
        get_route("/library/title", handlers.title),
        _upload_route(UPLOAD_PATH, handlers, may_change),
        change_route(TEXT_PATH, handlers.add_text, MAX_TEXT_BYTES),
        change_route("/library/rename", handlers.rename),
        change_route("/library/remove", handlers.remove),
        change_route("/library/restore", handlers.restore),
        change_route("/library/purge", handlers.delete_removed),
        *(
            change_route(f"/library/{name}", handlers.runner(action))
            for name, action in (
                ("refresh", chat.library.refresh),
                ("rebuild", chat.library.rebuild),
                ("cancel", chat.library.cancel),
            )
        ),
    ]


class LibraryRoutes:
    """The handlers, one for each route."""

    def __init__(self, chat: ChatController, may_change: Callable[[str], bool]) -> None:
        self._chat = chat
        self._may_change = may_change

    def library_dialog(self, request: "Request") -> "Response":
        """Return the content of the library dialog."""
        library = self._chat.library
        return html_response(
            library_dialog_html(
                library.entries(),
                library.status(),
                sorted({*library.uploads.limits.types, ".zip"}),
                outdated=library.is_outdated(),
                may_change=self._may_change(owner_of(request)),
            )
        )

    def library_table(self, request: "Request") -> "Response":
        """Return the table of documents, limited to a search; the last poll tells the page to update."""
        query = request.query_params
        is_last_poll = "poll" in query and not self._chat.library.status().busy
        return self._table(request, query, headers=DOCUMENTS_CHANGED if is_last_poll else NO_HEADERS)

    def version(self, request: "Request") -> "Response":
        """Return the version of the library if the page has another one, which tells it to update."""
        version = self._chat.library.version()
        if request.query_params.get("version") == version:
            return html_response("", status=204)
        html = render("library_version.html", version=version)
        return html_response(html, {"hx-trigger": "fn-documents-changed"})

    def remove(self, request: "Request", form: "FormData") -> "Response":
        """Remove an upload, or exclude a file, and return the table with a notice that can undo it."""
        library = self._chat.library
        key = form_field(form, "key")
        [title] = [entry.title for entry in library.entries() if entry.key == key] or [""]
        keys = library.remove([key])
        toast = toast_html(
            TOAST,
            strings.DOCUMENT_REMOVED.format(title=title) if keys else "",
            action="/library/restore",
            target="#library-table",
            fields=[("key", restorable) for restorable in keys],
        )
        return self._table(request, form, toast)

    def restore(self, request: "Request", form: "FormData") -> "Response":
        """Bring removed files back, and return the table."""
        self._chat.library.restore(_keys(form))
        return self._table(request, form, toast_html(TOAST))

    def delete_removed(self, request: "Request", form: "FormData") -> "Response":
        """Delete uploads in the trash, and return the table."""
        self._chat.library.delete_removed(_keys(form))
        return self._table(request, form)

    def title(self, request: "Request") -> "Response":
        """Return the form that renames a document."""
        key = request.query_params.get("key", "")
        found = [entry for entry in self._chat.library.entries() if entry.key == key]
        context = {"entry": found[0]} if found else {}
        return html_response(render("library_rename.html", **context))

    def rename(self, request: "Request", form: "FormData") -> "Response":
        """Give a document another title, and return the table."""
        self._chat.library.rename(form_field(form, "key"), form_field(form, "title"))
        return self._table(
            request, form, render("library_rename.html", swapped=True), headers=DOCUMENTS_CHANGED
        )

    def add_text(self, request: "Request", form: "FormData") -> "Response":
        """Add pasted text as a document, and return the table, or why it can't be added."""
        text, title = form_field(form, "text"), form_field(form, "title")
        result = self._chat.library.add_text(text, title, owner_of(request))
        if result.rejected:
            # Not in the table, which is replaced while something is indexed.
            headers = {"hx-retarget": "#upload-progress", "hx-reswap": "innerHTML"}
            return html_response(rejected_html(result.rejected), headers)
        return self._table(request, form)

    def runner(self, action: Callable[[], None]) -> FormHandler:
        """Return a handler that runs an action, and returns the table."""

        def run(request: "Request", form: "FormData") -> "Response":
            action()
            return self._table(request, form)

        return run

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

    def _table(
        self,
        request: "Request",
        fields: "QueryParams | FormData",
        notice: Markup = NO_NOTICE,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> "Response":
        """Return the table that the fields of the toolbar describe."""
        library = self._chat.library
        search = str(fields.get("search", ""))
        listing = Listing(
            sort=next((key for key in SortKey if key == fields.get("sort")), SortKey.TITLE),
            descending=fields.get("sort") in (SortKey.CHANGED, SortKey.PAGES, SortKey.PASSAGES),
            kind=str(fields.get("kind", "")),
            only_problems=bool(fields.get("problems")),
        )
        html = library_table_html(
            listing.arrange(library.entries(search)),
            library.status(),
            search or listing.kind or str(fields.get("problems", "")),
            outdated=library.is_outdated(),
            removed=library.removed() if fields.get("removed") else None,
            may_change=self._may_change(owner_of(request)),
        )
        return html_response(html + notice, headers)


def _keys(form: "FormData") -> list[str]:
    return [key for key in form.getlist("key") if isinstance(key, str)]


UPLOAD_PATH, TEXT_PATH = "/library/upload", "/library/text"
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
