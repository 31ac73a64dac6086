"""Building snapshots: complete, incremental, and unchanged after any error."""

import ctypes
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index import Chunking, IndexDir, Limits, LiveIndex, Progress, Selection, build_snapshot
from index.build.builder import BuildResult, recipe_check
from index.errors import IndexBusy, IndexMissing, IndexUnwritable, NothingToIndex
from index.failures import FailureCode
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.folder import write_tree
from tests.fakes.pdf import Page

LIMITS = Limits()


class CancelledByTheTest(Exception):
    """Raised by a progress callback."""


def build(index_dir: Path, *paths: Path, embedder=None, limits=LIMITS, **options) -> BuildResult:
    return build_snapshot(
        index_dir,
        list(paths) or None,
        embedder=embedder or HashingEmbedder(),
        chunking=Chunking(60, 0),
        limits=limits,
        **options,
    )


def texts_in(index_dir: Path) -> dict[str, str]:
    """Return the text of every indexed file by the file's name."""
    with IndexDir(index_dir).open_current() as snapshot:
        documents = [snapshot.document(entry.doc_id) for entry in snapshot.documents()]
    return {Path(path).name: document.text for document in documents for path in document.paths}


def drop_root_privileges() -> None:
    """Make file permissions apply to this process even if its user is root."""
    drop_from_bounding_set, dac_override, dac_read_search = 24, 1, 2
    for capability in (dac_override, dac_read_search):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, capability)


def output_without_privileges(script: str, *paths: Path) -> list[str]:
    """Run a script in a child process for which file permissions apply, and return its lines of output."""
    imports = (
        "import sys; from pathlib import Path; from tests.index.build.test_builder import build\n"
        "from index import IndexDir; from index.errors import FootnoteError\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", imports + script, *map(str, paths)],
        preexec_fn=drop_root_privileges,
        capture_output=True,
        text=True,
        check=True,
    )
    assert outcome.stderr == ""
    return outcome.stdout.splitlines()


@pytest.fixture
def corpus(tmp_path) -> Path:
    return write_tree(
        tmp_path / "corpus",
        {
            "apples.txt": "Apples are red. They grow on trees.",
            "pears.txt": "Pears are green. They grow on trees, too.",
            "deep/er/plums.txt": "Plums are blue.",
        },
    )


@pytest.fixture
def index_dir(tmp_path) -> Path:
    return tmp_path / "index"


def test_build_indexes_all_files(corpus, index_dir):
    """Files in nested folders are indexed too."""
    result = build(index_dir, corpus)

    assert {"apples.txt", "pears.txt", "plums.txt"} == texts_in(index_dir).keys()
    assert (3, 3, 0) == (result.documents, result.new, result.reused)


def test_code_is_searched_but_has_no_sentences(tmp_path, index_dir):
    """Chunks contain the code of a document, and its sentences are those of the prose."""
    source = "The answer is printed::\n\n    >>> print(answer)\n    The answer is 42.\n\nThat is all.\n"
    build(index_dir, write_tree(tmp_path / "corpus", {"answer.rst": source}))

    with IndexDir(index_dir).open_current() as snapshot:
        [entry] = snapshot.documents()
        document = snapshot.document(entry.doc_id)
        [chunk] = snapshot.chunks_of(entry.doc_id)

    assert "The answer is 42." in document.quote(chunk.span)
    assert ["The answer is printed:", "That is all."] == [document.text[a:b] for a, b in document.sentences]


