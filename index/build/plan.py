"""
Decide which files a build reads, and which it reuses from the previous snapshot.

No file is opened here, but directories that can't be listed are reported.
"""

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import NothingToIndex
from index.failures import failure_of
from index.formats import SUPPORTED_SUFFIXES, FailedFile, Limits
from index.snapshot.catalog import IndexedFile


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Files that are added to or excluded from the indexed folders one by one.

    Args:
        extra_files: Files to index in addition, by a display name that isn't an absolute path.
        excluded: Absolute paths that are never read, even if they are in an indexed folder.
    """

    extra_files: Mapping[str, Path] = field(default_factory=dict)
    excluded: Collection[str] = frozenset()

    def without(self, folder: Path) -> "Selection":
        """Return a copy that also excludes *folder*, with all excluded paths resolved for comparison."""
        return Selection(self.extra_files, frozenset(map(_real_path, [*self.excluded, str(folder)])))


EMPTY_SELECTION = Selection()


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What a build does with each file.

    Args:
        read: Files to read.
        reuse: Files whose documents are copied from the previous snapshot.
        locations: Where each file is, by the path or name that it is indexed under.
    """

    read: tuple[IndexedFile, ...]
    reuse: tuple[IndexedFile, ...]
    locations: Mapping[str, Path]

    def is_unchanged(self, known: Mapping[str, IndexedFile]) -> bool:
        """Return whether the previous snapshot was built from exactly these files, readable or not."""
        unchanged = all(_is_unchanged(file, known.get(file.path)) for file in self.read)
        return unchanged and len(self.read) + len(self.reuse) == len(known)


def resolve_roots(
    paths: Sequence[Path] | None, previous: Sequence[str] | None, add: bool, allow_empty: bool
) -> list[str]:
    """
    Return the files and folders to index, as absolute paths in the order given.

    Args:
        paths: Files and folders; None for those of the previous snapshot.
        previous: The roots of the previous snapshot; None if they are unknown.
        add: Whether to index *paths* in addition to *previous*.
        allow_empty: Whether the result may be empty.

    Raises:
        NothingToIndex: If there are no roots, or a path can't be accessed.
    """
    if previous is None and (add or paths is None):
        raise NothingToIndex("Can't determine what this index contained. Run: footnote index FOLDER")
    if paths is None:
        if not (previous or allow_empty):
            raise NothingToIndex("Nothing has been indexed yet. Run: footnote index FOLDER")
        return list(previous or ())
    requested = [_root(path) for path in paths]
    return list(dict.fromkeys([*(previous or ()), *requested] if add else requested))


