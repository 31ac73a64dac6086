"""The embedding cache, which distinguishes a damaged file from a disk error."""

import contextlib
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.build.embedding_cache import CacheDamaged, EmbeddingCache, cache_key, delete_cache
from tests.fakes.embedder import HashingEmbedder

TEXTS = [f"This is text number {n}." for n in range(60)]
KEYS = [cache_key(text) for text in TEXTS]
VECTORS = HashingEmbedder().embed(TEXTS)
PAGE = 4096


@contextlib.contextmanager
def open_cache(path: Path) -> Iterator[EmbeddingCache]:
    with contextlib.closing(EmbeddingCache(path, "hashing", 64)) as cache:
        yield cache


@pytest.fixture
def path(tmp_path) -> Path:
    """Return the file of a cache with the vectors of TEXTS."""
    with open_cache(tmp_path / "cache.sqlite") as cache:
        cache.put(KEYS, VECTORS)
    return tmp_path / "cache.sqlite"


def overwrite(path: Path, start: int = PAGE) -> None:
    path.write_bytes(path.read_bytes()[:start] + b"\xff" * (path.stat().st_size - start))


def test_vectors_are_stored(path):
    """Vectors are found after the cache is opened again; other keys are missing."""
    with open_cache(path) as cache:
        assert [1] == cache.missing([KEYS[0], cache_key("another"), KEYS[1]])
        assert VECTORS.tolist() == cache.get(KEYS).tolist()


def test_a_disk_error_is_not_damage(path):
    """SQLite can't write its auxiliary files, and the vectors stay."""
    script = (
        "import sys; from pathlib import Path; from index.build.embedding_cache import EmbeddingCache\n"
        "try: EmbeddingCache(Path(sys.argv[1]), 'hashing', 64)\n"
        "except OSError as error: print(type(error).__name__)\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-B", "-c", script, str(path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
        check=True,
    )

    assert "OSError\n" == outcome.stdout, outcome.stderr
    with open_cache(path) as cache:
        assert not cache.missing(KEYS)


@pytest.mark.parametrize("start", [0, 40, 100])
def test_a_file_that_is_not_a_database_is_damaged(path, start):
    """The damage may begin at any byte of the first page."""
    overwrite(path, start)

    with pytest.raises(CacheDamaged), open_cache(path):
        pass


@pytest.mark.parametrize(
    "use",
    [
        lambda cache: cache.missing(KEYS),
        lambda cache: cache.get(KEYS),
        lambda cache: cache.put(KEYS, VECTORS),
    ],
)
def test_overwritten_pages_are_damage(path, use: Callable[[EmbeddingCache], object]):
    """It is found only when the pages are read."""
    overwrite(path)

    with open_cache(path) as cache, pytest.raises(CacheDamaged):
        use(cache)


def test_a_deleted_cache_begins_empty(path):
    """None of its files remain."""
    overwrite(path)
    with pytest.raises(CacheDamaged), open_cache(path) as cache:
        cache.get(KEYS)
    delete_cache(path)

    assert not list(path.parent.iterdir())
    with open_cache(path) as cache:
        assert len(KEYS) == len(cache.missing(KEYS))
