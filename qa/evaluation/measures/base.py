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
    One question with its answer and its gold by doc_id.

    Args:
        question: With its gold.
        answer: The pipeline's answer.
        gold: The question's spans, in its order.
        grades: The grade of each relevant document by doc_id.
        texts: The canonical text of every cited document, read again from the snapshot; without those that
            the snapshot lacks.
        milliseconds: From the question to the complete answer.
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
    A figure over the answers to a question set.

    Args:
        name: The published name, if there is one.
        description: One line for people.
        higher_is_better: The direction of improvement.
        source: The source of the formula.
        values: Returns a question's values: none if the measure is undefined for it, several if it counts
            things of which a question can have several, such as footnotes.
        summary: Returns the set's figure from the values of all questions, at least one.
    """

    name: str
    description: str
    higher_is_better: bool
    source: str
    values: Callable[[EvalCase], Sequence[float]]
    summary: Callable[[Sequence[float]], float] = fmean


def covered_characters(spans: Iterable[Span]) -> int:
    """Return the size of the union of *spans* in characters: 6 for [0, 4) and [2, 6) of one document."""
    total, doc_id, reached = 0, "", 0
    # In order of (document, start), only characters past the furthest end so far are new.
    for span in sorted(spans):
        if span.doc_id != doc_id:
            doc_id, reached = span.doc_id, 0
        total += max(0, span.end - max(span.start, reached))
        reached = max(reached, span.end)
    return total


def shared_characters(first: Iterable[Span], second: Iterable[Span]) -> int:
    """Return the number of characters that are in both unions of spans."""
    first, second = list(first), list(second)
    # |A ∩ B| = |A| + |B| - |A ∪ B|
    return covered_characters(first) + covered_characters(second) - covered_characters([*first, *second])


def intersection_over_union(first: Iterable[Span], second: Iterable[Span]) -> float:
    """Return the intersection over union in characters, 0 to 1; 0 if both are empty."""
    first, second = list(first), list(second)
    return shared_characters(first, second) / (covered_characters([*first, *second]) or 1)
