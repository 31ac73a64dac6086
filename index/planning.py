"""
Which files an index holds: paths to what is read, and what is taken over from the snapshot before.

Nothing is opened here; what can't even be looked at is told with the rest.
"""

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.catalog import IndexedFile
from index.errors import NothingToIndex
from index.formats import SUFFIXES, Limits, Unreadable


@dataclass(frozen=True, slots=True)
class Picked:
    """
    What was picked one file at a time, beside the folders that an index holds.

    Args:
        named: Files to hold besides, each under a name of its own, which is no absolute path.
        left_out: Absolute paths that are never read, though they lie in a folder.
    """

    named: Mapping[str, Path] = field(default_factory=dict)
    left_out: Collection[str] = frozenset()

    def without(self, folder: Path) -> "Picked":
        """The same with a folder left out, and all that is left out in the spelling it is compared in."""
        return Picked(self.named, frozenset(map(_real, [*self.left_out, str(folder)])))


NOTHING_PICKED = Picked()


@dataclass(frozen=True, slots=True)
class Plan:
    """Files to read, files to take over from the former snapshot, and where the ones to read lie."""

    read: tuple[IndexedFile, ...]
    reuse: tuple[IndexedFile, ...]
    found: Mapping[str, Path]

    def same_as(self, known: Mapping[str, IndexedFile]) -> bool:
        """Whether the former snapshot was made of exactly these files; some it couldn't read."""
        unchanged = all(_is_unchanged(file, known.get(file.path)) for file in self.read)
        return unchanged and len(self.read) + len(self.reuse) == len(known)


def asked_roots(
    paths: Sequence[Path] | None, before: Sequence[str] | None, add: bool, may_be_none: bool
) -> list[str]:
    """
    What the index is asked to hold, as absolute paths in the order given.

    Args:
        paths: Files and folders; None means the last ones again.
        before: Those of the snapshot before; None if that can't be told.
        add: Whether those stay besides.
        may_be_none: Whether there may be neither.

    Raises:
        NothingToIndex: If there is nothing to look into, or a path can't be.
    """
    if before is None and (add or paths is None):
        raise NothingToIndex("it can't be told what this index held; type: footnote index YOUR-FOLDER")
    if paths is None:
        if not (before or may_be_none):
            raise NothingToIndex("nothing was indexed yet; type: footnote index YOUR-FOLDER")
        return list(before or ())
    asked = [_root(path) for path in paths]
    return list(dict.fromkeys([*(before or ()), *asked] if add else asked))


def _root(path: Path) -> str:
    """A path as it is kept: absolute, and in one spelling of those with ``..``."""
    label = _label(path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NothingToIndex(f"no such file or folder: {label}; the index is as it was") from error
    except OSError as error:
        reason = f"can't be looked into ({error.strerror})"
        raise NothingToIndex(f"{label} {reason}; the index is as it was") from error
    root = path.resolve() if ".." in path.parts else path.absolute()
    if _label(root) != str(root):
        raise NothingToIndex(f"the name {label} is no UTF-8 and can't be kept; name the folder it lies in")
    return str(root)


def files_of(roots: Iterable[str], picked: Picked) -> tuple[dict[str, Path], list[Unreadable]]:
    """
    Every file to hold, by the path or name that it is known under; and what couldn't be looked into.

    Args:
        roots: Of :func:`asked_roots`; of folders every file but hidden ones and links.
        picked: As :meth:`Picked.without` gives it.
    """
    unlisted: list[Unreadable] = []
    found = {_label(path): path for path in _scan(roots, picked.left_out, unlisted)}
    return found | dict(picked.named), unlisted


def _real(label: str) -> str:
    """The path without links and ``..``, by which it is known in whatever spelling it is met."""
    return _label(Path(os.path.realpath(label)))


def staying(known: Mapping[str, IndexedFile], picked: Picked) -> dict[str, IndexedFile]:
    """
    What may stay though it isn't found now; a file under a name of its own goes when it isn't picked.

    Args:
        known: The files of the snapshot before, by path.
        picked: As :meth:`Picked.without` gives it.
    """
    return {
        label: file
        for label, file in known.items()
        if label in picked.named or (Path(label).is_absolute() and _real(label) not in picked.left_out)
    }


def _scan(roots: Iterable[str], out: Collection[str], unlisted: list[Unreadable]) -> Iterator[Path]:
    """Every file of the roots but *out*, sorted within each; none that is hidden, no link below them."""

    def note(error: OSError) -> None:
        reason = f"can't be looked into ({error.strerror or error})"
        unlisted.append(Unreadable(Path(_label(Path(error.filename))), reason))

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
            yield from () if _real(str(root)) in out else [root]
            continue
        for folder, folders, names in os.walk(root, onerror=note):
            real = Path(os.path.realpath(folder))
            shown = (name for name in (*folders, *names) if not name.startswith("."))
            wanted = {name for name in shown if _label(real / name) not in out}
            folders[:] = sorted(wanted.intersection(folders))
            yield from filter(is_file, (Path(folder, name) for name in sorted(wanted.intersection(names))))


def plan_of(
    found: Mapping[str, Path],
    known: Mapping[str, IndexedFile],
    limits: Limits,
    kept: Mapping[str, IndexedFile],
) -> Plan:
    """
    What is unchanged is taken over, unless it may be readable now; all else is read.

    Args:
        found: Every file to hold, of :func:`files_of`.
        known: The files of the snapshot before, by path; empty if all is read anew.
        limits: By which a file that couldn't be read may be readable now.
        kept: Those that stay though they aren't found, of :func:`staying`.
    """
    changed, reuse = [], []
    for label, path in sorted(found.items()):
        file, former = _as_it_is(label, path), known.get(label)
        if file is None:
            continue
        if former and _is_unchanged(file, former) and not _worth_another_try(former, path, limits):
            reuse.append(former)
        else:
            changed.append(file)
    reuse += [file for label, file in kept.items() if label not in found]
    again = {file.path for file in _orphans(known, reuse)} & found.keys()
    read = changed + [_unread(file) for file in reuse if file.path in again]
    reuse = [file for file in reuse if file.path not in again]
    return Plan(tuple(sorted(read, key=lambda file: file.path)), tuple(reuse), found)


def _unread(file: IndexedFile) -> IndexedFile:
    """Without what reading it told."""
    return IndexedFile(file.path, file.size, file.mtime_ns, digest="", doc_id=None)


def _as_it_is(label: str, path: Path) -> IndexedFile | None:
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


def _is_unchanged(file: IndexedFile, former: IndexedFile | None) -> bool:
    return former is not None and (former.size, former.mtime_ns) == (file.size, file.mtime_ns)


def _worth_another_try(file: IndexedFile, path: Path, limits: Limits) -> bool:
    """Whether a file that couldn't be read may be readable now: a limit was raised, it may be opened now."""
    return (
        file.reason is not None and path.suffix.lower() in SUFFIXES and file.reason != limits.reason_if_slow
    )


def _label(path: Path) -> str:
    """A path as text: bytes that are no UTF-8 are written out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
