"""The library: uploads, folders, removals and background indexing."""

import contextlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index import Document, ExternalDocument, IndexDir, LiveIndex, Snapshot, build_from_sources, recipe_check
from index.embedders.base import Vectors
from index.failures import FailureCode, ParseFailure
from index.text.canonical import CanonicalText
from qa.bootstrap import Services, make_chunking, make_library, make_upload_store
from qa.library.indexer import IndexingStatus
from qa.library.library import UPLOADS_KEY, FileState, Library, LibraryEntry
from qa.library.listing import Listing, SortKey, kinds_of
from qa.library.source_state import SourceState
from qa.library.uploads import IncomingFile
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services

FIGS = "Figs are sweet and ripen in August."


@pytest.fixture
def corpus(tmp_path) -> Path:
    """A person's own folder."""
    return write_tree(
        tmp_path / "corpus",
        {
            "apples.txt": "Apples are red and grow on trees.",
            "stone/pears.md": "# On pears\n\nPears are green and grow on trees.",
            "stone/deep/plums.txt": "Plums are blue and grow on trees.",
        },
    )


@pytest.fixture
def services(tmp_path, corpus) -> Services:
    """An index of that folder, as the command line makes it."""
    services = small_services(tmp_path)
    services.indexer.build([corpus])
    return services


@pytest.fixture
def library(services) -> Iterator[Library]:
    library = make_library(services, retry_seconds=0.01)
    yield library
    library.close()


def incoming(name: str, text: str = FIGS) -> IncomingFile:
    return IncomingFile(name, io.BytesIO(text.encode()))


def done(library: Library) -> IndexingStatus:
    """Wait for what is being done; the last word on it."""
    *_, last = library.watch()
    return last


def test_an_index_of_an_earlier_version_is_outdated(tmp_path, corpus):
    """The next refresh reads its files again, though none has changed."""
    services = small_services(tmp_path)
    services.indexer.build([corpus])
    manifest = IndexDir(services.settings.index_dir).current() / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    content["recipe"]["extraction"] -= 1
    manifest.write_text(json.dumps(content), "utf-8")
    library = make_library(small_services(tmp_path), retry_seconds=0.01)
    before = library.is_outdated()
    library.refresh()
    done(library)

    assert before
    assert not library.is_outdated()
    library.close()


def by_title(library: Library, search: str = "") -> dict[str, LibraryEntry]:
    return {entry.title: entry for entry in library.entries(search)}


def state_of(library: Library, title: str) -> FileState | None:
    entry = by_title(library).get(title)
    return entry.state if entry else None


def test_the_library_lists_indexed_documents(library, corpus):
    """Each with its title, path, format, passages and date."""
    entry = by_title(library)["On pears"]

    assert ["apples", "On pears", "plums"] == [each.title for each in library.entries()]
    assert ("Markdown", 1, FileState.INDEXED, False) == (
        entry.kind,
        entry.passages,
        entry.state,
        entry.is_upload,
    )
    assert (str(corpus / "stone" / "pears.md"),) == entry.paths
    assert entry.changed is not None
    assert int((corpus / "stone" / "pears.md").stat().st_mtime) == int(entry.changed.timestamp())


def test_a_data_folder_inside_an_indexed_one_is_skipped(tmp_path, corpus):
    """An upload is indexed once, and no file of the data folder or index is a document."""
    services = small_services(tmp_path)
    make_upload_store(services.settings).add(incoming("figs.txt"))
    services.indexer.build([tmp_path])
    library = make_library(services, retry_seconds=0.01)

    assert ["apples", "figs", "On pears", "plums"] == [each.title for each in library.entries()]
    assert ("figs.txt",) == by_title(library)["figs"].paths
    library.close()


class CountingIndex(LiveIndex):
    """An index that counts how often its snapshot is acquired."""

    leases = 0

    @contextlib.contextmanager
    def acquire(self) -> Iterator[Snapshot]:
        self.leases += 1
        with super().acquire() as snapshot:
            yield snapshot


def test_a_listing_uses_one_snapshot(services):
    """Even if the next snapshot appears meanwhile."""
    index = IndexDir(services.settings.index_dir)
    live = CountingIndex(index, recipe_check(services.embedder, make_chunking(services.settings)))
    library = make_library(replace(services, live=live))
    taken = []
    for look in (library.entries, library.folders, lambda: library.resolve_selection(())):
        live.leases = 0
        look()
        taken.append(live.leases)

    assert [1, 1, 1] == taken


