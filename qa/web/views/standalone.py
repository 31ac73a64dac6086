"""Complete HTML pages outside the chat: the login, and the page for a browser without a session."""

from importlib.resources import files

from markupsafe import Markup

from qa.web import strings
from qa.web.views.rendering import render


def login_html(name: str = "", message: str = "") -> Markup:
    """Return the login page, with the name and the error of the last attempt."""
    return _page("login.html", title=strings.LOGIN_PAGE, name=name, message=message)


def no_session_html() -> Markup:
    """Return the page for a browser that hasn't opened the printed address."""
    return _page("no_session.html", title="Footnote")


def _page(template: str, **context: str) -> Markup:
    stylesheet = (files("qa.web") / "static" / "page.css").read_text("utf-8")
    return render(template, stylesheet=Markup(stylesheet), **context)  # noqa: S704 (our own file)
