"""JSON as people read it: its paths of names without dots, and its values without the tags of HTML."""

import html
import re

from qa.answering.answerers.tables import NESTED, shown_path

TAG = re.compile(r"</?([a-z][a-z0-9]{0,9})(?: [^<>]{0,200})?/?>", re.I)
"""A tag of HTML in a value, with its name."""
NESTED_SUFFIXES = (".json", ".jsonl")
"""Endings of the names of files whose quotes have paths."""
BLOCK_TAGS = frozenset({"br", "p", "div", "li", "ul", "ol", "tr", "td", "hr"})
"""Tags that separate words which have no space between them."""


def is_nested(media_type: str) -> bool:
    """Return whether the names of a document's values are paths."""
    return media_type in NESTED


def fact_text(quote: str) -> str:
    """
    Return a quote of JSON, such as a path and its value, as an answer says it.

    >>> fact_text("Geography.Area.total .text: 103,000&nbsp;sq <b>km</b>")
    'Geography · Area · total: 103,000 sq km'
    """
    name, separator, value = quote.partition(": ")
    shown = " ".join(html.unescape(TAG.sub(" ", value)).split())
    return f"{shown_path(name)}{separator}{shown}" if separator else quote