def test_a_search_finds_words_of_title_and_path(library):
    """All of its words must match, in any order and case."""
    assert ["On pears"] == list(by_title(library, "PEARS on"))
    assert ["On pears", "plums"] == list(by_title(library, "stone"))
    assert [] == list(by_title(library, "pears plums"))


def test_without_an_index_the_library_is_empty(tmp_path):
    """The first document can be uploaded."""
    library = make_library(small_services(tmp_path))
    assert [] == library.entries()

    library.add([incoming("figs.txt")])
    assert done(library).outcome is not None
    assert {"figs": FileState.INDEXED} == {title: entry.state for title, entry in by_title(library).items()}


def test_an_upload_is_indexed_and_can_be_cited(library, services, tmp_path):
    """Under its label; the chat uses the new snapshot by itself."""
    with services.live.acquire() as before:
        added = library.add([incoming("../My figs.txt")])
        work = done(library)

        assert (("My figs.txt",), ()) == (added.accepted, added.rejected)
        assert work.outcome is not None
        assert ("4 documents, 4 passages.", True) == (work.outcome.message, work.outcome.succeeded)
        assert 3 == len(before.documents())

    [footnote, *_] = services.pipeline.run("When do figs ripen?").footnotes
    assert ("My figs", "My figs.txt", FIGS) == (footnote.title, footnote.path, footnote.cited_text)
    assert (FileState.INDEXED, True) == (
        by_title(library)["My figs"].state,
        by_title(library)["My figs"].is_upload,
    )
    assert FIGS == library.source_file(footnote.document).read_text()


def test_a_path_with_an_io_error_has_no_source_file(library):
    """The name is too long for any file system, as an example of such an error."""
    document = Document("d", "Figs", ("/" + "x" * 300,), "text/plain", FIGS)

    assert library.source_file(document) is None


def test_a_rejected_file_says_why_and_what_to_do(library, tmp_path):
    """Other files of the same upload are stored."""
    files = [incoming("figs.exe"), incoming("empty.txt", ""), incoming("figs.txt")]
    added = library.add(files)
    done(library)

    assert ("figs.txt",) == added.accepted
    assert ["figs.exe", "empty.txt"] == [problem.label for problem in added.rejected]
    assert ["Save it as PDF, Word or plain text and add that.", "Remove it, or add a file with text."] == [
        problem.advice for problem in added.rejected
    ]


def test_a_file_that_cannot_be_read_is_listed_with_what_to_do(library, services, tmp_path):
    """And again after a restart, until it is removed."""
    library.add([incoming("broken.pdf", "%PDF-1.7 this is no PDF")])
    work = done(library)
    [again] = make_library(services).entries("broken")

    assert work.outcome is not None
    assert ["broken.pdf"] == [problem.label for problem in work.outcome.problems]
    assert work.outcome.message == "3 documents, 3 passages; 1 file couldn't be read."
    assert (FileState.FAILED, "PDF", True) == (again.state, again.kind, again.is_upload)
    assert again.problem is not None
    assert again.problem.failure == ParseFailure(FailureCode.DAMAGED, "not a valid PDF")

    library.remove([again.key])
    done(library)
    assert [] == library.entries("broken")


def test_removing_an_upload_can_be_undone(library, services, tmp_path):
    """It leaves the index until it is restored, or the disk if it is deleted from the trash."""
    library.add([incoming("figs.txt")])
    done(library)
    keys = library.remove([by_title(library)["figs"].key])
    done(library)
    assert "figs" not in by_title(library)
    assert ["figs.txt"] == [removed.label for removed in library.removed()]
    assert all(
        "Figs" not in note.cited_text for note in services.pipeline.run("When do figs ripen?").footnotes
    )

    library.restore(keys)
    done(library)
    assert FileState.INDEXED == state_of(library, "figs")
    assert [] == library.removed()

    library.delete_removed(library.remove([by_title(library)["figs"].key]))
    assert [] == library.removed() == list((tmp_path / "data").rglob("content.*"))


def test_excluded_files_are_listed_and_included_again(library, corpus):
    """Under the path that the index shows."""
    keys = library.remove([by_title(library)["apples"].key])
    done(library)
    assert keys == [removed.label for removed in library.removed()] == [str(corpus / "apples.txt")]

    library.restore(keys)
    done(library)
    assert FileState.INDEXED == state_of(library, "apples")


