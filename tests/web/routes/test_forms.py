"""Forms: read as far as any of the page's is long, and no further."""

import asyncio
from collections.abc import Iterable
from itertools import chain, repeat
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from qa.web.routes.forms import MAX_FORM_BYTES, read_form


def sent(pieces: Iterable[bytes], **headers: str) -> FormData | None:
    """A form that comes in these pieces."""
    coming = iter(pieces)

    async def receive() -> dict[str, Any]:
        piece = next(coming, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    said = {"content-type": "application/x-www-form-urlencoded", **headers}
    lines = [(name.encode(), value.encode()) for name, value in said.items()]
    return asyncio.run(read_form(Request({"type": "http", "headers": lines}, receive)))


def test_a_form_is_what_its_pieces_say_together():
    """The longest that is taken included."""
    name = "x" * (MAX_FORM_BYTES - len("name="))

    assert FormData([("name", name)]) == sent([b"na", b"me=", name.encode()])
    assert FormData() == sent([])


def test_a_form_is_not_read_beyond_the_longest():
    """Though it is said to be short, and never ends."""
    assert sent(chain([b"name="], repeat(b"x" * 1000)), **{"content-length": "10"}) is None
