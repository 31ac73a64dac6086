"""Folders that only their owner may look into."""

import contextlib
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
