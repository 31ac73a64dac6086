"""What routes share: forms, replies, errors as HTML."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index import FootnoteError
from qa.web import strings
from qa.web.routes.forms import read_form
from qa.web.views.html import error_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

REDIRECT_HEADER = "hx-redirect"
"""The header that sends the browser to another address of the chat."""


PRIVATE = {"cache-control": "private, no-store"}


Answer = Callable[["Request", "FormData"], "Response"]
"""What answers a form; it may take its time."""


def get_route(path: str, answer: Callable[["Request"], "Response"]) -> "Route":
    from starlette.routing import Route

    # Plain functions: Starlette runs them in threads, so that nothing quick waits for anything slow.
    return Route(path, lambda request: errors_as_html(lambda: answer(request)))


def post_route(path: str, answer: Answer) -> "Route":
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    async def answering(request: "Request") -> "Response":
        form = await read_form(request)
        if form is None:
            return html_response(error_html(strings.FORM_TOO_LONG), status=413)
        return await run_in_threadpool(errors_as_html, lambda: answer(request, form))

    return Route(path, answering, methods=["POST"])


def errors_as_html(answer: Callable[[], "Response"]) -> "Response":
    """What goes wrong is said in one line, where the answer would have stood."""
    try:
        return answer()
    except FootnoteError as error:
        return html_response(error_html(str(error)), status=500)


def parse_number(digits: str) -> int:
    """-1 for what is no number."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1


def form_field(form: "FormData", name: str) -> str:
    value: Any = form.get(name, "")
    return value if isinstance(value, str) else ""


def html_response(shown: str, headers: dict[str, str] | None = None, status: int = 200) -> "Response":
    from starlette.responses import HTMLResponse

    return HTMLResponse(shown, status, {**PRIVATE, **(headers or {})})
