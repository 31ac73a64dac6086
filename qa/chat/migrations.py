"""Migrations of the conversation database. Never change one that was released; add another."""

import sqlite3
from collections.abc import Callable, Sequence

Migration = Callable[[sqlite3.Connection], None]


# Migrations: what is written once is never changed here again; a change is a further function.


def m001_conversations_and_turns(database: sqlite3.Connection) -> None:
    """
    The first form.

    An answer is one JSON value, because nothing ever asks for a part of it. Its question stands beside it,
    so that a list needs no JSON and a damaged answer still shows what was asked. A turn's number is never
    used again (AUTOINCREMENT): a thumb for a turn that was cut meanwhile must not reach its successor.
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
    From here on answers are stored in the form of ``docs/answer.schema.json``.

    Older rows stay as they are; both forms are read. The migration is recorded so that an older Footnote
    refuses the file: it would show new answers without their footnotes.
    """


MIGRATIONS: Sequence[Migration] = (m001_conversations_and_turns, m002_answers_as_printed)
"""In order, each applied once; its name is recorded in the file."""


def applied_migrations(database: sqlite3.Connection) -> list[str]:
    database.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    return [str(name) for (name,) in database.execute("SELECT name FROM migrations ORDER BY name")]
