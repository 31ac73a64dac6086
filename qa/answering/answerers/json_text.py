"""JSON as people read it: paths of names without dots, and values without the tags of HTML."""

import html
import re
from itertools import zip_longest

from qa.answering.answerers.table_words import path_segments

JSON_TYPES = ("application/json", "application/jsonl")
"""Media types of documents whose names are paths."""
JSON_SUFFIXES = (".json", ".jsonl")
"""Endings of the names of such files."""
TAG = re.compile(r"</?([a-z][a-z0-9]{0,9})(?: [^<>]{0,200})?/?>", re.I)
"""A tag of HTML in a value, with its name."""
BLOCK_TAGS = frozenset({"br", "p", "div", "li", "ul", "ol", "tr", "td", "hr"})
"""Tags that separate words which have no space between them."""


def shown_path(name: str) -> str:
    """
    Return a path of names as people read it.

    >>> shown_path("Economy.Exports.Exports 2023.text"), shown_path("Government.Capital.name.text")
    ('Economy · Exports 2023', 'Government · Capital')
    """
    segments = [segment.strip() for segment in path_segments(name)]
    telling = [one for one, below in zip_longest(segments, segments[1:]) if not (below or "").startswith(one)]
    return " · ".join(telling)


def without_tags(text: str) -> str:
    """Return a value without the tags and character references of HTML: "<b>5</b>&nbsp;km" is "5 km"."""
    if "<" not in text and "&" not in text:
        return text
    return " ".join(html.unescape(TAG.sub(" ", text)).split())


def shown_fact(quote: str) -> str:
    """
    Return a quote of JSON, such as a path and its value, as an answer shows it.

    >>> shown_fact("Geography.Area.total .text: 103,000&nbsp;sq <b>km</b>")
    'Geography · Area · total: 103,000 sq km'
    """
    name, separator, value = quote.partition(": ")
    return f"{shown_path(name)}{separator}{without_tags(value)}" if separator else quote
