"""Measures and their cases, and the character counts that several measures share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from index import Span
from qa.evaluation.question_set import Question
from qa.records import Answer


@dataclass(frozen=True, slots=True)
class EvalCase:
    """
    One question with its answer, and the gold in the index's terms.

    Args:
        question: With its gold.
        answer: What was answered.
        gold: The question's spans, in its order, by doc_id.
        grades: The relevant documents' grades by doc_id; two names of one content are one document.
        texts: The canonical text of every document the footnotes point into, read again from the snapshot;
            one that the snapshot doesn't hold is missing.
        milliseconds: From the question to the whole answer, as the one who asked waits.
    """

    question: Question
    answer: Answer
    gold: tuple[Span, ...]
    grades: Mapping[str, int]
    texts: Mapping[str, str]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Measure:
    """
    A figure over a question set.

    Args:
        name: As published, where it is.
        description: One line for people.
        higher_is_better: Its direction.
        source: Where its formula comes from.
        values: A question's values; none where the measure is undefined for it, several where it counts
            things of which a question can have several.
        summary: All values of all questions, at least one, to the set's figure.
    """

    name: str
    description: str
    higher_is_better: bool
    source: str
    values: Callable[[EvalCase], Sequence[float]]
    summary: Callable[[Sequence[float]], float] = fmean


def covered_characters(spans: Iterable[Span]) -> int:
    """Characters in the union of *spans*: ``[0, 4) and [2, 6) of one document -> 6``."""
    total, doc_id, reached = 0, "", 0
    for span in sorted(spans):
        if span.doc_id != doc_id:
            doc_id, reached = span.doc_id, 0
        total += max(0, span.end - max(span.start, reached))
        reached = max(reached, span.end)
    return total


def shared_characters(first: Iterable[Span], second: Iterable[Span]) -> int:
    """Characters in both unions: what the two cover apart, less what they cover together."""
    first, second = list(first), list(second)
    return covered_characters(first) + covered_characters(second) - covered_characters([*first, *second])


def intersection_over_union(first: Iterable[Span], second: Iterable[Span]) -> float:
    """Intersection over union, 0 to 1; 0 if both are empty."""
    first, second = list(first), list(second)
    return shared_characters(first, second) / (covered_characters([*first, *second]) or 1)
