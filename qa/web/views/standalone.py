"""Complete HTML pages outside the chat, such as the login."""

from pathlib import Path

from qa.web.views.html import element

_DARK = (
    'if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark")'
)
"""As Gradio's page does it."""
_STYLE = Path(__file__).parents[1] / "static" / "page.css"


BRAND = element("h1", f"Footnote{element('sup', '1')}", kind="brand")


def standalone_html(title: str, content: str) -> str:
    """Return a page with *content*, one HTML element, in the middle."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE.read_text('utf-8')}</style><script>{_DARK}</script>"
    )
    body = element("body", element("main", content, kind="login"))
    return f'<!doctype html><html lang="en"><head>{head}</head>{body}</html>'
