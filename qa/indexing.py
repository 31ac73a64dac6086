"""
Building the index as the settings and the shelf say: at once, or in the background while the chat goes on.

The command line and the web chat both build through :func:`index_paths`, so that neither loses what the
other one knows of: the folders, the files given to the chat, the files left out.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import FootnoteError, Progress, Summary, build_snapshot
from index.errors import IndexBusy
from qa import wiring
from qa.starters import make_starters
from qa.wiring import Services

WAITING, STOPPING = "waiting", "stopping"
"""Stages beside those of a build: for another process, and for the end of a cancelled build."""

Report = Callable[[Progress], None]


def index_paths(
    services: Services,
    paths: Sequence[Path] | None = None,
    *,
    add: bool = False,
    rebuild: bool = False,
    may_be_empty: bool = False,
    progress: Report = lambda step: None,
) -> Summary:
    """
    Make the index hold these paths and what was given to the chat, but not what was left out.

    Args:
        services: What embeds, and the settings.
        paths: Files and folders; None means the last ones again. A file that was left out comes back when it
            is named, but not with its folder.
        add: Keep what is there besides.
        rebuild: Read and embed everything again.
        may_be_empty: Whether an index without a document is fine, too.
        progress: As in :func:`index.build_snapshot`.

    Raises:
        FootnoteError: As :func:`index.build_snapshot` does; the index is as it was.
    """
    settings, shelf = services.settings, wiring.shelf_of(services.settings)
    shelf.bring_back(paths or ())
    return build_snapshot(
        settings.index_dir,
        paths,
        embedder=services.embedder,
        chunking=wiring.chunking_of(settings),
        limits=wiring.limits_of(settings),
        picked=shelf.picked().without(settings.data_dir),
        add=add,
        rebuild=rebuild,
        may_be_empty=may_be_empty,
        keep=settings.keep_snapshots,
        progress=progress,
    )


def find_starters(services: Services, progress: Report = lambda step: None) -> None:
    """Find questions to start with over what is indexed now; where that fails the chat offers none."""
    with contextlib.suppress(FootnoteError):
        make_starters(wiring.quoting(services), services.settings.index_dir, progress)


@dataclass(frozen=True, slots=True)
class Problem:
    """
    A file that isn't in the index, in plain words.

    Args:
        label: Its path, or the label it was given under.
        reason: Why not; continues "the file ...".
        advice: What to do about it.
    """

    label: str
    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How a build ended.

    Args:
        message: In one line, for a person.
        succeeded: Whether the index now holds what it should; otherwise it is as it was.
        problems: Files that couldn't be read, by path.
    """

    message: str
    succeeded: bool
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
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
    problems: tuple[Problem, ...] = ()
    seconds_left: float | None = None
    message: str = ""
    outcome: Outcome | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is being done."""
        return bool(self.stage)

    @property
    def in_hand(self) -> str:
        """The file that is being read; empty if none is."""
        return self.files[self.read] if self.stage == "reading" and self.read < len(self.files) else ""


class _CancelledError(Exception):
    """A person wants no more of this build."""


class BackgroundIndexer:
    """
    Builds in a thread of its own, one build at a time; what is asked for meanwhile is done after it.

    Args:
        services: What embeds, and the settings.
        retry_seconds: Pause before trying again when another process is building.
    """

    def __init__(self, services: Services, retry_seconds: float = 2) -> None:
        self._services = services
        self._retry_seconds = retry_seconds
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._work = Work()
        self._wanted = self._rebuild = self._cancelled = False
        self._pace = Pace()

    def begin(self, rebuild: bool = False) -> None:
        """Bring the index up to date in the background; with *rebuild* read and embed everything again."""
        with self._changed:
            self._wanted, self._rebuild = True, self._rebuild or rebuild
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)
                self._tell(stage="reading")
                self._thread.start()

    def cancel(self) -> None:
        """End the build after the file or batch in hand; the index is as it was, what was given is kept."""
        with self._changed:
            if self._thread is not None:
                self._wanted, self._rebuild, self._cancelled = False, False, True
                self._tell(stage=STOPPING)

    def work(self) -> Work:
        """What is being done now."""
        with self._changed:
            return self._work

    def watch(self) -> Iterator[Work]:
        """What is being done, at each change, until nothing is."""
        shown = None
        while shown is None or shown.busy:
            with self._changed:
                self._changed.wait_for(lambda seen=shown: self._work is not seen)  # type: ignore[misc]
                shown = self._work
            yield shown

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
                self._tell(stage=self._work.stage, outcome=outcome)
        except BaseException:  # a mistake in the program keeps its traceback, and is no end to indexing
            with self._changed:
                self._thread = None
                self._tell(outcome=Outcome("Indexing broke off; the index is as it was.", succeeded=False))
            raise

    def _next(self) -> bool | None:
        """Whether the next build is a rebuild; None if none is wanted, and then the thread ends."""
        with self._changed:
            if not self._wanted:
                self._thread = None
                self._tell()
                return None
            rebuild = self._rebuild
            self._wanted = self._rebuild = self._cancelled = False
            self._tell(stage="reading")
            return rebuild

    def _build(self, rebuild: bool) -> Outcome:
        try:
            summary = self._built(rebuild)
        except _CancelledError:
            message = "Stopped. The index is as it was; files that were given are kept."
            return Outcome(message, succeeded=False)
        except FootnoteError as error:
            return Outcome(str(error), succeeded=False)
        with contextlib.suppress(_CancelledError):  # the documents are there by now
            find_starters(self._services, self._report)
        return _outcome(summary)

    def _built(self, rebuild: bool) -> Summary:
        """Build; while another process does, wait and try again."""
        while True:
            try:
                return index_paths(self._services, rebuild=rebuild, may_be_empty=True, progress=self._report)
            except IndexBusy as busy:
                message = f"{busy}. Trying again."
            with self._changed:
                self._tell(stage=WAITING, message=message)
                if self._changed.wait_for(lambda: self._cancelled, self._retry_seconds):
                    raise _CancelledError

    def _report(self, step: Progress) -> None:
        """Called by the build, from its thread."""
        with self._changed:
            if self._cancelled:
                raise _CancelledError
            before = self._work
            files = step.files or before.files
            problems = before.problems
            if step.failed:
                problems = (*problems, problem(str(step.failed.path), step.failed.reason))
            self._tell(
                stage=step.stage,
                done=step.done,
                total=step.total,
                files=files,
                read=step.done if step.stage == "reading" else len(files),
                problems=problems,
                seconds_left=self._pace.seconds_left(step, len(files), time.monotonic()),
            )

    def _tell(self, **fields: Any) -> None:
        """Show something else; how the last build ended stays until the next one has."""
        with self._changed:
            self._work = Work(**{"outcome": self._work.outcome, **fields})
            self._changed.notify_all()


class Pace:
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


def problem(label: str, reason: str) -> Problem:
    """A file that can't be read, with what to do about it."""
    advice = next((advice for sign, advice in _ADVICE if sign in reason), _OTHERWISE)
    return Problem(label, reason, advice)


