"""The default answerer: the documents' own sentences, and the short answer when the reader is sure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.answering.answerers.contradiction import about_different_entities, contradicts, same_answer
from qa.answering.readers.base import PassageReading
from qa.records import AnswerDraft, ClaimSentence, Quote

NOT_FOUND = "I couldn't find an answer in your documents."

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
        max_sentences: Sentences shown at most, besides those that contradict the first.
    """

    refuse_below: float
    bold_from: float
    max_sentences: int = 6

    def draft(self, question: str, readings: Sequence[PassageReading]) -> Iterator[AnswerDraft]:
        """One draft: the answer, or a refusal."""
        quotes = deduplicated(
            sorted(
                (quote for reading in readings for quote in reading.quotes),
                key=lambda quote: (-quote.probability, quote.passage.span, quote.start),
            )
        )
        if not quotes or quotes[0].probability < self.refuse_below:
            yield AnswerDraft(reason=NOT_FOUND)
            return
        best = quotes[0]
        sure = best.probability >= self.bold_from and not _OPEN_ENDED.match(question)
        against = find_contradictions(quotes, self.refuse_below) if sure else []
        selected = quotes[: best_quote_count(quotes[: self.max_sentences])]
        selected += [quote for quote in against if quote not in selected]
        yield AnswerDraft(
            claims=tuple(in_document_order(group_claims(selected))),
            short=best.answer_text if sure else None,
            positions=tuple((quote,) for quote in (best, *against)) if against else (),
        )


def deduplicated(quotes: Sequence[Quote]) -> list[Quote]:
    """Without those that say, word for word, what an earlier one of the same document says."""
    first: dict[tuple[str, str], Quote] = {}
    for quote in quotes:
        first.setdefault((quote.passage.span.doc_id, " ".join(quote.text.split())), quote)
    return list(first.values())


def best_quote_count(quotes: Sequence[Quote]) -> int:
    """
    How many of *quotes*, likeliest first, to show: where the expected overlap with the truth is largest.

    A quote of probability p and length l holds p·l characters that answer, so that the intersection over
    union is about Σ(shown) p·l / (Σ(shown) l + Σ(others) p·l). A further sentence pays where it is nearly
    as likely as the first; ties are for the fewer.
    """
    lengths = [quote.end - quote.start for quote in quotes]
    expected = [quote.probability * length for quote, length in zip(quotes, lengths, strict=True)]

    def overlap(count: int) -> float:
        return sum(expected[:count]) / (sum(lengths[:count]) + sum(expected[count:]))

    return max(range(1, len(quotes) + 1), key=overlap)


def find_contradictions(quotes: Sequence[Quote], floor: float) -> list[Quote]:
    """
    The quotes of other documents, of *floor* or likelier, that contradict the first one's short answer.

    None where its own document gives another amount half as likely: then the question fits two things, and
    documents that speak of different ones don't disagree.
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
    """A claim for each short answer: what other documents say in other words is a further footnote to it."""
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


def in_document_order(claims: Sequence[ClaimSentence]) -> list[ClaimSentence]:
    """The likeliest claim's document first, and each document's sentences as they stand in it."""
    documents = list(dict.fromkeys(claim.quotes[0].passage.span.doc_id for claim in claims))
    places = {doc_id: place for place, doc_id in enumerate(documents)}

    def place(claim: ClaimSentence) -> tuple[int, int]:
        quote = claim.quotes[0]
        return places[quote.passage.span.doc_id], quote.passage.span.start + quote.start

    return sorted(claims, key=place)
