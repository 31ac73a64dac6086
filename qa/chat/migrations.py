"""Migrations of the conversation database. Never change a released one; add another."""

import sqlite3
from collections.abc import Callable, Sequence

Migration = Callable[[sqlite3.Connection], None]


def m001_conversations_and_turns(database: sqlite3.Connection) -> None:
    """
    Create the tables.

    An answer is one JSON value, because no query needs a part of it. The question is a column of its own, so
    that listing conversations parses no JSON and a damaged answer still shows its question. A turn's id is
    never reused (AUTOINCREMENT): a rating of a turn that was deleted meanwhile must not reach a later turn.
    ``KeptAnswer`` was the name of :class:`~qa.stored_answer.StoredAnswer`; ``thumb`` and ``remark`` are a
    turn's rating and comment.
    """
    database.execute(
        """
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL,
            title TEXT NOT NULL DEFAULT '',  -- given by a person; empty means the first question
            words TEXT NOT NULL DEFAULT '',  -- the title as it is searched
            begun_at TEXT NOT NULL
        )
        """
    )
    database.execute("CREATE INDEX conversations_by_owner ON conversations (owner)")
    database.execute(
        """
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            asked_at TEXT NOT NULL,
            question TEXT NOT NULL,
            answer TEXT NOT NULL,            -- JSON: a KeptAnswer
            words TEXT NOT NULL,             -- question and answer as they are searched
            thumb TEXT CHECK (thumb IN ('up', 'down')),
            remark TEXT NOT NULL DEFAULT ''
        )
        """
    )
    database.execute("CREATE INDEX turns_by_conversation ON turns (conversation)")


def m002_answers_as_printed(database: sqlite3.Connection) -> None:
    """
    Mark that answers may have the form of ``docs/answer.schema.json``; older rows stay as they are.

    Both forms can be read. An older Footnote refuses a file with this mark: it would show such answers
    without their footnotes.
    """


def m003_branches_trash_pins_and_collections(database: sqlite3.Connection) -> None:
    """
    Keep replaced turns as branches and deleted conversations in a trash, and add what people set themselves.

    The turns of a conversation are a tree: those with the same parent are branches, of which one is shown.
    Until now each turn followed the one before it.
    """
    for column in (
        "parent INTEGER NOT NULL DEFAULT 0",  # id of the turn before it; 0 for a first one
        "chosen INTEGER NOT NULL DEFAULT 1",  # whether it is shown, among the turns with its parent
        "correction TEXT NOT NULL DEFAULT ''",  # the right answer, as a person wrote it
    ):
        database.execute(f"ALTER TABLE turns ADD COLUMN {column}")
    database.execute(
        """
        UPDATE turns SET parent = coalesce((
            SELECT max(id) FROM turns AS earlier
            WHERE earlier.conversation = turns.conversation AND earlier.id < turns.id
        ), 0)
        """
    )
    database.execute("CREATE INDEX turns_by_parent ON turns (conversation, parent)")
    for column in (
        "deleted_at TEXT",  # when it was moved to the trash; NULL if it wasn't
        "pinned INTEGER NOT NULL DEFAULT 0",
        "collection TEXT NOT NULL DEFAULT ''",  # id of the collection it is limited to
    ):
        database.execute(f"ALTER TABLE conversations ADD COLUMN {column}")
    database.execute(
        """
        CREATE TABLE collections (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL,
            name TEXT NOT NULL,
            members TEXT NOT NULL            -- JSON: keys of folders and paths of documents
        )
        """
    )
    database.execute("CREATE INDEX collections_by_owner ON collections (owner)")


MIGRATIONS: Sequence[Migration] = (
    m001_conversations_and_turns,
    m002_answers_as_printed,
    m003_branches_trash_pins_and_collections,
)
"""In order, each applied once; its name is recorded in the file."""


def applied_migrations(database: sqlite3.Connection) -> list[str]:
    """Return the names of the migrations that were applied to a database, in order."""
    database.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    return [str(name) for (name,) in database.execute("SELECT name FROM migrations ORDER BY name")]
