"""
Files uploaded to the web chat, and files of indexed folders that are excluded from the index.

An upload is stored whole or not at all, in a folder named by its digest; the name it came with is only a
label. All of it is stored apart from the index, since it can't be rebuilt::

    index                          path of the index it belongs to
    left-out.json                  absolute paths of files that are not indexed, though a folder contains them
    LOCK                           locked during changes
    uploads/<sha256>/content.pdf   the bytes
    uploads/<sha256>/.label        the name that is shown; hidden, so that it isn't taken for a document
    uploads/<sha256>/.owner        who uploaded it; only for the quota
    trash/<sha256>/                an upload that was removed, for :data:`TRASH_DAYS`
    trash/<sha256>/.removed        when; the time of its last change
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from index import MB, SUPPORTED_SUFFIXES, FailureCode, ParseFailure, Selection
from index.files import fsync, make_private_dir, tighten_dir, write_atomic
from qa.errors import LibraryDamaged, LibraryUnwritable

MAX_LABEL = 120
"""Characters of the file name in a label."""
MAX_FOLDERS, MAX_FOLDER = 8, 60
"""Number of folders in a label, and characters of each."""
TRASH_DAYS = 30
"""Days that a removed upload can be restored."""

_COPY_BLOCK = 2**20
_JOINERS = "\u200c\u200d"
"""Invisible characters that words and emoji sequences need; labels lose all other invisible ones."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """
    A file that is being uploaded.

    Args:
        name: Its name, or its path below the folder that was chosen, as the sender gave it.
        file: Its bytes, open at their beginning.
        owner: Id of the sender, for the quota.
    """

    name: str
    file: IO[bytes]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """
    A stored upload.

    Args:
        digest: SHA-256 of its bytes, in hex.
        label: The name that is shown as its path, with the folders it was uploaded with: one line, relative,
            unique in the store.
        path: The file with its bytes.
    """

    digest: str
    label: str
    path: Path


@dataclass(frozen=True, slots=True)
class RemovedFile:
    """
    A file that was removed from the library and can come back.

    Args:
        key: Identifies it in :meth:`UploadStore.restore_removed`.
        label: The label of an upload, or the path of an excluded file.
        removed_at: When an upload was removed, in seconds since the epoch; None for an excluded file.
    """

    key: str
    label: str
    removed_at: float | None = None

    @property
    def is_upload(self) -> bool:
        """Return whether it was uploaded."""
        return self.removed_at is not None


@dataclass(frozen=True, slots=True)
class RejectedUpload:
    """A file that wasn't stored, and why."""

    label: str
    failure: ParseFailure


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """
    Limits on uploads.

    Args:
        max_files: Number of files.
        max_bytes: Size of a file.
        types: Suffixes in lower case, with the dot.
        max_total_bytes: Total size of all files.
        max_owner_files: Number of files of one owner.
        max_owner_bytes: Total size of one owner's files.
    """

    max_files: int = 1000
    max_bytes: int = 200 * MB
    types: frozenset[str] = SUPPORTED_SUFFIXES
    max_total_bytes: int = 10_000 * MB
    max_owner_files: int = 500
    max_owner_bytes: int = 5_000 * MB


