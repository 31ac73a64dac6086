"""The default answerer: the documents' own sentences, and the short answer when the reader is sure."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.records import Span
from qa.answering.answerers.answer_confidence import AnswerConfidence, answer_features
from qa.answering.answerers.contradiction import about_different_entities, contradicts, same_answer
from qa.answering.answerers.lexicon import content_stems
from qa.answering.answerers.logistic import Features
from qa.answering.answerers.prose import is_layout, is_title
from qa.answering.answerers.sentence_choice import SentenceChoice
from qa.answering.answerers.short_answer import rivals, short_answer
from qa.answering.answerers.table_lines import shortened_row
from qa.answering.readers.base import PassageReading
from qa.records import AnswerDraft, ClaimSentence, Quote

NOT_FOUND = "I couldn't find an answer in your documents."

MAX_POSSIBLE = 2
"""Maximum number of sentences offered under a refusal."""
POSSIBLE_SHARE = 0.6
"""Minimum share of the refusal threshold for a sentence to be offered as a possible answer."""
MAX_COMPARED = 6
"""Maximum number of sentences that count as shown or missed."""
BEHIND = 1.0
"""Log odds by which each sentence but the first is less likely than its probability says."""
FOUND_WEIGHT = 0.4
"""Weight of the probability that a shown sentence answers, beside the weight 1 of the expected overlap."""
DOUBT_SHARE = 0.85
"""Minimum share of the best probability for a sentence with another short answer to prevent showing one."""
RIVAL_SHARE = 0.7
"""Minimum share of the best probability for a sentence with another amount to be shown."""

MAX_GAP = 20
"""Maximum number of characters between two sentences that are read as one text."""

_OPEN_ENDED = re.compile(
    r"^\W*(?:why|how(?! (?:many|much|long|old|far|tall|often|big|large|high)\b))\b", re.I
)
"""Questions whose answer is a sentence, not a phrase."""


@dataclass(frozen=True, slots=True)
class ExtractiveAnswerer:
    """
    Answers with the sentences of the documents.

    Args:
        refuse_below: Calibrated probability under which nothing is shown as an answer, 0 to 1.
        bold_from: Probability from which the short answer is shown in bold, 0 to 1.
        max_sentences: Maximum number of sentences, without those that contradict the first.
        choice: Gives the reader's sentences new probabilities; None uses the reader's.
        confidence: Of the whole answer, if there is a choice; None uses the best sentence's probability.
    """

    refuse_below: float
    bold_from: float
    max_sentences: int = 3
    choice: SentenceChoice | None = None
    confidence: AnswerConfidence | None = None

    def draft(self, question: str, readings: Sequence[PassageReading]) -> Iterator[AnswerDraft]:
        """Yield one draft: the answer or a refusal."""
        quotes, of_sentences = self._ranked(question, readings)
        likely = quotes[0].probability if quotes else 0.0
        if quotes and self.confidence and of_sentences:
            of_best = of_sentences[_place(quotes[0])]
            likely = self.confidence.probability(answer_features(quotes, of_best))
        if not quotes or likely < self.refuse_below:
            near = [
                quote
                for quote in quotes[:MAX_POSSIBLE]
                if likely * quote.probability >= POSSIBLE_SHARE * self.refuse_below * quotes[0].probability
            ]
            yield AnswerDraft(
                reason=NOT_FOUND,
                possible=tuple(ClaimSentence(quote.text, (quote,)) for quote in near),
            )
            return
        best = quotes[0]
        sure = likely >= self.bold_from and not _OPEN_ENDED.match(question)
        against = find_contradictions(quotes, self.refuse_below) if sure else []
        behind, found_weight = (BEHIND, FOUND_WEIGHT) if self.choice else (0.0, 0.0)
        selected = quotes[: best_quote_count(quotes[:MAX_COMPARED], self.max_sentences, behind, found_weight)]
        selected = [quote for quote in selected if quote is best or not _outdone(question, best, quote)]
        selected += [quote for quote in against if quote not in selected]
        short = (
            _short(question, best, selected)
            if sure and not against and not _is_doubtful(best, selected)
            else None
        )
        yield AnswerDraft(
            claims=tuple(_readable(question, claim) for claim in in_reading_order(group_claims(selected))),
            short=short,
            positions=tuple((quote,) for quote in (best, *against)) if against else (),
            confidence=likely,
        )

    def known(
        self, question: str, readings: Sequence[PassageReading]
    ) -> tuple[dict[str, float], Quote | None]:
        """Return the confidence's features and the best sentence; empty and None without a sentence."""
        quotes, of_sentences = self._ranked(question, readings)
        if not quotes:
            return {}, None
        return answer_features(quotes, of_sentences[_place(quotes[0])]), quotes[0]

    def sentences(self, question: str, readings: Sequence[PassageReading]) -> list[Quote]:
        """Return the sentences that may be shown, likeliest first."""
        return self._ranked(question, readings)[0]

    def _ranked(
        self, question: str, readings: Sequence[PassageReading]
    ) -> tuple[list[Quote], dict[tuple[Span, int], Features]]:
        """Return the sentences that may be shown, likeliest first, and their features by place."""
        if self.choice is None:
            return _presentable([quote for reading in readings for quote in reading.quotes]), {}
        weighed = self.choice.weigh(question, readings)
        features = {_place(one.quote): one.features for one in weighed}
        return _presentable([one.quote for one in weighed]), features


