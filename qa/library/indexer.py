"""
Build the index of folders and uploads, at once or in the background.

The command line and the web chat both build through :class:`Indexer`, so that both include the uploads and
leave out the excluded files.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import (
    BuildResult,
    Chunking,
    Embedder,
    FootnoteError,
    IndexDir,
    Limits,
    Progress,
    build_snapshot,
)
from index.errors import IndexBusy
from qa.answering.pipeline import QAPipeline
from qa.library.failures import FileProblem
from qa.library.suggestions import make_suggestions
from qa.library.uploads import UploadStore

STAGE_WAITING, STAGE_STOPPING = "waiting", "stopping"
"""Stages in addition to those of a build: waiting for another process, and for a cancelled build to end."""

ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Indexer:
    """
    Builds one index.

    Args:
        index_dir: The index's directory.
        data_dir: The directory with uploads, conversations and accounts; never indexed.
        embedder: Turns chunks into vectors.
        chunking: How documents are divided into chunks.
        limits: Limits on each file.
        uploads: Uploaded and excluded files.
        keep_snapshots: Number of snapshots to keep.
        suggester: Answers candidates for suggested questions with the documents' own sentences.
    """

    index_dir: Path
    data_dir: Path
    embedder: Embedder
    chunking: Chunking
    limits: Limits
    uploads: UploadStore
    keep_snapshots: int
    suggester: QAPipeline

    def build(
        self,
        paths: Sequence[Path] | None = None,
        *,
        add: bool = False,
        rebuild: bool = False,
        allow_empty: bool = False,
        progress: ProgressCallback = lambda step: None,
    ) -> BuildResult:
        """
        Index these paths and the uploads, without the excluded files.

        Args:
            paths: Files and folders; None uses those of the last build. Naming an excluded file restores it;
                naming its folder doesn't.
            add: Add to the index instead of replacing its contents.
            rebuild: Read and embed everything again.
            allow_empty: Allow an index without documents.
            progress: As in :func:`index.build_snapshot`.

        Raises:
            FootnoteError: As :func:`index.build_snapshot` does; the index is unchanged.
        """
        self.uploads.restore(paths or ())
        return build_snapshot(
            self.index_dir,
            paths,
            embedder=self.embedder,
            chunking=self.chunking,
            limits=self.limits,
            selection=self.uploads.selection().without(self.data_dir),
            add=add,
            rebuild=rebuild,
            allow_empty=allow_empty,
            keep=self.keep_snapshots,
            progress=progress,
        )

    def documents_outside(self, paths: Sequence[Path]) -> int:
        """
        Return how many documents of the index are neither in *paths* nor uploads: indexing would remove them.

        Documents whose files no longer exist don't count, and an index that can't be opened has none.
        """
        roots = [path.expanduser().absolute() for path in paths]
        try:
            with IndexDir(self.index_dir).open_current() as snapshot:
                entries = snapshot.documents()
        except FootnoteError:
            return 0

        def is_outside(path: Path) -> bool:
            inside = any(path == root or root in path.parents for root in roots)
            return path.is_absolute() and path.exists() and not inside

        return sum(all(is_outside(Path(path)) for path in entry.paths) for entry in entries)

    def make_suggestions(self, progress: ProgressCallback = lambda step: None) -> None:
        """Generate suggested questions for the current snapshot; on an error the chat has none."""
        with contextlib.suppress(FootnoteError):
            make_suggestions(self.suggester, self.index_dir, progress)


@dataclass(frozen=True, slots=True)
class IndexingResult:
    """
    The result of a build.

    Args:
        message: One line for a person.
        succeeded: Whether the index is up to date; otherwise it is unchanged.
        problems: Files that couldn't be read, by path.
    """

    message: str
    succeeded: bool
    problems: tuple[FileProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexingStatus:
    """
    The status of the background indexing.

    Args:
        stage: "waiting" for another process, "reading", "embedding", "writing", "questions" (suggestions) or
            "stopping"; empty while nothing runs.
        done: Number of *total* that is done in this stage.
        total: Number of files, chunks, steps or questions.
        files: Files that this build reads, in order.
        read: Number of files that have been read; the next one is being read.
        problems: Files that couldn't be read so far.
        seconds_left: Estimated seconds until the new documents can be searched; None while unknown.
        message: Why it waits; otherwise empty.
        outcome: The result of the last build; None if there was none since the start.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    files: tuple[str, ...] = ()
    read: int = 0
    problems: tuple[FileProblem, ...] = ()
    seconds_left: float | None = None
    message: str = ""
    outcome: IndexingResult | None = None

    @property
    def busy(self) -> bool:
        """Return whether a build is running."""
        return bool(self.stage)

    @property
    def current_file(self) -> str:
        """The file that is being read; empty if none is."""
        return self.files[self.read] if self.stage == "reading" and self.read < len(self.files) else ""


class _CancelledError(Exception):
    """The build was cancelled."""


