"""Answers to "which documents": a list, with a sentence of each that shows why."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath

from index import ENGLISH, CatalogEntry, Document, Embedder, detect_language
from qa.answering.answerers.key_sentences import content_words, key_sentences
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.table_overview import describe_tables, is_tabular
from qa.answering.answerers.texts import fixed_text, short_title
from qa.answering.document_names import bare_topic, named_documents
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, AnswerKind, ClaimSentence, Passage

MAX_DOCUMENTS = 10
CONFIDENCE = 0.9
"""Confidence of a list of documents: 17 of 18 are right in the tuning halves of the question sets."""
RETRIEVED = 60
MAX_EMBEDDED_PASSAGES = 12
"""Maximum number of passages from lexical search only whose similarity is computed as well."""
SENTENCES_OF_DOCUMENT, PASSAGES_OF_DOCUMENT = 8, 3
MISSING_WORDS = 0.3
"""Similarity that a passage loses if it has none of the topic's words."""
WHOLE_DOCUMENT, MAX_SAMPLE = 0.5, 16
"""Weight of the mean similarity of a document's chunks, and the maximum number of chunks in the mean."""
MIN_EVIDENCE = 0.25
"""Minimum similarity to the topic, less the cost of missing words, for a document to deal with it."""
MAX_GAP = 0.14
"""Maximum difference of evidence from the best document."""
SHARED_WORDS = 0.3
"""Similarity that a sentence gains if it has all of the topic's words."""
PRIOR = 0.05
"""Weight of a sentence's position and wording relative to similarity."""
MAX_LINE = 300
"""Maximum characters of a table row or another line that is shown instead of a sentence."""
MAX_LOOKED_AT = 500
"""Maximum number of documents that are read to detect their language."""


