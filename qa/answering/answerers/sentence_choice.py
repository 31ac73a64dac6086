"""
The choice among the reader's candidate sentences, with the probability of each to answer.

A reader judges a sentence within its passage. A logistic model adds what the reader doesn't see: the share of
the question's words in the sentence, its headings and the sentence before it, whether the short span has the
type asked for, whether the text is a sentence at all, and whether it is about the party that the question
names.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from index.records import Span
from qa.answering.answerers.amounts import DATE, amounts
from qa.answering.answerers.answer_type import AnswerType, Expected, expected_answer
from qa.answering.answerers.lexicon import content_stems, plain_words, stem, stems, words_in
from qa.answering.answerers.logistic import Features, Logistic, log_odds
from qa.answering.answerers.properties import other_words, tells_another_property
from qa.answering.answerers.prose import debris_share, ends_with_stop, is_caption, is_heading, is_title
from qa.answering.answerers.short_answer import has_amount
from qa.answering.answerers.subjects import acting_party, aliases_in, mentions, questioned_party
from qa.answering.readers.base import PassageReading
from qa.answering.readers.span_decoding import sentence_ranges
from qa.records import Passage, Quote

MAX_WEIGHED = 24
"""Maximum number of sentences, the likeliest by the reader; the others are left out."""

MIN_PARTIES = 2
"""Minimum number of parties in the passages for it to matter which one a sentence is about."""

_YEAR = re.compile(r"(?<![\d.,$€£])(?:1[5-9]|20)\d\d(?![\d%]|[.,]\d)")

_CAPITALISED = re.compile(r"(?<=[\w,;:)] )[A-Z][\w’'-]+|^[A-Z][\w’'-]+(?= [A-Z])|\b[A-Z]{2,}\b")
"""Words with a capital that doesn't come from the beginning of a sentence, and acronyms."""


@dataclass(frozen=True, slots=True)
class WeighedSentence:
    """
    A sentence with its features.

    Args:
        quote: With its new probability.
        features: By name.
    """

    quote: Quote
    features: Features


class SentenceChoice(Logistic):
    """
    Weights of the features of :func:`features`.

    The shipped ones of ``lacks_type``, ``other_year``, ``other_property`` and ``tells_asked`` were set by
    hand: too few sentences have them.
    """

    def weigh(self, question: str, readings: Sequence[PassageReading]) -> list[WeighedSentence]:
        """
        Return the sentences of all readings with their new probabilities, likeliest first.

        Args:
            question: A self-contained question.
            readings: Of passages that were read together.
        """
        quotes = likeliest(readings)
        found = [
            WeighedSentence(replace(quote, probability=self.probability(of_quote)), of_quote)
            for quote, of_quote in zip(quotes, features(question, quotes), strict=True)
        ]
        return sorted(
            found, key=lambda one: (-one.quote.probability, one.quote.passage.span, one.quote.start)
        )


@cache
def default_choice() -> SentenceChoice:
    """Return the weights that ``training/choose.py`` fitted."""
    return SentenceChoice.load("sentence_choice.json")


def likeliest(readings: Sequence[PassageReading]) -> list[Quote]:
    """Return the quotes to choose from, likeliest by the reader first."""
    quotes = [quote for reading in readings for quote in reading.quotes]
    # Ties have a fixed order, so that equal inputs always give the same answer.
    quotes.sort(key=lambda quote: (-quote.probability, quote.passage.span, quote.start))
    return quotes[:MAX_WEIGHED]


def features(question: str, quotes: Sequence[Quote]) -> list[dict[str, float]]:
    """
    Return the features of each quote.

    Args:
        question: A self-contained question.
        quotes: The likeliest first.
    """
    if not quotes:
        return []
    question_context = _QuestionContext.of(question, [quote.passage for quote in quotes])
    return [{"logit": log_odds(quote.probability), **question_context.features(quote)} for quote in quotes]


