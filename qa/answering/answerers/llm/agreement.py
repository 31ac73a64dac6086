"""
Compare the words that a written answer cites with those that the reader finds likely to answer.

The support check knows whether the sources say what a sentence says, not whether that answers the question: a
sentence that is copied from any passage is supported. The reader scores every sentence as an answer, so that
the cited ones can be compared with the likeliest one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index import Span
from qa.records import ClaimSentence, Quote

MIN_CITED = 0.15
"""Probability below which the cited sentences are unlikely to answer the question."""
UNSURE = 0.6
"""Confidence below which no other sentence is likely to answer it either."""
SURE = 0.75
"""Confidence from which the likeliest sentence of the documents is shown in any case."""
MIN_SHARE = 0.6
"""Share of the likeliest sentence's probability from which the cited ones are as likely."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """
    How likely the cited sentences are to answer, compared with the likeliest one.

    Args:
        cited: Probability of the likeliest cited sentence, 0 to 1; 0 if the reader scored none of them.
        best: Probability of the likeliest sentence of all, 0 to 1.
        confidence: Of the answer that the likeliest sentence makes, 0 to 1; 0 if it would be refused.
    """

    cited: float
    best: float
    confidence: float

    @property
    def is_unlikely(self) -> bool:
        """Return whether neither the cited sentences nor any other is likely to answer."""
        return self.cited < MIN_CITED and self.confidence < UNSURE

    @property
    def misses_best(self) -> bool:
        """Return whether a sentence that surely answers is much likelier than the cited ones."""
        return self.confidence >= SURE and self.cited < MIN_SHARE * self.best


def agreement(claims: Iterable[ClaimSentence], ranked: Sequence[Quote], confidence: float) -> Agreement:
    """
    Return how likely the words cited by *claims* are to answer.

    Args:
        claims: The sentences of the answer.
        ranked: The sentences of the passages by the reader, likeliest first.
        confidence: Of the answer that the first of them makes; 0 if it would be refused.
    """
    cited = [_span(quote) for claim in claims for quote in claim.quotes]
    likely = [quote.probability for quote in ranked if any(span.overlaps(_span(quote)) for span in cited)]
    return Agreement(max(likely, default=0.0), ranked[0].probability if ranked else 0.0, confidence)


def _span(quote: Quote) -> Span:
    passage = quote.passage.span
    return Span(passage.doc_id, passage.start + quote.start, passage.start + quote.end)