_OTHERWISE = "Open it in the program it comes from, save it anew, and add that."
_ADVICE = (
    ("is damaged", _OTHERWISE),  # whatever the library's words, which follow, have in them
    ("is empty", "Give one with something in it."),
    ("; save it", "Then add it again."),
    ("password", "Save it without a password, and add it again."),
    ("DRM", "Get a copy without copy protection."),
    ("OCR", "Recognise its text, and add the result."),
    ("no text", "If it is a scan, run text recognition (OCR) on it first."),
    ("larger than the limit", "Split it, or raise the setting max_file_mb."),
    ("unpacks to", "Split it, or raise the setting max_expanded_mb."),
    ("; the limit is", "Split it, or raise the setting max_file_mb."),
    ("pages, more than", "Split it, or raise the setting max_pages."),
    ("took longer", "Split it, or raise the setting parse_seconds."),
    ("of memory", "Split it, or raise the setting parse_memory_mb."),
    ("is not a format", "Save it as PDF, Word or plain text, and add that."),
    ("is not of a type", "Save it as one of these, and add that."),
    ("UTF-8", "Save it as UTF-8, and add it again."),
    ("encoding", "Save it as UTF-8, and add it again."),
    ("can't be looked into", "See whether it is still there and may be read, and index again."),
    ("can't be opened", "See whether it is still there and may be read."),
    ("can't be kept", "Make room on the disk, and add it again."),
    ("is one too many", "Remove some first, or raise the setting max_uploads."),
    ("files that one person may add", "Remove some of yours first, or raise the setting max_uploads_each."),
    ("MB that one person may add", "Remove some of yours first, or raise the setting max_uploads_each_mb."),
    ("MB that all may add together", "Remove some first, or raise the setting max_uploads_mb."),
    ("cut short", "Get the whole file again."),
    ("JSON", "Put it right in an editor, or add it as a text file."),
)


def _outcome(summary: Summary) -> Outcome:
    held = f"{counted(summary.documents, 'document')}, {counted(summary.chunks, 'passage')}"
    skipped = summary.skipped
    failed = f"; {counted(len(skipped), 'file')} couldn't be read" if skipped else ""
    problems = tuple(problem(str(file.path), file.reason) for file in skipped)
    return Outcome(f"{held}{failed}.", succeeded=True, problems=problems)


def counted(number: int, noun: str) -> str:
    """``counted(1, "file")`` is ``1 file``; ``counted(2, "file")`` is ``2 files``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
