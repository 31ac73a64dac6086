"""
The index: it turns files into snapshots, and provides their documents, chunks, spans and search.

Start with :func:`build_snapshot` and :class:`LiveIndex`. Heavy libraries are imported only where they are
used.
"""

from index.build.builder import (
    BuildResult,
    ExternalDocument,
    Progress,
    build_from_sources,
    build_snapshot,
    recipe_check,
)
from index.build.plan import Selection
from index.embedders import make_embedder
from index.embedders.base import Embedder, Vectors
from index.embedders.multilingual import MultilingualEmbedder
from index.errors import FootnoteError
from index.failures import FailureCode, ParseFailure, failure_codes
from index.formats import (
    SUPPORTED_SUFFIXES,
    FailedFile,
    Limits,
    PageLocation,
    PageRenderer,
    PageUnavailable,
    ParseSuccess,
    parse,
    read_files,
)
from index.formats.types import MB
from index.records import Block, BlockKind, Cell, CharRun, Chunk, Document, Page, Span, WordBox, overlapping
from index.snapshot.catalog import CatalogEntry, IndexedFile
from index.snapshot.index_dir import IndexDir, LiveIndex, translate_write_errors
from index.snapshot.lexical import word_stems
from index.snapshot.manifest import Manifest
from index.snapshot.snapshot import Snapshot
from index.text.canonical import plain_text_blocks
from index.text.chunking import Chunking
from index.text.languages import ENGLISH, detect_language, language_scores, languages
from index.text.structure import BlockList

__all__ = [
    "ENGLISH",
    "MB",
    "SUPPORTED_SUFFIXES",
    "Block",
    "BlockKind",
    "BlockList",
    "BuildResult",
    "CatalogEntry",
    "Cell",
    "CharRun",
    "Chunk",
    "Chunking",
    "Document",
    "Embedder",
    "ExternalDocument",
    "FailedFile",
    "FailureCode",
    "FootnoteError",
    "IndexDir",
    "IndexedFile",
    "Limits",
    "LiveIndex",
    "Manifest",
    "MultilingualEmbedder",
    "Page",
    "PageLocation",
    "PageRenderer",
    "PageUnavailable",
    "ParseFailure",
    "ParseSuccess",
    "Progress",
    "Selection",
    "Snapshot",
    "Span",
    "Vectors",
    "WordBox",
    "build_from_sources",
    "build_snapshot",
    "detect_language",
    "failure_codes",
    "language_scores",
    "languages",
    "make_embedder",
    "overlapping",
    "parse",
    "plain_text_blocks",
    "read_files",
    "recipe_check",
    "translate_write_errors",
    "word_stems",
]
