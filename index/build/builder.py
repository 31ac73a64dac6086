"""
The use case: paths to a new snapshot.

Read, canonicalise, chunk, embed, write, publish. Only what changed is read again, only what is new is
embedded, and nothing holds the whole corpus: documents go to the catalog one by one, vectors to the cache
batch by batch, and both are read back in order.
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
from index.failures import ParseFailure
from index.files import fsync, make_private_dir
from index.formats import FailedFile, Limits, ParseSuccess, read_files
from index.records import Document
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
from index.text.sentences import iter_paragraphs, iter_sentences
from index.text.structure import RangeList

_BATCH = 128
"""Chunks embedded and cached at a time: what a killed or cancelled build loses at most."""


_PIECE = 1_000_000
"""Characters hashed at a time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far a build is.

    Args:
        stage: "reading" files, "embedding" chunks, or "writing" the snapshot.
        done: Of *total*.
        total: Files, chunks, or steps of writing.
        files: While reading, the paths of everything that is read, in order: the first *done* are done, and
            the next one is in hand.
        failed: While reading, the file that was done last, if it couldn't be read.
    """

    stage: str
    done: int
    total: int
    files: tuple[str, ...] = ()
    failed: FailedFile | None = None


@dataclass(frozen=True, slots=True)
class BuildResult:
    """
    What a build did.

    Args:
        documents: Distinct contents in the index now.
        chunks: Chunks in the index now.
        new: Chunks that were embedded.
        reused: Chunks whose vectors were there already.
        skipped: Files that couldn't be read, with the reason for each.
        seconds: Wall-clock time.
        snapshot: The current snapshot's name.
        changed: Whether a new snapshot was made; False if the index held exactly this already.
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
    A document that comes from elsewhere than a file, such as an evaluation set.

    Args:
        path: Its name there.
        canonical: Its text, taken as it is.
        digest: SHA-256 of where it came from, in hex.
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
    Make the index hold exactly what these files and folders hold now.

    Args:
        index_dir: The index's folder; made if missing.
        paths: Files and folders; None means the last ones again.
        embedder: Turns chunks into vectors.
        chunking: How documents are cut.
        limits: On size, pages, time and memory for each file.
        selection: Single files to hold besides, or to leave out.
        add: Keep what is there besides.
        rebuild: Read and embed everything again.
        allow_empty: Whether an index without a document is fine, too.
        keep: Snapshots that stay.
        progress: Called often, from this thread; what it raises ends the build, and the index is as it was.

    Raises:
        NothingToIndex: If a path doesn't exist, or no file could be read; the index is as it was.
        IndexBusy: If another process is building.
        IndexUnwritable: If the disk refuses.
    """
    started = time.monotonic()
    folder = IndexDir(index_dir)
    build = SnapshotBuilder(folder, embedder, chunking, keep, progress)
    with folder.build_lock():
        previous = build.previous_snapshot()
        roots = resolve_roots(paths, build.previous_roots(), add, allow_empty or bool(selection.extra_files))
        selection = selection.without(index_dir)
        found, unreadable = discover_files(roots, selection)
        known = {file.path: file for file in previous.files()} if previous and not rebuild else {}
        plan = make_plan(found, known, limits, retained=retained_files(known, selection) if add else {})
        same = (
            previous and not rebuild and roots == list(previous.manifest.roots) and plan.is_unchanged(known)
        )
        if previous and same and _fails_as_before(plan, known, limits, build):
            return _unchanged(previous, known.values(), started, unreadable)
        return build.write(
            lambda writer: _by_path(_read_into(writer, plan, previous, build, limits), unreadable),
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
    Make the index hold exactly these documents; nothing is done if it was made of *name* already.

    Args:
        index_dir: The index's folder; made if missing.
        sources: Read only if needed.
        name: What they are called together; another content must have another name.
        embedder: Turns chunks into vectors.
        chunking: How documents are cut.
        progress: Called often, from this thread.
    """
    started = time.monotonic()
    folder = IndexDir(index_dir)
    build = SnapshotBuilder(folder, embedder, chunking, 1, progress)
    with folder.build_lock():
        previous = build.previous_snapshot()
        if previous and previous.manifest.roots == (name,):
            return _unchanged(previous, (), started)

        def fill(writer: CatalogWriter) -> tuple[FailedFile, ...]:
            for source in sources:
                file = IndexedFile(source.path, 0, 0, source.digest, None)
                build.add_document(writer, file, source.canonical, source.digest)
            return ()

        return build.write(fill, [name], False, started)


