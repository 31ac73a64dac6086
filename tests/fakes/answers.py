"""Answers and passages made from a text alone, for tests that neither retrieve nor read."""

from index import Span
from qa.records import Answer, Footnote, Passage, Sentence
from tests.fakes.passages import document, passage


def document_passage(text: str, title: str = "Title") -> Passage:
    """Return a passage that is a whole document."""
    return passage(document(text, title))


def answer(text: str, *, title: str = "Title", short: str | None = None) -> Answer:
    """Return an answer of one sentence with a footnote that cites a document of the same text."""
    source = document(text, title)
    note = Footnote(1, source, Span(source.doc_id, 0, len(text)), support=0.9)
    return Answer(
        "Why?", (Sentence(text, (1,)),), (note,), short=short, passages=(document_passage(text, title),)
    )
