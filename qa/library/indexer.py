"""
Building the index as the settings and the shelf say: at once, or in the background while the chat goes on.

The command line and the web chat both build through :class:`Indexer`, so that neither loses what the
other one knows of: the folders, the files given to the chat, the files left out.
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
"""Stages beside those of a build: for another process, and for the end of a cancelled build."""

ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Indexer:
    """
    Builds one index.

    Args:
        index_dir: The index's directory.
        data_dir: The directory of what can't be made again; never indexed.
        embedder: Turns chunks into vectors.
        chunking: How documents are cut.
        limits: On each file.
        uploads: Files given to the chat, and files left out.
        keep_snapshots: Snapshots that stay.
        suggester: Answers suggested questions, in the documents' own sentences.
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
        Make the index hold these paths and what was given to the chat, but not what was left out.

        Args:
            paths: Files and folders; None means the last ones again. A file that was left out comes back when
                it is named, but not with its folder.
            add: Keep what is there besides.
            rebuild: Read and embed everything again.
            allow_empty: Whether an index without a document is fine, too.
            progress: As in :func:`index.build_snapshot`.

        Raises:
            FootnoteError: As :func:`index.build_snapshot` does; the index is as it was.
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
        """Find questions to start with over what is indexed now; where that fails the chat offers none."""
        with contextlib.suppress(FootnoteError):
            make_suggestions(self.suggester, self.index_dir, progress)


@dataclass(frozen=True, slots=True)
class IndexingResult:
    """
    How a build ended.

    Args:
        message: In one line, for a person.
        succeeded: Whether the index now holds what it should; otherwise it is as it was.
        problems: Files that couldn't be read, by path.
    """

    message: str
    succeeded: bool
    problems: tuple[FileProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexingStatus:
    """
    What is being done in the background at one moment.

    Args:
        stage: "waiting" for another process, "reading", "embedding", "writing", "questions" for starters,
            "stopping"; empty when nothing is done.
        done: Of *total*, in this stage.
        total: Files, chunks, steps or questions.
        files: Everything that is read in this build, in order.
        read: How many of them have been read; the next one is in hand.
        problems: Those that couldn't be read so far.
        seconds_left: Until the new documents answer, from the speed so far; None while that isn't known.
        message: Why it waits; otherwise empty.
        outcome: How the last build ended; None if there was none since the start.
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
        """Whether anything is being done."""
        return bool(self.stage)

    @property
    def current_file(self) -> str:
        """The file that is being read; empty if none is."""
        return self.files[self.read] if self.stage == "reading" and self.read < len(self.files) else ""


class _CancelledError(Exception):
    """A person wants no more of this build."""


class BackgroundIndexer:
    """
    Builds in a thread of its own, one build at a time; what is asked for meanwhile is done after it.

    Args:
        indexer: Builds.
        retry_seconds: Pause before trying again when another process is building.
    """

    def __init__(self, indexer: Indexer, retry_seconds: float = 2) -> None:
        self._indexer = indexer
        self._retry_seconds = retry_seconds
        self._changed = threading.Condition()
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
        """End the build after the file or batch in hand; the index is as it was, what was given is kept."""
        with self._changed:
            if self._thread is not None:
                self._requested, self._rebuild, self._cancelled = False, False, True
                self._update(stage=STAGE_STOPPING)

    def status(self) -> IndexingStatus:
        """What is being done now."""
        with self._changed:
            return self._status

    def watch(self) -> Iterator[IndexingStatus]:
        """What is being done, at each change, until nothing is."""
        status = None
        while status is None or status.busy:
            with self._changed:
                self._changed.wait_for(lambda seen=status: self._status is not seen)  # type: ignore[misc]
                status = self._status
            yield status

    def close(self) -> None:
        """Cancel, and wait for the thread's end."""
        thread = self._thread
        self.cancel()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        try:
            while (rebuild := self._next()) is not None:
                outcome = self._build(rebuild)
                self._update(stage=self._status.stage, outcome=outcome)
        except BaseException:  # a mistake in the program keeps its traceback, and is no end to indexing
            with self._changed:
                self._thread = None
                self._update(
                    outcome=IndexingResult("Indexing failed. The index is unchanged.", succeeded=False)
                )
            raise

    def _next(self) -> bool | None:
        """Whether the next build is a rebuild; None if none is wanted, and then the thread ends."""
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
        with contextlib.suppress(_CancelledError):  # the documents are there by now
            self._indexer.make_suggestions(self._report)
        return _to_result(summary)

    def _build_when_free(self, rebuild: bool) -> BuildResult:
        """Build; while another process does, wait and try again."""
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
        """Called by the build, from its thread."""
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
        """Show something else; how the last build ended stays until the next one has."""
        with self._changed:
            self._status = IndexingStatus(**{"outcome": self._status.outcome, **fields})
            self._changed.notify_all()


class EtaEstimator:
    """Measures how fast stages go, and says how long the rest will take."""

    def __init__(self) -> None:
        self._stage = ""
        self._begun = 0.0
        self._embedding_a_file: float | None = None

    def seconds_left(self, step: Progress, files: int, now: float) -> float | None:
        """
        Seconds until the new documents answer; None while that can't be known.

        Args:
            step: How far the build is.
            files: How many files are read in this build.
            now: A clock's seconds.
        """
        if step.stage != self._stage:
            self._stage, self._begun = step.stage, now
        if step.stage not in ("reading", "embedding") or not step.done:
            return None
        left = (now - self._begun) / step.done * (step.total - step.done)
        if step.stage == "reading":
            return None if self._embedding_a_file is None else left + files * self._embedding_a_file
        if step.done == step.total and files:
            self._embedding_a_file = (now - self._begun) / files
        return left


def _to_result(summary: BuildResult) -> IndexingResult:
    contents = f"{plural(summary.documents, 'document')}, {plural(summary.chunks, 'passage')}"
    skipped = summary.skipped
    failed = f"; {plural(len(skipped), 'file')} couldn't be read" if skipped else ""
    problems = tuple(FileProblem(str(file.path), file.failure) for file in skipped)
    return IndexingResult(f"{contents}{failed}.", succeeded=True, problems=problems)


def plural(number: int, noun: str) -> str:
    """``plural(1, "file")`` is ``1 file``; ``plural(2, "file")`` is ``2 files``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
