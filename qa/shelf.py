"""
What a person picked for an index one file at a time: files given to the web chat, and files left out.

A given file is kept whole or not at all, in a folder named by its digest; the name it came with is only a
label. Everything lies apart from the index, since it can't be made again::

    index                          the index it belongs to
    left-out.json                  absolute paths of files that are not indexed, though they lie in a folder
    LOCK                           held while something is kept or removed
    uploads/<sha256>/content.pdf   the bytes
    uploads/<sha256>/.label        what people see; hidden, so that no one takes it for a document
    uploads/<sha256>/.owner        who gave it; for the quota alone
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

from index import Picked
from index.formats import SUFFIXES
from index.formats.records import MB
from index.permissions import make_private_dir, tighten_dir
from index.snapshot import fsync, write_whole
from qa.errors import LibraryDamaged, LibraryUnwritable

LONGEST_LABEL = 120
"""Characters of a label."""

_COPIED_AT_ONCE = 2**20
_JOINERS = "\u200c\u200d"
"""Unseen characters that belong to words and to pictures of families; all others leave a label."""


@dataclass(frozen=True, slots=True)
class Given:
    """
    A file that is handed in: its *name* as the sender says, and its bytes, open at their beginning.

    Its *owner* is who sends it, for the quota.
    """

    name: str
    file: IO[bytes]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """
    A file that is kept.

    Args:
        digest: SHA-256 of its bytes, in hex.
        label: What people see as its path: one line, no slash, and no other file of the shelf has it.
        path: Where its bytes lie.
    """

    digest: str
    label: str
    path: Path


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that isn't kept; *reason* continues "the file ..."."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    What may be given.

    Args:
        most: Files that are kept, at most.
        max_bytes: Size of one.
        types: Endings, lower case, with their dot.
        max_total_bytes: Size of all together.
        max_owner_files: Files of one owner.
        max_owner_bytes: Size of one owner's files together.
    """

    most: int = 1000
    max_bytes: int = 200 * MB
    types: frozenset[str] = SUFFIXES
    max_total_bytes: int = 10_000 * MB
    max_owner_files: int = 500
    max_owner_bytes: int = 5_000 * MB


