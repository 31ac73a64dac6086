"""
What the page does, without the page: a question becomes a kept turn, a footnote becomes its source.

Everyone's conversations and the one library come together here; each method names the owner it serves.
"""

import contextlib
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO

from index import Document, FootnoteError, Snapshot, Span
from index.errors import UnknownDocument
from qa.conversations import Conversations
from qa.exporting import as_json, as_markdown, into_zip, question_set
from qa.kept import KeptAnswer, KeptNote, Thumb, Turn
from qa.library import Library
from qa.sessions import name_of
from qa.web.asking import Asked, Asking
from qa.web.pane import Cited
from qa.web.side import documents_html, list_html, side_html
from qa.web.talk import (
    begun_html,
    failed_html,
    judging_html,
    stopped_html,
    talk_html,
    turns_html,
    welcome_html,
)
from qa.web.view import error_html, state_html, status_html
from qa.wiring import Services

CONVERSATIONS = "conversations.sqlite"
CHANGED = "The source has changed since: these words are not in the index any more as they were"
"""Said above a footnote whose words are shown as they were kept."""


@dataclass(frozen=True, slots=True)
class Shown:
    """
    The talk just after a question.

    Args:
        conversation: Its id.
        earlier: The turns before, as HTML; None leaves them as they are.
        newest: The question and what there is of its answer, as HTML.
        taken: Whether the question was; otherwise it stays in the box.
    """

    conversation: str
    earlier: str | None
    newest: str
    taken: bool = True


@dataclass(frozen=True, slots=True)
class Download:
    """A file to save: its bytes, which who sends it closes, its name and its type."""

    content: IO[bytes]
    name: str
    media_type: str


