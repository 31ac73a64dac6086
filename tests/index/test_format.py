"""The format on disk: an index written by an earlier Footnote is read by this one, byte for byte the same."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from index import IndexFolder
from index.catalog import Catalog
from tests.data.make import EMBEDDER, INDEX, build

CATS = "Cats sleep by day. At night they hunt 🐭."
DOGS = "Dogs\n\nDogs bark at night.\n\nFood\n\nDogs eat nearly everything."


@pytest.fixture
def folder(tmp_path) -> IndexFolder:
    """A copy of the pinned index: an open one is held by a file in it."""
    return IndexFolder(Path(shutil.copytree(INDEX, tmp_path / "index")))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_pinned_index_is_whole(folder):
    """Every file has the hash that its manifest says, and nothing lies beside them."""
    snapshot = folder.current()
    manifest = folder.verify()
    files = {str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if path.is_file()}

    assert files - {"in-use"} == {*manifest.files, "manifest.json"}


def test_its_manifest_is_written_the_same_way_today(folder):
    """Key by key, in the same order and indentation; one key is new, and 1 where it is missing."""
    path = folder.current() / "manifest.json"
    today = folder.verify().to_json()

    assert path.read_text("utf-8") == today.replace('    "extraction": 1,\n', "")
    assert json.loads(path.read_text("utf-8"))["footnote_snapshot"] == 1


def test_its_documents_and_chunks_are_those_of_its_files(folder):
    """Two copies are one document with two paths; an empty file is known with its reason."""
    with folder.opened() as snapshot:
        cats, dogs = (snapshot.document(digest(text)) for text in (CATS, DOGS))
        files = {Path(file.path).name: file.reason for file in snapshot.files()}

        assert ["cats.txt", "copy of cats.txt"] == [Path(path).name for path in cats.paths]
        assert (CATS, DOGS) == (cats.text, dogs.text)
        assert "Dogs" == dogs.title
        assert files["empty.txt"]
        assert all(reason is None for name, reason in files.items() if name != "empty.txt")


def test_it_is_searched_as_when_it_was_made(folder):
    """By vectors and by words."""
    with folder.opened() as snapshot:
        ((by_vector, similarity),) = snapshot.dense(EMBEDDER.embed([CATS])[0], 1)
        ((by_words, _),) = snapshot.lexical("Who barks?", 1)
        (cats, _), (dogs, text) = snapshot.chunks([by_vector, by_words])

        assert similarity == pytest.approx(1)
        assert (digest(CATS), digest(DOGS)) == (cats.span.doc_id, dogs.span.doc_id)
        assert text == DOGS


def test_the_same_files_are_written_the_same_way_today(folder, tmp_path):
    """The vectors byte for byte, the catalog row for row."""
    build(tmp_path / "again", tmp_path / "corpus")
    before, now = folder.current(), IndexFolder(tmp_path / "again").current()

    assert (before / "vectors.faiss").read_bytes() == (now / "vectors.faiss").read_bytes()
    one, other = Catalog(before / "catalog.sqlite"), Catalog(now / "catalog.sqlite")
    for text in (CATS, DOGS):
        assert one.chunks_of(digest(text)) == other.chunks_of(digest(text))
    assert [Path(file.path).name for file in one.files()] == [Path(file.path).name for file in other.files()]
