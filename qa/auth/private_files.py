"""Atomic writes and safe reads of small files that only their owner may read (mode 0600)."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from index.files import fsync, make_private_dir

MAX_BYTES = 2**20
"""Maximum size of a file that is read."""


def write(path: Path, content: bytes) -> None:
    """
    Write a file atomically with mode 0600, replacing an earlier one.

    Raises:
        OSError: If the folder can't be written; an earlier file is unchanged.
    """
    target = path.resolve()  # a symbolic link stays one
    with _temp_file(target, content) as temp:
        temp.replace(target)


def write_if_absent(path: Path, content: bytes) -> bytes:
    """
    Write a file unless it exists, and return its content: this one, or that of an earlier writer.

    Raises:
        OSError: If the folder can't be written or the file can't be read.
    """
    if not path.exists():
        with _temp_file(path, content) as temp, contextlib.suppress(FileExistsError):
            path.hardlink_to(temp)  # unlike a rename it replaces nothing
    return read(path)


def read(path: Path) -> bytes:
    """
    Return the content of a file.

    Raises:
        OSError: If it can't be read, is too large or isn't a regular file.
        PermissionError: If other users may write it.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise OSError(None, f"it is not a regular file of at most {MAX_BYTES:,} bytes")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(None, "other users can change it. Run: chmod 600")
        return file.read(MAX_BYTES)


@contextlib.contextmanager
def _temp_file(path: Path, content: bytes) -> Iterator[Path]:
    """Yield a complete temporary file in the same folder; it is deleted unless it was renamed."""
    make_private_dir(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    temp = Path(name)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temp
        fsync(path.parent)
    finally:
        temp.unlink(missing_ok=True)