def test_folders_of_an_upload_are_folders_to_search_in(library):
    """With their subfolders; documents of the same name in two folders stay apart."""
    library.add([incoming("trees/north/figs.txt"), incoming("trees/figs.txt", "Figs are green.")])
    done(library)
    north, trees = "given/trees/north", "given/trees"

    assert [(folder.key, folder.name, folder.documents) for folder in library.folders()][:3] == [
        (UPLOADS_KEY, "", 2),
        (trees, "trees", 2),
        (north, "trees/north", 1),
    ]
    assert [library.resolve_selection([key]) for key in (north, trees)] == [
        {entry.key for entry in library.entries("trees") if "north" in entry.paths[0]},
        {entry.key for entry in library.entries("trees")},
    ]


def test_a_file_uploaded_and_in_a_folder_is_listed_once(blocked, corpus):
    """While it waits, when it is indexed and when it can't be read."""
    library, embedder, services = blocked
    (corpus / "broken.json").write_text("{")
    services.indexer.build([corpus])
    library.add([incoming("figs.txt"), incoming("b.json", "{")])
    library.add([incoming("apples again.txt", (corpus / "apples.txt").read_text())])
    embedder.reached.wait()
    waiting = [entry.title for entry in library.entries()]
    embedder.let_go.set()
    done(library)
    [broken] = library.entries("broken")

    assert ["apples", "broken", "figs", "On pears", "plums"] == waiting
    assert waiting == [entry.title for entry in library.entries()]
    assert (str(corpus / "broken.json"), "b.json") == broken.paths


def zipped(**files: str) -> bytes:
    """Return an archive of files, whose names have two underscores instead of a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return buffer.getvalue()


def test_an_archive_is_unpacked_into_a_folder(library):
    """With its subfolders; what can't be read is named, and an archive in it stays closed."""
    content = zipped(**{"north/figs__txt": FIGS, "a__exe": "x", "inner__zip": "x", "../out__txt": "x"})
    damaged = content.replace(FIGS.encode(), FIGS.upper().encode())
    result = library.add([IncomingFile("My trees.zip", io.BytesIO(content))])
    again = library.add([IncomingFile("C:\\trees.ZIP", io.BytesIO(damaged))])
    done(library)

    assert result.accepted == ("My trees/north/figs.txt",)
    assert [(each.label, each.failure.code) for each in result.rejected] == [
        ("My trees/a.exe", FailureCode.UNKNOWN_FORMAT),
        ("My trees/inner.zip", FailureCode.UNKNOWN_FORMAT),
    ]
    assert [each.failure for each in again.rejected if "figs" in each.label] == [
        ParseFailure(FailureCode.DAMAGED, "in the archive")
    ]
    assert FileState.INDEXED == state_of(library, "figs")


def test_an_archive_that_cannot_be_opened_says_why(library):
    """And nothing of it is stored."""
    result = library.add([IncomingFile("trees.zip", io.BytesIO(b"PK"))])
    [problem] = result.rejected

    assert str(problem.failure) == (
        "The file is an archive that can't be unpacked (damaged: File is not a zip file). "
        "Unpack it and add its files."
    )
    assert library.uploads.uploads() == []


def test_pasted_text_becomes_a_document(library, services):
    """Named by its title, or by its first words; blank text is refused."""
    results = [
        library.add_text(f"{FIGS} " * 3, "Notes a/b"),
        library.add_text("Quinces are yellow and hard and need to be cooked.\nOr not."),
        library.add_text(" \n", "Blank"),
    ]
    done(library)

    assert [result.accepted for result in results[:2]] == [
        ("Notes a-b.txt",),
        ("Quinces are yellow and hard and need to.txt",),
    ]
    assert [problem.failure.code for problem in results[2].rejected] == [FailureCode.EMPTY]
    assert FileState.INDEXED == state_of(library, "Notes a-b")
    assert "August" in services.pipeline.run("When do figs ripen?").text


@pytest.mark.parametrize(
    ("listing", "titles"),
    [
        (Listing(), ["apples", "bad", "On pears", "plums"]),
        (Listing(descending=True), ["plums", "On pears", "bad", "apples"]),
        (Listing(SortKey.FORMAT), ["bad", "On pears", "apples", "plums"]),
        (Listing(SortKey.STATE), ["bad", "apples", "On pears", "plums"]),
        (Listing(kind="Text"), ["apples", "plums"]),
        (Listing(only_problems=True), ["bad"]),
        (Listing(kind="Text", only_problems=True), []),
    ],
)
def test_entries_are_sorted_and_filtered(library, services, corpus, listing, titles):
    """By anything that the table shows, by format, and by whether they could be read."""
    (corpus / "bad.json").write_text("{")
    services.indexer.build([corpus])
    entries = library.entries()

    assert [entry.title for entry in listing.arrange(entries)] == titles
    assert kinds_of(entries) == ["JSON", "Markdown", "Text"]


