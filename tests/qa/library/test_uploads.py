"""The shelf: what is given is kept whole or not at all, under a label that is never a path."""

import contextlib
import hashlib
import io
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.failures import FailureCode, ParseFailure
from index.formats import SUPPORTED_SUFFIXES
from qa.errors import LibraryDamaged
from qa.library.uploads import (
    MAX_LABEL,
    IncomingFile,
    RejectedUpload,
    Upload,
    UploadLimits,
    UploadStore,
    label_of,
)

KILLS = int(os.environ.get("FOOTNOTE_KILLS", "50")) // 2
_KEEP = (
    "import sys; from pathlib import Path; from tests.qa.library.test_uploads import keep_forever\n"
    "print('ready', flush=True); sys.stdin.readline()\n"
    "keep_forever(Path(sys.argv[1]), int(sys.argv[2]))"
)


@pytest.fixture
def shelf(tmp_path) -> UploadStore:
    return shelf_in(tmp_path)


def shelf_in(folder: Path, bounds: UploadLimits | None = None) -> UploadStore:
    return UploadStore(folder / "shelf", folder / "index", bounds or UploadLimits())


def given_file(name: str, text: str = "Figs are sweet.") -> IncomingFile:
    """A file as it comes in: its name is anything."""
    return IncomingFile(name, io.BytesIO(text.encode()))


def kept(outcome: Upload | RejectedUpload) -> Upload:
    assert isinstance(outcome, Upload), outcome
    return outcome


def test_a_file_that_is_given_is_kept_by_its_digest(shelf, tmp_path):
    """Its bytes are the same, and its name is a label beside them."""
    upload = kept(shelf.add(given_file("figs.txt")))

    assert hashlib.sha256(b"Figs are sweet.").hexdigest() == upload.digest == upload.path.parent.name
    assert b"Figs are sweet." == upload.path.read_bytes()
    assert [upload] == shelf.uploads()
    assert upload.path == shelf.path_of(upload.digest)
    assert {"figs.txt": upload.path} == shelf.selection().extra_files


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../../etc/cron.d/figs.txt", "figs.txt"),
        ("C:\\fakepath\\figs.txt", "figs.txt"),
        ("/figs.txt", "figs.txt"),
        ("a\nb\r\x00\x1b[31m.txt", "a b [31m.txt"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("gpj\u202etxt.txt", "gpj txt.txt"),
        ("\ud800.txt", "unnamed.txt"),
        (".txt", "unnamed.txt"),
        ("👩\u200d👩\u200d👧.txt", "👩\u200d👩\u200d👧.txt"),
        ("x" * 1000 + ".txt", "x" * 115 + "….txt"),
    ],
)
def test_a_hostile_name_is_only_a_label(shelf, tmp_path, name, label):
    """Nothing outside the shelf's own folders is written, whatever the name says."""
    upload = kept(shelf.add(given_file(name)))

    assert label == upload.label
    assert tmp_path / "shelf" / "uploads" / upload.digest / "content.txt" == upload.path
    assert {"index", "LOCK", "uploads"} == {path.name for path in (tmp_path / "shelf").iterdir()}


@pytest.mark.parametrize("name", ["", ".", "..", "/", "figs", "figs.exe", "a/b.txt/", "x" * 1000])
def test_a_name_without_a_known_ending_is_refused(shelf, tmp_path, name):
    """The reason lists what is taken, and nothing is kept."""
    outcome = shelf.add(given_file(name))

    assert isinstance(outcome, RejectedUpload)
    assert outcome.failure.code is FailureCode.UNKNOWN_FORMAT
    assert outcome.failure.detail.startswith("supported: .csv, .docx, ")
    assert [] == shelf.uploads()


@given(st.text() | st.text().map(lambda name: name + ".pdf"))
def test_hyp_a_label_is_one_short_line_and_no_path(name):
    """Whatever the name: never empty, never a path, and the same when made again."""
    label = label_of(name)

    assert 0 < len(label) <= MAX_LABEL
    assert not set(label) & set("/\\\n\r\t\x00\u202e\u2028")
    assert label not in {".", ".."}
    assert label == label_of(label)


