"""Text and chunks change only together with the extraction version."""

import hashlib
from pathlib import Path

import pytest

from index import Chunking, IndexDir, Limits, build_snapshot
from index.snapshot.manifest import EXTRACTION_VERSION
from tests.fakes.embedder import HashingEmbedder

CORPUS = Path(__file__).parents[3] / "seeds" / "corpus"
EXTRACTED = {11: "dfd15b8edba369dda71e0d89f98c3304d7b10248b881687c5b1d1bd1f5e9ce46"}
"""SHA-256 of the text and chunks of the seeds, by version."""


@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> str:
    """Return a digest of the text, headings and chunks of all files of the seeds."""
    folder = tmp_path_factory.mktemp("extraction") / "index"
    build_snapshot(folder, [CORPUS], embedder=HashingEmbedder(), chunking=Chunking(60, 10), limits=Limits())
    digest = hashlib.sha256()
    with IndexDir(folder).open_current() as snapshot:
        for file in sorted(snapshot.files(), key=lambda file: file.path):
            document = snapshot.document(file.doc_id or "")
            chunks = [
                (one.span.start, one.span.end, one.heading) for one in snapshot.chunks_of(document.doc_id)
            ]
            digest.update(repr((Path(file.path).name, document.title, document.text, chunks)).encode())
    return digest.hexdigest()


def test_extraction_changes_only_with_its_version(extracted):
    """If this fails, also because of a new library version, raise EXTRACTION_VERSION."""
    assert {EXTRACTION_VERSION: extracted} == EXTRACTED