def test_a_document_can_be_renamed(library, services, corpus):
    """In the library and in footnotes; its files keep their names, and its own title can come back."""
    key = by_title(library)["apples"].key
    library.rename(key, " About\n red\u202e apples ")
    [entry] = library.entries("red apples")
    answer = services.pipeline.run("Which apples are red and grow on trees?")
    (corpus / "apples.txt").write_text("Apples are red and round.")
    library.refresh()
    done(library)

    assert ("About red apples", (str(corpus / "apples.txt"),)) == (entry.title, entry.paths)
    assert ["About red apples"] == [note.title for note in answer.footnotes]
    assert "About red apples" in by_title(library)

    library.rename(by_title(library)["About red apples"].key, " ")
    assert "apples" in by_title(library)


def test_renaming_an_unknown_document_does_nothing(library):
    """Nor does an index without documents."""
    library.rename("a" * 64, "Nothing")

    assert "Nothing" not in by_title(library)


@pytest.mark.parametrize("content", ["[]", "{", '{"/a.txt": 1}', "\xff"])
def test_damaged_titles_are_ignored(library, tmp_path, content):
    """Documents have their own titles then."""
    library.rename(by_title(library)["apples"].key, "Red")
    [file] = (tmp_path / "data").rglob("titles.json")
    file.write_bytes(content.encode("latin-1"))

    assert "apples" in by_title(library)


def test_a_source_that_changed_or_was_removed_says_so(library, corpus):
    """Of any format; touching a file doesn't change it, and another copy is enough."""
    path, key = corpus / "apples.txt", by_title(library)["apples"].key
    text = path.read_text()
    os.utime(path, (1, 1))
    assert library.source_state(key, str(path)) is SourceState.UNCHANGED

    path.write_text(text.upper())
    assert library.source_state(key, str(path)) is SourceState.CHANGED

    path.unlink()
    assert library.source_state(key, str(path)) is SourceState.REMOVED

    library.add([incoming("copy.txt", text)])
    done(library)
    assert library.source_state(key, str(path)) is SourceState.UNCHANGED

    library.remove([key])
    assert library.source_state(key, "copy.txt") is SourceState.REMOVED


def test_a_source_that_was_indexed_again_has_changed(library, corpus):
    """The index has its new text; of a file that is gone, nothing is left."""
    path, key = corpus / "apples.txt", by_title(library)["apples"].key
    path.write_text("Apples are green.")
    library.refresh()
    done(library)
    changed = library.source_state(key, str(path))
    path.unlink()
    library.refresh()
    done(library)

    assert changed is SourceState.CHANGED
    assert library.source_state(key, str(path)) is SourceState.REMOVED


def test_the_version_changes_with_the_library(library, services, corpus):
    """Also when another process indexes or removes something; otherwise it stays."""
    versions = [library.version()]
    assert library.version() == versions[0]

    (corpus / "figs.txt").write_text(FIGS)
    services.indexer.build([corpus])
    versions.append(library.version())
    services.uploads.remove([str(corpus / "figs.txt")])
    versions.append(library.version())
    library.add([incoming("plums.txt")])
    versions.append(library.version())

    assert len(set(versions)) == 4


def test_a_removed_file_of_a_folder_stays_on_disk(library, services, corpus):
    """It stays excluded when its folder is indexed, and returns when it is named."""
    library.remove([by_title(library)["apples"].key])
    done(library)
    services.indexer.build([corpus])
    without = set(by_title(library))
    services.indexer.build([corpus / "apples.txt"], add=True)

    assert (corpus / "apples.txt").exists()
    assert {"On pears", "plums"} == without
    assert {"apples", "On pears", "plums"} == set(by_title(library))


def test_both_copies_of_a_document_are_removed(library, tmp_path, corpus):
    """The upload is deleted and the file in a folder is excluded."""
    (corpus / "figs.txt").write_text(FIGS)
    library.add([incoming("My figs.txt")])
    done(library)
    [entry] = library.entries("figs")
    library.remove([entry.key])
    done(library)

    assert ("My figs.txt", str(corpus / "figs.txt")) == tuple(sorted(entry.paths, reverse=True))
    assert [] == library.entries("figs")
    assert (corpus / "figs.txt").exists()


