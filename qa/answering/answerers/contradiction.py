"""
Pure: whether two short answers say the same, or contradict each other.

Only amounts and dates can be seen to contradict: another name may be a second answer, another number of the
same things, for the same question, can't be.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_SMALL_NUMBERS = {word: number for number, word in enumerate(_ONES.split())}
_SMALL_NUMBERS |= {"seventeen": 17, "eighteen": 18, "nineteen": 19}
_TENS = {
    word: 10 * ten
    for ten, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_BELOW_HUNDRED = _SMALL_NUMBERS | _TENS
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "bn": 10**9}
_SCALES |= {"trillion": 10**12}
_SCALE = "|".join(_SCALES)
_MONTHS = "january february march april may june july august september october november december".split()
_FIGURES = re.compile(rf"(\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)((?:[\s-]*(?:{_SCALE})\b)*)")
"""A number, and the words right after it that multiply it: ``3.2 million``."""
_SPELLED = re.compile(
    rf"\b(?:{'|'.join(_BELOW_HUNDRED)})(?:[\s-]+(?:{'|'.join(_BELOW_HUNDRED)}|(?:{_SCALE})(?: and)?))*\b"
)
"""Words of numbers one after the other, with an "and" only as in "one hundred and five"."""
_WORD = re.compile(r"[^\W\d_]+")
_CAPITALISED = re.compile(r"[\w’'-]+(?: [A-Z][\w’'-]*+)*+")
"""A word with the capitalised ones right after it. Each word is taken whole, so that the time is linear."""
_CAPITAL = re.compile(r"[A-Z]")
_FILLERS = frozenset(
    "a an the of in on at about around some nearly almost over under than more less least most approximately "
    "roughly only exactly to and total altogether was were".split()
)


def same_answer(first: str, second: str) -> bool:
    """
    Whether two short answers are the same words: ``same_answer("The 23 missiles", "23
    missiles.") -> True``.
    """
    return bool(_normalise(first)) and _normalise(first) == _normalise(second)


def contradicts(first: str, second: str) -> bool:
    """
    Whether two short answers to one question can't both be right.

    Each must be one amount, of things of one name, or one date, as exactly given as the other.

    >>> contradict("23 missiles", "seventeen missiles"), contradict("23 missiles", "17 aircraft")
    (True, False)
    """
    some, others = _values(first), _values(second)
    if not some or len(some) != len(others) or some == others:
        return False
    return _entities(first) == _entities(second)


def about_different_entities(first: str, second: str) -> bool:
    """
    Whether two sentences name things that differ in a word, and nothing they have in common.

    >>> of_different_things("South Korea launched three.", "North Korea fired 17.")
    True

    Other names may be one thing's: "Pyongyang" and "North Korea" tell nothing.
    """
    some, others = _names(first), _names(second)
    if some & others:
        return False
    return any(a & b and not a <= b and not b <= a for a in some for b in others)


def _names(sentence: str) -> set[frozenset[str]]:
    """Return the words of each name: two or more capitalised words, the first from its first capital on."""
    names = set()
    for found in _CAPITALISED.finditer(sentence):
        first, *words = found[0].split(" ")
        if capital := _CAPITAL.search(first):
            words.insert(0, first[capital.start() :])
        if len(words) > 1:
            names.add(frozenset(words))
    return names


def _normalise(text: str) -> list[str]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return [word for word in words if word not in {"a", "an", "the"}]


def _values(text: str) -> list[Decimal]:
    """Every number in it, as figures or else as words, in order."""
    text = text.lower()
    figures = [_multiplied(figure, scales) for figure, scales in _FIGURES.findall(text)]
    return figures or [Decimal(value) for run in _SPELLED.findall(text) for value in _spelled_number(run)]


def _multiplied(figure: str, scales: str) -> Decimal:
    """``_multiplied("1.1", " million") -> 1100000``, which a float misses by a little."""
    value = Decimal(figure.replace(",", ""))
    for word in _WORD.findall(scales):
        value *= _SCALES[word]
    return value


def _spelled_number(run: str) -> Iterator[int]:
    """``"three million two hundred" -> 3000200``, ``"nineteen fifty-three" -> 1953``, ``"one two" -> 1 2``"""
    whole = part = 0
    for word in _WORD.findall(run):
        if word == "hundred":
            part *= 100
        elif word in _SCALES:
            larger = whole < _SCALES[word]  # "two thousand million", but not "two million one thousand"
            whole = (whole + part) * _SCALES[word] if larger else whole + part * _SCALES[word]
            part = 0
        elif word in _BELOW_HUNDRED:
            number = _BELOW_HUNDRED[word]
            if _can_combine(part, number):
                part += number
            elif not whole and 10 <= part < 100 and number >= 10:  # a year
                part = 100 * part + number
            else:
                yield whole + part
                whole, part = 0, number
    yield whole + part


def _can_combine(part: int, number: int) -> bool:
    """Whether "twenty" goes on with "three", or "two hundred" with "ten"."""
    return part % 100 == 0 or (number < 10 and part % 10 == 0 and part % 100 != 10)


def _entities(text: str) -> list[str]:
    """What is counted, in the singular, or the month's being there; without numbers and fillers."""
    numbers = _BELOW_HUNDRED.keys() | _SCALES.keys()
    words = (word for word in _WORD.findall(text.lower()) if word not in _FILLERS and word not in numbers)
    return sorted("month" if word in _MONTHS else word.removesuffix("s") for word in words)
