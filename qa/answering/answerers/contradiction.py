"""
Comparison of two short answers to one question, which may be the same or contradict each other.

Only amounts and dates are taken to contradict: another name may be a second right answer, another number of
the same things can't be.
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
"""A number and the scale words after it: ``3.2 million``."""
_SPELLED = re.compile(
    rf"\b(?:{'|'.join(_BELOW_HUNDRED)})(?:[\s-]+(?:{'|'.join(_BELOW_HUNDRED)}|(?:{_SCALE})(?: and)?))*\b"
)
"""A sequence of number words, with "and" only as in "one hundred and five"."""
_WORD = re.compile(r"[^\W\d_]+")
_CAPITALISED = re.compile(r"[\w’'-]+(?: [A-Z][\w’'-]*+)*+")
"""A word with the capitalised words after it. The possessive quantifiers make the time linear."""
_CAPITAL = re.compile(r"[A-Z]")
_FILLERS = frozenset(
    "a an the of in on at about around some nearly almost over under than more less least most approximately "
    "roughly only exactly to and total altogether was were".split()
)


def same_answer(first: str, second: str) -> bool:
    """
    Return whether two short answers have the same words, apart from case, articles and punctuation.

    >>> same_answer("The 23 missiles", "23 missiles.")
    True
    """
    return bool(_normalise(first)) and _normalise(first) == _normalise(second)


def contradicts(first: str, second: str) -> bool:
    """
    Return whether two short answers to one question can't both be right.

    Both must be amounts of the same things, or dates of the same precision.

    >>> contradicts("23 missiles", "seventeen missiles"), contradicts("23 missiles", "17 aircraft")
    (True, False)
    """
    first_values, second_values = _values(first), _values(second)
    if not first_values or len(first_values) != len(second_values) or first_values == second_values:
        return False
    return _entities(first) == _entities(second)


def about_different_entities(first: str, second: str) -> bool:
    """
    Return whether two sentences name different things whose names share a word, and no common thing.

    >>> about_different_entities("South Korea launched three.", "North Korea fired 17.")
    True

    Names without a common word may mean the same thing, such as "Pyongyang" and "North Korea".
    """
    first_names, second_names = _names(first), _names(second)
    if first_names & second_names:
        return False
    # A name that contains the other may be its long form: "Korea" and "South Korea".
    return any(a & b and not a <= b and not b <= a for a in first_names for b in second_names)


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
    """Return the numbers of *text* in order: those in figures, or if there are none, those in words."""
    text = text.lower()
    figures = [_multiplied(figure, scales) for figure, scales in _FIGURES.findall(text)]
    return figures or [Decimal(value) for run in _SPELLED.findall(text) for value in _spelled_number(run)]


def _multiplied(figure: str, scales: str) -> Decimal:
    """Return a figure times its scale words: 1100000 for "1.1 million", which a float can't represent."""
    value = Decimal(figure.replace(",", ""))
    for word in _WORD.findall(scales):
        value *= _SCALES[word]
    return value


def _spelled_number(run: str) -> Iterator[int]:
    """Yield the numbers in a run of number words: 1953 for "nineteen fifty-three", 1 and 2 for "one two"."""
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
    """Return whether a number continues the part before it: "twenty" and "three", "two hundred" and "ten"."""
    return part % 100 == 0 or (number < 10 and part % 10 == 0 and part % 100 != 10)


def _entities(text: str) -> list[str]:
    """Return the words for what is counted, in the singular, and "month" for any month; without fillers."""
    numbers = _BELOW_HUNDRED.keys() | _SCALES.keys()
    words = (word for word in _WORD.findall(text.lower()) if word not in _FILLERS and word not in numbers)
    return sorted("month" if word in _MONTHS else word.removesuffix("s") for word in words)