def test_everything_can_be_removed(library, services):
    """The library is empty then, a question is refused, and a new file begins it again."""
    library.remove([entry.key for entry in library.entries()])
    done(library)

    assert [] == library.entries()
    assert services.pipeline.run("What is red?").refused


def test_removing_an_unknown_key_does_nothing(library):
    """Whether it existed before or never did."""
    library.remove(["a" * 64, "../../etc/passwd", "/etc/passwd", ""])

    assert not library.status().busy
    assert 3 == len(library.entries())


def test_the_command_line_keeps_uploads(library, services, corpus, tmp_path):
    """Whatever paths it indexes."""
    library.add([incoming("figs.txt")])
    done(library)
    services.indexer.build([corpus / "stone"])

    assert {"figs", "On pears", "plums"} == set(by_title(library))


def test_changes_in_a_folder_are_indexed(library, corpus):
    """By a refresh, or together with any other change."""
    (corpus / "figs.txt").write_text(FIGS)
    library.refresh()
    done(library)

    assert FileState.INDEXED == state_of(library, "figs")


def test_rebuild_embeds_everything_again(tmp_path, corpus):
    """In the background."""
    services = small_services(tmp_path, embedder := HashingEmbedder())
    services.indexer.build([corpus])
    before = embedder.embedded
    library = make_library(services)
    library.rebuild()
    done(library)

    assert before + 3 <= embedder.embedded


def test_the_library_waits_for_another_process(library, services, tmp_path):
    """The status says so in one line, and the build follows by itself."""
    with IndexDir(services.settings.index_dir).build_lock():
        library.add([incoming("figs.txt")])
        waiting = next(work for work in library.watch() if work.stage == "waiting")
        entry = by_title(library)["figs"]
    last = done(library)

    assert "is building this index. " in waiting.message
    assert waiting.message.endswith(". Trying again.")
    assert FileState.WAITING == entry.state
    assert last.outcome is not None
    assert last.outcome.succeeded
    assert FileState.INDEXED == state_of(library, "figs")


