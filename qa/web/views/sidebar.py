"""Context of the templates of the sidebar: conversations, documents, settings and account links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from markupsafe import Markup

from qa.chat.store import MAX_TITLE, ConversationSummary
from qa.library.library import FileState, Folder, LibraryEntry
from qa.settings import Settings
from qa.web import strings
from qa.web.views.rendering import file_name, plural, render

MAX_DOCUMENTS = 200
"""Documents listed in the sidebar; the library dialog lists more, and searches all of them."""
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
) -> Markup:
    """
    Return the whole sidebar.

    Args:
        conversations: The person's conversations.
        current: Id of the open conversation; may be empty.
        documents: HTML from :func:`documents_html`.
        settings: HTML from :func:`settings_html`.
        account: Name of the account that is logged in; None for a guest.
    """
    listed = conversation_list_html(conversations, current)
    return render(
        "sidebar.html", conversation_list=listed, documents=documents, settings=settings, account=account
    )


def conversation_list_html(
    conversations: Sequence[ConversationSummary], current: str, search: str = ""
) -> Markup:
    """Return the list of conversations by their age, with a menu for the open one."""
    return render(
        "conversation_list.html",
        groups=_by_age(conversations, datetime.now(UTC).astimezone().date()),
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
    """Return the settings of a question, and the components of the pipeline."""
    return render(
        "settings.html",
        levels=[
            (strings.STRICT, "strict", strings.STRICT_TITLE),
            (strings.BALANCED, "balanced", strings.BALANCED_TITLE),
            (strings.LENIENT, "lenient", strings.LENIENT_TITLE),
        ],
        passage_counts=sorted({*PASSAGE_CHOICES, settings.passages}),
        default_passages=settings.passages,
        components=components,
    )


def _by_age(
    conversations: Sequence[ConversationSummary], today: date
) -> list[tuple[str, list[ConversationSummary]]]:
    """Return the conversations in groups, which keep their order."""
    groups: dict[str, list[ConversationSummary]] = {}
    for conversation in conversations:
        groups.setdefault(_age(conversation, today), []).append(conversation)
    return list(groups.items())


def _age(conversation: ConversationSummary, today: date) -> str:
    if conversation.pinned:
        return strings.PINNED
    try:
        changed = datetime.fromisoformat(conversation.changed_at).astimezone().date()
    except ValueError:  # damaged on disk
        return strings.EARLIER
    days = (today - changed).days
    return strings.TODAY if days < 1 else strings.YESTERDAY if days == 1 else strings.EARLIER


def _folder_row(folder: Folder) -> SelectableRow:
    name = folder.name + "/" if folder.name else strings.UPLOADED_FILES
    return SelectableRow(
        folder.key, name, f"{folder.documents:,}", plural(folder.documents, "document"), False
    )


def _document_row(entry: LibraryEntry) -> SelectableRow:
    file_names = ", ".join(dict.fromkeys(file_name(path) for path in entry.paths))
    size = plural(entry.pages, "page") if entry.pages else entry.kind
    return SelectableRow(entry.key, entry.title, size, f"{file_names} · {size}")
