"""Pure: the left room, conversations and documents, as HTML."""

from collections.abc import Sequence

from qa.conversations import LONGEST_TITLE, Listed
from qa.library import Entry, Folder, State
from qa.web.view import button, count, element, escaped, file_name, void

MOST_DOCUMENTS = 200
"""Documents listed here; the library panel has them all, and a search."""
_POST = {"method": "post", "data_swap": ""}


def side_html(listed: Sequence[Listed], current: str, documents: str, name: str | None) -> str:
    """
    The whole room.

    Args:
        listed: The person's conversations.
        current: The id of the one that is open, if any.
        documents: As :func:`documents_html` gives them.
        name: Who is logged in; None where no password is asked for.
    """
    brand = element("h1", f"Footnote{element('sup', '1')}", kind="brand")
    new = element("a", "New conversation", kind="new", href="/")
    return brand + new + _conversations(listed, current) + documents + _leaving(name)


def list_html(listed: Sequence[Listed], current: str, search: str = "") -> str:
    """The conversations, the open one with what can be done about it."""
    items = "".join(_item(one, one.id == current) for one in listed)
    none = "No conversation has these words." if search else "What you ask is kept here."
    shown = element("ul", items) if items else element("p", none, kind="none")
    return element("div", shown, kind="list", data_part="")


def documents_html(entries: Sequence[Entry], folders: Sequence[Folder]) -> str:
    """Folders and documents; what is ticked limits what is asked."""
    there = [entry for entry in entries if entry.state is State.INDEXED]
    shown = folders if len(folders) > 1 else ()
    items = "".join([*map(_folder, shown), *map(_document, there[:MOST_DOCUMENTS])])
    further = len(there) - MOST_DOCUMENTS
    rest = element("p", f"and {count(further, 'document')} more", kind="none") if further > 0 else ""
    manage = button("Manage", kind="manage", data_library="", aria_label="Manage documents")
    head = element("div", element("h2", f"Documents ({len(there):,})") + manage, kind="head")
    listed = element("ul", items, kind="documents", aria_label="Limit questions to")
    return element("section", head + (listed if items else "") + rest, aria_label="Documents", id="documents")


def _conversations(listed: Sequence[Listed], current: str) -> str:
    field = void(
        "input", type="search", name="search", placeholder="Search", aria_label="Search conversations",
        autocomplete="off",
    )  # fmt: skip
    kept = void("input", type="hidden", name="talk", value=current)
    search = element(
        "form", field + kept, role="search", action="/conversations", data_swap="", data_live="",
        data_into="#conversations .list",
    )  # fmt: skip
    shown = element("h2", "Conversations") + search + list_html(listed, current)
    return element("nav", shown, id="conversations", aria_label="Conversations")


def _item(one: Listed, is_current: bool) -> str:
    named = element("bdi", escaped(one.title))
    if not is_current:
        return element("li", element("a", named, href=f"/?talk={one.id}", title=one.title))
    link = element("a", named, href=f"/?talk={one.id}", title=one.title, aria_current="page")
    return element("li", link + _doing(one))


def _doing(one: Listed) -> str:
    kept = void("input", type="hidden", name="talk", value=one.id)
    title = void(
        "input", type="text", name="title", value=one.title, aria_label="Title", maxlength=str(LONGEST_TITLE)
    )
    rename = element(
        "form", kept + title + button("Rename", type="submit"), action="/conversations/rename", **_POST
    )
    exports = "".join(
        element("a", label, href=f"/conversations/export?talk={one.id}&form={form}", download="")
        for form, label in (("md", "Export as Markdown"), ("json", "Export as JSON"))
    )
    delete = element(
        "form",
        kept + button("Delete for good", type="submit", kind="danger"),
        action="/conversations/delete",
        **_POST,
    )
    return element("details", element("summary", "Rename, export, delete") + rename + exports + delete)


def _folder(folder: Folder) -> str:
    name = folder.name + "/" if folder.name else "Given here"
    return _ticked(folder.key, name, f"{folder.documents:,}", count(folder.documents, "document"))


def _document(entry: Entry) -> str:
    paths = ", ".join(dict.fromkeys(file_name(path) for path in entry.paths))
    return _ticked(entry.key, entry.title, f"{entry.pages:,} p" if entry.pages else entry.kind, paths)


def _ticked(key: str, name: str, size: str, title: str) -> str:
    tick = void("input", type="checkbox", data_chosen=key)
    shown = element("bdi", escaped(name), kind="name") + element("span", escaped(size), kind="size")
    return element("li", element("label", tick + shown, title=title))


def _leaving(name: str | None) -> str:
    feedback = element("a", "Export judged answers", href="/turns/judged", download="")
    leave = ""
    if name is not None:
        leave = element("form", button(f"Log out {name}", type="submit"), action="/logout", method="post")
    return element("div", feedback + leave, kind="leaving")
