"""
What was asked and answered, kept across restarts: the only door to SQLite for what can't be rebuilt.

Every question about a conversation names its owner, and somebody else's conversation is one that isn't there.
"""

import contextlib
import os
import secrets
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from index.permissions import make_private_dir
from qa.errors import ConversationGone, ConversationsDamaged, ConversationsUnavailable
from qa.kept import (
    KeptAnswer,
    KeptNote,
    KeptPassage,
    Thumb,
    Turn,
    kept,
    read,
    storable,
    unreadable,
    written,
)

__all__ = [
    "Conversations",
    "KeptAnswer",
    "KeptNote",
    "KeptPassage",
    "Listed",
    "Thumb",
    "Turn",
    "kept",
]

LONGEST_TITLE = 120
"""Characters of a title; the rest is left out."""
LONGEST_REMARK = 4000
"""Characters of a remark; the rest is left out."""
MOST_WORDS = 16
"""Words of a search that are looked for; further ones are passed over."""
PATIENCE = 30.0
"""Seconds that another process may keep the file locked."""
UNUSED = timedelta(days=1)
"""After this time a conversation in which nothing was asked is forgotten."""

Migration = Callable[[sqlite3.Connection], None]
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """
    One line of the list of conversations.

    Args:
        id: Unguessable; the conversation's address.
        title: The name it was given, or else its first question, on one line.
        changed_at: When it was last asked in; UTC, ISO 8601.
        turns: How many there are, at least 1.
    """

    id: str
    title: str
    changed_at: str
    turns: int


