"""The SQLite database of a snapshot: its files, documents and chunks."""

import contextlib
import itertools
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from index.errors import IndexDamaged
from index.failures import FailureCode, ParseFailure
from index.records import CharRun, Chunk, Document, Page, Span, WordBox
from index.text.structure import BlockList, RangeList

_SCHEMA = """
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    digest TEXT NOT NULL,      -- SHA-256 of the bytes; empty if the file couldn't be read
    doc_id TEXT,               -- NULL if the file couldn't be parsed
    reason TEXT                -- why it couldn't, in words, for readers that don't know the table failures
);
CREATE TABLE failures (
    path TEXT PRIMARY KEY,
    code TEXT NOT NULL,        -- of index.failures.FailureCode
    detail TEXT NOT NULL,
    "limit" REAL               -- the value of the limit that was exceeded, or NULL
);
CREATE INDEX files_by_document ON files (doc_id);
CREATE TABLE documents (
    doc_id TEXT PRIMARY KEY,
    title TEXT NOT NULL,       -- from the content; empty if it has none, and then the file's name is shown
    media_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    length INTEGER NOT NULL,
    pages TEXT NOT NULL,       -- JSON: [[number, start, end, width, height], ...]
    runs BLOB NOT NULL,        -- zlib of little-endian int32: start, length, page, index, ...
    blocks BLOB NOT NULL,      -- packed, as index.text.structure.BlockList
    sentences BLOB NOT NULL    -- packed, as index.text.structure.RangeList
);
CREATE TABLE chunks (
    "row" INTEGER PRIMARY KEY, -- row of its vector; in order of (doc_id, start)
    doc_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    heading TEXT NOT NULL,     -- JSON: [outermost, ...]
    tokens INTEGER NOT NULL
);
CREATE INDEX chunks_by_document ON chunks (doc_id);
CREATE TEMP TABLE unordered (doc_id TEXT, start INTEGER, "end" INTEGER, heading TEXT, tokens INTEGER);
"""

