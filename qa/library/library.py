"""
The library of the web chat: its documents, changes to them, and the documents a question is limited to.

All methods are thread-safe. Changes are indexed in the background; until then, questions are answered from
the previous snapshot.
"""

import datetime
import io
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

from index import (
    CatalogEntry,
    Document,
    FailureCode,
    FootnoteError,
    IndexedFile,
    LiveIndex,
    ParseFailure,
)
from index.files import hash_file
from qa.library.archive_upload import is_archive, unpacked
from qa.library.failures import FileProblem
from qa.library.indexer import BackgroundIndexer, Indexer, IndexingStatus
from qa.library.source_state import SourceState, best_state, file_state
from qa.library.suggestions import load_suggestions
from qa.library.titles import DocumentTitles
from qa.library.uploads import IncomingFile, RejectedUpload, RemovedFile, Upload, UploadStore, label_of

UPLOADS_KEY = "given"
"""Key of the folder of uploaded files, for :meth:`Library.resolve_selection`."""
MAX_TITLE_WORDS, MAX_NAME = 8, 80
"""Words and characters of a text's name that are taken from the text."""

FORMAT_LABELS = {
    ".csv": "Table",
    ".docx": "Word",
    ".eml": "E-mail",
    ".epub": "E-book",
    ".htm": "Web page",
    ".html": "Web page",
    ".ipynb": "Notebook",
    ".jpeg": "Picture",
    ".jpg": "Picture",
    ".json": "JSON",
    ".jsonl": "JSON",
    ".markdown": "Markdown",
    ".md": "Markdown",
    ".ods": "Spreadsheet",
    ".odt": "OpenDocument",
    ".pdf": "PDF",
    ".png": "Picture",
    ".pptx": "PowerPoint",
    ".rst": "reStructuredText",
    ".rtf": "Rich text",
    ".text": "Text",
    ".tif": "Picture",
    ".tiff": "Picture",
    ".tsv": "Table",
    ".txt": "Text",
    ".xhtml": "Web page",
    ".xlsx": "Excel",
}
"""Name of each file format, by suffix."""


