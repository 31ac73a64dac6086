"""Refusals that were right."""

from qa.evaluation.measures.measure import Case, Measure


def _values(case: Case) -> list[float]:
    """One for each refusal where the set says whether the question is answerable."""
    if not case.answer.refused or case.question.answerable is None:
        return []
    return [float(not case.question.answerable)]


REFUSAL_PRECISION = Measure(
    name="refusal_precision",
    description="refusals of questions that the corpus doesn't answer, of all refusals",
    higher_is_better=True,
    source="precision of the class 'not answerable', over the whole set",
    values=_values,
)
