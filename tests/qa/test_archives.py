"""Zip archives: hostile paths, links and sizes."""

import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.archives import ArchiveLimits, archive_files, open_archive, unpack
from qa.errors import InvalidArchive


def packed(files: dict[str, bytes], links: tuple[str, ...] = ()) -> io.BytesIO:
    """Return an archive of these files, and of symbolic links to ``/etc/passwd``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
        for name in links:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    return buffer


def test_files_are_unpacked_with_their_folders(tmp_path: Path):
    """An archive within the archive stays one."""
    inner = packed({"deep.txt": b"Deep."}).getvalue()
    with open_archive(
        packed({"a/b/one.txt": b"One.", "two.zip": inner, "a/": b""}), ArchiveLimits()
    ) as archive:
        unpack(archive, tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}

    assert found == {"a/b/one.txt", "two.zip"}
    assert (tmp_path / "a/b/one.txt").read_bytes() == b"One."


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "a/../../outside.txt",
        "/etc/outside.txt",
        "..\\outside.txt",
        "C:\\outside.txt",
        "C:outside.txt",
        ".ssh/config",
        "__MACOSX/x.txt",
        "a\nb.txt",
    ],
)
def test_a_hostile_or_hidden_path_is_left_out(tmp_path: Path, name):
    """The other files are unpacked."""
    folder = tmp_path / "in" / "here"
    with open_archive(packed({name: b"!", "ok.txt": b"ok"}), ArchiveLimits()) as archive:
        unpack(archive, folder)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [folder / "ok.txt"]


def test_a_link_is_left_out(tmp_path: Path):
    """It could point to any file."""
    with open_archive(packed({"ok.txt": b"ok"}, links=("passwd.txt",)), ArchiveLimits()) as archive:
        assert [name for name, _ in archive_files(archive)] == ["ok.txt"]


@given(st.lists(st.text(st.sampled_from("./\\:a\0 "), min_size=1), max_size=5))
def test_hyp_every_path_stays_in_its_folder(tmp_path_factory, names):
    """Whatever the archive calls its files."""
    folder = tmp_path_factory.mktemp("archive")
    with open_archive(packed(dict.fromkeys(names, b"")), ArchiveLimits()) as archive:
        paths = [(folder / name).resolve() for name, _ in archive_files(archive)]

    assert all(folder.resolve() in path.parents for path in paths)
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({f"{n}.txt": b"" for n in range(6)}, r"^6 files; the limit is 5$"),
        ({"big.txt": b"x" * 2001}, r"^too large: it unpacks from 0\.0 MB to 0 MB$"),
        ({"bomb.txt": b"\0" * 1500}, r"^too large: it unpacks from 0\.0 MB to 0 MB$"),
    ],
)
def test_an_archive_beyond_a_limit_is_refused(files, message):
    """Before anything is unpacked: too many files, too many bytes, or packed too tightly."""
    limits = ArchiveLimits(max_files=5, max_bytes=2000, max_ratio=10, free_bytes=1000)

    with pytest.raises(InvalidArchive, match=message), open_archive(packed(files), limits):
        pass


@pytest.mark.parametrize("content", [b"", b"PK", packed({"a.txt": b"a" * 99}).getvalue()[:-30]])
def test_a_damaged_archive_is_one_line(content):
    """Also one that was cut off."""
    with (
        pytest.raises(InvalidArchive, match=r"^damaged: [^\n]+$"),
        open_archive(io.BytesIO(content), ArchiveLimits()),
    ):
        pass
