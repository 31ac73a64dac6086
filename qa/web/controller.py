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
from typing import IO

from index import Document, FootnoteError, LiveIndex, Snapshot, Span
from index.errors import IndexMissing, UnknownDocument
from qa.auth.sessions import account_name
from qa.chat.answer_jobs import AnswerJobs, AskRequest
from qa.chat.export import conversation_json, conversation_markdown, export_question_set, zip_writer
from qa.chat.store import ConversationStore
from qa.library.library import Library
from qa.settings import Settings
from qa.stored_answer import Rating, StoredAnswer, StoredFootnote, StoredTurn
from qa.web import strings
from qa.web.views.conversation import (
    cancelled_turn_html,
    conversation_html,
    failed_turn_html,
    pending_turn_html,
    rating_html,
    turns_html,
    welcome_html,
)
from qa.web.views.html import components_html, error_html, no_documents_html, status_html
from qa.web.views.sidebar import conversation_list_html, documents_html, sidebar_html
from qa.web.views.source_viewer import Citation

CONVERSATIONS_FILE = "conversations.sqlite"


@dataclass(frozen=True, slots=True)
class AskResponse:
    """
    The talk just after a question.

    Args:
        conversation_id: Its id.
        earlier: The turns before, as HTML; None leaves them as they are.
        newest: The question and what there is of its answer, as HTML.
        accepted: Whether the question was; otherwise it stays in the box.
    """

    conversation_id: str
    earlier: str | None
    newest: str
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class FileDownload:
    """A file to save: its bytes, which who sends it closes, its name and its type."""

    content: IO[bytes]
    name: str
    media_type: str


