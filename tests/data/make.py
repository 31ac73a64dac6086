"""
Build the small index that pins the format: one snapshot of five files with a hashing embedder.

It is rebuilt only for a new version of the format: ``python -m tests.data.make``.
"""

import shutil
import tempfile
from pathlib import Path

from index import Chunking, Limits, build_snapshot
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.folder import write_tree

INDEX = Path(__file__).parent / "index-2"
PREVIOUS_INDEX = Path(__file__).parent / "index-1"
"""An index of the previous format, built by the version that had it."""
FILES = {
    "cats.txt": "Cats sleep by day. At night they hunt 🐭.",
    "copy of cats.txt": "Cats sleep by day. At night they hunt 🐭.",
    "dogs.md": "# Dogs\n\nDogs bark at night.\n\n## Food\n\nDogs eat nearly everything.",
    "fish.html": (
        "<table><thead><tr><th rowspan=2>Name<th colspan=2>Length<tr><th>from<th>to</thead>"
        "<tr><td>Cod<td>60<td>120<tr><td>Pike; old<td><td>150</table>"
    ),
    "empty.txt": "",
}
CORPUS = Path(tempfile.gettempdir()) / "footnote-format-2"
EMBEDDER = HashingEmbedder(dimension=8)
CHUNKING = Chunking(32, 0)


def build(index_dir: Path, corpus: Path) -> None:
    """Write :data:`FILES` below *corpus*, and build an index of them."""
    write_tree(corpus, FILES)
    build_snapshot(index_dir, [corpus], embedder=EMBEDDER, chunking=CHUNKING, limits=Limits())


def main() -> None:
    """Replace :data:`INDEX`."""
    with tempfile.TemporaryDirectory() as folder:
        index_dir = Path(folder) / "index"
        shutil.rmtree(CORPUS, ignore_errors=True)  # may contain files of another version
        build(index_dir, CORPUS)
        shutil.rmtree(INDEX, ignore_errors=True)
        for name in ("CURRENT", "snapshots"):
            copy = shutil.copytree if (index_dir / name).is_dir() else shutil.copyfile
            INDEX.mkdir(exist_ok=True)
            copy(index_dir / name, INDEX / name)


if __name__ == "__main__":
    main()
