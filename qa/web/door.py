"""
Who comes in: the headers that keep the page to itself, and the owner that a request belongs to.

Pure ASGI, so that no answer that streams is held up.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

from index import FootnoteError
from qa.accounts import Accounts, is_loopback
from qa.sessions import Sessions, guest, name_of

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""Own origin only: whatever a document says, the page can ask nobody else."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with none at all, a form's origin would be "null" here, too
}
COOKIE = "footnote"
OWNER = "footnote.owner"
"""Where a request's scope holds its owner."""
UNKNOWN_SESSION = "The chat can't check who is logged in. Its log says why."
OPEN_TO_ALL = ("/login",)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Door:
    """
    ASGI middleware: :data:`HEADERS` on every response, an owner in every request's scope.

    A guest gets a cookie with the first page; with *accounts*, only who has logged in comes past ``/login``.
    Whoever visits the page has the cookie renewed.

    Args:
        app: What is behind it.
        sessions: Reads and signs the cookie.
        accounts: Who may log in; None lets everyone in as a guest.
        host: Address the chat listens on; on loopback, no other name may be asked for.
    """

    def __init__(self, app: Any, sessions: Sessions, accounts: Accounts | None, host: str) -> None:
        self._app = app
        self._sessions = sessions
        self._accounts = accounts
        self._host = host

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Pass on what may pass, with headers where a response begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = dict(HEADERS)
        if refusal := self._refusal(scope):
            await _say(refusal, _with_headers(send, added))
            return
        try:
            self._recognise(scope, added)
        except FootnoteError as error:  # nobody is let in by mistake
            logging.getLogger(__name__).error("%s", error)
            await _say(UNKNOWN_SESSION, _with_headers(send, added), 500)
            return
        if scope[OWNER] is None and scope["path"] not in OPEN_TO_ALL:
            await _turned_away(scope, _with_headers(send, added))
            return
        await self._app(scope, receive, _with_headers(send, added))

    def _refusal(self, scope: Scope) -> str:
        """Why nobody with these headers is served; empty if there is no reason."""
        headers = _headers(scope)
        host = headers.get("host", "")
        # A page elsewhere can give its own name this machine's address, and then ask in its own name.
        if is_loopback(self._host) and not is_loopback(_name(host)):
            return f"this chat answers to localhost alone, not to {host[:80]!a}"
        origin = headers.get("origin", "")
        if scope["method"] not in {"GET", "HEAD"} and origin and origin.partition("://")[2] != host:
            return "this chat takes no orders from other pages"
        return ""

    def _recognise(self, scope: Scope, added: dict[str, str]) -> None:
        stamp = cache(self._stamp)  # asked once: a password changed meanwhile renews no cookie of the old one
        sent = cookie_of(scope)
        owner = known = self._sessions.read(sent, stamp)
        if self._accounts is None:
            owner = known or guest()
        if owner and (scope["path"] == "/" or not known):  # signed again at each visit, so that it lasts
            session = self._sessions.session_of(sent)
            added["set-cookie"] = cookie(self._sessions, owner, stamp(owner) or "", session)
        scope[OWNER] = owner

    def _stamp(self, owner: str) -> str | None:
        """What a cookie must have now; another password of an account, or none, ends its sessions."""
        if self._accounts is None:
            return ""
        name = name_of(owner)
        return None if name is None else self._accounts.stamp(name)


def owner_of(request: Any) -> str:
    """Whose request it is; :class:`Door` let in no other."""
    return str(request.scope[OWNER])


def cookie(sessions: Sessions, owner: str, stamp: str = "", session: str = "") -> str:
    """
    The header that makes a browser come back as *owner*, with a *stamp* as long as that is good.

    It goes on with an account's *session*, or begins another one.
    """
    signed = sessions.sign(owner, stamp, session)
    return f"{COOKIE}={signed}; Max-Age={sessions.seconds}; Path=/; HttpOnly; SameSite=Lax"


def no_cookie() -> str:
    """The header that makes a browser forget who it was."""
    return f"{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


def _with_headers(send: Send, added: dict[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            lines = [(name.encode(), value.encode()) for name, value in added.items()]
            message["headers"] = [*message.get("headers", []), *lines]
        await send(message)

    return sending


async def _say(reason: str, send: Send, status: int = 403) -> None:
    start = {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
    await send(start)
    await send({"type": "http.response.body", "body": reason.encode()})


async def _turned_away(scope: Scope, send: Send) -> None:
    """A page leads to the login; what a page asks for is refused."""
    is_page = scope["method"] == "GET" and scope["path"] == "/"
    headers = [(b"location", b"/login")] if is_page else []
    await send({"type": "http.response.start", "status": 303 if is_page else 401, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _name(host: str) -> str:
    """``_name("[::1]:7860") -> "::1"``"""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def cookie_of(scope: Scope) -> str | None:
    """Ours, whatever else is sent along: on one machine, programs at all ports share their cookies."""
    from starlette.requests import HTTPConnection

    return HTTPConnection(scope).cookies.get(COOKIE)
