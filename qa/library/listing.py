"""Sort and filter the entries of the library, for a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qa.library.library import LibraryEntry


class SortKey(StrEnum):
    """What a list of entries is sorted by."""

    TITLE = "title"
    FORMAT = "format"
    PAGES = "pages"
    PASSAGES = "passages"
    CHANGED = "changed"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Listing:
    """
    Which entries are listed, and in what order.

    Args:
        sort: What they are sorted by; equal ones by title.
        descending: Whether the highest come first.
        kind: The name of a format to which they are limited; empty for all.
        only_problems: Whether only files that couldn't be read are listed.
    """

    sort: SortKey = SortKey.TITLE
    descending: bool = False
    kind: str = ""
    only_problems: bool = False

    def arrange(self, entries: Sequence[LibraryEntry]) -> list[LibraryEntry]:
        """Return the entries that match, in order."""
        matching = [
            entry
            for entry in entries
            if (not self.kind or entry.kind == self.kind) and (entry.problem or not self.only_problems)
        ]
        by_title = sorted(matching, key=lambda entry: (entry.title.casefold(), entry.key))
        return sorted(by_title, key=_SORT_KEYS[self.sort], reverse=self.descending)


def kinds_of(entries: Sequence[LibraryEntry]) -> list[str]:
    """Return the names of the entries' formats, sorted."""
    return sorted({entry.kind for entry in entries})


_SORT_KEYS: dict[SortKey, Callable[[LibraryEntry], Any]] = {
    SortKey.TITLE: lambda entry: entry.title.casefold(),
    SortKey.FORMAT: lambda entry: entry.kind.casefold(),
    SortKey.PAGES: lambda entry: entry.pages,
    SortKey.PASSAGES: lambda entry: entry.passages,
    SortKey.CHANGED: lambda entry: entry.changed.timestamp() if entry.changed else 0,
    SortKey.STATE: lambda entry: (entry.problem is None, entry.state.value),
}