class Chat:
    """Everything behind the page; from any thread."""

    def __init__(self, services: Services, conversations: Conversations, library: Library) -> None:
        self.services = services
        self.conversations = conversations
        self.library = library
        self.asking = Asking(services, conversations, library)

    def ask(self, owner: str, asked: Asked) -> Shown:
        """Begin an answer; while another one of the conversation is on its way, that is shown instead."""
        try:
            _, coming = self.asking.turns(owner, asked.conversation)
            if coming:
                return Shown(asked.conversation, self._talk(owner, asked.conversation), "", taken=False)
            conversation = self.asking.ask(owner, asked)
            newest = self.asking.turns(owner, conversation)[0][-1]
            earlier = self._talk(owner, conversation, before=newest.id)
            return Shown(conversation, earlier, begun_html(conversation, newest))
        except FootnoteError as error:
            return self._failed(owner, asked, str(error))

    def coming(self, owner: str, conversation: str, turn: int) -> str:
        """A turn as far as it has come; empty if it is there no more."""
        turns, coming = self.asking.turns(owner, conversation)
        found = [one for one in turns if one.id == turn]
        return self._over(lambda holds: turns_html(conversation, found, holds, coming))

    def stop(self, owner: str, conversation: str, turn: int) -> str:
        """Give up an answer; the turn with what there is of it."""
        left = self.asking.stop(owner, conversation, turn)
        found = [one for one in self.conversations.turns(owner, conversation) if one.id == turn]
        if left is None or not found:
            return self.coming(owner, conversation, turn)
        return self._over(lambda holds: stopped_html(found[0], left, holds))

    def talk(self, owner: str, conversation: str) -> tuple[str, str]:
        """The id, empty if the owner has no such conversation, and the whole of it as HTML."""
        if conversation and self.conversations.turns(owner, conversation):
            return conversation, self._talk(owner, conversation)
        documents = sum(1 for entry in self.library.entries() if entry.passages)
        return "", welcome_html(documents, self.library.starters(), missing=bool(conversation))

    def side(self, owner: str, conversation: str) -> str:
        """The left room."""
        listed = self.conversations.listed(owner)
        return side_html(listed, conversation, self.documents(), name_of(owner))

    def listed(self, owner: str, conversation: str, search: str = "") -> str:
        """The conversations alone."""
        return list_html(self.conversations.listed(owner, search), conversation, search)

    def documents(self) -> str:
        """The documents alone, for the left room."""
        return documents_html(self.library.entries(), self.library.folders())

    def status(self) -> str:
        """Afresh each time: the index may have been rebuilt meanwhile."""
        try:
            with self.services.live.lease() as snapshot:
                return status_html(snapshot.manifest, self.services.settings)
        except FootnoteError as error:
            return error_html(str(error))

    def state(self, owner: str, conversation: str) -> str:
        """The parts at work, with their times in the last answer of the conversation."""
        turns = self.conversations.turns(owner, conversation) if conversation else []
        return state_html(self.services.settings, turns[-1].answer.timings_ms if turns else {})

    def judge(self, owner: str, turn: int, thumb: str, remark: str) -> str:
        """Keep a judgement, and show it."""
        self.conversations.judge(owner, turn, _thumb(thumb), remark)
        found = [one for one in self.conversations.judged(owner) if one.id == turn]
        return judging_html(found[0] if found else Turn(turn, KeptAnswer(""), ""))

    def exported(self, owner: str, conversation: str, form: str) -> Download:
        """A conversation as a file: *form* is ``json``, or else it is Markdown."""
        turns = _finished(self.conversations.turns(owner, conversation))
        titles = [one.title for one in self.conversations.listed(owner) if one.id == conversation]
        title = titles[0] if titles else ""
        if form == "json":
            content = json.dumps(as_json(turns, title), ensure_ascii=False, indent=2)
            return Download(_bytes_of(content), "conversation.json", "application/json")
        return Download(_bytes_of(as_markdown(turns, title)), "conversation.md", "text/markdown")

    def judged_answers(self, owner: str) -> Download:
        """What the owner judged, as a question set for ``footnote eval`` over the library as it is now."""
        target = tempfile.TemporaryFile()  # noqa: SIM115 (who sends it closes it)
        with self.services.live.lease() as snapshot:
            documents = (snapshot.document(entry.doc_id) for entry in snapshot.documents())
            question_set(self.conversations.judged(owner), documents, into_zip(target))
        target.seek(0)
        return Download(target, "footnote-questions.zip", "application/zip")

    def cited(self, owner: str, key: str) -> Cited | None:
        """
        What a footnote's key means to whoever asks; None if it means nothing to them.

        Args:
            owner: Who asks.
            key: The conversation, the turn and the footnote: ``id.12.3``, or ``id.12.p0`` for a passage.
        """
        conversation, _, rest = key.partition(".")
        turn, _, which = rest.partition(".")
        found = [one for one in self.conversations.turns(owner, conversation) if str(one.id) == turn]
        return self._cited(found[0].answer, which) if found else None

    def _talk(self, owner: str, conversation: str, before: int | None = None) -> str:
        turns, coming = self.asking.turns(owner, conversation)
        shown = [turn for turn in turns if before is None or turn.id < before]
        return self._over(lambda holds: talk_html(conversation, shown, holds, coming))

    def _failed(self, owner: str, asked: Asked, reason: str) -> Shown:
        earlier = None
        with contextlib.suppress(FootnoteError):
            earlier = self._talk(owner, asked.conversation)
        failed = failed_html(asked.question, self.services.settings.max_question, reason)
        return Shown(asked.conversation, earlier, failed, taken=False)

    def _over(self, show: Callable[[Callable[[KeptNote], bool]], str]) -> str:
        """Something shown over the current snapshot; without one, no footnote is verified."""
        with contextlib.ExitStack() as stack:
            try:
                snapshot = stack.enter_context(self.services.live.lease())
            except FootnoteError:
                return show(lambda note: False)
            return show(_holds(snapshot))

    def _cited(self, answer: KeptAnswer, which: str) -> Cited | None:
        if which.startswith("p"):
            passage = dict(enumerate(answer.nearest)).get(_number(which[1:]))
            if passage is None:
                return None
            span = Span(passage.doc_id, passage.start, passage.end)
            return replace(self._source(span, passage.text, passage.title), near=True)
        note = {note.marker: note for note in answer.notes}.get(_number(which))
        if note is None:
            return None
        others = tuple(other.span for other in answer.notes if other.marker != note.marker)
        cited = self._source(note.span, note.cited_text, note.title)
        return replace(cited, marker=note.marker, count=len(answer.notes), others=others)

    def _source(self, span: Span, words: str, title: str) -> Cited:
        """The document if it still holds the words, otherwise the words alone, as they were kept."""
        with contextlib.suppress(FootnoteError), self.services.live.lease() as snapshot:
            document = snapshot.document(span.doc_id)
            if document.text[span.start : span.end] == words:
                return Cited(self._at_its_file(document), span)
        alone = Document(span.doc_id, title, (), "text/plain", words)
        return Cited(alone, Span(span.doc_id, 0, len(words)), note=CHANGED)

    def _at_its_file(self, document: Document) -> Document:
        """With the place of its bytes: files given to the chat go by a label."""
        path = self.library.source_of(document)
        return replace(document, paths=(str(path),)) if path else document


def opened(services: Services) -> Chat:
    """
    The chat over what the settings name.

    Raises:
        FootnoteError: If what was kept can't be opened.
    """
    conversations = Conversations(Path(services.settings.data_dir) / CONVERSATIONS)
    return Chat(services, conversations, Library(services))


def _holds(snapshot: Snapshot) -> Callable[[KeptNote], bool]:
    """Whether a footnote's words stand in this snapshot; each document is fetched once."""
    document = cache(lambda doc_id: _document(snapshot, doc_id))

    def holds(note: KeptNote) -> bool:
        source = document(note.doc_id)
        return source is not None and note.holds_in(source)

    return holds


def _document(snapshot: Snapshot, doc_id: str) -> Document | None:
    try:
        return snapshot.document(doc_id)
    except UnknownDocument:
        return None


def _bytes_of(text: str) -> IO[bytes]:
    return io.BytesIO(text.encode("utf-8", "replace"))


def _finished(turns: list[Turn]) -> list[Turn]:
    return [turn for turn in turns if not turn.answer.unfinished]


def _thumb(said: str) -> Thumb | None:
    if said == "up":
        return "up"
    return "down" if said == "down" else None


def _number(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else -1
