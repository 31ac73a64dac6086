"""Pure: a quote within its passage to a span of the document, checked against the words."""

from index.records import Document, Span
from qa.records import Quote


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
    span = shifted(passage.span, quote.start, quote.end)
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
    return shifted(quote.passage.span, start, end)


def shifted(passage: Span, start: int, end: int) -> Span:
    """A range within a passage as a span of its document."""
    return Span(passage.doc_id, passage.start + start, passage.start + end)
