"""Whether the answer is a gold answer, word for word."""

from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.words import normalised


def exact_match(answer: str, golds: tuple[str, ...]) -> float:
    """1 if the answer, normalised, equals one of the gold answers, otherwise 0."""
    return float(normalised(answer) in {normalised(gold) for gold in golds})


def _values(case: Case) -> list[float]:
    """Defined where there is a gold answer; a refusal has no words and so scores 0."""
    golds = case.question.answers
    return [0.0 if case.answer.refused else exact_match(case.answer.text, golds)] if golds else []


EXACT_MATCH = Measure(
    name="exact_match",
    description="answers that equal a gold answer",
    higher_is_better=True,
    source="SQuAD v1.1 (arXiv 1606.05250), the best of the gold answers",
    values=_values,
)
