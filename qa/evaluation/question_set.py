"""
Question sets: a corpus and questions whose answers are known.

Three formats are read, each plain or gzipped:

- ``corpus.jsonl`` and ``qa.jsonl``: answers as text and as spans of the corpus. A document can have the
  structure that it was indexed with, as in the sets that the chat exports;
- a BEIR folder, ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``: relevant documents only;
- ``corpus/``, a folder of files, and ``qa.jsonl``: a document's name is its path below ``corpus/``.
"""

import base64
import contextlib
import gzip
import hashlib
import json
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index import (
    SUPPORTED_SUFFIXES,
    BlockList,
    ExternalDocument,
    FootnoteError,
    Limits,
    Page,
    parse,
    plain_text_blocks,
)
from index.text.canonical import CanonicalText
from qa.archives import MB, ArchiveLimits, open_archive, unpack
from qa.errors import InvalidArchive, InvalidQuestionSet
from qa.records import Turn


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Words that answer a question: *text* is at [start, end) of the canonical text of the document *doc*."""

    doc: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message before the question; *role* is ``user`` or ``assistant``."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """
    A question and its gold.

    Args:
        id: Unique in its set.
        text: In a person's words.
        answerable: Whether the corpus holds the answer; None if the set doesn't say (BEIR).
        answers: Acceptable answers; any one suffices.
        spans: Places of the answer; empty if the set doesn't say.
        relevant: Grade of each relevant document by name; higher is better, 0 is irrelevant.
        history: The messages before it, oldest first; empty for a question that is no follow-up.
        rewritten: A follow-up as a self-contained question, rewritten by a person.
        context_doc: The document that it was written for.
    """

    id: str
    text: str
    answerable: bool | None
    answers: tuple[str, ...] = ()
    spans: tuple[GoldSpan, ...] = ()
    relevant: Mapping[str, int] = field(default_factory=dict)
    history: tuple[Message, ...] = ()
    rewritten: str | None = None
    context_doc: str | None = None

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Return the history as turns: every question with the answers before the next one."""
        turns: list[Turn] = []
        for message in self.history:
            if message.role == "user":
                turns.append(Turn(message.text))
            elif turns:
                answer = f"{turns[-1].answer}\n{message.text}".strip()
                turns[-1] = replace(turns[-1], answer=answer)
        return tuple(turns)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """
    Questions and their corpus.

    Args:
        name: The folder's name.
        questions: In the set's order.
        doc_ids: Each document's id, the SHA-256 of its canonical text, by name; files with the same text
            share an id.
        digest: SHA-256 of the corpus: names, titles, texts and their structure, in order; without the
            questions.
        corpus: Reads the documents again, one at a time.
    """

    name: str
    questions: tuple[Question, ...]
    doc_ids: Mapping[str, str] = field(repr=False)
    digest: str
    corpus: Callable[[], Iterator[ExternalDocument]] = field(repr=False)


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """
    Provide the folder of a question set that may be a zip, as the chat exports it.

    Raises:
        InvalidQuestionSet: If the zip can't be unpacked.
    """
    if not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="footnote-set-") as target:
        try:
            with open_archive(path, ARCHIVE_LIMITS) as archive:
                unpack(archive, Path(target))
        except (InvalidArchive, OSError) as error:
            raise InvalidQuestionSet(f"{path} can't be read: {error}") from error
        entries = list(Path(target).iterdir())
        yield entries[0] if len(entries) == 1 and entries[0].is_dir() else Path(target)


def load_question_set(folder: Path) -> QuestionSet:
    """
    Read a question set and check it.

    Raises:
        InvalidQuestionSet: If a file is missing or malformed, a name is used twice, or a span's words aren't
            in the document there; the message names the file and the line.
    """
    corpus, questions = _detect_format(folder)
    located = list(questions())
    _check_unique((place, question.id) for place, question in located)
    doc_ids, digest = _check_corpus(corpus, located)
    return QuestionSet(
        name=folder.resolve().name,
        questions=tuple(question for _, question in located),
        doc_ids=doc_ids,
        digest=digest,
        corpus=lambda: (source for _, source in corpus()),
    )