_ENTRY = """
SELECT doc_id, title, media_type, length, json_array_length(pages),
       (SELECT count(*) FROM chunks WHERE chunks.doc_id = documents.doc_id)
FROM documents
"""


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """
    What the index records about one file.

    Args:
        path: Absolute path of the file.
        size: Size in bytes.
        mtime_ns: Time of its last change, in nanoseconds since the epoch.
        digest: SHA-256 of its bytes in hex; empty if it couldn't be read.
        doc_id: ID of its document; None if it couldn't be parsed.
        failure: Why it couldn't be parsed; None if it could.
    """

    path: str
    size: int
    mtime_ns: int
    digest: str
    doc_id: str | None
    failure: ParseFailure | None = None


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A document without its text; *length* is in code points."""

    doc_id: str
    title: str
    paths: tuple[str, ...]
    media_type: str
    length: int
    pages: int
    chunks: int


class CatalogWriter:
    """Writes a new catalog; a finished catalog is never changed."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path.resolve().as_uri(), uri=True)
        with _disk_errors():
            # No journal: a build that fails is thrown away whole, and a finished one is fsynced as a file.
            self._database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        self._doc_ids: set[str] = set()

    def contains(self, doc_id: str) -> bool:
        """Return whether the document was added."""
        return doc_id in self._doc_ids

    def add_file(self, file: IndexedFile) -> None:
        """Add the record of one file, whether or not it could be read."""
        failure = file.failure
        reason = failure.message if failure else None
        self._insert("files", [(file.path, file.size, file.mtime_ns, file.digest, file.doc_id, reason)])
        if failure:
            self._insert("failures", [(file.path, failure.code, failure.detail, failure.limit)])

    def add_document(self, document: Document, chunks: Iterable[Chunk]) -> None:
        """
        Add a document and its chunks.

        Args:
            document: The document. Its title may be empty; its paths are not stored here but with the files.
            chunks: Its chunks; the iterable is read one chunk at a time.
        """
        blocks, sentences = document.blocks, document.sentences
        pages = json.dumps([_pack_page(page) for page in document.pages])
        row = (
            document.doc_id,
            document.title,
            document.media_type,
            document.digest,
            document.text,
            len(document.text),
            pages,
            _pack_runs(document.runs),
            (blocks if isinstance(blocks, BlockList) else BlockList.of(blocks)).packed,
            (sentences if isinstance(sentences, RangeList) else RangeList.of(sentences)).packed,
        )
        self._insert("documents", [row])
        self._insert(
            "unordered",
            (
                (c.span.doc_id, c.span.start, c.span.end, json.dumps(c.heading, ensure_ascii=False), c.tokens)
                for c in chunks
            ),
        )
        self._doc_ids.add(document.doc_id)

    def copy_from(self, previous: Path, files: Sequence[IndexedFile]) -> None:
        """Copy the records, documents and chunks of these files from a finished catalog."""
        for file in files:
            self.add_file(file)
        self._database.commit()
        self._database.execute("ATTACH DATABASE ? AS previous", (_read_only_uri(previous),))
        self._script(
            """
            INSERT INTO documents
            SELECT * FROM previous.documents WHERE doc_id IN (SELECT doc_id FROM main.files);
            INSERT INTO unordered
            SELECT doc_id, start, "end", heading, tokens
            FROM previous.chunks WHERE doc_id IN (SELECT doc_id FROM main.files);
            DETACH DATABASE previous;
            """
        )
        self._doc_ids.update(doc_id for (doc_id,) in self._database.execute("SELECT doc_id FROM documents"))

    def number_chunks(self) -> int:
        """Assign each chunk its row, in order of (document, start), and return the number of chunks."""
        # Rows depend on the content alone and not on the order in which files were read, so the same files
        # always give the same vector file.
        self._script(
            """
            INSERT INTO chunks
            SELECT row_number() OVER (ORDER BY doc_id, start) - 1, doc_id, start, "end", heading, tokens
            FROM unordered ORDER BY doc_id, start;
            DROP TABLE unordered;
            """
        )
        return int(self._database.execute("SELECT count(*) FROM chunks").fetchone()[0])

    def embedded_texts(self, batch_size: int) -> Iterator[list[str]]:
        """
        Yield the text that is embedded for each chunk, in batches and in the order of rows.

        Args:
            batch_size: Number of texts in a batch.
        """
        # One document is in memory at a time. The slices are made here, because SQLite would copy a long
        # document for each of its chunks.
        batch: list[str] = []
        current_id, text = "", ""
        query = 'SELECT doc_id, start, "end", heading, tokens FROM chunks ORDER BY "row"'
        for doc_id, start, end, heading, tokens in self._database.execute(query):
            if doc_id != current_id:
                (text,) = self._database.execute(
                    "SELECT text FROM documents WHERE doc_id = ?", (doc_id,)
                ).fetchone()
                current_id = doc_id
            chunk = Chunk(Span(doc_id, start, end), tuple(json.loads(heading)), tokens)
            batch.append(chunk.embedded_text(text[start:end]))
            if len(batch) == batch_size:
                yield batch
                batch = []
        if batch:
            yield batch

    def finish(self) -> int:
        """Commit, close the file, and return the number of documents."""
        documents = int(self._database.execute("SELECT count(*) FROM documents").fetchone()[0])
        with _disk_errors():
            self._database.commit()
        self._database.close()
        return documents

    def _insert(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Insert rows one at a time, as the iterable yields them."""
        rows = iter(rows)
        if first := next(rows, None):
            placeholders = ", ".join("?" * len(first))
            with _disk_errors():
                self._database.executemany(
                    f"INSERT INTO {table} VALUES ({placeholders})",  # noqa: S608
                    itertools.chain([first], rows),
                )

    def _script(self, statements: str) -> None:
        with _disk_errors():
            self._database.executescript(statements)


class Catalog:
    """
    A finished catalog, read-only and usable from any thread.

    Args:
        path: The SQLite file.

    Raises:
        IndexDamaged: If SQLite can't read it.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(_read_only_uri(path), uri=True, check_same_thread=False)
            self._database.execute("SELECT count(*) FROM documents")
        except sqlite3.Error as error:
            raise IndexDamaged(f"{path.name} can't be read ({error}). Run: footnote index") from error

    def document(self, doc_id: str) -> Document | None:
        """Return a document by its ID, or None."""
        rows = self._fetch("SELECT * FROM documents WHERE doc_id = ?", doc_id)
        if not rows:
            return None
        _, title, media_type, digest, text, _, pages, runs, blocks, sentences = rows[0]
        paths = self._paths(doc_id)
        return Document(
            doc_id=doc_id,
            title=title or _title_from_path(paths),
            paths=paths,
            media_type=media_type,
            text=text,
            pages=tuple(_unpack_page(fields) for fields in json.loads(pages)),
            runs=_unpack_runs(runs),
            digest=digest,
            blocks=BlockList(blocks),
            sentences=RangeList(sentences),
        )

    def blocks(self, doc_id: str) -> BlockList | None:
        """Return the blocks of a document without reading its text; None if there is no such document."""
        rows = self._fetch("SELECT blocks FROM documents WHERE doc_id = ?", doc_id)
        return BlockList(rows[0][0]) if rows else None

    def sentences(self, doc_id: str) -> RangeList | None:
        """Return the sentences of a document without reading its text; None if there is no such document."""
        rows = self._fetch("SELECT sentences FROM documents WHERE doc_id = ?", doc_id)
        return RangeList(rows[0][0]) if rows else None

    def own_title(self, doc_id: str) -> str | None:
        """Return the title in a document's content, "" if there is none; None for an unknown document."""
        rows = self._fetch("SELECT title FROM documents WHERE doc_id = ?", doc_id)
        return str(rows[0][0]) if rows else None

    def entries(self) -> list[CatalogEntry]:
        """Return every document without its text, sorted by title."""
        entries = [self._entry(*row) for row in self._fetch(_ENTRY)]
        return sorted(entries, key=lambda entry: (entry.title, entry.doc_id))

    def entry(self, doc_id: str) -> CatalogEntry:
        """Return one document without its text; the catalog must contain it."""
        return self._entry(*self._fetch(_ENTRY + " WHERE doc_id = ?", doc_id)[0])

    def files(self) -> list[IndexedFile]:
        """Return every file that the snapshot was built from, sorted by path."""
        failures = self._failures()
        return [
            IndexedFile(path, size, mtime_ns, digest, doc_id, failures.get(path) or _unknown_failure(reason))
            for path, size, mtime_ns, digest, doc_id, reason in self._fetch(
                "SELECT path, size, mtime_ns, digest, doc_id, reason FROM files ORDER BY path"
            )
        ]

    def chunks(self, rows: Sequence[int]) -> list[tuple[Chunk, str]]:
        """Return the chunks of these rows with their texts, in the order of *rows*."""
        chunks = {row: self._chunk(row) for row in set(rows)}
        # Slicing happens in Python, because SQLite's substr stops at a NUL character.
        query = "SELECT text FROM documents WHERE doc_id = ?"
        doc_ids = {chunk.span.doc_id for chunk in chunks.values()}
        texts = {doc_id: self._fetch(query, doc_id)[0][0] for doc_id in doc_ids}
        return [
            (chunk, texts[chunk.span.doc_id][chunk.span.start : chunk.span.end])
            for chunk in (chunks[row] for row in rows)
        ]

    def chunks_of(self, doc_id: str) -> list[Chunk]:
        """Return the chunks of a document, in order."""
        query = 'SELECT start, "end", heading, tokens FROM chunks WHERE doc_id = ? ORDER BY start'
        return [
            Chunk(Span(doc_id, start, end), tuple(json.loads(heading)), tokens)
            for start, end, heading, tokens in self._fetch(query, doc_id)
        ]

    def rows_of(self, doc_ids: Iterable[str]) -> list[int]:
        """Return the rows of all chunks of these documents, in ascending order."""
        query = 'SELECT "row" FROM chunks WHERE doc_id = ?'
        return sorted(row for doc_id in doc_ids for (row,) in self._fetch(query, doc_id))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _failures(self) -> dict[str, ParseFailure]:
        """Return the failures of known codes by path; none in a catalog of a version that stored no codes."""
        if not self._fetch("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'failures'"):
            return {}
        rows = self._fetch('SELECT path, code, detail, "limit" FROM failures')
        return {
            path: ParseFailure(FailureCode(code), detail, limit)
            for path, code, detail, limit in rows
            if code in _CODES
        }

    def _entry(self, doc_id: str, title: str, *rest: Any) -> CatalogEntry:
        paths = self._paths(doc_id)
        return CatalogEntry(doc_id, title or _title_from_path(paths), paths, *rest)

    def _chunk(self, row: int) -> Chunk:
        query = 'SELECT doc_id, start, "end", heading, tokens FROM chunks WHERE "row" = ?'
        doc_id, start, end, heading, tokens = self._fetch(query, row)[0]
        return Chunk(Span(doc_id, start, end), tuple(json.loads(heading)), tokens)

    def _paths(self, doc_id: str) -> tuple[str, ...]:
        rows = self._fetch("SELECT path FROM files WHERE doc_id = ? ORDER BY path", doc_id)
        return tuple(path for (path,) in rows)

    def _fetch(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        try:
            with self._lock:
                return self._database.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(f"The catalog is damaged ({error}). Run: footnote index --rebuild") from error


_CODES = frozenset(FailureCode)


def _unknown_failure(reason: str | None) -> ParseFailure | None:
    """Return a failure of which only the message is known."""
    return ParseFailure(FailureCode.OTHER, reason) if reason else None


def _read_only_uri(path: Path) -> str:
    # Immutable: SQLite then takes no locks and ignores a journal that somebody may have put beside the file.
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Raise OSError for disk errors that SQLite reports."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from error


def _title_from_path(paths: Sequence[str]) -> str:
    """Return a title for a document that has none: the name of its first file, on one line."""
    name = PurePath(paths[0]).stem if paths else "untitled"
    return "".join(char if char.isprintable() else " " for char in name).strip() or "untitled"


def _pack_page(page: Page) -> list[object]:
    fields: list[object] = [page.number, page.start, page.end, page.width, page.height]
    # Whole millionths of the page: its width has a few thousand pixels.
    words = [
        [
            word.start,
            word.end,
            *(round(1e6 * edge) for edge in (word.left, word.top, word.right, word.bottom)),
        ]
        for word in page.words
    ]
    return [*fields, words] if words else fields


def _unpack_page(fields: list[Any]) -> Page:
    words = fields[5] if len(fields) > 5 else ()
    boxes = (WordBox(start, end, *(edge / 1e6 for edge in edges)) for start, end, *edges in words)
    number, start, end, width, height = fields[:5]
    return Page(number, start, end, width, height, tuple(boxes))


def _pack_runs(runs: Sequence[CharRun]) -> bytes:
    numbers = [(run.start, run.length, run.page, run.index) for run in runs]
    return zlib.compress(np.array(numbers, dtype="<i4").tobytes())


def _unpack_runs(packed: bytes) -> tuple[CharRun, ...]:
    numbers = np.frombuffer(zlib.decompress(packed), dtype="<i4").reshape(-1, 4)
    return tuple(CharRun(*row) for row in numbers.tolist())
