"""Pure: the library panel as HTML: what there is, what is on its way, what went wrong and what to do."""

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
_POST = {"method": "post", "data_swap": "", "data_target": "#library-table"}
_OUTDATED = element("p", strings.OUTDATED, kind="none")
MAX_ENTRIES = 500
"""Entries shown at once; the search finds the others."""


def library_dialog_html(
    entries: Sequence[LibraryEntry], status: IndexingStatus, types: Sequence[str], *, outdated: bool = False
) -> str:
    """
    The whole panel; *types* are the endings of files that are taken, the rest is
    :func:`library_table_html`'s.
    """
    close = button(strings.CLOSE, kind="close", data_close="")
    head = element("header", element("h2", strings.DOCUMENTS, id="library-title") + close)
    return (
        head + _upload_area(types) + _search_form() + library_table_html(entries, status, outdated=outdated)
    )


def library_table_html(
    entries: Sequence[LibraryEntry], status: IndexingStatus, search: str = "", *, outdated: bool = False
) -> str:
    """
    What changes while the panel is open; it asks for itself again while anything is being done.

    Args:
        entries: The library's, as searched for.
        status: What is being done.
        search: What was searched for.
        outdated: Whether an earlier Footnote read the documents.
    """
    rows = "".join(_row(entry, status) for entry in entries[:MAX_ENTRIES])
    none = strings.NO_DOCUMENTS_FOUND if search else strings.NO_DOCUMENTS
    table = _table(rows) if rows else element("p", none, kind="none")
    further = len(entries) - MAX_ENTRIES
    more = (
        element("p", strings.MORE_DOCUMENTS_FOUND.format(documents=plural(further, "document")), kind="none")
        if further > 0
        else ""
    )
    asks_again = {"data_poll": "/library/table"} if status.busy else {}
    hint = _OUTDATED if outdated and not status.busy else ""
    return element(
        "div", indexing_status_html(status) + hint + table + more, id="library-table", **asks_again
    )


def indexing_status_html(status: IndexingStatus) -> str:
    """What is being done, how far it is, and how the last build ended."""
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
    failed = _problems(status.problems)
    return element("div", element("p", text, role="status") + bar + cancel + failed, kind="work")


def rejected_html(problems: Sequence[FileProblem]) -> str:
    """Files that were not taken, with what to do; empty if all were."""
    return element("div", _problems(problems), kind="refused", role="alert") if problems else ""


def _upload_area(types: Sequence[str]) -> str:
    accept = ",".join(types)
    files = element(
        "label",
        strings.CHOOSE_FILES + void("input", type="file", multiple="", accept=accept, data_upload=""),
        kind="choose",
    )
    folder = element(
        "label",
        strings.CHOOSE_FOLDER + void("input", type="file", webkitdirectory="", data_upload=""),
        kind="choose",
    )
    text = element("p", strings.DROP_FILES)
    names = escape(", ".join(each.removeprefix(".") for each in types))
    supported = element("p", strings.SUPPORTED_TYPES.format(types=names), kind="none")
    upload_progress = element("div", "", id="upload-progress", aria_live="polite")
    choose = element("div", files + folder, kind="choices")
    return element("div", text + choose + supported + upload_progress, kind="drop", data_drop="")


def _search_form() -> str:
    field = void(
        "input", type="search", name="search", placeholder=strings.SEARCH_DOCUMENTS,
        aria_label=strings.SEARCH_DOCUMENTS, autocomplete="off",
    )  # fmt: skip
    find = element(
        "form",
        field,
        role="search",
        action="/library/table",
        data_swap="",
        data_live="",
        data_target="#library-table",
    )
    again = element(
        "form", button(strings.CHECK_FOR_CHANGES, type="submit"), action="/library/refresh", **_POST
    )
    rebuild = element("form", button(strings.REINDEX, type="submit"), action="/library/rebuild", **_POST)
    return element("div", find + again + rebuild, kind="finding")