def _root(path: Path) -> str:
    """Return the absolute path that is stored for *path*."""
    label = _label(path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NothingToIndex(f"No such file or folder: {label}. The index is unchanged.") from error
    except OSError as error:
        reason = f"can't be accessed ({error.strerror})"
        raise NothingToIndex(f"{label} {reason}. The index is unchanged.") from error
    # ".." is resolved, so that a folder has one path; symbolic links stay, because people know those paths.
    root = path.resolve() if ".." in path.parts else path.absolute()
    if _label(root) != str(root):
        raise NothingToIndex(
            f"The name {label} isn't valid UTF-8. Index the folder that contains it instead."
        )
    return str(root)


def discover_files(roots: Iterable[str], selection: Selection) -> tuple[dict[str, Path], list[FailedFile]]:
    """
    Return every file to index, by the path or name it is indexed under, and the folders that can't be listed.

    Hidden files and symbolic links in folders are skipped.

    Args:
        roots: The result of :func:`resolve_roots`.
        selection: The result of :meth:`Selection.without`.
    """
    unreadable: list[FailedFile] = []
    locations = {_label(path): path for path in _scan(roots, selection.excluded, unreadable)}
    return locations | dict(selection.extra_files), unreadable


def _real_path(label: str) -> str:
    """Return a path without links and ``..``, so that all spellings of it are equal."""
    return _label(Path(os.path.realpath(label)))


def retained_files(known: Mapping[str, IndexedFile], selection: Selection) -> dict[str, IndexedFile]:
    """
    Return the files that stay in the index although this build doesn't find them.

    A file with a display name stays only as long as it is selected.

    Args:
        known: The files of the previous snapshot, by path.
        selection: The result of :meth:`Selection.without`.
    """
    return {
        label: file
        for label, file in known.items()
        if label in selection.extra_files
        or (Path(label).is_absolute() and _real_path(label) not in selection.excluded)
    }


def _scan(roots: Iterable[str], excluded: Collection[str], unreadable: list[FailedFile]) -> Iterator[Path]:
    """Yield the files of each root in sorted order; folders that can't be listed go to *unreadable*."""

    def report(error: OSError) -> None:
        unreadable.append(FailedFile(Path(_label(Path(error.filename))), failure_of(error)))

    def is_file(path: Path) -> bool:
        try:
            return stat.S_ISREG(path.lstat().st_mode)
        except FileNotFoundError:  # deleted since it was listed
            return False
        except OSError as error:
            report(error)
            return False

    for root in map(Path, roots):
        if os.path.isfile(root):
            yield from () if _real_path(str(root)) in excluded else [root]
            continue
        for folder, subfolders, names in os.walk(root, onerror=report):
            real_folder = Path(os.path.realpath(folder))
            visible = (name for name in (*subfolders, *names) if not name.startswith("."))
            included = {name for name in visible if _label(real_folder / name) not in excluded}
            subfolders[:] = sorted(included.intersection(subfolders))  # os.walk descends into these only
            yield from filter(is_file, (Path(folder, name) for name in sorted(included.intersection(names))))


def make_plan(
    locations: Mapping[str, Path],
    known: Mapping[str, IndexedFile],
    limits: Limits,
    retained: Mapping[str, IndexedFile],
) -> Plan:
    """
    Plan to reuse unchanged files and to read all others.

    An unchanged file that couldn't be read is read again if that may succeed now.

    Args:
        locations: Every file to index, from :func:`discover_files`.
        known: The files of the previous snapshot, by path; empty to read everything again.
        limits: The limits of this build, which may be higher than those of the previous one.
        retained: Files that stay although they weren't found, from :func:`retained_files`.
    """
    changed, reuse = [], []
    for label, path in sorted(locations.items()):
        file, previous = _unread_file(label, path), known.get(label)
        if file is None:
            continue
        if previous and _is_unchanged(file, previous) and not _may_be_readable_now(previous, path, limits):
            reuse.append(previous)
        else:
            changed.append(file)
    reuse += [file for label, file in retained.items() if label not in locations]
    reread = {file.path for file in _orphans(known, reuse)} & locations.keys()
    read = changed + [
        IndexedFile(file.path, file.size, file.mtime_ns, digest="", doc_id=None)
        for file in reuse
        if file.path in reread
    ]
    reuse = [file for file in reuse if file.path not in reread]
    return Plan(tuple(sorted(read, key=lambda file: file.path)), tuple(reuse), locations)


def _unread_file(label: str, path: Path) -> IndexedFile | None:
    """Return the record of a file before it is read; None if it was deleted since the scan."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError:  # reported when the file is read
        return IndexedFile(label, 0, 0, digest="", doc_id=None)
    return IndexedFile(label, status.st_size, status.st_mtime_ns, digest="", doc_id=None)


def _orphans(known: Mapping[str, IndexedFile], reuse: Sequence[IndexedFile]) -> list[IndexedFile]:
    """Return the unchanged files whose document may have been stored with the pages of a removed file."""
    # Files with different bytes and the same text are one document, stored with the pages of one of them.
    # If that file is gone, another one must be read again.
    paths = {file.path for file in reuse}
    removed = {(file.doc_id, file.digest) for file in known.values() if file.path not in paths}
    affected = {doc_id for doc_id, _ in removed - {(file.doc_id, file.digest) for file in reuse} if doc_id}
    return [file for file in reuse if file.doc_id in affected]


def _is_unchanged(file: IndexedFile, previous: IndexedFile | None) -> bool:
    return previous is not None and (previous.size, previous.mtime_ns) == (file.size, file.mtime_ns)


def _may_be_readable_now(file: IndexedFile, path: Path, limits: Limits) -> bool:
    """Return whether reading a file that failed may succeed now, as when a limit was raised."""
    return (
        file.failure is not None
        and path.suffix.lower() in SUPPORTED_SUFFIXES
        and limits.allow_retry(file.failure)
    )


def _label(path: Path) -> str:
    """Return a path as text, with bytes that aren't valid UTF-8 escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
