"""
Host and origin checks, and sessions: each request gets an owner from its cookie.

This is pure ASGI middleware, so that streaming responses aren't buffered.
"""

import logging
from functools import cache
from typing import Any

from index import FootnoteError
from qa.auth.accounts import Accounts, is_loopback
from qa.auth.sessions import LOCAL_OWNER, Sessions, account_name, new_guest_id
from qa.web import strings
from qa.web.access_key import AccessKey, refusal_page, split_key
from qa.web.security_headers import Message, Receive, Scope, Send

COOKIE = "footnote"
OWNER_KEY = "footnote.owner"
"""Key of the owner in the scope of a request: the account, or without accounts everybody's."""
CLIENT_KEY = "footnote.client"
"""Key of the account or the guest's browser in the scope of a request, for limits."""
PUBLIC_PATHS = ("/login",)
GUEST_VERSION = "key"
"""Credential version of guests' cookies; those from before there were access keys have none."""


class SecurityMiddleware:
    """
    ASGI middleware that rejects requests without a session, and stores the owner of others in their scope.

    A session begins with the access key, or with *accounts* at ``/login``. Each visit of the page renews the
    cookie.

    Args:
        app: The application.
        sessions: Signs and reads cookies.
        accounts: The accounts that can log in; None makes everyone with the access key a guest.
        access_key: Starts the session of a guest; unused with *accounts*.
        host: Address that the chat listens on; on loopback, only loopback host names are allowed.
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
        """Pass on an allowed request, and add the session cookie to its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if refusal := self._refusal(scope):
            await _send_refusal(refusal, send)
            return
        try:
            cookie = self._identify(scope)
            redirect = self._key_redirect(scope) if self._accounts is None else []
        except FootnoteError as error:  # without the list of ended sessions nobody may pass
            logging.getLogger(__name__).error("%s", error)
            await _send_refusal(strings.SESSION_UNKNOWN, send, 500)
            return
        if redirect:
            await _send(send, 303, redirect)
            return
        if scope[OWNER_KEY] is None and self._accounts is None:
            await _refuse_without_key(send)
            return
        if scope[OWNER_KEY] is None and scope["path"] not in PUBLIC_PATHS:
            await _send_login(scope, send)
            return
        await self._app(scope, receive, _with_cookie(send, cookie) if cookie else send)

    def _refusal(self, scope: Scope) -> str:
        """Return why a request is refused; empty if it is allowed."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        # DNS rebinding: a website can let its own host name resolve to a loopback address.
        if is_loopback(self._host) and not is_loopback(_host_name(host)):
            return strings.HOST_NOT_ALLOWED.format(host=ascii(host[:80]))
        origin = headers.get("origin", "")
        if scope["method"] not in {"GET", "HEAD"} and origin and origin.partition("://")[2] != host:
            return strings.CROSS_ORIGIN
        return ""

    def _identify(self, scope: Scope) -> str:
        """Store the owner in the scope, and return the header of a renewed cookie; empty if it isn't due."""
        # Cached, so that a password changed in between doesn't renew a cookie of the old one.
        credential_version = cache(self._credential_version)
        cookie = cookie_of(scope)
        scope[CLIENT_KEY] = owner = self._sessions.decode_cookie(cookie, credential_version)
        scope[OWNER_KEY] = LOCAL_OWNER if owner and self._accounts is None else owner
        if not owner or scope["path"] != "/":
            return ""
        session = self._sessions.session_of(cookie)
        return session_cookie(self._sessions, owner, credential_version(owner) or "", session)

    def _key_redirect(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """
        Return the headers of a redirect that removes the key from the page's address; empty if there is none.

        The key is then neither in the address bar nor in the history. A browser with a session needs no key,
        so an address that was printed before a restart still opens the page.
        """
        key, query = split_key(scope["query_string"].decode("latin-1"))
        if scope["method"] != "GET" or scope["path"] != "/" or key is None:
            return []
        location = (b"location", f"/?{query}".rstrip("?").encode())
        if not self._access_key.matches(key):
            return [location] if scope[OWNER_KEY] else []
        owner = scope[CLIENT_KEY] or new_guest_id()
        return [location, (b"set-cookie", session_cookie(self._sessions, owner, GUEST_VERSION).encode())]

    def _credential_version(self, owner: str) -> str | None:
        """Return the version a valid cookie must have; None if the account doesn't exist."""
        if self._accounts is None:
            return GUEST_VERSION
        name = account_name(owner)
        return None if name is None else self._accounts.credential_version(name)


def owner_of(request: Any) -> str:
    """Return the owner of a request that has passed :class:`SecurityMiddleware`."""
    return str(request.scope[OWNER_KEY])


def session_cookie(sessions: Sessions, owner: str, version: str = "", session: str = "") -> str:
    """
    Return the value of a ``set-cookie`` header for a session.

    Args:
        sessions: Signs the cookie.
        owner: The owner of the session.
        version: The credential version, with which the cookie becomes invalid; empty for none.
        session: Id of the account's session to continue; empty begins a new one.
    """
    value = sessions.encode_cookie(owner, version, session)
    return f"{COOKIE}={value}; Max-Age={sessions.seconds}; Path=/; HttpOnly; SameSite=Lax"


def expired_cookie() -> str:
    """Return the value of a ``set-cookie`` header that removes the cookie."""
    return f"{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


def _with_cookie(send: Send, cookie: str) -> Send:
    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"set-cookie", cookie.encode())]
        await send(message)

    return send_with_cookie


async def _send_refusal(reason: str, send: Send, status: int = 403) -> None:
    await _send(send, status, [(b"content-type", b"text/plain")], reason.encode())


async def _refuse_without_key(send: Send) -> None:
    html, policy = refusal_page()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", policy.encode())]
    await _send(send, 401, headers, html.encode())


async def _send_login(scope: Scope, send: Send) -> None:
    """Redirect the page to the login, and refuse other requests."""
    is_page = scope["method"] == "GET" and scope["path"] == "/"
    headers = [(b"location", b"/login")] if is_page else []
    await _send(send, 303 if is_page else 401, headers)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _host_name(host: str) -> str:
    """
    Return the host of a ``host`` header, without its port.

    >>> _host_name("[::1]:7860")
    '::1'
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def cookie_of(scope: Scope) -> str | None:
    """Return the value of our cookie; other programs on the same host send theirs along."""
    from starlette.requests import HTTPConnection

    return HTTPConnection(scope).cookies.get(COOKIE)
