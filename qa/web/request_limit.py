"""A limit on the requests of one owner that are being answered at the same time."""

import contextlib
from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any

from qa.web.body_limit import Receive, Scope, Send
from qa.web.middleware import OWNER_KEY

MAX_REQUESTS_EACH = 24
"""
Of the 40 threads that answer; a browser makes 6 requests at once, whatever the number of its tabs.
"""


class InFlight:
    """
    Counts what each owner has in progress; for one event loop.

    Args:
        max_each: The most for one owner.
    """

    def __init__(self, max_each: int) -> None:
        self._max_each = max_each
        self._counts: Counter[Hashable] = Counter()

    @contextlib.contextmanager
    def enter(self, owner: Hashable) -> Iterator[bool]:
        """Count one more until the end; False, and it isn't counted, if the owner has the most already."""
        if self._counts[owner] >= self._max_each:
            yield False
            return
        self._counts[owner] += 1
        try:
            yield True
        finally:
            self._counts[owner] -= 1
            if not self._counts[owner]:
                del self._counts[owner]


class RequestLimitMiddleware:
    """
    ASGI middleware: past the limit an owner's further requests are answered with 429.

    It is behind the one that recognises the owner; who has none yet isn't counted.
    """

    def __init__(self, app: Any, max_each: int = MAX_REQUESTS_EACH) -> None:
        self._app = app
        self._in_flight = InFlight(max_each)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, unless too many of the same owner are being answered."""
        if scope["type"] != "http" or not (owner := scope.get(OWNER_KEY)):
            await self._app(scope, receive, send)
            return
        with self._in_flight.enter(owner) as entered:
            if entered:
                await self._app(scope, receive, send)
                return
        text = b"Too many requests at once. Try again in a moment."
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": text})
