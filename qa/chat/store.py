"""
The conversation store: questions and answers in a SQLite database.

Every query names the owner; somebody else's conversation looks like one that doesn't exist.
"""

import contextlib
import os
import secrets
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from index.files import make_private_dir
from qa.answer_json import from_json, to_json
from qa.chat.migrations import MIGRATIONS, applied_migrations
from qa.errors import ConversationDeleted, ConversationsDamaged, ConversationsUnavailable
from qa.stored_answer import (
    Rating,
    StoredAnswer,
    StoredFootnote,
    StoredPassage,
    StoredTurn,
    damaged_placeholder,
    replace_surrogates,
    to_stored,
)

__all__ = [
    "ConversationStore",
    "ConversationSummary",
    "Rating",
    "StoredAnswer",
    "StoredFootnote",
    "StoredPassage",
    "StoredTurn",
    "to_stored",
]

MAX_TITLE = 120
"""Characters of a title; a longer one is cut."""
MAX_COMMENT = 4000
"""Characters of a comment; a longer one is cut."""
MAX_SEARCH_WORDS = 16
"""Words of a search; further ones are ignored."""
BUSY_TIMEOUT = 30.0
"""Seconds to wait while another process locks the file."""
UNUSED_TTL = timedelta(days=1)
"""Age at which a conversation without turns is deleted."""
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """
    A conversation in a list.

    Args:
        id: The conversation's id; unguessable.
        title: The title that a person set, or else the first question; one line.
        changed_at: Time of the last question; UTC, ISO 8601.
        turns: Number of turns, at least 1.
    """

    id: str
    title: str
    changed_at: str
    turns: int


