"""HTML of the sidebar: conversations, documents and account links."""

from collections.abc import Sequence

from qa.chat.store import MAX_TITLE, ConversationSummary
from qa.library.library import FileState, Folder, LibraryEntry
from qa.web import strings
from qa.web.views.html import button, element, escape, file_name, plural, void
from qa.web.views.standalone import BRAND

MAX_DOCUMENTS = 200
"""Documents listed in the sidebar; the library dialog lists more, and searches all of them."""
# Attributes named data_... are read by static/page.js.
_POST = {"method": "post", "data_swap": ""}


def sidebar_html(
    conversations: Sequence[ConversationSummary],
    current: str,
    documents: str,
    account: str | None,
) -> str:
    """
    Return the whole sidebar.

    Args:
        conversations: The person's conversations.
        current: Id of the open conversation; may be empty.
        documents: HTML from :func:`documents_html`.
        account: Name of the account that is logged in; None for a guest.
    """
    new_link = element("a", strings.NEW_CONVERSATION, class_="fn-new-conversation", href="/")
    return BRAND + new_link + _conversations(conversations, current) + documents + _account_links(account)


def conversation_list_html(
    conversations: Sequence[ConversationSummary], current: str, search: str = ""
) -> str:
    """Return the list of conversations, with a menu for the open one."""
    items = "".join(
        _conversation(conversation, is_current=conversation.id == current) for conversation in conversations
    )
    empty = strings.NO_CONVERSATIONS_FOUND if search else strings.NO_CONVERSATIONS
    content = element("ul", items) if items else element("p", empty, class_="fn-muted")
    return element("div", content, class_="fn-conversation-list", data_swap_target="")


def documents_html(entries: Sequence[LibraryEntry], folders: Sequence[Folder]) -> str:
    """Return the indexed documents and their folders, with checkboxes that limit the search."""
    indexed = [entry for entry in entries if entry.state is FileState.INDEXED]
    shown_folders = folders if len(folders) > 1 else ()
    items = "".join([*map(_folder, shown_folders), *map(_document, indexed[:MAX_DOCUMENTS])])
    hidden = len(indexed) - MAX_DOCUMENTS
    more = strings.MORE_DOCUMENTS.format(documents=plural(hidden, "document"))
    manage = button(strings.MANAGE, class_="fn-manage", data_library="", aria_label=strings.MANAGE_DOCUMENTS)
    heading = element("h2", f"{strings.DOCUMENTS} ({len(indexed):,})")
    content = (
        element("div", heading + manage, class_="fn-section-header")
        + (element("ul", items, class_="fn-documents", aria_label=strings.LIMIT_SEARCH) if items else "")
        + (element("p", more, class_="fn-muted") if hidden > 0 else "")
    )
    return element("section", content, aria_label=strings.DOCUMENTS, id="documents")


def _conversations(conversations: Sequence[ConversationSummary], current: str) -> str:
    field = void(
        "input", type="search", name="search", placeholder=strings.SEARCH,
        aria_label=strings.SEARCH_CONVERSATIONS, autocomplete="off",
    )  # fmt: skip
    current_field = void("input", type="hidden", name="conversation", value=current)
    search = element(
        "form", field + current_field, role="search", action="/conversations", data_swap="",
        data_submit_on_input="", data_target="#conversations .fn-conversation-list",
    )  # fmt: skip
    heading = element("h2", strings.CONVERSATIONS)
    content = heading + search + conversation_list_html(conversations, current)
    return element("nav", content, id="conversations", aria_label=strings.CONVERSATIONS)


def _conversation(conversation: ConversationSummary, *, is_current: bool) -> str:
    link = element(
        "a",
        element("bdi", escape(conversation.title)),
        href=f"/?conversation={conversation.id}",
        title=conversation.title,
        **({"aria_current": "page"} if is_current else {}),
    )
    return element("li", link + (_conversation_menu(conversation) if is_current else ""))


def _conversation_menu(conversation: ConversationSummary) -> str:
    id_field = void("input", type="hidden", name="conversation", value=conversation.id)
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
        id_field + title + button(strings.RENAME, type="submit"),
        action="/conversations/rename",
        **_POST,
    )
    export = f"/conversations/export?conversation={conversation.id}&format="
    exports = "".join(
        element("a", label, href=export + file_format, download="")
        for file_format, label in (("md", strings.EXPORT_MARKDOWN), ("json", strings.EXPORT_JSON))
    )
    delete = element(
        "form",
        id_field + button(strings.DELETE_CONVERSATION, type="submit", class_="fn-danger"),
        action="/conversations/delete",
        **_POST,
    )
    summary = element(
        "summary",
        strings.CONVERSATION_MENU,
        aria_label=strings.CONVERSATION_MENU_TITLE,
        title=strings.CONVERSATION_MENU_TITLE,
    )
    return element("details", summary + rename + exports + delete)


def _folder(folder: Folder) -> str:
    name = folder.name + "/" if folder.name else strings.UPLOADED_FILES
    return _checkbox_row(folder.key, name, f"{folder.documents:,}", plural(folder.documents, "document"))


def _document(entry: LibraryEntry) -> str:
    file_names = ", ".join(dict.fromkeys(file_name(path) for path in entry.paths))
    size = plural(entry.pages, "page") if entry.pages else entry.kind
    return _checkbox_row(entry.key, entry.title, size, file_names)


def _checkbox_row(key: str, name: str, size: str, title: str) -> str:
    checkbox = void("input", type="checkbox", data_select=key)
    text = element("bdi", escape(name), class_="fn-title") + element("span", escape(size), class_="fn-size")
    return element("li", element("label", checkbox + text, title=title))


def _account_links(account: str | None) -> str:
    export = element("a", strings.EXPORT_RATED, href="/turns/rated", download="")
    if account is None:
        return element("div", export, class_="fn-account-links")
    log_out = element(
        "form", button(strings.LOG_OUT.format(name=account), type="submit"), action="/logout", method="post"
    )
    return element("div", export + log_out, class_="fn-account-links")
