"""Building: the index holds exactly what the files hold, at the least work, and survives anything."""

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

LIMITS = Limits()


class InterruptedByTheTest(Exception):
    """Raised by a progress."""


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
    """Path below the corpus to text, for everything the index holds."""
    with IndexDir(index_dir).open_current() as snapshot:
        documents = [snapshot.document(entry.doc_id) for entry in snapshot.documents()]
    return {Path(path).name: document.text for document in documents for path in document.paths}


def without_override() -> None:
    """In a child process: even an administrator may then read and write only where the permissions say so."""
    drop_from_bounding_set, dac_override, dac_read_search = 24, 1, 2
    for power in (dac_override, dac_read_search):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, power)


def said_without_override(script: str, *paths: Path) -> list[str]:
    """The lines that a script prints in such a process."""
    begin = (
        "import sys; from pathlib import Path; from tests.index.build.test_builder import build\n"
        "from index import IndexDir; from index.errors import FootnoteError\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", begin + script, *map(str, paths)],
        preexec_fn=without_override,
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


def test_the_index_holds_what_the_files_hold(corpus, index_dir):
    """Every file of the folder, however deep, with its words."""
    summary = build(index_dir, corpus)

    assert {"apples.txt", "pears.txt", "plums.txt"} == texts_in(index_dir).keys()
    assert (3, 3, 0) == (summary.documents, summary.new, summary.reused)


def test_an_unchanged_corpus_makes_no_new_snapshot(corpus, index_dir):
    """Nothing is read, embedded or written again."""
    first = build(index_dir, corpus)
    second = build(index_dir, corpus)

    assert not second.changed
    assert (first.snapshot, 3, 0, 3) == (second.snapshot, second.documents, second.new, second.reused)


def test_only_what_changed_is_embedded(corpus, index_dir):
    """One changed file costs one file's chunks."""
    build(index_dir, corpus)
    (corpus / "apples.txt").write_text("Apples are yellow now.")
    embedder = HashingEmbedder()
    summary = build(index_dir, corpus, embedder=embedder)

    assert 1 == embedder.embedded == summary.new
    assert "Apples are yellow now." == texts_in(index_dir)["apples.txt"]


def test_a_deleted_file_leaves_the_index(corpus, index_dir):
    """What is gone can't be quoted."""
    build(index_dir, corpus)
    (corpus / "pears.txt").unlink()
    build(index_dir, corpus)

    assert "pears.txt" not in texts_in(index_dir)


def test_a_renamed_file_is_not_embedded_again(corpus, index_dir):
    """The cache knows the text, not the name."""
    build(index_dir, corpus)
    (corpus / "pears.txt").rename(corpus / "fruit.txt")
    summary = build(index_dir, corpus)

    assert (0, 3) == (summary.new, summary.reused)
    assert "fruit.txt" in texts_in(index_dir)


def test_a_renamed_file_goes_by_its_new_name(corpus, index_dir):
    """A title taken from the file's name follows it."""
    build(index_dir, corpus)
    (corpus / "pears.txt").rename(corpus / "fruit.txt")
    build(index_dir, corpus)

    with IndexDir(index_dir).open_current() as snapshot:
        assert {"apples", "fruit", "plums"} == {entry.title for entry in snapshot.documents()}


def test_a_folder_that_is_gone_is_said(corpus, index_dir, tmp_path):
    """A drive that isn't plugged in: its documents leave the index, but not without a word."""
    other = write_tree(tmp_path / "drive", {"figs.txt": "Figs are sweet."})
    build(index_dir, corpus, other)
    other.rename(tmp_path / "elsewhere")
    summaries = build(index_dir), build(index_dir)

    gone = [(other, FailureCode.MISSING)]
    assert [gone, gone] == [[(file.path, file.failure.code) for file in one.skipped] for one in summaries]
    assert [True, False] == [one.changed for one in summaries]


