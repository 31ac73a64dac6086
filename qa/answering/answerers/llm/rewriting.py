"""Follow-ups that a language model makes self-contained, where the rules only append the topic."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.answering.answerers.llm.writer import Writer
from qa.answering.languages import ENGLISH, detect_language, opens_with_and
from qa.answering.prompting import rewrite_prompt
from qa.answering.support.exact import facts, missing_dates, missing_figures, missing_names
from qa.errors import LlmCancelled, LlmFailed
from qa.records import Turn

MAX_TURNS = 4
MAX_ANSWER_CHARS = 500
"""Characters of an earlier answer that the model sees."""
MAX_TOKENS = 80
MAX_LENGTH = 300
MIN_SHARED = 0.3
"""Share of the content words of a question that its rewritten form must keep."""
MAX_NEW_WORDS = 1
"""Maximum number of content words that a rewritten form may have besides those of the conversation."""
MAX_SHORT = 5
"""Maximum words of a question that isn't English for it to be a follow-up without a sign of it."""
_POINTS_BACK = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|their|he|him|his|she|her|there|then|ones?|same)\b", re.I
)
_LEAD = re.compile(r"(?i)^(?:rewritten question|question|standalone question)\s*:\s*")


@dataclass(frozen=True, slots=True)
class LlmRewriter:
    """
    Asks a language model for the self-contained form of a follow-up.

    Args:
        writer: Asks the model.
    """

    writer: Writer

    def rewrite(
        self, question: str, history: Sequence[Turn], by_rule: str, cancelled: Callable[[], bool]
    ) -> str:
        """
        Return the self-contained question, or *by_rule* if that is as good or the model's isn't usable.

        Args:
            question: As typed.
            history: The turns before it, oldest first.
            by_rule: Its form by rule; itself if no rule applied.
            cancelled: Whether nobody waits for the answer any more.
        """
        if not history or not needs_model(question, by_rule):
            return by_rule
        turns = [Turn(turn.question, turn.answer[:MAX_ANSWER_CHARS]) for turn in history[-MAX_TURNS:]]
        try:
            written = self.writer.text(rewrite_prompt(question, turns), MAX_TOKENS, cancelled)
        except (LlmFailed, LlmCancelled):
            return by_rule
        rewritten = _LEAD.sub("", written.strip().split("\n", 1)[0]).strip(" \"'“”")
        return rewritten if is_usable(rewritten, question, turns) else by_rule


def needs_model(question: str, by_rule: str) -> bool:
    """
    Return whether the rules didn't make a question self-contained.

    >>> needs_model("Why?", "Why? (flood in Kiel)"), needs_model("And in 2015?", "Who ruled in 2015?")
    (True, False)
    """
    if by_rule == question:
        language = detect_language(question)
        if language == ENGLISH:
            return bool(_POINTS_BACK.search(question))
        return len(question.split()) <= MAX_SHORT or opens_with_and(question, language)
    return by_rule.startswith(f"{question} (")


def is_usable(rewritten: str, question: str, turns: Sequence[Turn]) -> bool:
    """
    Return whether a rewritten question is one: it keeps the question's words and brings in nothing new.

    Every name and number in it is in the question or the conversation, so that a document that was quoted
    there can't make the model ask for something else.
    """
    if not 0 < len(rewritten) <= MAX_LENGTH or not rewritten.isprintable():
        return False
    language = detect_language(question)
    conversation = "\n".join([question, *(text for turn in turns for text in (turn.question, turn.answer))])
    known, written, typed = (facts(text, language) for text in (conversation, rewritten, question))
    if missing_names(written, known) or missing_figures(written, known) or missing_dates(written, known):
        return False
    if len(written.stems - known.stems) > MAX_NEW_WORDS:
        return False
    return len(written.stems & typed.stems) >= MIN_SHARED * len(typed.stems)
