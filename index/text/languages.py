"""
Pure: which language a text is in, by its function words.

English is the default: the embedder and the reader know no other language, so a text is taken for another
one only when its words say so plainly.
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
"""Characters of a text that are looked at."""
MIN_SHARE = 0.12
"""Share of a passage's words that are function words of its language; tables and lists have fewer."""
MIN_LEAD = 2
"""How many times the score of English another language's score must have in a passage."""
MIN_DISTINCT = 4
"""Different function words that a passage has at least; a formula or a name isn't a language."""

_WORD = re.compile(r"(?<!\w)(?:[^\W\d_]{2,}|[àáèéêóôyeo])(?!\w)")
"""Single letters are no evidence, except those that are words."""


@dataclass(frozen=True, slots=True)
class Language:
    """
    A language that words are analysed in.

    Args:
        code: ISO 639-1.
        name: In English.
        stemmer: The name of its Snowball stemmer.
        words: Its function words, in lower case.
        homographs: Its other words that are function words of another language.
    """

    code: str
    name: str
    stemmer: str
    words: frozenset[str]
    homographs: frozenset[str] = frozenset()


@cache
def languages() -> Mapping[str, Language]:
    """Return the languages by their codes, English first."""
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        code: Language(
            code,
            fields["name"],
            fields["stemmer"],
            words=frozenset(_parts(fields["words"])),
            homographs=frozenset(_parts(fields.get("homographs", ""))),
        )
        for code, fields in content.items()
    }


def detect_language(text: str) -> str:
    """
    Return the code of the language that a passage is in; English unless another one is plain.

    >>> detect_language("Der Urlaub beträgt jährlich mindestens 24 Werktage, die zu gewähren sind.")
    'de'
    """
    words = _WORD.findall(text[:MAX_CHARACTERS].lower())
    scores = language_scores(words)
    best = max(scores, key=lambda code: scores[code])
    plain = (
        scores[best] >= max(MIN_LEAD * scores[ENGLISH], MIN_SHARE * len(words))
        and len(languages()[best].words.intersection(words)) >= MIN_DISTINCT
    )
    return best if plain else ENGLISH


def language_scores(words: Iterable[str]) -> dict[str, float]:
    """
    Return for each language how many of *words* are its function words.

    A word that several languages have counts for each by the number of them: "die" says less than "wurde".

    Args:
        words: In lower case.
    """
    weights = _weights()
    scores = dict.fromkeys(languages(), 0.0)
    for word, count in Counter(words).items():
        for code, weight in weights.get(word, ()):
            scores[code] += weight * count
    return scores


@cache
def _weights() -> dict[str, tuple[tuple[str, float], ...]]:
    """Each function word to its languages, with what it counts for them."""
    having: dict[str, list[str]] = {}
    for language in languages().values():
        for word in language.words | language.homographs:
            having.setdefault(word, []).append(language.code)
    return {word: tuple((code, 1 / len(codes)) for code in codes) for word, codes in having.items()}


def _parts(words: str) -> Iterable[str]:
    """Words as they are compared; of one with an apostrophe or a hyphen, its parts."""
    return (part for word in words.split() for part in _WORD.findall(word.lower()))
