"""The use case: retrieve, read, draft, ground and number."""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from index import LiveIndex, Snapshot
from qa.answerers import Answerer
from qa.errors import BadQuestion
from qa.followups import spoken, standalone
from qa.footnotes import number, sides
from qa.reader import Reader
from qa.records import Answer, Draft, Exchange, Passage
from qa.retrieval import Retriever

_FOUND = 3
"""Passages that are found for each that is read; the rest only rank below, for measures and for people."""


@dataclass(frozen=True, slots=True)
class Asker:
    """
    Answers questions over an index that may be rebuilt meanwhile.

    Args:
        live: The index.
        retriever: Finds passages.
        reader: Reads them.
        answerer: Composes the answer.
        passages: How many passages are read.
        longest: Characters a question may have.
    """

    live: LiveIndex
    retriever: Retriever
    reader: Reader
    answerer: Answerer
    passages: int
    longest: int

    def checked(self, question: str) -> str:
        """
        The question as it is asked: on both ends without white space.

        Raises:
            BadQuestion: If it is empty or too long.
        """
        question = question.encode("utf-8", "replace").decode().strip()
        if not question:
            raise BadQuestion("the question is empty; type one, such as: Who wrote this?")
        if len(question) > self.longest:
            raise BadQuestion(
                f"the question has {len(question):,} characters, at most {self.longest:,} are read; "
                "ask a shorter one, or raise the setting max_question"
            )
        return question

    def ask(
        self,
        question: str,
        documents: Collection[str] | None = None,
        *,
        earlier: Sequence[Exchange] = (),
    ) -> Answer:
        """
        The answer, or a refusal, which is an answer too.

        Args:
            question: In any script.
            documents: Ids of the documents to keep to; None means all.
            earlier: What was said before it, oldest first; a follow-up is searched and read with its topic.

        Raises:
            BadQuestion: If it is empty or too long.
            FootnoteError: If the index can't serve.
        """
        *_, answer = self.stream(question, documents, earlier=earlier)
        return answer

    def stream(
        self,
        question: str,
        documents: Collection[str] | None = None,
        *,
        earlier: Sequence[Exchange] = (),
    ) -> Iterator[Answer]:
        """The answer as it grows: each one whole so far, the last one final."""
        question = self.checked(question)
        meant = standalone(question, earlier)
        clock = _Clock()
        with self.live.lease() as snapshot:
            found = self.retriever.retrieve(
                snapshot, meant, _FOUND * self.passages, documents, said=spoken(earlier)
            )
            clock.lap("retrieve")
            readings = self.reader.read(meant, found[: self.passages])
            readings.sort(key=lambda reading: (-reading.relevance, reading.passage.span))
            clock.lap("read")
            ordered = (*(reading.passage for reading in readings), *found[self.passages :])
            for draft in self.answerer.draft(meant, readings):
                yield replace(
                    _answer(question, draft, ordered, snapshot, clock),
                    standalone=meant if meant != question else "",
                )


class _Clock:
    """Milliseconds per step; one that comes again, as with each draft, takes what it takes altogether."""

    def __init__(self) -> None:
        self._begun = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = self.laps.get(name, 0) + 1000 * (now - self._last)
        self.laps["total"] = 1000 * (now - self._begun)
        self._last = now


def _answer(
    question: str, draft: Draft, passages: tuple[Passage, ...], snapshot: Snapshot, clock: _Clock
) -> Answer:
    """Ground and number a draft."""
    needed = {quote.passage.span.doc_id for claim in draft.claims for quote in claim.quotes}
    documents = {doc_id: snapshot.document(doc_id) for doc_id in sorted(needed)}
    sentences, footnotes = number(draft.claims, documents)
    clock.lap("answer")
    return Answer(
        question=question,
        sentences=sentences,
        footnotes=footnotes,
        short=draft.short,
        disagreement=sides(draft.sides, footnotes),
        refused=draft.reason is not None,
        reason=draft.reason or "",
        note=draft.note or "",
        passages=passages,
        timings_ms={step: round(taken, 2) for step, taken in clock.laps.items()},
        snapshot=snapshot.name,
    )
