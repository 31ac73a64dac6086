"""The text and chunks that files give change only together with the version the index keeps of them."""

import hashlib
from pathlib import Path

import pytest

from index import Chunking, IndexDir, Limits, build_snapshot
from index.snapshot.manifest import EXTRACTION_VERSION
from tests.fakes.embedder import HashingEmbedder

CORPUS = Path(__file__).parents[3] / "seeds" / "corpus"
EXTRACTED = {5: "dfd15b8edba369dda71e0d89f98c3304d7b10248b881687c5b1d1bd1f5e9ce46"}
"""SHA-256 of what the seeds' files give, by version."""


@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> str:
    """Text, headings and chunks of every file of the seeds, in the order of their names."""
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


def test_files_give_other_text_or_chunks_only_with_another_version(extracted):
    """If this fails, be it by a new version of a library, raise EXTRACTION and pin what it gives."""
    assert {EXTRACTION_VERSION: extracted} == EXTRACTED
