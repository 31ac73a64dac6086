"""HTML of the library dialog: documents, indexing progress, and files that couldn't be read."""

from collections.abc import Sequence
from pathlib import PurePath

from qa.library.failures import FileProblem
from qa.library.indexer import IndexingResult, IndexingStatus
from qa.library.library import FileState, LibraryEntry
from qa.web import strings
from qa.web.views.html import button, element, escape, plural, void

_STAGES = {
    "waiting": strings.STAGE_WAITING,
    "reading": strings.STAGE_READING,
    "embedding": strings.STAGE_EMBEDDING,
    "writing": strings.STAGE_WRITING,
    "questions": strings.STAGE_QUESTIONS,
    "stopping": strings.STAGE_STOPPING,
}
_STATES = {
    FileState.INDEXED: strings.STATE_INDEXED,
    FileState.WAITING: strings.STATE_WAITING,
    FileState.READING: strings.STATE_READING,
    FileState.READ: strings.STATE_READ,
    FileState.FAILED: strings.STATE_FAILED,
    FileState.REMOVING: strings.STATE_REMOVING,
}
# Attributes named data_... are read by static/page.js.
_POST = {"method": "post", "data_swap": "", "data_target": "#library-table"}
_OUTDATED = element("p", strings.OUTDATED, class_="fn-muted")
MAX_ENTRIES = 500
"""Entries shown at once; search finds the others."""


def library_dialog_html(
    entries: Sequence[LibraryEntry],
    status: IndexingStatus,
    extensions: Sequence[str],
    *,
    outdated: bool = False,
) -> str:
    """
    Return the content of the dialog.

    Args:
        entries: The library's entries.
        status: What is being indexed.
        extensions: Extensions of the files that can be uploaded, with their dots.
        outdated: Whether an earlier version indexed the documents.
    """
    close = button(strings.CLOSE, class_="fn-close", data_close="")
    header = element("header", element("h2", strings.DOCUMENTS, id="library-title") + close)
    table = library_table_html(entries, status, outdated=outdated)
    return header + _upload_area(extensions) + _toolbar() + table


def library_table_html(
    entries: Sequence[LibraryEntry], status: IndexingStatus, search: str = "", *, outdated: bool = False
) -> str:
    """
    Return the part of the dialog that changes; the page polls for it while something is being indexed.

    Args:
        entries: The entries that match *search*.
        status: What is being indexed.
        search: The search text.
        outdated: Whether an earlier version indexed the documents.
    """
    rows = "".join(_row(entry, status) for entry in entries[:MAX_ENTRIES])
    empty = strings.NO_DOCUMENTS_FOUND if search else strings.NO_DOCUMENTS
    table = _table(rows) if rows else element("p", empty, class_="fn-muted")
    hidden = len(entries) - MAX_ENTRIES
    more = strings.MORE_DOCUMENTS_FOUND.format(documents=plural(hidden, "document"))
    content = (
        indexing_status_html(status)
        + (_OUTDATED if outdated and not status.busy else "")
        + table
        + (element("p", more, class_="fn-muted") if hidden > 0 else "")
    )
    polling = {"data_poll": "/library/table"} if status.busy else {}
    return element("div", content, id="library-table", **polling)


def indexing_status_html(status: IndexingStatus) -> str:
    """Return the progress of indexing, or how the last run ended; empty before the first one."""
    if not status.busy:
        return _indexing_result(status.outcome) if status.outcome else ""
    done = f"{status.done:,} of {status.total:,}" if status.total else ""
    text = " · ".join(
        part for part in (_stage(status), done, _time_left(status), escape(status.message)) if part
    )
    bar = element(
        "progress", "", value=str(status.done), max=str(max(status.total, 1)), aria_label=strings.PROGRESS
    )
    cancel = element("form", button(strings.CANCEL, type="submit"), action="/library/cancel", **_POST)
    content = element("p", text, role="status") + bar + cancel + _problems(status.problems)
    return element("div", content, class_="fn-indexing")


def rejected_html(problems: Sequence[FileProblem]) -> str:
    """Return the files that were rejected, with advice; empty if there are none."""
    return element("div", _problems(problems), class_="fn-rejected", role="alert") if problems else ""


def _upload_area(extensions: Sequence[str]) -> str:
    files = void("input", type="file", multiple="", accept=",".join(extensions), data_upload="")
    folder = void("input", type="file", webkitdirectory="", data_upload="")
    buttons = "".join(
        element("label", label + field, class_="fn-file-button")
        for label, field in ((strings.CHOOSE_FILES, files), (strings.CHOOSE_FOLDER, folder))
    )
    names = escape(", ".join(extension.removeprefix(".") for extension in extensions))
    content = (
        element("p", strings.DROP_FILES)
        + element("div", buttons, class_="fn-file-buttons")
        + element("p", strings.SUPPORTED_TYPES.format(types=names), class_="fn-muted")
        + element("div", "", id="upload-progress", aria_live="polite")
    )
    return element("div", content, class_="fn-drop-area", data_drop="")


