"""Reading forms of limited size."""

import asyncio
from collections.abc import Iterable
from itertools import chain, repeat
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from qa.web.routes.forms import MAX_FORM_BYTES, read_form


def read_chunks(pieces: Iterable[bytes], **headers: str) -> FormData | None:
    """Return the form of a request whose body has these chunks."""
    coming = iter(pieces)

    async def receive() -> dict[str, Any]:
        piece = next(coming, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    said = {"content-type": "application/x-www-form-urlencoded", **headers}
    lines = [(name.encode(), value.encode()) for name, value in said.items()]
    return asyncio.run(read_form(Request({"type": "http", "headers": lines}, receive)))


def test_form_is_read_from_chunks():
    """A form of the maximum size is accepted, and so is an empty body."""
    name = "x" * (MAX_FORM_BYTES - len("name="))

    assert FormData([("name", name)]) == read_chunks([b"na", b"me=", name.encode()])
    assert FormData() == read_chunks([])


def test_form_is_not_read_beyond_the_limit():
    """Although it declares a small size and never ends."""
    assert read_chunks(chain([b"name="], repeat(b"x" * 1000)), **{"content-length": "10"}) is None