@dataclass(frozen=True, slots=True)
class DocumentsForm:
    """
    Lists the documents that deal with a topic.

    Args:
        embedder: The one that the index was built with.
    """

    embedder: Embedder

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft: the list, or a refusal."""
        entries = sources.documents()
        having = property_named(question.topic)
        if having is not None:
            claims = list(_with_property(having, entries, sources))
        else:
            claims = self._about(bare_topic(question.topic), bool(question.focus), entries, sources)
        sources.lap("documents")
        if claims:
            further = len(claims) - MAX_DOCUMENTS
            note = fixed_text("further", question.language, count=further) if further > 0 else None
            shown = tuple(claims[:MAX_DOCUMENTS])
            yield AnswerDraft(claims=shown, kind=AnswerKind.DOCUMENTS, note=note, confidence=CONFIDENCE)
        else:
            yield AnswerDraft(reason=fixed_text("no_document", question.language), kind=AnswerKind.DOCUMENTS)

    def _about(
        self, topic: str, is_mention: bool, entries: Sequence[CatalogEntry], sources: Sources
    ) -> list[ClaimSentence]:
        """Return a sentence of each document that deals with *topic*, or that only mentions it."""
        passages = sources.retrieve(topic, RETRIEVED)
        evidence = self._evidence(topic, passages, sources)
        least = max(MIN_EVIDENCE, max(evidence.values(), default=0.0) - MAX_GAP)
        words = frozenset(content_words(topic))
        mentioning = {one.span.doc_id for one in passages if is_mention and _word_share(words, one.text) == 1}
        named = {match.entry.doc_id for match in named_documents(topic, entries)}
        matching = [
            doc_id
            for doc_id in evidence
            if evidence[doc_id] >= least
            or doc_id in mentioning
            or (doc_id in named and evidence[doc_id] >= MIN_EVIDENCE)
        ]
        matching.sort(key=lambda doc_id: (doc_id not in named, -evidence[doc_id], doc_id))
        return self._claims(topic, [sources.document(doc_id) for doc_id in matching], passages)

    def _evidence(self, topic: str, passages: Sequence[Passage], sources: Sources) -> dict[str, float]:
        """Return how much each document of *passages* deals with *topic*, higher is better."""
        similarity = {passage.span: passage.hit.similarity for passage in passages if passage.hit.dense}
        unknown = [passage for passage in passages if passage.span not in similarity]
        unknown = _first_of_each_document(unknown)[:MAX_EMBEDDED_PASSAGES]
        texts = [passage.hit.chunk.embedded_text(passage.text) for passage in unknown]
        vectors = self.embedder.embed([topic, *texts])
        for passage, vector in zip(unknown, vectors[1:], strict=True):
            similarity[passage.span] = float(vector @ vectors[0])
        words = frozenset(content_words(topic))
        evidence: dict[str, float] = {}
        for passage in passages:
            if passage.span in similarity:
                missing = 1 - _passage_share(words, passage)
                found = similarity[passage.span] - MISSING_WORDS * missing
                evidence[passage.span.doc_id] = max(found, evidence.get(passage.span.doc_id, found))
        # A long document has a passage on almost anything, so that its topic as a whole counts as well.
        for doc_id in evidence:
            rows = sources.snapshot.rows_of([doc_id])
            sample = sources.snapshot.vectors(rows[:: -(-len(rows) // MAX_SAMPLE)])
            evidence[doc_id] += WHOLE_DOCUMENT * float((sample @ vectors[0]).mean())
        return evidence

    def _claims(
        self, topic: str, documents: Sequence[Document], passages: Sequence[Passage]
    ) -> list[ClaimSentence]:
        """Return one sentence of each document: the closest to the topic in its best passages."""
        words = frozenset(content_words(topic))
        lines = [line for document in documents for line in _lines_of(document, passages, words)]
        texts = [line.document.text[line.start : line.end] for line in lines]
        vectors = self.embedder.embed([topic, *texts])
        near = (vectors[1:] @ vectors[0]).tolist()
        best: dict[str, tuple[float, _Line]] = {}
        for line, text, similarity in zip(lines, texts, near, strict=True):
            score = similarity + SHARED_WORDS * _word_share(words, text) + PRIOR * line.prior
            if line.document.doc_id not in best or score > best[line.document.doc_id][0]:
                best[line.document.doc_id] = score, line
        shown = (
            _table_claim(one) or (_claim(*best[one.doc_id][1].place) if one.doc_id in best else None)
            for one in documents
        )
        return [claim for claim in shown if claim]


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence or another line of a document that can show what it has on a topic."""

    document: Document
    start: int
    end: int
    prior: float = 0.0

    @property
    def place(self) -> tuple[Document, int, int]:
        return self.document, self.start, self.end


def _lines_of(document: Document, passages: Sequence[Passage], words: frozenset[str]) -> Iterator[_Line]:
    """Yield sentences of a document's best passages; other lines if none of them has the topic's words."""
    found = [passage for passage in passages if passage.span.doc_id == document.doc_id]
    ranges = sorted((one.span.start, one.span.end) for one in found[:PASSAGES_OF_DOCUMENT])
    sentences = [
        one
        for one in key_sentences(document, ranges)
        if any(start <= one.start < end for start, end in ranges)
    ]
    sentences.sort(key=lambda one: (-_share(words, one.words), -one.prior, one.start))
    for one in sentences[:SENTENCES_OF_DOCUMENT]:
        yield _Line(document, one.start, one.end, one.prior)
    if not any(words & one.words for one in sentences):
        blocks = [block for start, end in ranges for block in document.blocks_in(start, end)]
        lines = [(block.start, _line_end(document.text, block.start, block.end)) for block in blocks]
        lines.sort(key=lambda line: (-_word_share(words, document.text[line[0] : line[1]]), line))
        yield from (_Line(document, start, end) for start, end in lines[:SENTENCES_OF_DOCUMENT])


def _line_end(text: str, start: int, end: int) -> int:
    """Return the end of a line that begins at *start*, cut between words if it is long."""
    if end - start <= MAX_LINE:
        return end
    cut = text.rfind(" ", start + 1, start + MAX_LINE)
    return cut if cut > start else start + MAX_LINE