@given(st.text(), st.sampled_from(sorted(SUPPORTED_SUFFIXES)))
def test_hyp_a_label_keeps_its_ending(name, suffix):
    """It decides how the file is read."""
    assert label_of(name + suffix).endswith(suffix)


def test_the_same_bytes_are_kept_once(shelf, tmp_path):
    """Under the name they first came with."""
    first = kept(shelf.add(given_file("figs.txt")))
    second = kept(shelf.add(given_file("more figs.txt")))

    assert first == second
    assert [first] == shelf.uploads()


def test_two_files_of_one_name_get_two_labels(shelf, tmp_path):
    """A label names one file."""
    labels = [kept(shelf.add(given_file("figs.txt", f"{n} figs."))).label for n in range(3)]

    assert ["figs.txt", "figs (2).txt", "figs (3).txt"] == labels


@pytest.mark.parametrize(
    "name", ["x" * 200 + "{}.txt", "word " * 40 + "{}.txt", "x" * 116 + ".txt", "figs .txt"]
)
def test_a_label_with_a_number_is_read_as_it_was_given(shelf, name):
    """However long the names are that are cut to one; otherwise one file would stand for two."""
    labels = [kept(shelf.add(given_file(name.format(n), f"{n} figs."))).label for n in range(12)]

    assert sorted(labels) == [upload.label for upload in shelf.uploads()] == sorted(set(labels))
    assert labels[-1].endswith(" (12).txt")


@pytest.mark.parametrize(
    ("bounds", "text", "code", "detail"),
    [
        (UploadLimits(max_bytes=2**20), "x" * (2**20 + 1), FailureCode.TOO_LARGE, "the limit is 1 MB"),
        (UploadLimits(), "", FailureCode.EMPTY, ""),
        (UploadLimits(max_files=0), "Figs.", FailureCode.TOO_MANY_UPLOADS, "the limit is 0"),
        (UploadLimits(types=frozenset({".pdf"})), "Figs.", FailureCode.UNKNOWN_FORMAT, "supported: .pdf"),
    ],
)
def test_what_is_past_a_bound_is_refused(tmp_path, bounds, text, code, detail):
    """With the bound; and nothing of it stays on the disk."""
    shelf = shelf_in(tmp_path, bounds)

    rejected = RejectedUpload("figs.txt", ParseFailure(code, detail))
    assert rejected == shelf.add(given_file("figs.txt", text))
    assert [] == list(tmp_path.glob("shelf/uploads/*"))


MANY = UploadLimits(max_owner_files=2, max_owner_bytes=3 * 10**6, max_total_bytes=5 * 10**6, max_files=4)


@pytest.mark.parametrize(
    ("kept_before", "size", "code", "detail"),
    [
        ({"ann": [10, 10]}, 10, FailureCode.TOO_MANY_OWN_UPLOADS, "the limit is 2"),
        ({"ann": [2 * 10**6]}, 10**6 + 1, FailureCode.OWN_UPLOADS_TOO_LARGE, "the limit is 3 MB"),
        (
            {"bob": [2 * 10**6], "eve": [2 * 10**6]},
            10**6 + 1,
            FailureCode.UPLOADS_TOO_LARGE,
            "the limit is 5 MB",
        ),
        ({"bob": [10, 10], "eve": [10, 10]}, 10, FailureCode.TOO_MANY_UPLOADS, "the limit is 4"),
    ],
)
def test_what_is_past_a_quota_is_refused(tmp_path, kept_before, size, code, detail):
    """One person's and everybody's together; it is known before the bytes come, and nothing stays of them."""
    shelf = shelf_in(tmp_path, MANY)
    for owner, sizes in kept_before.items():
        for number, length in enumerate(sizes):
            name = f"{owner}{number}.txt"
            kept(shelf.add(IncomingFile(name, io.BytesIO(name.encode().ljust(length)), owner)))
    before = len(list(tmp_path.glob("shelf/uploads/*")))

    failure = ParseFailure(code, detail)
    assert failure == shelf.quota_failure("ann", size)
    upload = IncomingFile("x.txt", io.BytesIO(b"x" * size), "ann")
    assert RejectedUpload("x.txt", failure) == shelf.add(upload)
    assert before == len(list(tmp_path.glob("shelf/uploads/*")))


