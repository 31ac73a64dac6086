"""
Answers as they are stored, so that they can be shown when their index no longer exists.

An :class:`~qa.records.Answer` points into documents; a stored one contains the cited words themselves, with
their offsets. The web chat shows all answers in this form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from index.records import Document, Span
from qa.records import Answer, AnswerKind, Footnote, Generation, Passage, Position, Sentence, plain_text

MAX_NEAREST = 3
"""Passages that are stored with their words, of a refusal."""
MAX_FOUND = 10
"""Passages that are stored, of any answer."""
UNREADABLE = "This answer can't be read from the disk. Ask again."

Rating = Literal["up", "down"]
"""A person's judgement of an answer."""


@dataclass(frozen=True, slots=True)
class StoredFootnote:
    """
    A footnote as it was shown.

    Args:
        marker: Its number, from 1.
        doc_id: The document: SHA-256 of its canonical text, in hex.
        start: Offset of the first cited character in the canonical text, in code points.
        end: Offset one past the last character.
        cited_text: The text at [start, end).
        title: The document's title at that time.
        path: The document's first path.
        page: The page on which the words begin, from 1; None if the format has no pages.
        support: The reader's probability that the words answer the question, 0 to 1.
        answer: Start and end of the short answer in the canonical text, within [start, end), or None.
        digest: SHA-256 of the source file's bytes at that time, in hex; empty if there was no file.

    Raises:
        ValueError: If the words are not as long as their span, or the short answer is outside it.
    """

    marker: int
    doc_id: str
    start: int
    end: int
    cited_text: str
    title: str
    path: str
    page: int | None
    support: float
    answer: tuple[int, int] | None = None
    digest: str = ""

    def __post_init__(self) -> None:
        if len(self.cited_text) != len(self.span):
            raise ValueError(f"{len(self.cited_text)} characters don't fit [{self.start}, {self.end})")
        if self.answer is not None and not self.start <= self.answer[0] < self.answer[1] <= self.end:
            raise ValueError(f"the short answer {self.answer} is outside [{self.start}, {self.end})")

    @property
    def span(self) -> Span:
        """The range of the cited words."""
        return Span(self.doc_id, self.start, self.end)

    def is_in(self, document: Document) -> bool:
        """Return whether *document* is the cited one and still has the words at their offsets."""
        return document.doc_id == self.doc_id and document.text[self.start : self.end] == self.cited_text


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A retrieved passage; *text* was at [start, end) of the canonical text, or is empty to save space."""

    doc_id: str
    start: int
    end: int
    title: str
    path: str
    text: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """
    An :class:`~qa.records.Answer` as it was shown; fields of the same name mean the same.

    Args:
        question: As asked.
        standalone: What a follow-up question was understood as; otherwise empty.
        sentences: In order; empty if refused.
        notes: The footnotes, numbered from 1.
        short: The short answer; None if the reader was unsure or the answer is a refusal.
        disagreement: What sources that contradict each other say, best first.
        refused: Whether no answer was found.
        reason: Why it was refused; empty otherwise.
        note: A line to show with the answer.
        nearest: The best passages, at most :data:`MAX_FOUND`, and only the first :data:`MAX_NEAREST` of a
            refusal with their words; all of them with their words when it is printed.
        timings_ms: Milliseconds per step.
        snapshot: Name of the snapshot that was searched.
        unfinished: Whether the answer is missing: its job is running, or was cancelled or interrupted.
    """

    question: str
    standalone: str = ""
    sentences: tuple[Sentence, ...] = ()
    notes: tuple[StoredFootnote, ...] = ()
    short: str | None = None
    disagreement: tuple[Position, ...] = ()
    refused: bool = False
    reason: str = ""
    note: str = ""
    nearest: tuple[StoredPassage, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    snapshot: str = ""
    unfinished: bool = False
    kind: AnswerKind = AnswerKind.PASSAGE
    confidence: float | None = None
    possible: tuple[Sentence, ...] = ()
    corrected: str = ""
    suggestions: tuple[str, ...] = ()
    generation: Generation | None = None

    @property
    def text(self) -> str:
        """The answer in words: the short answer if there is one, otherwise the sentences; "" when refused."""
        return self.short or plain_text(self.sentences)


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """
    A question of a conversation and its answer.

    Args:
        id: Never reused, even after the turn was deleted.
        answer: As it was shown.
        asked_at: UTC, ISO 8601.
        rating: The person's rating; None if there is none.
        comment: The person's comment on the rating; empty if there is none.
        correction: The right answer, as the person wrote it; empty if there is none.
        branch: Its number among the turns at its place, from 1; the others were replaced by asking again.
        branches: How many turns there are at its place.
    """

    id: int
    answer: StoredAnswer
    asked_at: str
    rating: Rating | None = None
    comment: str = ""
    correction: str = ""
    branch: int = 1
    branches: int = 1


def to_stored(answer: Answer, *, all_passages: bool = False) -> StoredAnswer:
    """
    Return the answer with the words it points at, and with probabilities and times rounded.

    Args:
        answer: As the pipeline returned it.
        all_passages: Whether to include every passage with its words.
    """
    nearest = [_stored_passage(each) for each in answer.passages[: None if all_passages else MAX_FOUND]]
    if not all_passages:
        first = MAX_NEAREST if answer.refused else 0
        nearest[first:] = [replace(each, text="") for each in nearest[first:]]
    return StoredAnswer(
        question=answer.question,
        standalone=answer.standalone,
        sentences=answer.sentences,
        notes=tuple(_stored_footnote(footnote) for footnote in answer.footnotes),
        short=answer.short,
        disagreement=answer.disagreement,
        refused=answer.refused,
        reason=answer.reason,
        note=answer.note,
        nearest=tuple(nearest),
        timings_ms={step: round(taken, 1) for step, taken in answer.timings_ms.items()},
        snapshot=answer.snapshot,
        kind=answer.kind,
        confidence=None if answer.confidence is None else round(answer.confidence, 4),
        possible=answer.possible,
        corrected=answer.corrected,
        suggestions=answer.suggestions,
        generation=None
        if answer.generation is None
        else replace(answer.generation, seconds=round(answer.generation.seconds, 2)),
    )


def damaged_placeholder(question: str) -> StoredAnswer:
    """Return a refusal to show for an answer that was damaged on disk."""
    return StoredAnswer(question, refused=True, reason=UNREADABLE)


def replace_surrogates(text: str) -> str:
    """Return the text with lone surrogates, which UTF-8 can't encode, as question marks; same length."""
    return text.encode("utf-8", "replace").decode()


def _stored_footnote(footnote: Footnote) -> StoredFootnote:
    short = footnote.answer
    return StoredFootnote(
        marker=footnote.marker,
        doc_id=footnote.span.doc_id,
        start=footnote.span.start,
        end=footnote.span.end,
        cited_text=footnote.cited_text,
        title=footnote.title,
        path=footnote.path,
        page=footnote.page,
        support=round(footnote.support, 4),
        answer=None if short is None else (short.start, short.end),
        digest=footnote.document.digest,
    )


def _stored_passage(passage: Passage) -> StoredPassage:
    span = passage.span
    return StoredPassage(
        doc_id=span.doc_id,
        start=span.start,
        end=span.end,
        title=passage.title,
        path=passage.path,
        text=passage.text,
        score=round(passage.hit.score, 4),
    )
