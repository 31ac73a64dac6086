"""A pipeline that answers from a script, and a function that makes answers for it."""

from collections.abc import Mapping, Sequence

from index import Document, FootnoteError, Span
from index.errors import UnknownDocument
from qa.records import Answer, Footnote, Sentence, Turn
from tests.fakes.passages import passage


class ScriptedPipeline:
    """Answers from *script*; a question that isn't in it fails."""

    def __init__(self, script: Mapping[str, Answer]) -> None:
        self.script = script
        self.questions: list[str] = []
        self.history: list[tuple[Turn, ...]] = []

    def run(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        self.questions.append(question)
        self.history.append(tuple(history))
        if question not in self.script:
            raise FootnoteError(f"no answer to {question!r} was scripted")
        return self.script[question]


class TextDocuments:
    """Documents by their ID, with the methods of a snapshot that tests need."""

    name = "20260101-scripted"

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = {document.doc_id: document for document in documents}

    def document(self, doc_id: str) -> Document:
        if doc_id not in self._documents:
            raise UnknownDocument(f"no document {doc_id!r}")
        return self._documents[doc_id]


def answer(
    *cited: tuple[Document, int, int],
    short: tuple[int, int] | None = None,
    passages: Sequence[Document] = (),
    refused: bool = False,
) -> Answer:
    """
    Return an answer with one sentence and one footnote for each citation.

    Args:
        cited: Document, start and end of each cited text.
        short: Start and end of the short answer in the first document.
        passages: Documents that the answer lists as its passages.
        refused: Whether the answer is a refusal.
    """
    notes = []
    for marker, (source, start, end) in enumerate(cited, start=1):
        phrase = Span(source.doc_id, *short) if short and marker == 1 else None
        notes.append(Footnote(marker, source, Span(source.doc_id, start, end), support=0.9, answer=phrase))
    return Answer(
        question="?",
        sentences=tuple(Sentence(note.cited_text, (note.marker,)) for note in notes),
        footnotes=tuple(notes),
        short=cited[0][0].text[slice(*short)] if short else None,
        refused=refused,
        passages=tuple(passage(source) for source in passages),
    )
