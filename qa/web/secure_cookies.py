"""Cookies that came over TLS never leave the browser without it."""

from typing import Any

from qa.web.body_limit import Message, Receive, Scope, Send


class SecureCookiesMiddleware:
    """ASGI middleware: every cookie that is set over TLS, whoever sets it, has the attribute ``Secure``."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, and add the attribute where the response begins."""
        is_secure = scope["type"] == "http" and scope["scheme"] == "https"
        await self._app(scope, receive, _send_secure(send) if is_secure else send)


def _send_secure(send: Send) -> Send:
    async def send_secure(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", [])
            message["headers"] = [(name, _secure(name, value)) for name, value in headers]
        await send(message)

    return send_secure


def _secure(name: bytes, value: bytes) -> bytes:
    attributes = {attribute.strip().lower() for attribute in value.split(b";")[1:]}
    if name.lower() != b"set-cookie" or b"secure" in attributes:
        return value
    return value + b"; Secure"