def test_pages_without_readable_text_are_reported(tmp_path, index_dir):
    """The rest of the file is indexed, and the report is repeated as long as the file is there."""
    page = Page().lines(72, 700, ["Apples are red and grow on trees in the garden."]).turn_page()
    page.lines(
        72, 700, ["7KH DUFKLYH KROGV DERXW D WKRXVDQG SDFNDJHV RI VRIWZDUH WKDW DUH QRW IUHH DQG VROG"]
    )
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "apples.pdf").write_bytes(page.bytes())

    first, second = build(index_dir, corpus), build(index_dir, corpus)

    assert texts_in(index_dir)["apples.pdf"].startswith("Apples are red")
    assert not second.changed
    for result in (first, second):
        [partial] = result.skipped
        assert (FailureCode.UNREADABLE_PAGES, "page 2") == (partial.failure.code, partial.failure.detail)


def test_an_unchanged_corpus_keeps_the_snapshot(corpus, index_dir):
    """Nothing is read, embedded or written again."""
    first = build(index_dir, corpus)
    second = build(index_dir, corpus)

    assert not second.changed
    assert (first.snapshot, 3, 0, 3) == (second.snapshot, second.documents, second.new, second.reused)


def test_only_changed_files_are_embedded(corpus, index_dir):
    """A changed file costs the embedding of its own chunks."""
    build(index_dir, corpus)
    (corpus / "apples.txt").write_text("Apples are yellow now.")
    embedder = HashingEmbedder()
    result = build(index_dir, corpus, embedder=embedder)

    assert 1 == embedder.embedded == result.new
    assert "Apples are yellow now." == texts_in(index_dir)["apples.txt"]


def test_a_deleted_file_is_removed(corpus, index_dir):
    """Deleted text can't be quoted."""
    build(index_dir, corpus)
    (corpus / "pears.txt").unlink()
    build(index_dir, corpus)

    assert "pears.txt" not in texts_in(index_dir)


def test_a_renamed_file_is_not_embedded_again(corpus, index_dir):
    """The cache is keyed by text and not by file name."""
    build(index_dir, corpus)
    (corpus / "pears.txt").rename(corpus / "fruit.txt")
    result = build(index_dir, corpus)

    assert (0, 3) == (result.new, result.reused)
    assert "fruit.txt" in texts_in(index_dir)


def test_a_renamed_file_gets_its_new_title(corpus, index_dir):
    """A title that comes from the file name follows it."""
    build(index_dir, corpus)
    (corpus / "pears.txt").rename(corpus / "fruit.txt")
    build(index_dir, corpus)

    with IndexDir(index_dir).open_current() as snapshot:
        assert {"apples", "fruit", "plums"} == {entry.title for entry in snapshot.documents()}


def test_a_missing_folder_is_reported(corpus, index_dir, tmp_path):
    """The documents of a disconnected drive are removed, with a reason."""
    other = write_tree(tmp_path / "drive", {"figs.txt": "Figs are sweet."})
    build(index_dir, corpus, other)
    other.rename(tmp_path / "elsewhere")
    results = build(index_dir), build(index_dir)

    missing = [(other, FailureCode.MISSING)]
    assert [missing, missing] == [
        [(file.path, file.failure.code) for file in result.skipped] for result in results
    ]
    assert [True, False] == [result.changed for result in results]


def test_missing_folders_alone_leave_the_index_unchanged(corpus, index_dir, tmp_path):
    """The error gives the reason."""
    build(index_dir, corpus)
    corpus.rename(tmp_path / "elsewhere")

    with pytest.raises(NothingToIndex, match=r"corpus doesn't exist"):
        build(index_dir)
    assert 3 == len(texts_in(index_dir))


def test_an_unreadable_folder_is_skipped(corpus, index_dir):
    """Its file names can be listed, but its files can't be opened."""
    (corpus / "deep/er").chmod(0o444)
    script = (
        "for file in build(Path(sys.argv[1]), Path(sys.argv[2])).skipped:\n"
        "    print(file.path.name, file.failure.code)"
    )
    output = output_without_privileges(script, index_dir, corpus)
    (corpus / "deep/er").chmod(0o755)

    assert ["plums.txt no_permission"] == output
    assert {"apples.txt", "pears.txt"} == texts_in(index_dir).keys()


