"""The embedding cache: a damaged one is told apart from a disk that refuses, and only that one may go."""

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
def opened(path: Path) -> Iterator[EmbeddingCache]:
    with contextlib.closing(EmbeddingCache(path, "hashing", 64)) as cache:
        yield cache


@pytest.fixture
def path(tmp_path) -> Path:
    """A cache that holds TEXTS."""
    with opened(tmp_path / "cache.sqlite") as cache:
        cache.put(KEYS, VECTORS)
    return tmp_path / "cache.sqlite"


def overwrite(path: Path, start: int = PAGE) -> None:
    path.write_bytes(path.read_bytes()[:start] + b"\xff" * (path.stat().st_size - start))


def test_what_was_put_is_there_when_it_is_opened_again(path):
    """And nothing else is."""
    with opened(path) as cache:
        assert [1] == cache.missing([KEYS[0], cache_key("another"), KEYS[1]])
        assert VECTORS.tolist() == cache.get(KEYS).tolist()


def test_a_disk_that_refuses_costs_no_vector(path):
    """SQLite can't write the files that it keeps beside the cache: that is no damage."""
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
    with opened(path) as cache:
        assert not cache.missing(KEYS)


@pytest.mark.parametrize("start", [0, 40, 100])
def test_what_is_no_database_is_damaged(path, start):
    """From its first byte, or from somewhere in its first page."""
    overwrite(path, start)

    with pytest.raises(CacheDamaged), opened(path):
        pass


@pytest.mark.parametrize(
    "use",
    [
        lambda cache: cache.missing(KEYS),
        lambda cache: cache.get(KEYS),
        lambda cache: cache.put(KEYS, VECTORS),
    ],
)
def test_pages_that_were_overwritten_are_damage(path, use: Callable[[EmbeddingCache], object]):
    """It is found only when they are read."""
    overwrite(path)

    with opened(path) as cache, pytest.raises(CacheDamaged):
        use(cache)


def test_one_that_was_thrown_away_begins_empty(path):
    """Nothing of it stays beside it."""
    overwrite(path)
    with pytest.raises(CacheDamaged), opened(path) as cache:
        cache.get(KEYS)
    delete_cache(path)

    assert not list(path.parent.iterdir())
    with opened(path) as cache:
        assert len(KEYS) == len(cache.missing(KEYS))