class Conversations:
    """
    Everyone's conversations, from any thread and several processes.

    What a method has written is on disk when it returns, and survives a kill and a power cut.

    Args:
        path: The SQLite file; made if missing, readable by its owner alone.
        now: The time, in UTC.

    Raises:
        ConversationsDamaged: If the file is no database any more; from every method.
        ConversationsUnavailable: If it can't be opened, or the disk is full; from every method.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        with self._translated():
            self._database = _opened(path)
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    def new(self, owner: str) -> str:
        """Begin a conversation and give its id; it is listed once something is asked in it."""
        conversation = secrets.token_urlsafe(16)
        now = self._now()
        with self._writing():
            self._execute(_FORGET_UNUSED, owner, _iso(now - UNUSED))
            self._execute(
                "INSERT INTO conversations (id, owner, begun_at) VALUES (?, ?, ?)",
                conversation, owner, _iso(now),
            )  # fmt: skip
        return conversation

    def listed(self, owner: str, search: str = "") -> list[Listed]:
        """
        The owner's conversations, the one last asked in first.

        Args:
            owner: Whose.
            search: Each of its words must stand in the title, a question or an answer, as a part of a word at
                least; capitals and accents make no difference.
        """
        words = folded(search).split()[:MOST_WORDS]
        query = _LISTED.format(found=_FOUND * len(words))
        rows = self._rows(query, owner, *(word for word in words for _ in range(2)))
        return [
            Listed(str(id_), one_line(str(title or question)), str(changed_at), cast(int, turns))
            for id_, title, question, changed_at, turns in rows
        ]

    def turns(self, owner: str, conversation: str) -> list[Turn]:
        """The conversation from its beginning; empty if it isn't the owner's."""
        return self._turns("owner = ? AND conversation = ?", owner, conversation)

    def add(self, owner: str, conversation: str, answer: KeptAnswer) -> Turn:
        """
        Put a turn to the end of the conversation.

        Raises:
            ConversationGone: If the owner has no such conversation; it may have been deleted meanwhile.
        """
        asked_at = _iso(self._now())
        with self._writing():
            added = self._execute(
                _ADD, asked_at, answer.question, written(answer), _words(answer), owner, conversation
            )
            if not added.rowcount:
                raise _gone()
            turn = cast(int, added.lastrowid)
        return Turn(turn, answer, asked_at)

    def finish(self, owner: str, conversation: str, turn: int, answer: KeptAnswer) -> Turn:
        """
        Put an answer to a question that was added without one.

        Raises:
            ConversationGone: If the owner has no such turn; it may have been deleted meanwhile.
        """
        query = (
            f"UPDATE turns SET answer = ?, words = ? WHERE conversation IN ({_OWN} AND id = ?) "  # noqa: S608
            "AND id = ? RETURNING asked_at"
        )
        with self._writing():
            rows = self._execute(query, written(answer), _words(answer), owner, conversation, turn).fetchall()
            if not rows:
                raise _gone()
        return Turn(turn, answer, str(rows[0][0]))

    def cut(self, owner: str, conversation: str, turn: int, until: int | None = None) -> None:
        """Drop that turn and all after it, or up to *until*, as when a question is asked in other words."""
        query = f"DELETE FROM turns WHERE conversation IN ({_OWN} AND id = ?) AND id >= ? AND id < ?"  # noqa: S608
        self._write(query, owner, conversation, turn, _LAST if until is None else until)
        self._forget()

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give the conversation a name; an empty one gives it its first question again."""
        named = one_line(title)
        self._write(
            "UPDATE conversations SET title = ?, words = ? WHERE owner = ? AND id = ?",
            named, folded(named), owner, conversation,
        )  # fmt: skip

    def delete(self, owner: str, conversation: str) -> None:
        """Forget the conversation; its words stay in none of the files."""
        self._write("DELETE FROM conversations WHERE owner = ? AND id = ?", owner, conversation)
        self._forget()

    def judge(self, owner: str, turn: int, thumb: Thumb | None, remark: str = "") -> None:
        """Keep what the person thinks of an answer; None takes it back, remark and all."""
        said = remark[:LONGEST_REMARK] if thumb else ""
        self._write(
            f"UPDATE turns SET thumb = ?, remark = ? WHERE id = ? AND conversation IN ({_OWN})",  # noqa: S608
            thumb, said, turn, owner,
        )  # fmt: skip

    def judged(self, owner: str) -> list[Turn]:
        """All of the owner's turns with a thumb, in the order they were asked."""
        return self._turns("owner = ? AND thumb IS NOT NULL", owner)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _turns(self, condition: str, *values: object) -> list[Turn]:
        query = f"{_TURNS} WHERE {condition} ORDER BY turns.id"
        return [_turn(row) for row in self._rows(query, *values)]

    def _rows(self, query: str, *values: object) -> list[Row]:
        with self._lock, self._translated():
            return self._execute(query, *values).fetchall()

    def _write(self, query: str, *values: object) -> None:
        with self._writing():
            self._execute(query, *values)

    def _execute(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(query, [_bindable(value) for value in values])

    def _forget(self) -> None:
        """Bring what was deleted out of the log, too; while another process reads, that waits."""
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing is kept."""
        with self._lock, self._translated():
            # IMMEDIATE waits for other writers here; a transaction that began by reading could only give up.
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _migrate(self) -> None:
        """Each migration together with its record, so that a kill leaves none half done."""
        known = [migration.__name__ for migration in MIGRATIONS]
        with self._writing() as database:
            done = _migrated(database)
            later = [name for name in done if name not in known]
            if later:
                raise ConversationsUnavailable(
                    f"{self._path} was written by a later Footnote (it has {later[0]}, this one knows "
                    f"{known[-1]}); install that one again"
                )
            for migration in MIGRATIONS:
                if migration.__name__ not in done:
                    migration(database)
                    database.execute("INSERT INTO migrations VALUES (?)", (migration.__name__,))

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's errors as a person would say them."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if type(error) not in {sqlite3.DatabaseError, sqlite3.OperationalError}:
                raise  # a mistake in the program
            raise _in_words(self._path, error) from error
        except UnicodeDecodeError as error:  # even SQLite's message repeats the damaged bytes
            raise _damaged(self._path, "it holds no text") from error
        except OSError as error:
            raise ConversationsUnavailable(
                f"the conversations in {self._path} can't be opened ({error.strerror}); "
                "make the file and its folder writable"
            ) from error


def folded(text: str) -> str:
    """*text* as it is searched: without accents, capitals and line breaks."""
    plain = unicodedata.normalize("NFKD", storable(text).replace("\0", " "))  # first: "℠" becomes capitals
    letters = unicodedata.normalize("NFKD", plain.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def one_line(title: str) -> str:
    """A title for a list: its runs of white space are one space, and it is at most LONGEST_TITLE long."""
    line = " ".join(title.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def _gone() -> ConversationGone:
    return ConversationGone("this conversation was deleted, so nothing can be added; begin a new one")


# Queries

_LAST = 2**63 - 1
"""The largest number that SQLite can give a turn."""
_OWN = "SELECT id FROM conversations WHERE owner = ?"
_FORGET_UNUSED = """
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
_LISTED = """
SELECT conversations.id, title,
       (SELECT question FROM turns WHERE conversation = conversations.id ORDER BY id LIMIT 1),
       max(asked_at), count(*)
FROM conversations JOIN turns ON conversation = conversations.id
WHERE owner = ? {found}
GROUP BY conversations.id ORDER BY max(turns.id) DESC
"""
# Not LIKE, to which a percent sign or an underscore is no letter.
_FOUND = """
AND (instr(conversations.words, ?) OR EXISTS (
    SELECT 1 FROM turns AS said WHERE said.conversation = conversations.id AND instr(said.words, ?)))
"""


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


MIGRATIONS: Sequence[Migration] = (m001_conversations_and_turns,)
"""In order, each applied once; its name is recorded in the file."""


def _migrated(database: sqlite3.Connection) -> list[str]:
    database.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    return [str(name) for (name,) in database.execute("SELECT name FROM migrations ORDER BY name")]


# Details


def _opened(path: Path) -> sqlite3.Connection:
    make_private_dir(path.parent)
    _make_private(path)
    database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        database.text_factory = lambda words: words.decode("utf-8", "replace")
        _use_log(database)
        database.execute("PRAGMA synchronous=FULL")  # each commit is on disk, not only each checkpoint
        database.execute("PRAGMA foreign_keys=ON")
        database.execute("PRAGMA secure_delete=ON")
    except BaseException:
        database.close()
        raise
    return database


def _make_private(path: Path) -> None:
    """
    An empty file, readable by its owner alone; SQLite gives those beside it the same mode.

    One that is there is not opened: closing it would take away the locks of this process on it (POSIX).
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _use_log(database: sqlite3.Connection) -> None:
    """Set WAL mode, the one thing SQLite doesn't wait for when another process is just doing it, too."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _bindable(value: object) -> object:
    """As SQLite can take it, whatever a browser sent."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int):
        return max(-(2**63), min(value, 2**63 - 1))
    return value


def _turn(row: Row) -> Turn:
    """One damaged answer costs itself alone."""
    turn, question, answer, asked_at, thumb, remark = row
    try:
        shown = read(str(answer))
    except ValueError:
        shown = unreadable(str(question))
    return Turn(cast(int, turn), shown, str(asked_at), cast(Thumb | None, thumb), str(remark))


def _words(answer: KeptAnswer) -> str:
    said = [answer.question, answer.short or "", *(sentence.text for sentence in answer.sentences)]
    return folded("\n".join(said))


def _iso(moment: datetime) -> str:
    """To the second, so that two times compare as their texts do."""
    return moment.isoformat(timespec="seconds")


def _in_words(path: Path, error: sqlite3.Error) -> ConversationsDamaged | ConversationsUnavailable:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF  # the rest only adds detail
    fault = one_line(str(error))  # SQLite's message may repeat the whole of a damaged schema
    said = f"the conversations in {path} can't be read or written ({fault})"
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return ConversationsUnavailable(
                f"{said}: another program keeps them locked; end it and try again"
            )
        case sqlite3.SQLITE_FULL:
            return ConversationsUnavailable(f"{said}: the disk is full; make room and try again")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return ConversationsUnavailable(f"{said}: make the file and its folder writable")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(path, fault)
    return ConversationsUnavailable(f"{said}: see to the disk and try again")


def _damaged(path: Path, fault: str) -> ConversationsDamaged:
    return ConversationsDamaged(
        f"the conversations in {path} are damaged ({fault}); to begin anew, move that file away, "
        "and those beside it whose names end in -wal and -shm"
    )