def test_an_inaccessible_path_is_an_error(corpus, index_dir):
    """A link to itself stands for any path that can't be accessed."""
    (corpus / "loop").symlink_to(corpus / "loop")

    with pytest.raises(NothingToIndex, match=r"loop can't be accessed \(Too many levels"):
        build(index_dir, corpus / "loop")


def test_two_copies_are_one_document_with_two_paths(corpus, index_dir):
    """The same text is embedded, found and cited once."""
    (corpus / "copy.txt").write_bytes((corpus / "apples.txt").read_bytes())
    result = build(index_dir, corpus)

    with IndexDir(index_dir).open_current() as snapshot:
        document = snapshot.find("copy.txt")
    assert 3 == result.documents
    assert ["apples.txt", "copy.txt"] == [Path(path).name for path in document.paths]


def test_hidden_files_and_symbolic_links_are_skipped(corpus, index_dir, tmp_path):
    """A link may point anywhere, and hidden files aren't meant to be read."""
    write_tree(
        tmp_path, {"outside.txt": "A secret.", "corpus/.hidden.txt": "Hidden.", "corpus/.git/x.txt": "Hid."}
    )
    (corpus / "link.txt").symlink_to(tmp_path / "outside.txt")
    (corpus / "folder").symlink_to(tmp_path)
    build(index_dir, corpus)

    assert {"apples.txt", "pears.txt", "plums.txt"} == texts_in(index_dir).keys()


def test_the_index_directory_is_not_indexed(corpus):
    """Its own files would be new at each build, and could be cited."""
    results = [build(corpus / "index", corpus), build(corpus / "index", corpus)]

    assert [3, 3] == [result.documents for result in results]
    assert [True, False] == [result.changed for result in results]


def test_exclusion_covers_every_spelling_of_a_path(corpus, index_dir):
    """A path may contain "..", go through a link, or name a parent folder."""
    link = corpus.with_name("link")
    link.symlink_to(corpus)
    excluded = frozenset({str(corpus / "deep" / ".." / "apples.txt"), str(link / "deep")})

    for root in (corpus, corpus / "deep" / "..", link):
        build(index_dir, root, selection=Selection(excluded=excluded))
        assert {"pears.txt"} == texts_in(index_dir).keys()


def test_two_spellings_of_a_folder_are_one_root(corpus, index_dir):
    """People type ../papers in one place and papers in another."""
    build(index_dir, corpus)
    build(index_dir, corpus / "deep" / "..", add=True)

    with IndexDir(index_dir).open_current() as snapshot:
        assert [1, 1, 1] == [len(entry.paths) for entry in snapshot.documents()]


def test_a_root_must_have_a_utf8_name(tmp_path, index_dir):
    """Roots are stored as text; the parent folder can be indexed instead."""
    folder = write_tree(tmp_path / os.fsdecode(b"caf\xe9"), {"menu.txt": "Figs are sweet."})

    with pytest.raises(NothingToIndex, match="Index the folder that contains it"):
        build(index_dir, folder)
    build(index_dir, tmp_path)
    assert {"menu.txt"} == texts_in(index_dir).keys()


def test_removing_a_copy_rereads_the_other_one(corpus, index_dir):
    """Files with different bytes and the same text share a document with the pages of one."""
    (corpus / "a.txt").write_bytes(b"Figs are sweet.\n")
    (corpus / "b.txt").write_bytes(b"Figs are sweet.\r\n")
    build(index_dir, corpus)
    (corpus / "a.txt").unlink()
    build(index_dir, corpus)

    with IndexDir(index_dir).open_current() as snapshot:
        document = snapshot.find("b.txt")
    assert hashlib.sha256((corpus / "b.txt").read_bytes()).hexdigest() == document.digest
    assert not build(index_dir, corpus).changed


