"""Small files that nobody but their owner may read: written whole or not at all, and checked before use."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from index.files import fsync, make_private_dir

MAX_BYTES = 2**20
"""Bytes that are read of such a file, at most."""


def write(path: Path, content: bytes) -> None:
    """
    Write the file with mode 0600 in one step, replacing the former one.

    Raises:
        OSError: If the folder can't be written; the former file is as it was.
    """
    target = path.resolve()  # a link stays one
    with _temp_file(target, content) as made:
        made.replace(target)


def write_if_absent(path: Path, content: bytes) -> bytes:
    """
    Write the file unless it is there; give what it holds then, this content or that of whoever came first.

    Raises:
        OSError: If the folder can't be written, or the file not be read.
    """
    if not path.exists():
        with _temp_file(path, content) as made, contextlib.suppress(FileExistsError):
            path.hardlink_to(made)  # unlike a rename it replaces nothing
    return read(path)


def read(path: Path) -> bytes:
    """
    What the file holds.

    Raises:
        OSError: If it can't be read, is too large, or is no ordinary file.
        PermissionError: If others could have written it.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_BYTES:
            raise OSError(None, f"it is not a regular file of at most {MAX_BYTES:,} bytes")
        if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(None, "other users can change it. Run: chmod 600")
        return file.read(MAX_BYTES)


@contextlib.contextmanager
def _temp_file(path: Path, content: bytes) -> Iterator[Path]:
    """A finished file in the same folder; it is gone afterwards if it wasn't put anywhere."""
    make_private_dir(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    made = Path(name)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield made
        fsync(path.parent)
    finally:
        made.unlink(missing_ok=True)
