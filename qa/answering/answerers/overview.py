"""Overviews: summaries and key points of a document, of all documents, or of a topic in them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from index import CatalogEntry, Document, Embedder, Snapshot, Vectors
from index.records import BlockKind
from qa.answering.answerers.key_sentences import (
    KeySentence,
    choose,
    content_words,
    key_sentences,
    section_weight,
    shortlist,
    standardised,
)
from qa.answering.answerers.outline import outline, title_range
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.representatives import representatives
from qa.answering.answerers.table_overview import count_rows, describe_tables, is_tabular
from qa.answering.answerers.texts import fixed_text, short_title
from qa.answering.document_names import (
    bare_topic,
    named_documents,
    names_only_kind,
    speaks_of_document,
)
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, AnswerKind, ClaimSentence, Passage

MAX_DOCUMENTS = 7
"""Maximum number of documents with a point in an overview; more are represented by a selection."""
MIN_POINTS, MAX_POINTS = 4, 7
SENTENCES_PER_POINT = 16
"""Number of a document's sentences for each point of its overview, within the bounds above."""
MAX_EMBEDDED = 48
"""Maximum number of sentences that are embedded for one answer, which takes most of its time."""
MAX_SENTENCES = 1500
"""Maximum number of sentences of a document that is read whole, rather than its most central parts."""
MAX_ROWS = 2000
"""Maximum number of chunk vectors that are read of a document; of more, an even sample is."""
OPENING_CHUNKS, SLICES, CHUNKS_OF_SLICE = 6, 12, 3
"""For a long document: chunks at its beginning, number of equal parts, and chunks of each part."""
RETRIEVED = 30
"""Number of passages for the sentences on a topic."""
MIN_TOPIC_SIMILARITY = 0.35
"""Minimum inner product of the best sentence with a topic for there to be an overview of it."""
MISSING_WORDS, SHARED_WORDS = 0.4, 0.2
"""Similarity that a sentence loses without any of the topic's words, and gains with all of them."""
MAX_TOPIC_GAP = 0.2
"""Maximum difference in similarity from the sentence closest to the topic."""
TOPIC_POINTS = 5
MIN_NAMED_SIMILARITY = 0.45
"""Minimum inner product of a passage with a document's name for the document to be named."""
MAX_SAMPLED = 200
"""Maximum number of documents that are compared with each other."""


MAX_NAME_WORDS = 5
"""Maximum number of words by which a document is looked for that has none of them in its names."""

OF_DOCUMENT, OF_TOPIC = 0.74, 0.7
"""Confidence of an overview of documents, of which 22 of 30 are right in four question sets, and of a topic,
which few questions there ask for."""


