"""
A snapshot: a folder that describes itself in a manifest and is never edited once it is finished.

:class:`Snapshot` opens and searches one. :func:`write_checksums` and :func:`verify` write and check the
hashes of its files.
"""

import copy
import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from index.embedders.base import Vectors
from index.errors import IndexDamaged, IndexMissing, UnknownDocument
from index.files import fsync, hash_file
from index.records import Block, BlockKind, Chunk, Document, Span, overlapping
from index.snapshot.catalog import Catalog, CatalogEntry, IndexedFile
from index.snapshot.lexical import LexicalIndex
from index.snapshot.manifest import REBUILD_ADVICE, ROLLBACK_ADVICE, File, Manifest
from index.snapshot.vectors import VectorIndex
from index.text.languages import ENGLISH

_T = TypeVar("_T")

CATALOG, VECTORS, LEXICAL, MANIFEST = "catalog.sqlite", "vectors.faiss", "lexical", "manifest.json"
_REQUIRED_FILES = (CATALOG, VECTORS, f"{LEXICAL}/meta.json")


class Snapshot:
    """
    An open snapshot, read-only and usable from any thread.

    Args:
        folder: The snapshot's folder.

    Raises:
        IndexMissing: If there is no such folder.
        IndexMismatch: If it has another format version.
        IndexDamaged: If a file is missing, has another size than in the manifest, or isn't listed there.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.folder = folder
        self.manifest = read_manifest(folder)
        _check_files(folder, self.manifest)
        self._catalog = Catalog(folder / CATALOG)
        self._vectors = VectorIndex(folder / VECTORS)
        self._lexical = LexicalIndex(folder / LEXICAL)
        self._titles: Mapping[str, str] = {}

    def with_titles(self, titles: Mapping[str, str]) -> "Snapshot":
        """Return the same snapshot with other titles of documents, by the path of one of their files."""
        if not titles:
            return self
        retitled = copy.copy(self)
        retitled._titles = titles
        return retitled

    def documents(self) -> list[CatalogEntry]:
        """Return every document without its text, sorted by title."""
        entries = [self._retitled_entry(entry) for entry in self._catalog.entries()]
        return sorted(entries, key=lambda entry: (entry.title, entry.doc_id)) if self._titles else entries

    def entry(self, doc_id: str) -> CatalogEntry:
        """Return one document without its text; the snapshot must contain it."""
        return self._retitled_entry(self._catalog.entry(doc_id))

    def files(self) -> list[IndexedFile]:
        """Return every file that was indexed, including unreadable ones, sorted by path."""
        return self._catalog.files()

    def document(self, doc_id: str) -> Document:
        """
        Return a document by its ID.

        Raises:
            UnknownDocument: If the snapshot doesn't contain it.
        """
        document = _require(self._catalog.document(doc_id), doc_id)
        title = self._title(document.paths)
        return replace(document, title=title) if title else document

    def own_title(self, doc_id: str) -> str:
        """
        Return the title in a document's content; empty if it is shown under the name of its file.

        Raises:
            UnknownDocument: If the snapshot doesn't contain it.
        """
        return _require(self._catalog.own_title(doc_id), doc_id)

    def find(self, name: str) -> Document:
        """
        Return a document by a name that people use for it.

        Args:
            name: Its path, file name or title, or the first 6 or more digits of its ID.

        Raises:
            UnknownDocument: If no document or several documents have that name.
        """
        entries = self.documents()
        for matches_name in _NAME_MATCHERS:
            matches = [entry for entry in entries if matches_name(entry, name)]
            if len(matches) == 1:
                return self.document(matches[0].doc_id)
            if matches:
                ids = ", ".join(f"{entry.doc_id[:12]} ({entry.title!r})" for entry in matches[:5])
                raise UnknownDocument(f"{len(matches)} documents are called {name!r}. Use an id: {ids}")
        raise UnknownDocument(f"No document is called {name!r}. {_suggest(name, entries)}")

    def chunks(self, rows: Sequence[int]) -> list[tuple[Chunk, str]]:
        """Return the chunks of these rows with their texts, in the order of *rows*."""
        return self._catalog.chunks(rows)

    def chunks_of(self, doc_id: str) -> list[Chunk]:
        """Return the chunks of a document, in order."""
        return self._catalog.chunks_of(doc_id)

    def blocks(self, span: Span) -> list[Block]:
        """
        Return the blocks that overlap *span*, in order, without reading the document's text.

        Raises:
            UnknownDocument: If the snapshot doesn't contain the document.
        """
        blocks = _require(self._catalog.blocks(span.doc_id), span.doc_id)
        return overlapping(blocks, span.start, span.end)

    def sentences(self, spans: Sequence[Span]) -> list[list[tuple[int, int]]]:
        """
        Return the sentences of each span, clipped to it, as offsets from its start.

        Raises:
            UnknownDocument: If the snapshot doesn't contain one of the documents.
        """
        doc_ids = {span.doc_id for span in spans}
        ranges = {doc_id: _require(self._catalog.sentences(doc_id), doc_id) for doc_id in doc_ids}
        return [ranges[span.doc_id].within(span.start, span.end) for span in spans]

    def titles(self, spans: Sequence[Span]) -> list[list[tuple[int, int]]]:
        """
        Return the headings and captions of each span, clipped to it, as offsets from its start.

        Raises:
            UnknownDocument: If the snapshot doesn't contain one of the documents.
        """
        doc_ids = {span.doc_id for span in spans}
        blocks = {doc_id: _require(self._catalog.blocks(doc_id), doc_id) for doc_id in doc_ids}
        return [
            [
                (max(block.start, span.start) - span.start, min(block.end, span.end) - span.start)
                for block in overlapping(blocks[span.doc_id], span.start, span.end)
                if block.kind in (BlockKind.HEADING, BlockKind.CAPTION)
            ]
            for span in spans
        ]

    def rows_of(self, doc_ids: Collection[str]) -> list[int]:
        """Return the rows of these documents' chunks, to which a search can be limited."""
        return self._catalog.rows_of(doc_ids)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """
        Return the vectors of these rows, in that order.

        Returns:
            Unit-length rows. *Shape:* ``(len(rows), dimension)``
        """
        return self._vectors.rows(rows)

    def search_dense(
        self, vector: Vectors, k: int, rows: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """
        Return the *k* rows with the highest inner product with a question's vector.

        Returns:
            (row, inner product) pairs, highest first, ties by (document, start).
        """
        return self._vectors.search(vector, k, rows)

    def search_lexical(
        self,
        question: str,
        k: int,
        rows: Collection[int] | None = None,
        *,
        language: str = ENGLISH,
        context: str = "",
        context_weight: float = 0.0,
    ) -> list[tuple[int, float]]:
        """
        Return the *k* rows with the highest BM25 for the words of a question.

        The arguments are those of :meth:`~index.snapshot.lexical.LexicalIndex.search`.

        Returns:
            (row, BM25) pairs, highest first, ties by (document, start).
        """
        return self._lexical.search(
            question, k, rows, language=language, context=context, context_weight=context_weight
        )

    @property
    def vocabulary(self) -> Mapping[str, int]:
        """The most frequent words, in lower case, with the number of chunks that contain each."""
        return self._lexical.vocabulary

    @property
    def languages(self) -> Mapping[str, int]:
        """The number of chunks in each language, by its code."""
        return self._lexical.languages

    def occurs(self, word: str) -> bool:
        """Return whether *word*, or another form of it, occurs in any chunk."""
        return self._lexical.occurs(word)

    def close(self) -> None:
        """Close its files."""
        self._catalog.close()

    def _retitled_entry(self, entry: CatalogEntry) -> CatalogEntry:
        title = self._title(entry.paths)
        return replace(entry, title=title) if title else entry

    def _title(self, paths: Sequence[str]) -> str:
        return next((self._titles[path] for path in paths if path in self._titles), "")


_NAME_MATCHERS = (
    lambda entry, name: name in entry.paths or str(Path(name).absolute()) in entry.paths,
    lambda entry, name: any(Path(path).name == name for path in entry.paths),
    lambda entry, name: entry.title == name,
    lambda entry, name: len(name) >= 6 and entry.doc_id.startswith(name.lower()),
)
"""Tried in this order; the first that matches any document decides."""


def _suggest(name: str, entries: Sequence[CatalogEntry]) -> str:
    """Return advice for an unknown name: the most similar title, or what a name can be."""
    similar = difflib.get_close_matches(name, [entry.title for entry in entries], n=1)
    prefixed = [entry.title for entry in entries if entry.title.casefold().startswith(name.casefold())]
    suggestions = [*prefixed, *similar] if name else similar
    return f"Did you mean {suggestions[0]!r}?" if suggestions else "Use its path, title or id."


def _require(value: _T | None, doc_id: str) -> _T:
    if value is None:
        raise UnknownDocument(f"There is no document {doc_id[:12]}… in the index")
    return value


def read_manifest(folder: Path) -> Manifest:
    """
    Return the manifest of the snapshot in *folder*.

    Raises:
        IndexMissing: If there is no such folder.
        IndexMismatch: If it has another format version.
        IndexDamaged: If the manifest can't be read.
    """
    if not folder.is_dir():
        raise IndexMissing(f"The snapshot {folder.name} is missing. {REBUILD_ADVICE}")
    try:
        return Manifest.from_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(
            f"The snapshot {folder.name} has no readable manifest.json. {REBUILD_ADVICE}"
        ) from error


def write_checksums(folder: Path) -> dict[str, File]:
    """Fsync every file below *folder*, and return their sizes and hashes for the manifest."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        files[path.relative_to(folder).as_posix()] = File(path.stat().st_size, hash_file(path))
        fsync(path)
    for path in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
        fsync(path)
    return files


def verify(folder: Path) -> Manifest:
    """
    Check every file of a snapshot against its manifest, byte for byte.

    Raises:
        IndexDamaged: Naming the first file that differs.
    """
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    for name in manifest.files:
        verify_file(folder, manifest, name)
    return manifest


def verify_file(folder: Path, manifest: Manifest, name: str) -> None:
    """
    Check one file of a snapshot byte for byte.

    Raises:
        IndexDamaged: If it differs.
    """
    if hash_file(folder / name) != manifest.files[name].sha256:
        raise IndexDamaged(
            f"{folder.name}/{name} was changed. "
            f"{ROLLBACK_ADVICE}, or rebuild the index with `footnote index --rebuild`."
        )


_REPAIR_ADVICE = f"{ROLLBACK_ADVICE}, or rebuild it with `footnote index`."


def _check_files(folder: Path, manifest: Manifest) -> None:
    """Check that the manifest lists the required files, and that every listed file has its size."""
    # Sizes are checked at every opening, because hashing would take seconds; `verify` does that.
    for name in _REQUIRED_FILES:
        if name not in manifest.files:
            raise IndexDamaged(f"{folder.name}/{MANIFEST} doesn't list {name}. {_REPAIR_ADVICE}")
    for name, file in manifest.files.items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise IndexDamaged(f"{folder.name}/{name} is missing. {_REPAIR_ADVICE}")
        if size != file.size:
            raise IndexDamaged(
                f"{folder.name}/{name} has {size} bytes, expected {file.size}. {_REPAIR_ADVICE}"
            )