class FileState(StrEnum):
    """The state of a file or document that is being added to or removed from the index."""

    INDEXED = "indexed"
    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    FAILED = "failed"
    REMOVING = "leaving"


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """
    An entry of the library: a document, or a file that isn't indexed.

    Args:
        key: Identifies it in :class:`Library`: the document's id, or the path of a file that isn't indexed.
        title: The document's title, or the file's name.
        paths: The paths of its files; of uploads their labels.
        kind: The name of its format: "PDF", "Word", "Web page".
        pages: Number of pages; 0 for formats without pages.
        passages: Number of its chunks in the index.
        changed: When the file was last changed or, for an upload, uploaded; None if unknown.
        state: Its state.
        is_upload: Whether it was uploaded rather than found in a folder.
        problem: Why it, or a part of it, couldn't be read, and what to do; None if it could.
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
    The result of an upload.

    Args:
        accepted: Labels of the files that were stored and will be indexed.
        rejected: The other files.
    """

    accepted: tuple[str, ...]
    rejected: tuple[FileProblem, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """
    A folder that a question can be limited to.

    Args:
        key: Identifies it in :meth:`Library.resolve_selection`.
        name: Its path from the indexed folder, that folder's name first, or the path it was uploaded with;
            empty for all uploads together.
        documents: Number of documents in it and its subfolders.
    """

    key: str
    name: str
    documents: int


class Library:
    """
    The documents of one index, and the files that are being added to it.

    Args:
        live: The index.
        uploads: Uploaded and excluded files.
        indexer: Builds the index.
        titles: Titles that people gave to documents.
        retry_seconds: Pause before trying again while another process is building.
    """

    def __init__(
        self,
        live: LiveIndex,
        uploads: UploadStore,
        indexer: Indexer,
        titles: DocumentTitles,
        retry_seconds: float = 2,
    ) -> None:
        self._live = live
        self._uploads = uploads
        self._titles = titles
        self._index_dir = indexer.index_dir
        self._indexer = BackgroundIndexer(indexer, retry_seconds)
        self._contents: SnapshotContents | None = None

    @property
    def uploads(self) -> UploadStore:
        """The uploaded and excluded files."""
        return self._uploads

    def entries(self, search: str = "") -> list[LibraryEntry]:
        """
        Return the entries of the library, sorted by title.

        Args:
            search: Words that must all occur in an entry's title or paths; empty returns every entry.

        Raises:
            LibraryDamaged: If the list of excluded files can't be read.
        """
        words, contents = search.casefold().split(), self._current_contents()
        entries = [*self._documents(contents), *self._files(contents)]
        matching = [entry for entry in entries if _matches(entry, words)]
        return sorted(matching, key=lambda entry: (entry.title.casefold(), entry.key))

    def add(self, files: Iterable[IncomingFile]) -> AddResult:
        """Store files, each whole or not at all, and index them in the background; archives are unpacked."""
        outcomes = [outcome for file in files for outcome in self._store(file)]
        rejected = tuple(
            FileProblem(each.label, each.failure) for each in outcomes if isinstance(each, RejectedUpload)
        )
        accepted = tuple(each.label for each in outcomes if not isinstance(each, RejectedUpload))
        if accepted:
            self._indexer.start()
        return AddResult(accepted, rejected)

    def add_text(self, text: str, title: str = "", owner: str = "") -> AddResult:
        """
        Add pasted text as a document.

        Args:
            text: The text.
            title: The name of the file; empty for the first words of the text.
            owner: Id of the sender, for the quota.
        """
        name = label_of(" ".join((title or text).split()[:MAX_TITLE_WORDS])[:MAX_NAME].replace("/", "-"))
        if not text.strip():
            return AddResult((), (FileProblem(f"{name}.txt", ParseFailure(FailureCode.EMPTY)),))
        content = io.BytesIO(text.encode("utf-8", "replace"))
        return self.add([IncomingFile(f"{name}.txt", content, owner)])

    def _store(self, file: IncomingFile) -> Iterator[Upload | RejectedUpload]:
        if not is_archive(file.name):
            yield self._uploads.add(file)
            return
        for member in unpacked(file, self._uploads.limits):
            yield member if isinstance(member, RejectedUpload) else self._uploads.add(member)

    def remove(self, keys: Collection[str]) -> list[str]:
        """
        Remove entries from the index; uploads go to the trash, files in folders are only excluded.

        Args:
            keys: Keys of entries; unknown ones are ignored.

        Returns:
            Keys for :meth:`restore`, which undoes it.

        Raises:
            LibraryUnwritable: If the change can't be stored.
        """
        removed = [entry for entry in self.entries() if entry.key in keys]
        paths = [path for entry in removed for path in entry.paths]
        if not paths:
            return []
        restorable = self._uploads.remove(paths)
        self._indexer.start()
        return restorable

    def removed(self) -> list[RemovedFile]:
        """Return the uploads in the trash and the excluded files."""
        return self._uploads.removed()

    def restore(self, keys: Collection[str]) -> None:
        """
        Bring removed files back into the index.

        Args:
            keys: Keys that :meth:`remove` or :meth:`removed` returned; unknown ones are ignored.

        Raises:
            LibraryUnwritable: If the change can't be stored.
        """
        if self._uploads.restore_removed(keys):
            self._indexer.start()

    def delete_removed(self, keys: Collection[str]) -> None:
        """Delete uploads in the trash for good."""
        self._uploads.delete_removed(keys)

    def rename(self, key: str, title: str) -> None:
        """
        Give a document another title, or with an empty one its own; the names of its files stay.

        Args:
            key: Key of the document; an unknown one is ignored.
            title: The title.

        Raises:
            LibraryUnwritable: If the change can't be stored.
        """
        contents = self._current_contents()
        paths = [path for entry in contents.documents if entry.doc_id == key for path in entry.paths]
        if paths:
            self._titles.rename(paths, title)
            self._contents = None

    def version(self) -> str:
        """Return a value that changes with what the library lists, also by other processes; cheap."""
        status = self._indexer.status()
        return f"{self._current_contents().snapshot} {self._uploads.version()} {id(status)}"

    def refresh(self) -> None:
        """Index changed files of the folders in the background."""
        self._indexer.start()

    def rebuild(self) -> None:
        """Read and embed everything again, in the background."""
        self._indexer.start(rebuild=True)

    def resume(self) -> None:
        """Index what a previous run left unfinished, and purge the trash; called at the start."""
        self._uploads.purge()
        states = {
            entry.state for entry in self.entries() if entry.is_upload or entry.state is FileState.REMOVING
        }
        if states & {FileState.WAITING, FileState.REMOVING}:
            self._indexer.start()

    def status(self) -> IndexingStatus:
        """Return the status of the background indexing; cheap enough to be polled."""
        return self._indexer.status()

    def watch(self) -> Iterator[IndexingStatus]:
        """Yield the status of the background indexing at each change until it ends."""
        return self._indexer.watch()

    def cancel(self) -> None:
        """End the build after the current file or batch; uploads stay and wait for the next build."""
        self._indexer.cancel()

    def close(self) -> None:
        """Cancel the build and wait until it has ended."""
        self._indexer.close()

    def is_outdated(self) -> bool:
        """Return whether an earlier version read the files, so that the next build reads all again."""
        contents = self._current_contents()
        return contents.outdated and contents.has_file_roots

    def folders(self) -> list[Folder]:
        """Return the folders with documents, outermost first; the uploads are :data:`UPLOADS_KEY`."""
        contents = self._current_contents()
        counts = Counter(
            key
            for entry in self._documents(contents)
            for key in {k for path in entry.paths for k in contents.folders(path)}
        )
        return [Folder(key, contents.name(key), counts[key]) for key in sorted(counts, key=_folder_order)]

    def resolve_selection(self, selected: Collection[str]) -> frozenset[str] | None:
        """
        Return the ids that a question is limited to, for :meth:`qa.answering.pipeline.QAPipeline.stream`.

        Args:
            selected: Keys of folders and documents, and paths of documents; empty selects all.

        Returns:
            None for all documents. Removed documents are never among them, even while the snapshot still
            contains them.
        """
        contents = self._current_contents()
        entries = self._documents(contents)
        present = [entry for entry in entries if entry.state is not FileState.REMOVING]
        if not selected:
            return None if len(present) == len(entries) else frozenset(entry.key for entry in present)
        keys = set(selected)
        return frozenset(
            entry.key
            for entry in present
            if entry.key in keys
            or any(path in keys or keys.intersection(contents.folders(path)) for path in entry.paths)
        )

    def suggestions(self) -> tuple[str, ...]:
        """Return suggested questions that the current snapshot is known to answer; there may be none."""
        try:
            with self._live.acquire() as snapshot:
                return load_suggestions(self._index_dir, snapshot.name)
        except FootnoteError:
            return ()

    def source_file(self, document: Document) -> Path | None:
        """Return a file of the document, which may have changed since it was indexed; None if none exists."""
        upload = self._uploads.path_of(document.digest)
        own = (Path(path) for path in document.paths if Path(path).is_absolute())
        # Path.is_file raises on I/O errors; a footnote can be shown without its file.
        return upload or next((path for path in own if os.path.isfile(path)), None)

    def source_state(self, doc_id: str, path: str) -> SourceState:
        """
        Return whether the file of a cited document is still as it was indexed.

        Args:
            doc_id: The document's id.
            path: Its path when it was cited, for a document that is no longer indexed.
        """
        contents = self._current_contents()
        files = [file for file in contents.files.values() if file.doc_id == doc_id]
        if not files:
            is_indexed = path in contents.files and not self._removed_test(contents)(path)
            return SourceState.CHANGED if is_indexed else SourceState.REMOVED
        if not contents.has_file_roots:  # of a source that has no files
            return SourceState.UNCHANGED
        return best_state(
            file_state(file) if PurePath(file.path).is_absolute() else self._upload_state(file)
            for file in files
        )

    def _upload_state(self, file: IndexedFile) -> SourceState:
        is_stored = self._uploads.path_of(file.digest) is not None
        return SourceState.UNCHANGED if is_stored else SourceState.REMOVED

    def _documents(self, contents: "SnapshotContents") -> list[LibraryEntry]:
        """Return the documents of the snapshot."""
        is_removed = self._removed_test(contents)
        return [_document(entry, contents, is_removed) for entry in contents.documents]

    def _files(self, contents: "SnapshotContents") -> list[LibraryEntry]:
        """Return the files without a document: those that wait, are being read or couldn't be read."""
        is_removed, status = self._removed_test(contents), self._indexer.status()
        uploads = {upload.label: upload for upload in self._uploads.uploads()}
        failed = {
            path: FileProblem(path, file.failure) for path, file in contents.files.items() if file.failure
        }
        failed |= {each.label: each for each in status.problems}
        at = {path: position for position, path in enumerate(status.files)}
        digests = {file.digest for file in contents.files.values() if file.digest}
        unlisted = {
            label for label, upload in uploads.items() if upload.digest in digests and label not in failed
        }
        # A file with the bytes of an indexed one waits only to become one of its paths.
        paths = [
            path for path in {*uploads, *failed, *at} - contents.indexed - unlisted if not is_removed(path)
        ]
        return [
            _file(
                same,
                contents,
                _state(at.get(same[0]), status, same[0] in failed),
                failed.get(same[0]),
                same[0] in uploads,
            )
            for same in _same_files(paths, uploads)
        ]

    def _removed_test(self, contents: "SnapshotContents") -> Callable[[str], bool]:
        """Return a predicate: whether a file was removed, though the snapshot may still contain it."""
        uploads, excluded = {upload.label for upload in self._uploads.uploads()}, self._uploads.excluded()
        return lambda path: (
            path in excluded
            or (contents.has_file_roots and path not in uploads and not PurePath(path).is_absolute())
        )

    def _current_contents(self) -> "SnapshotContents":
        """Return the contents of the current snapshot; empty if it is missing or can't be opened."""
        contents, titles = self._contents, self._titles.titles()
        try:
            with self._live.acquire() as snapshot:
                if contents is None or contents.snapshot != snapshot.name or contents.titles is not titles:
                    roots, outdated = snapshot.manifest.roots, snapshot.manifest.recipe.is_outdated
                    contents = SnapshotContents(
                        snapshot.name,
                        roots,
                        snapshot.documents(),
                        snapshot.files(),
                        outdated=outdated,
                        titles=titles,
                    )
                    self._contents = contents
                return contents
        except FootnoteError:
            return SnapshotContents("", (), [], [])


class SnapshotContents:
    """The documents and files of one snapshot, read once."""

    def __init__(
        self,
        snapshot: str,
        roots: tuple[str, ...],
        documents: list[CatalogEntry],
        files: list[IndexedFile],
        *,
        outdated: bool = False,
        titles: Mapping[str, str] | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.titles = titles
        self.outdated = outdated
        self.documents = documents
        self.files = {file.path: file for file in files}
        self.indexed = {path for document in documents for path in document.paths}
        self.has_file_roots = all(PurePath(root).is_absolute() for root in roots)
        self._roots = [PurePath(root) for root in roots]

    def folders(self, path: str) -> Iterator[str]:
        """Yield the keys of the folders that contain a file, innermost first, up to an indexed one."""
        place = PurePath(path)
        if not place.is_absolute():
            yield from (f"{UPLOADS_KEY}/{parent}" for parent in place.parents if parent.name)
            yield UPLOADS_KEY
            return
        above = [root for root in self._roots if root in place.parents]
        for parent in place.parents:
            if any(root == parent or root in parent.parents for root in above):
                yield str(parent)

    def name(self, key: str) -> str:
        """Return the path of a folder from the name of the outermost indexed folder around it."""
        if key.startswith(f"{UPLOADS_KEY}/"):
            return key.removeprefix(f"{UPLOADS_KEY}/")
        outer = [root for root in self._roots if root == PurePath(key) or root in PurePath(key).parents]
        if key == UPLOADS_KEY or not outer:
            return ""
        return str(PurePath(key).relative_to(min(outer, key=lambda root: len(root.parts)).parent))

    def problem(self, path: str) -> FileProblem | None:
        """Return what couldn't be read of an indexed file; None if it was read as a whole."""
        file = self.files.get(path)
        return FileProblem(path, file.failure) if file and file.failure else None

    def changed(self, path: str) -> datetime.datetime | None:
        """Return when a file was last changed, as recorded in the index."""
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
        problem=contents.problem(paths[0]),
    )


def _same_files(paths: Iterable[str], uploads: Mapping[str, Upload]) -> list[list[str]]:
    """Return the paths, those of files with the same bytes together; only uploads have copies."""
    sizes = {size for upload in uploads.values() if (size := _file_size(upload.path)) is not None}
    groups: dict[str, list[str]] = {}
    for path in sorted(paths):
        groups.setdefault(_content_key(path, uploads, sizes), []).append(path)
    return list(groups.values())


def _content_key(path: str, uploads: Mapping[str, Upload], sizes: Collection[int]) -> str:
    """Return the digest of a file; its path if no upload has its size or it can't be read."""
    if path in uploads:
        return uploads[path].digest
    if _file_size(Path(path)) not in sizes:
        return path
    try:
        return hash_file(Path(path))
    except OSError:
        return path


def _file_size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return None


def _file(
    paths: Sequence[str],
    contents: SnapshotContents,
    state: FileState,
    failed: FileProblem | None,
    is_upload: bool,
) -> LibraryEntry:
    path = paths[0]
    return LibraryEntry(
        key=path,
        title=PurePath(path).stem,
        paths=tuple(paths),
        kind=_format_label(path),
        pages=0,
        passages=0,
        changed=contents.changed(path),
        state=state,
        is_upload=is_upload,
        problem=failed,
    )


def _state(position: int | None, status: IndexingStatus, failed: bool) -> FileState:
    """
    Return the state of a file that isn't indexed.

    Args:
        position: The file's position among the files of the current build; None if it isn't one of them.
        status: The status of the build.
        failed: Whether the file couldn't be read.
    """
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


def _matches(entry: LibraryEntry, words: Collection[str]) -> bool:
    text = " ".join((entry.title, *entry.paths)).casefold()
    return all(word in text for word in words)


def _folder_order(key: str) -> tuple[bool, tuple[str, ...]]:
    """Return a sort key: uploads first, then folders in tree order."""
    return PurePath(key).parts[:1] != (UPLOADS_KEY,), PurePath(key).parts
