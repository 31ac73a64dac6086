"""Uploads: stored completely or not at all, with labels that are never paths."""

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
    MAX_FOLDER,
    MAX_FOLDERS,
    MAX_LABEL,
    IncomingFile,
    RejectedUpload,
    Upload,
    UploadLimits,
    UploadStore,
    label_of,
)
from tests.fakes.clock import DAY, Clock

KILLS = int(os.environ.get("FOOTNOTE_KILLS", "50")) // 2
_KEEP = (
    "import sys; from pathlib import Path; from tests.qa.library.test_uploads import change_forever\n"
    "print('ready', flush=True); sys.stdin.readline()\n"
    "change_forever(Path(sys.argv[1]), int(sys.argv[2]))"
)


@pytest.fixture
def store(tmp_path) -> UploadStore:
    return store_in(tmp_path)


def store_in(folder: Path, bounds: UploadLimits | None = None) -> UploadStore:
    return UploadStore(folder / "shelf", folder / "index", bounds or UploadLimits())


def incoming_file(name: str, text: str = "Figs are sweet.") -> IncomingFile:
    """A file to upload, with any name."""
    return IncomingFile(name, io.BytesIO(text.encode()))


def accepted(outcome: Upload | RejectedUpload) -> Upload:
    assert isinstance(outcome, Upload), outcome
    return outcome


def test_an_upload_is_stored_under_its_digest(store, tmp_path):
    """With the same bytes, and its name as a label."""
    upload = accepted(store.add(incoming_file("figs.txt")))

    assert hashlib.sha256(b"Figs are sweet.").hexdigest() == upload.digest == upload.path.parent.name
    assert b"Figs are sweet." == upload.path.read_bytes()
    assert [upload] == store.uploads()
    assert upload.path == store.path_of(upload.digest)
    assert {"figs.txt": upload.path} == store.selection().extra_files


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../../etc/cron.d/figs.txt", "etc/cron.d/figs.txt"),
        ("C:\\trees\\figs.txt", "trees/figs.txt"),
        ("trees/ . / .. /.git/\u202e/a\nb/figs.txt", "trees/git/a b/figs.txt"),
        ("/".join([*"abcdefghijkl", "figs.txt"]), "e/f/g/h/i/j/k/l/figs.txt"),
        ("x" * 100 + "/figs.txt", "x" * 60 + "/figs.txt"),
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
def test_a_hostile_name_is_only_a_label(store, tmp_path, name, label):
    """No file is written outside the store's folders, whatever the name is."""
    upload = accepted(store.add(incoming_file(name)))

    assert label == upload.label
    assert tmp_path / "shelf" / "uploads" / upload.digest / "content.txt" == upload.path
    assert {"index", "LOCK", "uploads"} == {path.name for path in (tmp_path / "shelf").iterdir()}


@pytest.mark.parametrize("name", ["", ".", "..", "/", "figs", "figs.exe", "a/b.txt/", "x" * 1000])
def test_an_unsupported_suffix_is_rejected(store, tmp_path, name):
    """The reason lists the supported ones, and no file is stored."""
    outcome = store.add(incoming_file(name))

    assert isinstance(outcome, RejectedUpload)
    assert outcome.failure.code is FailureCode.UNKNOWN_FORMAT
    assert outcome.failure.detail.startswith("supported: .csv, .docx, ")
    assert [] == store.uploads()


NAMES = st.text() | st.lists(st.text(st.sampled_from("./\\: ab"), max_size=80), max_size=12).map("/".join)


@given(NAMES | NAMES.map(lambda name: name + ".pdf"))
def test_hyp_a_label_is_one_short_line_below_its_folder(name):
    """Whatever the name: never empty, never outside its folder, and the same when made again."""
    label = label_of(name)
    *folders, last = label.split("/")

    assert 0 < len(last) <= MAX_LABEL
    assert len(folders) <= MAX_FOLDERS
    assert {part for part in folders if not 0 < len(part) <= MAX_FOLDER} == set()
    assert not set(label) & set("\\\n\r\t\x00\u202e\u2028")
    assert not {*folders, last} & {".", ".."}
    assert label == label_of(label)


@given(st.text(), st.sampled_from(sorted(SUPPORTED_SUFFIXES)))
def test_hyp_a_label_keeps_its_suffix(name, suffix):
    """It decides how the file is parsed."""
    assert label_of(name + suffix).endswith(suffix)


