"""
The index folder: which snapshot is current, who may write, what may go.

::

    CURRENT                 name of the current snapshot; replaced by rename
    LOCK                    held by the one process that builds; its number stands in it
    snapshots/<name>/       finished, never edited; `in-use` in it is held by everyone who has it open
    building/               being made; renamed into snapshots/ whole
    cache/                  may be deleted at any time
    trash/                  on its way out

Locks are the kernel's (flock): they end with the process that holds them, however it ends.
"""

import contextlib
import fcntl
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import IndexBusy, IndexDamaged, IndexMissing, IndexUnwritable
from index.files import fsync, make_private_dir, tighten_dir, write_atomic
from index.snapshot.manifest import Manifest
from index.snapshot.snapshot import MANIFEST, Snapshot, verify

_IN_USE = "in-use"
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9a-f]{8}")
"""``20261122T101500.123456Z-1a2b3c4d``: another folder is a person's own, and neither counted nor removed."""


class IndexDir:
    """
    One index on disk.

    Args:
        path: The folder; it needn't exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.building = path / "building"
        self._snapshots = path / "snapshots"
        self._trash = path / "trash"

    def current_name(self) -> str | None:
        """Name of the current snapshot, or None if there is no index yet."""
        try:
            name = (self.path / "CURRENT").read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexDamaged(
                f"{self.path / 'CURRENT'} can't be read. Run: footnote index FOLDER"
            ) from error
        # A name, never a path: CURRENT must not lead out of the folder.
        if not name or name in {".", ".."} or "/" in name or "\0" in name:
            raise IndexDamaged(f"{self.path / 'CURRENT'} is damaged. Run: footnote index FOLDER")
        return name

    def current(self) -> Path:
        """
        The current snapshot's folder.

        Raises:
            IndexMissing: If there is no index yet.
        """
        name = self.current_name()
        if name is None:
            raise IndexMissing(f"There is no index in {self.path}. Run: footnote index FOLDER")
        return self._snapshots / name

    def snapshot_names(self) -> list[str]:
        """Every finished snapshot's name, oldest first."""
        if not self._snapshots.is_dir():
            return []
        found = (path for path in self._snapshots.iterdir() if _NAME.fullmatch(path.name))
        return sorted(path.name for path in found if (path / MANIFEST).is_file())

    @contextlib.contextmanager
    def open_current(self) -> Iterator[Snapshot]:
        """The current snapshot, held open so that no build removes it."""
        folder = self.current()
        if self.has_unfinished_build():
            verify(folder)
        with _shared_lock(folder / _IN_USE):
            snapshot = Snapshot(folder)
            try:
                yield snapshot
            finally:
                snapshot.close()

    def verify(self) -> Manifest:
        """Check every hash of the current snapshot."""
        return verify(self.current())

    def has_unfinished_build(self) -> bool:
        """Whether a build ended without finishing: something half-made lies there and nobody is at work."""
        if not self.building.is_dir() or not any(self.building.iterdir()):
            return False
        with contextlib.suppress(OSError, IndexBusy), _exclusive_lock(self.path / "LOCK"):
            return True
        return False

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """
        Be the one who builds; what a killed build left is cleared first, what this one leaves at its end.

        Raises:
            IndexBusy: If another process is building.
            IndexUnwritable: If the folder can't be written.
        """
        with write_errors(self.path):
            make_private_dir(self._snapshots)
            tighten_dir(self._snapshots)  # an earlier version made it with the mode of the umask
            with _exclusive_lock(self.path / "LOCK"):
                for folder in (self.building, self._trash):
                    shutil.rmtree(folder, ignore_errors=True)
                    make_private_dir(folder)
                try:
                    yield
                finally:  # half-made files keep room, and would have every question check the whole index
                    shutil.rmtree(self.building, ignore_errors=True)

    def publish(self, made: Path, name: str) -> None:
        """
        Make a finished folder the current snapshot: renamed whole, then CURRENT replaced by rename.

        At any moment before the last rename the former snapshot is the current one.
        """
        made.rename(self._snapshots / name)
        fsync(self._snapshots)
        self._point_to(name)

    def rollback(self) -> str:
        """
        Go back to the snapshot before the current one; the newer one is kept, so that a build can reuse it.

        Returns:
            The name of the snapshot that is current now.
        """
        current = self.current().name
        with self.exclusive():
            older = [name for name in self.snapshot_names() if name < current]
            if not older:
                raise IndexMissing(f"There is no snapshot before {current}. Nothing was changed.")
            verify(self._snapshots / older[-1])
            self._point_to(older[-1])
        return older[-1]

    def prune(self, keep: int) -> None:
        """Remove all but the newest *keep* snapshots, the current one and those that somebody has open."""
        current = self.current_name()
        for name in [name for name in self.snapshot_names() if name != current][: -(keep - 1) or None]:
            folder = self._snapshots / name
            with contextlib.suppress(IndexBusy, OSError), _exclusive_lock(folder / _IN_USE):
                folder.rename(self._trash / name)
        shutil.rmtree(self._trash, ignore_errors=True)

    def _point_to(self, name: str) -> None:
        write_atomic(self.path / "CURRENT", name + "\n")


