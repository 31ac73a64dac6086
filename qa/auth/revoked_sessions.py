"""
Sessions that were ended before their cookie expires: a small SQLite file in the data folder.

A cookie is signed and not stored, so that only its end has to be remembered, and only until it would have
expired anyway. Any number of processes may use the file at once.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from index.files import make_private_dir
from qa.errors import SessionsUnavailable

BUSY_TIMEOUT = 10.0
"""Seconds that another process may keep the file locked."""
_TABLE = "CREATE TABLE IF NOT EXISTS revoked (session TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID"


class RevokedSessions:
    """
    Ids of sessions that are not valid any more; from any thread.

    Args:
        path: The SQLite file; made if missing, readable by its owner alone.
        clock: Seconds since the epoch.

    Raises:
        SessionsUnavailable: If the file can't be used; from every method, so that no cookie is accepted then.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        with self._translated():
            make_private_dir(path.parent)
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            self._database = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            self._database.execute(_TABLE)

    def __contains__(self, session: str) -> bool:
        """Return whether the session was ended."""
        with self._translated(), self._lock:
            query = "SELECT 1 FROM revoked WHERE session = ?"
            return self._database.execute(query, (session,)).fetchone() is not None

    def add(self, session: str, seconds: float) -> None:
        """
        End a session; it is on disk when this returns.

        Args:
            session: Its id.
            seconds: How long a cookie of it could still be valid.
        """
        now = self._clock()
        with self._translated(), self._lock:
            self._database.execute("DELETE FROM revoked WHERE until < ?", (now,))
            self._database.execute("INSERT OR REPLACE INTO revoked VALUES (?, ?)", (session, now + seconds))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            if isinstance(error, sqlite3.ProgrammingError):
                raise
            reason = getattr(error, "strerror", None) or error
            raise SessionsUnavailable(
                f"{self._path}, which records who has logged out, can't be used ({reason}). "
                "Make it writable, or delete it together with session.key; everyone then has to log in again."
            ) from error