def _claim(document: Document, start: int, end: int) -> ClaimSentence:
    quotes = (quote_range(document, start, end),)
    return ClaimSentence(document.text[start:end], quotes, short_title(document.title))


def _table_claim(document: Document) -> ClaimSentence | None:
    """Return what a table or spreadsheet says of itself; None for another document."""
    described = describe_tables(document, ENGLISH) if is_tabular(document) else []
    if not described:
        return None
    text = f"{described[0].label}: {described[0].text}" if described[0].label else described[0].text
    return ClaimSentence(text, described[0].quotes, short_title(document.title))


def _first_of_each_document(passages: Sequence[Passage]) -> list[Passage]:
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(passage.span.doc_id, passage)
    return list(first.values())


def _passage_share(words: frozenset[str], passage: Passage) -> float:
    """Return the share of *words* that a passage, its headings or its document's names have, 0 to 1."""
    heading = " ".join(passage.hit.chunk.heading)
    return _word_share(words, f"{passage.title} {PurePath(passage.path).stem} {heading} {passage.text}")


def _word_share(words: frozenset[str], text: str) -> float:
    return _share(words, frozenset(content_words(text)))


def _share(words: frozenset[str], others: frozenset[str]) -> float:
    return len(words & others) / len(words) if words else 0.0


@dataclass(frozen=True, slots=True)
class DocumentProperty:
    """
    A property of documents that a question can ask for instead of a topic.

    Args:
        language: ISO 639-1 code; empty if any will do.
        suffixes: File extensions without the dot; empty if any will do.
    """

    language: str = ""
    suffixes: frozenset[str] = frozenset()


def property_named(topic: str) -> DocumentProperty | None:
    """
    Return the language or the kind of file that *topic* names; None if it names something else.

    >>> property_named("in German").language, sorted(property_named("spreadsheets").suffixes)
    ('de', ['csv', 'xlsx'])
    """
    words = [word for word in re.findall(r"[^\W_][\w-]*", topic.lower()) if word not in _LEADING]
    if len(words) != 1:
        return None
    languages = [code for code, names in _names()["languages"].items() if words[0] in names.split()]
    if languages:
        return DocumentProperty(language=languages[0])
    suffixes = {suffix for suffix, names in _names()["files"].items() if words[0] in names.split()}
    return DocumentProperty(suffixes=frozenset(suffixes)) if suffixes else None


_LEADING = frozenset("in auf en em a an the written is format files file documents".split())


def _with_property(
    having: DocumentProperty, entries: Sequence[CatalogEntry], sources: Sources
) -> Iterator[ClaimSentence]:
    """Yield a sentence of each document that has a property."""
    for entry in entries[:MAX_LOOKED_AT]:
        if having.suffixes and not _suffixes(entry) & having.suffixes:
            continue
        document = sources.document(entry.doc_id)
        if having.language and _language(document) != having.language:
            continue
        if claim := _first_claim(document):
            yield claim


def _suffixes(entry: CatalogEntry) -> frozenset[str]:
    return frozenset(PurePath(path).suffix.lower().lstrip(".") for path in entry.paths)


def _language(document: Document) -> str:
    """Return the language of the beginning, the middle and the end of a document, together."""
    text, middle = document.text, len(document.text) // 2
    return detect_language(f"{text[:1500]}\n{text[middle : middle + 1000]}\n{text[-1500:]}")


def _first_claim(document: Document) -> ClaimSentence | None:
    """Return the sentence that says most about a document by its place and wording; else its first line."""
    if table := _table_claim(document):
        return table
    end = document.blocks[min(40, len(document.blocks) - 1)].end if document.blocks else 0
    sentences = key_sentences(document, [(0, end)])
    if sentences:
        best = min(sentences, key=lambda one: (-one.prior - one.opening, one.start))
        return _claim(document, best.start, best.end)
    if document.blocks:
        first = document.blocks[0]
        return _claim(document, first.start, _line_end(document.text, first.start, first.end))
    return None


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
