"""
The library behind the web chat: what is in it, what comes and goes, and what a question is limited to.

Everything here may be called from any thread; changes are indexed in the background, while the chat goes on
against the snapshot before them.
"""

import datetime
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

from index import CatalogEntry, Document, FootnoteError, IndexedFile, LiveIndex
from qa.library.failures import FileProblem
from qa.library.indexer import BackgroundIndexer, Indexer, IndexingStatus
from qa.library.suggestions import load_suggestions
from qa.library.uploads import IncomingFile, RejectedUpload, UploadStore

UPLOADS_KEY = "given"
"""The folder, for :meth:`Library.resolve_selection`, of the files that were given to the chat."""

FORMAT_LABELS = {
    ".csv": "Table",
    ".docx": "Word",
    ".eml": "E-mail",
    ".epub": "E-book",
    ".htm": "Web page",
    ".html": "Web page",
    ".ipynb": "Notebook",
    ".json": "JSON",
    ".jsonl": "JSON",
    ".markdown": "Markdown",
    ".md": "Markdown",
    ".pdf": "PDF",
    ".pptx": "PowerPoint",
    ".rst": "reStructuredText",
    ".text": "Text",
    ".tsv": "Table",
    ".txt": "Text",
    ".xhtml": "Web page",
    ".xlsx": "Excel",
}
"""What people call a file of each ending."""


class FileState(StrEnum):
    """Where a document stands between a person's disk and the index."""

    INDEXED = "indexed"
    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    FAILED = "failed"
    REMOVING = "leaving"


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """
    One line of the library.

    Args:
        key: Names it in :class:`Library`: a document's id, or the path of a file that isn't indexed.
        title: The document's own, or its file's name.
        paths: Where it lies, or the labels it was given under.
        kind: Its format, as people call it: "PDF", "Word", "Web page".
        pages: How many; 0 for formats without pages.
        passages: Chunks in the index.
        changed: When its file was last changed or, if it was given to the chat, was given; None if unknown.
        state: Where it stands.
        is_upload: Whether it was given to the chat, and not found in a folder.
        problem: Why it couldn't be read, and what to do; None if it could.
    """

    key: str
    title: str
    paths: tuple[str, ...]
    kind: str
    pages: int
    passages: int
    changed: datetime.datetime | None
    state: FileState
    is_upload: bool
    problem: FileProblem | None = None