def test_where_everything_is_gone_the_index_is_as_it_was(corpus, index_dir, tmp_path):
    """Nothing is lost, and the reason is said."""
    build(index_dir, corpus)
    corpus.rename(tmp_path / "elsewhere")

    with pytest.raises(NothingToIndex, match=r"corpus doesn't exist"):
        build(index_dir)
    assert 3 == len(texts_in(index_dir))


def test_a_folder_that_may_not_be_entered_costs_only_itself(corpus, index_dir):
    """Its names can be listed, but not opened."""
    (corpus / "deep/er").chmod(0o444)
    script = (
        "for file in build(Path(sys.argv[1]), Path(sys.argv[2])).skipped:\n"
        "    print(file.path.name, file.failure.code)"
    )
    said = said_without_override(script, index_dir, corpus)
    (corpus / "deep/er").chmod(0o755)

    assert ["plums.txt no_permission"] == said
    assert {"apples.txt", "pears.txt"} == texts_in(index_dir).keys()


def test_a_path_that_leads_nowhere_is_one_line(corpus, index_dir):
    """A link to itself, a drive that doesn't answer: the fault isn't the index's."""
    (corpus / "loop").symlink_to(corpus / "loop")

    with pytest.raises(NothingToIndex, match=r"loop can't be accessed \(Too many levels"):
        build(index_dir, corpus / "loop")


def test_two_copies_are_one_document_with_two_paths(corpus, index_dir):
    """One content is embedded, found and cited once."""
    (corpus / "copy.txt").write_bytes((corpus / "apples.txt").read_bytes())
    summary = build(index_dir, corpus)

    with IndexDir(index_dir).open_current() as snapshot:
        document = snapshot.find("copy.txt")
    assert 3 == summary.documents
    assert ["apples.txt", "copy.txt"] == [Path(path).name for path in document.paths]


def test_hidden_files_and_symbolic_links_are_left_out(corpus, index_dir, tmp_path):
    """A link could lead anywhere; a dot says: not for reading."""
    write_tree(
        tmp_path, {"outside.txt": "A secret.", "corpus/.hidden.txt": "Hidden.", "corpus/.git/x.txt": "Hid."}
    )
    (corpus / "link.txt").symlink_to(tmp_path / "outside.txt")
    (corpus / "folder").symlink_to(tmp_path)
    build(index_dir, corpus)

    assert {"apples.txt", "pears.txt", "plums.txt"} == texts_in(index_dir).keys()


def test_an_index_in_an_indexed_folder_does_not_index_itself(corpus):
    """Its own files would be new at each build, and citable."""
    summaries = [build(corpus / "index", corpus), build(corpus / "index", corpus)]

    assert [3, 3] == [one.documents for one in summaries]
    assert [True, False] == [one.changed for one in summaries]


def test_a_file_that_was_left_out_stays_out_in_whatever_spelling(corpus, index_dir):
    """With .. in the path, through a link, or as the folder it lies in."""
    link = corpus.with_name("link")
    link.symlink_to(corpus)
    out = Selection(excluded=frozenset({str(corpus / "deep" / ".." / "apples.txt"), str(link / "deep")}))

    for root in (corpus, corpus / "deep" / "..", link):
        build(index_dir, root, selection=out)
        assert {"pears.txt"} == texts_in(index_dir).keys()


def test_a_folder_in_another_spelling_is_not_indexed_twice(corpus, index_dir):
    """A person types ../papers from one place and papers from another."""
    build(index_dir, corpus)
    build(index_dir, corpus / "deep" / "..", add=True)

    with IndexDir(index_dir).open_current() as snapshot:
        assert [1, 1, 1] == [len(entry.paths) for entry in snapshot.documents()]


