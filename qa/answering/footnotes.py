"""Ground quotes in their documents and number them as footnotes."""

from collections.abc import Mapping, Sequence

from index.records import Document, Span
from qa.records import ClaimSentence, Footnote, Position, Quote, Sentence


def number_footnotes(
    claims: Sequence[ClaimSentence], documents: Mapping[str, Document]
) -> tuple[tuple[Sentence, ...], tuple[Footnote, ...]]:
    """
    Return numbered footnotes for the claims, from 1 in order of appearance; the same span keeps its number.

    Args:
        claims: In the order in which they are shown.
        documents: By id, at least those that the quotes come from.

    Returns:
        The sentences with their markers, and the footnotes. A quote that can't be grounded gets no footnote;
        a claim without footnotes becomes an unsupported sentence.
    """
    numbered: dict[Span, Footnote] = {}
    sentences = []
    for claim in claims:
        markers = []
        for quote in claim.quotes:
            document = documents[quote.passage.span.doc_id]
            span = ground(quote, document)
            if span is None:
                continue
            if span not in numbered:
                answer = ground_answer(quote, document)
                numbered[span] = Footnote(len(numbered) + 1, document, span, quote.probability, answer)
            markers.append(numbered[span].marker)
        sentences.append(Sentence(claim.text, tuple(dict.fromkeys(markers)), claim.label, claim.state))
    return tuple(sentences), tuple(numbered.values())


def resolve_positions(
    quotes: Sequence[Sequence[Quote]], footnotes: Sequence[Footnote]
) -> tuple[Position, ...]:
    """Return the positions of a disagreement with their footnotes; empty unless at least two have any."""
    markers = {footnote.span: footnote.marker for footnote in footnotes}
    positions = []
    for group in quotes:
        spans = [to_document_span(quote.passage.span, quote.start, quote.end) for quote in group]
        supporting = tuple(markers[span] for span in spans if span in markers)
        if supporting and group[0].answer_text:
            positions.append(Position(group[0].answer_text, supporting))
    return tuple(positions) if len(positions) > 1 else ()


def ground(quote: Quote, document: Document) -> Span | None:
    """
    Return the span of a quote in its document: the occurrence that was read, never a search for the words.

    The quote [3, 6) of a passage that starts at 100 has the span [103, 106).

    Returns:
        None if the quote exceeds its passage, or the document's words at the span aren't the quote's.
    """
    passage = quote.passage
    if passage.span.doc_id != document.doc_id or not 0 <= quote.start < quote.end <= len(passage.text):
        return None
    span = to_document_span(passage.span, quote.start, quote.end)
    if span.end > len(document.text) or document.quote(span) != quote.text:
        return None
    return span


def ground_answer(quote: Quote, document: Document) -> Span | None:
    """Return the span of a quote's short answer; None without one or if it can't be grounded."""
    span = ground(quote, document)
    if span is None or quote.answer is None:
        return None
    start, end = quote.answer
    if not quote.start <= start < end <= quote.end:
        return None
    return to_document_span(quote.passage.span, start, end)


def to_document_span(passage: Span, start: int, end: int) -> Span:
    """Return a range within a passage as a span of its document."""
    return Span(passage.doc_id, passage.start + start, passage.start + end)
