"""
The sentences that answer a question, by its words alone.

This is used if the question or the text is in a language that the reader doesn't know. A sentence is scored
by its share of the question's words, alone and with its headings and neighbours, and by whether it has the
type of words asked for. Rare words count more than frequent ones (inverse document frequency: Spärck Jones,
"A statistical interpretation of term specificity", 1972). A part of a German or Dutch compound counts in
part: *Urlaub* in *Urlaubstage*.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import takewhile

from qa.answering.answerers.prose import is_layout, is_question
from qa.answering.answerers.question_words import WantedType, can_answer, wanted_type, without_question_words
from qa.answering.readers.span_decoding import sentence_ranges
from qa.records import Passage, Quote

COMPOUNDING = frozenset({"de", "nl"})
MIN_PART = 4
"""Minimum letters of a part of a compound, and of the common beginning of two forms of a word."""
MIN_COMMON = 0.65
"""Minimum share of the longer word in the common beginning of two forms of a word."""
FORM_WEIGHT = 0.8
"""Weight of another form of a word; the word itself has 1."""
CONTEXT_WEIGHT = 0.7
"""Weight of a word that is only in the headings or the sentence before."""
TOPIC_WEIGHT = 0.4
"""Weight of a word of the topic, which follows a question in brackets."""
LONG_WORD = 12
"""Letters of a word with the maximum weight; longer words are more specific."""
LONG_SENTENCE = 60
"""Number of words from which a sentence is too long for an answer."""
_TOPIC = re.compile(r"(.*?)(?:\s*\(([^()]*)\))?", re.S)

OPENING_WORDS = 5
"""Maximum position in words of the subject in a definition."""

_COUNTED = frozenset({WantedType.AMOUNT, WantedType.DATE})

Stems = Callable[[str], Sequence[str]]
"""The content words of a text without their endings, in order."""


@dataclass(frozen=True, slots=True)
class WordChoice:
    """
    Weights of a logistic over :func:`features`.

    Args:
        bias: Log odds when all features are 0.
        weights: By feature.
    """

    bias: float
    weights: Mapping[str, float]

    def probability(self, of_sentence: Mapping[str, float]) -> float:
        """Return how likely a sentence with these features answers, 0 to 1."""
        logit = self.bias + math.fsum(weight * of_sentence[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


@cache
def default_word_choice() -> WordChoice:
    """Return the weights that ``training/choose_by_words.py`` fitted."""
    fitted = json.loads((files("qa.answering.answerers") / "word_match.json").read_text(encoding="utf-8"))
    return WordChoice(fitted["bias"], fitted["weights"])


def quotes_by_words(
    question: str, language: str, passages: Sequence[Passage], stems: Stems, choice: WordChoice
) -> list[Quote]:
    """
    Return the sentences of *passages* that may answer, likeliest first.

    Args:
        question: A self-contained question.
        language: Of the passages.
        passages: The best first.
        stems: Of the passages' language.
        choice: The weights.
    """
    found = [
        Quote(passage, start, end, choice.probability(of_sentence))
        for passage, (start, end), of_sentence in features(question, language, passages, stems)
    ]
    return sorted(found, key=lambda quote: (-quote.probability, quote.passage.span, quote.start))


def features(
    question: str, language: str, passages: Sequence[Passage], stems: Stems
) -> list[tuple[Passage, tuple[int, int], dict[str, float]]]:
    """
    Return each sentence of *passages* that isn't layout, with what is weighed of it.

    Args:
        question: A self-contained question.
        language: Of the passages.
        passages: The best first.
        stems: Of the passages' language.
    """
    own, topic = _TOPIC.fullmatch(question).groups("")  # type: ignore[union-attr]
    terms = list(dict.fromkeys(stems(without_question_words(own, language))))
    added = [term for term in dict.fromkeys(stems(topic)) if term not in terms]
    terms += added
    if not terms:
        return []
    read = [_Read.of(passage, stems) for passage in passages]
    matches = {term: _matches(term, read, language) for term in terms}
    weights = _weights(terms, read, matches, added)
    kind = wanted_type(question, language)
    rarest = max(terms, key=lambda term: weights[term])

    def share(words: Sequence[frozenset[str]]) -> float:
        """Return the question's weight that *words* match, 0 to 1; words after the first set count less."""
        return math.fsum(weights[term] * _match_score(matches[term], words) for term in terms)

    found = []
    for one in read:
        by_passage = share([one.all_words])
        for at, (start, end) in enumerate(one.ranges):
            text = one.passage.text[start:end]
            if is_layout(text, one.passage.hit.chunk.heading):
                continue
            own = one.words[at]
            context = one.head | (one.words[at - 1] if at else frozenset())
            typed = kind is not WantedType.ANYTHING
            counted = kind in _COUNTED
            of_type = can_answer(text, kind, language)
            own_share = share([own])
            found.append(
                (
                    one.passage,
                    (start, end),
                    {
                        "said": own_share,
                        "said_in_context": share([own, context]),
                        "said_by_passage": by_passage,
                        "rarest": _match_score(matches[rarest], [own, context]),
                        "of_type": float(typed and of_type),
                        "lacks_number": float(counted and not of_type),
                        "lacks_type": float(typed and not counted and not of_type),
                        "said_of_type": own_share * float(of_type),
                        "asks": float(is_question(text)),
                        "short": float(len(own) < 3),
                        "long": float(len(text.split()) > LONG_SENTENCE),
                        "one_word": float(len(terms) == 1 and kind is not WantedType.DEFINITION),
                        "adds": min(1.0, len(own - set(terms)) / 8),
                    },
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage with the words of each of its sentences, and those of its headings and title."""

    passage: Passage
    ranges: tuple[tuple[int, int], ...]
    words: tuple[frozenset[str], ...]
    head: frozenset[str]

    @classmethod
    def of(cls, passage: Passage, stems: Stems) -> "_Read":
        ranges = sentence_ranges(passage.text) if passage.sentences is None else passage.sentences
        words = tuple(frozenset(stems(passage.text[start:end])) for start, end in ranges)
        return cls(
            passage, ranges, words, frozenset(stems(" ".join([passage.title, *passage.hit.chunk.heading])))
        )

    @property
    def all_words(self) -> frozenset[str]:
        return self.head.union(*self.words)


def lacks_number(text: str, question: str, language: str) -> bool:
    """Return whether a number or a date is asked for and a sentence has none."""
    kind = wanted_type(question, language)
    return kind in _COUNTED and not can_answer(text, kind, language)


def defines(text: str, question: str, language: str, stems: Stems) -> bool:
    """Return whether a sentence defines what is asked for: it names it first and says what it is."""
    if wanted_type(question, language) is not WantedType.DEFINITION:
        return False
    opening = stems(" ".join(text.split()[:OPENING_WORDS]))[:1]
    terms = stems(without_question_words(question, language))
    named = any(similarity(one, other, language) for one in terms for other in opening)
    return named and can_answer(text, WantedType.DEFINITION, language)


def _matches(term: str, read: Sequence[_Read], language: str) -> dict[str, float]:
    """Return the words of the passages that say *term*, with how well they do, 0 to 1."""
    words = frozenset[str]().union(*(one.all_words for one in read))
    scored = ((word, similarity(term, word, language)) for word in words)
    return {word: score for word, score in scored if score}


def _weights(
    terms: Sequence[str],
    read: Sequence[_Read],
    matches: Mapping[str, Mapping[str, float]],
    added: Collection[str],
) -> dict[str, float]:
    """
    Return how much each term counts, the sum being 1: its inverse document frequency, more for long words.

    Args:
        terms: The terms of the question.
        read: The passages.
        matches: The words that say each term.
        added: Terms that count less, since the question itself doesn't have them.
    """
    having = Counter(term for one in read for term in terms if not one.all_words.isdisjoint(matches[term]))
    weights = {
        term: (0.3 + math.log((len(read) + 1) / (having[term] + 0.5))) * (0.5 + min(1, len(term) / LONG_WORD))
        for term in terms
    }
    weights = {term: weight * (TOPIC_WEIGHT if term in added else 1.0) for term, weight in weights.items()}
    total = math.fsum(weights.values())
    return {term: weight / total for term, weight in weights.items()}


def _match_score(matches: Mapping[str, float], words: Sequence[frozenset[str]]) -> float:
    """Return how well a term is said by the first of *words*, or less well by the others."""
    best = 0.0
    for at, own in enumerate(words):
        found = max((score for word, score in matches.items() if word in own), default=0.0)
        best = max(best, found * (1.0 if at == 0 else CONTEXT_WEIGHT))
    return best


@lru_cache(maxsize=65536)
def similarity(one: str, other: str, language: str) -> float:
    """
    Return how far two words without their endings say the same, 0 to 1.

    >>> similarity("urlaub", "urlaubstag", "de"), similarity("urlaub", "vertrag", "de")
    (0.8, 0.0)
    """
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) < MIN_PART - 1 or not (one.isalpha() and other.isalpha()):
        return 0.0
    if language in COMPOUNDING and (
        long.endswith(short)
        or (len(short) >= MIN_PART and long.startswith(short))
        or (len(short) > MIN_PART and short in long)
    ):
        return 0.5 + 0.5 * len(short) / len(long)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return FORM_WEIGHT if common >= max(MIN_PART + 1, MIN_COMMON * len(long)) else 0.0
