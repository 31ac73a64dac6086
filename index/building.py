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

from index.cache import CacheDamaged, EmbeddingCache, text_key, throw_away
from index.canonical import Canonical
from index.catalog import CatalogWriter, IndexedFile
from index.chunking import Chunking, chunk
from index.embedding import Embedder, Vectors
from index.errors import FootnoteError, NothingToIndex
from index.formats import Limits, Parsed, Unreadable, read_files
from index.lexical import write_lexical
from index.manifest import EXTRACTION, Manifest, Recipe, check_recipe, roots_of
from index.permissions import make_private_dir
from index.planning import NOTHING_PICKED, Picked, Plan, asked_roots, files_of, plan_of, staying
from index.records import Document
from index.sentences import sentences
from index.snapshot import CATALOG, LEXICAL, MANIFEST, VECTORS, Snapshot, fsync, seal, verify_file
from index.store import IndexFolder
from index.structure import RangeList
from index.vectors import write_vectors

_BATCH = 128
"""Chunks embedded and cached at a time: what a killed or cancelled build loses at most."""


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
    failed: Unreadable | None = None


@dataclass(frozen=True, slots=True)
class Summary:
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
    skipped: tuple[Unreadable, ...]
    seconds: float
    snapshot: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Source:
    """
    A document that comes from elsewhere than a file, such as an evaluation set.

    Args:
        path: Its name there.
        canonical: Its text, taken as it is.
        digest: SHA-256 of where it came from, in hex.
    """

    path: str
    canonical: Canonical
    digest: str


Report = Callable[[Progress], None]


def build_snapshot(
    index_dir: Path,
    paths: Sequence[Path] | None,
    *,
    embedder: Embedder,
    chunking: Chunking,
    limits: Limits,
    picked: Picked = NOTHING_PICKED,
    add: bool = False,
    rebuild: bool = False,
    may_be_empty: bool = False,
    keep: int = 3,
    progress: Report = lambda step: None,
) -> Summary:
    """
    Make the index hold exactly what these files and folders hold now.

    Args:
        index_dir: The index's folder; made if missing.
        paths: Files and folders; None means the last ones again.
        embedder: Turns chunks into vectors.
        chunking: How documents are cut.
        limits: On size, pages, time and memory for each file.
        picked: Single files to hold besides, or to leave out.
        add: Keep what is there besides.
        rebuild: Read and embed everything again.
        may_be_empty: Whether an index without a document is fine, too.
        keep: Snapshots that stay.
        progress: Called often, from this thread; what it raises ends the build, and the index is as it was.

    Raises:
        NothingToIndex: If a path doesn't exist, or no file could be read; the index is as it was.
        IndexBusy: If another process is building.
        IndexUnwritable: If the disk refuses.
    """
    begun = time.monotonic()
    folder = IndexFolder(index_dir)
    build = _Build(folder, embedder, chunking, keep, progress)
    with folder.writing():
        former = build.former()
        roots = asked_roots(paths, build.roots_before(), add, may_be_empty or bool(picked.named))
        picked = picked.without(index_dir)
        found, unlisted = files_of(roots, picked)
        known = {file.path: file for file in former.files()} if former and not rebuild else {}
        plan = plan_of(found, known, limits, kept=staying(known, picked) if add else {})
        same = former and not rebuild and roots == list(former.manifest.roots) and plan.same_as(known)
        if former and same and _as_unreadable_as_before(plan, known, limits, build):
            return _unchanged(former, known.values(), begun, unlisted)
        return build.write(
            lambda writer: _by_path(_fill(writer, plan, former, build, limits), unlisted),
            roots,
            rebuild,
            begun,
            may_be_empty,
        )


def build_from_sources(
    index_dir: Path,
    sources: Iterable[Source],
    *,
    name: str,
    embedder: Embedder,
    chunking: Chunking,
    progress: Report = lambda step: None,
) -> Summary:
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
    begun = time.monotonic()
    folder = IndexFolder(index_dir)
    build = _Build(folder, embedder, chunking, 1, progress)
    with folder.writing():
        former = build.former()
        if former and former.manifest.roots == (name,):
            return _unchanged(former, (), begun)

        def fill(writer: CatalogWriter) -> tuple[Unreadable, ...]:
            for source in sources:
                file = IndexedFile(source.path, 0, 0, source.digest, None)
                build.add(writer, file, source.canonical, source.digest)
            return ()

        return build.write(fill, [name], False, begun)


