"""Snapshots: what is damaged says so, in one line, and what is open stays."""

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
def test_a_truncated_file_is_refused_in_one_line(index_dir, name):
    """Its size isn't what the manifest says, or it is no manifest."""
    path = current(index_dir) / name
    path.write_bytes(path.read_bytes()[:-5])

    with pytest.raises(IndexDamaged, match=r"^[^\n]+$"), IndexDir(index_dir).open_current():
        pass


def test_a_missing_file_is_refused(index_dir):
    """The message names it and says what to type."""
    (current(index_dir) / "vectors.faiss").unlink()

    with (
        pytest.raises(IndexDamaged, match=r"vectors\.faiss is missing\. Go back one snapshot"),
        IndexDir(index_dir).open_current(),
    ):
        pass


@pytest.mark.parametrize("content", ["", "[]", "3", '"manifest"', "null", "{}", '{"footnote_snapshot": 2}'])
def test_what_is_no_manifest_is_damaged(content):
    """Whatever else stands there as JSON."""
    with pytest.raises(IndexDamaged, match=r"manifest\.json .*footnote index FOLDER"):
        Manifest.from_json(content)


@pytest.mark.parametrize("name", ["catalog.sqlite", "vectors.faiss", "lexical/meta.json"])
def test_a_file_that_the_manifest_does_not_name_is_not_read(index_dir, name):
    """Nothing vouches for it: not for its size when it is opened, nor for its bytes when they are checked."""
    leave_unnamed(current(index_dir), name)

    with pytest.raises(IndexDamaged, match=f"manifest.json doesn't list {name}"):
        IndexDir(index_dir).verify()
    with (
        pytest.raises(IndexDamaged, match=f"manifest.json doesn't list {name}"),
        IndexDir(index_dir).open_current(),
    ):
        pass


def test_verify_finds_a_single_altered_byte(index_dir):
    """Size alone would not show it."""
    path = current(index_dir) / "vectors.faiss"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(IndexDamaged, match=r"vectors\.faiss was changed"):
        IndexDir(index_dir).verify()


def test_after_a_crash_hashes_are_checked_at_opening(index_dir):
    """Something half-made lies in building/: the snapshot is looked at byte for byte."""
    path = current(index_dir) / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    write_tree(index_dir / "building", {"snapshot/half": "made"})

    with pytest.raises(IndexDamaged, match="was changed"), IndexDir(index_dir).open_current():
        pass


def test_a_snapshot_of_another_format_says_both_numbers(index_dir):
    """What was found, what is read, what to type."""
    path = current(index_dir) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"footnote_snapshot": 7}))

    with pytest.raises(
        IndexMismatch, match=r"format 7, but this Footnote reads format 2\. Run: footnote index"
    ):
        IndexDir(index_dir).verify()


def truncate(snapshot: Path) -> None:
    (snapshot / "catalog.sqlite").write_bytes(b"SQLite")


def alter(snapshot: Path) -> None:
    path = snapshot / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")


def damage_the_manifest(snapshot: Path) -> None:
    (snapshot / "manifest.json").write_text("{")


def leave_unnamed(snapshot: Path, name: str = "catalog.sqlite") -> None:
    path = snapshot / "manifest.json"
    content = json.loads(path.read_text())
    del content["files"][name]
    path.write_text(json.dumps(content))


def make_it_of_another_format(snapshot: Path) -> None:
    path = snapshot / "manifest.json"
    path.write_text(json.dumps({"footnote_snapshot": 3, "roots": json.loads(path.read_text())["roots"]}))


def damage_current(snapshot: Path) -> None:
    (snapshot.parents[1] / "CURRENT").write_text("a/b")


@pytest.mark.parametrize(
    "spoil",
    [
        truncate,
        alter,
        damage_the_manifest,
        leave_unnamed,
        make_it_of_another_format,
        shutil.rmtree,
        damage_current,
    ],
)
def test_what_a_fault_says_to_type_mends_it(index_dir, tmp_path, spoil):
    """A build as the message says, and the index holds again what it held."""
    spoil(current(index_dir))
    with pytest.raises(FootnoteError) as fault:
        IndexDir(index_dir).verify()
    paths = [tmp_path / "corpus"] if "FOLDER" in str(fault.value) else []
    build(index_dir, *paths, rebuild="--rebuild" in str(fault.value))

    assert 2 == IndexDir(index_dir).verify().documents


