"""Marks cookies that are set over TLS as ``Secure``, so that browsers send them only over TLS."""

from typing import Any

from qa.web.body_limit import Message, Receive, Scope, Send


class SecureCookiesMiddleware:
    """ASGI middleware that adds the attribute ``Secure`` to every cookie set over TLS."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, and add the attribute to the cookies of its response."""
        is_secure = scope["type"] == "http" and scope["scheme"] == "https"
        await self._app(scope, receive, _send_secure(send) if is_secure else send)


def _send_secure(send: Send) -> Send:
    async def send_secure(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", [])
            message["headers"] = [(name, _with_secure(name, value)) for name, value in headers]
        await send(message)

    return send_secure


def _with_secure(name: bytes, value: bytes) -> bytes:
    """Return the value of a header, with the attribute if the header sets a cookie."""
    attributes = {attribute.strip().lower() for attribute in value.split(b";")[1:]}
    if name.lower() != b"set-cookie" or b"secure" in attributes:
        return value
    return value + b"; Secure"
