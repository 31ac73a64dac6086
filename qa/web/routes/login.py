"""The login page, and the routes that begin and end a session."""

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
from qa.web.views.standalone import login_html

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

LOGIN_SHARES = Shares(max_running=1, max_running_each=1, max_waiting=256, max_waiting_each=4)
"""
How many passwords are checked at once, which takes much memory and processor time, and how many wait.

The owners are the clients' networks. Each waiting login has a connection, so there must be fewer of them than
connections.
"""


def login_routes(accounts: Accounts, sessions: Sessions, limiter: FairLimiter | None = None) -> list["Route"]:
    """
    Return the routes ``/login`` and ``/logout``, for a Starlette or FastAPI application.

    Args:
        accounts: The accounts.
        sessions: Begins and ends sessions.
        limiter: Checks the passwords in its threads; None creates one.
    """
    from starlette.routing import Route

    password_checks = limiter or FairLimiter("login", LOGIN_SHARES)

    async def log_in(request: "Request") -> "Response":
        if request.method != "POST":  # GET or HEAD
            return _page(login_html())
        form = await read_form(request)
        if form is None:
            return _page(login_html(message=strings.FORM_TOO_LONG), 413)
        address = client_network(request.client.host if request.client else "")
        login = _Login(address, str(form.get("name", "")), str(form.get("password", "")))
        try:
            return await password_checks.run(login.address, lambda: _log_in(login, accounts, sessions))
        except TooManyWaitingError:
            return _refuse(login, strings.TOO_MANY_LOGINS, 1)

    def log_out(request: "Request") -> "Response":
        try:
            sessions.end(cookie_of(request.scope))
        except FootnoteError as error:
            return _page(login_html(message=strings.STILL_LOGGED_IN.format(error=error)), 500)
        return _redirect("/login", expired_cookie())

    return [
        Route("/login", log_in, methods=["GET", "POST"]),
        Route("/logout", log_out, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class _Login:
    """The submitted form, and the client's network."""

    address: str
    name: str
    password: str = field(repr=False)


def _log_in(login: _Login, accounts: Accounts, sessions: Sessions) -> "Response":
    if accounts.check(login.name, login.password, login.address):
        name = normalise_name(login.name)
        return _redirect(
            "/", session_cookie(sessions, account_id(name), accounts.credential_version(name) or "")
        )
    if seconds := accounts.lockout_seconds(login.name, login.address):
        minutes = max(1, round(seconds / 60))
        return _refuse(login, strings.TOO_MANY_PASSWORDS.format(minutes=minutes), seconds)
    return _page(login_html(login.name, strings.WRONG_LOGIN), 403)


def _refuse(login: _Login, reason: str, seconds: float) -> "Response":
    response = _page(login_html(login.name, reason), 429)
    response.headers["retry-after"] = str(math.ceil(seconds))
    return response


def _page(html: str, status: int = 200) -> "Response":
    from starlette.responses import HTMLResponse

    return HTMLResponse(html, status, {"content-security-policy": page_policy(html)})


def _redirect(path: str, cookie: str) -> "Response":
    from starlette.responses import RedirectResponse

    return RedirectResponse(path, 303, {"set-cookie": cookie})