ARCHIVE_LIMITS = ArchiveLimits(max_files=20_000, max_bytes=20_000 * MB)
"""Limits on a question set in a zip."""
_Corpus = Callable[[], Iterator[tuple[str, ExternalDocument]]]
_Questions = Callable[[], Iterator[tuple[str, Question]]]
"""Each record comes with its place for messages: the file, and the line in a file of lines."""


def _detect_format(folder: Path) -> tuple[_Corpus, _Questions]:
    corpus, qa, queries = (_find(folder, f"{name}.jsonl") for name in ("corpus", "qa", "queries"))
    files, qrels = folder / "corpus", folder / "qrels" / "test.tsv"
    if files.is_dir() and qa:
        return partial(_corpus_of_files, files), partial(_read_questions, qa)
    if corpus and qa:
        return partial(_corpus_of_lines, corpus), partial(_read_questions, qa)
    if corpus and queries and qrels.is_file():
        return partial(_corpus_of_lines, corpus), partial(_read_beir, queries, qrels)
    if not folder.exists():
        raise InvalidQuestionSet(f"No such folder: {folder}")
    raise InvalidQuestionSet(
        f"{folder} is not a question set. Expected qa.jsonl beside corpus.jsonl or a folder corpus/, "
        "corpus.jsonl, queries.jsonl and qrels/test.tsv (each .jsonl may be .jsonl.gz), "
        "or questions.jsonl and documents.jsonl."
    )


