"""Places in a document as quotes, for forms of answer that choose sentences themselves."""

from index.records import Chunk, Document, Span
from qa.records import Hit, Passage, Quote

VERBATIM = 1.0
"""Probability of a quote that a form of answer chose rather than a reader."""


def quote_range(document: Document, start: int, end: int) -> Quote:
    """
    Return the words at [start, end) of *document* as a quote.

    >>> document = Document("d", "Lease", (), "text/plain", "The rent is due monthly.")
    >>> quote_range(document, 4, 8).text
    'rent'
    """
    span = Span(document.doc_id, start, end)
    hit = Hit(Chunk(span, (), 0), score=0.0, rank=1, dense=None, lexical=None)
    path = document.paths[0] if document.paths else ""
    return Quote(Passage(hit, document.quote(span), document.title, path), 0, end - start, VERBATIM)
