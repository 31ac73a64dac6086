"""The format on disk, checked against an index that an earlier version wrote."""

import contextlib
import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from index import BlockKind, IndexDir, Limits, Span, build_snapshot
from index.errors import IndexMismatch
from index.failures import FailureCode, ParseFailure
from index.snapshot.catalog import Catalog, CatalogWriter, IndexedFile
from index.snapshot.manifest import parse_roots
from tests.data.make import CHUNKING, EMBEDDER, INDEX, PREVIOUS_INDEX, build

CATS = "Cats sleep by day. At night they hunt 🐭."
FISH = "Name: Cod; Length from: 60; Length to: 120\nName: Pike; old; Length to: 150"
DOGS = "Dogs\n\nDogs bark at night.\n\nFood\n\nDogs eat nearly everything."


@pytest.fixture
def folder(tmp_path) -> IndexDir:
    """Return a copy of the pinned index, since opening an index creates a lock file in it."""
    return IndexDir(Path(shutil.copytree(INDEX, tmp_path / "index")))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_pinned_index_is_complete(folder):
    """Every file has the hash in its manifest, and there are no other files."""
    snapshot = folder.current()
    manifest = folder.verify()
    files = {str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if path.is_file()}

    assert files - {"in-use"} == {*manifest.files, "manifest.json"}


def test_the_manifest_format_is_unchanged(folder):
    """Keys, order and indentation are the same."""
    path = folder.current() / "manifest.json"

    assert path.read_text("utf-8") == folder.verify().to_json()
    assert json.loads(path.read_text("utf-8"))["footnote_snapshot"] == 2


def test_pinned_documents_are_read(folder):
    """Two copies are one document with two paths; an empty file has its message, since no code was stored."""
    with folder.open_current() as snapshot:
        cats, dogs = (snapshot.document(digest(text)) for text in (CATS, DOGS))
        files = {Path(file.path).name: file.failure for file in snapshot.files()}

        assert ["cats.txt", "copy of cats.txt"] == [Path(path).name for path in cats.paths]
        assert (CATS, DOGS) == (cats.text, dogs.text)
        assert "Dogs" == dogs.title
        assert files["empty.txt"] == ParseFailure(FailureCode.OTHER, "is empty")
        assert all(failure is None for name, failure in files.items() if name != "empty.txt")


def test_the_pinned_index_is_searched(folder):
    """Both kinds of search find the expected chunks."""
    with folder.open_current() as snapshot:
        ((by_vector, similarity),) = snapshot.search_dense(EMBEDDER.embed([CATS])[0], 1)
        ((by_words, _),) = snapshot.search_lexical("Who barks?", 1)
        (cats, _), (dogs, text) = snapshot.chunks([by_vector, by_words])

        assert similarity == pytest.approx(1)
        assert (digest(CATS), digest(DOGS)) == (cats.span.doc_id, dogs.span.doc_id)
        assert text == DOGS


def test_a_new_build_equals_the_pinned_index(folder, tmp_path):
    """The vector file has the same bytes and the catalog the same rows."""
    build(tmp_path / "again", tmp_path / "corpus")
    before, now = folder.current(), IndexDir(tmp_path / "again").current()

    assert (before / "vectors.faiss").read_bytes() == (now / "vectors.faiss").read_bytes()
    pinned, new = Catalog(before / "catalog.sqlite"), Catalog(now / "catalog.sqlite")
    for text in (CATS, DOGS, FISH):
        assert pinned.chunks_of(digest(text)) == new.chunks_of(digest(text))
        assert pinned.blocks(digest(text)) == new.blocks(digest(text))
        assert pinned.sentences(digest(text)) == new.sentences(digest(text))
    assert [Path(file.path).name for file in pinned.files()] == [Path(file.path).name for file in new.files()]


def test_pinned_structure_is_read(folder):
    """Blocks and sentences of documents and spans, and the cells of a table, are as stored."""
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


def test_the_previous_format_is_rejected_with_advice(tmp_path):
    """The error is one line that names both versions and the command."""
    previous = IndexDir(Path(shutil.copytree(PREVIOUS_INDEX, tmp_path / "index")))

    message = r"\A[^\n]*format 1[^\n]*format 2[^\n]*footnote index[^\n]*\Z"
    with pytest.raises(IndexMismatch, match=message), previous.open_current():
        pass


def test_the_previous_format_is_rebuilt(tmp_path):
    """A build without paths rebuilds it, with embeddings from the cache."""
    index, corpus = tmp_path / "index", tmp_path / "corpus"
    build(index, corpus)
    manifest = IndexDir(index).current() / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(content | {"footnote_snapshot": 1}), "utf-8")
    result = build_snapshot(index, None, embedder=EMBEDDER, chunking=CHUNKING, limits=Limits())

    assert (result.changed, result.new, result.reused) == (True, 0, 3)
    assert IndexDir(index).verify().roots == (str(corpus),)


def test_roots_of_the_previous_format_are_read(tmp_path):
    """The manifest alone is enough."""
    previous = IndexDir(Path(shutil.copytree(PREVIOUS_INDEX, tmp_path / "index")))
    manifest = (previous.current() / "manifest.json").read_text("utf-8")

    assert len(parse_roots(manifest) or ()) == 1


FAILURES = [
    ParseFailure(FailureCode.EMPTY),
    ParseFailure(FailureCode.DAMAGED, "page 3 can't be read"),
    ParseFailure(FailureCode.TIMEOUT, "more than 60 s", 60),
    ParseFailure(FailureCode.OTHER, "is damaged or not a PDF"),
]


def catalog_of_failures(path: Path) -> None:
    writer = CatalogWriter(path)
    for number, failure in enumerate(FAILURES):
        writer.add_file(IndexedFile(f"/{number}", 1, 1, "", None, failure))
    writer.number_chunks()
    writer.finish()


def test_failures_are_stored_with_their_codes(tmp_path):
    """A catalog gives back what was written."""
    catalog_of_failures(tmp_path / "catalog.sqlite")

    assert FAILURES == [file.failure for file in Catalog(tmp_path / "catalog.sqlite").files()]


def test_an_unknown_code_keeps_its_message(tmp_path):
    """A later version may write codes that this one doesn't know."""
    catalog_of_failures(tmp_path / "catalog.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as database, database:
        database.execute("UPDATE failures SET code = 'written_in_2040' WHERE path = '/0'")

    first, *others = Catalog(tmp_path / "catalog.sqlite").files()
    assert first.failure == ParseFailure(FailureCode.OTHER, "is empty")
    assert FAILURES[1:] == [file.failure for file in others]
