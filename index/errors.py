"""
The errors of the index.

::

    FootnoteError                  base class; the message is meant for people
    ├── IndexMissing               there is no index in the directory
    ├── IndexDamaged               a file of a snapshot is missing, truncated or changed
    ├── IndexMismatch              the index was built with another embedder, chunking or format
    ├── IndexBusy                  another process is building the index
    ├── IndexUnwritable            the index directory is read-only, or the disk is full
    ├── NothingToIndex             the paths contain no readable file
    ├── ModelDamaged               a file of a model is missing or changed
    ├── UnknownDocument            no document has the name, or several do
    └── UnreadableFile             one file can't be read; the others can
"""

from index.failures import FailureCode, ParseFailure


class FootnoteError(Exception):
    """Base class; the message is one line that says what happened and what to do."""


class IndexMissing(FootnoteError):
    """There is no index in the directory."""


class IndexDamaged(FootnoteError):
    """A file of a snapshot is missing, truncated or different from its manifest."""


class IndexMismatch(FootnoteError):
    """The index was built with another embedder, chunking or format than the current one."""


class IndexBusy(FootnoteError):
    """Another process is building the index."""


class IndexUnwritable(FootnoteError):
    """The index directory can't be written."""


class NothingToIndex(FootnoteError):
    """The paths contain no readable file."""


class ModelDamaged(FootnoteError):
    """A file of a model is missing or different from the expected one."""


class UnknownDocument(FootnoteError):
    """No document has the name, or several do."""


class UnreadableFile(FootnoteError):
    """One file can't be read; its ``failure`` has the code, the message and the advice."""

    def __init__(self, code: FailureCode, detail: str = "", limit: float | None = None) -> None:
        self.failure = ParseFailure(code, detail, limit)
        super().__init__(str(self.failure))
