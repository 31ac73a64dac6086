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


MIGRATIONS: Sequence[Migration] = (m001_conversations_and_turns, m002_answers_as_printed)
"""In order, each applied once; its name is recorded in the file."""


def applied_migrations(database: sqlite3.Connection) -> list[str]:
    """Return the names of the migrations that were applied to a database, in order."""
    database.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    return [str(name) for (name,) in database.execute("SELECT name FROM migrations ORDER BY name")]
