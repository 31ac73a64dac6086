"""
Build a new snapshot: read files, canonicalise, chunk, embed, write and publish.

Only changed files are read and only new chunks are embedded. The corpus is never in memory as a whole:
documents go to the catalog one by one and vectors to the cache in batches, and both are read back in order.
"""

import contextlib
import dataclasses
import datetime
import hashlib
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from index.build.embedding_cache import CacheDamaged, EmbeddingCache, cache_key, delete_cache
from index.build.plan import (
    EMPTY_SELECTION,
    Plan,
    Selection,
    discover_files,
    make_plan,
    resolve_roots,
    retained_files,
)
from index.embedders.base import Embedder, Vectors
from index.errors import FootnoteError, NothingToIndex
from index.failures import ParseFailure, unreadable_pages
from index.files import fsync, make_private_dir
from index.formats import FailedFile, Limits, ParseSuccess, read_files
from index.records import BlockKind, Document
from index.snapshot.catalog import CatalogWriter, IndexedFile
from index.snapshot.index_dir import IndexDir
from index.snapshot.lexical import write_lexical
from index.snapshot.manifest import EXTRACTION_VERSION, Manifest, Recipe, check_recipe, parse_roots
from index.snapshot.snapshot import (
    CATALOG,
    LEXICAL,
    MANIFEST,
    VECTORS,
    Snapshot,
    verify_file,
    write_checksums,
)
from index.snapshot.vectors import write_vectors
from index.text.canonical import CanonicalText
from index.text.chunking import Chunking, chunk
from index.text.sentences import iter_block_sentences, iter_paragraphs, iter_sentences
from index.text.structure import RangeList

# Chunks that are embedded and cached at a time, which is all that a killed build loses.
_BATCH_SIZE = 128
# Characters that are hashed at a time.
_HASH_PIECE = 1_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """
    The progress of a build.

    Args:
        stage: "reading" files, "embedding" chunks, or "writing" the snapshot.
        done: Number of finished files, chunks or steps.
        total: Number of files, chunks or steps of this stage.
        files: While reading, the paths of all files to read, in order: the first *done* are finished, and
            the next one is being read.
        failed: While reading, the last finished file if it couldn't be read.
    """

    stage: str
    done: int
    total: int
    files: tuple[str, ...] = ()
    failed: FailedFile | None = None


@dataclass(frozen=True, slots=True)
class BuildResult:
    """
    The result of a build.

    Args:
        documents: Number of documents in the index now.
        chunks: Number of chunks in the index now.
        new: Number of chunks that were embedded.
        reused: Number of chunks whose vectors came from the cache.
        skipped: Files that couldn't be read, or only in part, with the reasons.
        seconds: Wall-clock time.
        snapshot: Name of the current snapshot.
        changed: Whether a new snapshot was built; False if the index was up to date.
    """

    documents: int
    chunks: int
    new: int
    reused: int
    skipped: tuple[FailedFile, ...]
    seconds: float
    snapshot: str
    changed: bool


@dataclass(frozen=True, slots=True)
class ExternalDocument:
    """
    A document that doesn't come from a file, for example from an evaluation set.

    Args:
        path: Its name in the source.
        canonical: Its text, which is indexed unchanged.
        digest: SHA-256 of the source, in hex.
    """

    path: str
    canonical: CanonicalText
    digest: str


ProgressCallback = Callable[[Progress], None]


