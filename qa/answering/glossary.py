"""
Word-by-word translation of a question, and words of one language that mean nearly the same.

There is no translation model in Footnote. A question whose words are in a list, are names or numbers, or
are spelt nearly alike in both languages can still be looked up in documents in another language. What comes
out is telegraphic ("how many hours leave annual carry year next") and is shown to the person as what was
looked up.
The lists are ``glossary.toml``, whose translations come first, and ``wiktionary.txt``, which is larger.
"""

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from index import ENGLISH, word_stems
from qa.answering.dictionaries import is_known
from qa.answering.languages import function_words, language_name

COMPOUNDING = frozenset({"de", "nl"})
"""Languages that write compounds as one word."""
LANGUAGES = (ENGLISH, "de", "fr", "es", "it", "pt", "nl")
"""The columns of the list."""
MIN_COGNATE = 6
"""Letters of a word that is matched with one spelt nearly alike."""
MIN_ALIKE = 0.92
"""Similarity (Jaro-Winkler) from which two words of different languages are taken for one."""
MIN_PART = 4
"""Letters of a part of a compound."""
MAX_ALTERNATIVES = 5
"""Maximum number of further translations of a word that are searched for."""
_FOLDED = "~"
"""Begins the key of a spelling without accents, so that it isn't met as a word."""
_ENDINGS = ("", "s", "es", "d", "ed", "ing", "e", "n", "en")
"""Endings of regular forms in several languages."""
_Line = tuple[tuple[str, ...], ...]
_LINKS = ("", "s", "es", "n", "en")
"""What joins the parts of a German or Dutch compound."""
_WORD = re.compile(r"\d[\d.,]*\d|\d|[^\W\d_]{2,}|[A-Z](?!['’])")


@dataclass(frozen=True, slots=True)
class Translation:
    """
    A question in the words of another language.

    Args:
        text: Its opening and its content words, in the order of the question.
        words: How many content words it has.
        missing: The words without a translation; they are in the text unchanged.
        alternatives: Further translations that the documents have, by the one in the text.
    """

    text: str
    words: int
    missing: tuple[str, ...]
    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The text with all alternatives, to search for."""
        return " ".join([self.text, *itertools.chain.from_iterable(self.alternatives.values())])


def translate(
    question: str, source: str, target: str, vocabulary: Mapping[str, int], wanted: str
) -> Translation:
    """
    Return *question* in words of another language.

    >>> translate("Welche Farbe hat der Mond?", "de", "en", {}, "anything").text
    'what colour moon?'

    Args:
        question: A self-contained question.
        source: The code of its language.
        target: The code of the other language.
        vocabulary: The number of chunks that have each word of the documents; translations in it are
            preferred, and names must be in it.
        wanted: The type asked for, by its name in ``glossary.toml``.
    """
    opening, question = _open(question, source, target)
    words_of_question = set(_WORD.findall(question.lower()))
    if wanted == "name" and words_of_question.isdisjoint(_data()["who"][source].split()):
        wanted = "called"
    if wanted == "amount" and words_of_question.isdisjoint(_data()["many"][source].split()):
        wanted = "figure"
    found: list[str] = []
    missing = []
    alternatives: dict[str, tuple[str, ...]] = {}
    count = 0
    ignored = function_words(source) | frozenset(_data()["ignored"][source].split())
    for word in _WORD.findall(question):
        low = word.lower()
        if low in ignored or _names_language(low, source, target):
            continue
        count += 1
        words = _translated(low, source, target, vocabulary) or ([[low]] if low[0].isdigit() else [])
        if not words:
            missing.append(low)
        for first, *others in words or [[low]]:
            found.append(first)
            if others:
                alternatives[first] = tuple(others[:MAX_ALTERNATIVES])
    opening = opening or _data()["opening"][target][wanted]
    text = " ".join([opening, *dict.fromkeys(found)]) + "?"
    return Translation(text, count, tuple(missing), alternatives)


@lru_cache(maxsize=4096)
def synonyms(stem: str, language: str) -> frozenset[str]:
    """
    Return the stems of the words that mean nearly the same as one in its own language.

    >>> "lohn" in synonyms("gehalt", "de")
    True

    Args:
        stem: Of a word, without its ending.
        language: The code of its language.
    """
    column = LANGUAGES.index(language)
    lines = (line for entries in _entries(language) for line in entries.get(stem, ()))
    words = (word for line in lines for word in line[column])
    return frozenset(_stem(word, language) for word in words) - {stem}


def _open(question: str, source: str, target: str) -> tuple[str, str]:
    """Return the English opening for a phrase such as *wie lange*, and the question without the phrase."""
    phrases = _data()["phrases"]
    for name, pattern in phrases[source].items() if target == ENGLISH else ():
        if found := re.search(pattern, question, re.IGNORECASE):
            return phrases[ENGLISH][name], f"{question[: found.start()]} {question[found.end() :]}"
    return "", question


def _translated(word: str, source: str, target: str, vocabulary: Mapping[str, int]) -> list[list[str]]:
    """Return the words of *target* for one of *source* with their alternatives; none if it isn't known."""
    if listed := _listed(word, source, target, vocabulary):
        return [listed]
    if source in COMPOUNDING and (parts := _compound(word, source, target, vocabulary)):
        return parts
    # What documents have and no dictionary is a name, which stays. Another language may have an English word.
    if word in vocabulary and not word[0].isdigit():
        return [] if source == ENGLISH and is_known(word, ENGLISH) else [[word]]
    alike = _cognate(word, vocabulary)
    return [[alike]] if alike else []