def expect(embedder: Embedder, chunking: Chunking) -> Callable[[Manifest], None]:
    """A check for :class:`~index.store.LiveIndex`: that a snapshot was made as the settings say now."""
    recipe = _recipe(embedder, chunking)
    return lambda manifest: check_recipe(manifest.recipe, recipe)


def _recipe(embedder: Embedder, chunking: Chunking) -> Recipe:
    return Recipe(
        embedder=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        chunk_tokens=chunking.tokens,
        chunk_overlap=chunking.overlap,
        extraction=EXTRACTION,
    )


class _Build:
    """One run: what it needs, and the steps that every build takes."""

    def __init__(
        self, folder: IndexFolder, embedder: Embedder, chunking: Chunking, keep: int, progress: Report
    ) -> None:
        self.folder = folder
        self.embedder = embedder
        self.chunking = chunking
        self.keep = keep
        self.progress = progress
        self.recipe = _recipe(embedder, chunking)
        self.cache_path = folder.path / "cache" / "embeddings.sqlite"

    def former(self) -> Snapshot | None:
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

    def roots_before(self) -> list[str] | None:
        """What the index was asked to hold, also with other settings; None if that can't be told."""
        try:
            if self.folder.current_name() is None:
                return []
            roots = roots_of((self.folder.current() / MANIFEST).read_text(encoding="utf-8"))
        except (FootnoteError, OSError, UnicodeDecodeError):
            return None
        # One made of other sources than files has their name there, and would be emptied.
        return None if roots is None or not all(Path(root).is_absolute() for root in roots) else list(roots)

    def add(self, writer: CatalogWriter, file: IndexedFile, canonical: Canonical, digest: str) -> None:
        """Chunk a document and put it into the catalog, unless its content is there already."""
        doc_id = hashlib.sha256(canonical.text.encode()).hexdigest()
        writer.add_file(dataclasses.replace(file, digest=digest, doc_id=doc_id))
        if writer.holds(doc_id):
            return
        ranges = sentences(canonical.text)
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
            sentences=RangeList.of(ranges),
        )
        count, window = self.embedder.count_tokens, self.embedder.window
        chunks = chunk(doc_id, canonical, count, window, self.chunking, sentences=ranges)
        writer.add_document(document, chunks)

    def write(
        self,
        fill: Callable[[CatalogWriter], tuple[Unreadable, ...]],
        roots: Sequence[str],
        rebuild: bool,
        begun: float,
        may_be_empty: bool = False,
    ) -> Summary:
        """Fill a catalog, embed what is new, write the files, seal them, and make them current."""
        made = self.folder.building / "snapshot"
        make_private_dir(made)
        writer = CatalogWriter(made / CATALOG)
        skipped = fill(writer)
        chunks = writer.number_chunks()
        if not chunks and not may_be_empty:
            raise NothingToIndex(_nothing(skipped))
        try:
            new, kind = self._write_vectors(made / VECTORS, writer, chunks, rebuild)
        except CacheDamaged:
            throw_away(self.cache_path)
            new, kind = self._write_vectors(made / VECTORS, writer, chunks, rebuild)
        self.progress(Progress("writing", 1, 3))
        write_lexical(made / LEXICAL, writer.embedded_texts(_BATCH))
        self.progress(Progress("writing", 2, 3))
        documents = writer.finish()
        name = self._publish(made, documents, chunks, kind, roots)
        self.progress(Progress("writing", 3, 3))
        seconds = time.monotonic() - begun
        return Summary(documents, chunks, new, chunks - new, skipped, seconds, name, changed=True)

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
            keys = [text_key(text) for text in texts]
            missing = list(range(len(texts))) if rebuild else cache.missing(keys)
            if missing:
                vectors = self.embedder.embed([texts[at] for at in missing])
                cache.put([keys[at] for at in missing], vectors)
            done, new = done + len(texts), new + len(missing)
            self.progress(Progress("embedding", done, chunks))
        return new

    def _publish(self, made: Path, documents: int, chunks: int, kind: str, roots: Sequence[str]) -> str:
        files = seal(made)
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
        name = _name(now, digest, self.folder.names())
        self.folder.publish(made, name)
        self.folder.prune(self.keep)
        return name


