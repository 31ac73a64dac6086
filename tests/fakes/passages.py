"""Documents, passages and quotes made from text alone."""

import hashlib

from index import Chunk, Document, Span
from qa.records import Hit, Passage, Quote


def document(text: str, title: str = "A document", path: str = "") -> Document:
    """Return a document of that text."""
    doc_id = hashlib.sha256(text.encode()).hexdigest()
    return Document(doc_id, title, (path or f"/library/{title}.txt",), "text/plain", text)


def passage(source: Document, start: int = 0, end: int | None = None, score: float = 0.5) -> Passage:
    """Return a passage of a document; the whole document by default."""
    span = Span(source.doc_id, start, len(source.text) if end is None else end)
    hit = Hit(Chunk(span, (), 1), score, 1, score, None)
    return Passage(hit, source.quote(span), source.title, source.paths[0])


def quote(of: Passage, words: str, answer: str | None = None, probability: float = 0.9) -> Quote:
    """Return a quote of the first occurrence of *words* in the passage, with a short answer in it."""
    start = of.text.index(words)
    short = None
    if answer is not None:
        answer_start = of.text.index(answer, start)
        short = (answer_start, answer_start + len(answer))
    return Quote(of, start, start + len(words), probability, short)
