"""Reads forms of limited size."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

MAX_FORM_BYTES = 100_000
"""Maximum size of a form; files are uploaded in another way."""


async def read_form(request: "Request", max_bytes: int = MAX_FORM_BYTES) -> "FormData | None":
    """Return the form in a request; None if its body is larger than *max_bytes*."""
    from starlette.requests import Request

    size = 0

    async def receive() -> Any:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > max_bytes:
            raise _FormTooLongError
        return message

    try:
        return await Request(request.scope, receive).form(max_files=0)
    except _FormTooLongError:
        return None


class _FormTooLongError(Exception):
    """The form is larger than the limit."""