def test_what_an_index_held_is_not_guessed(index_dir, tmp_path):
    """Where that can't be told any more, neither "the last ones again" nor "besides" means anything."""
    damage_the_manifest(current(index_dir))
    more = write_tree(tmp_path / "more", {"owls.txt": "Owls hoot."})

    with pytest.raises(NothingToIndex, match="footnote index FOLDER"):
        build(index_dir)
    with pytest.raises(NothingToIndex, match="footnote index FOLDER"):
        build(index_dir, more, add=True)


def test_no_index_says_what_to_type(tmp_path):
    """A newcomer's first error."""
    with pytest.raises(IndexMissing, match="Run: footnote index"), IndexDir(tmp_path).open_current():
        pass


@pytest.mark.parametrize("content", ["", "../elsewhere", "a/b", ".", ".."])
def test_current_never_leads_out_of_the_folder(index_dir, content):
    """A damaged or hostile CURRENT is refused."""
    (index_dir / "CURRENT").write_text(content)

    with pytest.raises(FootnoteError), IndexDir(index_dir).open_current():
        pass


def test_an_index_of_another_embedder_is_refused(index_dir):
    """Its vectors would mean nothing; the message names both."""
    live = LiveIndex(IndexDir(index_dir), recipe_check(HashingEmbedder(name="other"), CHUNKING))

    with pytest.raises(IndexMismatch, match="embedder hashing, but the settings say other"), live.acquire():
        pass


def test_an_index_of_another_precision_is_refused():
    """The same weights in other numbers: the message shows both, and not the whole hash."""
    made = Recipe("MiniLM", "53aa51172d142c89-f32", 384, 200, 0)

    with pytest.raises(
        IndexMismatch, match="precision 53aa51172d14-f32, but the settings say 53aa51172d14-bf16"
    ):
        check_recipe(made, replace(made, fingerprint="53aa51172d142c89-bf16"))


def test_an_index_of_another_chunking_is_refused(index_dir):
    """The setting has changed since: one line says which."""
    live = LiveIndex(IndexDir(index_dir), recipe_check(HashingEmbedder(), Chunking(99, 0)))

    with pytest.raises(IndexMismatch, match="chunk_tokens 60, but the settings say 99"), live.acquire():
        pass


def test_a_question_keeps_its_snapshot_and_the_next_one_gets_the_new(index_dir, tmp_path):
    """A rebuild meanwhile neither disturbs the one nor is missed by the other."""
    live = LiveIndex(IndexDir(index_dir), recipe_check(HashingEmbedder(), CHUNKING))
    with live.acquire() as before:
        (tmp_path / "corpus" / "cats.txt").write_text("Cats purr.")
        build(index_dir, tmp_path / "corpus")
        with live.acquire() as after:
            assert "Cats sleep." == before.find("cats.txt").text
            assert "Cats purr." == after.find("cats.txt").text

    with live.acquire() as again:
        assert after is again


def test_a_snapshot_is_served_from_a_copy(index_dir, tmp_path):
    """An index folder can be moved to another place or machine as it is."""
    shutil.copytree(index_dir, tmp_path / "moved")
    with IndexDir(tmp_path / "moved").open_current() as snapshot:
        assert 2 == len(snapshot.documents())


def test_a_document_is_found_by_what_people_call_it(index_dir, tmp_path):
    """Path, file name, title or the beginning of its id."""
    with IndexDir(index_dir).open_current() as snapshot:
        document = snapshot.find("cats.txt")
        names = [str(tmp_path / "corpus" / "cats.txt"), "cats", document.doc_id[:8]]

        assert [document] * 3 == [snapshot.find(name) for name in names]
        with pytest.raises(UnknownDocument, match="No document is called 'birds'"):
            snapshot.find("birds")


def test_equal_scores_are_ordered_by_document_and_start(index_dir):
    """Rows are numbered in that order, and ties go by row."""
    with IndexDir(index_dir).open_current() as snapshot:
        spans = [chunk.span for chunk, _ in snapshot.chunks([0, 1])]

    assert spans == sorted(spans)


def test_the_structure_of_an_unknown_document_is_an_error(index_dir):
    """As its text is."""
    nowhere = Span("0" * 64, 0, 1)
    with IndexDir(index_dir).open_current() as snapshot:
        with pytest.raises(UnknownDocument, match="no document 000000000000…"):
            snapshot.blocks(nowhere)
        with pytest.raises(UnknownDocument, match="no document 000000000000…"):
            snapshot.sentences([nowhere])
