"""
Titles that people gave to documents, stored apart from the index, which has the documents' own.

``titles.json`` maps the path of each file, or the label of an upload, to its title. A path and not the
document's id, so that the title stays when the file is edited.
"""

import contextlib
import fcntl
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from index.files import make_private_dir, write_atomic
from qa.errors import LibraryUnwritable

MAX_TITLE = 200
"""Characters of a title; a longer one is cut."""


_NOTHING_READ: tuple[tuple[int, int], Mapping[str, str]] = ((0, 0), {})


class DocumentTitles:
    """
    The titles of one library; safe for several threads and processes.

    Args:
        folder: The library's folder; created with the first title.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "titles.json"
        self._read: tuple[tuple[int, int], Mapping[str, str]] = _NOTHING_READ
        """The version of the file that was read last, and its titles."""

    def titles(self) -> Mapping[str, str]:
        """Return the title of each path that has one; the same object until they change."""
        try:
            status = self._file.stat()
            version = (status.st_mtime_ns, status.st_ino)
            if self._read[0] != version:
                self._read = (version, _parse(self._file.read_text("utf-8")))
        except (OSError, ValueError):  # missing or damaged: documents have titles of their own, too
            self._read = _NOTHING_READ
        return self._read[1]

    def rename(self, paths: Collection[str], title: str) -> None:
        """
        Set the title of these files; an empty one gives them back their own.

        Raises:
            LibraryUnwritable: If it can't be stored.
        """
        title = " ".join("".join(char if char.isprintable() else " " for char in title).split())[:MAX_TITLE]
        with self._lock():
            titles = {path: other for path, other in self.titles().items() if path not in paths}
            if title:
                titles |= dict.fromkeys(paths, title)
            write_atomic(self._file, json.dumps(titles, ensure_ascii=False, indent=2) + "\n")

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            for folder in (self._folder.parent, self._folder):
                make_private_dir(folder)
            with (self._folder / "LOCK").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise LibraryUnwritable(
                f"Can't write the titles in {self._folder}: {error.strerror or error}. "
                "Free up disk space or choose another folder with the setting data_dir."
            ) from error


def _parse(text: str) -> Mapping[str, str]:
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("expected titles by path")
    return {str(path): title for path, title in content.items() if isinstance(title, str) and title}
