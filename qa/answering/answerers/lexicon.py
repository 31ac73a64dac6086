"""Word lists of ``words.toml``, stems and content words, as factual answers compare them."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

WORD = re.compile(r"[^\W_]+(?:[.,'’]\d+)*")
"""A word or a number: ``310,000`` is one, ``IAM@HHS`` two."""

_SUFFIXES = (
    "ational", "ingly", "edly", "ation", "ions", "ings", "ment", "ness", "ance", "ence", "ing", "ied", "ies",
    "ion", "est", "ers", "ed", "er", "es", "ly", "al", "or", "y", "e", "s",
)  # fmt: skip
_MIN_STEM = 3
_MAX_STEM = 6
"""Letters of a stem that count, so that *approval* and *approve* are one."""


@cache
def word_lists() -> Mapping[str, Any]:
    """Return the lists of ``words.toml`` by name."""
    data = tomllib.loads((files("qa.answering.answerers") / "words.toml").read_text(encoding="utf-8"))
    units = {unit: frozenset(words.split()) for unit, words in data.pop("units").items()}
    return {"units": units, **{name: frozenset(words.split()) for name, words in data.items()}}


def words_in(name: str) -> frozenset[str]:
    """Return the list *name* of ``words.toml``."""
    found: frozenset[str] = word_lists()[name]
    return found


def plain_words(text: str) -> list[str]:
    """Return the words and numbers of *text* in lower case, in order."""
    return [word.replace(",", "") for word in WORD.findall(text.lower())]


@cache
def stem(word: str) -> str:
    """
    Return what *word* has in common with its inflected and derived forms.

    >>> [stem(word) for word in ("launched", "launches", "approval", "approve", "2016")]
    ['launch', 'launch', 'approv', 'approv', '2016']
    """
    if not word.isalpha():
        return word
    for _ in range(2):
        for suffix in _SUFFIXES:
            if word.endswith(suffix) and len(word) - len(suffix) >= _MIN_STEM:
                word = word.removesuffix(suffix)
                break
        else:
            break
    if len(word) > _MIN_STEM and word[-1] == word[-2]:
        word = word[:-1]
    return word[:_MAX_STEM].replace("y", "i")


def stems(text: str) -> list[str]:
    """Return the stems of the words of *text*, in order."""
    return [stem(word) for word in plain_words(text)]


def content_stems(text: str) -> list[str]:
    """Return the stems of the words of *text* that aren't stop words, in order, each once."""
    stop = words_in("stop")
    return list(dict.fromkeys(stem(word) for word in plain_words(text) if word not in stop))