@dataclass(frozen=True, slots=True)
class AddResult:
    """
    What became of the files that were given.

    Args:
        accepted: Labels of those that are kept, and will be indexed.
        rejected: The others.
    """

    accepted: tuple[str, ...]
    rejected: tuple[FileProblem, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """
    A folder that a question can be limited to.

    Args:
        key: Names it in :meth:`Library.resolve_selection`.
        name: Its path from the folder that was indexed, that one's name first; empty for given files.
        documents: How many lie in it and below.
    """

    key: str
    name: str
    documents: int


class Library:
    """
    The documents of one index, and the files on their way into it.

    Args:
        live: The index.
        uploads: Files given to the chat, and files left out.
        indexer: Builds the index.
        retry_seconds: Pause before trying again when another process is building.
    """

    def __init__(
        self, live: LiveIndex, uploads: UploadStore, indexer: Indexer, retry_seconds: float = 2
    ) -> None:
        self._live = live
        self._uploads = uploads
        self._index_dir = indexer.index_dir
        self._indexer = BackgroundIndexer(indexer, retry_seconds)
        self._contents: SnapshotContents | None = None

    @property
    def uploads(self) -> UploadStore:
        """Files given to the chat, and files left out."""
        return self._uploads

    def entries(self, search: str = "") -> list[LibraryEntry]:
        """
        Everything in the library, by title; with *search* only what has all its words in title or path.

        Raises:
            LibraryDamaged: If the list of files left out can't be read.
        """
        wanted, contents = search.casefold().split(), self._current_contents()
        found = [*self._documents(contents), *self._files(contents)]
        shown = [entry for entry in found if _matches(entry, wanted)]
        return sorted(shown, key=lambda entry: (entry.title.casefold(), entry.key))

    def add(self, files: Iterable[IncomingFile]) -> AddResult:
        """Keep files whole, or not at all, and index them in the background."""
        outcomes = [self._uploads.add(file) for file in files]
        refused = tuple(
            FileProblem(each.label, each.failure) for each in outcomes if isinstance(each, RejectedUpload)
        )
        upload = tuple(each.label for each in outcomes if not isinstance(each, RejectedUpload))
        if upload:
            self._indexer.start()
        return AddResult(upload, refused)

    def remove(self, keys: Collection[str]) -> None:
        """
        Take entries out of the index; files given to the chat are deleted, a person's own never are.

        Args:
            keys: Of entries; one that isn't there any more is nobody's loss.

        Raises:
            LibraryUnwritable: If the disk refuses.
        """
        removed = [entry for entry in self.entries() if entry.key in keys]
        paths = [path for entry in removed for path in entry.paths]
        if paths:
            self._uploads.remove(paths)
            self._indexer.start()

    def refresh(self) -> None:
        """Index, in the background, what has changed in the folders."""
        self._indexer.start()

    def rebuild(self) -> None:
        """Read and embed everything again, in the background."""
        self._indexer.start(rebuild=True)

    def resume(self) -> None:
        """Index what was given or removed just before the program ended, if anything was; for the start."""
        states = {
            entry.state for entry in self.entries() if entry.is_upload or entry.state is FileState.REMOVING
        }
        if states & {FileState.WAITING, FileState.REMOVING}:
            self._indexer.start()

    def status(self) -> IndexingStatus:
        """What is being done in the background now; cheap enough to be asked often."""
        return self._indexer.status()

    def watch(self) -> Iterator[IndexingStatus]:
        """What is being done in the background, at each change, until nothing is."""
        return self._indexer.watch()

    def cancel(self) -> None:
        """End the build after the file or batch in hand; what was given is kept, and waits for the next."""
        self._indexer.cancel()

    def close(self) -> None:
        """Cancel, and wait for the end."""
        self._indexer.close()

    def is_outdated(self) -> bool:
        """Whether an earlier Footnote read the files, and the next build reads them all again."""
        contents = self._current_contents()
        return contents.outdated and contents.has_file_roots

    def folders(self) -> list[Folder]:
        """
        The folders that hold documents, outermost first; the given files are one, by
        :data:`UPLOADS_KEY`.
        """
        contents = self._current_contents()
        counts = Counter(
            key
            for entry in self._documents(contents)
            for key in {k for path in entry.paths for k in contents.folders(path)}
        )
        return [Folder(key, contents.name(key), counts[key]) for key in sorted(counts, key=_folder_order)]

    def resolve_selection(self, selected: Collection[str]) -> frozenset[str] | None:
        """
        The ids that a question is limited to, for :meth:`qa.answering.pipeline.QAPipeline.stream`.

        Args:
            selected: Keys of folders and of documents; none means all.

        Returns:
            None for all documents. What has been removed is never among them, even while it still stands in
            the snapshot.
        """
        contents = self._current_contents()
        entries = self._documents(contents)
        there = [entry for entry in entries if entry.state is not FileState.REMOVING]
        if not selected:
            return None if len(there) == len(entries) else frozenset(entry.key for entry in there)
        wanted = set(selected)
        return frozenset(
            entry.key
            for entry in there
            if entry.key in wanted or any(wanted.intersection(contents.folders(path)) for path in entry.paths)
        )

    def suggestions(self) -> tuple[str, ...]:
        """Questions to start with, which the current snapshot is known to answer; none if there are none."""
        try:
            with self._live.acquire() as snapshot:
                return load_suggestions(self._index_dir, snapshot.name)
        except FootnoteError:
            return ()

    def source_file(self, document: Document) -> Path | None:
        """The file that a document came from, which may have changed since; None if it is gone."""
        upload = self._uploads.path_of(document.digest)
        own = (Path(path) for path in document.paths if Path(path).is_absolute())
        # Path.is_file raises where a disk is out of order, and a footnote opens without its file, too.
        return upload or next((path for path in own if os.path.isfile(path)), None)

    def _documents(self, contents: "SnapshotContents") -> list[LibraryEntry]:
        """What the snapshot holds."""
        removed = self._removed(contents)
        return [_document(entry, contents, removed) for entry in contents.documents]

    def _files(self, contents: "SnapshotContents") -> list[LibraryEntry]:
        """What no document stands for: files that wait, are being read, or couldn't be."""
        removed, status = self._removed(contents), self._indexer.status()
        uploads = {upload.label for upload in self._uploads.uploads()}
        failed = {
            path: FileProblem(path, file.failure) for path, file in contents.files.items() if file.failure
        }
        failed |= {each.label: each for each in status.problems}
        at = {path: position for position, path in enumerate(status.files)}
        return [
            _file(
                path,
                contents,
                _state(at.get(path), status, path in failed),
                failed.get(path),
                path in uploads,
            )
            for path in {*uploads, *failed, *at} - contents.indexed
            if not removed(path)
        ]

    def _removed(self, contents: "SnapshotContents") -> Callable[[str], bool]:
        """Whether a file was removed, though the snapshot may still have it."""
        uploads, out = {upload.label for upload in self._uploads.uploads()}, self._uploads.excluded()
        return lambda path: (
            path in out
            or (contents.has_file_roots and path not in uploads and not PurePath(path).is_absolute())
        )

    def _current_contents(self) -> "SnapshotContents":
        """What the current snapshot holds; nothing while there is none, or it can't serve."""
        contents = self._contents
        try:
            with self._live.acquire() as snapshot:
                if contents is None or contents.snapshot != snapshot.name:
                    roots, outdated = snapshot.manifest.roots, snapshot.manifest.recipe.is_outdated
                    contents = SnapshotContents(
                        snapshot.name, roots, snapshot.documents(), snapshot.files(), outdated
                    )
                    self._contents = contents
                return contents
        except FootnoteError:
            return SnapshotContents("", (), [], [])


class SnapshotContents:
    """What one snapshot holds, read once."""

    def __init__(
        self,
        snapshot: str,
        roots: tuple[str, ...],
        documents: list[CatalogEntry],
        files: list[IndexedFile],
        outdated: bool = False,
    ) -> None:
        self.snapshot = snapshot
        self.outdated = outdated
        self.documents = documents
        self.files = {file.path: file for file in files}
        self.indexed = {path for document in documents for path in document.paths}
        self.has_file_roots = all(PurePath(root).is_absolute() for root in roots)
        self._roots = [PurePath(root) for root in roots]

    def folders(self, path: str) -> Iterator[str]:
        """Keys of the folders that a file lies in, innermost first, up to one that was indexed."""
        place = PurePath(path)
        if not place.is_absolute():
            yield UPLOADS_KEY
            return
        above = [root for root in self._roots if root in place.parents]
        for parent in place.parents:
            if any(root == parent or root in parent.parents for root in above):
                yield str(parent)

    def name(self, key: str) -> str:
        """How a folder is shown: its path, from the name of the outermost one that was indexed."""
        outer = [root for root in self._roots if root == PurePath(key) or root in PurePath(key).parents]
        if key == UPLOADS_KEY or not outer:
            return ""
        return str(PurePath(key).relative_to(min(outer, key=lambda root: len(root.parts)).parent))

    def changed(self, path: str) -> datetime.datetime | None:
        """When a file was last changed, as the index knows it."""
        file = self.files.get(path)
        if file is None or not file.mtime_ns:
            return None
        return datetime.datetime.fromtimestamp(file.mtime_ns / 1e9, datetime.UTC)


def _document(
    indexed: CatalogEntry, contents: SnapshotContents, is_removed: Callable[[str], bool]
) -> LibraryEntry:
    paths = tuple(path for path in indexed.paths if not is_removed(path))
    state = FileState.INDEXED if paths else FileState.REMOVING
    paths = paths or indexed.paths
    return LibraryEntry(
        key=indexed.doc_id,
        title=indexed.title,
        paths=paths,
        kind=_format_label(paths[0]),
        pages=indexed.pages,
        passages=indexed.chunks,
        changed=contents.changed(paths[0]),
        state=state,
        is_upload=not PurePath(paths[0]).is_absolute(),
    )


def _file(
    path: str, contents: SnapshotContents, state: FileState, failed: FileProblem | None, is_upload: bool
) -> LibraryEntry:
    return LibraryEntry(
        key=path,
        title=PurePath(path).stem,
        paths=(path,),
        kind=_format_label(path),
        pages=0,
        passages=0,
        changed=contents.changed(path),
        state=state,
        is_upload=is_upload,
        problem=failed,
    )


def _state(position: int | None, status: IndexingStatus, failed: bool) -> FileState:
    """*position* is the file's place among those of the build; None if it isn't one of them."""
    if position is None or not status.busy:
        return FileState.FAILED if failed else FileState.WAITING
    if position > status.read or (position == status.read and not status.current_file):
        return FileState.WAITING
    if position == status.read:
        return FileState.READING
    return FileState.FAILED if failed else FileState.READ


def _format_label(path: str) -> str:
    suffix = PurePath(path).suffix
    return FORMAT_LABELS.get(suffix.lower(), suffix.removeprefix(".").upper() or "File")


def _matches(entry: LibraryEntry, wanted: Collection[str]) -> bool:
    text = " ".join((entry.title, *entry.paths)).casefold()
    return all(word in text for word in wanted)


def _folder_order(key: str) -> tuple[bool, tuple[str, ...]]:
    """Given files first, then as a tree."""
    return key != UPLOADS_KEY, PurePath(key).parts
