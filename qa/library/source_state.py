"""Whether the file of a document is still as it was indexed."""

import os
import stat
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from index import IndexedFile
from index.files import hash_file


class SourceState(StrEnum):
    """The state of a document's file, compared to the index."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    REMOVED = "removed"


def file_state(file: IndexedFile) -> SourceState:
    """
    Compare a file to what the index recorded about it.

    The file is read only if its size is the same and the time of its last change isn't.
    """
    try:
        status = os.stat(file.path)
        if not stat.S_ISREG(status.st_mode):
            return SourceState.REMOVED
        if status.st_size != file.size:
            return SourceState.CHANGED
        if status.st_mtime_ns == file.mtime_ns or hash_file(Path(file.path)) == file.digest:
            return SourceState.UNCHANGED
    except (OSError, ValueError):
        return SourceState.REMOVED
    return SourceState.CHANGED


def best_state(states: Iterable[SourceState]) -> SourceState:
    """Return the state of a document with several files: one that is unchanged is enough."""
    found = set(states)
    return next(
        (state for state in (SourceState.UNCHANGED, SourceState.CHANGED) if state in found),
        SourceState.REMOVED,
    )
