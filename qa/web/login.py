"""The page that asks for a name and a password, and the two addresses that open and end a session."""

from pathlib import Path
from typing import TYPE_CHECKING

from qa.accounts import Accounts, normal
from qa.sessions import Sessions, account
from qa.web.door import cookie, no_cookie
from qa.web.forms import TOO_LONG, form_of
from qa.web.view import button, element, escaped, void

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_DARK = (
    'if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark")'
)
"""As Gradio's page does it."""
_STYLE = Path(__file__).parent / "page.css"


def login_routes(accounts: Accounts, sessions: Sessions) -> list["Route"]:
    """``/login`` and ``/logout``."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    async def answering(request: "Request") -> "Response":
        if request.method == "GET":
            return HTMLResponse(login_html())
        form = await form_of(request)
        if form is None:
            return HTMLResponse(login_html(said=TOO_LONG.capitalize() + "."), 413)
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


def _entered(accounts: Accounts, sessions: Sessions, name: str, password: str) -> "Response":
    from starlette.responses import HTMLResponse

    if accounts.check(name, password):
        name = normal(name)
        return _sent("/", cookie(sessions, account(name), accounts.stamp(name) or ""))
    return HTMLResponse(login_html(name, _why_not(accounts.locked_for(name))), 403)


def _why_not(seconds: float) -> str:
    if seconds > 0:
        return f"Too many wrong passwords; try again in {max(1, round(seconds / 60))} min."
    return "That name and password don’t belong together; try again."


def _sent(where: str, cookie_line: str) -> "Response":
    from starlette.responses import RedirectResponse

    return RedirectResponse(where, 303, {"set-cookie": cookie_line})
