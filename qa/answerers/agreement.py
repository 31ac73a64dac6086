"""
Pure: whether two short answers say the same, or contradict each other.

Only amounts and dates can be seen to contradict: another name may be a second answer, another number of the
same things, for the same question, can't be.
"""

import re
import unicodedata

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_SMALL = {word: number for number, word in enumerate(_ONES.split())}
_SMALL |= {"seventeen": 17, "eighteen": 18, "nineteen": 19}
_TENS = {
    word: 10 * ten
    for ten, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_MONTHS = "january february march april may june july august september october november december".split()
_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)+")
_FILLERS = frozenset(
    "a an the of in on at about around some nearly almost over under than more less least most approximately "
    "roughly only exactly to and total altogether was were".split()
)


def same(one: str, other: str) -> bool:
    """Whether two short answers are the same words: ``same("The 23 missiles", "23 missiles.") -> True``."""
    return bool(_plain(one)) and _plain(one) == _plain(other)


def contradict(one: str, other: str) -> bool:
    """
    Whether two short answers to one question can't both be right.

    Each must be one amount, of things of one name, or one date, as exactly given as the other.

    >>> contradict("23 missiles", "seventeen missiles"), contradict("23 missiles", "17 aircraft")
    (True, False)
    """
    some, others = _values(one), _values(other)
    if not some or len(some) != len(others) or some == others:
        return False
    return _things(one) == _things(other)


def of_different_things(one: str, other: str) -> bool:
    """
    Whether two sentences name things that differ in a word, and nothing they have in common.

    >>> of_different_things("South Korea launched three.", "North Korea fired 17.")
    True

    Other names may be one thing's: "Pyongyang" and "North Korea" tell nothing.
    """
    some, others = _names(one), _names(other)
    if some & others:
        return False
    return any(a & b and not a <= b and not b <= a for a in some for b in others)


def _names(sentence: str) -> set[frozenset[str]]:
    """The words of each name of two words or more that begin with capitals."""
    return {frozenset(name.split()) for name in _NAME.findall(sentence)}


def _plain(text: str) -> list[str]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return [word for word in words if word not in {"a", "an", "the"}]


def _values(text: str) -> list[float]:
    """Every number in it, as figures or as words, in order."""
    figures = [float(found.replace(",", "")) for found in _NUMBER.findall(text)]
    return figures or _in_words(text)


def _in_words(text: str) -> list[float]:
    """``"twenty-three" -> [23]``, ``"three million" -> [3000000]``."""
    value, found = 0, False
    for word in _WORD.findall(text.lower()):
        if word in _SMALL or word in _TENS:
            value += _SMALL.get(word, _TENS.get(word, 0))
            found = True
        elif word in _SCALES and found:
            value *= _SCALES[word]
    return [float(value)] if found else []


def _things(text: str) -> list[str]:
    """What is counted, in the singular, or the month's being there; without numbers and fillers."""
    words = (word for word in _WORD.findall(text.lower()) if word not in _FILLERS and word not in _SMALL)
    words = (word for word in words if word not in _TENS and word not in _SCALES)
    return sorted("month" if word in _MONTHS else word.removesuffix("s") for word in words)
