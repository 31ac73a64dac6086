"""
Background jobs that answer questions.

A question is stored at once and its answer when it is complete, even if the page has been closed.
"""

import contextlib
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, replace

from index import FootnoteError
from index.errors import IndexMissing
from qa.answering.pipeline import QAPipeline
from qa.chat.collections import Collection as DocumentCollection
from qa.chat.fair_queue import Shares
from qa.chat.job_queue import JobQueue, JobStatus
from qa.chat.store import ConversationStore
from qa.errors import AnswerRunning
from qa.records import Turn
from qa.stored_answer import StoredAnswer, StoredTurn, to_stored

NO_DOCUMENTS = "You haven't added any documents yet."
ANSWER_RUNNING = "Another question of this conversation is being answered. Wait for its answer, or stop it."
MAX_RUNNING = 4
"""Questions answered at the same time; further ones wait in the queue."""
MAX_QUEUED = 100
"""Questions that may wait; a further one is refused with a request to try again."""
MAX_RUNNING_EACH, MAX_WAITING_EACH = 3, 20
"""The same for one owner, so that nobody takes all workers or fills the queue."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """
    A question as the page sends it.

    Args:
        question: As typed.
        conversation_id: Id of the conversation; empty begins a new one.
        replaces_turn: Id of the turn that it replaces, with all later ones, which stay as another branch;
            None adds a turn at the end.
        selected: Keys of the folders and documents to search; empty searches all.
        refuse_below: Probability below which an answer is refused.
        passages: Number of passages to read.
        literal: Whether the words are taken as typed, without correction and without the earlier turns.
        collection: Id of the collection that a new conversation is limited to; empty for none.
    """

    question: str
    conversation_id: str
    replaces_turn: int | None
    selected: tuple[str, ...]
    refuse_below: float
    passages: int
    literal: bool = False
    collection: str = ""


class AnswerJobs:
    """
    Runs the questions of all owners; thread-safe.

    Args:
        pipeline: Validates questions.
        adjust: Returns the pipeline for a refusal threshold and a number of passages.
        conversations: Stores questions and answers.
        resolve_selection: Returns the ids of the documents to search for keys of folders and documents.
        shared: Whether there are several owners, of whom none may take all workers or fill the queue.
    """

    def __init__(
        self,
        pipeline: QAPipeline,
        adjust: Callable[[float, int], QAPipeline],
        conversations: ConversationStore,
        resolve_selection: Callable[[Collection[str]], frozenset[str] | None],
        shared: bool = True,
    ) -> None:
        self._pipeline = pipeline
        self._adjust = adjust
        self._conversations = conversations
        self._resolve_selection = resolve_selection
        self._shares = (
            Shares(MAX_RUNNING, MAX_RUNNING_EACH, MAX_QUEUED, MAX_WAITING_EACH)
            if shared
            else Shares(MAX_RUNNING, MAX_RUNNING, MAX_QUEUED, MAX_QUEUED)
        )
        self._queue: JobQueue[StoredAnswer] = JobQueue(self._shares)

    def use(self, pipeline: QAPipeline, adjust: Callable[[float, int], QAPipeline]) -> None:
        """Answer later questions with another pipeline; those that are being answered keep theirs."""
        self._pipeline, self._adjust = pipeline, adjust

    def submit(self, owner: str, request: AskRequest) -> tuple[str, list[StoredTurn]]:
        """
        Store a question and start or queue its job.

        Returns:
            The id of its conversation, and the turns to show, of which the question's is the last.

        Raises:
            AnswerRunning: If another question of the conversation is still being answered.
            FootnoteError: If the question isn't valid or can't be stored; then nothing is stored.
        """
        question = self._pipeline.validate(request.question)
        before: list[StoredTurn] = []
        if request.conversation_id:
            before = self._conversations.turns(owner, request.conversation_id)
        if any(self.status(owner, request.conversation_id, each.id) for each in before):
            raise AnswerRunning(ANSWER_RUNNING)
        conversation_id = request.conversation_id or self._conversations.create(owner)
        if request.collection and not request.conversation_id:
            self._conversations.collections.limit_conversation(owner, conversation_id, request.collection)
        if not request.selected:
            collection = self._conversations.collections.of_conversation(owner, conversation_id)
            request = replace(request, selected=_members(collection))
        unanswered = StoredAnswer(question, unfinished=True)
        asked = self._conversations.add(owner, conversation_id, unanswered, request.replaces_turn)
        if request.replaces_turn is not None:
            before = [each for each in before if each.id < request.replaces_turn]
        answers = self._run(
            owner, replace(request, question=question, conversation_id=conversation_id), before, asked.id
        )
        if not self._queue.submit((owner, conversation_id, asked.id), answers, owner):
            failed = StoredAnswer(question, unfinished=True, note=self._queue_full_message(owner))
            self._conversations.finish(owner, conversation_id, asked.id, failed)
            asked = replace(asked, answer=failed)
        return conversation_id, [*before, asked]

    def watching(self, on_change: Callable[[], None]) -> contextlib.AbstractContextManager[None]:
        """Call *on_change* after each change of any answer's status; it must be quick."""
        return self._queue.watching(on_change)

    def turns(
        self, owner: str, conversation_id: str
    ) -> tuple[list[StoredTurn], dict[int, JobStatus[StoredAnswer]]]:
        """Return the turns that a conversation shows, and the status of running ones."""
        turns = self._conversations.turns(owner, conversation_id) if conversation_id else []
        statuses = {turn.id: self.status(owner, conversation_id, turn.id) for turn in turns}
        running = {turn: status for turn, status in statuses.items() if status}
        if any(turn.answer.unfinished and turn.id not in running for turn in turns):
            turns = self._conversations.turns(owner, conversation_id)  # finished meanwhile, or interrupted
        return turns, running

    def status(self, owner: str, conversation_id: str, turn_id: int) -> JobStatus[StoredAnswer] | None:
        """Return the status of a job; None if it has ended or belongs to another owner."""
        return self._queue.status((owner, conversation_id, turn_id))

    def cancel(self, owner: str, conversation_id: str, turn_id: int) -> JobStatus[StoredAnswer] | None:
        """Cancel a job and return its last status; its question stays."""
        return self._queue.cancel((owner, conversation_id, turn_id))

    def _queue_full_message(self, owner: str) -> str:
        if MAX_QUEUED > (own := self._queue.count_waiting(owner)) >= self._shares.max_waiting_each:
            return f"{own} of your questions are already in the queue. Ask again when one has been answered."
        return f"{len(self._queue):,} other questions are in the queue. Try again in a moment."

    def _run(
        self, owner: str, request: AskRequest, earlier: list[StoredTurn], turn_id: int
    ) -> Generator[StoredAnswer, None, None]:
        """Yield the growing answer; store it when it is complete, or what went wrong."""
        try:
            answer = yield from self._stream_answer(
                request, earlier, lambda: self.status(owner, request.conversation_id, turn_id) is None
            )
            self._conversations.finish(owner, request.conversation_id, turn_id, answer)
        except IndexMissing:
            self._fail(owner, request.conversation_id, turn_id, request.question, NO_DOCUMENTS)
        except FootnoteError as error:
            self._fail(owner, request.conversation_id, turn_id, request.question, str(error))

    def _stream_answer(
        self, request: AskRequest, earlier: list[StoredTurn], cancelled: Callable[[], bool]
    ) -> Generator[StoredAnswer, None, StoredAnswer]:
        documents = self._resolve_selection(request.selected)
        pipeline = self._adjust(request.refuse_below, request.passages)
        answered = (each.answer for each in earlier if not each.answer.unfinished)
        history = [Turn(answer.question, answer.text) for answer in answered]
        latest = StoredAnswer(request.question, unfinished=True)
        for answer in pipeline.stream(
            request.question, documents, history=history, literal=request.literal, cancelled=cancelled
        ):
            latest = to_stored(answer)
            yield latest
        return latest

    def _fail(self, owner: str, conversation_id: str, turn_id: int, question: str, reason: str) -> None:
        """Store what went wrong with the question, unless the conversation was deleted."""
        with contextlib.suppress(FootnoteError):
            failed = StoredAnswer(question, unfinished=True, note=reason)
            self._conversations.finish(owner, conversation_id, turn_id, failed)


def _members(collection: DocumentCollection | None) -> tuple[str, ...]:
    """Return what a conversation is limited to; of an empty collection a key that no document has."""
    return () if collection is None else collection.members or ("",)
