"""The default answerer: the documents' own sentences, and the short answer when the reader is sure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.reader import Reading
from qa.records import Claim, Draft, Quote

NOT_HERE = "The documents don't seem to hold the answer."

_OPEN_ENDED = re.compile(
    r"^\W*(?:why|how(?! (?:many|much|long|old|far|tall|often|big|large|high)\b))\b", re.I
)
"""Questions whose answer is a sentence, not a phrase."""


@dataclass(frozen=True, slots=True)
class ExtractiveAnswerer:
    """
    Quotes the sentences that answer.

    Args:
        refuse_below: Calibrated probability under which nothing is shown as an answer, 0 to 1.
        bold_from: Probability from which the short answer is shown in bold, 0 to 1.
        also_from: How likely a further sentence must be, as a share of the best one's probability; of
            0.6 to 0.9, 0.8 gave `chunking_eval_a` the best citation IoU (0.273; 0.255 at 0.6).
        most: Sentences shown at most.
    """

    refuse_below: float
    bold_from: float
    also_from: float = 0.8
    most: int = 4

    def draft(self, question: str, readings: Sequence[Reading]) -> Iterator[Draft]:
        """One draft: the answer, or a refusal."""
        quotes = sorted(
            (quote for reading in readings for quote in reading.quotes),
            key=lambda quote: (-quote.probability, quote.passage.span, quote.start),
        )
        if not quotes or quotes[0].probability < self.refuse_below:
            yield Draft(reason=NOT_HERE)
            return
        best = quotes[0]
        sure = best.probability >= self.bold_from and not _OPEN_ENDED.match(question)
        yield Draft(
            claims=tuple(Claim(quote.text, (quote,)) for quote in self._chosen(quotes)),
            short=best.answer_text if sure else None,
        )

    def _chosen(self, quotes: Sequence[Quote]) -> list[Quote]:
        """The best sentence, and the others nearly as likely; the best first."""
        floor = max(self.refuse_below, self.also_from * quotes[0].probability)
        return [quote for quote in quotes if quote.probability >= floor][: self.most]
