"""
The texts of the web chat, in the language of the request.

A language is one module beside this one with the same names as ``en``; its code is in :data:`LANGUAGES`.
``strings.ASK`` is the text in the language that :func:`use_language` set for the present request.
"""

import re
from contextvars import ContextVar
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from qa.web.strings import de, en

if TYPE_CHECKING:
    from qa.web.strings.en import *  # noqa: F403 (the names that __getattr__ returns)

DEFAULT = "en"
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""The name of each language in that language, by its code."""
COOKIE = "fn-language"
"""Cookie with the code of the language that a person chose."""
_MODULES: dict[str, ModuleType] = {"en": en, "de": de}
_current: ContextVar[str] = ContextVar("language", default=DEFAULT)
_chosen: ContextVar[str] = ContextVar("chosen_language", default="")
_PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")
_PART = re.compile(r"(?<=[.;]) (?![^()]*\))")
_WITH_DETAIL = re.compile(r"(.+) \((.+)\)")
_MAX_MESSAGE = 1000
"""Maximum number of characters of a message that is translated."""
_WEIGHTED = re.compile(r"\s*([a-z]{1,8})(?:-[a-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.I)


def __getattr__(name: str) -> object:
    """Return a text in the language of the request."""
    if not name.isupper():
        raise AttributeError(name)
    return getattr(_MODULES[_current.get()], name)


def current_language() -> str:
    """Return the code of the language of the request."""
    return _current.get()


def chosen_language() -> str:
    """Return the code of the language that the person chose; empty if it is the browser's."""
    return _chosen.get()


def translate(message: str) -> str:
    """
    Return a message of another part of the program in the language of the request.

    Its sentences and what is in brackets are translated by themselves, with the texts in ``MESSAGES``; what
    has none stays as it is.
    """
    if current_language() == DEFAULT or len(message) > _MAX_MESSAGE:
        return message
    return " ".join(_translate_part(part) for part in _PART.split(message))


def _translate_part(part: str) -> str:
    text = part.rstrip(".;")
    for pattern, translation in _translations(current_language()):
        if found := pattern.fullmatch(text):
            values = {name: translate(value) for name, value in found.groupdict().items()}
            return translation.format(**values) + part[len(text) :]
    if found := _WITH_DETAIL.fullmatch(text):
        return f"{translate(found[1])} ({translate(found[2])}){part[len(text) :]}"
    return part


@cache
def _translations(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the pattern of each message with its translation; a placeholder stands for any text."""
    return [
        (re.compile(_PLACEHOLDER.sub(r"(?P<\1>.+)", re.escape(message))), translation)
        for message, translation in _MODULES[language].MESSAGES.items()
    ]


def use_language(chosen: str, accepted: str = "") -> None:
    """
    Set the language of the present request.

    Args:
        chosen: The code that a person chose; anything else counts as no choice.
        accepted: The languages that the browser prefers, as in the header ``accept-language``.
    """
    _chosen.set(chosen if chosen in LANGUAGES else "")
    _current.set(_chosen.get() or preferred_language(accepted))


def preferred_language(accepted: str) -> str:
    """
    Return the code of the language that a browser prefers of those that there are.

    >>> preferred_language("fr-CH, fr;q=0.9, de;q=0.7, en;q=0.8")
    'en'
    """
    weights: dict[str, float] = {}
    for part in accepted[:1000].split(","):
        if (found := _WEIGHTED.fullmatch(part)) and (code := found[1].lower()) in LANGUAGES:
            weights.setdefault(code, float(found[2] or 1))
    return max(weights, key=lambda code: weights[code], default=DEFAULT)