@dataclass(slots=True)
class _OpenSnapshot:
    """A snapshot held open, and how many questions are at work on it."""

    snapshot: Snapshot
    resources: contextlib.ExitStack
    leases: int = 0


class LiveIndex:
    """
    The current snapshot of an index that may be rebuilt meanwhile.

    Each question leases a snapshot and keeps it to its end; the next one gets what is current then.

    Args:
        folder: The index.
        check: Called with each snapshot's manifest before it serves; raises if it doesn't fit.
    """

    def __init__(self, folder: IndexDir, check: Callable[[Manifest], None]) -> None:
        self._folder = folder
        self._check = check
        self._lock = threading.Lock()
        self._current: _OpenSnapshot | None = None

    @contextlib.contextmanager
    def acquire(self) -> Iterator[Snapshot]:
        """
        The current snapshot for one question.

        Raises:
            FootnoteError: If there is none, or it can't serve.
        """
        with self._lock:
            opened = self._newest()
            opened.leases += 1
        try:
            yield opened.snapshot
        finally:
            with self._lock:
                opened.leases -= 1
                self._close_if_done(opened)

    def close(self) -> None:
        """Close the snapshot as soon as no question needs it; a later question opens it again."""
        with self._lock:
            previous, self._current = self._current, None
            if previous:
                self._close_if_done(previous)

    def _newest(self) -> _OpenSnapshot:
        previous = self._current
        if previous and previous.snapshot.name == self._folder.current_name():
            return previous
        with contextlib.ExitStack() as held:
            snapshot = held.enter_context(self._folder.open_current())
            self._check(snapshot.manifest)
            self._current = _OpenSnapshot(snapshot, held.pop_all())
        if previous:
            self._close_if_done(previous)
        return self._current

    def _close_if_done(self, opened: _OpenSnapshot) -> None:
        """A snapshot that was replaced closes with its last question."""
        if opened is not self._current and not opened.leases:
            opened.resources.close()


@contextlib.contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Say in one line what the disk refused."""
    try:
        yield
    except OSError as error:
        raise IndexUnwritable(
            f"Can't write the index in {path}: {error.strerror or error}. "
            "Free up disk space or choose another folder with --index-dir. The index is unchanged."
        ) from error


@contextlib.contextmanager
def _exclusive_lock(path: Path) -> Iterator[None]:
    """Hold *path* alone; the holder's process number stands in it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            raise IndexBusy(
                f"Process {holder} is building this index. "
                f"Wait until it has finished, or stop it: kill {holder}"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _shared_lock(path: Path) -> Iterator[None]:
    """Hold *path* together with any number of others; where nothing can be written nothing is held."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