class Shelf:
    """
    The files picked for one index; any number of processes may use it at once.

    Args:
        folder: Where it lies; made when something is kept.
        index_dir: The index it belongs to.
        bounds: On what may be given.
    """

    def __init__(self, folder: Path, index_dir: Path, bounds: Bounds) -> None:
        self.bounds = bounds
        self._folder = folder
        self._index_dir = index_dir
        self._uploads = folder / "uploads"
        self._left_out = folder / "left-out.json"

    @classmethod
    def of(cls, data_dir: Path, index_dir: Path, bounds: Bounds) -> "Shelf":
        """The shelf of an index, below the folder for what can't be made again."""
        name = hashlib.sha256(os.fsencode(index_dir)).hexdigest()[:16]
        return cls(data_dir / "libraries" / name, index_dir, bounds)

    def keep(self, given: Given) -> Upload | Refused:
        """Keep a file, or say why not; one whose bytes are kept already stays what it is."""
        label = label_of(given.name)
        suffix = PurePath(label).suffix.lower()
        if suffix not in self.bounds.types:
            taken = ", ".join(sorted(self.bounds.types))
            return Refused(label, f"is not of a type that is taken here ({taken})")
        try:
            with self._alone():
                return self._keep(given, label, suffix)
        except LibraryUnwritable as error:
            return Refused(label, f"can't be kept: {error}")

    def uploads(self) -> list[Upload]:
        """Every file that is kept, by label."""
        folders = self._uploads.iterdir() if self._uploads.is_dir() else ()
        found = (_upload(folder) for folder in folders if _DIGEST.fullmatch(folder.name))
        return sorted((upload for upload in found if upload), key=lambda upload: upload.label)

    def path_of(self, digest: str) -> Path | None:
        """Where the bytes of that SHA-256 lie; None if they aren't kept here."""
        upload = _upload(self._uploads / digest) if _DIGEST.fullmatch(digest) else None
        return upload.path if upload else None

    def over_quota(self, owner: str, size: int) -> str:
        """Return why there is no room for another file of that owner; the reason continues "the file ..."."""
        kept, bounds = self.uploads(), self.bounds
        sizes = {upload.digest: _size(upload) for upload in kept}
        own = [sizes[upload.digest] for upload in kept if owner and _owner_in(upload.path.parent) == owner]
        if len(kept) >= bounds.most:
            return f"is one too many: {len(kept):,} are kept, and that is the limit"
        if len(own) >= bounds.max_owner_files:
            return f"is more than the {bounds.max_owner_files:,} files that one person may add"
        if sum(own) + size > bounds.max_owner_bytes:
            return f"is more than the {bounds.max_owner_bytes / MB:,.0f} MB that one person may add"
        if sum(sizes.values()) + size > bounds.max_total_bytes:
            return f"is more than the {bounds.max_total_bytes / MB:,.0f} MB that all may add together"
        return ""

    def left_out(self) -> frozenset[str]:
        """
        Absolute paths of files that are not indexed, though they lie in a folder.

        Raises:
            LibraryDamaged: If the list can't be read: without it, removed files would come back.
        """
        try:
            paths = json.loads(self._left_out.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError) as error:
            raise self._damaged() from error
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise self._damaged()
        return frozenset(paths)

    def picked(self) -> Picked:
        """What an index holds besides its folders, and what it leaves out of them."""
        return Picked({upload.label: upload.path for upload in self.uploads()}, self.left_out())

    def remove(self, labels: Collection[str]) -> None:
        """
        Take files out: a kept one is deleted, any other is never touched and only left out from now on.

        Args:
            labels: Paths as the index shows them.

        Raises:
            LibraryUnwritable: If the disk refuses.
        """
        with self._alone():
            kept = {upload.label: upload for upload in self.uploads()}
            for label in labels:
                if label in kept:
                    self._delete(kept[label].digest)
            own = {label for label in labels if label not in kept and Path(label).is_absolute()}
            if own - self.left_out():
                self._write_left_out(self.left_out() | own)

    def bring_back(self, paths: Iterable[Path]) -> None:
        """Index these files again that were left out; a folder brings back none of its files."""
        asked = {os.path.realpath(path) for path in paths}

        def back() -> set[str]:
            return {label for label in self.left_out() if os.path.realpath(label) in asked}

        if back():  # no shelf is made for nothing
            with self._alone():
                self._write_left_out(self.left_out() - back())

    def _keep(self, given: Given, label: str, suffix: str) -> Upload | Refused:
        incoming = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=self._uploads))
        try:
            return self._take(given, label, incoming / f"content{suffix}")
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    def _take(self, given: Given, label: str, content: Path) -> Upload | Refused:
        """Copy, then rename whole; *content* lies in a folder of its own."""
        size, digest = _copied(given.file, content, self.bounds.max_bytes)
        if not 0 < size <= self.bounds.max_bytes:
            limit = f"is larger than the limit of {self.bounds.max_bytes / MB:,.0f} MB"
            return Refused(label, limit if size else "is empty")
        kept = self.uploads()
        if same := [upload for upload in kept if upload.digest == digest]:
            return same[0]
        if reason := self.over_quota(given.owner, size):
            return Refused(label, reason)
        label = _free(label, {upload.label for upload in kept})
        write_whole(content.with_name(_LABEL), label)
        write_whole(content.with_name(_OWNER), given.owner)
        content.parent.rename(self._uploads / digest)
        fsync(self._uploads)
        return Upload(digest, label, self._uploads / digest / content.name)

    def _delete(self, digest: str) -> None:
        """Gone with one rename; what is left of it goes now or, after a kill, with the next change."""
        going = Path(tempfile.mkdtemp(prefix=_GOING, dir=self._uploads))
        (self._uploads / digest).rename(going / digest)
        fsync(self._uploads)
        shutil.rmtree(going, ignore_errors=True)

    def _write_left_out(self, paths: Collection[str]) -> None:
        write_whole(self._left_out, json.dumps(sorted(paths), ensure_ascii=False, indent=2) + "\n")

    def _damaged(self) -> LibraryDamaged:
        return LibraryDamaged(
            f"{self._left_out} is damaged, expected a list of paths; "
            "delete it, and files that were removed from the library come back"
        )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one who changes the shelf, which is made first, and cleared of what a kill left."""
        try:
            make_private_dir(self._uploads)
            for folder in (self._folder.parent, self._folder, self._uploads):
                tighten_dir(folder)  # an earlier version made them with the mode of the umask
            with (self._folder / "LOCK").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._clear()
                yield
        except OSError as error:
            raise LibraryUnwritable(
                f"can't write the library in {self._folder}: {error.strerror or error}; "
                "make room, or choose another folder with the setting data_dir"
            ) from error

    def _clear(self) -> None:
        if not (self._folder / "index").exists():
            write_whole(self._folder / "index", f"{_shown(self._index_dir)}\n")
        for folder in self._uploads.iterdir():
            if folder.name.startswith((_INCOMING, _GOING)):
                shutil.rmtree(folder, ignore_errors=True)


_INCOMING, _GOING, _LABEL, _OWNER = ".incoming-", ".going-", ".label", ".owner"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def label_of(name: str) -> str:
    """
    A name as a label: its last part, on one line, without unseen characters, of bounded length.

    >>> label_of("../../etc/report\\n.pdf")
    'report .pdf'
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(letter if letter.isprintable() or letter in _JOINERS else " " for letter in last)
    label = " ".join(seen.split())
    if label.lower() in SUFFIXES or label in ("", ".", ".."):
        label = "unnamed" + label.rstrip(".")
    return _cut(label, LONGEST_LABEL)