class UploadStore:
    """
    The uploaded and excluded files of one index; safe for several processes.

    Args:
        folder: The store's folder; created with the first change.
        index_dir: The index that the files belong to.
        limits: Limits on uploads.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        folder: Path,
        index_dir: Path,
        limits: UploadLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits
        self.folder = folder
        self._index_dir = index_dir
        self._clock = clock
        self._uploads = folder / "uploads"
        self._trash = folder / "trash"
        self._excluded_file = folder / "left-out.json"

    @classmethod
    def for_index(cls, data_dir: Path, index_dir: Path, limits: UploadLimits) -> "UploadStore":
        """Return the store of an index, in the data folder."""
        name = hashlib.sha256(os.fsencode(index_dir)).hexdigest()[:16]
        return cls(data_dir / "libraries" / name, index_dir, limits)

    def add(self, file: IncomingFile) -> Upload | RejectedUpload:
        """Store a file, or return why not; if its bytes are already stored, return that upload."""
        label = label_of(file.name)
        suffix = PurePath(label).suffix.lower()
        if suffix not in self.limits.types:
            supported = ", ".join(sorted(self.limits.types))
            failure = ParseFailure(FailureCode.UNKNOWN_FORMAT, f"supported: {supported}")
            return RejectedUpload(label, failure)
        try:
            with self._lock():
                return self._store(file, label, suffix)
        except LibraryUnwritable as error:
            cause = error.__cause__
            detail = getattr(cause, "strerror", None) or str(cause)
            return RejectedUpload(label, ParseFailure(FailureCode.NOT_SAVED, detail))

    def uploads(self) -> list[Upload]:
        """Return the uploads, sorted by label."""
        return _uploads_in(self._uploads)

    def path_of(self, digest: str) -> Path | None:
        """Return the file with that SHA-256; None if it isn't stored here."""
        upload = _upload(self._uploads / digest) if _DIGEST.fullmatch(digest) else None
        return upload.path if upload else None

    def version(self) -> str:
        """Return a value that changes with the uploads, the trash and the excluded files."""
        return " ".join(str(_mtime(path)) for path in (self._uploads, self._trash, self._excluded_file))

    def size_failure(self, size: int) -> ParseFailure | None:
        """Return why a file of that size in bytes can't be uploaded; None if it can."""
        if size <= self.limits.max_bytes:
            return None
        return _over(FailureCode.TOO_LARGE, self.limits.max_bytes / MB, " MB")

    def quota_failure(self, owner: str, size: int) -> ParseFailure | None:
        """Return why another file of that owner can't be stored; None if it can."""
        uploads, bounds = self.uploads(), self.limits
        sizes = {upload.digest: _size(upload) for upload in uploads}
        own = [sizes[upload.digest] for upload in uploads if owner and _owner_in(upload.path.parent) == owner]
        if len(uploads) >= bounds.max_files:
            return _over(FailureCode.TOO_MANY_UPLOADS, bounds.max_files)
        if len(own) >= bounds.max_owner_files:
            return _over(FailureCode.TOO_MANY_OWN_UPLOADS, bounds.max_owner_files)
        if sum(own) + size > bounds.max_owner_bytes:
            return _over(FailureCode.OWN_UPLOADS_TOO_LARGE, bounds.max_owner_bytes / MB, " MB")
        if sum(sizes.values()) + size > bounds.max_total_bytes:
            return _over(FailureCode.UPLOADS_TOO_LARGE, bounds.max_total_bytes / MB, " MB")
        return None

    def excluded(self) -> frozenset[str]:
        """
        Return the absolute paths of files that are not indexed, though an indexed folder contains them.

        Raises:
            LibraryDamaged: If the list can't be read; without it, removed files would come back.
        """
        try:
            paths = json.loads(self._excluded_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError) as error:
            raise self._damaged() from error
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise self._damaged()
        return frozenset(paths)

    def selection(self) -> Selection:
        """Return the files that the index contains in addition to its folders, and those it excludes."""
        return Selection({upload.label: upload.path for upload in self.uploads()}, self.excluded())

    def remove(self, labels: Collection[str]) -> list[str]:
        """
        Remove files: uploads go to the trash, all others are excluded from the index and never touched.

        Args:
            labels: Paths as the index shows them.

        Returns:
            The keys of what was removed, for :meth:`restore_removed`.

        Raises:
            LibraryUnwritable: If the change can't be stored.
        """
        with self._lock():
            uploads = {upload.label: upload for upload in self.uploads()}
            digests = [uploads[label].digest for label in dict.fromkeys(labels) if label in uploads]
            for digest in digests:
                self._move_to_trash(digest)
            own = {label for label in labels if label not in uploads and Path(label).is_absolute()}
            excluded = sorted(own - self.excluded())
            if excluded:
                self._write_excluded(self.excluded() | own)
        return [*digests, *excluded]

    def removed(self) -> list[RemovedFile]:
        """Return the uploads in the trash, the last removed first, then the excluded files."""
        trash = [
            RemovedFile(upload.digest, upload.label, _removal_time(upload.path.parent))
            for upload in _uploads_in(self._trash)
        ]
        trash.sort(key=lambda removed: -(removed.removed_at or 0))
        return [*trash, *(RemovedFile(path, path) for path in sorted(self.excluded()))]

    def restore_removed(self, keys: Collection[str]) -> bool:
        """
        Bring removed files back, and return whether there were any.

        Args:
            keys: Keys of :meth:`removed`; unknown ones are ignored.

        Raises:
            LibraryUnwritable: If the change can't be stored.
        """
        if not any(each.key in keys for each in self.removed()):
            return False  # checked first, so that no folder is created without need
        with self._lock():
            for upload in _uploads_in(self._trash):
                if upload.digest in keys:
                    self._take_from_trash(upload.digest)
            excluded = self.excluded()
            if excluded & set(keys):
                self._write_excluded(excluded - set(keys))
        return True

    def delete_removed(self, keys: Collection[str]) -> None:
        """Delete uploads in the trash; other keys are ignored."""
        with self._lock():
            for upload in _uploads_in(self._trash):
                if upload.digest in keys:
                    self._delete(self._trash / upload.digest)

    def purge(self) -> None:
        """Delete the uploads that have been in the trash for :data:`TRASH_DAYS`."""
        before = self._clock() - TRASH_DAYS * 24 * 3600
        old = {
            each.key for each in self.removed() if each.removed_at is not None and each.removed_at < before
        }
        if old:
            self.delete_removed(old)

    def restore(self, paths: Iterable[Path]) -> None:
        """Index these excluded files again; naming a folder restores none of its files."""
        requested = {os.path.realpath(path) for path in paths}

        def restored() -> set[str]:
            return {label for label in self.excluded() if os.path.realpath(label) in requested}

        if restored():  # checked first, so that no folder is created without need
            with self._lock():
                self._write_excluded(self.excluded() - restored())

    def _store(self, file: IncomingFile, label: str, suffix: str) -> Upload | RejectedUpload:
        incoming = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=self._uploads))
        try:
            return self._copy_and_rename(file, label, incoming / f"content{suffix}")
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    def _copy_and_rename(self, file: IncomingFile, label: str, content: Path) -> Upload | RejectedUpload:
        """Copy the bytes to *content*, which is alone in its folder, then rename that folder."""
        size, digest = _copy(file.file, content, self.limits.max_bytes)
        if not size:
            return RejectedUpload(label, ParseFailure(FailureCode.EMPTY))
        if failure := self.size_failure(size):
            return RejectedUpload(label, failure)
        uploads = self.uploads()
        if same := [upload for upload in uploads if upload.digest == digest]:
            return same[0]
        if failure := self.quota_failure(file.owner, size):
            return RejectedUpload(label, failure)
        self._free_space(size)
        label = _unique_label(label, {upload.label for upload in uploads})
        write_atomic(content.with_name(_LABEL), label)
        write_atomic(content.with_name(_OWNER), file.owner)
        content.parent.rename(self._uploads / digest)
        fsync(self._uploads)
        if (self._trash / digest).exists():  # it is here again
            self._delete(self._trash / digest)
        return Upload(digest, label, self._uploads / digest / content.name)

    def _move_to_trash(self, digest: str) -> None:
        """Move an upload with one rename; an earlier one with the same bytes is replaced."""
        folder, target = self._uploads / digest, self._trash / digest
        make_private_dir(self._trash)
        (folder / _REMOVED).touch()
        os.utime(folder / _REMOVED, (self._clock(),) * 2)
        if target.exists():
            self._delete(target)
        folder.rename(target)
        fsync(self._trash)
        fsync(self._uploads)

    def _take_from_trash(self, digest: str) -> None:
        """Move an upload back with one rename, under a label that no other has."""
        folder, target = self._trash / digest, self._uploads / digest
        if target.exists():  # uploaded again meanwhile
            self._delete(folder)
            return
        write_atomic(
            folder / _LABEL,
            _unique_label(label_of(_label_in(folder)), {upload.label for upload in self.uploads()}),
        )
        folder.rename(target)
        (target / _REMOVED).unlink(missing_ok=True)
        fsync(self._uploads)
        fsync(self._trash)

    def _free_space(self, size: int) -> None:
        """Delete from the trash what was removed first, until a new file fits into the space for uploads."""
        trash = _uploads_in(self._trash)
        used = size + sum(_size(upload) for upload in (*self.uploads(), *trash))
        for upload in sorted(trash, key=lambda upload: _removal_time(upload.path.parent)):
            if used <= self.limits.max_total_bytes:
                return
            used -= _size(upload)
            self._delete(self._trash / upload.digest)

    def _delete(self, folder: Path) -> None:
        """Remove an upload with one rename; its bytes are deleted now or, after a kill, later."""
        doomed = Path(tempfile.mkdtemp(prefix=_DELETING, dir=self._uploads))
        folder.rename(doomed / folder.name)
        fsync(folder.parent)
        shutil.rmtree(doomed, ignore_errors=True)

    def _write_excluded(self, paths: Collection[str]) -> None:
        write_atomic(self._excluded_file, json.dumps(sorted(paths), ensure_ascii=False, indent=2) + "\n")

    def _damaged(self) -> LibraryDamaged:
        return LibraryDamaged(
            f"{self._excluded_file} is damaged: expected a list of paths. "
            "Delete it; documents that were excluded from search then come back."
        )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the exclusive lock; create the folders, and delete what a kill left behind."""
        try:
            make_private_dir(self._uploads)
            for folder in (self.folder.parent, self.folder, self._uploads):
                tighten_dir(folder)  # an earlier version created them with the umask's mode
            with (self.folder / "LOCK").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._clear()
                yield
        except OSError as error:
            raise LibraryUnwritable(
                f"Can't write the library in {self.folder}: {error.strerror or error}. "
                "Free up disk space or choose another folder with the setting data_dir."
            ) from error

    def _clear(self) -> None:
        if not (self.folder / "index").exists():
            write_atomic(self.folder / "index", f"{_printable_path(self._index_dir)}\n")
        for folder in self._uploads.iterdir():
            if folder.name.startswith((_INCOMING, _DELETING)):
                shutil.rmtree(folder, ignore_errors=True)


_INCOMING, _DELETING, _LABEL, _OWNER, _REMOVED = ".incoming-", ".going-", ".label", ".owner", ".removed"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def label_of(name: str) -> str:
    """
    Return the name or path of a file as a label: relative, on one line, without invisible characters.

    It is cut to size; of many folders the innermost stay.

    >>> label_of("../2024/report\\n.pdf")
    '2024/report .pdf'
    """
    *folders, last = (_visible(part) for part in re.split(r"[/\\]", name))
    if last.lower() in SUPPORTED_SUFFIXES or last in ("", ".", ".."):
        last = "unnamed" + last.rstrip(".")
    named = [folder[:MAX_FOLDER].strip(". ") for folder in folders]
    # A drive such as "C:" is no folder.
    named = [folder for folder in named if folder and not folder.endswith(":")][-MAX_FOLDERS:]
    return "/".join([*named, _shorten(last, MAX_LABEL)])


def _visible(text: str) -> str:
    """Return text on one line without invisible characters."""
    visible = "".join(letter if letter.isprintable() or letter in _JOINERS else " " for letter in text)
    return " ".join(visible.split())


def _over(code: FailureCode, limit: float, unit: str = "") -> ParseFailure:
    return ParseFailure(code, f"the limit is {limit:,.0f}{unit}")


def _shorten(label: str, max_length: int) -> str:
    """Return the label cut to a length; its suffix stays."""
    suffix = PurePath(label).suffix
    suffix = suffix if len(suffix) < 12 else ""
    return (
        label if len(label) <= max_length else label[: max_length - len(suffix) - 1].rstrip() + "…" + suffix
    )


def _unique_label(label: str, taken: Collection[str]) -> str:
    """Return the label, or ``report (2).pdf`` if another upload is called ``report.pdf``."""
    path = PurePath(label)
    folder, _, _ = label.rpartition(path.name)
    number = 1
    while label in taken:
        number += 1
        mark = f" ({number}){path.suffix}"
        # label_of is applied again whenever a label is read; the number must survive that.
        label = label_of(folder + _shorten(path.stem, MAX_LABEL - len(mark)) + mark)
    return label


def _copy(source: IO[bytes], target: Path, max_bytes: int) -> tuple[int, str]:
    """Copy up to one byte more than *max_bytes*; return the bytes copied and their SHA-256 in hex."""
    digest = hashlib.sha256()
    size = 0
    with target.open("xb") as writing:
        while block := source.read(min(_COPY_BLOCK, max_bytes + 1 - size)):
            digest.update(block)
            writing.write(block)
            size += len(block)
        writing.flush()
        os.fsync(writing.fileno())
    return size, digest.hexdigest()


def _uploads_in(folder: Path) -> list[Upload]:
    """Return the uploads below a folder, sorted by label."""
    folders = folder.iterdir() if folder.is_dir() else ()
    found = (_upload(each) for each in folders if _DIGEST.fullmatch(each.name))
    return sorted((upload for upload in found if upload), key=lambda upload: upload.label)


def _upload(folder: Path) -> Upload | None:
    """Return the upload in a folder; None if it has none."""
    try:
        contents = [path for path in folder.iterdir() if path.name.startswith("content.")]
    except OSError:
        return None
    # The label file may have been edited: it must never become a path.
    return Upload(folder.name, label_of(_label_in(folder)), contents[0]) if contents else None


def _label_in(folder: Path) -> str:
    try:
        return (folder / _LABEL).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return folder.name[:12]


def _owner_in(folder: Path) -> str:
    """Return the owner of an upload; "" if an earlier version stored it, which counts for no quota."""
    try:
        return (folder / _OWNER).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _mtime(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _removal_time(folder: Path) -> float:
    """Return when an upload was removed; long ago if that can't be read."""
    try:
        return (folder / _REMOVED).stat().st_mtime
    except OSError:
        return 0


def _size(upload: Upload) -> int:
    try:
        return upload.path.stat().st_size
    except OSError:  # removed meanwhile
        return 0


def _printable_path(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
