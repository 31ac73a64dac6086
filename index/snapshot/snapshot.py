"""
One snapshot: a folder that names itself, written whole and renamed, then never edited.

:class:`Snapshot` opens one and searches it; :func:`write_checksums` and :func:`verify` write and check its
hashes.
"""

import difflib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from index.embedders.base import Vectors
from index.errors import IndexDamaged, IndexMissing, UnknownDocument
from index.files import fsync, hash_file
from index.records import Block, Chunk, Document, Span, overlapping
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
    An open snapshot, read-only, from any thread.

    Args:
        folder: The snapshot's folder.

    Raises:
        IndexMissing: If there is no such folder.
        IndexMismatch: If it is of another format version.
        IndexDamaged: If a file is missing, hasn't the size that the manifest says, or isn't named there.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.folder = folder
        self.manifest = read_manifest(folder)
        _check_files(folder, self.manifest)
        self._catalog = Catalog(folder / CATALOG)
        self._vectors = VectorIndex(folder / VECTORS)
        self._lexical = LexicalIndex(folder / LEXICAL)

    def documents(self) -> list[CatalogEntry]:
        """The library: every document without its text, by title."""
        return self._catalog.entries()

    def entry(self, doc_id: str) -> CatalogEntry:
        """One line of the library; the snapshot must hold the document."""
        return self._catalog.entry(doc_id)

    def files(self) -> list[IndexedFile]:
        """Every file it was made of, also those that couldn't be read, by path."""
        return self._catalog.files()

    def document(self, doc_id: str) -> Document:
        """
        A document by its id.

        Raises:
            UnknownDocument: If the snapshot doesn't hold it.
        """
        return _found(self._catalog.document(doc_id), doc_id)

    def find(self, name: str) -> Document:
        """
        A document by what a person calls it: its path, file name, title, or the first 6 digits of its id.

        Raises:
            UnknownDocument: If no document goes by that name, or several do.
        """
        entries = self.documents()
        for goes_by in _NAME_MATCHERS:
            found = [entry for entry in entries if goes_by(entry, name)]
            if len(found) == 1:
                return self.document(found[0].doc_id)
            if found:
                ids = ", ".join(f"{entry.doc_id[:12]} ({entry.title!r})" for entry in found[:5])
                raise UnknownDocument(f"{len(found)} documents are called {name!r}. Use an id: {ids}")
        raise UnknownDocument(f"No document is called {name!r}. {_suggest(name, entries)}")

    def chunks(self, rows: Sequence[int]) -> list[tuple[Chunk, str]]:
        """The chunks of these rows with their texts, in the order asked."""
        return self._catalog.chunks(rows)

    def chunks_of(self, doc_id: str) -> list[Chunk]:
        """A document's chunks, in order."""
        return self._catalog.chunks_of(doc_id)

    def blocks(self, span: Span) -> list[Block]:
        """
        The blocks that share a character with *span*, in order; the document's text isn't read.

        Raises:
            UnknownDocument: If the snapshot doesn't hold the document.
        """
        blocks = _found(self._catalog.blocks(span.doc_id), span.doc_id)
        return overlapping(blocks, span.start, span.end)

    def sentences(self, spans: Sequence[Span]) -> list[list[tuple[int, int]]]:
        """
        The sentences in each of *spans*, cut off at its ends, as offsets from its start.

        Raises:
            UnknownDocument: If the snapshot doesn't hold a document.
        """
        doc_ids = {span.doc_id for span in spans}
        known = {doc_id: _found(self._catalog.sentences(doc_id), doc_id) for doc_id in doc_ids}
        return [known[span.doc_id].within(span.start, span.end) for span in spans]

    def rows_of(self, doc_ids: Collection[str]) -> list[int]:
        """The rows of these documents' chunks, to limit a search to them."""
        return self._catalog.rows_of(doc_ids)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """
        Return the vectors of these rows' chunks, in the order asked.

        Returns:
            Unit-length rows. *Shape:* ``(len(rows), dimension)``
        """
        return self._vectors.rows(rows)

    def dense(self, vector: Vectors, k: int, rows: Collection[int] | None = None) -> list[tuple[int, float]]:
        """The *k* rows of highest inner product with *vector*, ties by (document, start)."""
        return self._vectors.search(vector, k, rows)

    def lexical(
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
        The *k* rows of highest BM25 for the question's words, ties by (document, start).

        The other arguments are those of :meth:`~index.snapshot.lexical.LexicalIndex.search`.
        """
        return self._lexical.search(
            question, k, rows, language=language, context=context, context_weight=context_weight
        )

    @property
    def vocabulary(self) -> Mapping[str, int]:
        """In how many chunks each word stands, in lower case, for the most frequent words."""
        return self._lexical.vocabulary

    @property
    def languages(self) -> Mapping[str, int]:
        """How many chunks are in each language, by its code."""
        return self._lexical.languages

    def occurs(self, word: str) -> bool:
        """Return whether a search for *word* finds anything, in whatever form it stands there."""
        return self._lexical.occurs(word)

    def close(self) -> None:
        """Close its files."""
        self._catalog.close()


_NAME_MATCHERS = (
    lambda entry, name: name in entry.paths or str(Path(name).absolute()) in entry.paths,
    lambda entry, name: any(Path(path).name == name for path in entry.paths),
    lambda entry, name: entry.title == name,
    lambda entry, name: len(name) >= 6 and entry.doc_id.startswith(name.lower()),
)
"""Tried in this order; the first that fits any document decides."""


def _suggest(name: str, entries: Sequence[CatalogEntry]) -> str:
    """Return the question for the document with the most similar title, or what a name can be."""
    near = difflib.get_close_matches(name, [entry.title for entry in entries], n=1)
    starts = [entry.title for entry in entries if entry.title.casefold().startswith(name.casefold())]
    found = [*starts, *near] if name else near
    return f"Did you mean {found[0]!r}?" if found else "Use its path, title or id."


def _found(value: _T | None, doc_id: str) -> _T:
    if value is None:
        raise UnknownDocument(f"There is no document {doc_id[:12]}… in the index")
    return value


def read_manifest(folder: Path) -> Manifest:
    """What the snapshot in *folder* says of itself."""
    if not folder.is_dir():
        raise IndexMissing(f"The snapshot {folder.name} is missing. {REBUILD_ADVICE}")
    try:
        return Manifest.from_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(
            f"The snapshot {folder.name} has no readable manifest.json. {REBUILD_ADVICE}"
        ) from error


def write_checksums(folder: Path) -> dict[str, File]:
    """Hash and fsync every file below *folder*; the result goes into the manifest."""
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
    """That the manifest names what is opened, and that all it names is there in its size."""
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
