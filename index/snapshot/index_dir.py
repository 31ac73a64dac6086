"""
The index directory: which snapshot is current, who may write, and what may be deleted.

::

    CURRENT                 name of the current snapshot; replaced by rename
    LOCK                    locked by the process that builds, and contains its process ID
    snapshots/<name>/       finished and never edited; every reader holds a shared lock on its `in-use`
    building/               the unfinished snapshot; renamed into snapshots/ as a whole
    cache/                  may be deleted at any time
    trash/                  snapshots that are being deleted

The locks are the kernel's (flock), so they end with the process that holds them, even if it is killed.
"""

import contextlib
import fcntl
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from index.errors import IndexBusy, IndexDamaged, IndexMissing, IndexUnwritable
from index.files import fsync, make_private_dir, tighten_dir, write_atomic
from index.snapshot.manifest import Manifest
from index.snapshot.snapshot import MANIFEST, Snapshot, verify

_IN_USE = "in-use"
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9a-f]{8}")
"""``20261122T101500.123456Z-1a2b3c4d``. A folder of another name is the user's own and is left alone."""


class IndexDir:
    """
    One index on disk.

    Args:
        path: The directory; it needn't exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.building = path / "building"
        self._snapshots = path / "snapshots"
        self._trash = path / "trash"

    def current_name(self) -> str | None:
        """
        Return the name of the current snapshot, or None if there is no index yet.

        Raises:
            IndexDamaged: If ``CURRENT`` can't be read or doesn't contain a name.
        """
        try:
            name = (self.path / "CURRENT").read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexDamaged(
                f"{self.path / 'CURRENT'} can't be read. Run: footnote index FOLDER"
            ) from error
        # A name and not a path, so that CURRENT can't point outside the directory.
        if not name or name in {".", ".."} or "/" in name or "\0" in name:
            raise IndexDamaged(f"{self.path / 'CURRENT'} is damaged. Run: footnote index FOLDER")
        return name

    def current(self) -> Path:
        """
        Return the folder of the current snapshot.

        Raises:
            IndexMissing: If there is no index yet.
        """
        name = self.current_name()
        if name is None:
            raise IndexMissing(f"There is no index in {self.path}. Run: footnote index FOLDER")
        return self._snapshots / name

    def snapshot_names(self) -> list[str]:
        """Return the names of all finished snapshots, oldest first."""
        if not self._snapshots.is_dir():
            return []
        folders = (path for path in self._snapshots.iterdir() if _NAME.fullmatch(path.name))
        return sorted(path.name for path in folders if (path / MANIFEST).is_file())

    @contextlib.contextmanager
    def open_current(self) -> Iterator[Snapshot]:
        """Open the current snapshot, locked so that no build deletes it."""
        folder = self.current()
        # The machine may have crashed during that build, before everything was on disk. Then files may have
        # the right size and the wrong content.
        if self.has_unfinished_build():
            verify(folder)
        with _shared_lock(folder / _IN_USE):
            snapshot = Snapshot(folder)
            try:
                yield snapshot
            finally:
                snapshot.close()

    def verify(self) -> Manifest:
        """Check the hash of every file of the current snapshot."""
        return verify(self.current())

    def has_unfinished_build(self) -> bool:
        """Return whether a build was interrupted: there are unfinished files and no process is building."""
        if not self.building.is_dir() or not any(self.building.iterdir()):
            return False
        with contextlib.suppress(OSError, IndexBusy), _exclusive_lock(self.path / "LOCK"):
            return True
        return False

    @contextlib.contextmanager
    def build_lock(self) -> Iterator[None]:
        """
        Lock the index for a build, and delete unfinished files before and after it.

        Raises:
            IndexBusy: If another process is building.
            IndexUnwritable: If the directory can't be written.
        """
        with translate_write_errors(self.path):
            make_private_dir(self._snapshots)
            tighten_dir(self._snapshots)  # an earlier version created it with the umask's mode
            with _exclusive_lock(self.path / "LOCK"):
                for folder in (self.building, self._trash):
                    shutil.rmtree(folder, ignore_errors=True)
                    make_private_dir(folder)
                try:
                    yield
                finally:  # unfinished files use disk space and make every opening verify all hashes
                    shutil.rmtree(self.building, ignore_errors=True)

    def publish(self, finished: Path, name: str) -> None:
        """
        Make a finished folder the current snapshot.

        Args:
            finished: The folder, which is moved.
            name: Its name from now on.
        """
        # Two renames, each on disk before the next: until the last one the previous snapshot is current.
        finished.rename(self._snapshots / name)
        fsync(self._snapshots)
        self._set_current(name)

    def rollback(self) -> str:
        """
        Make the snapshot before the current one current; the newer one stays, so that a build can reuse it.

        Returns:
            The name of the snapshot that is now current.

        Raises:
            IndexMissing: If there is no earlier snapshot.
            IndexDamaged: If the earlier snapshot is damaged.
        """
        current = self.current().name
        with self.build_lock():
            older = [name for name in self.snapshot_names() if name < current]
            if not older:
                raise IndexMissing(f"There is no snapshot before {current}. Nothing was changed.")
            verify(self._snapshots / older[-1])
            self._set_current(older[-1])
        return older[-1]

    def prune(self, keep: int) -> None:
        """Delete all but the newest *keep* snapshots, except the current one and those that are open."""
        current = self.current_name()
        # After a rollback the current snapshot isn't the newest, so it is taken out before counting.
        for name in [name for name in self.snapshot_names() if name != current][: -(keep - 1) or None]:
            folder = self._snapshots / name
            with contextlib.suppress(IndexBusy, OSError), _exclusive_lock(folder / _IN_USE):
                # Renamed first: a process that is killed while it deletes leaves no partial snapshot.
                folder.rename(self._trash / name)
        shutil.rmtree(self._trash, ignore_errors=True)

    def _set_current(self, name: str) -> None:
        write_atomic(self.path / "CURRENT", name + "\n")


@dataclass(slots=True)
class _OpenSnapshot:
    """An open snapshot and the number of its users."""

    snapshot: Snapshot
    resources: contextlib.ExitStack
    users: int = 0


class LiveIndex:
    """
    The current snapshot of an index that may be rebuilt at any time.

    A question uses one snapshot from its beginning to its end; the next question gets the newest one.

    Args:
        index_dir: The index.
        check: Called with the manifest of each snapshot before its first use; raises an error to reject it.
        titles: Returns titles that replace those of documents, by the path of a file.
    """

    def __init__(
        self,
        index_dir: IndexDir,
        check: Callable[[Manifest], None],
        titles: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._index_dir = index_dir
        self._check = check
        self._titles = titles
        self._lock = threading.Lock()
        self._current: _OpenSnapshot | None = None

    @contextlib.contextmanager
    def acquire(self) -> Iterator[Snapshot]:
        """
        Provide the current snapshot for one question.

        Raises:
            FootnoteError: If there is no snapshot, or it can't be used.
        """
        with self._lock:
            opened = self._newest()
            opened.users += 1
        try:
            yield opened.snapshot.with_titles(self._titles())
        finally:
            with self._lock:
                opened.users -= 1
                self._close_if_unused(opened)

    def close(self) -> None:
        """Close the snapshot as soon as no question uses it; a later question opens it again."""
        with self._lock:
            previous, self._current = self._current, None
            if previous:
                self._close_if_unused(previous)

    def _newest(self) -> _OpenSnapshot:
        previous = self._current
        if previous and previous.snapshot.name == self._index_dir.current_name():
            return previous
        with contextlib.ExitStack() as stack:
            snapshot = stack.enter_context(self._index_dir.open_current())
            self._check(snapshot.manifest)
            self._current = _OpenSnapshot(snapshot, stack.pop_all())
        if previous:
            self._close_if_unused(previous)
        return self._current

    def _close_if_unused(self, opened: _OpenSnapshot) -> None:
        """Close a snapshot that was replaced and has no users left."""
        if opened is not self._current and not opened.users:
            opened.resources.close()


@contextlib.contextmanager
def translate_write_errors(path: Path) -> Iterator[None]:
    """Raise IndexUnwritable, with a message for people, for errors of the disk that holds *path*."""
    try:
        yield
    except OSError as error:
        raise IndexUnwritable(
            f"Can't write the index in {path}: {error.strerror or error}. "
            "Free up disk space or choose another folder with --index-dir. The index is unchanged."
        ) from error


@contextlib.contextmanager
def _exclusive_lock(path: Path) -> Iterator[None]:
    """Lock *path* for this process alone, and write the process ID into it."""
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
    """Lock *path* together with any number of other readers."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError:  # where nothing can be written no build can delete the snapshot either
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
