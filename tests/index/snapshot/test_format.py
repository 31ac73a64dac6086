"""The format on disk: an index written by an earlier Footnote is read by this one, byte for byte the same."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from index import BlockKind, IndexDir, Limits, Span, build_snapshot
from index.errors import IndexMismatch
from index.snapshot.catalog import Catalog
from index.snapshot.manifest import roots_of
from tests.data.make import CHUNKING, EMBEDDER, FORMER, INDEX, build

CATS = "Cats sleep by day. At night they hunt 🐭."
FISH = "Name: Cod; Length from: 60; Length to: 120\nName: Pike; old; Length to: 150"
DOGS = "Dogs\n\nDogs bark at night.\n\nFood\n\nDogs eat nearly everything."


@pytest.fixture
def folder(tmp_path) -> IndexDir:
    """A copy of the pinned index: an open one is held by a file in it."""
    return IndexDir(Path(shutil.copytree(INDEX, tmp_path / "index")))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_pinned_index_is_whole(folder):
    """Every file has the hash that its manifest says, and nothing lies beside them."""
    snapshot = folder.current()
    manifest = folder.verify()
    files = {str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if path.is_file()}

    assert files - {"in-use"} == {*manifest.files, "manifest.json"}


def test_its_manifest_is_written_the_same_way_today(folder):
    """Key by key, in the same order and indentation."""
    path = folder.current() / "manifest.json"

    assert path.read_text("utf-8") == folder.verify().to_json()
    assert json.loads(path.read_text("utf-8"))["footnote_snapshot"] == 2


def test_its_documents_and_chunks_are_those_of_its_files(folder):
    """Two copies are one document with two paths; an empty file is known with its reason."""
    with folder.open_current() as snapshot:
        cats, dogs = (snapshot.document(digest(text)) for text in (CATS, DOGS))
        files = {Path(file.path).name: file.reason for file in snapshot.files()}

        assert ["cats.txt", "copy of cats.txt"] == [Path(path).name for path in cats.paths]
        assert (CATS, DOGS) == (cats.text, dogs.text)
        assert "Dogs" == dogs.title
        assert files["empty.txt"]
        assert all(reason is None for name, reason in files.items() if name != "empty.txt")


def test_it_is_searched_as_when_it_was_made(folder):
    """By vectors and by words."""
    with folder.open_current() as snapshot:
        ((by_vector, similarity),) = snapshot.dense(EMBEDDER.embed([CATS])[0], 1)
        ((by_words, _),) = snapshot.lexical("Who barks?", 1)
        (cats, _), (dogs, text) = snapshot.chunks([by_vector, by_words])

        assert similarity == pytest.approx(1)
        assert (digest(CATS), digest(DOGS)) == (cats.span.doc_id, dogs.span.doc_id)
        assert text == DOGS


def test_the_same_files_are_written_the_same_way_today(folder, tmp_path):
    """The vectors byte for byte, the catalog row for row."""
    build(tmp_path / "again", tmp_path / "corpus")
    before, now = folder.current(), IndexDir(tmp_path / "again").current()

    assert (before / "vectors.faiss").read_bytes() == (now / "vectors.faiss").read_bytes()
    one, other = Catalog(before / "catalog.sqlite"), Catalog(now / "catalog.sqlite")
    for text in (CATS, DOGS, FISH):
        assert one.chunks_of(digest(text)) == other.chunks_of(digest(text))
        assert one.blocks(digest(text)) == other.blocks(digest(text))
        assert one.sentences(digest(text)) == other.sentences(digest(text))
    assert [Path(file.path).name for file in one.files()] == [Path(file.path).name for file in other.files()]


def test_its_structure_is_read(folder):
    """Blocks and sentences of a document, of a span, and the cells of a table."""
    with folder.open_current() as snapshot:
        dogs, fish = (snapshot.document(digest(text)) for text in (DOGS, FISH))
        food = Span(dogs.doc_id, DOGS.index("Food"), len(DOGS))

        assert [("heading", 1), ("paragraph", 0), ("heading", 2), ("paragraph", 0)] == [
            (block.kind, block.level) for block in dogs.blocks
        ]
        assert list(dogs.blocks)[2:] == snapshot.blocks(food) == dogs.blocks_in(food.start, food.end)
        assert [(0, 4), (6, 33)] == snapshot.sentences([food])[0]
        assert ["Dogs", "Dogs bark at night.", "Food"] == [DOGS[a:b] for a, b in dogs.sentences[:3]]
        assert [(block.kind, block.table, block.row) for block in fish.blocks] == [
            (BlockKind.TABLE_ROW, 0, 0),
            (BlockKind.TABLE_ROW, 0, 1),
        ]
        assert [(("Name",), "Pike; old", 0), (("Length", "to"), "150", 2)] == [
            (cell.header, FISH[cell.start : cell.end], cell.column) for cell in fish.blocks[1].cells
        ]


def test_an_index_of_the_former_format_says_what_to_run(tmp_path):
    """In one line, whoever opens it."""
    former = IndexDir(Path(shutil.copytree(FORMER, tmp_path / "index")))

    says = r"\A[^\n]*format 1[^\n]*format 2[^\n]*footnote index[^\n]*\Z"
    with pytest.raises(IndexMismatch, match=says), former.open_current():
        pass


def test_an_index_of_the_former_format_is_rebuilt(tmp_path):
    """By the next build without a path; texts that were embedded before come from the cache."""
    index, corpus = tmp_path / "index", tmp_path / "corpus"
    build(index, corpus)
    manifest = IndexDir(index).current() / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(content | {"footnote_snapshot": 1}), "utf-8")
    summary = build_snapshot(index, None, embedder=EMBEDDER, chunking=CHUNKING, limits=Limits())

    assert (summary.changed, summary.new, summary.reused) == (True, 0, 3)
    assert IndexDir(index).verify().roots == (str(corpus),)


def test_the_roots_of_the_pinned_former_index_are_known(tmp_path):
    """A build can read what it held from its manifest alone."""
    former = IndexDir(Path(shutil.copytree(FORMER, tmp_path / "index")))
    manifest = (former.current() / "manifest.json").read_text("utf-8")

    assert len(roots_of(manifest) or ()) == 1
