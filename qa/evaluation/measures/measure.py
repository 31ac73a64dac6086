"""What a measure is, and what it is told about one question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from index import Span
from qa.evaluation.gold import Question
from qa.records import Answer


@dataclass(frozen=True, slots=True)
class Case:
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
    values: Callable[[Case], Sequence[float]]
    summary: Callable[[Sequence[float]], float] = fmean