def recipe_check(embedder: Embedder, chunking: Chunking) -> Callable[[Manifest], None]:
    """
    A check for :class:`~index.snapshot.index_dir.LiveIndex`: that a snapshot was made as the settings
    say now.
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
    """One run: what it needs, and the steps that every build takes."""

    def __init__(
        self, folder: IndexDir, embedder: Embedder, chunking: Chunking, keep: int, progress: ProgressCallback
    ) -> None:
        self.folder = folder
        self.embedder = embedder
        self.chunking = chunking
        self.keep = keep
        self.progress = progress
        self.recipe = _recipe(embedder, chunking)
        self.cache_path = folder.path / "cache" / "embeddings.sqlite"

    def previous_snapshot(self) -> Snapshot | None:
        """The current snapshot, if there is one whose work can be shared."""
        try:
            snapshot = Snapshot(self.folder.current())
            if snapshot.manifest.recipe != self.recipe:
                return None
            # What is taken over gets a new hash: words that were altered would count as sound from then on.
            verify_file(snapshot.folder, snapshot.manifest, CATALOG)
        except (FootnoteError, OSError):  # missing, damaged or of another format: build anew
            return None
        return snapshot

    def previous_roots(self) -> list[str] | None:
        """What the index was asked to hold, also with other settings; None if that can't be told."""
        try:
            if self.folder.current_name() is None:
                return []
            roots = parse_roots((self.folder.current() / MANIFEST).read_text(encoding="utf-8"))
        except (FootnoteError, OSError, UnicodeDecodeError):
            return None
        # One made of other sources than files has their name there, and would be emptied.
        return None if roots is None or not all(Path(root).is_absolute() for root in roots) else list(roots)

    def add_document(
        self, writer: CatalogWriter, file: IndexedFile, canonical: CanonicalText, digest: str
    ) -> None:
        """Chunk a document and put it into the catalog, unless its content is there already."""
        doc_id = _doc_id(canonical.text)
        writer.add_file(dataclasses.replace(file, digest=digest, doc_id=doc_id))
        if writer.contains(doc_id):
            return
        text = canonical.text
        sentences = RangeList.of(
            sentence for paragraph in iter_paragraphs(text) for sentence in iter_sentences(text, *paragraph)
        )
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
            sentences=sentences,
        )
        count, window = self.embedder.count_tokens, self.embedder.window
        chunks = chunk(doc_id, canonical, count, window, self.chunking, sentences=sentences)
        writer.add_document(document, chunks)

    def write(
        self,
        fill: Callable[[CatalogWriter], tuple[FailedFile, ...]],
        roots: Sequence[str],
        rebuild: bool,
        started: float,
        allow_empty: bool = False,
    ) -> BuildResult:
        """Fill a catalog, embed what is new, write the files, seal them, and make them current."""
        building = self.folder.building / "snapshot"
        make_private_dir(building)
        writer = CatalogWriter(building / CATALOG)
        skipped = fill(writer)
        chunks = writer.number_chunks()
        if not chunks and not allow_empty:
            raise NothingToIndex(_why_nothing(skipped))
        try:
            new, kind = self._write_vectors(building / VECTORS, writer, chunks, rebuild)
        except CacheDamaged:
            delete_cache(self.cache_path)
            new, kind = self._write_vectors(building / VECTORS, writer, chunks, rebuild)
        self.progress(Progress("writing", 1, 3))
        write_lexical(building / LEXICAL, writer.embedded_texts(_BATCH))
        self.progress(Progress("writing", 2, 3))
        documents = writer.finish()
        name = self._publish(building, documents, chunks, kind, roots)
        self.progress(Progress("writing", 3, 3))
        seconds = time.monotonic() - started
        return BuildResult(documents, chunks, new, chunks - new, skipped, seconds, name, changed=True)

    def _write_vectors(
        self, path: Path, writer: CatalogWriter, chunks: int, rebuild: bool
    ) -> tuple[int, str]:
        """Embed what is new and write all vectors; return how many were new, and the kind of file."""
        cache = EmbeddingCache(self.cache_path, self.recipe.fingerprint, self.recipe.dimension)
        with contextlib.closing(cache):
            new = self._embed(writer, cache, chunks, rebuild)
            return new, write_vectors(path, _vectors(writer, cache), self.recipe.dimension, chunks)

    def _embed(self, writer: CatalogWriter, cache: EmbeddingCache, chunks: int, rebuild: bool) -> int:
        """Embed what the cache lacks (or everything), and return how many chunks that were."""
        done = new = 0
        self.progress(Progress("embedding", 0, chunks))
        for texts in writer.embedded_texts(_BATCH):
            keys = [cache_key(text) for text in texts]
            missing = list(range(len(texts))) if rebuild else cache.missing(keys)
            if missing:
                vectors = self.embedder.embed([texts[at] for at in missing])
                cache.put([keys[at] for at in missing], vectors)
            done, new = done + len(texts), new + len(missing)
            self.progress(Progress("embedding", done, chunks))
        return new

    def _publish(self, made: Path, documents: int, chunks: int, kind: str, roots: Sequence[str]) -> str:
        files = write_checksums(made)
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
        (made / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        fsync(made / MANIFEST)
        fsync(made)
        name = _snapshot_name(now, digest, self.folder.snapshot_names())
        self.folder.publish(made, name)
        self.folder.prune(self.keep)
        return name


def _doc_id(text: str) -> str:
    """Return the SHA-256 of a text in hex, without a copy of it as bytes."""
    digest = hashlib.sha256()
    for start in range(0, len(text), _PIECE):
        digest.update(text[start : start + _PIECE].encode())
    return digest.hexdigest()


def _read_into(
    writer: CatalogWriter, plan: Plan, previous: Snapshot | None, build: SnapshotBuilder, limits: Limits
) -> list[FailedFile]:
    """Take over what is unchanged, read the rest; return what couldn't be read."""
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
            else:
                failed = FailedFile(Path(file.path), outcome.failure)
                skipped.append(failed)
                writer.add_file(dataclasses.replace(file, failure=outcome.failure))
            build.progress(Progress("reading", done, len(files), files, failed))
    return skipped


def _by_path(*failures: Iterable[FailedFile]) -> tuple[FailedFile, ...]:
    return tuple(sorted(chain(*failures), key=lambda failure: str(failure.path)))


def _parse_all(
    plan: Plan, limits: Limits
) -> Generator[tuple[IndexedFile, ParseSuccess | FailedFile], None, None]:
    with contextlib.closing(read_files([plan.found[file.path] for file in plan.read], limits)) as outcomes:
        yield from zip(plan.read, outcomes, strict=True)


def _fails_as_before(
    plan: Plan, known: Mapping[str, IndexedFile], limits: Limits, build: SnapshotBuilder
) -> bool:
    """Whether every file to read again, all of which couldn't be read, still can't, for the same reason."""
    files = tuple(file.path for file in plan.read)
    if files:
        build.progress(Progress("reading", 0, len(files), files))
    with contextlib.closing(_parse_all(plan, limits)) as outcomes:
        return all(
            isinstance(outcome, FailedFile) and _same_failure(outcome.failure, known[file.path].failure)
            for file, outcome in outcomes
        )


def _same_failure(one: ParseFailure, other: ParseFailure | None) -> bool:
    """Return whether two failures lead to the same decisions; their details are for people."""
    return other is not None and (one.code, one.limit) == (other.code, other.limit)


def _vectors(writer: CatalogWriter, cache: EmbeddingCache) -> Iterator[Vectors]:
    """Every chunk's vector in the order of rows, in batches."""
    for texts in writer.embedded_texts(_BATCH):
        yield cache.get([cache_key(text) for text in texts])


def _unchanged(
    previous: Snapshot, reuse: Iterable[IndexedFile], started: float, unreadable: Iterable[FailedFile] = ()
) -> BuildResult:
    """The index holds exactly this already."""
    manifest = previous.manifest
    skipped = (FailedFile(Path(file.path), file.failure) for file in reuse if file.failure)
    return BuildResult(
        documents=manifest.documents,
        chunks=manifest.chunks,
        new=0,
        reused=manifest.chunks,
        skipped=_by_path(skipped, unreadable),
        seconds=time.monotonic() - started,
        snapshot=previous.name,
        changed=False,
    )


def _why_nothing(skipped: Sequence[FailedFile]) -> str:
    """Why there is nothing to index, in one line."""
    if not skipped:
        return "No files to index; hidden files and symbolic links are skipped. The index is unchanged."
    reasons = "; ".join(f"{file.path.name} {file.failure.message}" for file in skipped[:3])
    if len(skipped) == 1:
        return f"{reasons}. The index is unchanged."
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    return f"None of the {len(skipped)} files could be read ({reasons}{more}). The index is unchanged."


def _snapshot_name(now: datetime.datetime, digest: str, existing: Sequence[str]) -> str:
    """``20261122T101500.123456Z-1a2b3c4d``; always after the names before it, whatever the clock does."""
    if existing:
        last = datetime.datetime.strptime(existing[-1].split("-")[0], _TIME_FORMAT).replace(
            tzinfo=datetime.UTC
        )
        now = max(now, last + datetime.timedelta(microseconds=1))
    return f"{now.strftime(_TIME_FORMAT)}-{digest[:8]}"


_TIME_FORMAT = "%Y%m%dT%H%M%S.%fZ"