class ChatController:
    """Everything behind the page; from any thread."""

    def __init__(
        self,
        settings: Settings,
        live: LiveIndex,
        conversations: ConversationStore,
        library: Library,
        jobs: AnswerJobs,
    ) -> None:
        self.settings = settings
        self._live = live
        self.conversations = conversations
        self.library = library
        self.jobs = jobs

    def ask(self, owner: str, request: AskRequest) -> AskResponse:
        """Begin an answer; while another one of the conversation is on its way, that is shown instead."""
        try:
            _, running = self.jobs.turns(owner, request.conversation_id)
            if running:
                return AskResponse(
                    request.conversation_id,
                    self._conversation(owner, request.conversation_id),
                    "",
                    accepted=False,
                )
            conversation = self.jobs.submit(owner, request)
            newest = self.jobs.turns(owner, conversation)[0][-1]
            earlier = self._conversation(owner, conversation, before=newest.id)
            return AskResponse(conversation, earlier, pending_turn_html(conversation, newest))
        except FootnoteError as error:
            return self._error_response(owner, request, str(error))

    def running_turn(self, owner: str, conversation_id: str, turn_id: int) -> str:
        """A turn as far as it has come; empty if it is there no more."""
        turns, running = self.jobs.turns(owner, conversation_id)
        found = [each for each in turns if each.id == turn_id]
        return self._with_verifier(lambda holds: turns_html(conversation_id, found, holds, running))

    def cancel(self, owner: str, conversation_id: str, turn_id: int) -> str:
        """Give up an answer; the turn with what there is of it."""
        left = self.jobs.cancel(owner, conversation_id, turn_id)
        found = [each for each in self.conversations.turns(owner, conversation_id) if each.id == turn_id]
        if left is None or not found:
            return self.running_turn(owner, conversation_id, turn_id)
        return self._with_verifier(lambda holds: cancelled_turn_html(found[0], left, holds))

    def conversation(self, owner: str, conversation_id: str) -> tuple[str, str]:
        """The id, empty if the owner has no such conversation, and the whole of it as HTML."""
        if conversation_id and self.conversations.turns(owner, conversation_id):
            return conversation_id, self._conversation(owner, conversation_id)
        documents = sum(1 for entry in self.library.entries() if entry.passages)
        return "", welcome_html(documents, self.library.suggestions(), missing=bool(conversation_id))

    def sidebar(self, owner: str, conversation_id: str) -> str:
        """The left room."""
        listed = self.conversations.list_conversations(owner)
        return sidebar_html(listed, conversation_id, self.documents(), account_name(owner))

    def conversation_list(self, owner: str, conversation_id: str, search: str = "") -> str:
        """The conversations alone."""
        return conversation_list_html(
            self.conversations.list_conversations(owner, search), conversation_id, search
        )

    def documents(self) -> str:
        """The documents alone, for the left room."""
        return documents_html(self.library.entries(), self.library.folders())

    def status(self) -> str:
        """Afresh each time: the index may have been rebuilt meanwhile."""
        try:
            with self._live.acquire() as snapshot:
                return status_html(snapshot.manifest, self.settings)
        except IndexMissing:
            return no_documents_html()
        except FootnoteError as error:
            return error_html(str(error))

    def state(self, owner: str, conversation_id: str) -> str:
        """The parts at work, with their times in the last answer of the conversation."""
        turns = self.conversations.turns(owner, conversation_id) if conversation_id else []
        return components_html(self.settings, turns[-1].answer.timings_ms if turns else {})

    def rate(self, owner: str, turn_id: int, rating: str, comment: str) -> str:
        """Keep a judgement, and show it."""
        self.conversations.rate(owner, turn_id, _parse_rating(rating), comment)
        found = [each for each in self.conversations.rated(owner) if each.id == turn_id]
        return rating_html(found[0] if found else StoredTurn(turn_id, StoredAnswer(""), ""))

    def export(self, owner: str, conversation_id: str, form: str) -> FileDownload:
        """A conversation as a file: *form* is ``json``, or else it is Markdown."""
        turns = _finished(self.conversations.turns(owner, conversation_id))
        titles = [
            each.title for each in self.conversations.list_conversations(owner) if each.id == conversation_id
        ]
        title = titles[0] if titles else ""
        if form == "json":
            content = json.dumps(conversation_json(turns, title), ensure_ascii=False, indent=2)
            return FileDownload(_to_file(content), "conversation.json", "application/json")
        return FileDownload(_to_file(conversation_markdown(turns, title)), "conversation.md", "text/markdown")

    def export_rated(self, owner: str) -> FileDownload:
        """What the owner judged, as a question set for ``footnote eval`` over the library as it is now."""
        target = tempfile.TemporaryFile()  # noqa: SIM115 (who sends it closes it)
        with self._live.acquire() as snapshot:
            documents = (snapshot.document(entry.doc_id) for entry in snapshot.documents())
            export_question_set(self.conversations.rated(owner), documents, zip_writer(target))
        target.seek(0)
        return FileDownload(target, "footnote-questions.zip", "application/zip")

    def find_citation(self, owner: str, key: str) -> Citation | None:
        """
        What a footnote's key means to whoever asks; None if it means nothing to them.

        Args:
            owner: Who asks.
            key: The conversation, the turn and the footnote: ``id.12.3``, or ``id.12.p0`` for a passage.
        """
        conversation, _, rest = key.partition(".")
        turn, _, which = rest.partition(".")
        found = [each for each in self.conversations.turns(owner, conversation) if str(each.id) == turn]
        return self._find_citation(found[0].answer, which) if found else None

    def _conversation(self, owner: str, conversation_id: str, before: int | None = None) -> str:
        turns, running = self.jobs.turns(owner, conversation_id)
        shown = [turn for turn in turns if before is None or turn.id < before]
        return self._with_verifier(lambda holds: conversation_html(conversation_id, shown, holds, running))

    def _error_response(self, owner: str, request: AskRequest, reason: str) -> AskResponse:
        earlier = None
        with contextlib.suppress(FootnoteError):
            earlier = self._conversation(owner, request.conversation_id)
        failed = failed_turn_html(request.question, self.settings.max_question, reason)
        return AskResponse(request.conversation_id, earlier, failed, accepted=False)

    def _with_verifier(self, show: Callable[[Callable[[StoredFootnote], bool]], str]) -> str:
        """Something shown over the current snapshot; without one, no footnote is verified."""
        with contextlib.ExitStack() as stack:
            try:
                snapshot = stack.enter_context(self._live.acquire())
            except FootnoteError:
                return show(lambda note: False)
            return show(_verifier(snapshot))

    def _find_citation(self, answer: StoredAnswer, which: str) -> Citation | None:
        if which.startswith("p"):
            passage = dict(enumerate(answer.nearest)).get(_parse_number(which[1:]))
            if passage is None:
                return None
            span = Span(passage.doc_id, passage.start, passage.end)
            return replace(self._source(span, passage.text, passage.title), is_related=True)
        note = {note.marker: note for note in answer.notes}.get(_parse_number(which))
        if note is None:
            return None
        others = tuple(other.span for other in answer.notes if other.marker != note.marker)
        cited = self._source(note.span, note.cited_text, note.title)
        return replace(cited, marker=note.marker, count=len(answer.notes), others=others)

    def _source(self, span: Span, words: str, title: str) -> Citation:
        """The document if it still holds the words, otherwise the words alone, as they were kept."""
        with contextlib.suppress(FootnoteError), self._live.acquire() as snapshot:
            document = snapshot.document(span.doc_id)
            if document.text[span.start : span.end] == words:
                return Citation(self._with_source_path(document), span)
        alone = Document(span.doc_id, title, (), "text/plain", words)
        return Citation(alone, Span(span.doc_id, 0, len(words)), note=strings.SOURCE_CHANGED)

    def _with_source_path(self, document: Document) -> Document:
        """With the place of its bytes: files given to the chat go by a label."""
        path = self.library.source_file(document)
        return replace(document, paths=(str(path),)) if path else document


def _verifier(snapshot: Snapshot) -> Callable[[StoredFootnote], bool]:
    """Whether a footnote's words stand in this snapshot; each document is fetched once."""
    document = cache(lambda doc_id: _document(snapshot, doc_id))

    def holds(note: StoredFootnote) -> bool:
        source = document(note.doc_id)
        return source is not None and note.is_in(source)

    return holds


def _document(snapshot: Snapshot, doc_id: str) -> Document | None:
    try:
        return snapshot.document(doc_id)
    except UnknownDocument:
        return None


def _to_file(text: str) -> IO[bytes]:
    return io.BytesIO(text.encode("utf-8", "replace"))


def _finished(turns: list[StoredTurn]) -> list[StoredTurn]:
    return [turn for turn in turns if not turn.answer.unfinished]


def _parse_rating(value: str) -> Rating | None:
    if value == "up":
        return "up"
    return "down" if value == "down" else None


def _parse_number(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else -1
