"""
The conversation store: questions and answers in a SQLite database.

Every query names the owner; somebody else's conversation looks like one that doesn't exist.
"""

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from qa.answer_json import from_json, to_json
from qa.chat.collections import CollectionStore
from qa.chat.database import Database, Row
from qa.errors import ConversationDeleted
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
UNUSED_TTL = timedelta(days=1)
"""Age at which a conversation without turns is deleted."""
TRASH_TTL = timedelta(days=30)
"""Time that a deleted conversation can be restored."""


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """
    A conversation in a list.

    Args:
        id: The conversation's id; unguessable.
        title: The title that a person set, or else the first question; one line.
        changed_at: Time of the last question; UTC, ISO 8601.
        turns: Number of questions, at least 1; with those that were replaced.
        pinned: Whether it is listed before the others.
        collection: Id of the collection that its questions are limited to; empty for none.
        deleted_at: When it was moved to the trash; UTC, ISO 8601; empty if it wasn't.
    """

    id: str
    title: str
    changed_at: str
    turns: int
    pinned: bool = False
    collection: str = ""
    deleted_at: str = ""


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
        self._now = now
        self._database = Database(path)
        self.collections = CollectionStore(self._database)
        try:
            self.purge()
        except BaseException:
            self.close()
            raise

    def create(self, owner: str) -> str:
        """Create a conversation and return its id; it is listed once it has a turn."""
        conversation = secrets.token_urlsafe(16)
        now = self._now()
        with self._database.transaction():
            self._database.execute(_DELETE_UNUSED, owner, _iso(now - UNUSED_TTL))
            self._database.execute(
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
        rows = self._database.rows(query, owner, *(word for word in words for _ in range(2)))
        return [_summary(row) for row in rows]

    def trash(self, owner: str) -> list[ConversationSummary]:
        """Return the owner's deleted conversations, the last deleted first."""
        return [_summary(row) for row in self._database.rows(_TRASH, owner)]

    def turns(self, owner: str, conversation_id: str) -> list[StoredTurn]:
        """Return the turns that a conversation shows, oldest first; empty if it isn't the owner's."""
        return [
            _turn(row) for row in self._database.rows(_SHOWN_TURNS, conversation_id, owner, conversation_id)
        ]

    def add(
        self, owner: str, conversation_id: str, answer: StoredAnswer, replaces: int | None = None
    ) -> StoredTurn:
        """
        Add a turn, which the conversation shows from now on.

        Args:
            owner: Id of the owner.
            conversation_id: Id of the conversation.
            answer: The question, with or without its answer.
            replaces: Id of the turn that it replaces. That turn and all later ones stay as another branch,
                unless it has no answer and is the last one. None adds the turn at the end.

        Raises:
            ConversationDeleted: If the owner has no such conversation, or the conversation no such turn.
        """
        asked_at = _iso(self._now())
        with self._database.transaction():
            before = self._parent(owner, conversation_id, replaces)
            if replaces is not None:
                self._delete_unanswered(replaces)
            self._database.execute(_HIDE_BRANCHES, conversation_id, before)
            values = asked_at, answer.question, to_json(answer), _search_text(answer)
            added = self._database.execute(_ADD, *values, before, owner, conversation_id)
            if not added.rowcount:
                raise _deleted()
            turn = cast(int, added.lastrowid)
            [(branches,)] = self._database.execute(_COUNT_BRANCHES, conversation_id, before)
        return StoredTurn(turn, answer, asked_at, branch=cast(int, branches), branches=cast(int, branches))

    def choose_branch(self, owner: str, conversation_id: str, turn_id: int, number: int) -> None:
        """
        Show another branch at the place of a turn, with the turns that followed it.

        Args:
            owner: Id of the owner.
            conversation_id: Id of the conversation.
            turn_id: Any turn at that place; an unknown one is ignored.
            number: Number of the branch, from 1; an unknown one is ignored.
        """
        with self._database.transaction():
            branches = self._database.execute(_BRANCHES, owner, conversation_id, turn_id).fetchall()
            if 1 <= number <= len(branches):
                chosen, before = branches[number - 1]
                self._database.execute(_HIDE_BRANCHES, conversation_id, before)
                self._database.execute("UPDATE turns SET chosen = 1 WHERE id = ?", chosen)

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
        with self._database.transaction():
            rows = self._database.execute(
                query, to_json(answer), _search_text(answer), owner, conversation_id, turn_id
            ).fetchall()
            if not rows:
                raise _deleted()
        return StoredTurn(turn_id, answer, str(rows[0][0]))

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Set the title of a conversation; an empty one is replaced by its first question."""
        title = short_title(title)
        self._database.write(
            "UPDATE conversations SET title = ?, words = ? WHERE owner = ? AND id = ?",
            title, normalise_for_search(title), owner, conversation_id,
        )  # fmt: skip

    def pin(self, owner: str, conversation_id: str, pinned: bool) -> None:
        """List a conversation before the others, or no longer."""
        self._database.write(
            "UPDATE conversations SET pinned = ? WHERE owner = ? AND id = ?", pinned, owner, conversation_id
        )

    def delete(self, owner: str, conversation_id: str) -> None:
        """Move a conversation to the trash, where it stays for :data:`TRASH_TTL`."""
        query = "UPDATE conversations SET deleted_at = ? WHERE owner = ? AND id = ? AND deleted_at IS NULL"
        self._database.write(query, _iso(self._now()), owner, conversation_id)

    def restore(self, owner: str, conversation_id: str) -> None:
        """Take a conversation out of the trash."""
        query = "UPDATE conversations SET deleted_at = NULL WHERE owner = ? AND id = ?"
        self._database.write(query, owner, conversation_id)

    def delete_forever(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation in the trash; its text remains in none of the database's files."""
        query = "DELETE FROM conversations WHERE owner = ? AND id = ? AND deleted_at IS NOT NULL"
        self._database.write(query, owner, conversation_id)
        self._database.truncate_log()

    def purge(self) -> None:
        """Delete the conversations, of all owners, that have been in the trash for :data:`TRASH_TTL`."""
        query = "DELETE FROM conversations WHERE deleted_at < ?"
        with self._database.transaction():
            purged = self._database.execute(query, _iso(self._now() - TRASH_TTL)).rowcount
        if purged:
            self._database.truncate_log()

    def adopt(self, owner: str, prefix: str) -> None:
        """Make *owner* the owner of the conversations of everybody whose id begins with *prefix*."""
        query = "UPDATE conversations SET owner = ? WHERE substr(owner, 1, length(?)) = ?"
        self._database.write(query, owner, prefix, prefix)

    def rate(
        self, owner: str, turn_id: int, rating: Rating | None, comment: str = "", correction: str = ""
    ) -> None:
        """
        Set the rating of a turn.

        Args:
            owner: Id of the owner.
            turn_id: Id of the turn.
            rating: The rating; None removes it, the comment and the correction.
            comment: The person's comment.
            correction: The right answer, for an answer that is wrong.
        """
        comment, correction = (comment[:MAX_COMMENT], correction[:MAX_COMMENT]) if rating else ("", "")
        correction = correction if rating == "down" else ""
        self._database.write(_RATE, rating, comment, correction, turn_id, owner)

    def rated(self, owner: str) -> list[StoredTurn]:
        """Return the owner's turns that have a rating, oldest first."""
        return [_turn(row) for row in self._database.rows(_RATED, owner)]

    def before(self, owner: str, turn_id: int) -> list[StoredTurn]:
        """Return the turns that a turn follows, oldest first, whether they are shown or not."""
        return [_turn(row) for row in self._database.rows(_BEFORE, turn_id, owner)]

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _parent(self, owner: str, conversation_id: str, replaces: int | None) -> int:
        """Return the id of the turn that a new turn follows; 0 if it is a first one."""
        if replaces is None:
            [(last,)] = self._database.execute(f"{_SHOWN} SELECT max(id) FROM shown", conversation_id)  # noqa: S608
            return cast(int, last)
        branches = self._database.execute(_BRANCHES, owner, conversation_id, replaces).fetchall()
        if not branches:
            raise _deleted()
        return cast(int, branches[0][1])

    def _delete_unanswered(self, turn_id: int) -> None:
        """Delete a turn that has no answer and isn't followed by another."""
        rows = self._database.execute(_UNFOLLOWED, turn_id).fetchall()
        if any(_answer(str(question), str(json_)).unfinished for question, json_ in rows):
            self._database.execute("DELETE FROM turns WHERE id = ?", turn_id)


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

_OWNED_IDS = "SELECT id FROM conversations WHERE owner = ?"
_DELETE_UNUSED = """
DELETE FROM conversations
WHERE owner = ? AND begun_at < ? AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.id)
"""
_ADD = """
INSERT INTO turns (conversation, asked_at, question, answer, words, parent)
SELECT id, ?, ?, ?, ?, ? FROM conversations WHERE owner = ? AND id = ? AND deleted_at IS NULL
"""
_HIDE_BRANCHES = "UPDATE turns SET chosen = 0 WHERE conversation = ? AND parent = ?"
_COUNT_BRANCHES = "SELECT count(*) FROM turns WHERE conversation = ? AND parent = ?"
_BRANCHES = """
SELECT branch.id, branch.parent
FROM conversations
JOIN turns AS turn ON turn.conversation = conversations.id
JOIN turns AS branch ON branch.conversation = conversations.id AND branch.parent = turn.parent
WHERE owner = ? AND deleted_at IS NULL AND conversations.id = ? AND turn.id = ?
ORDER BY branch.id
"""
_UNFOLLOWED = """
SELECT question, answer FROM turns
WHERE id = ? AND NOT EXISTS (
    SELECT 1 FROM turns AS next WHERE next.conversation = turns.conversation AND next.parent = turns.id)
"""
_TURN_COLUMNS = """
SELECT turns.id, question, answer, asked_at, thumb, remark, correction,
       (SELECT count(*) FROM turns AS branch WHERE branch.conversation = turns.conversation
        AND branch.parent = turns.parent AND branch.id <= turns.id),
       (SELECT count(*) FROM turns AS branch WHERE branch.conversation = turns.conversation
        AND branch.parent = turns.parent)
"""
# UNION and not UNION ALL: it ends even where parents are damaged.
_SHOWN = """
WITH RECURSIVE shown (id) AS (
    SELECT 0
    UNION SELECT turns.id FROM turns JOIN shown ON parent = shown.id WHERE conversation = ? AND chosen
)
"""
_SHOWN_TURNS = f"""
{_SHOWN}
{_TURN_COLUMNS}
FROM shown JOIN turns ON turns.id = shown.id JOIN conversations ON conversations.id = conversation
WHERE owner = ? AND conversation = ? AND deleted_at IS NULL ORDER BY turns.id
"""
_RATE = """
UPDATE turns SET thumb = ?, remark = ?, correction = ?
WHERE id = ? AND conversation IN (SELECT id FROM conversations WHERE owner = ?)
"""
_RATED = f"""
{_TURN_COLUMNS}
FROM turns JOIN conversations ON conversations.id = conversation
WHERE owner = ? AND thumb IS NOT NULL AND deleted_at IS NULL ORDER BY turns.id
"""
_EARLIER = """
WITH RECURSIVE earlier (id) AS (
    SELECT parent FROM turns WHERE id = ?
    UNION SELECT parent FROM turns JOIN earlier ON turns.id = earlier.id
)
"""
_BEFORE = f"""
{_EARLIER}
{_TURN_COLUMNS}
FROM earlier JOIN turns ON turns.id = earlier.id JOIN conversations ON conversations.id = conversation
WHERE owner = ? ORDER BY turns.id
"""
_SUMMARY_COLUMNS = """
SELECT conversations.id, title,
       (SELECT question FROM turns WHERE conversation = conversations.id
        ORDER BY chosen AND NOT parent DESC, id LIMIT 1),
       max(asked_at), count(*), pinned, collection, coalesce(deleted_at, '')
FROM conversations JOIN turns ON conversation = conversations.id
"""
_LIST = (
    _SUMMARY_COLUMNS
    + """
WHERE owner = ? AND deleted_at IS NULL {conditions}
GROUP BY conversations.id ORDER BY pinned DESC, max(turns.id) DESC
"""
)
_TRASH = f"""
{_SUMMARY_COLUMNS}
WHERE owner = ? AND deleted_at IS NOT NULL
GROUP BY conversations.id ORDER BY deleted_at DESC, max(turns.id) DESC
"""
# instr and not LIKE, for which a percent sign and an underscore are wildcards.
_SEARCH = """
AND (instr(conversations.words, ?) OR EXISTS (
    SELECT 1 FROM turns AS turn WHERE turn.conversation = conversations.id AND instr(turn.words, ?)))
"""


# Details


def _turn(row: Row) -> StoredTurn:
    """Return the turn of a row."""
    id_, question, json_, asked_at, rating, comment, correction, branch, branches = row
    return StoredTurn(
        cast(int, id_),
        _answer(str(question), str(json_)),
        str(asked_at),
        cast(Rating | None, rating),
        str(comment),
        str(correction),
        cast(int, branch),
        cast(int, branches),
    )


def _answer(question: str, json_: str) -> StoredAnswer:
    """Return a stored answer; a damaged one is replaced by a placeholder."""
    try:
        return from_json(json_)
    except ValueError:
        return damaged_placeholder(question)


def _summary(row: Row) -> ConversationSummary:
    id_, title, question, changed_at, turns, pinned, collection, deleted_at = row
    return ConversationSummary(
        str(id_),
        short_title(str(title or question)),
        str(changed_at),
        cast(int, turns),
        bool(pinned),
        str(collection),
        str(deleted_at),
    )


def _search_text(answer: StoredAnswer) -> str:
    """Return the text in which a search finds a turn: its question and its answer."""
    text = [answer.question, answer.short or "", *(sentence.text for sentence in answer.sentences)]
    return normalise_for_search("\n".join(text))


def _iso(moment: datetime) -> str:
    """Return the time to the second, so that times compare as their texts do."""
    return moment.isoformat(timespec="seconds")
