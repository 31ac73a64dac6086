"""Unanswerable questions that were refused."""

from qa.evaluation.measures.measure import Case, Measure


def _values(case: Case) -> list[float]:
    """One for each question that the set calls unanswerable."""
    return [float(case.answer.refused)] if case.question.answerable is False else []


REFUSAL_RECALL = Measure(
    name="refusal_recall",
    description="questions that the corpus doesn't answer and that were refused",
    higher_is_better=True,
    source="recall of the class 'not answerable', over the whole set",
    values=_values,
)
