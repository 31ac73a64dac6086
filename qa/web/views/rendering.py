"""
Renders the templates in ``qa/web/templates``, the only place with HTML.

Every text that a template outputs is escaped by :func:`escape`, and an unknown name is an error.
"""

import html
import re
from collections.abc import Callable
from functools import cache
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa.web import strings

_UNSAFE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e\ud800-\udfff]")
"""
Characters that HTML can't contain, and the two direction overrides, which would reorder the source's words.

Other direction characters are kept; their effect ends with the ``<bdi>`` around them.
"""
_ORDINARY_WORD = re.compile(r"[a-z'’]+(?=[\s,])")


def render(template: str, **context: Any) -> Markup:
    """Return a template of ``qa/web/templates`` as HTML."""
    return Markup(_environment().get_template(template).render(context))  # noqa: S704 (all text was escaped)


def escape(text: str) -> Markup:
    """Return *text* as HTML that a browser reads as the same characters, also in an attribute."""
    # A browser reads a carriage return as a line feed, unless it is an entity.
    return Markup(html.escape(replace_unsafe(text)).replace("\r", "&#13;"))  # noqa: S704


def replace_unsafe(text: str) -> str:
    """Return *text* with U+FFFD for each character that HTML can't contain or that reorders text."""
    return _UNSAFE.sub("\ufffd", text)


def plural(number: int, noun: str) -> str:
    """
    Return a number with its noun, one of the keys of ``strings.NOUNS``.

    >>> plural(1, "page"), plural(2000, "page")
    ('1 page', '2,000 pages')
    """
    return f"{thousands(number)} {strings.NOUNS[noun][number != 1]}"


def thousands(number: int) -> str:
    """Return a number with its thousands separated."""
    return f"{number:,}".replace(",", strings.THOUSANDS)


def capitalise(message: str) -> str:
    """Return a message with a capital letter, unless it begins with a name such as that of a setting."""
    return message[:1].upper() + message[1:] if _ORDINARY_WORD.match(message) else message


def file_name(path: str) -> str:
    """Return the last part of a path; the page doesn't show where files are on the server."""
    return PurePath(path).name


def short_path(path: str) -> str:
    """Return a file's name and its folder's."""
    return "/".join(PurePath(path).parts[-2:])


def page_name(number: int, path: str = "") -> str:
    """
    Return what a page of a file is called.

    >>> page_name(3, "report.pdf"), page_name(3, "deck.pptx")
    ('page 3', 'slide 3')
    """
    text = strings.SLIDE if PurePath(path).suffix.lower() == ".pptx" else strings.PAGE
    return text.format(number=number)


def error_html(message: str) -> Markup:
    """Return an error message."""
    return render("error.html", message=message)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qa.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalize,
    )
    environment.globals["strings"] = strings
    filters: dict[str, Callable[..., Any]] = {
        "plural": plural,
        "thousands": thousands,
        "capitalise": capitalise,
        "file_name": file_name,
        "short_path": short_path,
        "page_name": page_name,
        "translate": strings.translate,
    }
    environment.filters.update(filters)
    return environment


def _finalize(value: Any) -> Any:
    return escape(value) if isinstance(value, str) and not isinstance(value, Markup) else value