def _listed(word: str, source: str, target: str, vocabulary: Mapping[str, int]) -> list[str]:
    """Return the translations that the documents have, or the first one of the list if they have none."""
    column = LANGUAGES.index(target)
    words: dict[str, None] = {}
    for entries in _entries(source):
        for lines in _lines_of(word, source, entries):
            if found := [other for line in lines for other in line[column]]:
                words |= dict.fromkeys(found)
                break
    return [other for other in words if _occurs(other, target, vocabulary)] or list(words)[:1]


def _lines_of(word: str, language: str, entries: Mapping[str, Sequence[_Line]]) -> Iterator[Sequence[_Line]]:
    """Yield the lines of a word, of its spelling without accents, and of its stem."""
    for key in (word, _FOLDED + _folded(word), _stem(word, language)):
        if key in entries:
            yield entries[key]


def names_language(question: str, source: str, target: str) -> bool:
    """
    Return whether a question names another language, as in *German law*.

    >>> names_language("How many days of leave does German law give?", "en", "de")
    True
    """
    return any(_names_language(word.lower(), source, target) for word in _WORD.findall(question))


def _occurs(word: str, language: str, vocabulary: Mapping[str, int]) -> bool:
    """Return whether the documents have a word, one of its regular forms, or a compound that ends with it."""
    return (
        any(word + ending in vocabulary for ending in _ENDINGS)
        or (word[-1] in "ey" and any(word[:-1] + ending in vocabulary for ending in ("ing", "ies", "ied")))
        or (
            language in COMPOUNDING
            and len(word) >= MIN_PART
            and any(other.endswith((word, word + "n", word + "en", word + "s")) for other in vocabulary)
        )
    )


def _names_language(word: str, source: str, target: str) -> bool:
    """Return whether a word names the other language, in which documents don't say it of themselves."""
    name = language_name(target).lower()
    own, _ = _entries(source)
    return any(name in line[0] for lines in _lines_of(word, source, own) for line in lines)


def _compound(word: str, source: str, target: str, vocabulary: Mapping[str, int]) -> list[list[str]]:
    """Return the words for the two parts of a compound."""
    for cut in range(MIN_PART - 1, len(word) - MIN_PART + 1):
        tail = _listed(word[cut:], source, target, vocabulary)
        heads = [word[:cut].removesuffix(link) for link in _LINKS if word[:cut].endswith(link)]
        head = next((found for one in heads if (found := _listed(one, source, target, vocabulary))), [])
        if head and tail:
            return [head, tail]
    return []


def _cognate(word: str, vocabulary: Mapping[str, int]) -> str | None:
    """Return the word of the documents that is spelt nearly alike: *presidente*, *president*."""
    if len(word) < MIN_COGNATE:
        return None
    near = [other for other in vocabulary if other[:1] == word[:1] and abs(len(other) - len(word)) <= 3]
    best = process.extractOne(_folded(word), near, scorer=JaroWinkler.similarity, score_cutoff=MIN_ALIKE)
    return best[0] if best else None


def _stem(word: str, language: str) -> str:
    return next(iter(word_stems(word, language)), word)


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _entries(language: str) -> tuple[Mapping[str, Sequence[_Line]], Mapping[str, Sequence[_Line]]]:
    """Return the lines of both lists by the words of a language and their stems, the small list first."""
    return _by_word(_data()["lines"], language), _by_word(_data()["wiktionary_lines"], language)


def _by_word(lines: Sequence[_Line], language: str) -> Mapping[str, Sequence[_Line]]:
    found: dict[str, list[_Line]] = {}
    column = LANGUAGES.index(language)
    for line in lines:
        for word in line[column]:
            keys = {word} if "-" in word else {word, _stem(word, language), _FOLDED + _folded(word)}
            for key in keys:
                found.setdefault(key, []).append(line)
    return found


@cache
def _data() -> Mapping[str, Any]:
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    larger = Path(__file__).with_name("wiktionary.txt").read_text(encoding="utf-8")
    return {
        "lines": list(_read_lines(content["words"])),
        "wiktionary_lines": list(_read_lines(larger)),
        "opening": content["opening"],
        "who": content["who"],
        "many": content["many"],
        "ignored": content["ignored"],
        "phrases": content["phrases"],
    }


def _read_lines(text: str) -> Iterator[_Line]:
    for line in text.strip().splitlines():
        if line.startswith("#"):
            continue
        yield tuple(tuple(words.split()) for words in line.split("|"))