def _cut(label: str, longest: int) -> str:
    """Shorter, with its ending kept."""
    suffix = PurePath(label).suffix
    suffix = suffix if len(suffix) < 12 else ""
    return label if len(label) <= longest else label[: longest - len(suffix) - 1].rstrip() + "…" + suffix


def _free(label: str, taken: Collection[str]) -> str:
    """``report.pdf``, or ``report (2).pdf`` where another file goes by that name."""
    path = PurePath(label)
    number = 1
    while label in taken:
        number += 1
        mark = f" ({number}){path.suffix}"
        # A label is made one again whenever it is read; the number must outlast that.
        label = label_of(_cut(path.stem, LONGEST_LABEL - len(mark)) + mark)
    return label


def _copied(source: IO[bytes], target: Path, max_bytes: int) -> tuple[int, str]:
    """Copy up to one byte more than *max_bytes*; return the bytes copied and their SHA-256 in hex."""
    digest = hashlib.sha256()
    size = 0
    with target.open("xb") as writing:
        while block := source.read(min(_COPIED_AT_ONCE, max_bytes + 1 - size)):
            digest.update(block)
            writing.write(block)
            size += len(block)
        writing.flush()
        os.fsync(writing.fileno())
    return size, digest.hexdigest()


def _upload(folder: Path) -> Upload | None:
    """What one folder keeps; None if nothing is in it."""
    try:
        contents = [path for path in folder.iterdir() if path.name.startswith("content.")]
    except OSError:
        return None
    # The label was made here, but a disk can be edited: it must never become a path.
    return Upload(folder.name, label_of(_label_in(folder)), contents[0]) if contents else None


def _label_in(folder: Path) -> str:
    try:
        return (folder / _LABEL).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return folder.name[:12]


def _owner_in(folder: Path) -> str:
    """Return who gave a file; "" where an earlier version kept it, so that it counts for nobody."""
    try:
        return (folder / _OWNER).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _size(upload: Upload) -> int:
    try:
        return upload.path.stat().st_size
    except OSError:  # removed meanwhile
        return 0


def _shown(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
