"""The database of the chat: one SQLite file, its migrations, and its errors in words."""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from index.files import make_private_dir
from qa.chat.migrations import MIGRATIONS, applied_migrations
from qa.errors import ConversationsDamaged, ConversationsUnavailable
from qa.stored_answer import replace_surrogates

BUSY_TIMEOUT = 30.0
"""Seconds to wait while another process locks the file."""
MAX_FAULT = 120
"""Characters of SQLite's message in ours."""
Row = tuple[object, ...]


class Database:
    """
    An open database; safe for several threads and processes.

    Changes are on disk when a transaction ends, and survive a kill and a power cut.

    Args:
        path: The SQLite file; created if missing, readable by its owner alone, and migrated.

    Raises:
        ConversationsDamaged: If the file isn't a valid database; from every method.
        ConversationsUnavailable: If it can't be opened or written; from every method.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._translate_errors():
            self._database = _open_database(path)
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def rows(self, query: str, *values: object) -> list[Row]:
        """Return the rows of a query."""
        with self._lock, self._translate_errors():
            return self.execute(query, *values).fetchall()

    def write(self, query: str, *values: object) -> None:
        """Run one statement in a transaction."""
        with self.transaction():
            self.execute(query, *values)

    def execute(self, query: str, *values: object) -> sqlite3.Cursor:
        """Run a statement within :meth:`transaction`."""
        return self._database.execute(query, [_bindable(value) for value in values])

    def truncate_log(self) -> None:
        """Remove deleted text from the write-ahead log, too; deferred while another process reads."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a transaction, which is rolled back on any error."""
        with self._lock, self._translate_errors():
            # IMMEDIATE waits for other writers; a transaction that begins with a read would fail instead.
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _migrate(self) -> None:
        """Apply missing migrations, each in one transaction with its record."""
        known = [migration.__name__ for migration in MIGRATIONS]
        with self.transaction() as database:
            done = applied_migrations(database)
            later = [name for name in done if name not in known]
            if later:
                raise ConversationsUnavailable(
                    f"{self._path} was written by a newer version of Footnote "
                    f"(it has {later[0]}, this one knows {known[-1]}). Install that version."
                )
            for migration in MIGRATIONS:
                if migration.__name__ not in done:
                    migration(database)
                    database.execute("INSERT INTO migrations VALUES (?)", (migration.__name__,))

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Translate errors of SQLite and of the file system."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if type(error) not in {sqlite3.DatabaseError, sqlite3.OperationalError}:
                raise  # a bug, such as wrong SQL
            raise _translate(self._path, error) from error
        except UnicodeDecodeError as error:  # SQLite's message contains the damaged bytes
            raise _damaged(self._path, "it doesn't contain text") from error
        except OSError as error:
            raise ConversationsUnavailable(
                f"The conversations in {self._path} can't be opened ({error.strerror}). "
                "Make the file and its folder writable."
            ) from error


def _open_database(path: Path) -> sqlite3.Connection:
    make_private_dir(path.parent)
    _make_private(path)
    database = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        # A damaged text is shown as far as it can be decoded.
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        _enable_wal(database)
        database.execute("PRAGMA synchronous=FULL")  # each commit is on disk, not only each checkpoint
        database.execute("PRAGMA foreign_keys=ON")
        database.execute("PRAGMA secure_delete=ON")
    except BaseException:
        database.close()
        raise
    return database


def _make_private(path: Path) -> None:
    """
    Create the file if missing, readable by its owner alone; SQLite gives its -wal and -shm files that mode.

    An existing file isn't opened: closing it would release all locks of this process on it (POSIX).
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _enable_wal(database: sqlite3.Connection) -> None:
    """Set WAL mode; SQLite's busy timeout doesn't apply when another process is setting it, too."""
    until = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _bindable(value: object) -> object:
    """Return a value that SQLite accepts, whatever a browser sent."""
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, int):
        return max(-(2**63), min(value, 2**63 - 1))
    return value


def _translate(path: Path, error: sqlite3.Error) -> ConversationsDamaged | ConversationsUnavailable:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF  # the primary result code
    fault = " ".join(str(error).split())[
        :MAX_FAULT
    ]  # SQLite's message can contain the whole of a damaged schema
    text = f"The conversations in {path} can't be read or written ({fault})"
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return ConversationsUnavailable(
                f"{text}: another program has locked them. Close it and try again."
            )
        case sqlite3.SQLITE_FULL:
            return ConversationsUnavailable(f"{text}: the disk is full. Free up space and try again.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return ConversationsUnavailable(f"{text}. Make the file and its folder writable.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(path, fault)
    return ConversationsUnavailable(f"{text}. Check the disk and try again.")


def _damaged(path: Path, fault: str) -> ConversationsDamaged:
    return ConversationsDamaged(
        f"The conversations in {path} are damaged ({fault}). To start over, move that file away, "
        "together with the files next to it that end in -wal and -shm."
    )
