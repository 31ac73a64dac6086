"""
The operations of a conversation, without HTTP: ask, follow and cancel an answer, rate it, export it.

Conversations belong to an owner, whom each method is given; all owners share the library.
"""

import io
import json
import tempfile
from dataclasses import dataclass, replace
from typing import IO

from markupsafe import Markup

from index import FootnoteError, LiveIndex
from qa.chat import shared_page
from qa.chat.answer_jobs import AnswerJobs, AskRequest
from qa.chat.export import (
    answer_markdown,
    answer_text,
    conversation_json,
    conversation_markdown,
    export_name,
    export_question_set,
    zip_writer,
)
from qa.chat.job_queue import JobStatus
from qa.chat.store import ConversationStore
from qa.library.library import Library
from qa.models.switch import ModelSwitch
from qa.settings import Settings
from qa.stored_answer import Rating, StoredAnswer, StoredTurn
from qa.web.citations import Citations
from qa.web.views.conversation import (
    conversation_html,
    failed_turn_html,
    new_turn_html,
    rating_html,
    turn_html,
    welcome_html,
)

CONVERSATIONS_FILE = "conversations.sqlite"
STARTED: JobStatus[StoredAnswer] = JobStatus()


@dataclass(frozen=True, slots=True)
class AskResponse:
    """
    The response to a question.

    Args:
        html: The new turn, or the whole conversation.
        conversation_id: Id of the conversation; empty if the question wasn't accepted.
        is_whole: Whether *html* is the whole conversation, of which later turns were removed.
    """

    html: Markup
    conversation_id: str = ""
    is_whole: bool = False


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
        models: The settings, with the present language model, and what changes it.
        live: The current snapshot.
        conversations: The stored conversations.
        library: The documents.
        jobs: Answers questions in the background.
    """

    def __init__(
        self,
        models: ModelSwitch,
        live: LiveIndex,
        conversations: ConversationStore,
        library: Library,
        jobs: AnswerJobs,
    ) -> None:
        self.models = models
        self.live = live
        self.conversations = conversations
        self.library = library
        self.jobs = jobs
        self.citations = Citations(live, conversations, library)

    @property
    def settings(self) -> Settings:
        """The settings, with the present language model."""
        return self.models.settings

    def conversation(self, owner: str, conversation_id: str) -> tuple[str, Markup]:
        """Return a conversation's id and HTML; an empty id and the welcome page if it doesn't exist."""
        turns, running = self.jobs.turns(owner, conversation_id)
        if not turns:
            documents = sum(1 for entry in self.library.entries() if entry.passages)
            return "", welcome_html(documents, self.library.suggestions(), missing=bool(conversation_id))
        return conversation_id, self.citations.with_verifier(
            lambda is_verified: conversation_html(conversation_id, turns, is_verified, running)
        )

    def ask(self, owner: str, request: AskRequest) -> AskResponse:
        """Start answering a question; if it isn't accepted, the response says why."""
        try:
            conversation_id, turns = self.jobs.submit(owner, request)
        except FootnoteError as error:
            return AskResponse(failed_turn_html(request.question, self.settings.max_question, str(error)))
        if request.replaces_turn is None:
            status = None if turns[-1].answer.note else STARTED
            return AskResponse(new_turn_html(conversation_id, turns[-1], status), conversation_id)
        running = {} if turns[-1].answer.note else {turns[-1].id: STARTED}
        html = self.citations.with_verifier(
            lambda is_verified: conversation_html(conversation_id, turns, is_verified, running)
        )
        return AskResponse(html, conversation_id, is_whole=True)

    def turn(self, owner: str, conversation_id: str, turn_id: int) -> tuple[Markup, bool]:
        """Return a turn with as much of its answer as there is, and whether there will be more."""
        turns, running = self.jobs.turns(owner, conversation_id)
        matching = [turn for turn in turns if turn.id == turn_id]
        if not matching:
            return Markup(), False
        status = running.get(turn_id)
        html = self.citations.with_verifier(
            lambda is_verified: turn_html(conversation_id, matching[0], is_verified, status)
        )
        return html, status is not None

    def cancel(self, owner: str, conversation_id: str, turn_id: int) -> Markup:
        """Cancel an answer, and return its turn with as much of the answer as there was."""
        status = self.jobs.cancel(owner, conversation_id, turn_id)
        matching = [turn for turn in self.conversations.turns(owner, conversation_id) if turn.id == turn_id]
        if status is None or not matching:
            return self.turn(owner, conversation_id, turn_id)[0]
        return self.citations.with_verifier(
            lambda is_verified: turn_html(
                conversation_id, matching[0], is_verified, status, is_cancelled=True
            )
        )

    def rate(self, owner: str, turn_id: int, rating: str, comment: str, correction: str = "") -> Markup:
        """Store a rating, and return its form."""
        self.conversations.rate(owner, turn_id, _parse_rating(rating), comment, correction)
        rated = [turn for turn in self.conversations.rated(owner) if turn.id == turn_id]
        return rating_html(rated[0] if rated else StoredTurn(turn_id, StoredAnswer(""), ""))

    def answer(self, owner: str, conversation_id: str, turn_id: int, file_format: str) -> str:
        """Return an answer with its sources as Markdown if *file_format* is ``md``, or else as plain text."""
        to_text = answer_markdown if file_format == "md" else answer_text
        turns = self.conversations.turns(owner, conversation_id)
        return "".join(to_text(turn.answer) for turn in turns if turn.id == turn_id)

    def export(self, owner: str, conversation_id: str, file_format: str) -> FileDownload:
        """Return a conversation as JSON or HTML if *file_format* says so, or else as Markdown."""
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
        if file_format == "html":
            content = shared_page.conversation_html(
                turns, title or (turns[0].answer.question if turns else "")
            )
            return FileDownload(_to_file(content), export_name(turns, title, ".html"), "text/html")
        content = conversation_markdown(turns, title)
        return FileDownload(_to_file(content), export_name(turns, title, ".md"), "text/markdown")

    def export_rated(self, owner: str) -> FileDownload:
        """Return the owner's rated answers and all documents as a question set for ``footnote eval``."""
        target = tempfile.TemporaryFile()  # noqa: SIM115 (whoever sends it closes it)
        with self.live.acquire() as snapshot:
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


def _to_file(text: str) -> IO[bytes]:
    return io.BytesIO(text.encode("utf-8", "replace"))


def _parse_rating(value: str) -> Rating | None:
    if value == "up":
        return "up"
    return "down" if value == "down" else None