def test_the_same_bytes_are_stored_once(store, tmp_path):
    """Under the label that they had first."""
    first = accepted(store.add(incoming_file("figs.txt")))
    second = accepted(store.add(incoming_file("more figs.txt")))

    assert first == second
    assert [first] == store.uploads()


def test_two_files_of_one_name_get_two_labels(store, tmp_path):
    """A label names one file."""
    labels = [accepted(store.add(incoming_file("figs.txt", f"{n} figs."))).label for n in range(3)]

    assert ["figs.txt", "figs (2).txt", "figs (3).txt"] == labels


@pytest.mark.parametrize(
    "name", ["x" * 200 + "{}.txt", "word " * 40 + "{}.txt", "x" * 116 + ".txt", "figs .txt"]
)
def test_a_numbered_label_is_read_unchanged(store, name):
    """However long the names are; otherwise two uploads could share a label."""
    labels = [accepted(store.add(incoming_file(name.format(n), f"{n} figs."))).label for n in range(12)]

    assert sorted(labels) == [upload.label for upload in store.uploads()] == sorted(set(labels))
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
def test_a_file_beyond_a_limit_is_rejected(tmp_path, bounds, text, code, detail):
    """The reason names the limit, and nothing of the file is stored."""
    store = store_in(tmp_path, bounds)

    rejected = RejectedUpload("figs.txt", ParseFailure(code, detail))
    assert rejected == store.add(incoming_file("figs.txt", text))
    assert [] == list(tmp_path.glob("shelf/uploads/*"))


MANY = UploadLimits(max_owner_files=2, max_owner_bytes=3 * 10**6, max_total_bytes=5 * 10**6, max_files=4)