def _find(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


# The corpus


class _DocumentLine(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str = Field(alias="_id", min_length=1)
    title: str = ""
    text: str
    media_type: str = "text/plain"
    blocks: str | None = None
    """The structure as it was indexed, in Base64; without it the text is plain paragraphs."""
    pages: list[tuple[int, int, int, float, float]] = []
    """Number, start, end, width and height of each page."""


def _corpus_of_lines(path: Path) -> Iterator[tuple[str, ExternalDocument]]:
    """Yield the documents with their texts unchanged, because the gold offsets refer to them."""
    for place, line in _lines(path, _DocumentLine):
        canonical = CanonicalText(
            line.text,
            line.title or None,
            line.media_type,
            _blocks(place, line),
            tuple(Page(*page) for page in line.pages),
        )
        yield place, ExternalDocument(path=line.name, canonical=canonical, digest=_sha256(line.text))


def _blocks(place: str, line: _DocumentLine) -> BlockList:
    """Return the structure of a document, as it was indexed or else as that of a plain text."""
    if line.blocks is None:
        return plain_text_blocks(line.text)
    try:
        blocks = BlockList(base64.b64decode(line.blocks, validate=True))
        blocks.check(len(line.text))
    except ValueError as error:
        raise InvalidQuestionSet(f"{place}: blocks: {error}") from error
    return blocks


def _corpus_of_files(folder: Path) -> Iterator[tuple[str, ExternalDocument]]:
    for path in sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in SUPPORTED_SUFFIXES and path.is_file()
    ):
        try:
            canonical, digest = parse(path, Limits()), hashlib.sha256(path.read_bytes()).hexdigest()
        except (FootnoteError, OSError) as error:
            raise InvalidQuestionSet(f"{path}: {error}") from error
        yield (
            str(path),
            ExternalDocument(path=path.relative_to(folder).as_posix(), canonical=canonical, digest=digest),
        )


def _check_corpus(corpus: _Corpus, located: list[tuple[str, Question]]) -> tuple[dict[str, str], str]:
    """Return the documents' ids and the corpus's digest, and check every gold span, in one pass."""
    gold = defaultdict(list)
    for place, question in located:
        for span in question.spans:
            gold[span.doc].append((place, span))
    doc_ids: dict[str, str] = {}
    digest = hashlib.sha256()
    for place, source in corpus():
        if source.path in doc_ids:
            raise InvalidQuestionSet(f"{place}: the name {source.path!r} is used twice")
        doc_ids[source.path] = _sha256(source.canonical.text)
        digest.update(json.dumps([source.path, source.canonical.title, doc_ids[source.path]]).encode())
        digest.update(source.canonical.blocks.packed)
        for question_place, span in gold.pop(source.path, []):
            _check_span(question_place, span, source.canonical.text)
    for (place, span), *_ in gold.values():
        raise InvalidQuestionSet(f"{place}: a span points into {span.doc!r}, which isn't in the corpus")
    return doc_ids, digest.hexdigest()


def _check_span(place: str, span: GoldSpan, text: str) -> None:
    actual = text[span.start : span.end]
    # A slice that runs past the end of the text is shorter than its span.
    if actual != span.text or len(actual) != span.end - span.start:
        raise InvalidQuestionSet(
            f"{place}: expected {_short(span.text)} at [{span.start}, {span.end}) of {span.doc!r}, "
            f"found {_short(actual)}"
        )


# The questions


class _SpanLine(BaseModel):
    doc_id: str
    start: int = Field(ge=0)
    end: int
    text: str = Field(min_length=1)


class _TurnLine(BaseModel):
    role: str
    text: str


class _QuestionLine(BaseModel):
    model_config = ConfigDict(strict=True)

    id: str
    question: str
    answerable: bool
    answers: list[str] = []
    spans: list[_SpanLine] = []
    relevant: list[str] | None = None
    history: list[_TurnLine] = []
    rewritten: str | None = None
    context_doc: str | None = None


class _QueryLine(BaseModel):
    id: Annotated[str, Field(alias="_id")]
    text: str


def _read_questions(path: Path) -> Iterator[tuple[str, Question]]:
    for place, line in _lines(path, _QuestionLine):
        if line.spans and not line.answerable:
            raise InvalidQuestionSet(f"{place}: a question that isn't answerable has spans")
        spans = tuple(GoldSpan(span.doc_id, span.start, span.end, span.text) for span in line.spans)
        # Where the set names no relevant documents, they are those its spans point into.
        relevant = [span.doc for span in spans] if line.relevant is None else line.relevant
        yield (
            place,
            Question(
                id=line.id,
                text=line.question,
                answerable=line.answerable,
                answers=tuple(line.answers),
                spans=spans,
                relevant=dict.fromkeys(relevant, 1),
                history=tuple(Message(turn.role, turn.text) for turn in line.history),
                rewritten=line.rewritten,
                context_doc=line.context_doc,
            ),
        )


def _read_beir(queries: Path, qrels: Path) -> Iterator[tuple[str, Question]]:
    """Yield the queries of the test split; a BEIR folder may hold those of other splits, too."""
    grades = _grades(qrels)
    for place, line in _lines(queries, _QueryLine):
        if line.id in grades:
            yield place, Question(id=line.id, text=line.text, answerable=None, relevant=grades.pop(line.id))
    for unknown in grades:
        raise InvalidQuestionSet(f"{qrels}: refers to the query {unknown!r}, which isn't in {queries.name}")


def _grades(path: Path) -> dict[str, dict[str, int]]:
    """Return each query's grades by document; a first line whose third field is not a number is a header."""
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for number, line in numbered_lines(path):
        fields = line.decode("utf-8", "replace").rstrip("\r\n").split("\t")
        if len(fields) == 3 and fields[2].removeprefix("-").isdecimal():
            grades[fields[0]][fields[1]] = int(fields[2])
        elif number > 1 or len(fields) != 3:
            raise InvalidQuestionSet(
                f"{path}, line {number}: expected query, document and grade with tabs between"
            )
    return grades


# Lines

_Record = TypeVar("_Record", bound=BaseModel)


def _lines(path: Path, model: type[_Record]) -> Iterator[tuple[str, _Record]]:
    for number, line in numbered_lines(path):
        place = f"{path}, line {number}"
        try:
            yield place, model.model_validate_json(line)
        except ValidationError as error:
            raise InvalidQuestionSet(f"{place}: {first_fault(error)}") from error


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """
    Yield the lines of a file, plain or gzipped, that aren't blank, with their numbers from 1.

    Raises:
        InvalidQuestionSet: If the file can't be read.
    """
    try:
        with cast(Any, gzip.open if path.suffix == ".gz" else open)(path, "rb") as lines:
            yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidQuestionSet(f"{path} can't be read: {error}") from error


def first_fault(error: ValidationError) -> str:
    """Return what is wrong with a line, in a few words."""
    fault = error.errors(include_url=False)[0]
    field_name = ".".join(str(part) for part in fault["loc"])
    return f"{field_name}: {fault['msg']}" if field_name else str(fault["msg"])


def _check_unique(names: Iterator[tuple[str, str]]) -> None:
    seen = set()
    for place, name in names:
        if name in seen:
            raise InvalidQuestionSet(f"{place}: the id {name!r} is used twice")
        seen.add(name)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _short(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else f"{text[:limit]}…")
