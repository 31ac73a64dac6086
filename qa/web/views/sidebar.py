"""Pure: the left room, conversations and documents, as HTML."""

from collections.abc import Sequence

from qa.chat.store import MAX_TITLE, ConversationSummary
from qa.library.library import FileState, Folder, LibraryEntry
from qa.web import strings
from qa.web.views.html import button, element, escape, file_name, plural, void

MAX_DOCUMENTS = 200
"""Documents listed here; the library panel has them all, and a search."""
_POST = {"method": "post", "data_swap": ""}


def sidebar_html(
    listed: Sequence[ConversationSummary], current: str, documents: str, name: str | None
) -> str:
    """
    The whole room.

    Args:
        listed: The person's conversations.
        current: The id of the one that is open, if any.
        documents: As :func:`documents_html` gives them.
        name: Who is logged in; None where no password is asked for.
    """
    brand = element("h1", f"Footnote{element('sup', '1')}", kind="brand")
    new = element("a", strings.NEW_CONVERSATION, kind="new", href="/")
    return brand + new + _conversations(listed, current) + documents + _account_links(name)


def conversation_list_html(listed: Sequence[ConversationSummary], current: str, search: str = "") -> str:
    """The conversations, the open one with what can be done about it."""
    items = "".join(_item(conversation, conversation.id == current) for conversation in listed)
    none = strings.NO_CONVERSATIONS_FOUND if search else strings.NO_CONVERSATIONS
    shown = element("ul", items) if items else element("p", none, kind="none")
    return element("div", shown, kind="list", data_swap_target="")


def documents_html(entries: Sequence[LibraryEntry], folders: Sequence[Folder]) -> str:
    """Folders and documents; what is ticked limits what is asked."""
    there = [entry for entry in entries if entry.state is FileState.INDEXED]
    shown = folders if len(folders) > 1 else ()
    items = "".join([*map(_folder, shown), *map(_document, there[:MAX_DOCUMENTS])])
    further = len(there) - MAX_DOCUMENTS
    rest = (
        element("p", strings.MORE_DOCUMENTS.format(documents=plural(further, "document")), kind="none")
        if further > 0
        else ""
    )
    manage = button(strings.MANAGE, kind="manage", data_library="", aria_label=strings.MANAGE_DOCUMENTS)
    head = element("div", element("h2", f"{strings.DOCUMENTS} ({len(there):,})") + manage, kind="head")
    listed = element("ul", items, kind="documents", aria_label=strings.LIMIT_SEARCH)
    return element(
        "section", head + (listed if items else "") + rest, aria_label=strings.DOCUMENTS, id="documents"
    )


def _conversations(listed: Sequence[ConversationSummary], current: str) -> str:
    field = void(
        "input", type="search", name="search", placeholder=strings.SEARCH,
        aria_label=strings.SEARCH_CONVERSATIONS, autocomplete="off",
    )  # fmt: skip
    hidden = void("input", type="hidden", name="conversation", value=current)
    search = element(
        "form", field + hidden, role="search", action="/conversations", data_swap="", data_live="",
        data_target="#conversations .list",
    )  # fmt: skip
    shown = element("h2", strings.CONVERSATIONS) + search + conversation_list_html(listed, current)
    return element("nav", shown, id="conversations", aria_label=strings.CONVERSATIONS)


def _item(conversation: ConversationSummary, is_current: bool) -> str:
    named = element("bdi", escape(conversation.title))
    if not is_current:
        return element(
            "li", element("a", named, href=f"/?conversation={conversation.id}", title=conversation.title)
        )
    link = element(
        "a", named, href=f"/?conversation={conversation.id}", title=conversation.title, aria_current="page"
    )
    return element("li", link + _conversation_actions(conversation))


def _conversation_actions(conversation: ConversationSummary) -> str:
    hidden = void("input", type="hidden", name="conversation", value=conversation.id)
    title = void(
        "input",
        type="text",
        name="title",
        value=conversation.title,
        aria_label=strings.CONVERSATION_TITLE,
        maxlength=str(MAX_TITLE),
    )
    rename = element(
        "form",
        hidden + title + button(strings.RENAME, type="submit"),
        action="/conversations/rename",
        **_POST,
    )
    exports = "".join(
        element(
            "a", label, href=f"/conversations/export?conversation={conversation.id}&form={form}", download=""
        )
        for form, label in (("md", strings.EXPORT_MARKDOWN), ("json", strings.EXPORT_JSON))
    )
    delete = element(
        "form",
        hidden + button(strings.DELETE_CONVERSATION, type="submit", kind="danger"),
        action="/conversations/delete",
        **_POST,
    )
    menu = element(
        "summary",
        strings.CONVERSATION_MENU,
        aria_label=strings.CONVERSATION_MENU_TITLE,
        title=strings.CONVERSATION_MENU_TITLE,
    )
    return element("details", menu + rename + exports + delete)


def _folder(folder: Folder) -> str:
    name = folder.name + "/" if folder.name else strings.UPLOADED_FILES
    return _checkbox_row(folder.key, name, f"{folder.documents:,}", plural(folder.documents, "document"))


def _document(entry: LibraryEntry) -> str:
    paths = ", ".join(dict.fromkeys(file_name(path) for path in entry.paths))
    return _checkbox_row(
        entry.key, entry.title, plural(entry.pages, "page") if entry.pages else entry.kind, paths
    )


def _checkbox_row(key: str, name: str, size: str, title: str) -> str:
    tick = void("input", type="checkbox", data_select=key)
    shown = element("bdi", escape(name), kind="name") + element("span", escape(size), kind="size")
    return element("li", element("label", tick + shown, title=title))


def _account_links(name: str | None) -> str:
    feedback = element("a", strings.EXPORT_RATED, href="/turns/rated", download="")
    leave = ""
    if name is not None:
        leave = element(
            "form", button(strings.LOG_OUT.format(name=name), type="submit"), action="/logout", method="post"
        )
    return element("div", feedback + leave, kind="leaving")
