"""Questions in languages that the reader doesn't know: the sentences that have their words."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from index import ENGLISH, BlockKind, Span, language_scores, word_stems
from qa.answering.answerers.extractive import deduplicated, in_document_order
from qa.answering.answerers.lexicon import WORD
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.texts import fixed_text
from qa.answering.answerers.word_match import WordChoice, defines, lacks_number, quotes_by_words
from qa.answering.languages import detect_language
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.readers.base import PassageReading
from qa.answering.sources import Sources
from qa.records import AnswerDraft, ClaimSentence, Passage, Quote

RETRIEVED = 30
"""Passages among which sentences are chosen."""
MAX_WEIGHED = 40
"""Sentences of which it is looked up whether they are headings."""
MAX_SENTENCES = 3
MAX_POSSIBLE = 2
SHOWN_SHARE = 0.7
"""Of the best sentence's probability: from here on another one is shown beside it."""
POSSIBLE_SHARE = 0.25
"""Of the probability below which it refuses: from here on a sentence is offered as a possible answer."""
READER_WEIGHT = 0.7
"""What the reader's log odds count: it still sees words that question and passage share, and numbers."""
READER_PRIOR, READER_MISSING = 0.2, 0.02
"""The reader's probability of a usual sentence, and of one that it doesn't mark."""
LACKING = 1.0
"""Log odds that a sentence loses, beside its weight, that lacks the number or the date asked for."""
DEFINING = 1.5
"""Log odds that a sentence gains by defining what is asked for; set by hand, for want of such questions."""
FRAGMENT = 1.5
"""Log odds that a sentence loses that begins in the middle of one; set by hand."""
MAX_ITEMS = 12
"""Items of a list that are shown with the sentence that announces it."""
MAX_ITEMS_LENGTH = 4000
"""Characters after it within which they are looked for."""
MAX_ENGLISH = 0.1
"""Share of English function words up to which a text that isn't plainly in another language, such as a table,
can be in any."""


@dataclass(frozen=True, slots=True)
class OtherLanguagesForm:
    """
    Answers questions that aren't English with the sentences that have their words.

    Args:
        choice: Weighs the sentences.
        refuse_below: Probability under which nothing is shown as an answer, 0 to 1.
    """

    choice: WordChoice
    refuse_below: float

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, an answer or a refusal; none if the question is English."""
        language = detect_language(question.text)
        if language == ENGLISH:
            return
        readings = sources.search(question.text)
        passages = [
            passage
            for passage in sources.retrieve(question.text, RETRIEVED)
            if can_be_in(passage.text, language)
        ]
        quotes = self._weighed(question.text, language, passages, readings, sources)
        sources.lap("read")
        best = quotes[0].probability if quotes else 0.0
        if best < self.refuse_below:
            near = [one for one in quotes if one.probability >= POSSIBLE_SHARE * self.refuse_below]
            yield AnswerDraft(
                reason=fixed_text("not_found_by_words", language), possible=_claims(near[:MAX_POSSIBLE])
            )
            return
        shown = [one for one in quotes[:MAX_SENTENCES] if one.probability >= SHOWN_SHARE * best]
        claims = in_document_order(_claims(shown))
        yield AnswerDraft(
            claims=(*claims, *_announced(claims[-1].quotes[0], sources)),
            note=fixed_text("found_by_words", language),
            confidence=best,
        )

    def _weighed(
        self,
        question: str,
        language: str,
        passages: Sequence[Passage],
        readings: Sequence[PassageReading],
        sources: Sources,
    ) -> list[Quote]:
        """Return the sentences that may answer, likeliest first, by their words and by the reader."""

        def stems(text: str) -> Sequence[str]:
            return word_stems(text, language)

        quotes = []
        for one in quotes_by_words(question, language, passages, stems, self.choice):
            logit = _logit(one.probability) + READER_WEIGHT * (
                _logit(_read(one, readings)) - _logit(READER_PRIOR)
            )
            logit -= LACKING * lacks_number(one.text, question, language)
            logit -= FRAGMENT * one.text[:1].islower()
            logit += DEFINING * defines(one.text, question, language, stems)
            quotes.append(replace(one, probability=1 / (1 + math.exp(-logit))))
        quotes.sort(key=lambda quote: (-quote.probability, quote.passage.span, quote.start))
        likely = [one for one in quotes[:MAX_WEIGHED] if not one.text.rstrip().endswith("-")]
        return deduplicated([one for one in likely if not _is_heading(one, sources)])


def can_be_in(text: str, language: str) -> bool:
    """
    Return whether *text* can be in *language*: it has more of its function words than of English, or few.

    >>> can_be_in("The rent is due on the first of the month.", "de"), can_be_in("Kiel, Stadt: 12161.0", "de")
    (False, True)
    """
    words = WORD.findall(text.lower())
    scores = language_scores(words)
    return scores[language] > scores[ENGLISH] or scores[ENGLISH] <= MAX_ENGLISH * len(words)


def _claims(quotes: Sequence[Quote]) -> tuple[ClaimSentence, ...]:
    return tuple(ClaimSentence(quote.text, (quote,)) for quote in quotes)


def _announced(quote: Quote, sources: Sources) -> list[ClaimSentence]:
    """Return the items of the list that a sentence with a colon at its end announces."""
    if not quote.text.rstrip().endswith(":"):
        return []
    document = sources.document(quote.passage.span.doc_id)
    end = quote.passage.span.start + quote.end
    following = document.blocks_in(end, min(len(document.text), end + MAX_ITEMS_LENGTH))
    items = takewhile(
        lambda block: block.kind is BlockKind.LIST_ITEM, (block for block in following if block.start >= end)
    )
    return [
        ClaimSentence(document.text[item.start : item.end], (quote_range(document, item.start, item.end),))
        for item in islice(items, MAX_ITEMS)
    ]


def _read(quote: Quote, readings: Sequence[PassageReading]) -> float:
    """Return the reader's probability that words within *quote* answer."""
    marked = [
        other.probability
        for reading in readings
        if reading.passage.span == quote.passage.span
        for other in reading.quotes
        if quote.start < other.end and other.start < quote.end
    ]
    return max(marked, default=READER_MISSING)


def _is_heading(quote: Quote, sources: Sources) -> bool:
    span = quote.passage.span
    place = Span(span.doc_id, span.start + quote.start, span.start + quote.end)
    kinds = {block.kind for block in sources.snapshot.blocks(place)}
    return kinds == {BlockKind.HEADING}


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
