"""Pure: the library panel as HTML: what there is, what is on its way, what went wrong and what to do."""

from collections.abc import Sequence
from pathlib import PurePath

from qa.indexing import Outcome, Problem, Work
from qa.library import Entry, State
from qa.web.view import button, count, element, escaped, void

_STAGES = {
    "waiting": "Waiting",
    "reading": "Reading",
    "embedding": "Embedding",
    "writing": "Writing",
    "questions": "Looking for questions to begin with",
    "stopping": "Stopping",
}
_STATES = {
    State.INDEXED: "indexed",
    State.WAITING: "waits",
    State.READING: "being read",
    State.READ: "read",
    State.FAILED: "not readable",
    State.LEAVING: "being removed",
}
_POST = {"method": "post", "data_swap": "", "data_into": "#shelf"}
_OUTDATED = element(
    "p",
    "An earlier Footnote read these documents. “Look for changes” reads them again, as well as it can now.",
    kind="none",
)
MOST = 500
"""Entries shown at once; the search finds the others."""


def panel_html(entries: Sequence[Entry], work: Work, types: Sequence[str], *, outdated: bool = False) -> str:
    """The whole panel; *types* are the endings of files that are taken, the rest is :func:`shelf_html`'s."""
    close = button("Close", kind="close", data_close="")
    head = element("header", element("h2", "Documents", id="library-title") + close)
    return head + _giving(types) + _finding() + shelf_html(entries, work, outdated=outdated)


def shelf_html(entries: Sequence[Entry], work: Work, search: str = "", *, outdated: bool = False) -> str:
    """
    What changes while the panel is open; it asks for itself again while anything is being done.

    Args:
        entries: The library's, as searched for.
        work: What is being done.
        search: What was searched for.
        outdated: Whether an earlier Footnote read the documents.
    """
    rows = "".join(_row(entry, work) for entry in entries[:MOST])
    none = "No document has these words." if search else "There are no documents yet."
    table = _table(rows) if rows else element("p", none, kind="none")
    further = len(entries) - MOST
    more = (
        element("p", f"{count(further, 'document')} more; search for them", kind="none")
        if further > 0
        else ""
    )
    asks_again = {"data_poll": "/library/shelf"} if work.busy else {}
    hint = _OUTDATED if outdated and not work.busy else ""
    return element("div", work_html(work) + hint + table + more, id="shelf", **asks_again)


def work_html(work: Work) -> str:
    """What is being done, how far it is, and how the last build ended."""
    if not work.busy:
        return _outcome(work.outcome) if work.outcome else ""
    done = f"{work.done:,} of {work.total:,}" if work.total else ""
    said = " · ".join(part for part in (_stage(work), done, _left(work), escaped(work.message)) if part)
    bar = element("progress", "", value=str(work.done), max=str(max(work.total, 1)), aria_label="Progress")
    cancel = element("form", button("Cancel", type="submit"), action="/library/cancel", **_POST)
    failed = _problems(work.problems)
    return element("div", element("p", said, role="status") + bar + cancel + failed, kind="work")


def refused_html(problems: Sequence[Problem]) -> str:
    """Files that were not taken, with what to do; empty if all were."""
    return element("div", _problems(problems), kind="refused", role="alert") if problems else ""


def _giving(types: Sequence[str]) -> str:
    accept = ",".join(types)
    files = element(
        "label",
        "Choose files" + void("input", type="file", multiple="", accept=accept, data_give=""),
        kind="choose",
    )
    folder = element(
        "label",
        "Choose a folder" + void("input", type="file", webkitdirectory="", data_give=""),
        kind="choose",
    )
    said = element("p", "Drop files or a folder here, or")
    taken = element("p", "Taken: " + escaped(", ".join(one.removeprefix(".") for one in types)), kind="none")
    told = element("div", "", id="given", aria_live="polite")
    choose = element("div", files + folder, kind="choices")
    return element("div", said + choose + taken + told, kind="drop", data_drop="")


