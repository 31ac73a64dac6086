"""
A cache of vectors by (embedder, text), so that no text is embedded twice.

A build also stores its vectors here until they are written in order, so that a killed build loses one batch
at most. The cache may be deleted at any time; a damaged one is deleted and rebuilt.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from index.embedders.base import Vectors
from index.files import make_private_dir, tighten_dir

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    embedder TEXT NOT NULL,
    key BLOB NOT NULL,        -- SHA-256 of the embedded text
    vector BLOB NOT NULL,     -- float32, little-endian
    PRIMARY KEY (embedder, key)
)
"""
_MAX_PARAMETERS = 500  # SQLite limits the parameters of a statement
_DAMAGED_MESSAGE = "the embedding cache is damaged"


class CacheDamaged(OSError):
    """The file is damaged: call :func:`delete_cache` and embed everything again."""


class EmbeddingCache:
    """
    The cached vectors of one embedder.

    Args:
        path: The SQLite file; created if missing.
        embedder: Fingerprint of the embedder.
        dimension: Length of its vectors.

    Raises:
        CacheDamaged: If the file is damaged; every method raises it.
        OSError: If the disk fails; every method raises it.
    """

    def __init__(self, path: Path, embedder: str, dimension: int) -> None:
        self._embedder = embedder
        self._dimension = dimension
        make_private_dir(path.parent)
        tighten_dir(path.parent)  # an earlier version created it with the umask's mode
        with _translate_errors():
            self._database = _open_database(path)

    def missing(self, keys: Sequence[bytes]) -> list[int]:
        """Return the positions of the keys without a vector."""
        present: set[bytes] = set()
        for batch in _batches(keys):
            present.update(key for key, _ in self._select("key, 0", batch))
        return [position for position, key in enumerate(keys) if key not in present]

    def get(self, keys: Sequence[bytes]) -> Vectors:
        """
        Return the vectors of *keys*, none of which may be missing.

        Returns:
            *Shape:* ``(len(keys), dimension)``
        """
        vectors: dict[bytes, bytes] = {}
        for batch in _batches(keys):
            vectors.update(self._select("key, vector", batch))
        rows = b"".join(vectors.get(key, b"") for key in keys)
        # A key that `missing` has found in the index may still have no row in a damaged file.
        if len(rows) != len(keys) * self._dimension * 4:
            raise CacheDamaged(_DAMAGED_MESSAGE)
        return np.frombuffer(rows, dtype="<f4").reshape(len(keys), self._dimension)

    def put(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Store one vector for each key, replacing older ones, and commit."""
        rows = [
            (self._embedder, key, row.astype("<f4").tobytes()) for key, row in zip(keys, vectors, strict=True)
        ]
        with _translate_errors(), self._database:
            self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _select(self, columns: str, keys: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        placeholders = ",".join("?" * len(keys))
        query = f"SELECT {columns} FROM vectors WHERE embedder = ? AND key IN ({placeholders})"  # noqa: S608
        with _translate_errors():
            return self._database.execute(query, (self._embedder, *keys)).fetchall()


def delete_cache(path: Path) -> None:
    """Delete a cache that isn't open, with SQLite's auxiliary files."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def cache_key(text: str) -> bytes:
    """Return the key of a text: the SHA-256 of its UTF-8."""
    return hashlib.sha256(text.encode()).digest()


def _open_database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(_SCHEMA)
    except BaseException:
        database.close()
        raise
    return database


@contextlib.contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise CacheDamaged for a damaged file and OSError for other errors of SQLite."""
    try:
        yield
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # SQLite's message may quote damaged bytes
        if _is_damage(error):
            raise CacheDamaged(_DAMAGED_MESSAGE) from error
        raise OSError(str(error)) from error


def _is_damage(error: Exception) -> bool:
    # The disk's errors are OperationalErrors with a code of their own. SQLITE_ERROR means an invalid
    # statement, and since these statements are valid, it is the schema in the file that isn't.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return not isinstance(error, sqlite3.OperationalError) or code == sqlite3.SQLITE_ERROR


def _batches(keys: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [keys[start : start + _MAX_PARAMETERS] for start in range(0, len(keys), _MAX_PARAMETERS)]
