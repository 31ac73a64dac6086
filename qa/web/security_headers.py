"""
The security headers of every response, and the content security policy of an HTML page.

This is pure ASGI middleware, so that streaming responses aren't buffered.
"""

import base64
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

INERT_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Policy of responses that aren't pages: in a browser they run nothing, load nothing and have no origin."""
HEADERS = {
    "content-security-policy": INERT_POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with "no-referrer" even our own forms would send the origin "null"
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",  # other ports of this host belong to the same site
}
"""Headers that are added to every response that doesn't set them itself."""
CORS_PREFIX = b"access-control-"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class SecurityHeaders:
    """
    ASGI middleware that adds :data:`HEADERS` to every response and removes CORS headers.

    Args:
        app: The application; headers it sets itself take precedence.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request, and change the headers of its response."""
        await self.app(scope, receive, _send_secured(send) if scope["type"] == "http" else send)


@lru_cache(maxsize=32)  # a page differs only by the host it was requested from
def page_policy(page: str, *inserted: str) -> str:
    """
    Return the content security policy of a page, which allows the inline scripts in its HTML and no others.

    Text of documents and people must be escaped in that HTML, since every script in it is allowed. A script
    that is inserted later has no hash in the policy and doesn't run.

    Args:
        page: The HTML as served.
        inserted: HTML that the page's own scripts insert.
    """
    scripts = (script for html in (page, *inserted) for script in inline_scripts(html))
    hashes = " ".join(dict.fromkeys(map(hash_source, scripts)))
    return (
        f"default-src 'none'; script-src 'self' {hashes}; "
        # Gradio's components have style attributes, which no hash can allow.
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


def inline_scripts(html: str) -> list[str]:
    """Return the text of each script element that has no ``src``."""
    parser = _InlineScripts()
    parser.feed(html)
    parser.close()
    return parser.scripts


def hash_source(script: str) -> str:
    """Return the source expression that allows an inline script (CSP Level 3, 2.3.1)."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class _InlineScripts(HTMLParser):
    """Collects the text of inline scripts as a browser parses it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and "src" not in dict(attrs)
        if self._inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data


def _send_secured(send: Send) -> Send:
    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                header for header in message.get("headers", []) if not header[0].startswith(CORS_PREFIX)
            ]
            present = {name for name, _ in headers}
            defaults = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = headers + [header for header in defaults if header[0] not in present]
        await send(message)

    return send_secured