def test_build_without_paths_uses_the_previous_roots(corpus, index_dir):
    """The command `footnote index` alone updates the index."""
    build(index_dir, corpus)
    (corpus / "figs.txt").write_text("Figs are sweet.")
    build(index_dir)

    assert "figs.txt" in texts_in(index_dir)


def test_add_keeps_the_previous_roots(corpus, index_dir, tmp_path):
    """Without *add* the new path replaces them."""
    build(index_dir, corpus)
    other = write_tree(tmp_path / "other", {"nuts.txt": "Nuts are hard."})
    build(index_dir, other, add=True)
    added = texts_in(index_dir).keys()
    build(index_dir, other)

    assert {"apples.txt", "pears.txt", "plums.txt", "nuts.txt"} == added
    assert {"nuts.txt"} == texts_in(index_dir).keys()


def test_rebuild_embeds_everything_again(corpus, index_dir):
    """Neither the cache nor the previous snapshot is used."""
    build(index_dir, corpus)
    embedder = HashingEmbedder()
    result = build(index_dir, corpus, embedder=embedder, rebuild=True)

    assert 3 == embedder.embedded == result.new
    assert result.changed


def change_a_word(catalog: bytes) -> bytes:
    return catalog.replace(b"Apples are red", b"Apples are bad")


def wipe_a_page(catalog: bytes) -> bytes:
    start = catalog.index(b"Apples are red") // 4096 * 4096
    return catalog[:start] + bytes(4096) + catalog[start + 4096 :]


@pytest.mark.parametrize("damage", [change_a_word, wipe_a_page])
def test_a_changed_catalog_is_not_reused(corpus, index_dir, damage):
    """Everything is read again, and the new snapshot has the text of the files."""
    build(index_dir, corpus)
    catalog = IndexDir(index_dir).current() / "catalog.sqlite"
    catalog.write_bytes(damage(catalog.read_bytes()))
    (corpus / "figs.txt").write_text("Figs are sweet.")
    build(index_dir)

    assert 4 == IndexDir(index_dir).verify().documents
    assert (corpus / "apples.txt").read_text() == texts_in(index_dir)["apples.txt"]


@pytest.mark.parametrize("intact", [0, 4096], ids=["whole file", "all but the first page"])
def test_a_damaged_embedding_cache_is_rebuilt(corpus, index_dir, intact):
    """It is deleted even if the damage is found in the middle of a build."""
    build(index_dir, corpus)
    cache = index_dir / "cache" / "embeddings.sqlite"
    cache.write_bytes(cache.read_bytes()[:intact] + b"\xff" * (cache.stat().st_size - intact))
    (corpus / "figs.txt").write_text("Figs are sweet.")

    assert (4, 4) == (build(index_dir).new, IndexDir(index_dir).verify().chunks)
    (corpus / "figs.txt").write_text("Figs are brown.")
    assert 1 == build(index_dir).new


def test_rows_do_not_depend_on_the_order_of_files(corpus, tmp_path):
    """The vector file is the same whatever was cached."""
    build(tmp_path / "one", corpus / "pears.txt", corpus / "apples.txt")
    build(tmp_path / "two", corpus / "apples.txt")
    build(tmp_path / "two", corpus / "apples.txt", corpus / "pears.txt")
    manifests = [IndexDir(tmp_path / name).verify() for name in ("one", "two")]

    assert manifests[0].files["vectors.faiss"] == manifests[1].files["vectors.faiss"]


def test_an_unreadable_file_is_skipped(corpus, index_dir):
    """It is reported with its reason, also by the next build."""
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 this is no PDF")
    first = build(index_dir, corpus)
    second = build(index_dir, corpus)

    assert [corpus / "broken.pdf"] == [file.path for file in first.skipped]
    assert 3 == first.documents
    assert not second.changed
    assert first.skipped == second.skipped


