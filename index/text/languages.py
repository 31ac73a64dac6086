"""
Detect the language of a text by its function words.

English is the default, because it is the only language that the embedder and the reader know. A text counts
as another language only if its words leave little doubt.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
MAX_CHARACTERS = 4000
"""Number of characters of a text that are examined."""
MIN_SHARE = 0.12
"""Minimum share of function words among the words of a passage; tables and lists have fewer."""
MIN_LEAD = 2
"""Factor by which the score of another language must exceed that of English."""
MIN_DISTINCT = 4
"""Minimum number of different function words in a passage; a formula or a name has fewer."""

_WORD = re.compile(r"(?<!\w)(?:[^\W\d_]{2,}|[àáèéêóôyeo])(?!\w)")
"""Words of two letters or more, and the single letters that are words of some language."""


@dataclass(frozen=True, slots=True)
class Language:
    """
    A language that text can be analysed in.

    Args:
        code: ISO 639-1.
        name: English name of the language.
        stemmer: Name of its Snowball stemmer.
        words: Its function words, in lower case.
        homographs: Its other words that are spelled like function words of another language.
    """

    code: str
    name: str
    stemmer: str
    words: frozenset[str]
    homographs: frozenset[str] = frozenset()


@cache
def languages() -> Mapping[str, Language]:
    """Return the supported languages by their codes, English first."""
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        code: Language(
            code,
            fields["name"],
            fields["stemmer"],
            words=frozenset(_split_words(fields["words"])),
            homographs=frozenset(_split_words(fields.get("homographs", ""))),
        )
        for code, fields in content.items()
    }


def detect_language(text: str) -> str:
    """
    Return the code of a passage's language; English in case of doubt.

    >>> detect_language("Der Urlaub beträgt jährlich mindestens 24 Werktage, die zu gewähren sind.")
    'de'
    """
    words = _WORD.findall(text[:MAX_CHARACTERS].lower())
    scores = language_scores(words)
    best = max(scores, key=lambda code: scores[code])
    is_clear = (
        scores[best] >= max(MIN_LEAD * scores[ENGLISH], MIN_SHARE * len(words))
        and len(languages()[best].words.intersection(words)) >= MIN_DISTINCT
    )
    return best if is_clear else ENGLISH


def language_scores(words: Iterable[str]) -> dict[str, float]:
    """
    Return a score for each language: the number of *words* that are its function words.

    A word of n languages counts 1/n for each: "die" (German and Dutch) is weaker evidence than "wurde".

    Args:
        words: Words in lower case.
    """
    weights = _weights()
    scores = dict.fromkeys(languages(), 0.0)
    for word, count in Counter(words).items():
        for code, weight in weights.get(word, ()):
            scores[code] += weight * count
    return scores


@cache
def function_words() -> frozenset[str]:
    """Return the function words of all languages that have two letters or more."""
    return frozenset(word for language in languages().values() for word in language.words if len(word) > 1)


@cache
def _weights() -> dict[str, tuple[tuple[str, float], ...]]:
    """Map each function word to (language code, weight) pairs."""
    codes_by_word: dict[str, list[str]] = {}
    for language in languages().values():
        for word in language.words | language.homographs:
            codes_by_word.setdefault(word, []).append(language.code)
    return {word: tuple((code, 1 / len(codes)) for code in codes) for word, codes in codes_by_word.items()}


def _split_words(words: str) -> Iterable[str]:
    """Yield the words of a list as they are matched in text, where "don't" is two of them."""
    return (part for word in words.split() for part in _WORD.findall(word.lower()))
