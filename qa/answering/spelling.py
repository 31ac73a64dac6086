"""
Correction of misspelt words in a question to words of the documents.

A word is corrected only if nothing in the documents has it, no dictionary knows it, and exactly one word of
the documents is plainly the likeliest: a wrong correction answers another question.
"""

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from qa.answering.languages import ENGLISH, detect_language, function_words

MIN_LENGTH = 4
"""Minimum letters of a word that is corrected; a shorter one is similar to too many."""
MIN_SUBSTITUTED = 6
"""Minimum letters of a word with a wrong letter; otherwise *ikea* would become *idea*."""
MIN_NAME = 8
"""Minimum letters of a capitalised name that is corrected; no letter of a name is replaced."""
MAX_EDITS = 2
"""Maximum number of mistakes in one word."""
MIN_TWO_EDITS = 9
"""Letters from which a word may have two mistakes."""
MIN_CHUNKS = 3
"""Chunks that have a word which no dictionary knows, or which is two edits away from what was typed."""
MAX_WORDS = 64
"""Words of a question that are looked at."""
MIN_LEAD = 0.5
"""How far the best word's score must lie above the next one's."""

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_QUOTED = re.compile(r"[\"“„«][^\"”“»]*[\"”“»]")
_LETTERS = re.compile(r"[^\W\d_]+")
_LINKING_S = ("", "s", "es", "n", "en")
"""What joins the parts of a German or Dutch compound."""
_COMPOUNDING = frozenset({"de", "nl"})
_VOWELS = frozenset("aeiouyäöüáàâéèêíìîóòôúùû")
_ALIKE = frozenset(frozenset(pair) for pair in "td kc cs sz kq kg mn pb vw gj fv xs ck rl ln hn uv".split())
"""Letters that sound or look alike."""
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = frozenset(
    frozenset((_KEYS[row][at], other))
    for row in range(3)
    for at in range(len(_KEYS[row]))
    for near in (row, row + 1)
    if near < 3
    for other in _KEYS[near][max(at - 1, 0) : at + 2 - (near > row)]
    if other != _KEYS[row][at]
)
"""Letters whose keys touch."""


class Vocabulary(Protocol):
    """The words of the documents."""

    @property
    def vocabulary(self) -> Mapping[str, int]:
        """Return the number of chunks that have each word, in lower case."""
        ...

    def occurs(self, word: str) -> bool:
        """Return whether a search for *word* finds anything, in any form of the word."""
        ...


@dataclass(frozen=True, slots=True)
class SpellingCorrector:
    """
    Corrects questions.

    Args:
        is_known: Whether a word in lower case is one of a language, by its code, or of English.
    """

    is_known: Callable[[str, str], bool]

    def correct(self, question: str, documents: Vocabulary) -> str:
        """
        Return *question* with its misspelt words replaced; itself if there are none.

        Words in quotes, words with digits or capitals inside, and acronyms stay as they are.

        Args:
            question: As typed.
            documents: The words that the documents have.
        """
        language = detect_language(question)
        quoted = [match.span() for match in _QUOTED.finditer(question)]
        corrected, offset = question, 0
        for number, token in enumerate(_TOKEN.finditer(question)):
            if number >= MAX_WORDS:
                break
            if any(start <= token.start() < end for start, end in quoted):
                continue
            word = self._corrected(token[0], language, documents, first=number == 0)
            if word:
                corrected = corrected[: token.start() + offset] + word + corrected[token.end() + offset :]
                offset += len(word) - len(token[0])
        return corrected

    def _corrected(self, token: str, language: str, documents: Vocabulary, *, first: bool) -> str | None:
        low = token.lower()
        if first and language == ENGLISH and low in _question_words():
            return _cased(_question_words()[low], token)
        if not self._is_unknown(token, language, documents):
            return None
        name = token[0].isupper() and not first
        vocabulary = documents.vocabulary
        if language != ENGLISH:  # *artikles* of a German question isn't *articles*
            near = _of_length(vocabulary, len(low), MAX_EDITS)
            vocabulary = {word: vocabulary[word] for word in near if not self.is_known(word, ENGLISH)}
        best = _best(low, vocabulary, lambda word: self.is_known(word, language), name=name)
        return _cased(best, token) if best else None

    def _is_unknown(self, token: str, language: str, documents: Vocabulary) -> bool:
        low = token.lower()
        plain = _LETTERS.fullmatch(token) and (token.islower() or token[1:].islower())
        if len(token) < MIN_LENGTH or not plain or low in function_words(language) | function_words(ENGLISH):
            return False
        if (
            low in _contractions()
            or low in documents.vocabulary
            or documents.occurs(low)
            or self.is_known(low, language)
        ):
            return False
        return not (language in _COMPOUNDING and self._is_compound(low, language, documents))

    def _is_compound(self, word: str, language: str, documents: Vocabulary) -> bool:
        """Return whether a word consists of two: *Resturlaub*, *Urlaubsanspruch*."""
        for cut in range(MIN_LENGTH - 1, len(word) - MIN_LENGTH + 2):
            head, tail = word[:cut], word[cut:]
            if not (self.is_known(tail, language) or documents.occurs(tail)):
                continue
            stems = (head.removesuffix(link) for link in _LINKING_S if head.endswith(link))
            if any(
                len(stem) > 2 and (self.is_known(stem, language) or documents.occurs(stem)) for stem in stems
            ):
                return True
        return False


