"""
Who comes in: the owner that a request belongs to, by a cookie.

Pure ASGI, so that no answer that streams is held up.
"""

import logging
from functools import cache
from typing import Any

from index import FootnoteError
from qa.auth.accounts import Accounts, is_loopback
from qa.auth.sessions import Sessions, account_name, new_guest_id
from qa.web import strings
from qa.web.access_key import AccessKey, refusal_page, split_key
from qa.web.security_headers import Message, Receive, Scope, Send

COOKIE = "footnote"
OWNER_KEY = "footnote.owner"
"""Where a request's scope holds its owner."""
PUBLIC_PATHS = ("/login",)
GUEST_STAMP = "key"
"""Stamp of guests' cookies; before there was a key, any user of the machine could get one without it."""


class SecurityMiddleware:
    """
    ASGI middleware: an owner in the scope of every request that has a session; no other request gets through.

    A session begins with the access key, or with *accounts* at ``/login``. Whoever visits the page has the
    cookie renewed.

    Args:
        app: What is behind it.
        sessions: Reads and signs the cookie.
        accounts: Who may log in; None makes everyone with the key a guest.
        access_key: Begins a guest's session; unused with *accounts*.
        host: Address the chat listens on; on loopback, no other name may be asked for.
    """

    def __init__(
        self, app: Any, sessions: Sessions, accounts: Accounts | None, access_key: AccessKey, host: str
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._accounts = accounts
        self._access_key = access_key
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass, with a cookie where a response begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if refusal := self._refusal(scope):
            await _send_refusal(refusal, send)
            return
        added: dict[str, str] = {}
        try:
            self._identify(scope, added)
            headers = self._key_redirect(scope) if self._accounts is None else []
        except FootnoteError as error:  # nobody is let in by mistake
            logging.getLogger(__name__).error("%s", error)
            await _send_refusal(strings.SESSION_UNKNOWN, send, 500)
            return
        if headers:
            await _send(send, 303, headers)
            return
        if scope[OWNER_KEY] is None and self._accounts is None:
            await _refuse_without_key(send)
            return
        if scope[OWNER_KEY] is None and scope["path"] not in PUBLIC_PATHS:
            await _send_login(scope, send)
            return
        await self._app(scope, receive, _with_headers(send, added))

    def _refusal(self, scope: Scope) -> str:
        """Why nobody with these headers is served; empty if there is no reason."""
        headers = _headers(scope)
        host = headers.get("host", "")
        # A page elsewhere can give its own name this machine's address, and then ask in its own name.
        if is_loopback(self._host) and not is_loopback(_host_name(host)):
            return strings.HOST_NOT_ALLOWED.format(host=ascii(host[:80]))
        origin = headers.get("origin", "")
        if scope["method"] not in {"GET", "HEAD"} and origin and origin.partition("://")[2] != host:
            return strings.CROSS_ORIGIN
        return ""

    def _identify(self, scope: Scope, added: dict[str, str]) -> None:
        version_of = cache(
            self._credential_version
        )  # asked once: a password changed meanwhile renews no cookie of the old one
        sent = cookie_of(scope)
        scope[OWNER_KEY] = owner = self._sessions.decode_cookie(sent, version_of)
        if owner and scope["path"] == "/":  # signed again at each visit, so that it lasts
            session = self._sessions.session_of(sent)
            added["set-cookie"] = session_cookie(self._sessions, owner, version_of(owner) or "", session)

    def _key_redirect(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """
        Return the headers of a redirect from the page's address with a key to the one without, or none.

        The key is then in neither the address bar nor the history. A browser with a session needs no key, so
        that an address printed before a restart still leads to the page.
        """
        key, query = split_key(scope["query_string"].decode("latin-1"))
        if scope["method"] != "GET" or scope["path"] != "/" or key is None:
            return []
        location = (b"location", f"/?{query}".rstrip("?").encode())
        if not self._access_key.matches(key):
            return [location] if scope[OWNER_KEY] else []
        # A cookie without the stamp still tells whose conversations to show, once its browser has the key.
        owner = scope[OWNER_KEY] or self._sessions.decode_cookie(cookie_of(scope)) or new_guest_id()
        return [location, (b"set-cookie", session_cookie(self._sessions, owner, GUEST_STAMP).encode())]

    def _credential_version(self, owner: str) -> str | None:
        """What a cookie must have now; another password of an account, or none, ends its sessions."""
        if self._accounts is None:
            return GUEST_STAMP
        name = account_name(owner)
        return None if name is None else self._accounts.credential_version(name)


def owner_of(request: Any) -> str:
    """Whose request it is; :class:`SecurityMiddleware` let in no other."""
    return str(request.scope[OWNER_KEY])


def session_cookie(sessions: Sessions, owner: str, version: str = "", session: str = "") -> str:
    """
    The header that makes a browser come back as *owner*, with a *version* as long as that is good.

    It goes on with an account's *session*, or begins another one.
    """
    signed = sessions.encode_cookie(owner, version, session)
    return f"{COOKIE}={signed}; Max-Age={sessions.seconds}; Path=/; HttpOnly; SameSite=Lax"


def expired_cookie() -> str:
    """The header that makes a browser forget who it was."""
    return f"{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


def _with_headers(send: Send, added: dict[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            lines = [(name.encode(), value.encode()) for name, value in added.items()]
            message["headers"] = [*message.get("headers", []), *lines]
        await send(message)

    return sending


async def _send_refusal(reason: str, send: Send, status: int = 403) -> None:
    await _send(send, status, [(b"content-type", b"text/plain")], reason.encode())


async def _refuse_without_key(send: Send) -> None:
    html, policy = refusal_page()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", policy.encode())]
    await _send(send, 401, headers, html.encode())


async def _send_login(scope: Scope, send: Send) -> None:
    """A page leads to the login; what a page asks for is refused."""
    is_page = scope["method"] == "GET" and scope["path"] == "/"
    headers = [(b"location", b"/login")] if is_page else []
    await _send(send, 303 if is_page else 401, headers)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _host_name(host: str) -> str:
    """``_host_name("[::1]:7860") -> "::1"``"""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def cookie_of(scope: Scope) -> str | None:
    """Ours, whatever else is sent along: on one machine, programs at all ports share their cookies."""
    from starlette.requests import HTTPConnection

    return HTTPConnection(scope).cookies.get(COOKIE)
