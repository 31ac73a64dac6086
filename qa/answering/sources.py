"""The documents that one question may be answered from, searched and read on demand."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from index import CatalogEntry, Document, Snapshot
from qa.answering.document_names import mentioned_documents
from qa.answering.query_rewriting import Parallel
from qa.answering.readers.base import PassageReading, Reader
from qa.answering.retrieval import Retriever
from qa.records import Passage

MENTIONED_SHARE = 0.7
"""Share of the passages read that are from the documents that a question mentions, if it mentions any."""
OWN_SHARE, WORD_SAMPLE = 0.8, 400
"""Minimum share of the passages with a word that are in the documents with that name, and how many are
looked at."""
_OVERFETCH = 3
"""Passages retrieved for each one that is read; the others only follow in the ranking of passages."""


@dataclass(slots=True)
class Sources:
    """
    The documents that one question may be answered from.

    Args:
        snapshot: The index; it stays open as long as the question is being answered.
        retriever: Finds passages.
        reader: Reads them.
        max_read: Passages read for one search.
        doc_ids: Ids of the documents in scope; None means all.
        history: Texts of the conversation that a search takes into account, oldest first.
        parallel: The question before, if the one to answer differs from it in a phrase only.
        lap: Called with the name of each step when it is done, so that it can be timed.
        cancelled: Whether nobody waits for the answer any more.
        naming: The question with the words that say which document is meant, if they aren't searched for;
            otherwise empty.
    """

    snapshot: Snapshot
    retriever: Retriever
    reader: Reader
    max_read: int
    doc_ids: Collection[str] | None = None
    history: Sequence[str] = ()
    parallel: Parallel | None = None
    lap: Callable[[str], None] = lambda step: None
    cancelled: Callable[[], bool] = lambda: False
    naming: str = ""
    _searches: dict[str, tuple[list[PassageReading], list[Passage]]] = field(default_factory=dict, repr=False)
    _documents: dict[str, Document] = field(default_factory=dict, repr=False)

    def within(self, doc_ids: Collection[str]) -> "Sources":
        """Return sources of some of these documents; what was searched for is not shared."""
        return replace(self, doc_ids=doc_ids, _searches={})

    def documents(self) -> list[CatalogEntry]:
        """Return the catalog entries of the documents in scope, by title."""
        entries = self.snapshot.documents()
        return [entry for entry in entries if self.doc_ids is None or entry.doc_id in self.doc_ids]

    def document(self, doc_id: str) -> Document:
        """Return a document with its text, which is read only once for a question."""
        if doc_id not in self._documents:
            self._documents[doc_id] = self.snapshot.document(doc_id)
        return self._documents[doc_id]

    def retrieve(self, question: str, k: int, doc_ids: Collection[str] | None = None) -> list[Passage]:
        """
        Return the *k* best passages for *question*, best first, without reading them.

        Args:
            question: A self-contained question.
            k: How many at most.
            doc_ids: Documents to search instead of the whole scope.
        """
        scope = self.doc_ids if doc_ids is None else doc_ids
        return self.retriever.retrieve(self.snapshot, question, k, scope, history=self.history)

    def search(self, question: str) -> list[PassageReading]:
        """
        Return readings of the best passages for *question*, the most relevant first.

        The same question is searched and read only once.
        """
        return self._search(question)[0]

    def passages(self, question: str) -> tuple[Passage, ...]:
        """
        Return every passage found for *question*: those that were read by relevance, then the others.

        Empty if *question* was never searched for.
        """
        if question not in self._searches:
            return ()
        readings, unread = self._searches[question]
        return (*(reading.passage for reading in readings), *unread)

    def _search(self, question: str) -> tuple[list[PassageReading], list[Passage]]:
        if question not in self._searches:
            passages = self._with_mentioned(question, self.retrieve(question, _OVERFETCH * self.max_read))
            self.lap("retrieve")
            readings = self.reader.read(question, passages[: self.max_read])
            readings.sort(key=lambda reading: (-reading.relevance, reading.passage.span))
            self.lap("read")
            self._searches[question] = readings, passages[self.max_read :]
        return self._searches[question]

    def _with_mentioned(self, question: str, passages: Sequence[Passage]) -> list[Passage]:
        """Return *passages* with those to be read that the documents have that the question mentions."""
        entries = self.documents()
        if len(entries) < 2:
            return list(passages)
        mentioned = mentioned_documents(self.naming or question, entries, self._is_own_word)
        if not 0 < len(mentioned) < len(entries):
            return list(passages)
        best = self.retrieve(question, max(1, round(MENTIONED_SHARE * self.max_read)), mentioned)
        found = {passage.span for passage in passages[: self.max_read]}
        added = [passage for passage in best if passage.span not in found]
        # They replace the last passages of other documents.
        others = [passage for passage in passages[: self.max_read] if passage.span.doc_id not in mentioned]
        dropped = {passage.span for passage in others[max(0, len(others) - len(added)) :]}
        dropped |= {passage.span for passage in added}
        read = [passage for passage in passages[: self.max_read] if passage.span not in dropped]
        rest = [passage for passage in passages if passage.span not in {one.span for one in (*read, *added)}]
        return [*read, *added, *rest]

    def _is_own_word(self, word: str, doc_ids: Collection[str]) -> bool:
        """Return whether nearly all passages with a word are in these documents."""
        rows = {row for row, _ in self.snapshot.search_lexical(word, WORD_SAMPLE)}
        own = rows.intersection(self.snapshot.rows_of(doc_ids))
        return len(own) >= OWN_SHARE * len(rows) > 0
