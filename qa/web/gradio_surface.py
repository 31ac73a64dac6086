"""
Restricts access to Gradio to the routes that the page uses and to the requests that it sends.

Gradio registers about eighty routes. Some fetch arbitrary URLs, or write conversations to a shared folder and
serve files from it, and an update may add more.

This is pure ASGI middleware, so that streaming responses aren't buffered.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from qa.web.security_headers import Message, Receive, Scope, Send, page_policy

if TYPE_CHECKING:
    from starlette.routing import Route

PAGE = "/"
PREDICT = "/gradio_api/run/predict"
THEME = "/theme.css"
GRADIO_ROUTES: Mapping[str, frozenset[str]] = {
    PAGE: frozenset({"GET", "HEAD"}),
    PREDICT: frozenset({"POST"}),
    THEME: frozenset({"GET"}),
    "/static/js/iframeResizer.contentWindow.min.js": frozenset(
        {"GET"}
    ),  # loaded by a script of Gradio's page
    "/favicon.ico": frozenset({"GET"}),  # requested by browsers
}
"""Paths and methods that the page uses, except :data:`ASSET`, as observed in Chromium with Gradio 6.31."""
ASSET = re.compile(r"/assets/[\w-]+(?:\.[\w-]+)*\.(?:css|js|svg|ttf|woff2?)", re.ASCII)
"""Path of a file in Gradio's bundle; no folder, ``..`` or URL matches."""
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


class GradioRequests:
    """
    ASGI middleware that reduces requests to Gradio to what the page needs, and sets the page's policy.

    Args:
        app: The application that Gradio is mounted in.
        head: HTML that Gradio's script inserts into the head of the page.
    """

    def __init__(self, app: Any, head: str) -> None:
        self._app = app
        self._head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request; those of our own routes are unchanged."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == PAGE:
            await self._serve_page(scope, receive, send)
        elif path == PREDICT:
            await self._predict(scope, receive, send)
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

        headers = _trusted_headers(scope, b"accept-encoding", b"range")
        await self._app({**scope, "query_string": b"", "headers": headers}, receive, collect)
        policy = page_policy(body.decode(), self._head)
        start["headers"] = [*start["headers"], (b"content-security-policy", policy.encode())]
        await send(start)
        await send({"type": "http.response.body", "body": bytes(body)})

    async def _predict(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = predict_call(await _read_body(receive))
        if call is None:
            await respond(send, 400, "The request does not have the form that the page sends.")
            return
        headers = [*_trusted_headers(scope, b"content-length"), (b"content-length", b"%d" % len(call))]
        await self._app({**scope, "headers": headers}, _replay(call, receive), send)


def predict_call(body: bytes) -> bytes | None:
    """
    Return an event's call as JSON, reduced to the event's number and text values; None if it is malformed.

    Every value that the page sends is text. In an object Gradio would look for a file name and fetch it from
    any URL, whatever the component. The session's name is dropped, since Gradio would store the values under
    it.
    """
    try:
        call = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(call, dict):
        return None
    values, event = call.get("data"), call.get("fn_index")
    if (
        type(event) is not int
        or not isinstance(values, list)
        or not all(isinstance(value, str) for value in values)
    ):
        return None
    return json.dumps({"data": values, "fn_index": event}).encode()


async def respond(send: Send, status: int, message: str, **headers: str) -> None:
    """Send a plain text response."""
    raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw_headers.append((b"content-type", b"text/plain; charset=utf-8"))
    await send({"type": "http.response.start", "status": status, "headers": raw_headers})
    await send({"type": "http.response.body", "body": message.encode()})


def _trusted_headers(scope: Scope, *excluded: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (name, value)
        for name, value in scope["headers"]
        if not name.startswith(_UNTRUSTED_HEADERS) and name not in excluded
    ]


async def _read_body(receive: Receive) -> bytes:
    """Return the whole body, whose size :class:`~qa.web.body_limit.BodyLimitMiddleware` limits."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body.extend(message.get("body", b""))
        more = message.get("more_body", False)
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that returns *body* first, and then further messages, such as a disconnect."""
    first = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_replayed() -> Message:
        return first.pop() if first else await receive()

    return receive_replayed


def _cacheable(send: Send) -> Send:
    async def send_cacheable(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in {200, 304}:
            message["headers"] = [*message["headers"], (b"cache-control", IMMUTABLE)]
        await send(message)

    return send_cacheable
