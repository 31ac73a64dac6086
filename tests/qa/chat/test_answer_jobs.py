"""Jobs that answer questions, observed while they finish."""

import threading
from pathlib import Path

from qa.bootstrap import make_answer_jobs, make_library
from qa.chat.answer_jobs import AskRequest
from qa.chat.store import ConversationStore
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
