"""Opening, checking and replacing snapshots."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from index import Chunking, IndexDir, Limits, LiveIndex, Span, build_snapshot, recipe_check
from index.errors import (
    FootnoteError,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    NothingToIndex,
    UnknownDocument,
)
from index.snapshot.manifest import Manifest, Recipe, check_recipe
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.folder import write_tree

CHUNKING = Chunking(60, 0)


def build(index_dir: Path, *paths: Path, **options):
    return build_snapshot(
        index_dir, paths or None, embedder=HashingEmbedder(), chunking=CHUNKING, limits=Limits(), **options
    )


@pytest.fixture
def index_dir(tmp_path) -> Path:
    corpus = write_tree(tmp_path / "corpus", {"cats.txt": "Cats sleep.", "dogs.txt": "Dogs bark at night."})
    build(tmp_path / "index", corpus)
    return tmp_path / "index"


def current(index_dir: Path) -> Path:
    return IndexDir(index_dir).current()


@pytest.mark.parametrize("name", ["catalog.sqlite", "vectors.faiss", "lexical/meta.json", "manifest.json"])
def test_a_truncated_file_is_an_error(index_dir, name):
    """The error is one line, whichever file is truncated."""
    path = current(index_dir) / name
    path.write_bytes(path.read_bytes()[:-5])

    with pytest.raises(IndexDamaged, match=r"^[^\n]+$"), IndexDir(index_dir).open_current():
        pass


def test_a_missing_file_is_an_error(index_dir):
    """The message names the file and says what to do."""
    (current(index_dir) / "vectors.faiss").unlink()

    with (
        pytest.raises(IndexDamaged, match=r"vectors\.faiss is missing\. Go back one snapshot"),
        IndexDir(index_dir).open_current(),
    ):
        pass


@pytest.mark.parametrize("content", ["", "[]", "3", '"manifest"', "null", "{}", '{"footnote_snapshot": 2}'])
def test_an_invalid_manifest_is_an_error(content):
    """The content may be any other JSON."""
    with pytest.raises(IndexDamaged, match=r"manifest\.json .*footnote index FOLDER"):
        Manifest.from_json(content)


@pytest.mark.parametrize("name", ["catalog.sqlite", "vectors.faiss", "lexical/meta.json"])
def test_an_unlisted_file_is_an_error(index_dir, name):
    """Neither its size nor its content could be checked against anything."""
    unlist(current(index_dir), name)

    with pytest.raises(IndexDamaged, match=f"manifest.json doesn't list {name}"):
        IndexDir(index_dir).verify()
    with (
        pytest.raises(IndexDamaged, match=f"manifest.json doesn't list {name}"),
        IndexDir(index_dir).open_current(),
    ):
        pass


def test_verify_finds_a_changed_byte(index_dir):
    """The size of the file is still right."""
    path = current(index_dir) / "vectors.faiss"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(IndexDamaged, match=r"vectors\.faiss was changed"):
        IndexDir(index_dir).verify()


def test_opening_after_a_crash_verifies_hashes(index_dir):
    """Unfinished files in building/ are the sign of a crash."""
    path = current(index_dir) / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    write_tree(index_dir / "building", {"snapshot/half": "made"})

    with pytest.raises(IndexDamaged, match="was changed"), IndexDir(index_dir).open_current():
        pass


def test_another_format_version_is_an_error(index_dir):
    """The message has both versions and the command to run."""
    path = current(index_dir) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"footnote_snapshot": 7}))

    with pytest.raises(
        IndexMismatch, match=r"format 7, but this Footnote reads format 2\. Run: footnote index"
    ):
        IndexDir(index_dir).verify()


def truncate(snapshot: Path) -> None:
    (snapshot / "catalog.sqlite").write_bytes(b"SQLite")


def change_a_byte(snapshot: Path) -> None:
    path = snapshot / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")


def damage_manifest(snapshot: Path) -> None:
    (snapshot / "manifest.json").write_text("{")


def unlist(snapshot: Path, name: str = "catalog.sqlite") -> None:
    path = snapshot / "manifest.json"
    content = json.loads(path.read_text())
    del content["files"][name]
    path.write_text(json.dumps(content))


def change_format_version(snapshot: Path) -> None:
    path = snapshot / "manifest.json"
    path.write_text(json.dumps({"footnote_snapshot": 3, "roots": json.loads(path.read_text())["roots"]}))


def damage_current(snapshot: Path) -> None:
    (snapshot.parents[1] / "CURRENT").write_text("a/b")


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        change_a_byte,
        damage_manifest,
        unlist,
        change_format_version,
        shutil.rmtree,
        damage_current,
    ],
)
def test_the_advice_of_every_error_repairs_the_index(index_dir, tmp_path, damage):
    """After the build that the message suggests, the index has its documents again."""
    damage(current(index_dir))
    with pytest.raises(FootnoteError) as error:
        IndexDir(index_dir).verify()
    paths = [tmp_path / "corpus"] if "FOLDER" in str(error.value) else []
    build(index_dir, *paths, rebuild="--rebuild" in str(error.value))

    assert 2 == IndexDir(index_dir).verify().documents


def test_unknown_roots_are_not_guessed(index_dir, tmp_path):
    """Without a readable manifest, paths must be named and can't be added to."""
    damage_manifest(current(index_dir))
    more = write_tree(tmp_path / "more", {"owls.txt": "Owls hoot."})

    with pytest.raises(NothingToIndex, match="footnote index FOLDER"):
        build(index_dir)
    with pytest.raises(NothingToIndex, match="footnote index FOLDER"):
        build(index_dir, more, add=True)


