"""The documents that a person means by "the leave policy" or "the bp minutes"."""

import math
import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path, PurePath

from index import CatalogEntry, languages
from qa.answering.english import noun_phrases

MIN_COVERAGE = 0.6
"""Share of the words' weight that a document's names must have."""
MIN_OF_BEST = 0.9
"""Minimum coverage relative to the best document's for another document to be named as well."""
KIND_WEIGHT = 0.3
"""Weight of a word such as *report*, relative to another word of the same rarity."""
MAX_MENTIONED, MAX_SHARING = 3, 2
"""Maximum number of documents that a question mentions, and that may have a telling word in their names."""
MIN_INITIALS = 3
"""Minimum number of words whose initials are a name."""
MAX_ENDING = 3
"""Letters that two forms of a word may have after their common beginning."""
WITHIN_WORD = 7
"""Letters from which a word is also found within a longer one: *urlaubsgesetz* in *bundesurlaubsgesetz*."""


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """
    A document that a phrase names.

    Args:
        entry: The document.
        coverage: Share of the phrase's weight that its names have, 0 to 1.
    """

    entry: CatalogEntry
    coverage: float


def named_documents(phrase: str, entries: Sequence[CatalogEntry]) -> list[NamedDocument]:
    """
    Return the documents whose title or file name has the words of *phrase*, the best first.

    A word weighs log((n + 1) / (d + 1/2)) where d of n documents have it in their names, so that what tells
    documents apart decides. Empty if no document has enough of them.

    Args:
        phrase: As a person says it: "the tarrant decision".
        entries: The documents in scope.
    """
    words = list(dict.fromkeys(_words(phrase)))
    names = [frozenset(_name_words(entry)) for entry in entries]
    found = [[any(_same(word, other) for other in name) for name in names] for word in words]
    weights = [
        math.log((len(names) + 1) / (sum(having) + 0.5)) * (KIND_WEIGHT if names_kind(word) else 1.0)
        for word, having in zip(words, found, strict=True)
    ]
    total = math.fsum(weights)
    if not total:
        return []
    matches = []
    for number, entry in enumerate(entries):
        present = [at for at in range(len(words)) if found[at][number]]
        coverage = math.fsum(weights[at] for at in present) / total
        tells = any(not names_kind(words[at]) for at in present) or all(map(names_kind, words))
        if coverage >= MIN_COVERAGE and tells:
            matches.append(NamedDocument(entry, coverage))
    best = max((match.coverage for match in matches), default=0.0)
    matches = [match for match in matches if match.coverage >= MIN_OF_BEST * best]
    return sorted(matches, key=lambda match: (-match.coverage, match.entry.title, match.entry.doc_id))


def mentioned_documents(
    question: str, entries: Sequence[CatalogEntry], is_own_word: Callable[[str, Collection[str]], bool]
) -> list[str]:
    """
    Return the ids of the documents that a question about something else mentions: "… under the MPL".

    It does so by a phrase with a kind of document ("the clouds manual"), by the initials of a name, or by a
    word of a name that hardly any other document has.

    Args:
        question: A self-contained question.
        entries: The documents in scope.
        is_own_word: Whether a word occurs in these documents and in hardly any other.
    """
    found: set[str] = set()
    for phrase in noun_phrases(question):
        kinds = sum(map(names_kind, words := _words(phrase.text)))
        if 0 < kinds < len(words):
            found.update(match.entry.doc_id for match in named_documents(phrase.text, entries))
    names = {entry.doc_id: frozenset(_name_words(entry)) for entry in entries}
    for word in dict.fromkeys(_words(question)):
        if word.isdigit() or names_kind(word):
            continue
        named = {entry.doc_id for entry in entries if word in _initials(entry)}
        having = {doc_id for doc_id, own in names.items() if word in own}
        if not named and 0 < len(having) <= MAX_SHARING and is_own_word(word, having):
            named = having
        found |= named
    return sorted(found) if len(found) <= MAX_MENTIONED else []


def _initials(entry: CatalogEntry) -> set[str]:
    """Return the initials of three or more words in a row of a document's names."""
    found = set()
    for name in (entry.title, *(PurePath(path).stem for path in entry.paths)):
        letters = [_fold(word)[:1] for word in re.findall(r"[^\W\d_]+", name)]
        for start in range(len(letters)):
            found |= {"".join(letters[start:end]) for end in range(start + MIN_INITIALS, len(letters) + 1)}
    return found


def speaks_of_document(phrase: str) -> bool:
    """Return whether *phrase* names a kind of document: "the astronaut transcript"."""
    return any(map(names_kind, _words(phrase)))


def names_only_kind(phrase: str) -> bool:
    """Return whether *phrase* is a kind of document and nothing more: "the article"."""
    words = _words(phrase)
    return bool(words) and all(map(names_kind, words))


@cache
def names_kind(word: str) -> bool:
    """Return whether *word* only names a kind of document."""
    return any(_same(word, kind) for kind in _kinds())


def bare_topic(phrase: str) -> str:
    """
    Return *phrase* without articles and other function words around it.

    >>> bare_topic("the rules of the house")
    'rules of the house'
    """
    words = phrase.split()
    while words and _fold(words[0]).strip("'’") in _function_words():
        words.pop(0)
    while words and _fold(words[-1]) in _function_words():
        words.pop()
    return " ".join(words) or phrase


def _name_words(entry: CatalogEntry) -> list[str]:
    names = [entry.title, *(PurePath(path).stem for path in entry.paths)]
    return [word for name in names for word in _words(name)]


def _words(text: str) -> list[str]:
    """Return the words of *text* that aren't function words, folded; of ``camelCase`` also its parts."""
    folded = (_fold(word) for found in re.findall(r"[^\W_]+", text) for word in (found, *_parts(found)))
    return [word for word in folded if word not in _function_words() and (len(word) > 1 or word.isdigit())]


def _parts(word: str) -> list[str]:
    parts = re.findall(r"[A-Z]?[^\WA-Z_]+|[A-Z]+(?![^\WA-Z_])", word)
    return parts if len(parts) > 1 else []


def _fold(word: str) -> str:
    """Return *word* in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _same(word: str, other: str) -> bool:
    """Return whether two words are forms of one, or the first is within the second."""
    if word == other or (len(word) >= WITHIN_WORD and word in other):
        return True
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))
    if common < 4 or not (word.isalpha() and other.isalpha()):
        return False
    return max(len(word), len(other)) - common <= (1 if common == 4 else MAX_ENDING)


@cache
def _function_words() -> frozenset[str]:
    return frozenset(_fold(word) for language in languages().values() for word in language.words)


@cache
def _kinds() -> frozenset[str]:
    path = Path(__file__).with_suffix(".toml")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return frozenset(_fold(word) for word in content["kinds"].split())
