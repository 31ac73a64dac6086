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
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from index import MB, SUPPORTED_SUFFIXES, FailureCode, ParseFailure, Selection
from index.files import fsync, make_private_dir, tighten_dir, write_atomic
from qa.errors import LibraryDamaged, LibraryUnwritable

MAX_LABEL = 120
"""Characters of a label."""

_COPY_BLOCK = 2**20
_JOINERS = "\u200c\u200d"
"""Invisible characters that words and emoji sequences need; labels lose all other invisible ones."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """
    A file that is being uploaded.

    Args:
        name: Its name, as the sender gave it.
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
        label: The name that is shown as its path: one line, no slash, unique in the store.
        path: The file with its bytes.
    """

    digest: str
    label: str
    path: Path


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
    """

    def __init__(self, folder: Path, index_dir: Path, limits: UploadLimits) -> None:
        self.limits = limits
        self._folder = folder
        self._index_dir = index_dir
        self._uploads = folder / "uploads"
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
        folders = self._uploads.iterdir() if self._uploads.is_dir() else ()
        found = (_upload(folder) for folder in folders if _DIGEST.fullmatch(folder.name))
        return sorted((upload for upload in found if upload), key=lambda upload: upload.label)

    def path_of(self, digest: str) -> Path | None:
        """Return the file with that SHA-256; None if it isn't stored here."""
        upload = _upload(self._uploads / digest) if _DIGEST.fullmatch(digest) else None
        return upload.path if upload else None

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

    def remove(self, labels: Collection[str]) -> None:
        """
        Remove files: uploads are deleted, all others are excluded from the index and never touched.

        Args:
            labels: Paths as the index shows them.

        Raises:
            LibraryUnwritable: If the change can't be stored.
        """
        with self._lock():
            uploads = {upload.label: upload for upload in self.uploads()}
            for label in labels:
                if label in uploads:
                    self._delete(uploads[label].digest)
            own = {label for label in labels if label not in uploads and Path(label).is_absolute()}
            if own - self.excluded():
                self._write_excluded(self.excluded() | own)

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
        label = _unique_label(label, {upload.label for upload in uploads})
        write_atomic(content.with_name(_LABEL), label)
        write_atomic(content.with_name(_OWNER), file.owner)
        content.parent.rename(self._uploads / digest)
        fsync(self._uploads)
        return Upload(digest, label, self._uploads / digest / content.name)

    def _delete(self, digest: str) -> None:
        """Remove an upload with one rename; its bytes are deleted now or, after a kill, later."""
        trash = Path(tempfile.mkdtemp(prefix=_DELETING, dir=self._uploads))
        (self._uploads / digest).rename(trash / digest)
        fsync(self._uploads)
        shutil.rmtree(trash, ignore_errors=True)

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
            for folder in (self._folder.parent, self._folder, self._uploads):
                tighten_dir(folder)  # an earlier version created them with the umask's mode
            with (self._folder / "LOCK").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._clear()
                yield
        except OSError as error:
            raise LibraryUnwritable(
                f"Can't write the library in {self._folder}: {error.strerror or error}. "
                "Free up disk space or choose another folder with the setting data_dir."
            ) from error

    def _clear(self) -> None:
        if not (self._folder / "index").exists():
            write_atomic(self._folder / "index", f"{_printable_path(self._index_dir)}\n")
        for folder in self._uploads.iterdir():
            if folder.name.startswith((_INCOMING, _DELETING)):
                shutil.rmtree(folder, ignore_errors=True)


_INCOMING, _DELETING, _LABEL, _OWNER = ".incoming-", ".going-", ".label", ".owner"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def label_of(name: str) -> str:
    """
    Return a file name as a label: its last part, on one line, without invisible characters, cut to size.

    >>> label_of("../../etc/report\\n.pdf")
    'report .pdf'
    """
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(letter if letter.isprintable() or letter in _JOINERS else " " for letter in last)
    label = " ".join(visible.split())
    if label.lower() in SUPPORTED_SUFFIXES or label in ("", ".", ".."):
        label = "unnamed" + label.rstrip(".")
    return _shorten(label, MAX_LABEL)


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
    number = 1
    while label in taken:
        number += 1
        mark = f" ({number}){path.suffix}"
        # label_of is applied again whenever a label is read; the number must survive that.
        label = label_of(_shorten(path.stem, MAX_LABEL - len(mark)) + mark)
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


def _size(upload: Upload) -> int:
    try:
        return upload.path.stat().st_size
    except OSError:  # removed meanwhile
        return 0


def _printable_path(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
