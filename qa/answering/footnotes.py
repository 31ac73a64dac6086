"""Pure: ground quotes in their documents and number them as footnotes."""

from collections.abc import Mapping, Sequence

from index.records import Document, Span
from qa.records import ClaimSentence, Footnote, Position, Quote, Sentence


def number_footnotes(
    claims: Sequence[ClaimSentence], documents: Mapping[str, Document]
) -> tuple[tuple[Sentence, ...], tuple[Footnote, ...]]:
    """
    Number the footnotes from 1 in order of appearance; the same span keeps its number.

    Args:
        claims: In the order they will be shown.
        documents: By id, at least those the quotes come from.

    Returns:
        The sentences with their markers, and the footnotes. A quote that doesn't hold gets no footnote,
        and a claim without one is left unsupported rather than out.
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
        sentences.append(Sentence(claim.text, tuple(dict.fromkeys(markers)), claim.label))
    return tuple(sentences), tuple(numbered.values())


def resolve_positions(
    quotes: Sequence[Sequence[Quote]], footnotes: Sequence[Footnote]
) -> tuple[Position, ...]:
    """The sides of a disagreement by the footnotes that carry them; none unless two or more hold."""
    markers = {footnote.span: footnote.marker for footnote in footnotes}
    positions = []
    for position in quotes:
        spans = [to_document_span(quote.passage.span, quote.start, quote.end) for quote in position]
        held = tuple(markers[span] for span in spans if span in markers)
        if held and position[0].answer_text:
            positions.append(Position(position[0].answer_text, held))
    return tuple(positions) if len(positions) > 1 else ()


def ground(quote: Quote, document: Document) -> Span | None:
    """
    The span of a quote: the occurrence that was read, never a search for the words.

    Returns:
        None if the document's words at that place aren't the quote's, or the quote lies outside its
        passage: such a quote is not shown.

    A quote [3, 6) of a passage that starts at 100 gives [103, 106).
    """
    passage = quote.passage
    if passage.span.doc_id != document.doc_id or not 0 <= quote.start < quote.end <= len(passage.text):
        return None
    span = to_document_span(passage.span, quote.start, quote.end)
    if span.end > len(document.text) or document.quote(span) != quote.text:
        return None
    return span


def ground_answer(quote: Quote, document: Document) -> Span | None:
    """The span of a quote's short answer; None if it has none, or it doesn't hold."""
    span = ground(quote, document)
    if span is None or quote.answer is None:
        return None
    start, end = quote.answer
    if not quote.start <= start < end <= quote.end:
        return None
    return to_document_span(quote.passage.span, start, end)


def to_document_span(passage: Span, start: int, end: int) -> Span:
    """A range within a passage as a span of its document."""
    return Span(passage.doc_id, passage.start + start, passage.start + end)
