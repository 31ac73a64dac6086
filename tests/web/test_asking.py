"""How a question becomes a kept turn, seen while its answer comes to an end."""

import threading
from pathlib import Path

from qa.conversations import Conversations
from qa.indexing import index_paths
from qa.kept import KeptAnswer, Turn
from qa.library import Library
from qa.web.asking import Asked, Asking
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services


class KeptBetween(Conversations):
    """Conversations whose answers are kept just after somebody has looked and seen none."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._seen = threading.Event()

    def turns(self, owner: str, conversation: str) -> list[Turn]:
        found = super().turns(owner, conversation)
        if found:
            self._seen.set()
            for thread in threading.enumerate():
                if thread.name == "answering":
                    thread.join()
        return found

    def finish(self, owner: str, conversation: str, turn: int, answer: KeptAnswer) -> Turn:
        self._seen.wait(10)
        return super().finish(owner, conversation, turn, answer)


def test_an_answer_that_is_kept_during_a_look_is_seen(tmp_path):
    """It is neither on its way any more nor stopped or cut off."""
    services = small_services(tmp_path)
    index_paths(services, [write_tree(tmp_path / "corpus", {"apples.txt": "Apples are red."})])
    asking = Asking(services, KeptBetween(tmp_path / "conversations.sqlite"), Library(services))
    asked = Asked("Which apples are red?", "", instead=None, chosen=(), refuse_below=0.2, passages=5)
    [turn], coming = asking.turns("ann", asking.ask("ann", asked))

    assert coming == {}
    assert not turn.answer.unfinished
    assert turn.answer.notes[0].cited_text == "Apples are red."