def build_snapshot(
    index_dir: Path,
    paths: Sequence[Path] | None,
    *,
    embedder: Embedder,
    chunking: Chunking,
    limits: Limits,
    selection: Selection = EMPTY_SELECTION,
    add: bool = False,
    rebuild: bool = False,
    allow_empty: bool = False,
    keep: int = 3,
    progress: ProgressCallback = lambda step: None,
) -> BuildResult:
    """
    Update the index to the current content of files and folders.

    After an error the index is unchanged.

    Args:
        index_dir: The index directory; created if missing.
        paths: Files and folders; None for those of the previous build.
        embedder: Turns chunks into vectors.
        chunking: How documents are cut into chunks.
        limits: Limits on size, pages, time and memory for each file.
        selection: Single files to add or to exclude.
        add: Add to the content of the index instead of replacing it.
        rebuild: Read and embed everything again.
        allow_empty: Allow an index without documents.
        keep: Number of snapshots to keep.
        progress: Called often, in this thread; an exception that it raises cancels the build.

    Raises:
        NothingToIndex: If a path doesn't exist, or no file could be read.
        IndexBusy: If another process is building.
        IndexUnwritable: If the index directory can't be written.
    """
    started = time.monotonic()
    index = IndexDir(index_dir)
    build = SnapshotBuilder(index, embedder, chunking, keep, progress)
    with index.build_lock():
        previous = build.previous_snapshot()
        roots = resolve_roots(paths, build.previous_roots(), add, allow_empty or bool(selection.extra_files))
        selection = selection.without(index_dir)
        locations, unreadable = discover_files(roots, selection)
        known = {file.path: file for file in previous.files()} if previous and not rebuild else {}
        plan = make_plan(locations, known, limits, retained=retained_files(known, selection) if add else {})
        same_files = (
            previous and not rebuild and roots == list(previous.manifest.roots) and plan.is_unchanged(known)
        )
        # Files that couldn't be read are tried again. If they still fail, there is nothing to write.
        if previous and same_files and _still_unreadable(plan, known, limits, build):
            return _unchanged_result(previous, known.values(), started, unreadable)
        return build.write(
            lambda writer: _sort_by_path(_add_files(writer, plan, previous, build, limits), unreadable),
            roots,
            rebuild,
            started,
            allow_empty,
        )


def build_from_sources(
    index_dir: Path,
    sources: Iterable[ExternalDocument],
    *,
    name: str,
    embedder: Embedder,
    chunking: Chunking,
    progress: ProgressCallback = lambda step: None,
) -> BuildResult:
    """
    Update the index to these documents, unless it was built from the source of that name already.

    Args:
        index_dir: The index directory; created if missing.
        sources: The documents; not iterated if the index is up to date.
        name: Name of the source; it must change whenever the documents do.
        embedder: Turns chunks into vectors.
        chunking: How documents are cut into chunks.
        progress: Called often, in this thread.
    """
    started = time.monotonic()
    index = IndexDir(index_dir)
    build = SnapshotBuilder(index, embedder, chunking, 1, progress)
    with index.build_lock():
        previous = build.previous_snapshot()
        if previous and previous.manifest.roots == (name,):
            return _unchanged_result(previous, (), started)

        def fill(writer: CatalogWriter) -> tuple[FailedFile, ...]:
            for source in sources:
                file = IndexedFile(source.path, 0, 0, source.digest, None)
                build.add_document(writer, file, source.canonical, source.digest)
            return ()

        return build.write(fill, [name], False, started)


def recipe_check(embedder: Embedder, chunking: Chunking) -> Callable[[Manifest], None]:
    """
    Return a check that a snapshot was built with this embedder and chunking.

    It is meant for :class:`~index.snapshot.index_dir.LiveIndex` and raises IndexMismatch.
    """
    recipe = _recipe(embedder, chunking)
    return lambda manifest: check_recipe(manifest.recipe, recipe)


def _recipe(embedder: Embedder, chunking: Chunking) -> Recipe:
    return Recipe(
        embedder=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        chunk_tokens=chunking.tokens,
        chunk_overlap=chunking.overlap,
        extraction=EXTRACTION_VERSION,
    )


