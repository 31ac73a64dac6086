"""Jobs that answer questions, observed while they finish."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa.bootstrap import make_answer_jobs, make_library
from qa.chat.answer_jobs import AnswerJobs, AskRequest
from qa.chat.store import ConversationStore
from qa.errors import AnswerRunning
from qa.records import Answer
from qa.stored_answer import StoredAnswer, StoredTurn
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services


class FinishesBetweenReads(ConversationStore):
    """A store in which an answer is finished right after the first read of its turns."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._seen = threading.Event()

    def turns(self, owner: str, conversation_id: str) -> list[StoredTurn]:
        turns = super().turns(owner, conversation_id)
        if turns:
            self._seen.set()
            for thread in threading.enumerate():
                if thread.name == "answering":
                    thread.join()
        return turns

    def finish(self, owner: str, conversation_id: str, turn_id: int, answer: StoredAnswer) -> StoredTurn:
        self._seen.wait(10)
        return super().finish(owner, conversation_id, turn_id, answer)


def test_an_answer_stored_during_a_read_is_returned(tmp_path):
    """It is neither running nor interrupted then."""
    services = small_services(tmp_path)
    services.indexer.build([write_tree(tmp_path / "corpus", {"apples.txt": "Apples are red."})])
    jobs = make_answer_jobs(
        services, FinishesBetweenReads(tmp_path / "conversations.sqlite"), make_library(services)
    )
    request = AskRequest(
        "Which apples are red?", "", replaces_turn=None, selected=(), refuse_below=0.2, passages=5
    )
    [turn], running = jobs.turns("ann", jobs.submit("ann", request)[0])

    assert running == {}
    assert not turn.answer.unfinished
    assert turn.answer.notes[0].cited_text == "Apples are red."


class CountsReads(ConversationStore):
    """A store that counts how often the turns of a conversation are read."""

    reads = 0

    def turns(self, owner: str, conversation_id: str) -> list[StoredTurn]:
        self.reads += 1
        return super().turns(owner, conversation_id)


class WaitingPipeline:
    """A pipeline that answers when it is told to."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()

    def validate(self, question: str) -> str:
        return question

    def stream(self, question: str, *_: Any, **__: Any) -> Iterator[Answer]:
        self.may_answer.wait(10)
        yield Answer(question)


def test_a_question_reads_its_conversation_once(tmp_path):
    """And not at all if it begins one; while it is answered, no other is accepted."""
    store = CountsReads(tmp_path / "conversations.sqlite")
    pipeline: Any = WaitingPipeline()
    jobs = AnswerJobs(pipeline, lambda *_: pipeline, store, lambda _: None)
    request = AskRequest("Why?", "", None, (), refuse_below=0.2, passages=5)
    conversation, [first] = jobs.submit("ann", request)
    reads = [store.reads]
    with pytest.raises(AnswerRunning, match="Wait for its answer"):
        jobs.submit("ann", replace(request, conversation_id=conversation))
    pipeline.may_answer.set()
    while jobs.status("ann", conversation, first.id):
        pass
    store.reads = 0
    turns = jobs.submit("ann", replace(request, conversation_id=conversation))[1]
    reads.append(store.reads)

    assert reads == [0, 1]
    assert turns[0].id == first.id


def test_watchers_are_told_of_each_change(tmp_path):
    """So that a response can wait for more of an answer without asking again and again."""
    services = small_services(tmp_path)
    services.indexer.build([write_tree(tmp_path / "corpus", {"apples.txt": "Apples are red."})])
    jobs = make_answer_jobs(
        services, ConversationStore(tmp_path / "conversations.sqlite"), make_library(services)
    )
    request = AskRequest("Which apples are red?", "", None, (), refuse_below=0.2, passages=5)
    changed = threading.Event()
    with jobs.watching(changed.set):
        conversation, [turn] = jobs.submit("ann", request)
        while jobs.status("ann", conversation, turn.id):
            assert changed.wait(10)
            changed.clear()

    assert jobs.turns("ann", conversation)[0][0].answer.notes
