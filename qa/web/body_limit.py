"""A limit on request bodies, before anything reads them into memory."""

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY_BYTES = 256 * 1024


class BodyLimitMiddleware:
    """
    ASGI middleware that responds with 413 to a request whose body is larger than a limit.

    ``content-length`` is checked first; then the received bytes are counted, and none are passed on beyond
    the limit.

    Args:
        app: The application.
        max_bytes: Maximum size of a body.
        exempt: Paths that check the size themselves.
    """

    def __init__(self, app: Any, max_bytes: int = MAX_BODY_BYTES, exempt: Collection[str] = ()) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._exempt = frozenset(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request until its body is too large."""
        if scope["type"] != "http" or scope["path"] in self._exempt:
            await self._app(scope, receive, send)
        elif _content_length(scope) > self._max_bytes:
            await self._refuse(send)
        else:
            await self._run_limited(scope, receive, send)

    async def _run_limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, has_responded = 0, False

        async def receive_counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._max_bytes:
                if has_responded:
                    return {"type": "http.disconnect"}
                raise _BodyTooLargeError
            return message

        async def send_unless_too_large(message: Message) -> None:
            nonlocal has_responded
            # A framework may have turned the exception into its own response, such as 400.
            if size > self._max_bytes and not has_responded:
                raise _BodyTooLargeError
            has_responded = True
            await send(message)

        try:
            await self._app(scope, receive_counted, send_unless_too_large)
        except Exception:  # frameworks may have wrapped _BodyTooLargeError
            if size <= self._max_bytes or has_responded:
                raise
        if size > self._max_bytes and not has_responded:
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        text = f"The request is larger than {self._max_bytes // 1024:,} kB. Send less at once.".encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": text})


class _BodyTooLargeError(Exception):
    """The body is larger than the limit."""


def _content_length(scope: Scope) -> int:
    """Return the value of the header; 0 if it is missing or not a number."""
    values = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return max((int(value[:20]) for value in values if value.isdigit()), default=0)
