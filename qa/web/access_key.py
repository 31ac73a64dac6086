"""
The key that opens a chat without accounts: it is part of the address that ``footnote chat`` prints.

Loopback is no secret of one person: every user of the machine, and every page that makes a browser ask, can
reach it. Only who reads the terminal knows the key.
"""

import secrets
from functools import cache
from urllib.parse import parse_qsl, urlencode

from qa.web.security_headers import page_policy
from qa.web.standalone import BRAND, standalone_html
from qa.web.view import element

PARAMETER = "key"
REFUSAL = "Open the address that `footnote chat` printed."
MAX_QUERY = 2000
"""Characters of a query in which a key is looked for."""


class AccessKey:
    """
    A random key, good for as long as the process runs.

    It can be used more than once, as Jupyter's token can: people open the printed address again in a second
    browser, in a private window or after clearing cookies, and a key that is spent by whatever looks at an
    address first, such as a terminal's preview of links, would shut them out. Its holder could read the same
    terminal, or process, again. It is never the session: that is a cookie, which outlives the process.
    """

    def __init__(self) -> None:
        self._value = secrets.token_urlsafe(32)

    def address(self, origin: str) -> str:
        """Return the address to open, such as ``http://127.0.0.1:7860/?key=…``."""
        return f"{origin}/?{PARAMETER}={self._value}"

    def matches(self, key: str) -> bool:
        """Whether that is the key; takes as long whichever character is wrong."""
        return secrets.compare_digest(key.encode("utf-8", "replace"), self._value.encode())


def split_key(query: str) -> tuple[str | None, str]:
    """Return the key in a query, None if it has none, and the query without it."""
    fields = parse_qsl(query[:MAX_QUERY], keep_blank_values=True)
    keys = [value for name, value in fields if name == PARAMETER]
    rest = [field for field in fields if field[0] != PARAMETER]
    return (keys[-1] if keys else None), urlencode(rest)


@cache
def refusal_page() -> tuple[str, str]:
    """Return the page for who has no session, and its content security policy."""
    html = standalone_html("Footnote", element("div", BRAND + element("p", REFUSAL, role="alert")))
    return html, page_policy(html)
