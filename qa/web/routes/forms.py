"""Forms as they come in: nothing is read of one beyond what the longest of the page can hold."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

MAX_FORM_BYTES = 100_000
"""Bytes of a form; a file is no form."""


async def read_form(request: "Request") -> "FormData | None":
    """What was sent; None if it is longer than :data:`MAX_FORM_BYTES`, whatever it claimed."""
    from starlette.requests import Request

    size = 0

    async def receive() -> Any:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > MAX_FORM_BYTES:
            raise _TooLong
        return message

    try:
        return await Request(request.scope, receive).form(max_files=0)
    except _TooLong:
        return None


class _TooLong(Exception):
    """More came than any form holds."""
