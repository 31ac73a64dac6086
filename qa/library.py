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

from index import Document, FootnoteError
from index.catalog import Entry as Indexed
from index.catalog import IndexedFile
from qa import wiring
from qa.indexing import BackgroundIndexer, Problem, Work, problem
from qa.shelf import Given, Refused
from qa.starters import starters_of
from qa.wiring import Services

GIVEN = "given"
"""The folder, for :meth:`Library.documents_of`, of the files that were given to the chat."""

KINDS = {
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


class State(StrEnum):
    """Where a document stands between a person's disk and the index."""

    INDEXED = "indexed"
    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    FAILED = "failed"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Entry:
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
        given: Whether it was given to the chat, and not found in a folder.
        problem: Why it couldn't be read, and what to do; None if it could.
    """

    key: str
    title: str
    paths: tuple[str, ...]
    kind: str
    pages: int
    passages: int
    changed: datetime.datetime | None
    state: State
    given: bool
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """
    What became of the files that were given.

    Args:
        kept: Labels of those that are kept, and will be indexed.
        refused: The others.
    """

    kept: tuple[str, ...]
    refused: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """
    A folder that a question can be limited to.

    Args:
        key: Names it in :meth:`Library.documents_of`.
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
        services: What answers; its index is the library's.
        retry_seconds: Pause before trying again when another process is building.
    """

    def __init__(self, services: Services, retry_seconds: float = 2) -> None:
        self._services = services
        self._shelf = wiring.shelf_of(services.settings)
        self._indexer = BackgroundIndexer(services, retry_seconds)
        self._held: _Held | None = None

    def entries(self, search: str = "") -> list[Entry]:
        """
        Everything in the library, by title; with *search* only what has all its words in title or path.

        Raises:
            LibraryDamaged: If the list of files left out can't be read.
        """
        wanted, held = search.casefold().split(), self._current()
        found = [*self._documents(held), *self._files(held)]
        shown = [entry for entry in found if _has(entry, wanted)]
        return sorted(shown, key=lambda entry: (entry.title.casefold(), entry.key))

    def add(self, files: Iterable[Given]) -> Added:
        """Keep files whole, or not at all, and index them in the background."""
        outcomes = [self._shelf.keep(file) for file in files]
        refused = tuple(problem(each.label, each.reason) for each in outcomes if isinstance(each, Refused))
        kept = tuple(each.label for each in outcomes if not isinstance(each, Refused))
        if kept:
            self._indexer.begin()
        return Added(kept, refused)

    def remove(self, keys: Collection[str]) -> None:
        """
        Take entries out of the index; files given to the chat are deleted, a person's own never are.

        Args:
            keys: Of entries; one that isn't there any more is nobody's loss.

        Raises:
            LibraryUnwritable: If the disk refuses.
        """
        gone = [entry for entry in self.entries() if entry.key in keys]
        paths = [path for entry in gone for path in entry.paths]
        if paths:
            self._shelf.remove(paths)
            self._indexer.begin()

    def refresh(self) -> None:
        """Index, in the background, what has changed in the folders."""
        self._indexer.begin()

    def rebuild(self) -> None:
        """Read and embed everything again, in the background."""
        self._indexer.begin(rebuild=True)

    def catch_up(self) -> None:
        """Index what was given or removed just before the program ended, if anything was; for the start."""
        states = {entry.state for entry in self.entries() if entry.given or entry.state is State.LEAVING}
        if states & {State.WAITING, State.LEAVING}:
            self._indexer.begin()

    def work(self) -> Work:
        """What is being done in the background now; cheap enough to be asked often."""
        return self._indexer.work()

    def watch(self) -> Iterator[Work]:
        """What is being done in the background, at each change, until nothing is."""
        return self._indexer.watch()

    def cancel(self) -> None:
        """End the build after the file or batch in hand; what was given is kept, and waits for the next."""
        self._indexer.cancel()

    def close(self) -> None:
        """Cancel, and wait for the end."""
        self._indexer.close()

    def outdated(self) -> bool:
        """Whether an earlier Footnote read the files, and the next build reads them all again."""
        held = self._current()
        return held.outdated and held.of_files

    def folders(self) -> list[Folder]:
        """The folders that hold documents, outermost first; the given files are one, by :data:`GIVEN`."""
        held = self._current()
        counts = Counter(
            key
            for entry in self._documents(held)
            for key in {k for path in entry.paths for k in held.folders(path)}
        )
        return [Folder(key, held.name(key), counts[key]) for key in sorted(counts, key=_folder_order)]

    def documents_of(self, chosen: Collection[str]) -> frozenset[str] | None:
        """
        The ids that a question is limited to, for :meth:`qa.answering.Asker.stream`.

        Args:
            chosen: Keys of folders and of documents; none means all.

        Returns:
            None for all documents. What has been removed is never among them, even while it still stands in
            the snapshot.
        """
        held = self._current()
        entries = self._documents(held)
        there = [entry for entry in entries if entry.state is not State.LEAVING]
        if not chosen:
            return None if len(there) == len(entries) else frozenset(entry.key for entry in there)
        wanted = set(chosen)
        return frozenset(
            entry.key
            for entry in there
            if entry.key in wanted or any(wanted.intersection(held.folders(path)) for path in entry.paths)
        )

    def starters(self) -> tuple[str, ...]:
        """Questions to start with, which the current snapshot is known to answer; none if there are none."""
        try:
            with self._services.live.lease() as snapshot:
                return starters_of(self._services.settings.index_dir, snapshot.name)
        except FootnoteError:
            return ()

    def source_of(self, document: Document) -> Path | None:
        """The file that a document came from, which may have changed since; None if it is gone."""
        kept = self._shelf.path_of(document.digest)
        own = (Path(path) for path in document.paths if Path(path).is_absolute())
        # Path.is_file raises where a disk is out of order, and a footnote opens without its file, too.
        return kept or next((path for path in own if os.path.isfile(path)), None)

    def _documents(self, held: "_Held") -> list[Entry]:
        """What the snapshot holds."""
        gone = self._gone(held)
        return [_document(entry, held, gone) for entry in held.documents]

    def _files(self, held: "_Held") -> list[Entry]:
        """What no document stands for: files that wait, are being read, or couldn't be."""
        gone, work = self._gone(held), self._indexer.work()
        given = {upload.label for upload in self._shelf.uploads()}
        failed = {path: problem(path, file.reason) for path, file in held.files.items() if file.reason}
        failed |= {each.label: each for each in work.problems}
        at = {path: position for position, path in enumerate(work.files)}
        return [
            _file(path, held, _state(at.get(path), work, path in failed), failed.get(path), path in given)
            for path in {*given, *failed, *at} - held.indexed
            if not gone(path)
        ]

    def _gone(self, held: "_Held") -> Callable[[str], bool]:
        """Whether a file was removed, though the snapshot may still have it."""
        given, out = {upload.label for upload in self._shelf.uploads()}, self._shelf.left_out()
        return lambda path: (
            path in out or (held.of_files and path not in given and not PurePath(path).is_absolute())
        )

    def _current(self) -> "_Held":
        """What the current snapshot holds; nothing while there is none, or it can't serve."""
        held = self._held
        try:
            with self._services.live.lease() as snapshot:
                if held is None or held.snapshot != snapshot.name:
                    roots, outdated = snapshot.manifest.roots, snapshot.manifest.recipe.outdated
                    held = _Held(snapshot.name, roots, snapshot.documents(), snapshot.files(), outdated)
                    self._held = held
                return held
        except FootnoteError:
            return _Held("", (), [], [])


class _Held:
    """What one snapshot holds, read once."""

    def __init__(
        self,
        snapshot: str,
        roots: tuple[str, ...],
        documents: list[Indexed],
        files: list[IndexedFile],
        outdated: bool = False,
    ) -> None:
        self.snapshot = snapshot
        self.outdated = outdated
        self.documents = documents
        self.files = {file.path: file for file in files}
        self.indexed = {path for document in documents for path in document.paths}
        self.of_files = all(PurePath(root).is_absolute() for root in roots)
        self._roots = [PurePath(root) for root in roots]

    def folders(self, path: str) -> Iterator[str]:
        """Keys of the folders that a file lies in, innermost first, up to one that was indexed."""
        place = PurePath(path)
        if not place.is_absolute():
            yield GIVEN
            return
        above = [root for root in self._roots if root in place.parents]
        for parent in place.parents:
            if any(root == parent or root in parent.parents for root in above):
                yield str(parent)

    def name(self, key: str) -> str:
        """How a folder is shown: its path, from the name of the outermost one that was indexed."""
        outer = [root for root in self._roots if root == PurePath(key) or root in PurePath(key).parents]
        if key == GIVEN or not outer:
            return ""
        return str(PurePath(key).relative_to(min(outer, key=lambda root: len(root.parts)).parent))

    def changed(self, path: str) -> datetime.datetime | None:
        """When a file was last changed, as the index knows it."""
        file = self.files.get(path)
        if file is None or not file.mtime_ns:
            return None
        return datetime.datetime.fromtimestamp(file.mtime_ns / 1e9, datetime.UTC)


def _document(indexed: Indexed, held: _Held, gone: Callable[[str], bool]) -> Entry:
    paths = tuple(path for path in indexed.paths if not gone(path))
    state = State.INDEXED if paths else State.LEAVING
    paths = paths or indexed.paths
    return Entry(
        key=indexed.doc_id,
        title=indexed.title,
        paths=paths,
        kind=_kind(paths[0]),
        pages=indexed.pages,
        passages=indexed.chunks,
        changed=held.changed(paths[0]),
        state=state,
        given=not PurePath(paths[0]).is_absolute(),
    )


def _file(path: str, held: _Held, state: State, failed: Problem | None, given: bool) -> Entry:
    return Entry(
        key=path,
        title=PurePath(path).stem,
        paths=(path,),
        kind=_kind(path),
        pages=0,
        passages=0,
        changed=held.changed(path),
        state=state,
        given=given,
        problem=failed,
    )


def _state(at: int | None, work: Work, failed: bool) -> State:
    """*at* is the file's place among those of the build; None if it isn't one of them."""
    if at is None or not work.busy:
        return State.FAILED if failed else State.WAITING
    if at > work.read or (at == work.read and not work.in_hand):
        return State.WAITING
    if at == work.read:
        return State.READING
    return State.FAILED if failed else State.READ


def _kind(path: str) -> str:
    suffix = PurePath(path).suffix
    return KINDS.get(suffix.lower(), suffix.removeprefix(".").upper() or "File")


def _has(entry: Entry, wanted: Collection[str]) -> bool:
    said = " ".join((entry.title, *entry.paths)).casefold()
    return all(word in said for word in wanted)


def _folder_order(key: str) -> tuple[bool, tuple[str, ...]]:
    """Given files first, then as a tree."""
    return key != GIVEN, PurePath(key).parts