class SnapshotBuilder:
    """The steps that builds from files and from other sources share."""

    def __init__(
        self, index: IndexDir, embedder: Embedder, chunking: Chunking, keep: int, progress: ProgressCallback
    ) -> None:
        self.index = index
        self.embedder = embedder
        self.chunking = chunking
        self.keep = keep
        self.progress = progress
        self.recipe = _recipe(embedder, chunking)
        self.cache_path = index.path / "cache" / "embeddings.sqlite"

    def previous_snapshot(self) -> Snapshot | None:
        """Return the current snapshot if its chunks and vectors can be reused, else None."""
        try:
            snapshot = Snapshot(self.index.current())
            if snapshot.manifest.recipe != self.recipe:
                return None
            # Copied documents get a new hash in the new snapshot, so a change on disk that isn't found here
            # would never be found.
            verify_file(snapshot.folder, snapshot.manifest, CATALOG)
        except (FootnoteError, OSError):  # missing, damaged or of another format
            return None
        return snapshot

    def previous_roots(self) -> list[str] | None:
        """Return the roots of the current snapshot, whatever its settings; None if they are unknown."""
        try:
            if self.index.current_name() is None:
                return []
            roots = parse_roots((self.index.current() / MANIFEST).read_text(encoding="utf-8"))
        except (FootnoteError, OSError, UnicodeDecodeError):
            return None
        # An index of external documents has their name there, and a build from that as a path would empty it.
        if roots is None or not all(Path(root).is_absolute() for root in roots):
            return None
        return list(roots)

    def add_document(
        self, writer: CatalogWriter, file: IndexedFile, canonical: CanonicalText, digest: str
    ) -> None:
        """Chunk a document and add it to the catalog, unless a file with the same text was added before."""
        doc_id = _doc_id(canonical.text)
        failure = unreadable_pages(canonical.unreadable_pages)
        writer.add_file(dataclasses.replace(file, digest=digest, doc_id=doc_id, failure=failure))
        if writer.contains(doc_id):
            return
        sentences, prose = _sentences(canonical)
        document = Document(
            doc_id=doc_id,
            title=canonical.title or "",
            paths=(file.path,),
            media_type=canonical.media_type,
            text=canonical.text,
            pages=canonical.pages,
            runs=canonical.runs,
            digest=digest,
            blocks=canonical.blocks,
            sentences=prose,
        )
        count_tokens, window = self.embedder.count_tokens, self.embedder.window
        chunks = chunk(doc_id, canonical, count_tokens, window, self.chunking, sentences=sentences)
        writer.add_document(document, chunks)

    def write(
        self,
        fill: Callable[[CatalogWriter], tuple[FailedFile, ...]],
        roots: Sequence[str],
        rebuild: bool,
        started: float,
        allow_empty: bool = False,
    ) -> BuildResult:
        """
        Write a new snapshot and make it the current one.

        Args:
            fill: Adds all documents to the catalog and returns the files that couldn't be read.
            roots: What is indexed, for the manifest.
            rebuild: Embed all chunks, including cached ones.
            started: Time at which the build started, from ``time.monotonic``.
            allow_empty: Allow a snapshot without documents.

        Raises:
            NothingToIndex: If there are no documents.
        """
        building = self.index.building / "snapshot"
        make_private_dir(building)
        writer = CatalogWriter(building / CATALOG)
        skipped = fill(writer)
        chunks = writer.number_chunks()
        if not chunks and not allow_empty:
            raise NothingToIndex(_why_nothing(skipped))
        try:
            new, kind = self._write_vectors(building / VECTORS, writer, chunks, rebuild)
        except CacheDamaged:  # often found only while it is read; the vectors can be computed again
            delete_cache(self.cache_path)
            new, kind = self._write_vectors(building / VECTORS, writer, chunks, rebuild)
        self.progress(Progress("writing", 1, 3))
        write_lexical(building / LEXICAL, writer.embedded_texts(_BATCH_SIZE))
        self.progress(Progress("writing", 2, 3))
        documents = writer.finish()
        name = self._publish(building, documents, chunks, kind, roots)
        self.progress(Progress("writing", 3, 3))
        seconds = time.monotonic() - started
        return BuildResult(documents, chunks, new, chunks - new, skipped, seconds, name, changed=True)

    def _write_vectors(
        self, path: Path, writer: CatalogWriter, chunks: int, rebuild: bool
    ) -> tuple[int, str]:
        """Embed new chunks and write all vectors; return the number of new chunks and the kind of file."""
        cache = EmbeddingCache(self.cache_path, self.recipe.fingerprint, self.recipe.dimension)
        with contextlib.closing(cache):
            new = self._embed(writer, cache, chunks, rebuild)
            return new, write_vectors(path, _vectors(writer, cache), self.recipe.dimension, chunks)

    def _embed(self, writer: CatalogWriter, cache: EmbeddingCache, chunks: int, rebuild: bool) -> int:
        """Embed the chunks that aren't cached (or all of them), and return their number."""
        done = new = 0
        self.progress(Progress("embedding", 0, chunks))
        for texts in writer.embedded_texts(_BATCH_SIZE):
            keys = [cache_key(text) for text in texts]
            missing = list(range(len(texts))) if rebuild else cache.missing(keys)
            if missing:
                vectors = self.embedder.embed([texts[position] for position in missing])
                cache.put([keys[position] for position in missing], vectors)
            done, new = done + len(texts), new + len(missing)
            self.progress(Progress("embedding", done, chunks))
        return new

    def _publish(self, finished: Path, documents: int, chunks: int, kind: str, roots: Sequence[str]) -> str:
        """Write the manifest, make the snapshot current, delete old ones, and return its name."""
        files = write_checksums(finished)
        digest = hashlib.sha256("".join(file.sha256 for file in files.values()).encode()).hexdigest()
        now = datetime.datetime.now(datetime.UTC)
        manifest = Manifest(
            recipe=self.recipe,
            documents=documents,
            chunks=chunks,
            vectors=kind,
            roots=tuple(roots),
            built_at=now.isoformat(timespec="seconds"),
            files=files,
        )
        (finished / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        fsync(finished / MANIFEST)
        fsync(finished)
        name = _snapshot_name(now, digest, self.index.snapshot_names())
        self.index.publish(finished, name)
        self.index.prune(self.keep)
        return name


def _doc_id(text: str) -> str:
    """Return the SHA-256 of a text in hex."""
    # In pieces, because a copy of a long text as bytes would double its memory.
    digest = hashlib.sha256()
    for start in range(0, len(text), _HASH_PIECE):
        digest.update(text[start : start + _HASH_PIECE].encode())
    return digest.hexdigest()


def _sentences(canonical: CanonicalText) -> tuple[RangeList, RangeList]:
    """Return the sentences of a document, of which chunks consist, and those of them that aren't code."""
    text, blocks = canonical.text, canonical.blocks
    if not len(blocks):  # the structure isn't known
        found = RangeList.of(
            sentence for paragraph in iter_paragraphs(text) for sentence in iter_sentences(text, *paragraph)
        )
        return found, found
    found = RangeList.of(iter_block_sentences(text, blocks.iter_ranges()))
    if next(blocks.starts_of_kind(BlockKind.CODE), None) is None:
        return found, found
    prose = (block for block in blocks.iter_ranges() if block[0] is not BlockKind.CODE)
    return found, RangeList.of(iter_block_sentences(text, prose))


def _add_files(
    writer: CatalogWriter, plan: Plan, previous: Snapshot | None, build: SnapshotBuilder, limits: Limits
) -> list[FailedFile]:
    """Copy unchanged files from the previous snapshot, read the others, and return the unreadable ones."""
    skipped = [FailedFile(Path(file.path), file.failure) for file in plan.reuse if file.failure]
    if previous:
        writer.copy_from(previous.folder / CATALOG, plan.reuse)
    files = tuple(file.path for file in plan.read)
    if files:
        build.progress(Progress("reading", 0, len(files), files))
    with contextlib.closing(_parse_all(plan, limits)) as outcomes:
        for done, (file, outcome) in enumerate(outcomes, start=1):
            failed = None
            if isinstance(outcome, ParseSuccess):
                build.add_document(writer, file, outcome.canonical, outcome.digest)
                if partial := unreadable_pages(outcome.canonical.unreadable_pages):
                    failed = FailedFile(Path(file.path), partial)
                    skipped.append(failed)
            else:
                failed = FailedFile(Path(file.path), outcome.failure)
                skipped.append(failed)
                writer.add_file(dataclasses.replace(file, failure=outcome.failure))
            build.progress(Progress("reading", done, len(files), files, failed))
    return skipped


def _sort_by_path(*failures: Iterable[FailedFile]) -> tuple[FailedFile, ...]:
    return tuple(sorted(chain(*failures), key=lambda failure: str(failure.path)))


def _parse_all(
    plan: Plan, limits: Limits
) -> Generator[tuple[IndexedFile, ParseSuccess | FailedFile], None, None]:
    # Closed explicitly, so that an exception in the middle ends the parsing processes at once.
    with contextlib.closing(
        read_files([plan.locations[file.path] for file in plan.read], limits)
    ) as outcomes:
        yield from zip(plan.read, outcomes, strict=True)


def _still_unreadable(
    plan: Plan, known: Mapping[str, IndexedFile], limits: Limits, build: SnapshotBuilder
) -> bool:
    """Return whether every file that couldn't be read still fails for the same reason."""
    files = tuple(file.path for file in plan.read)
    if files:
        build.progress(Progress("reading", 0, len(files), files))
    with contextlib.closing(_parse_all(plan, limits)) as outcomes:
        return all(
            isinstance(outcome, FailedFile) and _same_failure(outcome.failure, known[file.path].failure)
            for file, outcome in outcomes
        )


def _same_failure(failure: ParseFailure, previous: ParseFailure | None) -> bool:
    """Return whether two failures are equal, apart from the details in their messages."""
    return previous is not None and (failure.code, failure.limit) == (previous.code, previous.limit)


def _vectors(writer: CatalogWriter, cache: EmbeddingCache) -> Iterator[Vectors]:
    """Yield the vectors of all chunks in the order of rows, in batches."""
    for texts in writer.embedded_texts(_BATCH_SIZE):
        yield cache.get([cache_key(text) for text in texts])


def _unchanged_result(
    previous: Snapshot, reuse: Iterable[IndexedFile], started: float, unreadable: Iterable[FailedFile] = ()
) -> BuildResult:
    """Return the result of a build that had nothing to do."""
    manifest = previous.manifest
    skipped = (FailedFile(Path(file.path), file.failure) for file in reuse if file.failure)
    return BuildResult(
        documents=manifest.documents,
        chunks=manifest.chunks,
        new=0,
        reused=manifest.chunks,
        skipped=_sort_by_path(skipped, unreadable),
        seconds=time.monotonic() - started,
        snapshot=previous.name,
        changed=False,
    )


def _why_nothing(skipped: Sequence[FailedFile]) -> str:
    """Return a message of one line that says why there is nothing to index."""
    if not skipped:
        return "No files to index; hidden files and symbolic links are skipped. The index is unchanged."
    reasons = "; ".join(f"{file.path.name} {file.failure.message}" for file in skipped[:3])
    if len(skipped) == 1:
        return f"{reasons}. The index is unchanged."
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    return f"None of the {len(skipped)} files could be read ({reasons}{more}). The index is unchanged."


def _snapshot_name(now: datetime.datetime, digest: str, existing: Sequence[str]) -> str:
    """Return a name such as ``20261122T101500.123456Z-1a2b3c4d``, which sorts after all existing names."""
    # Snapshots are ordered by name. The clock may have been set back since the last build.
    if existing:
        last = datetime.datetime.strptime(existing[-1].split("-")[0], _TIME_FORMAT).replace(
            tzinfo=datetime.UTC
        )
        now = max(now, last + datetime.timedelta(microseconds=1))
    return f"{now.strftime(_TIME_FORMAT)}-{digest[:8]}"


_TIME_FORMAT = "%Y%m%dT%H%M%S.%fZ"
