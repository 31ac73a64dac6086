"""
Recognise pages whose text isn't readable, because their fonts don't say which characters they draw.

Such a page looks as it should, but its text is a cipher: "7KH 'HELDQ )$4" for "The Debian FAQ". Of 4,563
pages of 280 real PDFs in a dozen languages, 2 are left out, both of a program in TeX. Of pages that are
unreadable once the mapping of their fonts is removed from the files, 605 are recognised and about 20 aren't.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from index.text.languages import function_words

# Private use, control characters, and what stands for an unknown character.
_UNMAPPED = re.compile("[\ue000-\uf8ff\ufffd\ufff0-\uffff\x00-\x08\x0e-\x1f\x7f-\x9f\U000f0000-\U0010ffff]")
MAX_UNMAPPED = 0.2
"""Maximum share of unmapped characters; visible spaces in listings of programs have a tenth."""

MIN_VISIBLE = 10
"""Shorter texts aren't judged."""
MIN_CHARACTERS = 30
"""Shorter texts, such as a page number, aren't judged by their letters and words."""
MIN_ALPHANUMERIC = 0.3
"""Minimum share of letters and digits, dots of contents lists aside."""
_LEADERS = re.compile(r"[\s.·…_—–-]")

MIN_WORDS = 8
"""Words of four Latin letters that are needed to judge their shape."""
MIN_WELL_FORMED = 0.75
"""Minimum share of words with vowels and with capitals where words have them, if none is a function word."""
MAX_FUNCTION_WORDS = 0.05
"""Share of function words from which a text is certainly readable."""
MANY_WORDS, MIN_WELL_FORMED_OF_MANY = 50, 0.8
"""A long text without function words must have more words in the right shape."""

MIN_PAIRS = 30
MAX_MIXED = 0.2
"""Maximum share of neighbouring letters in different scripts, of at least this many pairs."""

_WORD = re.compile(r"[^\W\d_]{2,}")
# Where a name in a program is made of words: "noteFontSize".
_CAPITALISED_PART = re.compile(r"(?<=[a-zà-öø-ÿ])([A-ZÀ-ÖØ-Þ])")
_VOWELS = frozenset("aeiouyæøœıаеёиоуыэюяіїєαεηιουω")
_EAST_ASIAN = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}
)


def is_readable(text: str) -> bool:
    """
    Return whether the text of a page can be words.

    >>> is_readable("The archive holds about a thousand packages of software that aren't free.")
    True
    >>> is_readable("7KH DUFKLYH KROGV DERXW D WKRXVDQG SDFNDJHV RI VRIWZDUH WKDW DUHQ·W IUHH )")
    False
    """
    visible = _LEADERS.sub("", text)
    if len(visible) < MIN_VISIBLE:
        return True
    if len(_UNMAPPED.findall(visible)) > MAX_UNMAPPED * len(visible):
        return False
    if len(visible) < MIN_CHARACTERS:
        return True
    words = _WORD.findall(text)
    return (
        sum(map(str.isalnum, visible)) >= MIN_ALPHANUMERIC * len(visible)
        and not _mixes_scripts(words)
        and _are_well_formed([word for word in words if _script(word[0]) == "LATIN"])
    )


def _are_well_formed(words: Sequence[str]) -> bool:
    """Return whether Latin words are those of a language."""
    parts = (part for word in words for part in _CAPITALISED_PART.sub(r" \1", word).split())
    long = [part for part in parts if len(part) >= 4]
    if len(long) < MIN_WORDS:
        return True
    known = function_words()
    if sum(word.lower() in known for word in words) > MAX_FUNCTION_WORDS * len(words):
        return True
    least = MIN_WELL_FORMED_OF_MANY if len(long) >= MANY_WORDS else MIN_WELL_FORMED
    return sum(map(_is_well_formed, long)) >= least * len(long)


def _is_well_formed(word: str) -> bool:
    """Return whether a word has a usual share of vowels, and capitals only at its start or throughout."""
    letters = [letter for letter in unicodedata.normalize("NFKD", word.lower()) if letter.isalpha()]
    vowels = sum(letter in _VOWELS for letter in letters) / max(1, len(letters))
    return 0.15 <= vowels <= 0.8 and (word.isupper() or word[1:].islower())


def _mixes_scripts(words: Sequence[str]) -> bool:
    """Return whether letters of different scripts are often neighbours, as in a cipher of Chinese."""
    pairs = mixed = 0
    for word in words:
        scripts = list(map(_script, word))
        pairs += len(word) - 1
        mixed += sum(one != other for one, other in pairwise(scripts))
    return pairs >= MIN_PAIRS and mixed > MAX_MIXED * pairs


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """Return the first word of a letter's name, which is its script; one name for those of East Asia."""
    script = unicodedata.name(letter, "UNKNOWN").split()[0]
    return "CJK" if script in _EAST_ASIAN or script.startswith(("FULLWIDTH", "HALFWIDTH")) else script
