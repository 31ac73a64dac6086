"""
Sessions that ended before their cookie expires: a small SQLite file in the data folder.

Cookies are signed and not stored, so only ended sessions have to be recorded, and only until the cookie would
have expired. Several processes may use the file at once.
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
"""Seconds to wait while another process locks the file."""
_TABLE = "CREATE TABLE IF NOT EXISTS revoked (session TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID"


class RevokedSessions:
    """
    Ids of sessions that are no longer valid; thread-safe.

    Args:
        path: The SQLite file; created if missing, readable by its owner alone.
        clock: Seconds since the epoch.

    Raises:
        SessionsUnavailable: If the file can't be used. Every method raises it, so that no cookie is accepted.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        with self._translate_errors():
            make_private_dir(path.parent)
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            self._database = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            self._database.execute(_TABLE)

    def __contains__(self, session: str) -> bool:
        """Return whether the session has ended."""
        with self._translate_errors(), self._lock:
            query = "SELECT 1 FROM revoked WHERE session = ?"
            return self._database.execute(query, (session,)).fetchone() is not None

    def add(self, session: str, seconds: float) -> None:
        """
        End a session; this is on disk when the method returns.

        Args:
            session: The session's id.
            seconds: How long one of its cookies could still be valid.
        """
        now = self._clock()
        with self._translate_errors(), self._lock:
            self._database.execute("DELETE FROM revoked WHERE until < ?", (now,))
            self._database.execute("INSERT OR REPLACE INTO revoked VALUES (?, ?)", (session, now + seconds))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
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