@pytest.mark.parametrize(
    ("existing", "size", "code", "detail"),
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
def test_an_upload_beyond_a_quota_is_rejected(tmp_path, existing, size, code, detail):
    """The quotas are one owner's and the total; nothing of the file is stored."""
    store = store_in(tmp_path, MANY)
    for owner, sizes in existing.items():
        for number, length in enumerate(sizes):
            name = f"{owner}{number}.txt"
            accepted(store.add(IncomingFile(name, io.BytesIO(name.encode().ljust(length)), owner)))
    before = len(list(tmp_path.glob("shelf/uploads/*")))

    failure = ParseFailure(code, detail)
    assert failure == store.quota_failure("ann", size)
    upload = IncomingFile("x.txt", io.BytesIO(b"x" * size), "ann")
    assert RejectedUpload("x.txt", failure) == store.add(upload)
    assert before == len(list(tmp_path.glob("shelf/uploads/*")))


def test_a_quota_may_be_used_up_and_is_free_again(tmp_path):
    """The limit is included; the same bytes, and what was removed, don't count twice."""
    store = store_in(tmp_path, MANY)
    whole = "x" * 3 * 10**6
    accepted(store.add(IncomingFile("x.txt", io.BytesIO(whole.encode()), "ann")))
    accepted(store.add(IncomingFile("again.txt", io.BytesIO(whole.encode()), "ann")))
    assert store.quota_failure("ann", 1)
    store.remove(["x.txt"])

    assert store.quota_failure("ann", 3 * 10**6) is None


def test_an_upload_without_owner_counts_in_total_only(tmp_path):
    """An earlier version stored such files."""
    store = store_in(tmp_path, MANY)
    for number in range(3):
        upload = accepted(
            store.add(IncomingFile(f"{number}.txt", io.BytesIO(b"%d" % number), "bob" * (number > 1)))
        )
        upload.path.with_name(".owner").unlink()

    assert store.quota_failure("ann", 1) is None
    accepted(store.add(incoming_file("last.txt")))
    assert store.quota_failure("ann", 1) == ParseFailure(FailureCode.TOO_MANY_UPLOADS, "the limit is 4")


def test_a_file_of_the_maximum_size_is_stored(tmp_path):
    """The limit is inclusive."""
    store = store_in(tmp_path, UploadLimits(max_bytes=2**20))

    assert 2**20 == accepted(store.add(incoming_file("x.txt", "x" * 2**20))).path.stat().st_size


def test_an_unwritable_store_is_reported(tmp_path):
    """A file is in the place of its folder."""
    (tmp_path / "shelf").write_text("")
    outcome = store_in(tmp_path).add(incoming_file("figs.txt"))

    assert isinstance(outcome, RejectedUpload)
    assert outcome.failure == ParseFailure(FailureCode.NOT_SAVED, "Not a directory")


def test_a_removed_upload_can_be_restored(store):
    """Its bytes, label and owner; until then it is only in the trash."""
    upload = accepted(store.add(incoming_file("trees/figs.txt")))
    keys = store.remove(["trees/figs.txt"])
    [removed] = store.removed()
    assert store.uploads() == []
    assert store.path_of(upload.digest) is None
    assert (removed.key, removed.label, removed.is_upload) == (upload.digest, "trees/figs.txt", True)

    assert store.restore_removed(keys)
    assert store.uploads() == [upload]
    assert upload.path.read_bytes() == b"Figs are sweet."
    assert store.removed() == []
    assert not store.restore_removed(keys)


def test_an_upload_is_restored_under_a_free_label(store):
    """Another file of that name was uploaded meanwhile."""
    accepted(store.add(incoming_file("a/figs.txt")))
    keys = store.remove(["a/figs.txt"])
    accepted(store.add(incoming_file("a/figs.txt", "Figs are green.")))
    store.restore_removed(keys)

    assert [upload.label for upload in store.uploads()] == ["a/figs (2).txt", "a/figs.txt"]


def test_a_file_uploaded_again_leaves_the_trash(store):
    """Removed once more, it is there once."""
    for _ in range(2):
        accepted(store.add(incoming_file("figs.txt")))
        assert store.removed() == []
        store.remove(["figs.txt"])

    assert len(store.removed()) == 1


def test_excluded_files_are_listed_and_can_come_back(store):
    """Together with the uploads in the trash; unknown keys do nothing."""
    accepted(store.add(incoming_file("figs.txt")))
    keys = store.remove(["/a.txt", "figs.txt", "/b.txt", "/a.txt"])
    assert keys[1:] == ["/a.txt", "/b.txt"]
    assert [(each.label, each.is_upload) for each in store.removed()] == [
        ("figs.txt", True),
        ("/a.txt", False),
        ("/b.txt", False),
    ]
    assert store.remove(["/a.txt"]) == []

    assert store.restore_removed(["/a.txt", "..", "/c.txt"])
    assert store.excluded() == {"/b.txt"}


def test_the_trash_is_emptied_after_a_month(tmp_path):
    """Only of what was removed before; excluded files stay excluded."""
    clock = Clock()
    store = UploadStore(tmp_path / "shelf", tmp_path / "index", UploadLimits(), clock)
    for name in ("figs.txt", "plums.txt"):
        accepted(store.add(incoming_file(name, f"About {name}.")))
        store.remove([name, "/a.txt"])
        clock.now += 20 * DAY
    store.purge()

    assert [each.label for each in store.removed()] == ["plums.txt", "/a.txt"]
    assert [path.name for path in (tmp_path / "shelf" / "uploads").iterdir()] == []


def test_an_upload_in_the_trash_can_be_deleted(store, tmp_path):
    """A key that isn't in the trash deletes nothing."""
    digest, other = (accepted(store.add(incoming_file(f"{n}.txt", n))).digest for n in "ab")
    store.remove(["a.txt"])
    store.delete_removed([digest, other, ".."])

    assert store.removed() == []
    assert [upload.digest for upload in store.uploads()] == [other]
    assert list((tmp_path / "shelf" / "trash").iterdir()) == []


def test_the_trash_makes_room_for_uploads(tmp_path):
    """What was removed first goes first; uploads in use are never deleted."""
    clock = Clock()
    bounds = UploadLimits(max_total_bytes=30)
    store = UploadStore(tmp_path / "shelf", tmp_path / "index", bounds, clock)
    for name in "abc":
        accepted(store.add(incoming_file(f"{name}.txt", name * 10)))
    for name in "ba":
        store.remove([f"{name}.txt"])
        clock.now += 1
    accepted(store.add(incoming_file("d.txt", "d" * 10)))

    assert [each.label for each in store.removed()] == ["a.txt"]
    assert [upload.label for upload in store.uploads()] == ["c.txt", "d.txt"]


def test_a_file_of_a_folder_is_excluded_not_deleted(store, tmp_path):
    """The exclusion lasts, also for other processes, until the file is named."""
    own = tmp_path / "own.txt"
    own.write_text("My own.")
    store.remove([str(own)])

    assert "My own." == own.read_text()
    assert {str(own)} == store_in(tmp_path).excluded() == store.selection().excluded

    store.restore([tmp_path])
    assert {str(own)} == store.excluded()

    store.restore([tmp_path / "shelf" / ".." / "own.txt"])
    assert frozenset() == store.excluded()


class OvertakenStore(UploadStore):
    """A store that another process changes while this one waits for the lock."""

    def __init__(self, folder: Path, meanwhile: Callable[[], None]) -> None:
        super().__init__(folder / "shelf", folder / "index", UploadLimits())
        self._meanwhile = meanwhile

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self._meanwhile()
        with super()._lock():
            yield


def test_removing_an_upload_twice_is_no_error(store, tmp_path):
    """Another process has removed it meanwhile."""
    accepted(store.add(incoming_file("figs.txt")))
    OvertakenStore(tmp_path, meanwhile=lambda: store.remove(["figs.txt"])).remove(["figs.txt"])

    assert [] == store.uploads()


def test_a_concurrent_exclusion_is_not_restored(store, tmp_path):
    """Only the named file is restored."""
    store.remove(["/a.txt"])
    OvertakenStore(tmp_path, meanwhile=lambda: store.remove(["/b.txt"])).restore([Path("/a.txt")])

    assert {"/b.txt"} == store.excluded()


def test_an_unknown_label_removes_nothing(store, tmp_path):
    """Nor is it recorded: only absolute paths can be excluded."""
    accepted(store.add(incoming_file("figs.txt")))
    store.remove(["pears.txt", "../figs.txt", ""])

    assert ["figs.txt"] == [upload.label for upload in store.uploads()]
    assert frozenset() == store.excluded()


@pytest.mark.parametrize("content", ["", "{}", "[1]", "\xff"])
def test_a_damaged_list_is_one_line(store, tmp_path, content):
    """Otherwise removed files would come back without notice."""
    store.remove(["/a.txt"])
    (tmp_path / "shelf" / "left-out.json").write_bytes(content.encode("latin-1"))

    with pytest.raises(LibraryDamaged, match=r"^[^\n]+left-out.json is damaged: expected a list of paths\. "):
        store.selection()


@pytest.mark.parametrize("label", ["../../outside.txt", "/etc/passwd", "a\nb.txt"])
def test_a_label_edited_on_disk_is_never_a_path(store, tmp_path, label):
    """It is made a label again when it is read."""
    upload = accepted(store.add(incoming_file("figs.txt")))
    upload.path.with_name(".label").write_text(label)

    assert [label_of(label)] == [upload.label for upload in store.uploads()]


@pytest.mark.parametrize("digest", ["", "..", "../../index", "a" * 64, "A" * 64])
def test_a_digest_is_never_a_path(store, digest):
    """Only stored uploads have a path."""
    assert store.path_of(digest) is None


def test_each_index_has_its_own_store(tmp_path):
    """An upload for one index isn't in the library of another."""
    one, other = (
        UploadStore.for_index(tmp_path, tmp_path / name, UploadLimits()) for name in ("one", "other")
    )
    accepted(one.add(incoming_file("figs.txt")))

    assert [] == other.uploads()
    assert ["figs.txt"] == [
        upload.label for upload in UploadStore.for_index(tmp_path, tmp_path / "one", UploadLimits()).uploads()
    ]


def change_forever(folder: Path, seed: int) -> None:
    """Add and remove uploads until killed."""
    store = store_in(folder)
    for n in range(10_000):
        name = f"{seed}-{n}.txt"
        accepted(store.add(incoming_file(name, f"{name} " * 50_000)))
        if n % 3 == 2:
            store.remove([name])


def test_a_kill_leaves_only_complete_uploads(tmp_path):
    """The bytes of each upload have its digest, and nothing incomplete is listed."""
    moments = random.Random(7)
    for kill in range(KILLS):
        _change_and_kill(tmp_path, kill, after=moments.uniform(0, 0.2))
        uploads = store_in(tmp_path).uploads()
        assert all(hashlib.sha256(each.path.read_bytes()).hexdigest() == each.digest for each in uploads)
        assert len(uploads) == len({upload.label for upload in uploads})
        store_in(tmp_path).remove([upload.label for upload in uploads[2:]])

    assert len(store_in(tmp_path).uploads()) == 2
    assert 2 == len(list(tmp_path.glob("shelf/uploads/*")))


def _change_and_kill(folder: Path, seed: int, after: float) -> None:
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
