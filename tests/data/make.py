"""
Makes the tiny index that pins the format: four files, a hashing embedder, one snapshot.

Only a new version of the format makes it anew: ``python -m tests.data.make``.
"""

import shutil
import tempfile
from pathlib import Path

from index import Chunking, Limits, build_snapshot
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.folder import write_tree

INDEX = Path(__file__).parent / "index-2"
FORMER = Path(__file__).parent / "index-1"
"""An index of the format before, as it was made then."""
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
    """The index of :data:`FILES`, written below *corpus*."""
    write_tree(corpus, FILES)
    build_snapshot(index_dir, [corpus], embedder=EMBEDDER, chunking=CHUNKING, limits=Limits())


def main() -> None:
    """Replace :data:`INDEX`."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "index"
        shutil.rmtree(CORPUS, ignore_errors=True)  # it may hold files of another version
        build(made, CORPUS)
        shutil.rmtree(INDEX, ignore_errors=True)
        for name in ("CURRENT", "snapshots"):
            copy = shutil.copytree if (made / name).is_dir() else shutil.copyfile
            INDEX.mkdir(exist_ok=True)
            copy(made / name, INDEX / name)


if __name__ == "__main__":
    main()
