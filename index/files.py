"""Write files atomically and durably."""

import contextlib
import hashlib
import os
import stat
from pathlib import Path

PRIVATE = 0o700


def make_private_dir(path: Path) -> None:
    """
    Make a folder and those above it that are missing, each with mode 0700; an existing one is left as it is.

    ``Path.mkdir(parents=True)`` gives the folders above the mode of the umask.

    Raises:
        OSError: If the disk refuses.
    """
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(mode=PRIVATE, exist_ok=True)
    if not path.is_dir():
        path.mkdir()  # raises FileExistsError


def tighten_dir(path: Path) -> None:
    """Take away what others may do in an existing folder; one that is missing or another user's is left."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            os.chmod(path, mode & stat.S_IRWXU)


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, text: str) -> None:
    """Make a file hold *text*, or leave it as it was: a sibling is written, fsynced and renamed."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fsync(fresh)
    fresh.replace(path)
    fsync(path.parent)


def fsync(path: Path) -> None:
    """Make sure that a file's bytes, or a folder's names, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
