"""A trial of a language model: a question with a known answer, and one without any."""

import time
from dataclasses import dataclass

from index.records import Chunk, Span
from qa.answering.answerers.llm.answerer import MAX_ANSWER_TOKENS, never_cancelled
from qa.answering.answerers.llm.writer import Reply, Writer
from qa.answering.prompting import answer_prompt
from qa.answering.support.attribution import Attributor
from qa.answering.support.base import SupportCheck
from qa.answering.token_budget import within_budget
from qa.records import Hit, Passage, SupportState

TEXTS = (
    (
        "Opening hours",
        "The library opens at 9 on weekdays. On Saturdays it opens at 11. It is closed on Sundays.",
    ),
    ("House rules", "Bags have to be left in the lockers. Water may be taken along in closed bottles."),
    ("Fees", "A library card costs 12 euros a year. Children and students pay nothing."),
)
QUESTION, EXPECTED = "How much does a library card cost a year?", "12"
UNANSWERABLE = "Who designed the building of the library?"


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What a model did.

    Args:
        model: Its name.
        constrains: Whether its output can be constrained by a JSON schema.
        answer: What it wrote, in one line.
        is_right: Whether the known answer is in it.
        cites: Whether it named the passage that has it.
        is_supported: Whether the words that support it were found.
        refuses: Whether it refused the question without an answer.
        first_seconds: Seconds until the first whole sentence.
        tokens_per_second: Tokens that it wrote in a second; None if its server doesn't count them.
    """

    model: str
    constrains: bool
    answer: str
    is_right: bool
    cites: bool
    is_supported: bool
    refuses: bool
    first_seconds: float
    tokens_per_second: float | None


def try_model(writer: Writer, check: SupportCheck) -> Trial:
    """
    Ask a model two questions about three short texts.

    Raises:
        LlmFailed: If it doesn't answer.
    """
    passages = [_passage(title, text) for title, text in TEXTS]
    constrains = writer.is_constrained(writer.limits(MAX_ANSWER_TOKENS, never_cancelled))
    started = time.monotonic()
    reply, first_seconds = _ask(writer, QUESTION, passages)
    seconds = time.monotonic() - started
    attributor = Attributor(check, passages, QUESTION)
    claims = [attributor.attribute(sentence.text, sentence.markers) for sentence in reply.sentences]
    refusal, _ = _ask(writer, UNANSWERABLE, passages)
    refused = [attributor.attribute(sentence.text, sentence.markers) for sentence in refusal.sentences]
    answer = " ".join(sentence.text for sentence in reply.sentences)
    written = reply.generation.completion_tokens
    return Trial(
        model=writer.model.name,
        constrains=constrains,
        answer=answer,
        is_right=EXPECTED in answer,
        cites=any(3 in sentence.markers for sentence in reply.sentences),
        is_supported=any(claim.state is SupportState.SUPPORTED for claim in claims),
        refuses=not any(claim.state is SupportState.SUPPORTED for claim in refused),
        first_seconds=first_seconds,
        tokens_per_second=written / seconds if written else None,
    )


def _ask(writer: Writer, question: str, passages: list[Passage]) -> tuple[Reply, float]:
    """Return the whole reply, and after how many seconds its first sentence was there."""
    sent = within_budget(passages, writer.settings.budget)
    started = time.monotonic()
    replies = writer.write(
        lambda constrained: answer_prompt(question, sent, constrained=constrained),
        MAX_ANSWER_TOKENS,
        never_cancelled,
    )
    first = next(replies)
    seconds = time.monotonic() - started
    *_, last = (first, *replies)
    return last, seconds


def _passage(title: str, text: str) -> Passage:
    chunk = Chunk(Span(title, 0, len(text)), (), 0)
    return Passage(Hit(chunk, 1.0, 1, None, None), text, title, "")
