"""
The type of words that a question asks for in each language, and whether a sentence has such words.

It is used where the reader can't judge. What an English question over English documents asks for is told more
finely by :mod:`qa.answering.answerers.answer_type`. The words are in ``question_words.toml``.
"""

import enum
import re
import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path


class WantedType(enum.StrEnum):
    """The type of words that an answering sentence must have."""

    REASON = "reason"
    AMOUNT = "amount"
    DATE = "date"
    PLACE = "place"
    NAME = "name"
    DEFINITION = "definition"
    HOW = "how"
    DECISION = "decision"
    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class _Words:
    """The question words and the answering words of one language."""

    patterns: tuple[tuple[WantedType, re.Pattern[str]], ...]
    lists: Mapping[str, frozenset[str]]


_EARLIER = re.compile(r"(.*?)(?:\s*\(([^()]*)\))?", re.S)
"""A follow-up with the question before it in brackets; see :mod:`qa.answering.query_rewriting`."""
MIN_UNIT = 5
"""Letters of a unit of time that is also found within a longer word, as in *sechsmonatig*."""

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NUMBER = re.compile(r"\d")
_ENUMERATION = re.compile(r"^\W*(?:\d{1,2}|[a-z])[.)]\s+|§+\s*\d+\w?|\[\d+\]")
"""The number of a list item, a section or a note: no amount."""
_YEAR_OR_DATE = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b\d{1,2}\.(?:\s|\d{1,2}\.)|\b\d{1,2}[/:]\d{1,2}\b|\b\d{1,2}h\b"
)
_NAME_WITHIN = re.compile(r"(?<=[^.!?:…]\s)[A-ZÀ-Þ][\w’'.-]*|\b\w*[a-zß-ÿ][A-ZÀ-Þ]\w*|\b[\w-]+\.[a-z]{2,4}\b")
"""A capital after another word, a capital within a word, or a file name."""

_GERMAN_NAME = re.compile(
    r"\b(?!(?:Der|Die|Das|Ein|Eine|Jede[rs]?|Keine?|Diese[rs]?|Im|Am|In|An|Bei|Für|Mit|Auf|Zu|Nach|Von|Seit|Wenn)\b)"
    r"[A-ZÄÖÜ][\w’'.-]+ (?:von |van |de |der |zu )?[A-ZÄÖÜ][\w-]+"
    r"|\b[A-ZÄÖÜ]{2,}\b|\b\w*[a-zäöüß][A-Z]\w*|\b[\w-]+\.[a-z]{2,4}\b"
)
"""German nouns have capitals, too, so that only two in a row are a name."""


def wanted_type(question: str, language: str) -> WantedType:
    """
    Return the type that *question* asks for; any type if no pattern of *language* matches.

    >>> wanted_type("Wie viele Tage Urlaub gibt es?", "de").value, wanted_type("¿Quién firmó?", "es").value
    ('amount', 'name')
    """
    own, earlier = _EARLIER.fullmatch(question).groups("")  # type: ignore[union-attr]
    for text in (own, earlier):
        plain = " ".join(text.lower().replace("’", "'").split()).strip("¿ ")
        for kind, pattern in _words(language).patterns:
            if pattern.search(plain):
                return kind
    return WantedType.ANYTHING


def can_answer(sentence: str, wanted: WantedType, language: str) -> bool:
    """
    Return whether *sentence* has what a question asks for, by its form.

    Args:
        sentence: In *language*.
        wanted: What the question asks for.
        language: The code of the sentence's language.
    """
    sentence = _ENUMERATION.sub("", sentence)
    words = set(_WORD.findall(sentence.lower()))
    lists = _words(language).lists
    match wanted:
        case WantedType.AMOUNT:
            return _NUMBER.search(sentence) is not None or not words.isdisjoint(lists["numbers"])
        case WantedType.DATE:
            return _YEAR_OR_DATE.search(sentence) is not None or _names_time(words, lists["months"])
        case WantedType.NAME | WantedType.PLACE:
            german = language == "de" and wanted is WantedType.NAME
            return (_GERMAN_NAME if german else _NAME_WITHIN).search(sentence) is not None
        case WantedType.REASON | WantedType.DEFINITION | WantedType.DECISION:
            return not words.isdisjoint(lists[_TELLING[wanted]])
        case _:
            return True


_TELLING = {
    WantedType.REASON: "explaining",
    WantedType.DEFINITION: "defining",
    WantedType.DECISION: "deciding",
}


def _names_time(words: Set[str], units: Set[str]) -> bool:
    """Return whether a word is or contains one of time."""
    return not words.isdisjoint(units) or any(
        unit in word for word in words for unit in units if len(unit) >= MIN_UNIT
    )


def asks_which_ones(question: str, language: str) -> bool:
    """
    Return whether *question* asks which things, so that a list may answer it.

    >>> asks_which_ones("Quali piattaforme sono raccomandate?", "it")
    True
    """
    return not set(_WORD.findall(question.lower())[:3]).isdisjoint(_words(language).lists["several"])


def without_question_words(question: str, language: str) -> str:
    """
    Return *question* without the words that answers seldom repeat.

    >>> without_question_words("Was passiert mit dem Resturlaub?", "de")
    'Was  mit dem Resturlaub?'
    """
    asking = _words(language).lists["asking"]
    return _WORD.sub(lambda word: "" if word[0].lower() in asking else word[0], question)


@cache
def _words(language: str) -> _Words:
    fields = _content().get(language, {})
    patterns = tuple(
        (WantedType(name), re.compile(line))
        for name, lines in fields.items()
        if name in set(WantedType)
        for line in lines.strip().splitlines()
    )
    lists = ("numbers", "months", "explaining", "defining", "deciding", "asking", "several")
    return _Words(patterns, {name: frozenset(fields.get(name, "").split()) for name in lists})


@cache
def _content() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
