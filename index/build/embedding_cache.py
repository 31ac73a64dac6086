"""
Embeddings by (embedder, text): what was embedded once is never embedded again.

Also where a build keeps its vectors until they are written in order, so that a killed build loses at most
one batch. It may be deleted at any time; a damaged one is thrown away.
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
_MAX_PARAMETERS = 500
_DAMAGED_MESSAGE = "the embedding cache is damaged"


class CacheDamaged(OSError):
    """The file is no sound database any more: :func:`delete_cache`, and embed everything again."""


class EmbeddingCache:
    """
    One embedder's vectors on disk.

    Args:
        path: The SQLite file; made if missing.
        embedder: The embedder's fingerprint.
        dimension: Length of its vectors.

    Raises:
        CacheDamaged: If SQLite finds that the file isn't what it wrote; from every method.
        OSError: If the disk refuses; from every method.
    """

    def __init__(self, path: Path, embedder: str, dimension: int) -> None:
        self._embedder = embedder
        self._dimension = dimension
        make_private_dir(path.parent)
        tighten_dir(path.parent)  # an earlier version made it with the mode of the umask
        with _translate_errors():
            self._database = _open_database(path)

    def missing(self, keys: Sequence[bytes]) -> list[int]:
        """Positions of the keys that have no vector."""
        present: set[bytes] = set()
        for batch in _batches(keys):
            present.update(key for key, _ in self._select("key, 0", batch))
        return [at for at, key in enumerate(keys) if key not in present]

    def get(self, keys: Sequence[bytes]) -> Vectors:
        """
        The vectors of *keys*, which must all be there.

        Returns:
            *Shape:* ``(len(keys), dimension)``
        """
        found: dict[bytes, bytes] = {}
        for batch in _batches(keys):
            found.update(self._select("key, vector", batch))
        rows = b"".join(found.get(key, b"") for key in keys)
        if len(rows) != len(keys) * self._dimension * 4:  # its tree of keys and its rows say different things
            raise CacheDamaged(_DAMAGED_MESSAGE)
        return np.frombuffer(rows, dtype="<f4").reshape(len(keys), self._dimension)

    def put(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keep one vector a key, replacing older ones; on disk when this returns."""
        rows = [
            (self._embedder, key, row.astype("<f4").tobytes()) for key, row in zip(keys, vectors, strict=True)
        ]
        with _translate_errors(), self._database:
            self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _select(self, columns: str, keys: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        marks = ",".join("?" * len(keys))
        query = f"SELECT {columns} FROM vectors WHERE embedder = ? AND key IN ({marks})"  # noqa: S608
        with _translate_errors():
            return self._database.execute(query, (self._embedder, *keys)).fetchall()


def delete_cache(path: Path) -> None:
    """Delete a cache that nobody has open, with what SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def cache_key(text: str) -> bytes:
    """The cache's key of a text: SHA-256 of its UTF-8."""
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
    """SQLite's word for what the disk refused becomes the usual one; a damaged file is told apart from it."""
    try:
        yield
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # even its message may repeat damaged bytes
        if _is_damage(error):
            raise CacheDamaged(_DAMAGED_MESSAGE) from error
        raise OSError(str(error)) from error


def _is_damage(error: Exception) -> bool:
    """Where a statement that is right fails for no reason of the disk's, the file isn't what was written."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return not isinstance(error, sqlite3.OperationalError) or code == sqlite3.SQLITE_ERROR


def _batches(keys: Sequence[bytes]) -> list[Sequence[bytes]]:
    """SQLite takes a limited number of parameters."""
    return [keys[at : at + _MAX_PARAMETERS] for at in range(0, len(keys), _MAX_PARAMETERS)]