def test_a_quota_may_be_used_up_and_is_free_again(tmp_path):
    """The limit is included; the same bytes, and what was removed, don't count twice."""
    shelf = shelf_in(tmp_path, MANY)
    whole = "x" * 3 * 10**6
    kept(shelf.add(IncomingFile("x.txt", io.BytesIO(whole.encode()), "ann")))
    kept(shelf.add(IncomingFile("again.txt", io.BytesIO(whole.encode()), "ann")))
    assert shelf.quota_failure("ann", 1)
    shelf.remove(["x.txt"])

    assert shelf.quota_failure("ann", 3 * 10**6) is None


def test_a_file_without_an_owner_counts_for_nobody(tmp_path):
    """As an earlier version kept it; of what all have together it is a part."""
    shelf = shelf_in(tmp_path, MANY)
    for number in range(3):
        upload = kept(
            shelf.add(IncomingFile(f"{number}.txt", io.BytesIO(b"%d" % number), "bob" * (number > 1)))
        )
        upload.path.with_name(".owner").unlink()

    assert shelf.quota_failure("ann", 1) is None
    kept(shelf.add(given_file("last.txt")))
    assert shelf.quota_failure("ann", 1) == ParseFailure(FailureCode.TOO_MANY_UPLOADS, "the limit is 4")


def test_a_file_of_the_largest_size_is_kept(tmp_path):
    """The bound is included."""
    shelf = shelf_in(tmp_path, UploadLimits(max_bytes=2**20))

    assert 2**20 == kept(shelf.add(given_file("x.txt", "x" * 2**20))).path.stat().st_size


def test_a_shelf_that_cannot_be_written_says_so(tmp_path):
    """Here a file stands where its folder should be."""
    (tmp_path / "shelf").write_text("")
    outcome = shelf_in(tmp_path).add(given_file("figs.txt"))

    assert isinstance(outcome, RejectedUpload)
    assert outcome.failure == ParseFailure(FailureCode.NOT_SAVED, "Not a directory")


def test_a_kept_file_that_is_removed_is_deleted(shelf, tmp_path):
    """Nothing of it stays, and it may be given again."""
    digest = kept(shelf.add(given_file("figs.txt"))).digest
    shelf.remove(["figs.txt"])

    assert [] == shelf.uploads() == list(tmp_path.glob("shelf/uploads/*"))
    assert shelf.path_of(digest) is None
    assert "figs.txt" == kept(shelf.add(given_file("figs.txt"))).label


def test_a_file_of_ones_own_is_left_out_and_never_deleted(shelf, tmp_path):
    """Kept in mind for another process and the next start, until the file is named."""
    own = tmp_path / "own.txt"
    own.write_text("My own.")
    shelf.remove([str(own)])

    assert "My own." == own.read_text()
    assert {str(own)} == shelf_in(tmp_path).excluded() == shelf.selection().excluded

    shelf.restore([tmp_path])
    assert {str(own)} == shelf.excluded()

    shelf.restore([tmp_path / "shelf" / ".." / "own.txt"])
    assert frozenset() == shelf.excluded()


class Overtaken(UploadStore):
    """A shelf that another process changes while this one waits for its turn."""

    def __init__(self, folder: Path, meanwhile: Callable[[], None]) -> None:
        super().__init__(folder / "shelf", folder / "index", UploadLimits())
        self._meanwhile = meanwhile

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self._meanwhile()
        with super()._lock():
            yield