def test_a_folder_whose_name_is_no_utf_8_is_refused_at_once_and_read_from_above(tmp_path, index_dir):
    """What the index was made of is kept as text."""
    folder = write_tree(tmp_path / os.fsdecode(b"caf\xe9"), {"menu.txt": "Figs are sweet."})

    with pytest.raises(NothingToIndex, match="Index the folder that contains it"):
        build(index_dir, folder)
    build(index_dir, tmp_path)
    assert {"menu.txt"} == texts_in(index_dir).keys()


def test_the_copy_that_is_left_is_shown_from_its_own_file(corpus, index_dir):
    """Files of other bytes and the same text are one document, with the pages of one of them."""
    (corpus / "a.txt").write_bytes(b"Figs are sweet.\n")
    (corpus / "b.txt").write_bytes(b"Figs are sweet.\r\n")
    build(index_dir, corpus)
    (corpus / "a.txt").unlink()
    build(index_dir, corpus)

    with IndexDir(index_dir).open_current() as snapshot:
        document = snapshot.find("b.txt")
    assert hashlib.sha256((corpus / "b.txt").read_bytes()).hexdigest() == document.digest
    assert not build(index_dir, corpus).changed


def test_without_a_path_the_last_ones_are_indexed_again(corpus, index_dir):
    """`footnote index` alone brings the index up to date."""
    build(index_dir, corpus)
    (corpus / "figs.txt").write_text("Figs are sweet.")
    build(index_dir)

    assert "figs.txt" in texts_in(index_dir)


def test_add_keeps_what_is_there_besides(corpus, index_dir, tmp_path):
    """Without it the index would hold the new path alone."""
    build(index_dir, corpus)
    other = write_tree(tmp_path / "other", {"nuts.txt": "Nuts are hard."})
    build(index_dir, other, add=True)
    added = texts_in(index_dir).keys()
    build(index_dir, other)

    assert {"apples.txt", "pears.txt", "plums.txt", "nuts.txt"} == added
    assert {"nuts.txt"} == texts_in(index_dir).keys()


def test_rebuild_embeds_everything_again(corpus, index_dir):
    """The cache is ignored, and so is the former snapshot."""
    build(index_dir, corpus)
    embedder = HashingEmbedder()
    summary = build(index_dir, corpus, embedder=embedder, rebuild=True)

    assert 3 == embedder.embedded == summary.new
    assert summary.changed


def alter_a_word(catalog: bytes) -> bytes:
    return catalog.replace(b"Apples are red", b"Apples are bad")


def wipe_a_page(catalog: bytes) -> bytes:
    start = catalog.index(b"Apples are red") // 4096 * 4096
    return catalog[:start] + bytes(4096) + catalog[start + 4096 :]


@pytest.mark.parametrize("spoil", [alter_a_word, wipe_a_page])
def test_what_was_altered_on_disk_is_not_taken_over(corpus, index_dir, spoil):
    """Everything is read again, and the new snapshot says what the files say."""
    build(index_dir, corpus)
    catalog = IndexDir(index_dir).current() / "catalog.sqlite"
    catalog.write_bytes(spoil(catalog.read_bytes()))
    (corpus / "figs.txt").write_text("Figs are sweet.")
    build(index_dir)

    assert 4 == IndexDir(index_dir).verify().documents
    assert (corpus / "apples.txt").read_text() == texts_in(index_dir)["apples.txt"]


@pytest.mark.parametrize("sound", [0, 4096], ids=["no database", "all but its first page"])
def test_a_damaged_embedding_cache_costs_only_time(corpus, index_dir, sound):
    """It is thrown away, also where that is found in the middle of a build; the next one has it again."""
    build(index_dir, corpus)
    cache = index_dir / "cache" / "embeddings.sqlite"
    cache.write_bytes(cache.read_bytes()[:sound] + b"\xff" * (cache.stat().st_size - sound))
    (corpus / "figs.txt").write_text("Figs are sweet.")

    assert (4, 4) == (build(index_dir).new, IndexDir(index_dir).verify().chunks)
    (corpus / "figs.txt").write_text("Figs are brown.")
    assert 1 == build(index_dir).new


