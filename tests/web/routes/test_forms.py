"""Reading forms of limited size."""

import asyncio
from collections.abc import Iterable
from itertools import chain, repeat
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from qa.web.routes.forms import MAX_FORM_BYTES, read_form


def read_chunks(chunks: Iterable[bytes], **headers: str) -> FormData | None:
    """Return the form of a request whose body has these chunks."""
    remaining = iter(chunks)

    async def receive() -> dict[str, Any]:
        chunk = next(remaining, b"")
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    all_headers = {"content-type": "application/x-www-form-urlencoded", **headers}
    raw_headers = [(name.encode(), value.encode()) for name, value in all_headers.items()]
    return asyncio.run(read_form(Request({"type": "http", "headers": raw_headers}, receive)))


def test_form_is_read_from_chunks():
    """A form of the maximum size is accepted, and so is an empty body."""
    name = "x" * (MAX_FORM_BYTES - len("name="))

    assert FormData([("name", name)]) == read_chunks([b"na", b"me=", name.encode()])
    assert FormData() == read_chunks([])


def test_form_is_not_read_beyond_the_limit():
    """A body that never ends is refused at the limit, although its declared size is small."""
    assert read_chunks(chain([b"name="], repeat(b"x" * 1000)), **{"content-length": "10"}) is None
