"""Write files atomically and durably."""

import contextlib
import hashlib
import os
import stat
from pathlib import Path

PRIVATE_MODE = 0o700


def make_private_dir(path: Path) -> None:
    """
    Create a directory and its missing parents with mode 0700; existing directories are not changed.

    Raises:
        OSError: If a directory can't be created.
    """
    # Path.mkdir(parents=True) would create the parents with the umask's mode.
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    if not path.is_dir():
        path.mkdir()  # a file has this name: raises FileExistsError


def tighten_dir(path: Path) -> None:
    """Remove the permissions of other users from a directory, if it exists and belongs to this user."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            os.chmod(path, mode & stat.S_IRWXU)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, text: str) -> None:
    """Replace the content of a file with *text*, or leave the file unchanged if that fails."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    # Both calls are needed: without the first, a crash may leave the new name with no content, and without
    # the second, the old name.
    fsync(temporary)
    temporary.replace(path)
    fsync(path.parent)


def fsync(path: Path) -> None:
    """Flush the content of a file, or the names in a directory, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
