"""Context of the templates of the sidebar: conversations, documents, settings and account links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter

from markupsafe import Markup

from qa.chat.collections import Collection
from qa.chat.conversation_groups import group_by_day
from qa.chat.store import MAX_TITLE, ConversationSummary
from qa.library.library import FileState, Folder, LibraryEntry
from qa.settings import Settings
from qa.web import strings
from qa.web.views.rendering import file_name, plural, render, thousands

MAX_CONVERSATIONS = 60
"""Conversations listed at once; more are requested when the last of them is scrolled into view."""
MAX_DOCUMENTS = 200
"""Documents listed in the sidebar; the library dialog lists more, and searches all of them."""
NOTHING = Markup()
PASSAGE_CHOICES = (5, 10, 20)


@dataclass(frozen=True, slots=True)
class SelectableRow:
    """A folder or document to which the search can be limited, with its size and a longer description."""

    key: str
    name: str
    size: str
    title: str
    is_document: bool = True


def sidebar_html(
    conversations: Sequence[ConversationSummary],
    current: str,
    documents: Markup,
    settings: Markup,
    account: str | None,
    *,
    collection: Markup = NOTHING,
) -> Markup:
    """
    Return the whole sidebar.

    Args:
        conversations: The person's conversations.
        current: Id of the open conversation; may be empty.
        documents: HTML from :func:`documents_html`.
        settings: HTML from :func:`settings_html`.
        account: Name of the account that is logged in; None for a guest.
        collection: HTML from :func:`collection_html`.
    """
    listed = conversation_list_html(conversations, current)
    return render(
        "sidebar.html",
        conversation_list=listed,
        collection=collection,
        documents=documents,
        settings=settings,
        account=account,
    )


def collection_html(collections: Sequence[Collection], current: str) -> Markup:
    """
    Return the choice of a collection.

    Args:
        collections: The person's collections.
        current: Id of the chosen one; empty for all documents.
    """
    return render("collection.html", collections=collections, current=current)


def conversation_list_html(
    conversations: Sequence[ConversationSummary], current: str, search: str = "", after: int = 0
) -> Markup:
    """
    Return the first conversations of the list by their age, with a menu for the open one.

    Args:
        conversations: All that the list has.
        current: Id of the open one, which is always among the first; may be empty.
        search: The words that they were searched for.
        after: How many the page has already; the next ones are returned without the list around them.
    """
    rows = [
        (strings.PERIODS[group.period], conversation)
        for group in group_by_day(conversations, datetime.now(UTC).astimezone())
        for conversation in group.conversations
    ]
    place = next((number for number, (_, each) in enumerate(rows, 1) if each.id == current), 0)
    end = after + MAX_CONVERSATIONS if after else max(MAX_CONVERSATIONS, place)
    heading_above = rows[after - 1][0] if 0 < after <= len(rows) else ""
    groups = [
        ("" if heading == heading_above else heading, [conversation for _, conversation in group])
        for heading, group in groupby(rows[after:end], key=itemgetter(0))
    ]
    return render(
        "conversation_rows.html" if after else "conversation_list.html",
        groups=groups,
        next=end if end < len(rows) else 0,
        current=current,
        search=search,
        max_title=MAX_TITLE,
    )


def documents_html(entries: Sequence[LibraryEntry], folders: Sequence[Folder]) -> Markup:
    """Return the indexed documents and their folders, with checkboxes that limit the search."""
    indexed = [entry for entry in entries if entry.state is FileState.INDEXED]
    rows = [_folder_row(folder) for folder in (folders if len(folders) > 1 else ())]
    rows += [_document_row(entry) for entry in indexed[:MAX_DOCUMENTS]]
    hidden = max(0, len(indexed) - MAX_DOCUMENTS)
    return render("documents.html", rows=rows, count=len(indexed), hidden=hidden)


def settings_html(settings: Settings, components: Markup) -> Markup:
    """Return the settings of a question and of the page, and the components of the pipeline."""
    return render(
        "settings.html",
        levels=[
            (strings.STRICT, "strict", strings.STRICT_TITLE),
            (strings.BALANCED, "balanced", strings.BALANCED_TITLE),
            (strings.LENIENT, "lenient", strings.LENIENT_TITLE),
        ],
        passage_counts=sorted({*PASSAGE_CHOICES, settings.passages}),
        default_passages=settings.passages,
        languages={"": strings.LANGUAGE_OF_BROWSER, **strings.LANGUAGES},
        chosen_language=strings.chosen_language(),
        components=components,
    )


def trash_html(conversations: Sequence[ConversationSummary]) -> Markup:
    """Return the deleted conversations, in place of the list."""
    return render("conversation_trash.html", conversations=conversations)


def toast_html(
    id_: str, message: str = "", *, action: str = "", target: str = "", fields: Sequence[tuple[str, str]] = ()
) -> Markup:
    """
    Return a notice to swap into the page, with a button that undoes what was done.

    Args:
        id_: Id of the element that it replaces.
        message: What was done; empty removes the notice.
        action: Where the button posts to.
        target: Selector of the element that the response replaces.
        fields: Names and values that the button posts.
    """
    context = {"message": message, "action": action, "target": target, "fields": fields} if message else {}
    return render("toast.html", id=id_, swapped=True, **context)


def _folder_row(folder: Folder) -> SelectableRow:
    name = folder.name + "/" if folder.name else strings.UPLOADED_FILES
    return SelectableRow(
        folder.key, name, thousands(folder.documents), plural(folder.documents, "document"), False
    )


def _document_row(entry: LibraryEntry) -> SelectableRow:
    file_names = ", ".join(dict.fromkeys(file_name(path) for path in entry.paths))
    size = plural(entry.pages, "page") if entry.pages else entry.kind
    return SelectableRow(entry.key, entry.title, size, f"{file_names} · {size}")
