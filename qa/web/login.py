"""The page that asks for a name and a password, and the two addresses that open and end a session."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index import FootnoteError
from qa.accounts import Accounts, normal
from qa.sessions import Sessions, account
from qa.web.client_address import client_network
from qa.web.door import cookie, cookie_of, no_cookie
from qa.web.fair_limiter import FairLimiter, TooManyWaitingError
from qa.web.fair_queue import Shares
from qa.web.forms import TOO_LONG, form_of
from qa.web.view import button, element, escaped, void

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_DARK = (
    'if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark")'
)
"""As Gradio's page does it."""
BUSY = "Too many logins at once; try again in a moment."
LOGIN_SHARES = Shares(max_running=1, max_running_each=1, max_waiting=256, max_waiting_each=4)
"""
Of the passwords that are checked, each with much memory and processor time; by the client's address.

Each that waits has a connection, so there must be fewer of them than of those.
"""
_STYLE = Path(__file__).parent / "page.css"


def login_routes(accounts: Accounts, sessions: Sessions, limiter: FairLimiter | None = None) -> list["Route"]:
    """``/login`` and ``/logout``; passwords are checked in the threads of *limiter*, or of a new one."""
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    checking = limiter or FairLimiter("login", LOGIN_SHARES)

    async def answering(request: "Request") -> "Response":
        if request.method == "GET":
            return HTMLResponse(login_html())
        form = await form_of(request)
        if form is None:
            return HTMLResponse(login_html(said=TOO_LONG.capitalize() + "."), 413)
        login = _login(request, form)
        try:
            return await checking.run(login.address, lambda: _entered(login, accounts, sessions))
        except TooManyWaitingError:
            return _refused(login, BUSY, 1)

    def logged_out(request: "Request") -> "Response":
        try:
            sessions.end(cookie_of(request.scope))
        except FootnoteError as error:
            return HTMLResponse(login_html(said=f"You are still logged in. {error}"), 500)
        return _sent("/login", no_cookie())

    return [
        Route("/login", answering, methods=["GET", "POST"]),
        Route("/logout", logged_out, methods=["POST"]),
    ]


def login_html(name: str = "", said: str = "") -> str:
    """The whole page, with what went wrong the last time."""
    fields = "".join(
        element(
            "label", label + void("input", name=field, type=kind, autocomplete=hint, required="", value=value)
        )
        for label, field, kind, hint, value in (
            ("Name", "name", "text", "username", name),
            ("Password", "password", "password", "current-password", ""),
        )
    )
    fault = element("p", escaped(said), role="alert", kind="fault") if said else ""
    brand = element("h1", f"Footnote{element('sup', '1')}", kind="brand")
    form = element(
        "form", brand + fault + fields + button("Log in", type="submit"), method="post", action="/login"
    )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Footnote: log in</title><style>{_STYLE.read_text('utf-8')}</style><script>{_DARK}</script>"
    )
    body = element("body", element("main", form, kind="login"))
    return f'<!doctype html><html lang="en"><head>{head}</head>{body}</html>'


@dataclass(frozen=True, slots=True)
class _Login:
    """What was typed, and the address that it came from."""

    address: str
    name: str
    password: str = field(repr=False)


def _login(request: "Request", form: "FormData") -> _Login:
    address = client_network(request.client.host if request.client else "")
    return _Login(address, str(form.get("name", "")), str(form.get("password", "")))


def _entered(login: _Login, accounts: Accounts, sessions: Sessions) -> "Response":
    from starlette.responses import HTMLResponse

    if accounts.check(login.name, login.password, login.address):
        name = normal(login.name)
        return _sent("/", cookie(sessions, account(name), accounts.stamp(name) or ""))
    if seconds := accounts.locked_for(login.name, login.address):
        return _refused(login, _delayed(seconds), seconds)
    said = "That name and password don’t belong together; try again."
    return HTMLResponse(login_html(login.name, said), 403)


def _delayed(seconds: float) -> str:
    return f"Too many wrong passwords; try again in {max(1, round(seconds / 60))} min."


def _refused(login: _Login, reason: str, seconds: float) -> "Response":
    from starlette.responses import HTMLResponse

    return HTMLResponse(login_html(login.name, reason), 429, {"retry-after": str(math.ceil(seconds))})


def _sent(where: str, cookie_line: str) -> "Response":
    from starlette.responses import RedirectResponse

    return RedirectResponse(where, 303, {"set-cookie": cookie_line})