def _table(rows: str) -> str:
    names = (*strings.TABLE_HEAD, "")
    head = "".join(element("th", name or _visually_hidden(strings.REMOVE), scope="col") for name in names)
    return element("table", element("thead", element("tr", head)) + element("tbody", rows))


def _row(entry: LibraryEntry, status: IndexingStatus) -> str:
    path = element(
        "span",
        element("bdi", escape(entry.paths[0] if entry.is_upload else _short(entry.paths[0]))),
        kind="path",
    )
    title = element("bdi", escape(entry.title), kind="name")
    cells = (
        element("th", title + path + _why(entry.problem), scope="row"),
        element("td", escape(entry.kind)),
        element("td", f"{entry.pages:,}" if entry.pages else "–", kind="figure"),
        element("td", f"{entry.passages:,}" if entry.passages else "–", kind="figure"),
        element("td", entry.changed.strftime("%Y-%m-%d") if entry.changed else "–"),
        element(
            "td", _STATES[entry.state] + _entry_progress(entry, status), kind=f"state {entry.state.value}"
        ),
        element("td", _removal(entry)),
    )
    return element("tr", "".join(cells))


def _entry_progress(entry: LibraryEntry, status: IndexingStatus) -> str:
    """How far a file on its way is: nobody knows while it is read; all that are read get there together."""
    name = {"aria_label": strings.PROGRESS_OF.format(title=entry.title)}
    if entry.state is FileState.READING:
        return element("progress", "", **name)
    if entry.state is not FileState.READ:
        return ""
    done = status.done / status.total if status.stage == "embedding" and status.total else 0
    left = element("small", _time_left(status)) if done else ""
    return element("progress", "", value=f"{done:.2f}", max="1", **name) + left


def _short(path: str) -> str:
    """The file and the folder it lies in; the reader of the page needn't know where on the machine."""
    return "/".join(PurePath(path).parts[-2:])


def _removal(entry: LibraryEntry) -> str:
    if entry.state is FileState.REMOVING:
        return ""
    hidden = void("input", type="hidden", name="key", value=entry.key)
    name = strings.REMOVE_NAMED if entry.is_upload else strings.EXCLUDE_NAMED
    label = strings.REMOVE if entry.is_upload else strings.EXCLUDE
    return element(
        "form",
        hidden + button(label, type="submit", aria_label=name.format(title=entry.title)),
        action="/library/remove",
        **_POST,
    )


def _why(problem: FileProblem | None) -> str:
    if problem is None:
        return ""
    text = f"The file {problem.reason}. {problem.advice}".strip()
    return element("p", escape(text), kind="problem")


def _problems(problems: Sequence[FileProblem]) -> str:
    items = "".join(
        element(
            "li", element("bdi", escape(_short(each.label))) + " " + escape(f"{each.reason}. {each.advice}")
        )
        for each in problems
    )
    return element("ul", items, kind="problems") if items else ""


def _indexing_result(outcome: IndexingResult) -> str:
    kind = "outcome" if outcome.succeeded else "outcome failed"
    text = element("p", escape(outcome.message), role="status")
    return element("div", text + _problems(outcome.problems), kind=kind)


def _stage(status: IndexingStatus) -> str:
    stage = _STAGES.get(status.stage, status.stage.capitalize())
    return (
        f"{escape(stage)} {element('bdi', escape(_short(status.current_file)))}"
        if status.current_file
        else escape(stage)
    )


def _time_left(status: IndexingStatus) -> str:
    if status.seconds_left is None:
        return ""
    minutes, seconds = divmod(round(status.seconds_left), 60)
    return (
        strings.MINUTES_LEFT.format(minutes=minutes)
        if minutes
        else strings.SECONDS_LEFT.format(seconds=max(seconds, 1))
    )


def _visually_hidden(text: str) -> str:
    return element("span", text, kind="unseen")
