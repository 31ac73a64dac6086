"""The question sets over documents of packages are consistent, and their documents can be laid out."""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile

import pytest

from qa.evaluation.everyday import load_everyday
from seeds.packages import fetch

SETS = sorted(path.parent for path in fetch.PACKAGES.glob("*/questions.jsonl"))

each_set = pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)


@each_set
def test_the_questions_of_a_package_set_are_read(folder):
    """Ids are unique, and each question names documents of its own half."""
    questions, _ = load_everyday(folder)

    asked = [(question.question.lower(), *question.documents, *question.history) for question in questions]
    assert len(asked) == len(set(asked))
    assert {question.half for question in questions} == {"tuning", "test"}


@each_set
def test_every_document_of_a_set_has_a_source(folder):
    """A document comes from a package or is written for the set, and no source is unused."""
    written = {path.name for path in (folder / "written").glob("*")}
    from_packages = [source.file for source in fetch.read_sources(folder)]

    assert len(from_packages) == len(set(from_packages))
    assert written.isdisjoint(from_packages)
    assert written | set(from_packages) == set(fetch.read_digests(folder))


@each_set
def test_written_documents_are_those_of_the_set(folder):
    """Each has the SHA-256 that the set lists, and all are small."""
    written = list((folder / "written").glob("*"))
    digests = fetch.read_digests(folder)

    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == digests[path.name] for path in written)
    assert sum(path.stat().st_size for path in written) < 1_000_000


@pytest.fixture
def make_set(tmp_path):
    """Write a set whose documents come from ``written/``."""

    def make(documents, digests=None):
        (tmp_path / "written").mkdir()
        (tmp_path / "sources.toml").write_text("")
        for name, content in documents.items():
            (tmp_path / "written" / name).write_bytes(content)
        digests = digests or {
            name: hashlib.sha256(content).hexdigest() for name, content in documents.items()
        }
        lines = [json.dumps({"file": name, "sha256": digest}) for name, digest in digests.items()]
        (tmp_path / "documents.jsonl").write_text("\n".join(lines))
        return tmp_path

    return make


def test_written_documents_are_laid_out(make_set):
    """A document that is written for the set is copied into documents/."""
    folder = make_set({"a.txt": b"words"})

    fetch.lay_out(folder)

    assert (folder / "documents" / "a.txt").read_bytes() == b"words"


def test_another_document_is_an_error(make_set):
    """Laying out fails if a document isn't the one that the set was written for."""
    folder = make_set({"a.txt": b"words"}, {"a.txt": "0" * 64})

    with pytest.raises(fetch.FetchError, match=re.escape("a.txt")):
        fetch.lay_out(folder)


def test_a_member_of_a_wheel_is_read(tmp_path):
    """A wheel is a zip file."""
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.writestr("a/data.csv", "x,y")

    assert fetch.read_member(tmp_path / "a.whl", "a/data.csv") == b"x,y"


def make_tar(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def test_a_member_of_an_archive_in_a_package_is_read(tmp_path):
    """The path goes on behind two slashes."""
    inner = make_tar({"data/a.csv": b"x,y"})
    (tmp_path / "a.tar.gz").write_bytes(make_tar({"a-1/inner.tar.gz": inner}))

    found = fetch.read_member(tmp_path / "a.tar.gz", "a-1/inner.tar.gz//data/a.csv")

    assert found == b"x,y"


def test_a_compressed_member_is_unpacked(tmp_path):
    """Debian compresses its documentation with gzip."""
    (tmp_path / "a.tar.gz").write_bytes(make_tar({"changelog.gz": gzip.compress(b"words")}))

    assert fetch.read_member(tmp_path / "a.tar.gz", "changelog.gz") == b"words"


def test_a_member_that_a_package_lacks_is_an_error(tmp_path):
    """The message names it."""
    (tmp_path / "a.tar.gz").write_bytes(make_tar({"a": b""}))

    with pytest.raises(fetch.FetchError, match="no member b"):
        fetch.read_member(tmp_path / "a.tar.gz", "b")