def _fill(
    writer: CatalogWriter, plan: Plan, former: Snapshot | None, build: _Build, limits: Limits
) -> list[Unreadable]:
    """Take over what is unchanged, read the rest; return what couldn't be read."""
    skipped = [Unreadable(Path(file.path), file.reason) for file in plan.reuse if file.reason]
    if former:
        writer.take_over(former.folder / CATALOG, plan.reuse)
    files = tuple(file.path for file in plan.read)
    if files:
        build.progress(Progress("reading", 0, len(files), files))
    with contextlib.closing(_outcomes(plan, limits)) as outcomes:
        for done, (file, outcome) in enumerate(outcomes, start=1):
            failed = None
            if isinstance(outcome, Parsed):
                build.add(writer, file, outcome.canonical, outcome.digest)
            else:
                failed = Unreadable(Path(file.path), outcome.reason)
                skipped.append(failed)
                writer.add_file(dataclasses.replace(file, reason=outcome.reason))
            build.progress(Progress("reading", done, len(files), files, failed))
    return skipped


def _by_path(*failures: Iterable[Unreadable]) -> tuple[Unreadable, ...]:
    return tuple(sorted(chain(*failures), key=lambda failure: str(failure.path)))


def _outcomes(plan: Plan, limits: Limits) -> Generator[tuple[IndexedFile, Parsed | Unreadable], None, None]:
    with contextlib.closing(read_files([plan.found[file.path] for file in plan.read], limits)) as outcomes:
        yield from zip(plan.read, outcomes, strict=True)


def _as_unreadable_as_before(
    plan: Plan, known: Mapping[str, IndexedFile], limits: Limits, build: _Build
) -> bool:
    """Whether every file to read again, all of which couldn't be read, still can't, for the same reason."""
    files = tuple(file.path for file in plan.read)
    if files:
        build.progress(Progress("reading", 0, len(files), files))
    with contextlib.closing(_outcomes(plan, limits)) as outcomes:
        return all(
            isinstance(outcome, Unreadable) and outcome.reason == known[file.path].reason
            for file, outcome in outcomes
        )


def _vectors(writer: CatalogWriter, cache: EmbeddingCache) -> Iterator[Vectors]:
    """Every chunk's vector in the order of rows, in batches."""
    for texts in writer.embedded_texts(_BATCH):
        yield cache.get([text_key(text) for text in texts])


def _unchanged(
    former: Snapshot, reuse: Iterable[IndexedFile], begun: float, unlisted: Iterable[Unreadable] = ()
) -> Summary:
    """The index holds exactly this already."""
    manifest = former.manifest
    skipped = (Unreadable(Path(file.path), file.reason) for file in reuse if file.reason)
    return Summary(
        documents=manifest.documents,
        chunks=manifest.chunks,
        new=0,
        reused=manifest.chunks,
        skipped=_by_path(skipped, unlisted),
        seconds=time.monotonic() - begun,
        snapshot=former.name,
        changed=False,
    )


def _nothing(skipped: Sequence[Unreadable]) -> str:
    """Why there is nothing to index, in one line."""
    if not skipped:
        return "no file found to index; hidden files and symbolic links don't count. The index is as it was"
    reasons = "; ".join(f"{file.path.name} {file.reason}" for file in skipped[:3])
    if len(skipped) == 1:
        return f"{reasons}. The index is as it was"
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    return f"none of the {len(skipped)} files could be read ({reasons}{more}). The index is as it was"


def _name(now: datetime.datetime, digest: str, before: Sequence[str]) -> str:
    """``20261122T101500.123456Z-1a2b3c4d``; always after the names before it, whatever the clock does."""
    if before:
        last = datetime.datetime.strptime(before[-1].split("-")[0], _STAMP).replace(tzinfo=datetime.UTC)
        now = max(now, last + datetime.timedelta(microseconds=1))
    return f"{now.strftime(_STAMP)}-{digest[:8]}"


_STAMP = "%Y%m%dT%H%M%S.%fZ"