def _readable(question: str, claim: ClaimSentence) -> ClaimSentence:
    """Return a claim that shows only the part of a long table row that the question is about."""
    quote = claim.quotes[0]
    answer = None if quote.answer is None else (quote.answer[0] - quote.start, quote.answer[1] - quote.start)
    short = shortened_row(question, claim.text, answer)
    return claim if short is None else replace(claim, text=short)


def _place(quote: Quote) -> tuple[Span, int]:
    return quote.passage.span, quote.start


def _presentable(quotes: Sequence[Quote]) -> list[Quote]:
    """Return the quotes without layout and repetitions, likeliest first."""
    headings = _headings_by_document(quotes)
    shown = [
        quote
        for quote in quotes
        if not (is_title(quote) or is_layout(quote.text, headings[quote.passage.span.doc_id]))
    ]
    return deduplicated(
        sorted(shown, key=lambda quote: (-quote.probability, quote.passage.span, quote.start))
    )


def _headings_by_document(quotes: Sequence[Quote]) -> dict[str, tuple[str, ...]]:
    """Return the titles in and above each document's passages: a list of contents repeats those of others."""
    found: dict[str, tuple[str, ...]] = {}
    for passage in {quote.passage.span: quote.passage for quote in quotes}.values():
        within = (passage.text[start:end] for start, end in passage.titles)
        doc_id = passage.span.doc_id
        found[doc_id] = (*found.get(doc_id, ()), *passage.hit.chunk.heading, *within)
    return found


def _outdone(question: str, best: Quote, other: Quote) -> bool:
    """Return whether a far less likely sentence gives another amount or date than the best one."""
    if other.probability >= RIVAL_SHARE * best.probability or best.answer_text is None:
        return False
    return rivals(question, best.answer_text, other.text)


def _is_doubtful(best: Quote, shown: Sequence[Quote]) -> bool:
    """Return whether another shown sentence is nearly as likely and has another short answer."""
    return any(
        quote.probability >= DOUBT_SHARE * best.probability and not _same_words(best, quote)
        for quote in shown
        if quote is not best
    )


def _same_words(one: Quote, other: Quote) -> bool:
    first, second = (set(content_stems(quote.answer_text or "")) for quote in (one, other))
    return bool(first & second)


def _short(question: str, best: Quote, shown: Sequence[Quote]) -> str | None:
    """Return the short answer of the likeliest sentence on one line; None without one."""
    others = [quote.text for quote in shown if quote is not best]
    found = short_answer(question, best.passage.text, (best.start, best.end), best.answer, others)
    return None if found is None else " ".join(best.passage.text[slice(*found)].split())


def deduplicated(quotes: Sequence[Quote]) -> list[Quote]:
    """Return the quotes without repetitions of an earlier one of the same document."""
    first: dict[tuple[str, str], Quote] = {}
    for quote in quotes:
        first.setdefault((quote.passage.span.doc_id, " ".join(quote.text.split())), quote)
    return list(first.values())


