"""A question becomes a kept turn: it is kept at once, and its answer when that is whole, whoever looks on."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass, replace

from index import FootnoteError
from qa import wiring
from qa.conversations import Conversations
from qa.kept import KeptAnswer, Turn, kept
from qa.library import Library
from qa.records import Exchange
from qa.web.fair_queue import Shares
from qa.web.line import Line, Standing
from qa.wiring import Services

AT_ONCE = 4
"""Questions answered side by side; further ones wait in line."""
WAITING = 100
"""Questions that may wait; past them a person is asked to come back."""
MAX_RUNNING_EACH, MAX_WAITING_EACH = 3, 20
"""Of one owner: nobody takes all workers, or all places in the queue."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A question as the page sends it.

    Args:
        question: As typed.
        conversation: The id; empty begins a new one.
        instead: The turn it replaces, with all after it; None adds it at the end.
        chosen: Keys of the folders and documents it is limited to; none means all.
        refuse_below: Probability below which an answer is refused.
        passages: How many are read.
    """

    question: str
    conversation: str
    instead: int | None
    chosen: tuple[str, ...]
    refuse_below: float
    passages: int


class Asking:
    """Everyone's questions on their way to an answer; from any thread."""

    def __init__(self, services: Services, conversations: Conversations, library: Library) -> None:
        self._services = services
        self._conversations = conversations
        self._library = library
        self._line: Line[KeptAnswer] = Line(Shares(AT_ONCE, MAX_RUNNING_EACH, WAITING, MAX_WAITING_EACH))
        self._replaced: dict[int, int] = {}
        """By turns that are on their way: the first of those whose place they will take."""

    def ask(self, owner: str, asked: Asked) -> str:
        """
        Keep the question, and begin its answer or put it in line; the id of its conversation.

        Raises:
            FootnoteError: If it can't be asked; then it isn't kept.
        """
        question = self._services.asker.checked(asked.question)
        conversation = asked.conversation or self._conversations.new(owner)
        before = self._conversations.turns(owner, conversation)
        turn = self._conversations.add(owner, conversation, KeptAnswer(question, unfinished=True)).id
        if asked.instead is not None:
            before = [one for one in before if one.id < asked.instead]
            self._replaced[turn] = asked.instead
        answers = self._answers(
            owner, replace(asked, question=question, conversation=conversation), before, turn
        )
        if not self._line.join((owner, conversation, turn), answers, owner):
            self._replaced.pop(turn, None)
            self._fail(owner, conversation, turn, question, self._why_full(owner))
        return conversation

    def turns(self, owner: str, conversation: str) -> tuple[list[Turn], dict[int, Standing[KeptAnswer]]]:
        """The conversation without what is being replaced, and how far what is on its way has come."""
        replaced = dict(self._replaced)  # as long as an answer is on its way here, so are those it replaces
        turns = self._conversations.turns(owner, conversation) if conversation else []
        standings = {turn.id: self.standing(owner, conversation, turn.id) for turn in turns}
        coming = {turn: standing for turn, standing in standings.items() if standing}
        if any(turn.answer.unfinished and turn.id not in coming for turn in turns):
            turns = self._conversations.turns(owner, conversation)  # kept meanwhile, unless it was cut off
        going = [(replaced[turn], turn) for turn in coming if turn in replaced]
        return [one for one in turns if not any(a <= one.id < b for a, b in going)], coming

    def standing(self, owner: str, conversation: str, turn: int) -> Standing[KeptAnswer] | None:
        """How far an answer is; None if it is on its way no more, or isn't the owner's."""
        return self._line.standing((owner, conversation, turn))

    def stop(self, owner: str, conversation: str, turn: int) -> Standing[KeptAnswer] | None:
        """Give up an answer, and say how far it had come; its question stays."""
        left = self._line.leave((owner, conversation, turn))
        if left:
            self._replaced.pop(turn, None)
        return left

    def _why_full(self, owner: str) -> str:
        if (own := self._line.waiting(owner)) >= MAX_WAITING_EACH:
            return f"{own} of your questions are waiting already. Ask again when one is answered"
        return f"{len(self._line):,} other questions are being answered; ask again in a moment"

    def _answers(
        self, owner: str, asked: Asked, before: list[Turn], turn: int
    ) -> Generator[KeptAnswer, None, None]:
        """The answer as it grows; it is kept when it is whole, and so is what went wrong."""
        try:
            answer = yield from self._growing(asked, before)
            self._conversations.finish(owner, asked.conversation, turn, answer)
            if asked.instead is not None:
                self._conversations.cut(owner, asked.conversation, asked.instead, until=turn)
        except FootnoteError as error:
            self._fail(owner, asked.conversation, turn, asked.question, str(error))
        finally:
            self._replaced.pop(turn, None)

    def _growing(self, asked: Asked, before: list[Turn]) -> Generator[KeptAnswer, None, KeptAnswer]:
        documents = self._library.documents_of(asked.chosen)
        asker = wiring.adjusted(self._services, asked.refuse_below, asked.passages)
        answered = (one.answer for one in before if not one.answer.unfinished)
        earlier = [Exchange(answer.question, answer.text) for answer in answered]
        shown = KeptAnswer(asked.question, unfinished=True)
        for answer in asker.stream(asked.question, documents, earlier=earlier):
            shown = kept(answer)
            yield shown
        return shown

    def _fail(self, owner: str, conversation: str, turn: int, question: str, reason: str) -> None:
        """Keep what went wrong beside the question, unless that is gone as well."""
        with contextlib.suppress(FootnoteError):
            failed = KeptAnswer(question, unfinished=True, note=reason)
            self._conversations.finish(owner, conversation, turn, failed)
