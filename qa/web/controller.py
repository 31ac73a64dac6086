"""
The operations of the page, without HTTP: ask, cancel, rate, export, and find the source of a footnote.

Conversations belong to an owner, whom each method is given; all owners share the library.
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
from qa.chat.export import (
    conversation_json,
    conversation_markdown,
    export_name,
    export_question_set,
    zip_writer,
)
from qa.chat.store import ConversationStore
from qa.library.library import Library
from qa.library.source_state import SourceState
from qa.settings import Settings
from qa.stored_answer import Rating, StoredAnswer, StoredFootnote, StoredTurn
from qa.web import strings
from qa.web.views.conversation import (
    IsVerified,
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
_CHANGED_SINCE_INDEXED = {
    SourceState.UNCHANGED: "",
    SourceState.CHANGED: strings.FILE_CHANGED,
    SourceState.REMOVED: strings.FILE_REMOVED,
}


@dataclass(frozen=True, slots=True)
class AskResponse:
    """
    The conversation right after a question.

    Args:
        conversation_id: Id of the conversation.
        earlier: HTML of the earlier turns; None leaves those of the page as they are.
        newest: HTML of the new turn.
        accepted: Whether the question was accepted; otherwise the page keeps its text.
    """

    conversation_id: str
    earlier: str | None
    newest: str
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class FileDownload:
    """
    A file to download.

    Args:
        content: An open file; whoever sends it closes it.
        name: File name.
        media_type: Media type.
    """

    content: IO[bytes]
    name: str
    media_type: str


class ChatController:
    """
    The operations of the page; its methods can be called from any thread.

    Args:
        settings: The settings.
        live: The current snapshot.
        conversations: The stored conversations.
        library: The documents.
        jobs: Answers questions in the background.
    """

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
        """Start answering a question, unless another one of the conversation is still running."""
        try:
            _, running = self.jobs.turns(owner, request.conversation_id)
            if running:
                earlier = self._conversation_html(owner, request.conversation_id)
                return AskResponse(request.conversation_id, earlier, "", accepted=False)
            conversation_id = self.jobs.submit(owner, request)
            newest = self.jobs.turns(owner, conversation_id)[0][-1]
            earlier = self._conversation_html(owner, conversation_id, before=newest.id)
            return AskResponse(conversation_id, earlier, pending_turn_html(conversation_id, newest))
        except FootnoteError as error:
            return self._error_response(owner, request, str(error))

    def running_turn(self, owner: str, conversation_id: str, turn_id: int) -> str:
        """Return a turn with as much of its answer as there is; empty if it doesn't exist."""
        turns, running = self.jobs.turns(owner, conversation_id)
        matching = [turn for turn in turns if turn.id == turn_id]
        return self._with_verifier(
            lambda is_verified: turns_html(conversation_id, matching, is_verified, running)
        )

    def cancel(self, owner: str, conversation_id: str, turn_id: int) -> str:
        """Cancel an answer, and return its turn with as much of the answer as there was."""
        status = self.jobs.cancel(owner, conversation_id, turn_id)
        matching = [turn for turn in self.conversations.turns(owner, conversation_id) if turn.id == turn_id]
        if status is None or not matching:
            return self.running_turn(owner, conversation_id, turn_id)
        return self._with_verifier(lambda is_verified: cancelled_turn_html(matching[0], status, is_verified))

    def conversation(self, owner: str, conversation_id: str) -> tuple[str, str]:
        """Return a conversation's id and HTML; an empty id and the welcome page if it doesn't exist."""
        if conversation_id and self.conversations.turns(owner, conversation_id):
            return conversation_id, self._conversation_html(owner, conversation_id)
        documents = sum(1 for entry in self.library.entries() if entry.passages)
        return "", welcome_html(documents, self.library.suggestions(), missing=bool(conversation_id))

    def sidebar(self, owner: str, conversation_id: str) -> str:
        """Return the sidebar."""
        conversations = self.conversations.list_conversations(owner)
        return sidebar_html(conversations, conversation_id, self.documents(), account_name(owner))

    def conversation_list(self, owner: str, conversation_id: str, search: str = "") -> str:
        """Return the list of conversations that match *search*."""
        return conversation_list_html(
            self.conversations.list_conversations(owner, search), conversation_id, search
        )

    def documents(self) -> str:
        """Return the documents of the sidebar."""
        return documents_html(self.library.entries(), self.library.folders())

    def status(self) -> str:
        """Return the status line of the current snapshot."""
        try:
            with self._live.acquire() as snapshot:
                return status_html(snapshot.manifest, self.settings)
        except IndexMissing:
            return no_documents_html()
        except FootnoteError as error:
            return error_html(str(error))

    def components(self, owner: str, conversation_id: str) -> str:
        """Return the components of the pipeline, with their times in the conversation's last answer."""
        turns = self.conversations.turns(owner, conversation_id) if conversation_id else []
        return components_html(self.settings, turns[-1].answer.timings_ms if turns else {})

    def rate(self, owner: str, turn_id: int, rating: str, comment: str, correction: str = "") -> str:
        """Store a rating, and return its form."""
        self.conversations.rate(owner, turn_id, _parse_rating(rating), comment, correction)
        rated = [turn for turn in self.conversations.rated(owner) if turn.id == turn_id]
        return rating_html(rated[0] if rated else StoredTurn(turn_id, StoredAnswer(""), ""))

    def export(self, owner: str, conversation_id: str, file_format: str) -> FileDownload:
        """Return a conversation as JSON if *file_format* is ``json``, or else as Markdown."""
        turns = [
            turn for turn in self.conversations.turns(owner, conversation_id) if not turn.answer.unfinished
        ]
        titles = [
            conversation.title
            for conversation in self.conversations.list_conversations(owner)
            if conversation.id == conversation_id
        ]
        title = titles[0] if titles else ""
        if file_format == "json":
            content = json.dumps(conversation_json(turns, title), ensure_ascii=False, indent=2)
            return FileDownload(_to_file(content), export_name(turns, title, ".json"), "application/json")
        content = conversation_markdown(turns, title)
        return FileDownload(_to_file(content), export_name(turns, title, ".md"), "text/markdown")

    def export_rated(self, owner: str) -> FileDownload:
        """Return the owner's rated answers and all documents as a question set for ``footnote eval``."""
        target = tempfile.TemporaryFile()  # noqa: SIM115 (whoever sends it closes it)
        with self._live.acquire() as snapshot:
            documents = (
                replace(snapshot.document(entry.doc_id), title=snapshot.own_title(entry.doc_id))
                for entry in snapshot.documents()
            )
            export_question_set(
                self.conversations.rated(owner),
                documents,
                zip_writer(target),
                lambda turn: self._answered_before(owner, turn),
            )
        target.seek(0)
        return FileDownload(target, "footnote-questions.zip", "application/zip")

    def _answered_before(self, owner: str, turn: StoredTurn) -> list[StoredTurn]:
        """Return the earlier turns as the question was asked with them: only those with an answer."""
        return [each for each in self.conversations.before(owner, turn.id) if not each.answer.unfinished]

    def find_citation(self, owner: str, key: str) -> Citation | None:
        """
        Return the citation of a footnote or passage; None if the owner has no such answer.

        Args:
            owner: Owner of the conversation.
            key: ``id.12.3`` for footnote 3 of turn 12, or ``id.12.p0`` for its first passage.
        """
        conversation_id, _, rest = key.partition(".")
        turn_id, _, name = rest.partition(".")
        for turn in self.conversations.turns(owner, conversation_id):
            if str(turn.id) == turn_id:
                return self._find_citation(turn.answer, name)
        return None

    def _conversation_html(self, owner: str, conversation_id: str, before: int | None = None) -> str:
        turns, running = self.jobs.turns(owner, conversation_id)
        earlier = [turn for turn in turns if before is None or turn.id < before]
        return self._with_verifier(
            lambda is_verified: conversation_html(conversation_id, earlier, is_verified, running)
        )

    def _error_response(self, owner: str, request: AskRequest, reason: str) -> AskResponse:
        earlier = None
        with contextlib.suppress(FootnoteError):
            earlier = self._conversation_html(owner, request.conversation_id)
        failed = failed_turn_html(request.question, self.settings.max_question, reason)
        return AskResponse(request.conversation_id, earlier, failed, accepted=False)

    def _with_verifier(self, render: Callable[[IsVerified], str]) -> str:
        """Render with the current snapshot; without one, no footnote is verified."""
        with contextlib.ExitStack() as stack:
            try:
                snapshot = stack.enter_context(self._live.acquire())
            except FootnoteError:
                return render(lambda footnote: False)
            return render(_verifier(snapshot))

    def _find_citation(self, answer: StoredAnswer, name: str) -> Citation | None:
        if name.startswith("p"):
            passage = dict(enumerate(answer.nearest)).get(_parse_number(name[1:]))
            if passage is None:
                return None
            span = Span(passage.doc_id, passage.start, passage.end)
            return replace(self._cite(span, passage.text, passage.title, passage.path), is_related=True)
        footnote = {footnote.marker: footnote for footnote in answer.notes}.get(_parse_number(name))
        if footnote is None:
            return None
        others = tuple(other.span for other in answer.notes if other.marker != footnote.marker)
        citation = self._cite(footnote.span, footnote.cited_text, footnote.title, footnote.path)
        return replace(citation, marker=footnote.marker, count=len(answer.notes), others=others)

    def _cite(self, span: Span, words: str, title: str, path: str) -> Citation:
        """Cite the document if it still has the words at the span, or else only the stored words."""
        state = self.library.source_state(span.doc_id, path)
        with contextlib.suppress(FootnoteError), self._live.acquire() as snapshot:
            document = snapshot.document(span.doc_id)
            if document.text[span.start : span.end] == words:
                note = _CHANGED_SINCE_INDEXED[state]
                return Citation(self._with_source_path(document), span, note=note)
        excerpt = Document(span.doc_id, title, (), "text/plain", words)
        note = strings.SOURCE_GONE if state is SourceState.REMOVED else strings.SOURCE_CHANGED
        return Citation(excerpt, Span(span.doc_id, 0, len(words)), note=note)

    def _with_source_path(self, document: Document) -> Document:
        """Return the document with the path of its file, since an upload's path is only a label."""
        path = self.library.source_file(document)
        return replace(document, paths=(str(path),)) if path else document


def _verifier(snapshot: Snapshot) -> IsVerified:
    """Return a function that checks footnotes against a snapshot, and loads each document once."""

    @cache
    def load(doc_id: str) -> Document | None:
        try:
            return snapshot.document(doc_id)
        except UnknownDocument:
            return None

    def is_verified(footnote: StoredFootnote) -> bool:
        document = load(footnote.doc_id)
        return document is not None and footnote.is_in(document)

    return is_verified


def _to_file(text: str) -> IO[bytes]:
    return io.BytesIO(text.encode("utf-8", "replace"))


def _parse_rating(value: str) -> Rating | None:
    if value == "up":
        return "up"
    return "down" if value == "down" else None


def _parse_number(digits: str) -> int:
    """Return the number of a footnote or passage; for other text -1, which neither has."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else -1