def test_a_file_that_two_remove_at_once_is_removed(shelf, tmp_path):
    """Whoever comes second finds it gone, and that is no fault."""
    kept(shelf.add(given_file("figs.txt")))
    Overtaken(tmp_path, meanwhile=lambda: shelf.remove(["figs.txt"])).remove(["figs.txt"])

    assert [] == shelf.uploads()


def test_what_is_left_out_meanwhile_is_not_brought_back(shelf, tmp_path):
    """Only what is named is."""
    shelf.remove(["/a.txt"])
    Overtaken(tmp_path, meanwhile=lambda: shelf.remove(["/b.txt"])).restore([Path("/a.txt")])

    assert {"/b.txt"} == shelf.excluded()


def test_an_unknown_label_removes_nothing(shelf, tmp_path):
    """Nor is it kept in mind: only absolute paths are files of one's own."""
    kept(shelf.add(given_file("figs.txt")))
    shelf.remove(["pears.txt", "../figs.txt", ""])

    assert ["figs.txt"] == [upload.label for upload in shelf.uploads()]
    assert frozenset() == shelf.excluded()


@pytest.mark.parametrize("content", ["", "{}", "[1]", "\xff"])
def test_a_damaged_list_is_one_line(shelf, tmp_path, content):
    """Removed files must not come back unsaid."""
    shelf.remove(["/a.txt"])
    (tmp_path / "shelf" / "left-out.json").write_bytes(content.encode("latin-1"))

    with pytest.raises(LibraryDamaged, match=r"^[^\n]+left-out.json is damaged: expected a list of paths\. "):
        shelf.selection()


@pytest.mark.parametrize("label", ["../../outside.txt", "/etc/passwd", "a\nb.txt"])
def test_a_label_edited_on_disk_is_never_a_path(shelf, tmp_path, label):
    """It is made a label again when it is read."""
    upload = kept(shelf.add(given_file("figs.txt")))
    upload.path.with_name(".label").write_text(label)

    assert [label_of(label)] == [upload.label for upload in shelf.uploads()]


@pytest.mark.parametrize("digest", ["", "..", "../../index", "a" * 64, "A" * 64])
def test_a_digest_is_never_a_path(shelf, digest):
    """Only what is kept has a place."""
    assert shelf.path_of(digest) is None


def test_two_indexes_have_two_shelves(tmp_path):
    """What is given to one chat isn't in another one's library."""
    one, other = (
        UploadStore.for_index(tmp_path, tmp_path / name, UploadLimits()) for name in ("one", "other")
    )
    kept(one.add(given_file("figs.txt")))

    assert [] == other.uploads()
    assert ["figs.txt"] == [
        upload.label for upload in UploadStore.for_index(tmp_path, tmp_path / "one", UploadLimits()).uploads()
    ]


def keep_forever(folder: Path, seed: int) -> None:
    """Keep and remove files until killed."""
    shelf = shelf_in(folder)
    for n in range(10_000):
        name = f"{seed}-{n}.txt"
        kept(shelf.add(given_file(name, f"{name} " * 50_000)))
        if n % 3 == 2:
            shelf.remove([name])


def test_killed_at_any_moment_the_shelf_holds_only_whole_files(tmp_path):
    """Whatever it was doing: each file's bytes are those of its digest, and nothing half-made stays."""
    moments = random.Random(7)
    for kill in range(KILLS):
        _keep_and_kill(tmp_path, kill, after=moments.uniform(0, 0.2))
        uploads = shelf_in(tmp_path).uploads()
        assert all(hashlib.sha256(each.path.read_bytes()).hexdigest() == each.digest for each in uploads)
        assert len(uploads) == len({upload.label for upload in uploads})
        shelf_in(tmp_path).remove([upload.label for upload in uploads[2:]])

    assert len(shelf_in(tmp_path).uploads()) == 2
    assert 2 == len(list(tmp_path.glob("shelf/uploads/*")))


def _keep_and_kill(folder: Path, seed: int, after: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _KEEP, str(folder), str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    with process, process.stdout, process.stdin:
        try:
            process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