class BlockingEmbedder(HashingEmbedder):
    """An embedder that blocks until it is released; *reached* is set by the first call."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.let_go = threading.Event(), threading.Event()

    def embed(self, texts: Sequence[str]) -> Vectors:
        if any("Figs" in text for text in texts):
            self.reached.set()
            self.let_go.wait()
        return super().embed(texts)


@pytest.fixture
def blocked(tmp_path, corpus) -> Iterator[tuple[Library, BlockingEmbedder, Services]]:
    """A library that stands still while it embeds what speaks of figs."""
    embedder = BlockingEmbedder()
    services = small_services(tmp_path, embedder)
    services.indexer.build([corpus])
    library = make_library(services, retry_seconds=0.01)
    yield library, embedder, services
    embedder.let_go.set()
    library.close()


def test_questions_are_answered_while_indexing(blocked, tmp_path):
    """From the previous snapshot; the library shows the state of each file."""
    library, embedder, services = blocked
    library.add([incoming("figs.txt"), incoming("broken.pdf", "%PDF-1.7 this is no PDF")])
    embedder.reached.wait()
    work = library.status()

    assert ("embedding", 0, 4) == (work.stage, work.done, work.total)
    assert ("broken.pdf", "figs.txt") == work.files
    assert {"apples": "indexed", "figs": "read", "broken": "failed"}.items() <= {
        entry.title: entry.state.value for entry in library.entries()
    }.items()
    assert not services.pipeline.run("What is red and grows on trees?").refused

    embedder.let_go.set()
    done(library)
    assert FileState.INDEXED == state_of(library, "figs")


def test_a_build_can_be_cancelled(blocked, tmp_path):
    """The index is unchanged, and the upload waits for the next build."""
    library, embedder, services = blocked
    library.add([incoming("figs.txt")])
    embedder.reached.wait()
    library.cancel()
    stopping = library.status().stage
    embedder.let_go.set()
    last = done(library)
    waiting = state_of(make_library(services), "figs")

    assert "stopping" == stopping
    assert last.outcome is not None
    assert last.outcome.message.startswith("Cancelled. The index is unchanged")
    assert FileState.WAITING == waiting


def test_a_build_requested_meanwhile_follows(blocked, tmp_path):
    """There is one build at a time, and no request is lost."""
    library, embedder, _ = blocked
    library.add([incoming("figs.txt")])
    embedder.reached.wait()
    library.add([incoming("nuts.txt", "Nuts are hard.")])
    library.remove([by_title(library)["apples"].key])
    meanwhile = state_of(library, "apples"), state_of(library, "nuts")
    embedder.let_go.set()
    done(library)

    assert (FileState.REMOVING, FileState.WAITING) == meanwhile
    assert {"figs", "nuts", "On pears", "plums"} == set(by_title(library))


def test_a_removed_document_is_not_searched(blocked, tmp_path):
    """Even before a snapshot without it exists."""
    library, embedder, _ = blocked
    before = library.resolve_selection(())
    library.add([incoming("figs.txt")])
    embedder.reached.wait()
    apples = by_title(library)["apples"].key
    library.remove([apples])
    limited = library.resolve_selection(())

    assert before is None
    assert limited is not None
    assert (2, False) == (len(limited), apples in limited)
    assert frozenset() == library.resolve_selection([apples])


def test_an_upload_is_indexed_after_a_kill(library, services, tmp_path):
    """The file was stored, but the program was killed before indexing it."""
    make_upload_store(services.settings).add(incoming("figs.txt"))
    anew = make_library(services)
    before = state_of(anew, "figs")
    anew.resume()
    done(anew)

    assert (FileState.WAITING, FileState.INDEXED) == (before, state_of(anew, "figs"))


def test_at_rest_there_is_nothing_to_catch_up_with(library):
    """No build begins for nothing."""
    library.resume()

    assert IndexingStatus() == library.status()


def test_a_build_that_fails_says_why_in_one_line(library, services, tmp_path):
    """The library can be used afterwards."""
    (services.settings.index_dir / "building").write_text("in the way")
    library.add([incoming("figs.txt")])
    last = done(library)

    assert last.outcome is not None
    assert not last.outcome.succeeded
    assert last.outcome.message.startswith("Can't write the index in ")
    assert FileState.WAITING == state_of(library, "figs")


def test_progress_knows_the_files_from_the_first_step(library, tmp_path):
    """Which one is in hand, and how many are done."""
    library.add([incoming(f"{n}.txt", f"{n} figs.") for n in range(3)])
    works = list(library.watch())
    reading = [work for work in works if work.stage == "reading" and work.files]

    assert not works[-1].busy
    assert all(work.files == ("0.txt", "1.txt", "2.txt") for work in reading)
    assert all(work.current_file == (*work.files, "")[work.read] for work in reading)
    assert sorted(work.read for work in reading) == [work.read for work in reading]


def test_questions_can_be_limited_to_folders(library, corpus, tmp_path):
    """Folders start at the indexed one; uploads are a folder of their own."""
    library.add([incoming("figs.txt")])
    done(library)
    key = {name: entry.key for name, entry in by_title(library).items()}
    stone = str(corpus / "stone")

    assert [(UPLOADS_KEY, "", 1), (str(corpus), "corpus", 3), (stone, "corpus/stone", 2)] == [
        (folder.key, folder.name, folder.documents) for folder in library.folders()
    ][:3]
    assert {key["On pears"], key["plums"]} == library.resolve_selection([stone])
    assert {key["figs"], key["apples"]} == library.resolve_selection([UPLOADS_KEY, key["apples"]])
    assert frozenset() == library.resolve_selection(["/etc", str(tmp_path), "nonsense"])
    assert library.resolve_selection([]) is None


def test_a_limited_question_uses_only_the_selection(library, services, corpus):
    """Three documents could answer, and one is selected."""
    chosen = library.resolve_selection([str(corpus / "stone" / "deep")])
    *_, answer = services.pipeline.stream("What are blue and grow on trees?", chosen)
    *_, nothing = services.pipeline.stream(
        "What are blue and grow on trees?", library.resolve_selection(["/etc"])
    )

    assert {"plums"} == {note.title for note in answer.footnotes}
    assert nothing.refused


def test_an_index_of_another_source_is_left_alone(tmp_path):
    """An evaluation's set has no files: nothing of it is taken for removed, and nothing empties it."""
    services = small_services(tmp_path)
    sources = [ExternalDocument("set/one", CanonicalText("Apples are red.", "One", "text/plain"), "")]
    build_from_sources(
        services.settings.index_dir,
        sources,
        name="a set",
        embedder=services.embedder,
        chunking=make_chunking(services.settings),
    )
    library = make_library(services)
    library.resume()
    library.add([incoming("figs.txt")])
    last = done(library)

    assert last.outcome is not None
    assert last.outcome.message.startswith("Can't determine what this index contained. Run: footnote")
    assert FileState.INDEXED == state_of(library, "One")
