"""
Pure: what kind of answer a question asks for, decided by rule.

A question that fits no rule is a factual one; a wrong guess costs little, because every form of answer falls
back on the factual one when it finds nothing to show.
"""

import enum
import re
from dataclasses import dataclass


class QuestionKind(enum.StrEnum):
    """The kinds of question that have a form of answer of their own."""

    FACT = "fact"
    """Anything else: answered by the sentences that hold the answer."""
    SMALL_TALK = "small_talk"
    """Greetings, thanks and questions about Footnote itself."""
    OVERVIEW = "overview"
    """What a document is about, its key points, a summary."""
    WHICH_DOCUMENT = "which_document"
    """Which of the documents deal with something."""
    COMPARISON = "comparison"
    """Two things beside each other."""
    LIST = "list"
    """Every item of a list in a document."""
    TABLE = "table"
    """A cell of a table, or a figure computed over a column."""
    YES_NO = "yes_no"
    """Answered by the sentence that decides it."""
    DEFINITION = "definition"
    """What something is or stands for."""


@dataclass(frozen=True, slots=True)
class QuestionAnalysis:
    """
    A question and the form of answer that it asks for.

    Args:
        text: The question in words that stand alone.
        kind: The form of answer.
        sides: For a comparison, what is compared, in the order named; otherwise empty.
    """

    text: str
    kind: QuestionKind = QuestionKind.FACT
    sides: tuple[str, ...] = ()


_RULES: tuple[tuple[QuestionKind, re.Pattern[str]], ...] = ()
"""Patterns in the order in which they are tried; the first that matches decides."""


def analyse_question(question: str) -> QuestionAnalysis:
    """
    Return the form of answer that *question* asks for.

    Args:
        question: In words that stand alone.
    """
    for kind, pattern in _RULES:
        if pattern.search(question):
            return QuestionAnalysis(question, kind)
    return QuestionAnalysis(question)
