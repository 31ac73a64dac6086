"""
The records between a question and its answer: ``Hit -> Passage -> Quote -> Footnote -> Answer``.

Each is created in one place and only passed on to later steps.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from index.records import Chunk, Document, Span


class AnswerKind(enum.StrEnum):
    """The form of an answer, which decides how it is laid out."""

    PASSAGE = "passage"
    """The sentences that hold the answer."""
    OVERVIEW = "overview"
    """Key sentences of the documents asked about, one bullet each."""
    DOCUMENTS = "documents"
    """Documents about a subject, one sentence each, labelled with its title."""
    LIST = "list"
    """The items of a list, one bullet each."""
    COMPARISON = "comparison"
    """One or more sentences for each thing that is compared, labelled with its name."""
    TABLE = "table"
    """Cells of tables."""
    SMALL_TALK = "small_talk"
    """A fixed text that cites no document."""
    CLARIFICATION = "clarification"
    """What a vague question could mean."""


class SupportState(enum.StrEnum):
    """Whether the cited words say what a sentence says."""

    SUPPORTED = "supported"
    """They say all of it."""
    PARTLY = "partly"
    """They say a part of it, and nothing against the rest."""
    UNSUPPORTED = "unsupported"
    """No passage says it."""
    CONTRADICTED = "contradicted"
    """They say something else: another number, another date, the opposite."""
    NOT_NEEDED = "not_needed"
    """The sentence only introduces or connects others: "Here is a summary:"."""


@dataclass(frozen=True, slots=True)
class Hit:
    """
    One retrieved chunk.

    Args:
        chunk: The chunk.
        score: Fused score, 0 to 1; higher is better.
        rank: From 1.
        dense: Inner product of the unit vectors, -1 to 1; None if only lexical search found it.
        lexical: BM25 score; None if only dense search found it.
    """

    chunk: Chunk
    score: float
    rank: int
    dense: float | None
    lexical: float | None

    @property
    def similarity(self) -> float:
        """Inner product; 0 if only lexical search found it. Comparable across corpora, unlike *score*."""
        return self.dense or 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """
    A chunk as the reader sees it.

    Args:
        hit: The hit that found it.
        text: The chunk's text.
        title: The document's title.
        path: The document's first path.
        sentences: Start and end of each sentence within *text*, from the index; code has none. None if they
            weren't looked up.
        titles: Start and end of each heading and caption within *text*, as the document's format marks them.
    """

    hit: Hit
    text: str
    title: str
    path: str
    sentences: tuple[tuple[int, int], ...] | None = field(default=None, repr=False)
    titles: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    @property
    def span(self) -> Span:
        """The passage's range in its document."""
        return self.hit.chunk.span


@dataclass(frozen=True, slots=True)
class Quote:
    """
    Words the reader points at: an occurrence within a passage, not a string.

    Args:
        passage: The passage.
        start: Offset of the first character in the passage's text, in code points.
        end: Offset one past the last character.
        probability: Calibrated probability that these words answer the question, 0 to 1.
        answer: Start and end of the short answer within the passage; None if the whole quote is the answer.
    """

    passage: Passage
    start: int
    end: int
    probability: float
    answer: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """The quoted words."""
        return self.passage.text[self.start : self.end]

    @property
    def answer_text(self) -> str | None:
        """The short answer's words, if there is one."""
        return None if self.answer is None else self.passage.text[slice(*self.answer)]


@dataclass(frozen=True, slots=True)
class ClaimSentence:
    """
    One sentence of an answer before its footnotes are numbered.

    Args:
        text: The sentence as it will be shown.
        quotes: The quotes that support it, best first; empty if none does.
        label: What the sentence is about, shown before it: one of the things compared, a document's title.
        state: The result of the support check; None for a sentence that is its own quote.
    """

    text: str
    quotes: tuple[Quote, ...]
    label: str = ""
    state: SupportState | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """
    How a language model wrote an answer.

    Args:
        model: Name of the model.
        prompt_version: Version of the prompt's template: its name and the start of its SHA-256.
        prompt_tokens: Tokens of the prompt as the server counted them; None if it didn't.
        completion_tokens: Tokens that the model wrote; None if the server didn't count them.
        seconds: From the request to the end of the answer, with all attempts.
        passages: Number of passages that the model was sent.
        left_out: Number of passages that didn't fit into the token budget.
    """

    model: str
    prompt_version: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    passages: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """
    An answer before grounding. In a stream, a later draft extends the earlier ones unless it starts over.

    Args:
        claims: In the order they will be shown.
        short: The short answer to show in bold, from one of *claims*; None when unsure.
        positions: Quotes of *claims* whose short answers contradict each other; at least two, or none.
        reason: Why it is a refusal, for a person; None for an answer.
        note: A line to show with the answer, such as why a language model wasn't used.
        kind: The form of the answer.
        confidence: Calibrated probability that the answer as shown is right, 0 to 1; None if unknown.
        possible: Of a refusal, claims that may answer all the same, best first.
        suggestions: Questions to try next.
        generation: How a language model wrote it; None if none did.
    """

    claims: tuple[ClaimSentence, ...] = ()
    short: str | None = None
    positions: tuple[tuple[Quote, ...], ...] = ()
    reason: str | None = None
    note: str | None = None
    kind: AnswerKind = AnswerKind.PASSAGE
    confidence: float | None = None
    possible: tuple[ClaimSentence, ...] = ()
    suggestions: tuple[str, ...] = ()
    generation: Generation | None = None


