"""Helpers that routes share: forms, responses, and errors as HTML."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from index import MB, FootnoteError
from qa.web import strings
from qa.web.controller import FileDownload
from qa.web.routes.forms import MAX_FORM_BYTES, read_form
from qa.web.views.rendering import error_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

REDIRECT_HEADER = "hx-redirect"
"""Tells htmx to open another address instead of replacing a part of the page."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
NO_STORE = {"cache-control": "private, no-store"}

FormHandler = Callable[["Request", "FormData"], "Response"]
"""Returns the response to a form; it runs in a thread."""


def get_route(path: str, handler: Callable[["Request"], "Response"]) -> "Route":
    """Return a GET route; Starlette runs its handler, which isn't async, in a thread."""
    from starlette.routing import Route

    return Route(path, lambda request: errors_as_html(lambda: handler(request)))


def post_route(path: str, handler: FormHandler, max_bytes: int = MAX_FORM_BYTES) -> "Route":
    """Return a POST route whose handler gets the form, of limited size, and runs in a thread."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    async def handle_form(request: "Request") -> "Response":
        form = await read_form(request, max_bytes)
        if form is None:
            return html_response(error_html(strings.FORM_TOO_LONG), status=413)
        return await run_in_threadpool(errors_as_html, lambda: handler(request, form))

    return Route(path, handle_form, methods=["POST"])


def errors_as_html(respond: Callable[[], "Response"]) -> "Response":
    """Return the response, or the message of an error as HTML."""
    try:
        return respond()
    except FootnoteError as error:
        return html_response(error_html(str(error)), status=500)


def parse_number(digits: str) -> int | None:
    """Return a number of up to 18 digits; None for other text."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def parse_turn_id(digits: str) -> int:
    """Return the id of a turn; for text that isn't a number, -1, which no turn has."""
    number = parse_number(digits)
    return -1 if number is None else number


def form_field(form: "FormData", name: str) -> str:
    """Return the text of a field; empty if it is missing or a file."""
    value: Any = form.get(name, "")
    return value if isinstance(value, str) else ""


def html_response(html: str, headers: Mapping[str, str] = NO_HEADERS, status: int = 200) -> "Response":
    """Return a response with HTML that isn't cached."""
    from starlette.responses import HTMLResponse

    return HTMLResponse(html, status, {**NO_STORE, **headers})


def file_response(download: FileDownload) -> "Response":
    """Return a file that the browser stores and never shows."""
    from starlette.responses import StreamingResponse

    # RFC 6266: a name in any script, which has neither quotes nor line breaks.
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(download.name)}", **NO_STORE}
    return StreamingResponse(_read_chunks(download.content), media_type=download.media_type, headers=headers)


def _read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(MB):
            yield chunk
