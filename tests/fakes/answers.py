"""Answers and whole documents as passages, from a text alone, for tests that neither retrieve nor read."""

from index import Span
from qa.records import Answer, Footnote, Passage, Sentence
from tests.fakes.passages import document, passage


def whole(text: str, title: str = "Title") -> Passage:
    """The whole of a document as one passage."""
    return passage(document(text, title))


def answer(text: str, *, title: str = "Title", short: str | None = None) -> Answer:
    """One sentence, *text*, with one footnote on the whole of a document that holds just that."""
    source = document(text, title)
    note = Footnote(1, source, Span(source.doc_id, 0, len(text)), support=0.9)
    return Answer("Why?", (Sentence(text, (1,)),), (note,), short=short, passages=(whole(text, title),))