class ConversationStore:
    """
    The conversations of all owners; safe for several threads and processes.

    Changes are on disk when a method returns, and survive a kill and a power cut.

    Args:
        path: The SQLite file; created if missing, readable by its owner alone.
        now: Returns the time in UTC.

    Raises:
        ConversationsDamaged: If the file isn't a valid database; from every method.
        ConversationsUnavailable: If it can't be opened or written; from every method.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        with self._translate_errors():
            self._database = _open_database(path)
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    def create(self, owner: str) -> str:
        """Create a conversation and return its id; it is listed once it has a turn."""
        conversation = secrets.token_urlsafe(16)
        now = self._now()
        with self._transaction():
            self._execute(_DELETE_UNUSED, owner, _iso(now - UNUSED_TTL))
            self._execute(
                "INSERT INTO conversations (id, owner, begun_at) VALUES (?, ?, ?)",
                conversation, owner, _iso(now),
            )  # fmt: skip
        return conversation

    def list_conversations(self, owner: str, search: str = "") -> list[ConversationSummary]:
        """
        Return the owner's conversations, the one with the latest question first.

        Args:
            owner: Id of the owner.
            search: Words that must all occur in the title, a question or an answer, at least as a part of a
                word; case and accents are ignored.
        """
        words = normalise_for_search(search).split()[:MAX_SEARCH_WORDS]
        query = _LIST.format(conditions=_SEARCH * len(words))
        # Each condition looks for its word twice: in the title and in the turns.
        rows = self._rows(query, owner, *(word for word in words for _ in range(2)))
        return [
            ConversationSummary(
                str(id_), short_title(str(title or question)), str(changed_at), cast(int, turns)
            )
            for id_, title, question, changed_at, turns in rows
        ]

    def turns(self, owner: str, conversation_id: str) -> list[StoredTurn]:
        """Return the turns of a conversation, oldest first; empty if it isn't the owner's."""
        return self._turns("owner = ? AND conversation = ?", owner, conversation_id)

    def add(self, owner: str, conversation_id: str, answer: StoredAnswer) -> StoredTurn:
        """
        Add a turn at the end of a conversation.

        Raises:
            ConversationDeleted: If the owner has no such conversation.
        """
        asked_at = _iso(self._now())
        with self._transaction():
            added = self._execute(
                _ADD, asked_at, answer.question, to_json(answer), _search_text(answer), owner, conversation_id
            )
            if not added.rowcount:
                raise _deleted()
            turn = cast(int, added.lastrowid)
        return StoredTurn(turn, answer, asked_at)

    def finish(self, owner: str, conversation_id: str, turn_id: int, answer: StoredAnswer) -> StoredTurn:
        """
        Store the answer of a turn that was added without one.

        Raises:
            ConversationDeleted: If the owner has no such turn.
        """
        query = (
            f"UPDATE turns SET answer = ?, words = ? WHERE conversation IN ({_OWNED_IDS} AND id = ?) "  # noqa: S608
            "AND id = ? RETURNING asked_at"
        )
        with self._transaction():
            rows = self._execute(
                query, to_json(answer), _search_text(answer), owner, conversation_id, turn_id
            ).fetchall()
            if not rows:
                raise _deleted()
        return StoredTurn(turn_id, answer, str(rows[0][0]))

    def delete_turns(self, owner: str, conversation_id: str, turn_id: int, until: int | None = None) -> None:
        """Delete a turn and all later ones, or those before *until*, as when a question is edited."""
        query = f"DELETE FROM turns WHERE conversation IN ({_OWNED_IDS} AND id = ?) AND id >= ? AND id < ?"  # noqa: S608
        self._write(query, owner, conversation_id, turn_id, _MAX_TURN if until is None else until)
        self._truncate_log()

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Set the title of a conversation; an empty one is replaced by its first question."""
        title = short_title(title)
        self._write(
            "UPDATE conversations SET title = ?, words = ? WHERE owner = ? AND id = ?",
            title, normalise_for_search(title), owner, conversation_id,
        )  # fmt: skip

    def delete(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation; its text remains in none of the database's files."""
        self._write("DELETE FROM conversations WHERE owner = ? AND id = ?", owner, conversation_id)
        self._truncate_log()

    def rate(self, owner: str, turn_id: int, rating: Rating | None, comment: str = "") -> None:
        """Set the rating and comment of a turn; None removes both."""
        text = comment[:MAX_COMMENT] if rating else ""
        self._write(
            f"UPDATE turns SET thumb = ?, remark = ? WHERE id = ? AND conversation IN ({_OWNED_IDS})",  # noqa: S608
            rating, text, turn_id, owner,
        )  # fmt: skip

    def rated(self, owner: str) -> list[StoredTurn]:
        """Return the owner's turns that have a rating, oldest first."""
        return self._turns("owner = ? AND thumb IS NOT NULL", owner)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _turns(self, condition: str, *values: object) -> list[StoredTurn]:
        query = f"{_TURNS} WHERE {condition} ORDER BY turns.id"
        return [_turn(row) for row in self._rows(query, *values)]

    def _rows(self, query: str, *values: object) -> list[Row]:
        with self._lock, self._translate_errors():
            return self._execute(query, *values).fetchall()

    def _write(self, query: str, *values: object) -> None:
        with self._transaction():
            self._execute(query, *values)

    def _execute(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(query, [_bindable(value) for value in values])

    def _truncate_log(self) -> None:
        """Remove deleted text from the write-ahead log, too; deferred while another process reads."""
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a transaction, which is rolled back on any error."""
        with self._lock, self._translate_errors():
            # IMMEDIATE waits for other writers; a transaction that begins with a read would fail instead.
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _migrate(self) -> None:
        """Apply missing migrations, each in one transaction with its record."""
        known = [migration.__name__ for migration in MIGRATIONS]
        with self._transaction() as database:
            done = applied_migrations(database)
            later = [name for name in done if name not in known]
            if later:
                raise ConversationsUnavailable(
                    f"{self._path} was written by a newer version of Footnote "
                    f"(it has {later[0]}, this one knows {known[-1]}). Install that version."
                )
            for migration in MIGRATIONS:
                if migration.__name__ not in done:
                    migration(database)
                    database.execute("INSERT INTO migrations VALUES (?)", (migration.__name__,))

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Translate errors of SQLite and of the file system."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if type(error) not in {sqlite3.DatabaseError, sqlite3.OperationalError}:
                raise  # a bug, such as wrong SQL
            raise _translate(self._path, error) from error
        except UnicodeDecodeError as error:  # SQLite's message contains the damaged bytes
            raise _damaged(self._path, "it doesn't contain text") from error
        except OSError as error:
            raise ConversationsUnavailable(
                f"The conversations in {self._path} can't be opened ({error.strerror}). "
                "Make the file and its folder writable."
            ) from error


def normalise_for_search(text: str) -> str:
    """Return the text as it is searched: without accents, case and line breaks."""
    # Normalised before the case is folded, too: "℠" becomes "SM", which has capitals.
    plain = unicodedata.normalize("NFKD", replace_surrogates(text).replace("\0", " "))
    letters = unicodedata.normalize("NFKD", plain.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def short_title(title: str) -> str:
    """Return a title on one line, cut to :data:`MAX_TITLE` characters."""
    line = " ".join(title.split())
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1].rstrip() + "…"


def _deleted() -> ConversationDeleted:
    return ConversationDeleted("This conversation was deleted. Start a new one.")


# Queries

_MAX_TURN = 2**63 - 1
"""The largest number that SQLite can give a turn."""
_OWNED_IDS = "SELECT id FROM conversations WHERE owner = ?"
_DELETE_UNUSED = """
DELETE FROM conversations
WHERE owner = ? AND begun_at < ? AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.id)
"""
_ADD = """
INSERT INTO turns (conversation, asked_at, question, answer, words)
SELECT id, ?, ?, ?, ? FROM conversations WHERE owner = ? AND id = ?
"""
_TURNS = """
SELECT turns.id, question, answer, asked_at, thumb, remark
FROM turns JOIN conversations ON conversations.id = conversation
"""
_LIST = """
SELECT conversations.id, title,
       (SELECT question FROM turns WHERE conversation = conversations.id ORDER BY id LIMIT 1),
       max(asked_at), count(*)
FROM conversations JOIN turns ON conversation = conversations.id
WHERE owner = ? {conditions}
GROUP BY conversations.id ORDER BY max(turns.id) DESC
"""
# instr and not LIKE, for which a percent sign and an underscore are wildcards.
_SEARCH = """
AND (instr(conversations.words, ?) OR EXISTS (
    SELECT 1 FROM turns AS turn WHERE turn.conversation = conversations.id AND instr(turn.words, ?)))
"""


# Details


def _open_database(path: Path) -> sqlite3.Connection:
    make_private_dir(path.parent)
    _make_private(path)
    database = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        # A damaged text is shown as far as it can be decoded.
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        _enable_wal(database)
        database.execute("PRAGMA synchronous=FULL")  # each commit is on disk, not only each checkpoint
        database.execute("PRAGMA foreign_keys=ON")
        database.execute("PRAGMA secure_delete=ON")
    except BaseException:
        database.close()
        raise
    return database


def _make_private(path: Path) -> None:
    """
    Create the file if missing, readable by its owner alone; SQLite gives its -wal and -shm files that mode.

    An existing file isn't opened: closing it would release all locks of this process on it (POSIX).
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _enable_wal(database: sqlite3.Connection) -> None:
    """Set WAL mode; SQLite's busy timeout doesn't apply when another process is setting it, too."""
    until = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _bindable(value: object) -> object:
    """Return a value that SQLite accepts, whatever a browser sent."""
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, int):
        return max(-(2**63), min(value, 2**63 - 1))
    return value