@dataclass(frozen=True, slots=True)
class Footnote:
    """
    A numbered pointer into a document.

    It is made only from a span and its document, and computes its words, so a wrong one can't be built.

    Args:
        marker: Its number, from 1, in order of appearance.
        document: The source.
        span: The place of the cited words.
        support: The reader's calibrated probability that they answer the question, 0 to 1.
        answer: The short answer's own span within *span*, if the reader gave one.

    Raises:
        ValueError: If the span is not within the document.
    """

    marker: int
    document: Document = field(repr=False)
    span: Span
    support: float
    answer: Span | None = None

    def __post_init__(self) -> None:
        self.document.quote(self.span)
        if (
            self.answer is not None
            and not self.span.start <= self.answer.start < self.answer.end <= self.span.end
        ):
            raise ValueError(f"the short answer {self.answer} is outside its footnote {self.span}")

    @property
    def cited_text(self) -> str:
        """The cited words."""
        return self.document.quote(self.span)

    @property
    def title(self) -> str:
        """The document's title."""
        return self.document.title

    @property
    def path(self) -> str:
        """The first path of the document; empty if it has none."""
        return self.document.paths[0] if self.document.paths else ""

    @property
    def page(self) -> int | None:
        """The page on which the words begin, from 1; None if the format has no pages."""
        page = self.document.page_at(self.span.start)
        return page.number if page else None


@dataclass(frozen=True, slots=True)
class Sentence:
    """
    One sentence of an answer as shown.

    Args:
        text: Its words.
        markers: Numbers of the footnotes that support it, or that speak against it if it is contradicted.
        label: What it is about, shown before it; may be empty.
        state: Whether the footnotes' words say it; by default they do if there are any.
    """

    text: str
    markers: tuple[int, ...]
    label: str = ""
    state: SupportState | None = None

    @property
    def support(self) -> SupportState:
        """Return whether its footnotes say what it says; a sentence without one is never supported."""
        if self.state is None:
            return SupportState.SUPPORTED if self.markers else SupportState.UNSUPPORTED
        needs_footnote = self.state in (SupportState.SUPPORTED, SupportState.PARTLY)
        return SupportState.UNSUPPORTED if needs_footnote and not self.markers else self.state

    @property
    def supported(self) -> bool:
        """Return whether it may be shown without a mark: a footnote supports it, or it needs none."""
        return self.support in (SupportState.SUPPORTED, SupportState.NOT_NEEDED)


@dataclass(frozen=True, slots=True)
class Position:
    """
    One side of a disagreement.

    Args:
        short: Its short answer, in the source's own words: "17 missiles".
        markers: Numbers of the footnotes that say so.
    """

    short: str
    markers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """
    An earlier question of a conversation, with its answer.

    Args:
        question: As asked.
        answer: Its words as shown; empty if it was refused.
    """

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    An answer as it is shown, or a refusal.

    Args:
        question: As asked.
        sentences: In order; empty when refused.
        footnotes: Numbered from 1 without a gap.
        standalone: What a follow-up question was understood as; otherwise empty.
        short: The short answer, shown in bold; None if the reader is unsure or the answer is refused.
        disagreement: The positions of sources that contradict each other, best first; otherwise empty.
        refused: Whether the documents don't contain an answer.
        reason: Why it refused, for a person; empty otherwise.
        note: A line to show with the answer; may be empty.
        passages: The retrieved passages, best first: those that were read, then the others.
        timings_ms: Milliseconds per step.
        snapshot: Name of the index snapshot that was searched.
        kind: The form of the answer.
        confidence: Calibrated probability that the answer as shown is right, 0 to 1; None if unknown.
        possible: Of a refusal, sentences that may answer nevertheless, best first; otherwise empty.
        corrected: The question with misspellings corrected, if any were; otherwise empty.
        suggestions: Questions to try next.
        generation: How a language model wrote it; None if none did.
    """

    question: str
    sentences: tuple[Sentence, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    short: str | None = None
    disagreement: tuple[Position, ...] = ()
    standalone: str = ""
    refused: bool = False
    reason: str = ""
    note: str = ""
    passages: tuple[Passage, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    snapshot: str = ""
    kind: AnswerKind = AnswerKind.PASSAGE
    confidence: float | None = None
    possible: tuple[Sentence, ...] = ()
    corrected: str = ""
    suggestions: tuple[str, ...] = ()
    generation: Generation | None = None

    @property
    def text(self) -> str:
        """
        The answer in words: the short answer if there is one, otherwise the sentences; "" when refused.

        Sentences that their sources don't support are left out: here nothing could mark them.
        """
        return self.short or plain_text(self.sentences)


def plain_text(sentences: Iterable[Sentence]) -> str:
    """Return sentences as one text, without those that were checked and aren't supported."""
    return " ".join(each.text for each in sentences if each.state is None or each.supported)