def test_a_raised_limit_rereads_files(corpus, index_dir):
    """A file that was too large is read again, although it hasn't changed."""
    first = build(index_dir, corpus, limits=Limits(max_bytes=36))
    second = build(index_dir)

    assert [corpus / "pears.txt"] == [file.path for file in first.skipped]
    assert () == second.skipped
    assert {"apples.txt", "pears.txt", "plums.txt"} == texts_in(index_dir).keys()


def test_a_slow_file_is_retried_with_a_new_time_limit(corpus, index_dir):
    """With the same limit it would take as long again."""
    short, long = Limits(seconds=1e-9), Limits()
    build(index_dir, corpus / "apples.txt")
    first = build(index_dir, corpus, limits=short)
    steps: list[Progress] = []
    second = build(index_dir, limits=short, progress=steps.append)
    third = build(index_dir, limits=long)

    assert 2 == len(first.skipped)
    assert (first.skipped, []) == (second.skipped, steps)
    assert () == third.skipped


def test_a_file_without_text_is_read_once(corpus, index_dir):
    """The same bytes would fail again, so only a changed file is read."""
    write_tree(corpus, {"empty.txt": "", "blank.txt": " "})
    first = build(index_dir, corpus)
    steps: list[Progress] = []
    second = build(index_dir, progress=steps.append)

    assert [FailureCode.NO_TEXT, FailureCode.EMPTY] == [file.failure.code for file in first.skipped]
    assert (first.skipped, []) == (second.skipped, steps)


def test_another_failure_of_a_file_is_recorded(corpus, index_dir):
    """A new code makes a new snapshot, although no document has changed."""
    (corpus / "pears.txt").write_text("Pears. " * 100)
    build(index_dir, corpus, limits=Limits(max_bytes=50))
    second = build(index_dir, limits=Limits(max_bytes=100))
    third = build(index_dir, limits=Limits(max_characters=100))

    assert (second.changed, third.changed) == (True, True)
    assert [FailureCode.TOO_MUCH_TEXT] == [file.failure.code for file in third.skipped]


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ({}, "No files to index"),
        ({"a.txt": ""}, r"^a\.txt is empty\. The index is unchanged\.$"),
        ({"a.txt": "", "b.txt": " "}, "None of the 2 files could be read"),
    ],
)
def test_nothing_to_index_is_an_error(corpus, index_dir, tmp_path, tree, reason):
    """An empty folder or unreadable files leave the index unchanged."""
    build(index_dir, corpus)
    with pytest.raises(NothingToIndex, match=reason):
        build(index_dir, write_tree(tmp_path / "empty", tree))

    assert not IndexDir(index_dir).has_unfinished_build()
    assert 3 == len(texts_in(index_dir))


def test_a_missing_path_is_an_error(corpus, index_dir, tmp_path):
    """The message names the path."""
    with pytest.raises(NothingToIndex, match=r"No such file or folder: .*nowhere"):
        build(index_dir, corpus, tmp_path / "nowhere")


def test_an_upload_has_its_display_name(corpus, index_dir, tmp_path):
    """The name is its path in the index, and its title if the content has none."""
    stored = write_tree(tmp_path / "stored", {"content.txt": "Figs are sweet."}) / "content.txt"
    build(index_dir, corpus, selection=Selection({"My figs.txt": stored}))

    with IndexDir(index_dir).open_current() as snapshot:
        [entry] = [entry for entry in snapshot.documents() if entry.paths == ("My figs.txt",)]
    assert "My figs" == entry.title
    assert 4 == len(texts_in(index_dir))
    assert not build(index_dir, selection=Selection({"My figs.txt": stored})).changed


@pytest.mark.parametrize("add", [False, True])
def test_an_upload_left_out_of_the_build_is_removed(corpus, index_dir, tmp_path, add):
    """This also holds if the build adds to the roots."""
    build(index_dir, corpus, selection=Selection({"My plums.txt": corpus / "apples.txt"}))
    build(index_dir, corpus, add=add)

    assert {"apples.txt", "pears.txt", "plums.txt"} == texts_in(index_dir).keys()


