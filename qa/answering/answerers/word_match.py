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
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import takewhile

from index import Span
from qa.answering.answerers.prose import is_layout, is_question
from qa.answering.answerers.question_words import (
    WantedType,
    asks_which_ones,
    can_answer,
    wanted_type,
    without_question_words,
)
from qa.answering.glossary import COMPOUNDING, synonyms
from qa.answering.languages import ENGLISH
from qa.answering.readers.span_decoding import sentence_ranges
from qa.records import Passage, Quote

MIN_PART = 4
"""Minimum letters of a part of a compound, and of the common beginning of two forms of a word."""
MIN_COMMON = 0.65
"""Minimum share of the longer word in the common beginning of two forms of a word."""
FORM_WEIGHT = 0.8
"""Weight of another form of a word; the word itself has 1."""
SYNONYM_WEIGHT = 0.6
"""Weight of a word that means nearly the same."""
MAX_COMPARED = 80
"""Maximum number of sentences, the best by the other features, whose vectors are compared."""
SIMILARITY_CENTRE, SIMILARITY_SCALE = 0.85, 20.0
"""They give the similarity of sentences the range of the other features."""
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
    Weights of two logistics: one orders the sentences, the other tells how likely one of them answers.

    Args:
        weights: By the features of a sentence: those of :func:`features`, ``read`` and ``similarity``.
        certainty_bias: Log odds that a sentence answers when all features are 0.
        certainty: By feature: some of those of the sentence, its ``score`` by *weights*, and its ``share``
            among the sentences of a question.
        unread_bias: Instead of *certainty_bias*, if the reader read nothing.
        unread: Instead of *certainty*, if the reader read nothing.
    """

    weights: Mapping[str, float]
    certainty_bias: float
    certainty: Mapping[str, float]
    unread_bias: float
    unread: Mapping[str, float]

    def score(self, of_sentence: Mapping[str, float]) -> float:
        """Return by how much a sentence is to be preferred."""
        return math.fsum(weight * of_sentence[name] for name, weight in self.weights.items())

    def probabilities(
        self, of_sentences: Sequence[Mapping[str, float]], *, is_read: bool = True
    ) -> list[float]:
        """Return how likely each sentence of one question answers it, 0 to 1."""
        bias, weights = (self.certainty_bias, self.certainty) if is_read else (self.unread_bias, self.unread)
        scores = [self.score(one) for one in of_sentences]
        parts = [math.exp(score - max(scores)) for score in scores]
        total = math.fsum(parts)
        return [
            _logistic(bias, weights, {**one, "score": score, "share": part / total})
            for one, score, part in zip(of_sentences, scores, parts, strict=True)
        ]


def _logistic(bias: float, weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    logit = bias + math.fsum(weight * values[name] for name, weight in weights.items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


@cache
def default_word_choice() -> WordChoice:
    """Return the weights that ``training/choose_in_languages.py`` fitted."""
    fitted = json.loads((files("qa.answering.answerers") / "word_match.json").read_text(encoding="utf-8"))
    return WordChoice(
        fitted["weights"],
        fitted["certainty_bias"],
        fitted["certainty"],
        fitted["unread_bias"],
        fitted["unread"],
    )


def quotes_by_words(
    question: str,
    language: str,
    passages: Sequence[Passage],
    stems: Stems,
    *,
    choice: WordChoice,
    compare: Callable[[Sequence[str]], Sequence[float]],
    read: Callable[[Quote], float] | None = None,
    select: Callable[[list[Quote]], list[Quote]] = lambda quotes: quotes,
) -> list[Quote]:
    """
    Return the sentences of *passages* that may answer, likeliest first.

    Args:
        question: A self-contained question.
        language: Of the passages.
        passages: The best first.
        stems: Of the passages' language.
        choice: The weights.
        compare: Returns the similarity of each of some sentences to the question.
        read: Returns the log odds by which the reader prefers a sentence to an average one; None if it read
            nothing.
        select: Returns those of the sentences that may be shown; they are in the order of their scores.
    """
    of_place: dict[tuple[Span, int], dict[str, float]] = {}
    found = []
    for passage, (start, end), of_sentence in features(question, language, passages, stems):
        quote = Quote(passage, start, end, 0.0)
        of_place[_place(quote)] = {**of_sentence, "read": read(quote) if read else 0.0, "similarity": 0.0}
        found.append(quote)

    def in_order(quotes: list[Quote]) -> list[Quote]:
        return sorted(quotes, key=lambda quote: (-choice.score(of_place[_place(quote)]), _place(quote)))

    candidates = in_order(found)[:MAX_COMPARED]
    for quote, value in zip(candidates, compare([quote.text for quote in candidates]), strict=True):
        of_place[_place(quote)]["similarity"] = scaled_similarity(value)
    selected = select(in_order(candidates))
    if not selected:
        return []
    of_selected = [of_place[_place(quote)] for quote in selected]
    probabilities = choice.probabilities(of_selected, is_read=read is not None)
    quotes = [replace(quote, probability=one) for quote, one in zip(selected, probabilities, strict=True)]
    return sorted(quotes, key=lambda quote: (-quote.probability, quote.passage.span, quote.start))


def _place(quote: Quote) -> tuple[Span, int]:
    return quote.passage.span, quote.start


def scaled_similarity(value: float) -> float:
    """Return the similarity of a sentence as a feature: about -2 if it is unrelated, 1 if it answers."""
    return (value - SIMILARITY_CENTRE) * SIMILARITY_SCALE


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
    plural = asks_which_ones(question, language)

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
                        "fragment": float(text[:1].islower()),
                        "defines": float(defines(text, question, language, stems)),
                        "ends_with_colon": float(text.rstrip().endswith(":")),
                        "announces": float(plural and text.rstrip().endswith(":")),
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
    same = synonyms(term, language) if language != ENGLISH else frozenset[str]()
    scored = {word: similarity(term, word, language) for word in words}
    scored |= {word: max(scored[word], SYNONYM_WEIGHT) for word in same & words}
    return {word: score for word, score in scored.items() if score}


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