def test_the_same_files_give_the_same_rows(corpus, tmp_path):
    """Chunks and vectors don't depend on the order of paths or on what was cached."""
    build(tmp_path / "one", corpus / "pears.txt", corpus / "apples.txt")
    build(tmp_path / "two", corpus / "apples.txt")
    build(tmp_path / "two", corpus / "apples.txt", corpus / "pears.txt")
    manifests = [IndexDir(tmp_path / name).verify() for name in ("one", "two")]

    assert manifests[0].files["vectors.faiss"] == manifests[1].files["vectors.faiss"]


def test_a_file_that_cannot_be_read_costs_only_itself(corpus, index_dir):
    """It is reported with its reason, and again when nothing has changed."""
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 this is no PDF")
    first = build(index_dir, corpus)
    second = build(index_dir, corpus)

    assert [corpus / "broken.pdf"] == [file.path for file in first.skipped]
    assert 3 == first.documents
    assert not second.changed
    assert first.skipped == second.skipped


def test_a_file_that_was_too_large_is_read_once_the_limit_is_raised(corpus, index_dir):
    """A file that couldn't be read is tried again, though neither its size nor its time has changed."""
    first = build(index_dir, corpus, limits=Limits(max_bytes=36))
    second = build(index_dir)

    assert [corpus / "pears.txt"] == [file.path for file in first.skipped]
    assert () == second.skipped
    assert {"apples.txt", "pears.txt", "plums.txt"} == texts_in(index_dir).keys()


def test_a_file_that_took_too_long_is_not_waited_for_again(corpus, index_dir):
    """With the same limit it would take as long again; with more time it is read."""
    hurried, patient = Limits(seconds=1e-9), Limits()
    build(index_dir, corpus / "apples.txt")
    first = build(index_dir, corpus, limits=hurried)
    steps: list[Progress] = []
    second = build(index_dir, limits=hurried, progress=steps.append)
    third = build(index_dir, limits=patient)

    assert 2 == len(first.skipped)
    assert (first.skipped, []) == (second.skipped, steps)
    assert () == third.skipped


def test_a_file_without_text_is_read_once(corpus, index_dir):
    """The same bytes fail again, so that only a changed file is read."""
    write_tree(corpus, {"empty.txt": "", "blank.txt": " "})
    first = build(index_dir, corpus)
    steps: list[Progress] = []
    second = build(index_dir, progress=steps.append)

    assert [FailureCode.NO_TEXT, FailureCode.EMPTY] == [file.failure.code for file in first.skipped]
    assert (first.skipped, []) == (second.skipped, steps)


def test_a_file_that_fails_in_another_way_is_recorded(corpus, index_dir):
    """A new code makes a new snapshot, though no document has changed."""
    (corpus / "pears.txt").write_text("Pears. " * 100)
    build(index_dir, corpus, limits=Limits(max_bytes=50))
    again = build(index_dir, limits=Limits(max_bytes=100))
    last = build(index_dir, limits=Limits(max_characters=100))

    assert (again.changed, last.changed) == (True, True)
    assert [FailureCode.TOO_MUCH_TEXT] == [file.failure.code for file in last.skipped]


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ({}, "No files to index"),
        ({"a.txt": ""}, r"^a\.txt is empty\. The index is unchanged\.$"),
        ({"a.txt": "", "b.txt": " "}, "None of the 2 files could be read"),
    ],
)
def test_nothing_to_index_is_one_line_and_loses_nothing(corpus, index_dir, tmp_path, tree, reason):
    """An empty folder, or one of unreadable files, leaves the index as it was."""
    build(index_dir, corpus)
    with pytest.raises(NothingToIndex, match=reason):
        build(index_dir, write_tree(tmp_path / "empty", tree))

    assert not IndexDir(index_dir).has_unfinished_build()
    assert 3 == len(texts_in(index_dir))