def _finding() -> str:
    field = void(
        "input", type="search", name="search", placeholder="Search in titles",
        aria_label="Search documents", autocomplete="off",
    )  # fmt: skip
    find = element(
        "form", field, role="search", action="/library/shelf", data_swap="", data_live="", data_into="#shelf"
    )
    again = element("form", button("Look for changes", type="submit"), action="/library/refresh", **_POST)
    anew = element("form", button("Rebuild all", type="submit"), action="/library/rebuild", **_POST)
    return element("div", find + again + anew, kind="finding")


def _table(rows: str) -> str:
    names = ("Title", "Format", "Pages", "Passages", "Changed", "State", "")
    head = "".join(element("th", name or _unseen("Remove"), scope="col") for name in names)
    return element("table", element("thead", element("tr", head)) + element("tbody", rows))


def _row(entry: Entry, work: Work) -> str:
    path = element(
        "span",
        element("bdi", escaped(entry.paths[0] if entry.given else _short(entry.paths[0]))),
        kind="path",
    )
    title = element("bdi", escaped(entry.title), kind="name")
    cells = (
        element("th", title + path + _why(entry.problem), scope="row"),
        element("td", escaped(entry.kind)),
        element("td", f"{entry.pages:,}" if entry.pages else "–", kind="figure"),
        element("td", f"{entry.passages:,}" if entry.passages else "–", kind="figure"),
        element("td", entry.changed.strftime("%Y-%m-%d") if entry.changed else "–"),
        element("td", _STATES[entry.state] + _coming(entry, work), kind=f"state {entry.state.value}"),
        element("td", _removal(entry)),
    )
    return element("tr", "".join(cells))


def _coming(entry: Entry, work: Work) -> str:
    """How far a file on its way is: nobody knows while it is read; all that are read get there together."""
    name = {"aria_label": f"Progress of {entry.title}"}
    if entry.state is State.READING:
        return element("progress", "", **name)
    if entry.state is not State.READ:
        return ""
    done = work.done / work.total if work.stage == "embedding" and work.total else 0
    left = element("small", _left(work)) if done else ""
    return element("progress", "", value=f"{done:.2f}", max="1", **name) + left


def _short(path: str) -> str:
    """The file and the folder it lies in; the reader of the page needn't know where on the machine."""
    return "/".join(PurePath(path).parts[-2:])


def _removal(entry: Entry) -> str:
    if entry.state is State.LEAVING:
        return ""
    kept = void("input", type="hidden", name="key", value=entry.key)
    name = f"Remove {entry.title}" if entry.given else f"Leave {entry.title} out"
    label = "Remove" if entry.given else "Leave out"
    return element(
        "form", kept + button(label, type="submit", aria_label=name), action="/library/remove", **_POST
    )


def _why(problem: Problem | None) -> str:
    if problem is None:
        return ""
    said = f"The file {problem.reason}. {problem.advice}".strip()
    return element("p", escaped(said), kind="problem")


def _problems(problems: Sequence[Problem]) -> str:
    items = "".join(
        element(
            "li", element("bdi", escaped(_short(one.label))) + ": " + escaped(f"{one.reason}. {one.advice}")
        )
        for one in problems
    )
    return element("ul", items, kind="problems") if items else ""


def _outcome(outcome: Outcome) -> str:
    kind = "outcome" if outcome.succeeded else "outcome failed"
    said = element("p", escaped(outcome.message), role="status")
    return element("div", said + _problems(outcome.problems), kind=kind)


def _stage(work: Work) -> str:
    stage = _STAGES.get(work.stage, work.stage.capitalize())
    return (
        f"{escaped(stage)} {element('bdi', escaped(_short(work.in_hand)))}"
        if work.in_hand
        else escaped(stage)
    )


def _left(work: Work) -> str:
    if work.seconds_left is None:
        return ""
    minutes, seconds = divmod(round(work.seconds_left), 60)
    return f"about {minutes} min left" if minutes else f"about {max(seconds, 1)} s left"


def _unseen(text: str) -> str:
    return element("span", text, kind="unseen")
