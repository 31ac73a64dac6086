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
    ASGI middleware: a body larger than the limit is answered with 413, and no more of it is passed on.

    What ``content-length`` says is checked first, and what really comes is counted.

    Args:
        app: The application behind it.
        max_bytes: The limit.
        exempt: Paths that have a limit of their own.
    """

    def __init__(self, app: Any, max_bytes: int = MAX_BODY_BYTES, exempt: Collection[str] = ()) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._exempt = frozenset(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request whose body is small enough."""
        if scope["type"] != "http" or scope["path"] in self._exempt:
            await self._app(scope, receive, send)
        elif _content_length(scope) > self._max_bytes:
            await self._refuse(send)
        else:
            await self._run_counting(scope, receive, send)

    async def _run_counting(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, is_started = 0, False

        async def receive_counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._max_bytes:
                if is_started:
                    return {"type": "http.disconnect"}
                raise _BodyTooLargeError
            return message

        async def send_unless_too_large(message: Message) -> None:
            nonlocal is_started
            # A framework may have turned the exception into a response of its own, such as 400.
            if size > self._max_bytes and not is_started:
                raise _BodyTooLargeError
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive_counted, send_unless_too_large)
        except Exception:  # whatever the frameworks in between have made of it
            if size <= self._max_bytes or is_started:
                raise
        if size > self._max_bytes and not is_started:
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        text = f"The request is larger than {self._max_bytes // 1024:,} kB. Send less at once.".encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": text})


class _BodyTooLargeError(Exception):
    """More came than the limit."""


def _content_length(scope: Scope) -> int:
    """Return what the header says; 0 without one."""
    values = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return max((int(value[:20]) for value in values if value.isdigit()), default=0)
