"""The page that asks for a name and a password, and the two addresses that open and end a session."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index import FootnoteError
from qa.auth.accounts import Accounts, normalise_name
from qa.auth.sessions import Sessions, account_id
from qa.chat.fair_queue import Shares
from qa.web import strings
from qa.web.client_address import client_network
from qa.web.fair_limiter import FairLimiter, TooManyWaitingError
from qa.web.middleware import cookie_of, expired_cookie, session_cookie
from qa.web.routes.forms import read_form
from qa.web.security_headers import page_policy
from qa.web.views.html import button, element, escape, void
from qa.web.views.standalone import BRAND, standalone_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


BUSY = strings.TOO_MANY_LOGINS
LOGIN_SHARES = Shares(max_running=1, max_running_each=1, max_waiting=256, max_waiting_each=4)
"""
Of the passwords that are checked, each with much memory and processor time; by the client's address.

Each that waits has a connection, so there must be fewer of them than of those.
"""


def login_routes(accounts: Accounts, sessions: Sessions, limiter: FairLimiter | None = None) -> list["Route"]:
    """``/login`` and ``/logout``; passwords are checked in the threads of *limiter*, or of a new one."""
    from starlette.routing import Route

    checking = limiter or FairLimiter("login", LOGIN_SHARES)

    async def answering(request: "Request") -> "Response":
        if request.method != "POST":  # a HEAD is no try either
            return _page(login_html())
        form = await read_form(request)
        if form is None:
            return _page(login_html(message=strings.FORM_TOO_LONG), 413)
        login = _login(request, form)
        try:
            return await checking.run(login.address, lambda: _log_in(login, accounts, sessions))
        except TooManyWaitingError:
            return _refused(login, BUSY, 1)

    def logged_out(request: "Request") -> "Response":
        try:
            sessions.end(cookie_of(request.scope))
        except FootnoteError as error:
            return _page(login_html(message=strings.STILL_LOGGED_IN.format(error=error)), 500)
        return _redirect("/login", expired_cookie())

    return [
        Route("/login", answering, methods=["GET", "POST"]),
        Route("/logout", logged_out, methods=["POST"]),
    ]


def login_html(name: str = "", message: str = "") -> str:
    """The whole page, with what went wrong the last time."""
    fields = "".join(
        element(
            "label", label + void("input", name=field, type=kind, autocomplete=hint, required="", value=value)
        )
        for label, field, kind, hint, value in (
            (strings.LOGIN_NAME, "name", "text", "username", name),
            (strings.LOGIN_PASSWORD, "password", "password", "current-password", ""),
        )
    )
    fault = element("p", escape(message), role="alert", class_="fn-error") if message else ""
    form = element(
        "form", BRAND + fault + fields + button(strings.LOG_IN, type="submit"), method="post", action="/login"
    )
    return standalone_html(strings.LOGIN_PAGE, form)


@dataclass(frozen=True, slots=True)
class _Login:
    """What was typed, and the address that it came from."""

    address: str
    name: str
    password: str = field(repr=False)


def _login(request: "Request", form: "FormData") -> _Login:
    address = client_network(request.client.host if request.client else "")
    return _Login(address, str(form.get("name", "")), str(form.get("password", "")))


def _log_in(login: _Login, accounts: Accounts, sessions: Sessions) -> "Response":
    if accounts.check(login.name, login.password, login.address):
        name = normalise_name(login.name)
        return _redirect(
            "/", session_cookie(sessions, account_id(name), accounts.credential_version(name) or "")
        )
    if seconds := accounts.lockout_seconds(login.name, login.address):
        return _refused(login, _delayed(seconds), seconds)
    return _page(login_html(login.name, strings.WRONG_LOGIN), 403)


def _delayed(seconds: float) -> str:
    return strings.TOO_MANY_PASSWORDS.format(minutes=max(1, round(seconds / 60)))


def _refused(login: _Login, reason: str, seconds: float) -> "Response":
    response = _page(login_html(login.name, reason), 429)
    response.headers["retry-after"] = str(math.ceil(seconds))
    return response


def _page(html: str, status: int = 200) -> "Response":
    from starlette.responses import HTMLResponse

    return HTMLResponse(html, status, {"content-security-policy": page_policy(html)})


def _redirect(where: str, cookie_line: str) -> "Response":
    from starlette.responses import RedirectResponse

    return RedirectResponse(where, 303, {"set-cookie": cookie_line})