@dataclass(frozen=True, slots=True)
class _QuestionContext:
    """
    The question, and the passages that were read together for it.

    Args:
        question: As asked.
        expected: The type of answer.
        weights: The stems of the question's content words, each with its inverse document frequency.
        synonyms: For a stem that names a property, those of the other words that name it.
        properties: The words of each property that the question names.
        passages: The passages by their span.
        party: The party that the question is about; None if that doesn't matter.
        aliases: The parties by their names in the documents.
        years: The years that the question names.
    """

    question: str
    expected: Expected
    weights: Mapping[str, float]
    synonyms: Mapping[str, frozenset[str]]
    properties: Sequence[frozenset[str]]
    passages: Mapping[Span, "_Read"]
    party: str | None
    aliases: Mapping[str, str]
    years: frozenset[str]

    @classmethod
    def of(cls, question: str, passages: Sequence[Passage]) -> "_QuestionContext":
        read = {passage.span: _Read.of(passage) for passage in passages}
        stemmed = content_stems(question)
        document_frequency = Counter(word for one in read.values() for word in set(stemmed) & one.stems)
        count = len(read)
        # The constant keeps the weight above 0: a word of every passage still counts for a sentence with it.
        weights = {word: 0.3 + math.log((count + 1) / (document_frequency[word] + 0.5)) for word in stemmed}
        # Weights are shares of the question, so that long and short questions have comparable features.
        total = math.fsum(weights.values()) or 1.0
        weights = {word: weight / total for word, weight in weights.items()}
        party, aliases = _parties(question, read)
        properties = {stem(word): others for word in plain_words(question) if (others := other_words(word))}
        return cls(
            question,
            expected_answer(question),
            weights,
            {word: frozenset(map(stem, others)) for word, others in properties.items()},
            tuple(properties.values()),
            read,
            party,
            aliases,
            frozenset(_YEAR.findall(question)),
        )

    def features(self, quote: Quote) -> dict[str, float]:
        """Return the features of one quote that don't depend on the other quotes."""
        passage = self.passages[quote.passage.span]
        text, answer = quote.text, quote.answer_text or ""
        before = passage.before(quote)
        context = passage.head.union(stems(text), stems(before))
        around = " ".join([*quote.passage.hit.chunk.heading, before])
        return {
            "said_in_context": self._share(context),
            "said_by_passage": self._share(passage.stems),
            "adds": float(any(word not in self.weights for word in content_stems(answer))),
            "of_type": float(is_of_type(answer, self.expected)),
            "heading": float(is_title(quote) or is_heading(text, quote.passage.hit.chunk.heading)),
            "caption": float(is_caption(text)),
            "debris": debris_share(text),
            "stop": float(ends_with_stop(text)),
            "lacks_type": float(self._lacks_type(text)),
            "other_year": float(self._is_of_another_year(text, before, quote)),
            "other_property": float(tells_another_property(self.question, text, around)),
            **self._party_features(quote),
            **self._type_features(text),
        }

    def _share(self, words: set[str] | frozenset[str]) -> float:
        """Return the share of the question's weight that *words* have, 0 to 1."""
        return math.fsum(
            weight
            for word, weight in self.weights.items()
            if word in words or not self.synonyms.get(word, frozenset()).isdisjoint(words)
        )

    def _lacks_type(self, text: str) -> bool:
        """Return whether a date, an amount or a person is asked for and the sentence has none."""
        match self.expected.type:
            case AnswerType.NAME:
                return set(content_stems(" ".join(_CAPITALISED.findall(text)))) <= set(self.weights)
            case _:
                return lacks_type(text, self.expected)

    def _is_of_another_year(self, text: str, before: str, quote: Quote) -> bool:
        """Return whether the question names years, and the sentence or else its headings only others."""
        headings = set(_YEAR.findall(" ".join(quote.passage.hit.chunk.heading)))
        years = set(_YEAR.findall(text)) or headings
        if not self.years or not years or self.years & years:
            return False
        # A year in the sentence before, the title or a heading holds for the sentence, too.
        return not self.years & (headings | set(_YEAR.findall(f"{before} {quote.passage.title}")))

    def _party_features(self, quote: Quote) -> dict[str, float]:
        """Return whether the sentence is about the questioned party or about another one."""
        if self.party is None:
            return {"same_party": 0.0, "other_party": 0.0}
        # The party that acts next to the short span: one sentence may name several.
        at = (quote.answer[0] if quote.answer else quote.end) - quote.start
        acting = acting_party(quote.text, at, self.aliases)
        return {
            "same_party": float(acting == self.party),
            "other_party": float(acting is not None and acting != self.party),
        }

    def _type_features(self, text: str) -> dict[str, float]:
        """Return whether words of a sentence decide a question, tell what it asks, or give a reason."""
        words = set(plain_words(text))
        kind = self.expected.type
        why = kind is AnswerType.SENTENCE and self.expected.measure == "why"
        told = any(not others.isdisjoint(words) for others in self.properties)
        return {
            "tells_asked": float(kind is AnswerType.DECISION and told),
            "decides": float(kind is AnswerType.DECISION and not words.isdisjoint(words_in("deciding"))),
            "explains": float(why and not words.isdisjoint(words_in("explaining"))),
        }


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage with its stems, those of its headings and title, and the ranges of its sentences."""

    passage: Passage
    stems: frozenset[str]
    head: frozenset[str]
    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, passage: Passage) -> "_Read":
        head = frozenset(stems(" ".join([passage.title, *passage.hit.chunk.heading])))
        return cls(passage, head | set(stems(passage.text)), head, sentence_ranges(passage.text))

    def before(self, quote: Quote) -> str:
        """Return the sentence before a quote, "" where there is none."""
        ends = [place for place in self.ranges if place[1] <= quote.start]
        return self.passage.text[slice(*ends[-1])] if ends else ""


def _parties(question: str, read: Mapping[Span, _Read]) -> tuple[str | None, dict[str, str]]:
    """Return the questioned party, and the parties by the names that each document's passages give them."""
    found: dict[str, str] = {}
    if questioned_party(question) is None and not re.search(
        r"\bthe (?:north|south|east|west)\b|\b[A-Z]\w+.*\b[A-Z]", question
    ):
        return None, found
    # With a single party there is nothing to confuse, and aliases would only add noise.
    named = {one.party for passage in read.values() for one in mentions(passage.passage.text)}
    if len(named) < MIN_PARTIES:
        return None, found
    by_document: dict[str, list[_Read]] = {}
    for one in read.values():
        by_document.setdefault(one.passage.span.doc_id, []).append(one)
    for passages in by_document.values():
        passages.sort(key=lambda one: one.passage.span)
        found = {**aliases_in([one.passage.text[a:b] for one in passages for a, b in one.ranges]), **found}
    return questioned_party(question, found), found


def lacks_type(text: str, expected: Expected) -> bool:
    """Return whether a date or an amount is asked for and a sentence has none."""
    match expected.type:
        case AnswerType.AMOUNT:
            return not has_amount(text, expected)
        case AnswerType.DATE:
            return not is_of_type(text, expected)
        case _:
            return False


def is_of_type(answer: str, expected: Expected) -> bool:
    """Return whether words can be what a question asks for, by their form."""
    match expected.type:
        case AnswerType.AMOUNT:
            return bool(amounts(answer)) or bool(set(plain_words(answer)) & words_in("number_words"))
        case AnswerType.DATE:
            words = set(plain_words(answer))
            return DATE.search(answer) is not None or bool(words & (words_in("days") | words_in("seasons")))
        case AnswerType.NAME | AnswerType.PLACE:
            return re.search(r"\b[A-Z][\w’'-]*[a-z]|\b[A-Z]{2,}", answer) is not None
        case _:
            return True