def _best(
    word: str, vocabulary: Mapping[str, int], is_known: Callable[[str], bool], *, name: bool
) -> str | None:
    """Return the likeliest word of the vocabulary for a misspelt one; None if none plainly is."""
    limit = MAX_EDITS if len(word) >= MIN_TWO_EDITS else 1
    near = process.extract(
        word, _of_length(vocabulary, len(word), limit), scorer=OSA.distance, score_cutoff=limit, limit=None
    )
    scored = []
    for candidate, distance, _ in near:
        chunks, known = vocabulary[candidate], is_known(candidate)
        frequent = chunks >= MIN_CHUNKS
        if _is_plausible(word, candidate, int(distance), frequent=frequent, known=known, name=name):
            scored.append((_score(int(distance), chunks, known=known), candidate))
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    if not scored or (len(scored) > 1 and scored[0][0] - scored[1][0] < MIN_LEAD):
        return None
    return scored[0][1]


def _score(distance: int, chunks: int, *, known: bool) -> float:
    """Return how likely a word is the intended one; higher is better."""
    return math.log10(chunks) + 0.5 * known - 3 * distance


def _is_plausible(
    word: str, candidate: str, distance: int, *, frequent: bool, known: bool, name: bool
) -> bool:
    """
    Return whether people make this mistake.

    Args:
        word: What was typed.
        candidate: A word of the documents.
        distance: Edits between them.
        frequent: Whether several chunks have the candidate.
        known: Whether a dictionary has it.
        name: Whether what was typed is a name, by its capital.
    """
    if not _LETTERS.fullmatch(candidate) or len(candidate) < MIN_LENGTH:
        return False
    if name and (len(word) < MIN_NAME or distance > 1):
        return False
    if sorted(word) == sorted(candidate) and distance == 1:
        return True  # two letters have changed places
    if word[0] != candidate[0] or (distance > 1 and not frequent):
        return False
    if distance > 1:
        return True
    return _is_one_slip(word, candidate, sure=known or frequent, name=name)


def _is_one_slip(word: str, candidate: str, *, sure: bool, name: bool) -> bool:
    """Return whether people leave out, add or mistake this letter; *sure*: the candidate is a good word."""
    if len(word) < len(candidate):  # *saud* is more than *saudi* without its end
        return len(word) > MIN_LENGTH or candidate[-1] == word[-1]
    if len(word) == len(candidate):
        long = len(word) >= MIN_SUBSTITUTED and not name
        return sure and long and _is_wrong_letter(word, candidate)
    # *moderna* is a name, not *modern* with a letter too many.
    return sure and not (candidate == word[:-1] and word[-1] in _VOWELS)


def _is_wrong_letter(word: str, candidate: str) -> bool:
    pair = frozenset(next((a, b) for a, b in zip(word, candidate, strict=True) if a != b))
    return pair <= _VOWELS or pair in _ALIKE or pair in _NEIGHBOURS


def _of_length(vocabulary: Mapping[str, int], length: int, limit: int) -> list[str]:
    return [word for word in vocabulary if abs(len(word) - length) <= limit]


def _cased(word: str, like: str) -> str:
    return word.capitalize() if like[0].isupper() else word


@cache
def _question_words() -> Mapping[str, str]:
    """Return question words by their usual misspellings, which are too short to be corrected otherwise."""
    words: dict[str, str] = _data()["question_words"]
    return {wrong: right for right, wrongs in words.items() for wrong in wrongs.split()}


@cache
def _contractions() -> frozenset[str]:
    return frozenset(_data()["contractions"].split())


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
