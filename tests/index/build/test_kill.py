"""
Killed at random moments, `footnote index` leaves an index that answers.

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


def test_a_build_killed_at_any_moment_leaves_a_servable_index(tmp_path):
    """Each time the former snapshot or the new one answers, hashes and all; half-made ones are cleared."""
    corpus, index_dir = tmp_path / "corpus", tmp_path / "index"
    write_tree(corpus, {f"{n}.txt": f"Document {n} speaks of version 0." for n in range(12)})
    build(index_dir, corpus)
    longest = _seconds_of_a_build(index_dir, corpus)
    moments = random.Random(7)
    survived = {_served_version(index_dir)}
    for kill in range(1, KILLS + 1):
        _change(corpus, kill)
        _build_and_kill(index_dir, corpus, after=moments.uniform(0, 1.5 * longest))
        survived.add(_served_version(index_dir))

    assert len(survived) > 1  # some builds got through, or nothing was tested
    build(index_dir, corpus)
    assert KILLS == _served_version(index_dir)
    assert not IndexDir(index_dir).has_unfinished_build()


def _change(corpus: Path, version: int) -> None:
    for n in range(12):
        (corpus / f"{n}.txt").write_text(f"Document {n} speaks of version {version}.")


def _start(index_dir: Path, corpus: Path) -> subprocess.Popen[str]:
    """A build that has everything loaded and waits for a line."""
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


def _seconds_of_a_build(index_dir: Path, corpus: Path) -> float:
    _change(corpus, -1)
    process = _start(index_dir, corpus)
    begun = time.monotonic()
    process.communicate("go\n")
    return time.monotonic() - begun


def _build_and_kill(index_dir: Path, corpus: Path, after: float) -> None:
    process = _start(index_dir, corpus)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _served_version(index_dir: Path) -> int:
    """The one version that every document of the current snapshot speaks of, everything checked."""
    IndexDir(index_dir).verify()
    with IndexDir(index_dir).open_current() as snapshot:
        texts = [snapshot.document(entry.doc_id).text for entry in snapshot.documents()]
    versions = {int(text.rstrip(".").split()[-1]) for text in texts}
    assert len(texts) == 12
    assert len(versions) == 1
    return versions.pop()