class BackgroundIndexer:
    """
    Builds in its own thread, one build at a time; a build requested meanwhile follows.

    Args:
        indexer: Builds the index.
        retry_seconds: Pause before trying again while another process is building.
    """

    def __init__(self, indexer: Indexer, retry_seconds: float = 2) -> None:
        self._indexer = indexer
        self._retry_seconds = retry_seconds
        self._changed = threading.Condition()  # its lock is reentrant: methods that hold it call _update
        self._thread: threading.Thread | None = None
        self._status = IndexingStatus()
        self._requested = self._rebuild = self._cancelled = False
        self._eta = EtaEstimator()

    def start(self, rebuild: bool = False) -> None:
        """Bring the index up to date in the background; with *rebuild* read and embed everything again."""
        with self._changed:
            self._requested, self._rebuild = True, self._rebuild or rebuild
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)
                self._update(stage="reading")
                self._thread.start()

    def cancel(self) -> None:
        """End the build after the current file or batch; the index is unchanged and uploads stay."""
        with self._changed:
            if self._thread is not None:
                self._requested, self._rebuild, self._cancelled = False, False, True
                self._update(stage=STAGE_STOPPING)

    def status(self) -> IndexingStatus:
        """Return the current status."""
        with self._changed:
            return self._status

    def watch(self) -> Iterator[IndexingStatus]:
        """Yield the status at each change until nothing runs."""
        status = None
        while status is None or status.busy:
            with self._changed:
                self._changed.wait_for(lambda seen=status: self._status is not seen)  # type: ignore[misc]
                status = self._status
            yield status

    def close(self) -> None:
        """Cancel the build and wait until its thread has ended."""
        thread = self._thread
        self.cancel()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        try:
            while (rebuild := self._next_request()) is not None:
                outcome = self._build(rebuild)
                self._update(stage=self._status.stage, outcome=outcome)
        except BaseException:  # a bug keeps its traceback; later builds are possible
            with self._changed:
                self._thread = None
                self._update(
                    outcome=IndexingResult("Indexing failed. The index is unchanged.", succeeded=False)
                )
            raise

    def _next_request(self) -> bool | None:
        """Return whether the next build is a rebuild; None if none is requested, which ends the thread."""
        with self._changed:
            if not self._requested:
                self._thread = None
                self._update()
                return None
            rebuild = self._rebuild
            self._requested = self._rebuild = self._cancelled = False
            self._update(stage="reading")
            return rebuild

    def _build(self, rebuild: bool) -> IndexingResult:
        try:
            summary = self._build_when_free(rebuild)
        except _CancelledError:
            message = "Cancelled. The index is unchanged; uploaded files are still there."
            return IndexingResult(message, succeeded=False)
        except FootnoteError as error:
            return IndexingResult(str(error), succeeded=False)
        with contextlib.suppress(_CancelledError):  # the documents are indexed already
            self._indexer.make_suggestions(self._report)
        return _to_result(summary)

    def _build_when_free(self, rebuild: bool) -> BuildResult:
        """Build; while another process is building, wait and try again."""
        while True:
            try:
                return self._indexer.build(rebuild=rebuild, allow_empty=True, progress=self._report)
            except IndexBusy as busy:
                message = f"{busy}. Trying again."
            with self._changed:
                self._update(stage=STAGE_WAITING, message=message)
                if self._changed.wait_for(lambda: self._cancelled, self._retry_seconds):
                    raise _CancelledError

    def _report(self, step: Progress) -> None:
        """Update the status from the progress of the build."""
        with self._changed:
            if self._cancelled:
                raise _CancelledError
            before = self._status
            files = step.files or before.files
            problems = before.problems
            if step.failed:
                problems = (*problems, FileProblem(str(step.failed.path), step.failed.failure))
            self._update(
                stage=step.stage,
                done=step.done,
                total=step.total,
                files=files,
                read=step.done if step.stage == "reading" else len(files),
                problems=problems,
                seconds_left=self._eta.seconds_left(step, len(files), time.monotonic()),
            )

    def _update(self, **fields: Any) -> None:
        """Replace the status; the last build's result stays until the next build ends."""
        with self._changed:
            self._status = IndexingStatus(**{"outcome": self._status.outcome, **fields})
            self._changed.notify_all()


class EtaEstimator:
    """Estimates the remaining time of a build from the speed of its stages."""

    def __init__(self) -> None:
        self._stage = ""
        self._started_at = 0.0
        # All files are read before any is embedded, so reading uses the speed of the last build's embedding.
        self._embedding_seconds_per_file: float | None = None

    def seconds_left(self, step: Progress, files: int, now: float) -> float | None:
        """
        Return the seconds until the new documents can be searched; None while unknown.

        Args:
            step: The progress of the build.
            files: Number of files that the build reads.
            now: The time of a monotonic clock, in seconds.
        """
        if step.stage != self._stage:
            self._stage, self._started_at = step.stage, now
        if step.stage not in ("reading", "embedding") or not step.done:
            return None
        left = (now - self._started_at) / step.done * (step.total - step.done)
        if step.stage == "reading":
            return (
                None
                if self._embedding_seconds_per_file is None
                else left + files * self._embedding_seconds_per_file
            )
        if step.done == step.total and files:
            self._embedding_seconds_per_file = (now - self._started_at) / files
        return left


def _to_result(summary: BuildResult) -> IndexingResult:
    contents = f"{plural(summary.documents, 'document')}, {plural(summary.chunks, 'passage')}"
    skipped = summary.skipped
    partly = sum(file.failure.info.is_partial for file in skipped)
    failed = f"; {plural(len(skipped) - partly, 'file')} couldn't be read" if len(skipped) > partly else ""
    failed += f"; {plural(partly, 'file')} could be read only in part" if partly else ""
    problems = tuple(FileProblem(str(file.path), file.failure) for file in skipped)
    return IndexingResult(f"{contents}{failed}.", succeeded=True, problems=problems)


def plural(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 file``, ``2 files``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
