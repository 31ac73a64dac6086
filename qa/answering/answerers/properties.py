"""
The property that a question asks for, and whether a sentence tells of another one.

A sentence about the right thing may tell its height instead of its depth, or when somebody wrote a book
instead of when they died. The words of each property are in ``properties.toml``.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from qa.answering.answerers.amounts import amounts
from qa.answering.answerers.lexicon import plain_words

_NON = re.compile(r"\bnon-([a-z]{4,})", re.I)
_HOW = re.compile(r"\bhow ([a-z]+)", re.I)


@dataclass(frozen=True, slots=True)
class _Properties:
    """The words of each property; for some those of a question, and the kind of unit that stands for them."""

    exclusive: Mapping[str, frozenset[str]]
    required: Mapping[str, frozenset[str]]
    asked: Mapping[str, frozenset[str]]
    opening: Mapping[str, str]
    units: Mapping[str, str]
    signs: Mapping[str, str]


def tells_another_property(question: str, sentence: str, context: str = "") -> bool:
    """
    Return whether *sentence* tells of another property of a thing than the one asked for.

    Args:
        question: A self-contained question.
        sentence: Of a document.
        context: Headings and the sentence before it, where the property may be named as well.

    >>> tells_another_property("How deep is Lake Orin?", "Lake Orin lies at a height of 1,204 m.")
    True
    """
    if _is_opposite(question, sentence):
        return True
    properties = _load()
    asked, told = set(plain_words(question)), set(plain_words(sentence))
    around = told | set(plain_words(context))
    for name, words in properties.required.items():
        if asked.isdisjoint(properties.asked.get(name, words)) or not around.isdisjoint(words):
            continue
        if name in properties.opening and plain_words(question)[0] != properties.opening[name]:
            continue
        if any(sign in sentence for sign in properties.signs.get(name, "").split()):
            continue
        unit = properties.units.get(name)
        if unit is None or all(amount.kind != unit for amount in amounts(sentence)):
            return True
    how = _HOW.search(question)
    measured = {how.group(1).lower()} if how else asked
    own = [words for words in properties.exclusive.values() if not measured.isdisjoint(words)]
    if not own or any(not around.isdisjoint(words) for words in own):
        return False
    # "How long" may ask for a time: only a sentence that gives no time tells of another property.
    if "long" in measured and any(amount.kind == "time" for amount in amounts(sentence)):
        return False
    return any(not told.isdisjoint(words) for words in properties.exclusive.values() if words not in own)


def _is_opposite(question: str, sentence: str) -> bool:
    """Return whether one is about *non-permanent* members and the other only about *permanent* ones."""
    for one, other in ((question, sentence), (sentence, question)):
        for bare in _NON.findall(one):
            with_bare = re.search(rf"(?<!non-)(?<!non)\b{re.escape(bare)}", other, re.I) is not None
            if with_bare and not re.search(rf"\bnon-?{re.escape(bare)}|\bnot {re.escape(bare)}", other, re.I):
                # A sentence that has both is about both.
                return one is question or not re.search(rf"(?<!non-)\b{re.escape(bare)}", sentence, re.I)
    return False


def other_words(word: str) -> frozenset[str]:
    """
    Return the words that name the same property as *word*; none if it names none.

    >>> "casualties" in other_words("killed")
    True
    """
    properties = _load()
    groups = (*properties.exclusive.items(), *properties.required.items())
    named = (words for name, words in groups if word in properties.asked.get(name, words))
    return frozenset().union(*named)


@cache
def _load() -> _Properties:
    data = tomllib.loads((files("qa.answering.answerers") / "properties.toml").read_text(encoding="utf-8"))
    exclusive, required, asked = (
        {name: frozenset(words.split()) for name, words in data[group].items()}
        for group in ("exclusive", "required", "asked")
    )
    return _Properties(exclusive, required, asked, data["opening"], data["units"], data["signs"])
