"""
Which files an index holds: paths to what is read, and what is taken over from the snapshot before.

Nothing is opened here; what can't even be looked at is told with the rest.
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
    What was picked one file at a time, beside the folders that an index holds.

    Args:
        extra_files: Files to hold besides, each under a name of its own, which is no absolute path.
        excluded: Absolute paths that are never read, though they lie in a folder.
    """

    extra_files: Mapping[str, Path] = field(default_factory=dict)
    excluded: Collection[str] = frozenset()

    def without(self, folder: Path) -> "Selection":
        """The same with a folder left out, and all that is left out in the spelling it is compared in."""
        return Selection(self.extra_files, frozenset(map(_real_path, [*self.excluded, str(folder)])))


EMPTY_SELECTION = Selection()


@dataclass(frozen=True, slots=True)
class Plan:
    """Files to read, files to take over from the former snapshot, and where the ones to read lie."""

    read: tuple[IndexedFile, ...]
    reuse: tuple[IndexedFile, ...]
    found: Mapping[str, Path]

    def is_unchanged(self, known: Mapping[str, IndexedFile]) -> bool:
        """Whether the former snapshot was made of exactly these files; some it couldn't read."""
        unchanged = all(_is_unchanged(file, known.get(file.path)) for file in self.read)
        return unchanged and len(self.read) + len(self.reuse) == len(known)


def resolve_roots(
    paths: Sequence[Path] | None, previous: Sequence[str] | None, add: bool, allow_empty: bool
) -> list[str]:
    """
    What the index is asked to hold, as absolute paths in the order given.

    Args:
        paths: Files and folders; None means the last ones again.
        previous: Those of the snapshot before; None if that can't be told.
        add: Whether those stay besides.
        allow_empty: Whether there may be neither.

    Raises:
        NothingToIndex: If there is nothing to look into, or a path can't be.
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
    """A path as it is kept: absolute, and in one spelling of those with ``..``."""
    label = _label(path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NothingToIndex(f"No such file or folder: {label}. The index is unchanged.") from error
    except OSError as error:
        reason = f"can't be accessed ({error.strerror})"
        raise NothingToIndex(f"{label} {reason}. The index is unchanged.") from error
    root = path.resolve() if ".." in path.parts else path.absolute()
    if _label(root) != str(root):
        raise NothingToIndex(
            f"The name {label} isn't valid UTF-8. Index the folder that contains it instead."
        )
    return str(root)


def discover_files(roots: Iterable[str], selection: Selection) -> tuple[dict[str, Path], list[FailedFile]]:
    """
    Every file to hold, by the path or name that it is known under; and what couldn't be looked into.

    Args:
        roots: Of :func:`resolve_roots`; of folders every file but hidden ones and links.
        selection: As :meth:`Selection.without` gives it.
    """
    unreadable: list[FailedFile] = []
    found = {_label(path): path for path in _scan(roots, selection.excluded, unreadable)}
    return found | dict(selection.extra_files), unreadable


def _real_path(label: str) -> str:
    """The path without links and ``..``, by which it is known in whatever spelling it is met."""
    return _label(Path(os.path.realpath(label)))


def retained_files(known: Mapping[str, IndexedFile], selection: Selection) -> dict[str, IndexedFile]:
    """
    What may stay though it isn't found now; a file under a name of its own goes when it isn't picked.

    Args:
        known: The files of the snapshot before, by path.
        selection: As :meth:`Selection.without` gives it.
    """
    return {
        label: file
        for label, file in known.items()
        if label in selection.extra_files
        or (Path(label).is_absolute() and _real_path(label) not in selection.excluded)
    }


def _scan(roots: Iterable[str], excluded: Collection[str], unreadable: list[FailedFile]) -> Iterator[Path]:
    """Every file of the roots but *excluded*, sorted within each; none that is hidden, no link below them."""

    def note(error: OSError) -> None:
        unreadable.append(FailedFile(Path(_label(Path(error.filename))), failure_of(error)))

    def is_file(path: Path) -> bool:
        try:
            return stat.S_ISREG(path.lstat().st_mode)
        except FileNotFoundError:  # deleted since it was listed
            return False
        except OSError as error:
            note(error)
            return False

    for root in map(Path, roots):
        if os.path.isfile(root):
            yield from () if _real_path(str(root)) in excluded else [root]
            continue
        for folder, folders, names in os.walk(root, onerror=note):
            real = Path(os.path.realpath(folder))
            shown = (name for name in (*folders, *names) if not name.startswith("."))
            wanted = {name for name in shown if _label(real / name) not in excluded}
            folders[:] = sorted(wanted.intersection(folders))
            yield from filter(is_file, (Path(folder, name) for name in sorted(wanted.intersection(names))))


def make_plan(
    found: Mapping[str, Path],
    known: Mapping[str, IndexedFile],
    limits: Limits,
    retained: Mapping[str, IndexedFile],
) -> Plan:
    """
    What is unchanged is taken over, unless it may be readable now; all else is read.

    Args:
        found: Every file to hold, of :func:`discover_files`.
        known: The files of the snapshot before, by path; empty if all is read anew.
        limits: By which a file that couldn't be read may be readable now.
        retained: Those that stay though they aren't found, of :func:`retained_files`.
    """
    changed, reuse = [], []
    for label, path in sorted(found.items()):
        file, previous = _unread_file(label, path), known.get(label)
        if file is None:
            continue
        if previous and _is_unchanged(file, previous) and not _may_be_readable_now(previous, path, limits):
            reuse.append(previous)
        else:
            changed.append(file)
    reuse += [file for label, file in retained.items() if label not in found]
    again = {file.path for file in _orphans(known, reuse)} & found.keys()
    read = changed + [_without_content(file) for file in reuse if file.path in again]
    reuse = [file for file in reuse if file.path not in again]
    return Plan(tuple(sorted(read, key=lambda file: file.path)), tuple(reuse), found)


def _without_content(file: IndexedFile) -> IndexedFile:
    """Without what reading it told."""
    return IndexedFile(file.path, file.size, file.mtime_ns, digest="", doc_id=None)


def _unread_file(label: str, path: Path) -> IndexedFile | None:
    """A file before it is read; None if it was deleted since the scan."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError:  # what is wrong with it is told when it is read
        return IndexedFile(label, 0, 0, digest="", doc_id=None)
    return IndexedFile(label, status.st_size, status.st_mtime_ns, digest="", doc_id=None)


def _orphans(known: Mapping[str, IndexedFile], reuse: Sequence[IndexedFile]) -> list[IndexedFile]:
    """
    Unchanged files whose document may be recorded with the pages of a file that is no more.

    Files of other bytes and the same text are one document, which has the pages of one of them.
    """
    paths = {file.path for file in reuse}
    gone = {(file.doc_id, file.digest) for file in known.values() if file.path not in paths}
    parted = {doc_id for doc_id, _ in gone - {(file.doc_id, file.digest) for file in reuse} if doc_id}
    return [file for file in reuse if file.doc_id in parted]


def _is_unchanged(file: IndexedFile, previous: IndexedFile | None) -> bool:
    return previous is not None and (previous.size, previous.mtime_ns) == (file.size, file.mtime_ns)


def _may_be_readable_now(file: IndexedFile, path: Path, limits: Limits) -> bool:
    """Whether a file that couldn't be read may be readable now: a limit was raised, it may be opened now."""
    return (
        file.failure is not None
        and path.suffix.lower() in SUPPORTED_SUFFIXES
        and limits.allow_retry(file.failure)
    )


def _label(path: Path) -> str:
    """A path as text: bytes that are no UTF-8 are written out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
