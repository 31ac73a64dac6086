"""Chooses the language of each request."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from qa.web import strings
from qa.web.security_headers import Receive, Scope, Send


class LanguageMiddleware:
    """ASGI middleware that sets the language which a person chose, or else the browser's."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request."""
        if scope["type"] == "http":
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            cookie = _cookie(headers.get(b"cookie", ""))
            strings.use_language(cookie, headers.get(b"accept-language", ""))
        await self._app(scope, receive, send)


def _cookie(header: str) -> str:
    """Return the language in the cookies; empty if there is none."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(header)
    except CookieError:
        return ""
    return cookies[strings.COOKIE].value if strings.COOKIE in cookies else ""