def _toolbar() -> str:
    field = void(
        "input", type="search", name="search", placeholder=strings.SEARCH_DOCUMENTS,
        aria_label=strings.SEARCH_DOCUMENTS, autocomplete="off",
    )  # fmt: skip
    search = element(
        "form",
        field,
        role="search",
        action="/library/table",
        data_swap="",
        data_submit_on_input="",
        data_target="#library-table",
    )
    refresh = element(
        "form", button(strings.CHECK_FOR_CHANGES, type="submit"), action="/library/refresh", **_POST
    )
    rebuild = element("form", button(strings.REINDEX, type="submit"), action="/library/rebuild", **_POST)
    return element("div", search + refresh + rebuild, class_="fn-library-toolbar")


def _table(rows: str) -> str:
    unnamed = element("span", strings.REMOVE, class_="fn-visually-hidden")
    head = "".join(element("th", name, scope="col") for name in (*strings.TABLE_HEAD, unnamed))
    return element("table", element("thead", element("tr", head)) + element("tbody", rows))


def _row(entry: LibraryEntry, status: IndexingStatus) -> str:
    path = entry.paths[0] if entry.is_upload else _short_path(entry.paths[0])
    heading = (
        element("bdi", escape(entry.title), class_="fn-title")
        + element("span", element("bdi", escape(path)), class_="fn-path")
        + _problem(entry.problem)
    )
    state = _STATES[entry.state] + _entry_progress(entry, status)
    cells = (
        element("th", heading, scope="row"),
        element("td", escape(entry.kind)),
        element("td", f"{entry.pages:,}" if entry.pages else "–", class_="fn-numeric"),
        element("td", f"{entry.passages:,}" if entry.passages else "–", class_="fn-numeric"),
        element("td", entry.changed.strftime("%Y-%m-%d") if entry.changed else "–"),
        element("td", state, class_=f"fn-state fn-state-{entry.state.value}"),
        element("td", _remove_form(entry)),
    )
    return element("tr", "".join(cells))


def _entry_progress(entry: LibraryEntry, status: IndexingStatus) -> str:
    """
    Return the progress bar of a file that is being indexed.

    How long reading a file takes isn't known. Files that were read are embedded together, so they share the
    progress of the embedding.
    """
    label = {"aria_label": strings.PROGRESS_OF.format(title=entry.title)}
    if entry.state is FileState.READING:
        return element("progress", "", **label)
    if entry.state is not FileState.READ:
        return ""
    done = status.done / status.total if status.stage == "embedding" and status.total else 0
    time_left = element("small", _time_left(status)) if done else ""
    return element("progress", "", value=f"{done:.2f}", max="1", **label) + time_left


def _short_path(path: str) -> str:
    """Return a file's name and its folder's; the page doesn't show where files are on the server."""
    return "/".join(PurePath(path).parts[-2:])


def _remove_form(entry: LibraryEntry) -> str:
    if entry.state is FileState.REMOVING:
        return ""
    key = void("input", type="hidden", name="key", value=entry.key)
    text = strings.REMOVE if entry.is_upload else strings.EXCLUDE
    label = (strings.REMOVE_NAMED if entry.is_upload else strings.EXCLUDE_NAMED).format(title=entry.title)
    remove = button(text, type="submit", aria_label=label)
    return element("form", key + remove, action="/library/remove", **_POST)


def _problem(problem: FileProblem | None) -> str:
    if problem is None:
        return ""
    text = f"The file {problem.reason}. {problem.advice}".strip()
    return element("p", escape(text), class_="fn-problem")


def _problems(problems: Sequence[FileProblem]) -> str:
    items = "".join(
        element(
            "li",
            element("bdi", escape(_short_path(problem.label)))
            + " "
            + escape(f"{problem.reason}. {problem.advice}"),
        )
        for problem in problems
    )
    return element("ul", items, class_="fn-problems") if items else ""


def _indexing_result(result: IndexingResult) -> str:
    text = element("p", escape(result.message), role="status")
    class_ = "fn-result" if result.succeeded else "fn-result fn-failed"
    return element("div", text + _problems(result.problems), class_=class_)


def _stage(status: IndexingStatus) -> str:
    stage = escape(_STAGES.get(status.stage, status.stage.capitalize()))
    if not status.current_file:
        return stage
    return f"{stage} {element('bdi', escape(_short_path(status.current_file)))}"


def _time_left(status: IndexingStatus) -> str:
    if status.seconds_left is None:
        return ""
    minutes, seconds = divmod(round(status.seconds_left), 60)
    if minutes:
        return strings.MINUTES_LEFT.format(minutes=minutes)
    return strings.SECONDS_LEFT.format(seconds=max(seconds, 1))
