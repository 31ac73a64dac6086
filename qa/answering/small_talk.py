"""
Small talk in any words: thanks, greetings and the like, of which every word is one of small talk.

The patterns of :mod:`qa.answering.question_analysis` are tried first: they know whole sentences. The words
are in ``small_talk.toml``.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

MAX_WORDS = 12
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_WITHOUT_QUESTION_MARK = frozenset({"complaint", "praise"})
"""Sorts that a question isn't: "is this wrong?"."""


def small_talk_sort(message: str) -> tuple[str, str] | None:
    """
    Return the sort of small talk that a message is, and its language; None for any other message.

    >>> small_talk_sort("Vielen Dank für deine Hilfe!"), small_talk_sort("who gave the thanks?")
    (('thanks', 'de'), None)
    """
    words = [word.lower().replace("’", "'") for word in _WORD.findall(message)]
    if not 0 < len(words) <= MAX_WORDS:
        return None
    for language, sorts in _words().items():
        known = frozenset().union(*sorts.values())
        if not known.issuperset(words):
            continue
        for sort, own in sorts.items():
            is_question = sort in _WITHOUT_QUESTION_MARK and message.rstrip().endswith("?")
            if sort != "fillers" and not is_question and not own.isdisjoint(words):
                return sort, language
    return None


@cache
def _words() -> Mapping[str, Mapping[str, frozenset[str]]]:
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        language: {sort: frozenset(words.split()) for sort, words in sorts.items()}
        for language, sorts in content.items()
    }
