"""
An index stays valid when its build is killed at random moments.

``FOOTNOTE_KILLS=500 .venv/bin/pytest tests/index/build/test_kill.py`` kills more often.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from index import IndexDir
from tests.fakes.folder import write_tree
from tests.index.build.test_builder import build

KILLS = int(os.environ.get("FOOTNOTE_KILLS", "50"))
_BUILD = (
    "import sys; from pathlib import Path; from tests.index.build.test_builder import build\n"
    "print('ready', flush=True); sys.stdin.readline()\n"
    "build(Path(sys.argv[1]), Path(sys.argv[2]))"
)


def test_a_killed_build_leaves_a_valid_index(tmp_path):
    """After each kill the old or the new snapshot opens with correct hashes."""
    corpus, index_dir = tmp_path / "corpus", tmp_path / "index"
    write_tree(corpus, {f"{n}.txt": f"Document {n} speaks of version 0." for n in range(12)})
    build(index_dir, corpus)
    duration = _build_seconds(index_dir, corpus)
    generator = random.Random(7)
    versions = {_current_version(index_dir)}
    for kill in range(1, KILLS + 1):
        _write_version(corpus, kill)
        _build_and_kill(index_dir, corpus, after=generator.uniform(0, 1.5 * duration))
        versions.add(_current_version(index_dir))

    assert len(versions) > 1  # otherwise every build was killed early, which proves little
    build(index_dir, corpus)
    assert KILLS == _current_version(index_dir)
    assert not IndexDir(index_dir).has_unfinished_build()


def _write_version(corpus: Path, version: int) -> None:
    """Write a version number into every document."""
    for n in range(12):
        (corpus / f"{n}.txt").write_text(f"Document {n} speaks of version {version}.")


def _start(index_dir: Path, corpus: Path) -> subprocess.Popen[str]:
    """Start a process that has loaded everything and builds when it reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", _BUILD, str(index_dir), str(corpus)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _build_seconds(index_dir: Path, corpus: Path) -> float:
    """Return how long a build takes in which every document changes."""
    _write_version(corpus, -1)  # no other build writes this version, so every document changes
    process = _start(index_dir, corpus)
    started = time.monotonic()
    process.communicate("go\n")
    return time.monotonic() - started


def _build_and_kill(index_dir: Path, corpus: Path, after: float) -> None:
    """Start a build, and kill it if it still runs after some seconds."""
    process = _start(index_dir, corpus)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _current_version(index_dir: Path) -> int:
    """Verify the current snapshot, and return the one version that all its documents contain."""
    IndexDir(index_dir).verify()
    with IndexDir(index_dir).open_current() as snapshot:
        texts = [snapshot.document(entry.doc_id).text for entry in snapshot.documents()]
    versions = {int(text.rstrip(".").split()[-1]) for text in texts}
    assert len(texts) == 12
    assert len(versions) == 1
    return versions.pop()