@dataclass(frozen=True, slots=True)
class OverviewForm:
    """
    Shows the central sentences of the documents asked about, one bullet each.

    Args:
        embedder: The one that the index was built with.
    """

    embedder: Embedder

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, unless *question* names neither a document nor a topic of the documents."""
        entries = sources.documents()
        if not question.topic:
            if len(entries) > 1 and sources.history:
                entries = _most_retrieved(sources.history[-1], entries, sources) or entries
            if not (question.focus and len(entries) > MAX_DOCUMENTS):
                yield from self._of_documents(question, sources, entries)
            sources.lap("overview")
            return
        named = [match.entry for match in named_documents(question.topic, entries)]
        # "The outcome of the dispute between A and B" is a fact in a document, not a document.
        may_be_name = question.document_only and len(question.topic.split()) <= MAX_NAME_WORDS
        if not named and (may_be_name or speaks_of_document(question.topic)):
            named = _most_retrieved(question.topic, entries, sources)
        if not named and names_only_kind(question.topic):
            named = list(entries)  # "the article" means the only document there is, or all of them
        if named:
            yield from self._of_documents(question, sources, named)
        elif not question.document_only:
            yield from self._of_topic(bare_topic(question.topic), question, sources, None)
        sources.lap("overview")

    def _of_documents(
        self, question: QuestionAnalysis, sources: Sources, entries: Sequence[CatalogEntry]
    ) -> Iterator[AnswerDraft]:
        if question.focus:
            yield from self._of_topic(question.focus, question, sources, {entry.doc_id for entry in entries})
        elif len(entries) == 1:
            yield from self._of_document(question, sources, entries[0])
        elif entries:
            yield from self._of_library(question, sources, entries)

    def _of_document(
        self, question: QuestionAnalysis, sources: Sources, entry: CatalogEntry
    ) -> Iterator[AnswerDraft]:
        view = _View(sources.snapshot, sources.document(entry.doc_id))
        claims = self._claims(view, question, question.count)
        if question.document_only and not question.focus and (title := title_range(view.document)):
            claims = _with_title(view.document, title, claims)[:MAX_POINTS]
        if claims:
            note = _source_note(question, short_title(entry.title), view.rows)
            yield AnswerDraft(
                claims=tuple(claims), kind=AnswerKind.OVERVIEW, note=note, confidence=OF_DOCUMENT
            )

    def _of_library(
        self, question: QuestionAnalysis, sources: Sources, entries: Sequence[CatalogEntry]
    ) -> Iterator[AnswerDraft]:
        """Yield a point or more of each document, or of those that differ most."""
        shown = entries if len(entries) <= MAX_DOCUMENTS else _representative(sources.snapshot, entries)
        points = max(1, (question.count or MAX_POINTS) // len(shown))
        claims = []
        for entry in shown:
            view = _View(sources.snapshot, sources.document(entry.doc_id))
            found = self._claims(view, question, points, MAX_EMBEDDED // len(shown))
            claims += [ClaimSentence(one.text, one.quotes, short_title(entry.title)) for one in found]
        note = None
        if len(shown) < len(entries):
            note = fixed_text("library", question.language, count=len(entries), shown=len(shown))
        elif question.topic:
            note = fixed_text("several", question.language)
        titles = [short_title(entry.title) for entry in shown]
        suggestions = tuple(fixed_text("about", question.language, title=title) for title in titles[:4])
        if claims:
            yield AnswerDraft(
                claims=tuple(claims),
                kind=AnswerKind.OVERVIEW,
                note=note,
                suggestions=suggestions,
                confidence=OF_DOCUMENT,
            )

    def _of_topic(
        self, topic: str, question: QuestionAnalysis, sources: Sources, doc_ids: Collection[str] | None
    ) -> Iterator[AnswerDraft]:
        """Yield the sentences that say most about a topic, from all documents."""
        passages = sources.retrieve(topic, RETRIEVED, doc_ids)
        sources.lap("retrieve")
        topic_words = frozenset(content_words(topic))
        found = [
            (document, sentence)
            for document, ranges in _ranges(passages, sources)
            for sentence in key_sentences(document, ranges)
        ]
        found.sort(
            key=lambda one: (-_share(topic_words, one[1].words), -one[1].prior, one[0].doc_id, one[1].start)
        )
        found = found[:MAX_EMBEDDED]
        if not found:
            return
        texts = [document.text[sentence.start : sentence.end] for document, sentence in found]
        vectors = self.embedder.embed([topic, *texts])
        shares = np.asarray([_share(topic_words, sentence.words) for _, sentence in found])
        similarity = vectors[1:] @ vectors[0]
        if (similarity - MISSING_WORDS * (1 - shares)).max() < MIN_TOPIC_SIMILARITY:
            return
        near = similarity + SHARED_WORDS * shares
        nearby = [at for at in range(len(found)) if near[at] >= near.max() - MAX_TOPIC_GAP]
        scores = [4.0 * float(near[at]) + 0.3 * found[at][1].prior for at in nearby]
        selected = choose(scores, vectors[1:][nearby], question.count or TOPIC_POINTS)
        yield AnswerDraft(
            claims=tuple(_in_order([found[nearby[at]] for at in selected])),
            kind=AnswerKind.OVERVIEW,
            confidence=OF_TOPIC,
        )

    def _claims(
        self, view: "_View", question: QuestionAnalysis, count: int | None, most: int = MAX_EMBEDDED
    ) -> list[ClaimSentence]:
        """Return the points of one document, in its order."""
        tables = describe_tables(view.document, question.language) if view.rows else []
        style = BRIEF if count == 1 else ABOUT if question.document_only else SUMMARY
        sentences = shortlist(view.sentences, most, opening=style.opening, parts=min(style.parts, most))
        wanted = count or max(
            MIN_POINTS, min(MAX_POINTS, MIN_POINTS + len(view.sentences) // SENTENCES_PER_POINT)
        )
        capacity = max(wanted - len(tables), 0 if count else 2)
        selected = self._select_sentences(view, sentences, style, capacity) if sentences and capacity else []
        points = [
            ClaimSentence(view.text(one), (quote_range(view.document, one.start, one.end),))
            for one in selected
        ]
        if view.is_long and not count:
            tables = outline(view.document, question.language)
        points = [*tables, *points][: max(wanted, len(tables))]
        if not points:
            points = [
                ClaimSentence(view.document.text[start:end], (quote_range(view.document, start, end),))
                for start, end in view.headings[:wanted]
            ]
        return points

    def _select_sentences(
        self, view: "_View", sentences: Sequence[KeySentence], style: "_Style", count: int
    ) -> list[KeySentence]:
        texts = [view.text(one) for one in sentences]
        vectors = self.embedder.embed([*texts, view.document.title])
        ours, title = vectors[:-1], vectors[-1]
        centroid = view.centroid if view.centroid is not None else ours.mean(axis=0)
        parts = [
            (style.prior, [one.prior + style.opening * one.opening for one in sentences]),
            (style.centroid, ours @ centroid),
            (style.title, ours @ title),
        ]
        scores = sum(
            (weight * np.asarray(standardised(list(values))) for weight, values in parts),
            np.zeros(len(texts)),
        )
        selected = choose(
            [float(score) for score in scores],
            ours,
            count,
            diversity=style.diversity,
            coverage=style.coverage,
        )
        return sorted((sentences[at] for at in selected), key=lambda one: one.start)


@dataclass(frozen=True, slots=True)
class _Style:
    """
    The weights of the scores for choosing sentences.

    Args:
        prior: A standard deviation of what the place and the wording of a sentence say for it.
        opening: Of that, what it says to be the first sentence of the document.
        centroid: A standard deviation of nearness to the whole document.
        title: A standard deviation of nearness to its title.
        diversity: See :func:`~qa.answering.answerers.key_sentences.choose`.
        coverage: See :func:`~qa.answering.answerers.key_sentences.choose`.
        parts: Equal parts of the document that each bring as many candidates.
    """

    prior: float
    opening: float
    centroid: float
    title: float
    diversity: float
    coverage: float
    parts: int


ABOUT = _Style(prior=1.0, opening=1.0, centroid=0.5, title=0.3, diversity=2.0, coverage=0.0, parts=1)
"""The beginning of a document says what it is about."""
BRIEF = _Style(prior=2.0, opening=1.5, centroid=0.5, title=0.3, diversity=0.0, coverage=0.0, parts=1)
"""Where a document has only one sentence, its place counts most."""
SUMMARY = _Style(prior=1.0, opening=0.5, centroid=0.5, title=0.3, diversity=2.0, coverage=10.0, parts=6)
"""A summary has something of every part."""


class _View:
    """One document as an overview looks at it."""

    def __init__(self, snapshot: Snapshot, document: Document) -> None:
        self._snapshot = snapshot
        self.document = document

    def text(self, sentence: KeySentence) -> str:
        return self.document.text[sentence.start : sentence.end]

    @cached_property
    def rows(self) -> int:
        """Return the number of rows of a table or spreadsheet; 0 for another document."""
        return count_rows(self.document) if is_tabular(self.document) else 0

    @cached_property
    def headings(self) -> list[tuple[int, int]]:
        """Return the headings of a document without sentences; its first lines if it has none either."""
        headings = [(one.start, one.end) for one in self.document.blocks if one.kind is BlockKind.HEADING]
        blocks = [(one.start, one.end) for one in self.document.blocks[:MAX_POINTS]]
        return headings if len(headings) >= MIN_POINTS else blocks

    @cached_property
    def sentences(self) -> list[KeySentence]:
        """Return the sentences that can be shown; of a long document, those of its most central parts."""
        return key_sentences(self.document, self._central_parts() if self.is_long else None)

    @property
    def is_long(self) -> bool:
        """Return whether only parts of the document are read."""
        return len(self.document.sentences) > MAX_SENTENCES

    @cached_property
    def centroid(self) -> Vectors | None:
        """Return the mean vector of all chunks; None without chunks."""
        if not len(self._vectors):
            return None
        mean: Vectors = self._vectors.mean(axis=0)
        return mean

    @cached_property
    def _rows(self) -> list[int]:
        rows = self._snapshot.rows_of([self.document.doc_id])
        return rows[:: -(-len(rows) // MAX_ROWS)] if rows else []

    @cached_property
    def _vectors(self) -> Vectors:
        return self._snapshot.vectors(self._rows)

    def _central_parts(self) -> list[tuple[int, int]]:
        """Return the beginning, the summaries, and each slice's chunks closest to the document's centroid."""
        chunks = self._snapshot.chunks_of(self.document.doc_id)
        chunks = chunks[:: -(-len(chunks) // MAX_ROWS)]
        near = self._vectors @ self._vectors.mean(axis=0)
        selected = set(range(min(OPENING_CHUNKS, len(chunks))))
        summing_up = (
            at for at, one in enumerate(chunks) if one.heading and section_weight(one.heading[-1]) > 0
        )
        selected |= set(islice(summing_up, SLICES))
        for part in np.array_split(np.arange(len(chunks)), SLICES):
            selected |= set(sorted(part.tolist(), key=lambda at: (-near[at], at))[:CHUNKS_OF_SLICE])
        return [(chunks[at].span.start, chunks[at].span.end) for at in sorted(selected)]


def _source_note(question: QuestionAnalysis, title: str, rows: int) -> str | None:
    """Return a note that names the document, if the question names one, and counts the rows of a table."""
    if question.topic:
        return fixed_text("from_table" if rows else "from", question.language, title=title, count=rows)
    return fixed_text("rows", question.language, count=rows) if rows else None


def _with_title(
    document: Document, title: tuple[int, int], claims: Sequence[ClaimSentence]
) -> list[ClaimSentence]:
    """Return *claims* after the title, unless one of them has it."""
    start, end = title
    plain = " ".join(document.text[start:end].split()).lower()
    if any(plain in " ".join(claim.text.split()).lower() for claim in claims):
        return list(claims)
    return [ClaimSentence(document.text[start:end], (quote_range(document, start, end),)), *claims]


def _representative(snapshot: Snapshot, entries: Sequence[CatalogEntry]) -> list[CatalogEntry]:
    """Return the documents that represent all: the central ones of groups of similar ones."""
    sample = entries[:: -(-len(entries) // MAX_SAMPLED)]
    means = []
    for entry in sample:
        rows = snapshot.rows_of([entry.doc_id])
        vectors = snapshot.vectors(rows[:: -(-len(rows) // SLICES)] if rows else [])
        means.append(vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], np.float32))
    return [sample[number] for number in representatives(np.asarray(means), MAX_DOCUMENTS)]


def _most_retrieved(topic: str, entries: Sequence[CatalogEntry], sources: Sources) -> list[CatalogEntry]:
    """Return the one document that most of the best passages for *topic* are from; empty without one."""
    passages = sources.retrieve(bare_topic(topic), DOMINANT_OF)
    sources.lap("retrieve")
    best = max((passage.hit.similarity for passage in passages), default=0.0)
    if best < MIN_NAMED_SIMILARITY:
        return []
    near = [one.span.doc_id for one in passages if one.hit.similarity >= best - MAX_NAMED_GAP]
    first = passages[0].span.doc_id
    return [one for one in entries if one.doc_id == first and near.count(first) >= MIN_DOMINANCE * len(near)]


DOMINANT_OF, MAX_NAMED_GAP, MIN_DOMINANCE = 10, 0.15, 0.6
"""Number of passages for the name of a document, their maximum difference from the best one, and the minimum
share of them that must be from its document."""


def _ranges(
    passages: Sequence[Passage], sources: Sources
) -> Iterator[tuple[Document, list[tuple[int, int]]]]:
    """Yield the documents of *passages*, each with the parts of its text that were found, in order."""
    for doc_id in dict.fromkeys(passage.span.doc_id for passage in passages):
        spans = sorted(passage.span for passage in passages if passage.span.doc_id == doc_id)
        yield sources.document(doc_id), [(span.start, span.end) for span in spans]


def _share(topic: frozenset[str], words: frozenset[str]) -> float:
    """Return the share of the topic's words that *words* have, 0 to 1."""
    return len(topic & words) / len(topic) if topic else 0.0


def _in_order(found: Sequence[tuple[Document, KeySentence]]) -> list[ClaimSentence]:
    """Return claims, the best one's document first, and each document's in its order."""
    doc_ids = list(dict.fromkeys(document.doc_id for document, _ in found))
    ordered = sorted(found, key=lambda one: (doc_ids.index(one[0].doc_id), one[1].start))
    return [
        ClaimSentence(
            document.text[sentence.start : sentence.end],
            (quote_range(document, sentence.start, sentence.end),),
            short_title(document.title) if len(doc_ids) > 1 else "",
        )
        for document, sentence in ordered
    ]
