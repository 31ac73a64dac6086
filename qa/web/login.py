"""The page that asks for a name and a password, and the two addresses that open and end a session."""

from typing import TYPE_CHECKING

from qa.accounts import Accounts, normal
from qa.sessions import Sessions, account
from qa.web.door import cookie, no_cookie
from qa.web.forms import TOO_LONG, form_of
from qa.web.security_headers import page_policy
from qa.web.standalone import BRAND, standalone_html
from qa.web.view import button, element, escaped, void

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


def login_routes(accounts: Accounts, sessions: Sessions) -> list["Route"]:
    """``/login`` and ``/logout``."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    async def answering(request: "Request") -> "Response":
        if request.method != "POST":  # a HEAD is no try either
            return _page(login_html())
        form = await form_of(request)
        if form is None:
            return _page(login_html(said=TOO_LONG.capitalize() + "."), 413)
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        return await run_in_threadpool(_entered, accounts, sessions, name, password)

    return [
        Route("/login", answering, methods=["GET", "POST"]),
        Route("/logout", lambda request: _sent("/login", no_cookie()), methods=["POST"]),
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
    form = element(
        "form", BRAND + fault + fields + button("Log in", type="submit"), method="post", action="/login"
    )
    return standalone_html("Footnote: log in", form)


def _entered(accounts: Accounts, sessions: Sessions, name: str, password: str) -> "Response":
    if accounts.check(name, password):
        name = normal(name)
        return _sent("/", cookie(sessions, account(name), accounts.stamp(name) or ""))
    return _page(login_html(name, _why_not(accounts.locked_for(name))), 403)


def _why_not(seconds: float) -> str:
    if seconds > 0:
        return f"Too many wrong passwords; try again in {max(1, round(seconds / 60))} min."
    return "That name and password don’t belong together; try again."


def _page(html: str, status: int = 200) -> "Response":
    from starlette.responses import HTMLResponse

    return HTMLResponse(html, status, {"content-security-policy": page_policy(html)})


def _sent(where: str, cookie_line: str) -> "Response":
    from starlette.responses import RedirectResponse

    return RedirectResponse(where, 303, {"set-cookie": cookie_line})
