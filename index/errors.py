"""
What can go wrong in the index, as a person would say it::

    FootnoteError                  the message is for a person: what was found, expected, what to type
    ├── IndexMissing               there is no index where one was looked for
    ├── IndexDamaged               a snapshot's file is missing, truncated or altered
    ├── IndexMismatch              the index was made with another embedder, chunking or format
    ├── IndexBusy                  another process is building this index
    ├── IndexUnwritable            the index folder can't be written: read-only, or the disk is full
    ├── NothingToIndex             the paths hold no file that could be read
    ├── ModelDamaged               a weights file is missing or altered
    ├── UnknownDocument            no document goes by that name, or several do
    └── UnreadableFile             one file can't be read; the others can
"""


class FootnoteError(Exception):
    """A message for a person: one line that says what was found, what was expected and what to type."""


class IndexMissing(FootnoteError):
    """There is no index where one was looked for."""


class IndexDamaged(FootnoteError):
    """A file of the snapshot is missing, truncated or not what its manifest says."""


class IndexMismatch(FootnoteError):
    """The index was made with another embedder, chunking or format than the settings'."""


class IndexBusy(FootnoteError):
    """Another process is building this index."""


class IndexUnwritable(FootnoteError):
    """The index folder can't be written."""


class NothingToIndex(FootnoteError):
    """The paths hold no file that could be read."""


class ModelDamaged(FootnoteError):
    """A weights file is missing or is not what its manifest says."""


class UnknownDocument(FootnoteError):
    """No document goes by that name, or several do."""


class UnreadableFile(FootnoteError):
    """One file can't be read; the message is the reason, without the file's name."""