def test_a_missing_index_is_an_error(tmp_path):
    """The message says what to run."""
    with pytest.raises(IndexMissing, match="Run: footnote index"), IndexDir(tmp_path).open_current():
        pass


@pytest.mark.parametrize("content", ["", "../elsewhere", "a/b", ".", ".."])
def test_current_cannot_point_outside_the_directory(index_dir, content):
    """A damaged or hostile CURRENT is rejected."""
    (index_dir / "CURRENT").write_text(content)

    with pytest.raises(FootnoteError), IndexDir(index_dir).open_current():
        pass


def test_another_embedder_is_an_error(index_dir):
    """The message names both embedders, whose vectors can't be compared."""
    live = LiveIndex(IndexDir(index_dir), recipe_check(HashingEmbedder(name="other"), CHUNKING))

    with pytest.raises(IndexMismatch, match="embedder hashing, but the settings say other"), live.acquire():
        pass


def test_another_precision_is_an_error():
    """The message shows both precisions, and only the start of the weights' hash."""
    recipe = Recipe("MiniLM", "53aa51172d142c89-f32", 384, 200, 0)

    with pytest.raises(
        IndexMismatch, match="precision 53aa51172d14-f32, but the settings say 53aa51172d14-bf16"
    ):
        check_recipe(recipe, replace(recipe, fingerprint="53aa51172d142c89-bf16"))


def test_another_chunking_is_an_error(index_dir):
    """The message names the setting and both values."""
    live = LiveIndex(IndexDir(index_dir), recipe_check(HashingEmbedder(), Chunking(99, 0)))

    with pytest.raises(IndexMismatch, match="chunk_tokens 60, but the settings say 99"), live.acquire():
        pass


def test_each_question_uses_one_snapshot(index_dir, tmp_path):
    """A rebuild doesn't affect a running question, and the next one uses the new snapshot."""
    live = LiveIndex(IndexDir(index_dir), recipe_check(HashingEmbedder(), CHUNKING))
    with live.acquire() as before:
        (tmp_path / "corpus" / "cats.txt").write_text("Cats purr.")
        build(index_dir, tmp_path / "corpus")
        with live.acquire() as after:
            assert "Cats sleep." == before.find("cats.txt").text
            assert "Cats purr." == after.find("cats.txt").text

    with live.acquire() as later:
        assert after is later


def test_an_index_can_be_copied(index_dir, tmp_path):
    """A copy of the index directory works at another path."""
    shutil.copytree(index_dir, tmp_path / "moved")
    with IndexDir(tmp_path / "moved").open_current() as snapshot:
        assert 2 == len(snapshot.documents())


def test_find_document_by_name(index_dir, tmp_path):
    """Path, file name, title and start of the ID are names of a document."""
    with IndexDir(index_dir).open_current() as snapshot:
        document = snapshot.find("cats.txt")
        names = [str(tmp_path / "corpus" / "cats.txt"), "cats", document.doc_id[:8]]

        assert [document] * 3 == [snapshot.find(name) for name in names]
        with pytest.raises(UnknownDocument, match="No document is called 'birds'"):
            snapshot.find("birds")


def test_rows_are_ordered_by_document_and_start(index_dir):
    """Ties in a ranking are broken by row."""
    with IndexDir(index_dir).open_current() as snapshot:
        spans = [chunk.span for chunk, _ in snapshot.chunks([0, 1])]

    assert spans == sorted(spans)


def test_structure_of_an_unknown_document_is_an_error(index_dir):
    """Blocks and sentences raise the same error as the text."""
    span = Span("0" * 64, 0, 1)
    with IndexDir(index_dir).open_current() as snapshot:
        with pytest.raises(UnknownDocument, match="no document 000000000000…"):
            snapshot.blocks(span)
        with pytest.raises(UnknownDocument, match="no document 000000000000…"):
            snapshot.sentences([span])
