"""
The access key of a chat without accounts, which is part of the address that ``footnote chat`` prints.

Every user of a computer can connect to its loopback addresses, but only who started the chat knows the key.
"""

import secrets
from functools import cache
from urllib.parse import parse_qsl, urlencode

from qa.web.security_headers import page_policy
from qa.web.views.standalone import no_session_html

PARAMETER = "key"


class AccessKey:
    """
    A random key that is valid for as long as the process runs.

    It can be used more than once, like Jupyter's token: people open the printed address in a second browser,
    in a private window or after clearing cookies, and a link preview in the terminal would use up a one-time
    key. The session is kept in a cookie, which stays valid after the process has ended.
    """

    def __init__(self) -> None:
        self._value = secrets.token_urlsafe(32)

    def address(self, origin: str) -> str:
        """Return the address to open, such as ``http://127.0.0.1:7860/?key=…``."""
        return f"{origin}/?{PARAMETER}={self._value}"

    def matches(self, key: str) -> bool:
        """Return whether *key* is the key, in constant time."""
        return secrets.compare_digest(key.encode("utf-8", "replace"), self._value.encode())


def split_key(query: str) -> tuple[str | None, str]:
    """Return the key in a query, or None, and the query without it."""
    fields = parse_qsl(query, keep_blank_values=True)
    keys = [value for name, value in fields if name == PARAMETER]
    rest = [field for field in fields if field[0] != PARAMETER]
    return (keys[-1] if keys else None), urlencode(rest)


@cache
def refusal_page() -> tuple[str, str]:
    """Return the page for a browser without a session, and its content security policy."""
    html = no_session_html()
    return html, page_policy(html)
