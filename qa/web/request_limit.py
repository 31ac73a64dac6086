"""Limits the number of concurrent requests of one owner."""

import contextlib
from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any

from qa.web.body_limit import Receive, Scope, Send
from qa.web.middleware import CLIENT_KEY

MAX_REQUESTS_EACH = 24
"""
Maximum number of concurrent requests of one owner.

There are 40 threads for requests, and a browser sends up to 6 requests at once, however many tabs it has.
"""


class ConcurrencyLimit:
    """
    Limits the operations that each owner has in progress; for one event loop.

    Args:
        max_each: Maximum number for one owner.
    """

    def __init__(self, max_each: int) -> None:
        self._max_each = max_each
        self._counts: Counter[Hashable] = Counter()

    @contextlib.contextmanager
    def enter(self, owner: Hashable) -> Iterator[bool]:
        """Count an operation while the context is open; at the maximum, yield False and don't count it."""
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
    ASGI middleware that responds with 429 to an owner's requests beyond a limit.

    It runs after :class:`~qa.web.middleware.SecurityMiddleware`; requests without an owner aren't counted.

    Args:
        app: The application.
        max_each: Maximum number of concurrent requests of one owner.
    """

    def __init__(self, app: Any, max_each: int = MAX_REQUESTS_EACH) -> None:
        self._app = app
        self._limit = ConcurrencyLimit(max_each)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, unless its owner has too many in progress."""
        if scope["type"] != "http" or not (owner := scope.get(CLIENT_KEY)):
            await self._app(scope, receive, send)
            return
        with self._limit.enter(owner) as entered:
            if entered:
                await self._app(scope, receive, send)
                return
        text = b"Too many requests at once. Try again in a moment."
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": text})
