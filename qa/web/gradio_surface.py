"""
Restricts access to Gradio to the routes that the page uses, and puts its question field into our page.

Gradio registers about eighty routes. Some fetch arbitrary URLs, or write conversations to a shared folder and
serve files from it, and an update may add more.

This is pure ASGI middleware, so that streaming responses aren't buffered.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from qa.web.security_headers import Message, Receive, Scope, Send, page_policy

if TYPE_CHECKING:
    from starlette.routing import Route

PAGE = "/"
THEME = "/theme.css"
GRADIO_ROUTES: Mapping[str, frozenset[str]] = {
    PAGE: frozenset({"GET", "HEAD"}),
    THEME: frozenset({"GET"}),
    "/static/js/iframeResizer.contentWindow.min.js": frozenset(
        {"GET"}
    ),  # loaded by a script of Gradio's page
    "/favicon.ico": frozenset({"GET"}),  # requested by browsers
}
"""Paths and methods that the page uses, except :data:`ASSET`, as observed in Chromium with Gradio 6.31."""
ASSET = re.compile(r"/assets/[\w-]+(?:\.[\w-]+)*\.(?:css|js|svg|ttf|woff2?)", re.ASCII)
"""Path of a file in Gradio's bundle; no folder, ``..`` or URL matches."""
GRADIO_APP = re.compile(r"<gradio-app\b.*?</gradio-app>", re.DOTALL)
"""Gradio's element, into which its script draws the question field."""
IMMUTABLE = b"public, max-age=31536000, immutable"
"""Value of ``cache-control`` for files whose URL changes with their content."""
_UNTRUSTED_HEADERS = (b"x-forwarded-", b"forwarded")
"""Prefixes of headers from which Gradio takes the server address that it writes into the page."""


class RouteAllowList:
    """
    ASGI middleware that responds with 404 unless a route is our own or is used by the page.

    It runs before authentication, so that other routes don't exist for anybody.

    Args:
        app: The application with all its routes.
        own_routes: Our own routes.
    """

    def __init__(self, app: Any, own_routes: Iterable["Route"]) -> None:
        self._app = app
        self._methods = {
            **GRADIO_ROUTES,
            **{route.path: frozenset(route.methods or ()) for route in own_routes},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on allowed requests."""
        if scope["type"] == "websocket":  # the page uses none
            await receive()
            await send({"type": "websocket.close"})
        elif scope["type"] != "http" or scope["method"] in (methods := self._methods_of(scope["path"])):
            await self._app(scope, receive, send)
        elif methods:
            await respond(send, 405, "Method not allowed.", allow=", ".join(sorted(methods)))
        else:
            await respond(send, 404, "Not found.")

    def _methods_of(self, path: str) -> frozenset[str]:
        return frozenset({"GET"}) if ASSET.fullmatch(path) else self._methods.get(path, frozenset())


PagePart = Callable[[Scope, str], str]
"""Returns the content of the page for a request, around Gradio's element."""


class GradioPage:
    """
    ASGI middleware that puts Gradio's element into our page, and sets the page's policy.

    Args:
        app: The application that Gradio is mounted in.
        head: HTML for the end of the head.
        content: Returns the content of the page; it runs in a thread.
        translate: Returns Gradio's page in the language of the request.
    """

    def __init__(self, app: Any, head: str, content: PagePart, translate: Callable[[str], str]) -> None:
        self._app = app
        self._head = head
        self._content = content
        self._translate = translate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request; those of our own routes are unchanged."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == PAGE:
            await self._serve_page(scope, receive, send)
        elif ASSET.fullmatch(path) or (path == THEME and scope["query_string"].startswith(b"v=")):
            await self._app(scope, receive, _cacheable(send))
        else:
            await self._app(scope, receive, send)

    async def _serve_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the page, without its query, which may name a ``deep_link``, and uncompressed, to hash it."""
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        headers = _trusted_headers(scope)
        await self._app({**scope, "query_string": b"", "headers": headers}, receive, collect)
        page = self._translate(body.decode())
        # Only Gradio's own scripts: one in our content, where documents' texts are, must not run.
        policy = page_policy(page)
        if element := GRADIO_APP.search(page):
            content = await run_in_threadpool(self._content, scope, element[0])
            page = f"{page[: element.start()]}{content}{page[element.end() :]}"
            page = page.replace("</head>", f"{self._head}</head>", 1)
        changed = (b"content-length", b"content-security-policy")
        headers = [header for header in start["headers"] if header[0] not in changed]
        content_bytes = page.encode()
        headers += [
            (b"content-security-policy", policy.encode()),
            (b"content-length", b"%d" % len(content_bytes)),
        ]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": content_bytes})


async def respond(send: Send, status: int, message: str, **headers: str) -> None:
    """Send a plain text response."""
    raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw_headers.append((b"content-type", b"text/plain; charset=utf-8"))
    await send({"type": "http.response.start", "status": status, "headers": raw_headers})
    await send({"type": "http.response.body", "body": message.encode()})


def _trusted_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return the headers without proxies' headers, and those by which a page is compressed or cut."""
    return [
        (name, value)
        for name, value in scope["headers"]
        if not name.startswith(_UNTRUSTED_HEADERS) and name not in (b"accept-encoding", b"range")
    ]


def _cacheable(send: Send) -> Send:
    async def send_cacheable(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in {200, 304}:
            message["headers"] = [*message["headers"], (b"cache-control", IMMUTABLE)]
        await send(message)

    return send_cacheable