def test_a_path_that_does_not_exist_is_one_line(corpus, index_dir, tmp_path):
    """The message names the path."""
    with pytest.raises(NothingToIndex, match=r"No such file or folder: .*nowhere"):
        build(index_dir, corpus, tmp_path / "nowhere")


def test_a_picked_file_goes_by_its_name(corpus, index_dir, tmp_path):
    """Its path shows nowhere, and its title, if it has none, is the name's."""
    stored = write_tree(tmp_path / "stored", {"content.txt": "Figs are sweet."}) / "content.txt"
    build(index_dir, corpus, selection=Selection({"My figs.txt": stored}))

    with IndexDir(index_dir).open_current() as snapshot:
        [entry] = [entry for entry in snapshot.documents() if entry.paths == ("My figs.txt",)]
    assert "My figs" == entry.title
    assert 4 == len(texts_in(index_dir))
    assert not build(index_dir, selection=Selection({"My figs.txt": stored})).changed


@pytest.mark.parametrize("add", [False, True])
def test_a_file_that_is_picked_no_more_leaves_the_index(corpus, index_dir, tmp_path, add):
    """Also where what is there besides is kept."""
    build(index_dir, corpus, selection=Selection({"My plums.txt": corpus / "apples.txt"}))
    build(index_dir, corpus, add=add)

    assert {"apples.txt", "pears.txt", "plums.txt"} == texts_in(index_dir).keys()


@pytest.mark.parametrize("add", [False, True])
def test_a_file_that_was_left_out_stays_out(corpus, index_dir, add):
    """Its folder is indexed without it; named no more, it comes back."""
    build(index_dir, corpus)
    build(index_dir, corpus, selection=Selection(excluded={str(corpus / "apples.txt")}), add=add)
    without = texts_in(index_dir).keys()
    build(index_dir)

    assert {"pears.txt", "plums.txt"} == without
    assert "apples.txt" in texts_in(index_dir)


def test_an_index_may_be_left_empty(corpus, index_dir):
    """When asked for: it serves, holds nothing, and knows its folders and what failed in them."""
    build(index_dir, corpus)
    for path in corpus.rglob("*.txt"):
        path.unlink()
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 this is no PDF")
    summary = build(index_dir, allow_empty=True)

    assert (0, 0, 1) == (summary.documents, summary.chunks, len(summary.skipped))
    with IndexDir(index_dir).open_current() as snapshot:
        vector = HashingEmbedder().embed(["apples"])[0]
        assert [] == snapshot.search_dense(vector, 10) == snapshot.search_lexical("apples", 10)
        assert (str(corpus),) == snapshot.manifest.roots
        assert [str(corpus / "broken.pdf")] == [file.path for file in snapshot.files()]


def test_other_settings_keep_the_folders(corpus, index_dir):
    """Without a path the last ones are meant, also when they were indexed with another embedder."""
    build(index_dir, corpus)
    build(index_dir, embedder=HashingEmbedder(dimension=32))

    assert 3 == len(texts_in(index_dir))


def test_an_index_of_an_older_footnote_serves_and_is_read_again_at_the_next_build(corpus, index_dir):
    """Its text and chunks may be others now; what embeds alike isn't embedded again."""
    build(index_dir, corpus)
    manifest = IndexDir(index_dir).current() / "manifest.json"
    content = json.loads(manifest.read_text())
    del content["recipe"]["extraction"]
    manifest.write_text(json.dumps(content))
    with LiveIndex(IndexDir(index_dir), recipe_check(HashingEmbedder(), Chunking(60, 0))).acquire() as older:
        assert 3 == len(older.documents())
    summary = build(index_dir)

    assert (summary.changed, summary.new, summary.reused) == (True, 0, 3)
    assert not build(index_dir).changed


