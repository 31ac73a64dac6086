"""Precision and recall of refusals."""

from qa.evaluation.measures.base import EvalCase, Measure


def _refusal_precision_values(case: EvalCase) -> list[float]:
    """Return one value for a refusal if the set says whether the question is answerable."""
    if not case.answer.refused or case.question.answerable is None:
        return []
    return [float(not case.question.answerable)]


REFUSAL_PRECISION = Measure(
    name="refusal_precision",
    description="refusals of questions that the corpus doesn't answer, of all refusals",
    higher_is_better=True,
    source="precision of the class 'not answerable', over the whole set",
    values=_refusal_precision_values,
)


def _refusal_recall_values(case: EvalCase) -> list[float]:
    """Return one value if the set calls the question unanswerable."""
    return [float(case.answer.refused)] if case.question.answerable is False else []


REFUSAL_RECALL = Measure(
    name="refusal_recall",
    description="questions that the corpus doesn't answer and that were refused",
    higher_is_better=True,
    source="recall of the class 'not answerable', over the whole set",
    values=_refusal_recall_values,
)