def best_quote_count(
    quotes: Sequence[Quote], max_count: int, behind: float = 0.0, found_weight: float = 0.0
) -> int:
    """
    Return how many of *quotes* to show, by the expected overlap with the truth and the chance to show it.

    A quote of probability p and length l has p·l expected characters that answer, so that the intersection
    over union is about Σ(shown) p·l / (Σ(shown) l + Σ(others) p·l). By it alone, another sentence is shown
    only if it is nearly as likely as the first. A person who reads two or three sentences loses little, and
    loses the answer without the right one: 1 - Π(shown) (1 - p), the probability that one of the shown
    sentences answers, counts as well. Ties go to fewer sentences.

    Args:
        quotes: The likeliest first.
        max_count: Maximum number to show.
        behind: Log odds by which each but the first is less likely than its probability.
        found_weight: Weight of the probability that one of the shown sentences answers.
    """
    lengths = [quote.end - quote.start for quote in quotes]
    likely = [
        quote.probability if at == 0 else _less(quote.probability, behind) for at, quote in enumerate(quotes)
    ]
    expected = [probability * length for probability, length in zip(likely, lengths, strict=True)]

    def utility(count: int) -> float:
        overlap = sum(expected[:count]) / (sum(lengths[:count]) + sum(expected[count:]))
        found = 1 - math.prod(1 - probability for probability in likely[:count])
        return overlap + found_weight * found

    return max(range(1, min(max_count, len(quotes)) + 1), key=utility)


def _less(probability: float, log_odds: float) -> float:
    """Return a probability that is lower by that many log odds."""
    odds = probability / max(1e-9, 1 - probability) * math.exp(-log_odds)
    return odds / (1 + odds)


def find_contradictions(quotes: Sequence[Quote], floor: float) -> list[Quote]:
    """
    Return quotes of other documents, of at least *floor*, that contradict the first one's short answer.

    There are none if its own document has a contradicting quote of half that probability: then the question
    fits two things, and documents about different things don't disagree.
    """
    best = quotes[0]
    found: dict[str, Quote] = {}
    for quote in quotes[1:]:
        own = quote.passage.span.doc_id == best.passage.span.doc_id
        if quote.probability < (floor / 2 if own else floor):
            continue
        if contradicts(best.answer_text or "", quote.answer_text or ""):
            if own:
                return []
            if about_different_entities(best.text, quote.text):
                continue
            found.setdefault(quote.passage.span.doc_id, quote)
    return list(found.values())


def group_claims(quotes: Sequence[Quote]) -> list[ClaimSentence]:
    """Return a claim for each short answer, with a quote from each document that gives the same one."""
    groups: list[list[Quote]] = []
    for quote in quotes:
        for group in groups:
            elsewhere = all(quote.passage.span.doc_id != other.passage.span.doc_id for other in group)
            if elsewhere and same_answer(group[0].answer_text or "", quote.answer_text or ""):
                group.append(quote)
                break
        else:
            groups.append([quote])
    return [ClaimSentence(group[0].text, tuple(group)) for group in groups]


def in_reading_order(claims: Sequence[ClaimSentence]) -> list[ClaimSentence]:
    """
    Return claims that follow each other in a document together, in its order, and others by likelihood.

    Args:
        claims: The likeliest first.
    """
    places: list[list[ClaimSentence]] = []
    for claim in claims:
        for place in places:
            if any(_gap(claim, other) <= MAX_GAP for other in place):
                place.append(claim)
                break
        else:
            places.append([claim])
    return [claim for place in places for claim in sorted(place, key=_position)]


def _gap(one: ClaimSentence, other: ClaimSentence) -> float:
    """Return the characters between the sentences of two claims, infinite in different documents."""
    if one.quotes[0].passage.span.doc_id != other.quotes[0].passage.span.doc_id:
        return math.inf
    before, after = sorted((one, other), key=_position)
    return _position(after) - (_position(before) + len(before.quotes[0].text))


def _position(claim: ClaimSentence) -> int:
    quote = claim.quotes[0]
    return quote.passage.span.start + quote.start
