"""The language of a question, and what is particular about questions in each language."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from index.text.languages import ENGLISH, language_scores, languages
from index.text.languages import detect_language as detect_text_language

__all__ = [
    "ENGLISH",
    "can_be_in",
    "corrected_part",
    "detect_language",
    "detect_text_language",
    "function_words",
    "has_function_words",
    "language_after",
    "language_name",
    "opens_with_and",
    "replace_last_phrase",
    "without_and",
]

MIN_SCORE = 0.9
"""Minimum score of function words for a language; one that no other language has suffices."""

MAX_ENGLISH = 0.1
"""Share of English function words up to which a text that isn't plainly in another language, such as a table,
can be in any."""

MAX_FRAGMENT = 6
"""Maximum words of what replaces a phrase of the question before."""

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")


def detect_language(question: str) -> str:
    """
    Return the code of the language of *question*; English if that is unclear.

    >>> detect_language("Wie viele Tage Urlaub habe ich?"), detect_language("hat sales in 2020")
    ('de', 'en')
    """
    scores = language_scores(_WORD.findall(question.lower()))
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] >= MIN_SCORE and scores[best] > scores[ENGLISH] else ENGLISH


def can_be_in(text: str, language: str) -> bool:
    """
    Return whether *text* can be in *language*: it has more of its function words than of English, or few.

    >>> can_be_in("The rent is due on the first of the month.", "de"), can_be_in("Kiel, Stadt: 12161.0", "de")
    (False, True)
    """
    if language == ENGLISH:
        return detect_text_language(text) == ENGLISH
    words = _WORD.findall(text.lower())
    scores = language_scores(words)
    return scores[language] > scores[ENGLISH] or scores[ENGLISH] <= MAX_ENGLISH * len(words)


def language_name(code: str) -> str:
    """Return the name of a language in English."""
    return languages()[code].name


def function_words(code: str) -> frozenset[str]:
    """Return the function words of a language, in lower case."""
    return languages()[code].words


def has_function_words(question: str) -> bool:
    """Return whether a question has a function word of any language; keywords alone have none."""
    return any(language_scores(_WORD.findall(question.lower())).values())


def language_after(question: str, before: str) -> str:
    """
    Return the language of a question in a conversation: that of the one before it, if it can be in it.

    >>> language_after("en de penningmeester?", "Wie is de voorzitter van de raad?")
    'nl'

    Args:
        question: It may be only a word or two.
        before: The question before it.
    """
    own, earlier = detect_language(question), detect_language(before)
    scores = language_scores(_WORD.findall(question.lower()))
    return earlier if scores[earlier] and scores[earlier] >= scores[own] else own


def opens_with_and(question: str, language: str) -> bool:
    """Return whether a question begins with *and* or the like in its language."""
    first = _WORD.search(question.lower())
    return first is not None and first[0] in _data()["and"][language].split()


def replace_last_phrase(question: str, fragment: str, language: str) -> str | None:
    """
    Return *question* about something else, in another language than English; None if a fragment adds to it.

    >>> replace_last_phrase("Wie lange ist die Probezeit", "die Kündigungsfrist", "de")
    'Wie lange ist die Kündigungsfrist'

    Args:
        question: The question before, without its mark.
        fragment: What is asked about instead, without the word for *and*.
        language: Of both.
    """
    words, parts = question.split(), fragment.split()
    if not parts or len(parts) > MAX_FRAGMENT:
        return None
    first = parts[0].lower()
    if first in _listed("prepositions", language):  # "pour les adultes" replaces "pour les enfants"
        places = [at for at, word in enumerate(words) if word.lower() == first]
        return " ".join([*words[: places[-1]], *parts]) if places else None
    functional = function_words(language)
    has_article = first in _listed("articles", language) or "'" in first
    is_time = any(part.lower().rstrip("s") in _listed("times", language) for part in parts)
    if is_time or (first in functional and not has_article):
        return None
    start, end = _last_phrase(words, functional)
    joint = start - 1
    if joint > 1 and words[joint].lower() in _listed("articles", language):
        joint -= 1
    if has_article and joint > 1 and words[joint].lower() in _listed("of", language):
        start, end = _last_phrase(words[:joint], functional)  # "le directeur | de l'école"
    if start == end:
        return None
    if not has_article:
        start = max(start, end - len(parts))
    elif words[start - 1].lower() in _listed("articles", language):
        start -= 1  # the article goes with its noun
    return " ".join([*words[:start], *parts, *words[end:]])


def _last_phrase(words: Sequence[str], functional: frozenset[str]) -> tuple[int, int]:
    """Return the range of the last words without a function word among them, never the first word."""
    end = len(words)
    while end > 1 and words[end - 1].lower() in functional:
        end -= 1
    start = end
    while start > 1 and words[start - 1].lower() not in functional:
        start -= 1
    return start, end


@cache
def _listed(name: str, language: str) -> frozenset[str]:
    return frozenset(_data()[name][language].split())


def without_and(question: str, language: str) -> str:
    """Return a question without the word for *and* that it opens with."""
    if not opens_with_and(question, language):
        return question
    found = _WORD.search(question)
    return question[found.end() :].strip() if found else question


def corrected_part(question: str, language: str) -> str | None:
    """
    Return what a correction puts right; None if a question that isn't English corrects nothing.

    >>> corrected_part("Nein, ich meinte Sonderurlaub", "de")
    'Sonderurlaub'
    """
    found = re.match(rf"\W*(?:{_data()['correction'][language]})", question, re.I)
    return question[found.end() :].strip() or None if found else None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