def _turn(row: Row) -> StoredTurn:
    """Return the turn of a row; a damaged answer is replaced by a placeholder."""
    id_, question, json_, asked_at, rating, comment = row
    try:
        answer = from_json(str(json_))
    except ValueError:
        answer = damaged_placeholder(str(question))
    return StoredTurn(cast(int, id_), answer, str(asked_at), cast(Rating | None, rating), str(comment))


def _search_text(answer: StoredAnswer) -> str:
    """Return the text in which a search finds a turn: its question and its answer."""
    text = [answer.question, answer.short or "", *(sentence.text for sentence in answer.sentences)]
    return normalise_for_search("\n".join(text))


def _iso(moment: datetime) -> str:
    """Return the time to the second, so that times compare as their texts do."""
    return moment.isoformat(timespec="seconds")


def _translate(path: Path, error: sqlite3.Error) -> ConversationsDamaged | ConversationsUnavailable:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF  # the primary result code
    fault = short_title(str(error))  # SQLite's message can contain the whole of a damaged schema
    text = f"The conversations in {path} can't be read or written ({fault})"
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return ConversationsUnavailable(
                f"{text}: another program has locked them. Close it and try again."
            )
        case sqlite3.SQLITE_FULL:
            return ConversationsUnavailable(f"{text}: the disk is full. Free up space and try again.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return ConversationsUnavailable(f"{text}. Make the file and its folder writable.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(path, fault)
    return ConversationsUnavailable(f"{text}. Check the disk and try again.")


def _damaged(path: Path, fault: str) -> ConversationsDamaged:
    return ConversationsDamaged(
        f"The conversations in {path} are damaged ({fault}). To start over, move that file away, "
        "together with the files next to it that end in -wal and -shm."
    )