@pytest.mark.parametrize("add", [False, True])
def test_an_excluded_file_is_not_indexed(corpus, index_dir, add):
    """It comes back when it is no longer excluded."""
    build(index_dir, corpus)
    build(index_dir, corpus, selection=Selection(excluded={str(corpus / "apples.txt")}), add=add)
    without = texts_in(index_dir).keys()
    build(index_dir)

    assert {"pears.txt", "plums.txt"} == without
    assert "apples.txt" in texts_in(index_dir)


def test_an_index_may_be_empty(corpus, index_dir):
    """An empty index can be searched, and lists its roots and unreadable files."""
    build(index_dir, corpus)
    for path in corpus.rglob("*.txt"):
        path.unlink()
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 this is no PDF")
    result = build(index_dir, allow_empty=True)

    assert (0, 0, 1) == (result.documents, result.chunks, len(result.skipped))
    with IndexDir(index_dir).open_current() as snapshot:
        vector = HashingEmbedder().embed(["apples"])[0]
        assert [] == snapshot.search_dense(vector, 10) == snapshot.search_lexical("apples", 10)
        assert (str(corpus),) == snapshot.manifest.roots
        assert [str(corpus / "broken.pdf")] == [file.path for file in snapshot.files()]


def test_roots_are_kept_with_another_embedder(corpus, index_dir):
    """A build without paths uses the roots of any snapshot."""
    build(index_dir, corpus)
    build(index_dir, embedder=HashingEmbedder(dimension=32))

    assert 3 == len(texts_in(index_dir))


def test_an_older_extraction_is_reread_by_the_next_build(corpus, index_dir):
    """Until then it can be searched; equal chunks aren't embedded again."""
    build(index_dir, corpus)
    manifest = IndexDir(index_dir).current() / "manifest.json"
    content = json.loads(manifest.read_text())
    del content["recipe"]["extraction"]
    manifest.write_text(json.dumps(content))
    with LiveIndex(IndexDir(index_dir), recipe_check(HashingEmbedder(), Chunking(60, 0))).acquire() as older:
        assert 3 == len(older.documents())
    result = build(index_dir)

    assert (result.changed, result.new, result.reused) == (True, 0, 3)
    assert not build(index_dir).changed


def test_progress_names_current_and_failed_files(corpus, index_dir):
    """All files to read are known from the first step, in order."""
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 this is no PDF")
    steps: list[Progress] = []
    build(index_dir, corpus, progress=steps.append)
    reading = [step for step in steps if step.stage == "reading"]

    assert [0, 1, 2, 3, 4] == [step.done for step in reading]
    assert 1 == len({step.files for step in reading})
    assert "broken.pdf" == Path(reading[0].files[1]).name
    assert [reading[2].files[1]] == [str(step.failed.path) for step in reading if step.failed]


@pytest.mark.parametrize("stage", ["reading", "embedding", "writing"])
def test_a_cancelled_build_leaves_the_index_unchanged(corpus, index_dir, stage):
    """The callback may raise at any stage; the next build completes the work."""
    before = build(index_dir, corpus).snapshot
    (corpus / "figs.txt").write_text("Figs are sweet.")

    def cancel(step: Progress) -> None:
        if step.stage == stage and step.done in (1, step.total):
            raise CancelledByTheTest

    with pytest.raises(CancelledByTheTest):
        build(index_dir, corpus, progress=cancel)

    assert before == IndexDir(index_dir).current_name()
    assert not IndexDir(index_dir).has_unfinished_build()
    assert 4 == build(index_dir, corpus).documents


def test_rollback_restores_the_previous_snapshot(corpus, index_dir):
    """Before the first snapshot there is nothing to restore."""
    first = build(index_dir, corpus)
    (corpus / "apples.txt").unlink()
    build(index_dir, corpus)
    folder = IndexDir(index_dir)

    assert first.snapshot == folder.rollback()
    assert "apples.txt" in texts_in(index_dir)
    with pytest.raises(IndexMissing, match="no snapshot before"):
        folder.rollback()


