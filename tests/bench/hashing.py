"""Build an index of many chunks with the hashing embedder, to measure a build without its model."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from index import Chunking, ExternalDocument, build_from_sources
from index.text.canonical import CanonicalText
from tests.bench.corpus import documents
from tests.fakes.embedder import HashingEmbedder


def sources(chunks: int) -> Iterator[ExternalDocument]:
    """Yield documents of 100 chunks."""
    for number, text in enumerate(documents(chunks // 100, 100)):
        digest = hashlib.sha256(text.encode()).hexdigest()
        yield ExternalDocument(f"{number}.txt", CanonicalText(text, None, "text/plain"), digest)


if __name__ == "__main__":
    folder, chunks = Path(sys.argv[1]), int(sys.argv[2])
    result = build_from_sources(
        folder,
        sources(chunks),
        name="bench",
        embedder=HashingEmbedder(dimension=384),
        chunking=Chunking(400, 0),
    )
    print(f"{result.chunks:,}")
