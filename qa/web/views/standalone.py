"""Complete HTML pages outside the chat, such as the login page."""

from pathlib import Path

from qa.web.views.html import element

_STYLESHEET = Path(__file__).parents[1] / "static" / "page.css"
_DARK_MODE_SCRIPT = (
    'if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark")'
)
"""Sets the class by which page.css recognises dark mode, as Gradio's page does."""
BRAND = element("h1", f"Footnote{element('sup', '1')}", class_="fn-brand")


def standalone_html(title: str, content: str) -> str:
    """Return a page with *content*, one HTML element, in the middle."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLESHEET.read_text('utf-8')}</style>"
        f"<script>{_DARK_MODE_SCRIPT}</script>"
    )
    body = element("body", element("main", content, class_="fn-login"))
    return f'<!doctype html><html lang="en"><head>{head}</head>{body}</html>'
