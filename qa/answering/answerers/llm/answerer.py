"""
Answers in a language model's own sentences, each with the words that support it.

The model is never trusted with pointers: a marker only says where to look first. It may refuse, and it does
refuse if nothing that it wrote is supported, or if what it cites is unlikely to answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from qa.answering.answerers.base import RankingAnswerer
from qa.answering.answerers.llm.agreement import Agreement, agreement
from qa.answering.answerers.llm.writer import Reply, Writer
from qa.answering.answerers.llm.written_text import CitedSentence
from qa.answering.language_models.base import Prompt
from qa.answering.languages import ENGLISH, detect_language
from qa.answering.prompting import answer_prompt
from qa.answering.readers.base import PassageReading
from qa.answering.support.attribution import Attributor
from qa.answering.support.base import SupportCheck
from qa.answering.support.exact import answers_yes_or_no
from qa.answering.token_budget import SentPassage, within_budget
from qa.errors import LlmCancelled, LlmFailed
from qa.records import AnswerDraft, AnswerKind, ClaimSentence, Generation, Passage, SupportState

MAX_ANSWER_TOKENS = 400
"""Maximum tokens of an answer; three sentences need fewer."""
NOT_FOUND = "The language model found no answer in the closest passages."
NOT_SUPPORTED = "Your documents don't support what the language model wrote."
NOT_LIKELY = "What the language model wrote doesn't answer the question."
OTHER_WORDS = "The first sentence is from your documents; the language model cited a less likely one."
MAX_POSSIBLE = 2
"""Sentences of the documents that are offered under a refusal."""

SHOWN_IN_STRICT = frozenset({SupportState.SUPPORTED, SupportState.NOT_NEEDED})
"""What a strict answer keeps."""
SUPPORTING = frozenset({SupportState.SUPPORTED, SupportState.PARTLY})
"""Of which an answer has at least one sentence."""


def never_cancelled() -> bool:
    """Return that somebody waits for the answer."""
    return False


@dataclass(frozen=True, slots=True)
class Task:
    """
    What a model is to write.

    Args:
        question: As it is answered.
        passages: Best first; as many are sent as fit into the budget.
        prompt: Returns the prompt for the passages that are sent, for constrained output or for free text.
        kind: The form of the answer.
        max_tokens: Maximum tokens of the answer.
    """

    question: str
    passages: Sequence[Passage]
    prompt: Callable[[Sequence[SentPassage], bool], Prompt]
    kind: AnswerKind = AnswerKind.PASSAGE
    max_tokens: int = MAX_ANSWER_TOKENS


@dataclass(frozen=True, slots=True)
class LlmAnswerer:
    """
    Lets a language model write, and finds the words that support each sentence.

    Args:
        writer: Asks the model.
        check: Judges whether words support a sentence.
        fallback: Answers if the model fails, says which sentences are likely to answer, and names the closest
            ones if the model refuses.
        strict: Whether sentences that aren't supported are dropped; otherwise they are marked.
    """

    writer: Writer
    check: SupportCheck
    fallback: RankingAnswerer
    strict: bool = False

    def draft(
        self,
        question: str,
        readings: Sequence[PassageReading],
        cancelled: Callable[[], bool] = never_cancelled,
    ) -> Iterator[AnswerDraft]:
        """
        Yield the answer as it grows, one whole sentence at a time; after a failure it starts over.

        Raises:
            InvalidPrompt: If the prompt's template can't be used.
        """
        task = Task(
            question,
            [reading.passage for reading in readings],
            lambda sent, constrained: answer_prompt(question, sent, constrained=constrained),
        )
        try:
            for draft in self.write(task, cancelled):
                yield draft if _is_growing(draft) else self._compared(draft, question, readings)
        except LlmFailed as exc:
            note = f"{exc}. This answer uses the documents' own sentences."
            yield from (replace(draft, note=note) for draft in self.fallback.draft(question, readings))

    def write(self, task: Task, cancelled: Callable[[], bool]) -> Iterator[AnswerDraft]:
        """
        Yield what the model writes, with the words that support it; only the last draft may be a refusal.

        Raises:
            LlmFailed: If the model fails at every attempt, or no passage fits into the budget.
        """
        budget = self.writer.settings.budget
        while True:
            try:
                yield from self._write(task, within_budget(task.passages, budget), cancelled)
                return
            except LlmCancelled:
                yield AnswerDraft()  # whoever cancelled stops here
                return
            except LlmFailed as exc:
                if not exc.is_too_long or budget < 400:
                    raise
                budget //= 2

    def _write(
        self, task: Task, sent: Sequence[SentPassage], cancelled: Callable[[], bool]
    ) -> Iterator[AnswerDraft]:
        if not sent:
            budget = self.writer.settings.budget
            raise LlmFailed(f"No passage fits into the setting llm_budget ({budget} tokens)")
        attributor = Attributor(self.check, [each.passage for each in sent], task.question)
        generation = Generation(
            self.writer.model.name,
            "",
            passages=len(sent),
            left_out=len(task.passages) - len(sent),
        )
        claims: dict[CitedSentence, ClaimSentence] = {}
        for reply in self.writer.write(
            lambda constrained: task.prompt(sent, constrained), task.max_tokens, cancelled, generation
        ):
            # Each sentence is checked once, although every draft repeats the earlier ones.
            for sentence in reply.sentences:
                if sentence not in claims:
                    claims[sentence] = attributor.attribute(sentence.text, sentence.markers)
            yield self._draft(task, reply, [claims[sentence] for sentence in reply.sentences])

    def _draft(self, task: Task, reply: Reply, claims: Sequence[ClaimSentence]) -> AnswerDraft:
        shown = [claim for claim in claims if not self.strict or claim.state in SHOWN_IN_STRICT]
        if reply.is_complete:
            if reply.found is False:
                return AnswerDraft(reason=NOT_FOUND, generation=reply.generation)
            if not any(claim.state in SUPPORTING for claim in shown):
                return AnswerDraft(reason=NOT_SUPPORTED, generation=reply.generation)
        return AnswerDraft(
            claims=tuple(shown),
            kind=task.kind,
            generation=reply.generation if reply.is_complete else None,
        )

    def _compared(self, draft: AnswerDraft, question: str, readings: Sequence[PassageReading]) -> AnswerDraft:
        """
        Return a complete draft with what the documents' own sentences say about it.

        A refusal gets the sentences that may answer. An answer whose words are unlikely to answer, or a yes
        that its words don't support, is refused or replaced by the documents' own sentences.
        """
        *_, own = self.fallback.draft(question, readings)
        if draft.reason is not None:
            return _with_possible(draft, own)
        if detect_language(question) != ENGLISH:  # the reader knows English only
            return draft
        found = agreement(draft.claims, self.fallback.sentences(question, readings), own.confidence or 0.0)
        if _is_doubtful(draft, found):
            if own.reason is None:
                note = f"{NOT_LIKELY} This answer uses the documents' own sentences."
                return replace(own, note=note, generation=draft.generation)
            return _with_possible(AnswerDraft(reason=NOT_LIKELY, generation=draft.generation), own)
        if found.misses_best:
            likeliest = max(own.claims, key=lambda claim: claim.quotes[0].probability)
            return replace(draft, claims=(likeliest, *draft.claims), note=OTHER_WORDS)
        return draft


def _is_growing(draft: AnswerDraft) -> bool:
    return draft.reason is None and draft.generation is None


def _is_doubtful(draft: AnswerDraft, found: Agreement) -> bool:
    """Return whether an answer is unlikely to be right by the words that it cites."""
    return found.is_unlikely or any(
        answers_yes_or_no(claim.text) and claim.state is not SupportState.SUPPORTED for claim in draft.claims
    )


def _with_possible(refusal: AnswerDraft, own: AnswerDraft) -> AnswerDraft:
    """Return a refusal with the documents' sentences that may answer all the same."""
    near = own.possible if own.reason is not None else own.claims
    return replace(refusal, possible=tuple(near[:MAX_POSSIBLE]))
