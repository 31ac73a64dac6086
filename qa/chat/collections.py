"""
Collections: names for sets of documents and folders, to which a conversation can be limited.

Each owner has their own; the documents are shared. Members are keys of folders and paths of files, not ids of
documents, so that a collection stays the same when a file is edited.
"""

import json
import secrets
from collections.abc import Collection as Container
from dataclasses import dataclass

from qa.chat.database import Database, Row

MAX_NAME = 80
"""Characters of a name; a longer one is cut."""
MAX_MEMBERS = 5000
"""Members of a collection; further ones are left out."""


@dataclass(frozen=True, slots=True)
class Collection:
    """
    A named set of documents and folders.

    Args:
        id: Its id; unguessable.
        name: Its name; one line.
        members: Keys of folders and paths of files, for
            :meth:`qa.library.library.Library.resolve_selection`.
    """

    id: str
    name: str
    members: tuple[str, ...]


class CollectionStore:
    """
    The collections of all owners.

    Args:
        database: The open database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_owner(self, owner: str) -> list[Collection]:
        """Return the owner's collections, sorted by name."""
        found = [_collection(row) for row in self._database.rows(f"{_SELECT} WHERE owner = ?", owner)]
        return sorted(found, key=lambda each: (each.name.casefold(), each.id))

    def save(self, owner: str, name: str, members: Container[str], collection_id: str = "") -> str:
        """
        Add a collection, or replace one, and return its id.

        Args:
            owner: Id of the owner.
            name: Its name; "Collection" if it is blank.
            members: Keys of folders and paths of files.
            collection_id: Id of the collection to replace or restore; empty for a new one.
        """
        id_ = collection_id or secrets.token_urlsafe(16)
        name = " ".join(name.split())[:MAX_NAME] or "Collection"
        content = json.dumps(sorted(set(members))[:MAX_MEMBERS], ensure_ascii=False)
        self._database.write(_SAVE, id_, owner, name, content)
        return id_

    def delete(self, owner: str, collection_id: str) -> None:
        """Delete a collection; its conversations are no longer limited until it is saved again."""
        self._database.write("DELETE FROM collections WHERE owner = ? AND id = ?", owner, collection_id)

    def of_conversation(self, owner: str, conversation_id: str) -> Collection | None:
        """Return the collection that a conversation is limited to; None if it isn't."""
        rows = self._database.rows(_OF_CONVERSATION, owner, conversation_id)
        return _collection(rows[0]) if rows else None

    def limit_conversation(self, owner: str, conversation_id: str, collection_id: str) -> None:
        """Limit a conversation to a collection; an empty or unknown id ends that."""
        self._database.write(_LIMIT, collection_id, owner, owner, conversation_id)


_SELECT = "SELECT collections.id, name, members FROM collections"
_SAVE = """
INSERT INTO collections (id, owner, name, members) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, members = excluded.members WHERE owner = excluded.owner
"""
_OF_CONVERSATION = f"""
{_SELECT} JOIN conversations ON collection = collections.id AND conversations.owner = collections.owner
WHERE collections.owner = ? AND conversations.id = ?
"""
_LIMIT = """
UPDATE conversations
SET collection = coalesce((SELECT id FROM collections WHERE collections.id = ? AND owner = ?), '')
WHERE owner = ? AND id = ?
"""


def _collection(row: Row) -> Collection:
    id_, name, members = row
    try:
        found = json.loads(str(members))
    except ValueError:  # damaged on disk
        found = []
    return Collection(str(id_), str(name), tuple(map(str, found)) if isinstance(found, list) else ())
