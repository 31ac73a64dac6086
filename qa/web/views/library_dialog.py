"""Context of the templates of the library dialog: documents, indexing progress, and files that failed."""

from collections.abc import Sequence

from markupsafe import Markup

from qa.library.failures import FileProblem
from qa.library.indexer import IndexingStatus
from qa.library.library import LibraryEntry
from qa.library.listing import kinds_of
from qa.library.uploads import RemovedFile
from qa.web import strings
from qa.web.views.rendering import render

MAX_ENTRIES = 500
"""Entries shown at once; search finds the others."""


def library_dialog_html(
    entries: Sequence[LibraryEntry],
    status: IndexingStatus,
    extensions: Sequence[str],
    *,
    outdated: bool = False,
    may_change: bool = True,
) -> Markup:
    """
    Return the content of the dialog.

    Args:
        entries: The library's entries.
        status: What is being indexed.
        extensions: Extensions of the files that can be uploaded, with their dots.
        outdated: Whether an earlier version indexed the documents.
        may_change: Whether the person may change the library.
    """
    table = library_table_html(entries, status, outdated=outdated, may_change=may_change)
    kinds = {"": strings.ALL_FORMATS} | {kind: kind for kind in kinds_of(entries)}
    return render("library.html", table=table, extensions=extensions, kinds=kinds, may_change=may_change)


def library_table_html(
    entries: Sequence[LibraryEntry],
    status: IndexingStatus,
    search: str = "",
    *,
    outdated: bool = False,
    removed: Sequence[RemovedFile] | None = None,
    may_change: bool = True,
) -> Markup:
    """
    Return the part of the dialog that changes; the page polls for it while something is being indexed.

    Args:
        entries: The entries that match *search* and the filters.
        status: What is being indexed.
        search: The search text.
        outdated: Whether an earlier version indexed the documents.
        removed: Removed uploads and excluded files; None doesn't show them.
        may_change: Whether the person may change the library.
    """
    return render(
        "library_table.html",
        entries=entries[:MAX_ENTRIES],
        states=strings.STATES,
        status=status,
        stage=strings.STAGES.get(status.stage, status.stage.capitalize()),
        time_left=_time_left(status),
        embedded=status.done / status.total if status.stage == "embedding" and status.total else 0.0,
        search=search,
        outdated=outdated,
        removed=removed,
        may_change=may_change,
        hidden=max(0, len(entries) - MAX_ENTRIES),
    )


def rejected_html(problems: Sequence[FileProblem]) -> Markup:
    """Return the files that were rejected, with advice; empty if there are none."""
    return render("rejected.html", problems=problems)


def _time_left(status: IndexingStatus) -> str:
    if status.seconds_left is None:
        return ""
    minutes, seconds = divmod(round(status.seconds_left), 60)
    if minutes:
        return strings.MINUTES_LEFT.format(minutes=minutes)
    return strings.SECONDS_LEFT.format(seconds=max(seconds, 1))
