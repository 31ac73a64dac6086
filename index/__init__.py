"""
The index: files in, a snapshot out, and the documents, chunks and spans that live in it.

The front is :func:`build_snapshot` and :class:`LiveIndex`.
Heavy libraries are imported where they are used.
"""

from index.building import Progress, Source, Summary, build_from_sources, build_snapshot, expect
from index.canonical import plain_text_blocks
from index.chunking import Chunking
from index.embedding import Embedder
from index.errors import FootnoteError
from index.formats import Limits, PagePlace, PageViewer, Unavailable
from index.planning import Picked
from index.records import Block, BlockKind, Cell, Chunk, Document, Page, Run, Span, overlapping
from index.snapshot import Snapshot
from index.store import IndexFolder, LiveIndex

__all__ = [
    "Block",
    "BlockKind",
    "Cell",
    "Chunk",
    "Chunking",
    "Document",
    "Embedder",
    "FootnoteError",
    "IndexFolder",
    "Limits",
    "LiveIndex",
    "Page",
    "PagePlace",
    "PageViewer",
    "Picked",
    "Progress",
    "Run",
    "Snapshot",
    "Source",
    "Span",
    "Summary",
    "Unavailable",
    "build_from_sources",
    "build_snapshot",
    "expect",
    "overlapping",
    "plain_text_blocks",
]