def test_progress_names_the_file_in_hand_and_the_one_that_failed(corpus, index_dir):
    """Everything that is read is known from the first step on, in order."""
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 this is no PDF")
    steps: list[Progress] = []
    build(index_dir, corpus, progress=steps.append)
    reading = [step for step in steps if step.stage == "reading"]

    assert [0, 1, 2, 3, 4] == [step.done for step in reading]
    assert 1 == len({step.files for step in reading})
    assert "broken.pdf" == Path(reading[0].files[1]).name
    assert [reading[2].files[1]] == [str(step.failed.path) for step in reading if step.failed]


@pytest.mark.parametrize("stage", ["reading", "embedding", "writing"])
def test_a_build_that_is_cancelled_leaves_the_index_as_it_was(corpus, index_dir, stage):
    """Whatever the progress raises, at any stage; the next build does it all."""
    before = build(index_dir, corpus).snapshot
    (corpus / "figs.txt").write_text("Figs are sweet.")

    def cancel(step: Progress) -> None:
        if step.stage == stage and step.done in (1, step.total):
            raise InterruptedByTheTest

    with pytest.raises(InterruptedByTheTest):
        build(index_dir, corpus, progress=cancel)

    assert before == IndexDir(index_dir).current_name()
    assert not IndexDir(index_dir).has_unfinished_build()
    assert 4 == build(index_dir, corpus).documents


def test_rollback_goes_back_one_snapshot(corpus, index_dir):
    """The one before is current again, whole."""
    first = build(index_dir, corpus)
    (corpus / "apples.txt").unlink()
    build(index_dir, corpus)
    folder = IndexDir(index_dir)

    assert first.snapshot == folder.rollback()
    assert "apples.txt" in texts_in(index_dir)
    with pytest.raises(IndexMissing, match="no snapshot before"):
        folder.rollback()


def test_three_snapshots_stay(corpus, index_dir):
    """Older ones go when a new one comes."""
    names = []
    for n in range(5):
        (corpus / "apples.txt").write_text(f"There are {n} apples.")
        names.append(build(index_dir, corpus).snapshot)

    assert names[-3:] == IndexDir(index_dir).snapshot_names()


def test_a_folder_of_a_person_among_the_snapshots_is_let_be(corpus, index_dir):
    """A copy by another name is none of them, wherever it would stand in their order."""
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


def test_a_snapshot_that_somebody_has_open_is_not_removed(corpus, index_dir):
    """A chat goes on reading what it opened."""
    first = build(index_dir, corpus)
    with IndexDir(index_dir).open_current() as snapshot:
        for n in range(5):
            (corpus / "apples.txt").write_text(f"There are {n} apples.")
            build(index_dir, corpus)

        assert first.snapshot in IndexDir(index_dir).snapshot_names()
        assert "Apples are red." in snapshot.find("apples.txt").text


def test_two_builds_at_once_are_refused_in_one_line(corpus, index_dir):
    """The second names the first one's process; the lock ends with its holder."""
    with (
        IndexDir(index_dir).build_lock(),
        pytest.raises(IndexBusy, match=f"Process {os.getpid()} is building"),
    ):
        build(index_dir, corpus)

    assert 3 == build(index_dir, corpus).documents


def test_a_disk_that_fills_up_leaves_the_index_as_it_was(corpus, index_dir):
    """No file may grow past a bound that the new snapshot needs: the build says so and nothing is lost."""
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
    assert not (index_dir / "building").exists()  # the room is given back


def test_an_index_folder_that_cannot_be_made_is_one_line(corpus, tmp_path):
    """Here a file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexUnwritable, match="Can't write the index in"):
        build(tmp_path / "file" / "index", corpus)


def test_a_read_only_index_folder_is_one_line_and_still_serves(corpus, index_dir):
    """What is there can be asked; what is new can't be written."""
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
    said, documents = said_without_override(script, index_dir, corpus)
    for folder in folders:
        folder.chmod(0o755)

    assert said.startswith(f"IndexUnwritable Can't write the index in {index_dir}")
    assert int(documents) == before.documents