def test_three_snapshots_are_kept(corpus, index_dir):
    """A new snapshot replaces the oldest one."""
    names = []
    for n in range(5):
        (corpus / "apples.txt").write_text(f"There are {n} apples.")
        names.append(build(index_dir, corpus).snapshot)

    assert names[-3:] == IndexDir(index_dir).snapshot_names()


def test_other_folders_among_snapshots_are_kept(corpus, index_dir):
    """A copy under another name is no snapshot, wherever it sorts."""
    folder = IndexDir(index_dir)
    build(index_dir, corpus)
    copies = [folder.current().with_name(name) for name in ("0 my copy", "old")]
    for copy in copies:
        shutil.copytree(folder.current(), copy)
    for n in range(4):
        (corpus / "apples.txt").write_text(f"There are {n} apples.")
        build(index_dir, corpus)

    assert 3 == len(folder.snapshot_names())
    assert all((copy / "manifest.json").exists() for copy in copies)


def test_an_open_snapshot_is_not_deleted(corpus, index_dir):
    """A chat keeps reading the snapshot that it opened."""
    first = build(index_dir, corpus)
    with IndexDir(index_dir).open_current() as snapshot:
        for n in range(5):
            (corpus / "apples.txt").write_text(f"There are {n} apples.")
            build(index_dir, corpus)

        assert first.snapshot in IndexDir(index_dir).snapshot_names()
        assert "Apples are red." in snapshot.find("apples.txt").text


def test_a_second_build_is_an_error(corpus, index_dir):
    """The message names the first process; its lock ends with it."""
    with (
        IndexDir(index_dir).build_lock(),
        pytest.raises(IndexBusy, match=f"Process {os.getpid()} is building"),
    ):
        build(index_dir, corpus)

    assert 3 == build(index_dir, corpus).documents


def test_a_full_disk_leaves_the_index_unchanged(corpus, index_dir):
    """A limit on the size of files stands for the full disk."""
    before = build(index_dir, corpus)
    for n in range(40):
        (corpus / f"more{n}.txt").write_text(" ".join(f"word{n}x{m}" for m in range(400)))
    script = (
        "import signal, sys; from pathlib import Path; from tests.index.build.test_builder import build\n"
        "from index.errors import FootnoteError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: build(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except FootnoteError as error: print(type(error).__name__, error)\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", script, str(index_dir), str(corpus)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
        capture_output=True,
        text=True,
        check=True,
    )

    assert outcome.stdout.startswith("IndexUnwritable Can't write the index"), outcome.stderr
    assert before.snapshot == IndexDir(index_dir).current_name()
    assert 3 == IndexDir(index_dir).verify().documents
    assert not (index_dir / "building").exists()  # the disk space is freed


def test_an_index_directory_inside_a_file_is_an_error(corpus, tmp_path):
    """The directory can't be created where a file is."""
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexUnwritable, match="Can't write the index in"):
        build(tmp_path / "file" / "index", corpus)


def test_a_read_only_index_can_be_searched(corpus, index_dir):
    """Only the build is an error."""
    before = build(index_dir, corpus)
    (corpus / "more.txt").write_text("A new file.")
    script = (
        "try: build(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except FootnoteError as error: print(type(error).__name__, error)\n"
        "with IndexDir(Path(sys.argv[1])).open_current() as snapshot: print(len(snapshot.documents()))\n"
    )
    folders = [folder for folder in (index_dir, *index_dir.rglob("*")) if folder.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    message, documents = output_without_privileges(script, index_dir, corpus)
    for folder in folders:
        folder.chmod(0o755)

    assert message.startswith(f"IndexUnwritable Can't write the index in {index_dir}")
    assert int(documents) == before.documents
