"""Recall of documents."""

from collections.abc import Mapping, Sequence

from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.ranking import documents


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """The share of the documents graded above 0 (there is one at least) that the first *depth* hold."""
    relevant = {doc_id for doc_id, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant)


def _values(case: Case) -> list[float]:
    if max(case.grades.values(), default=0) <= 0:
        return []
    return [recall(documents(case.answer), case.grades, 5)]


RECALL_AT_5 = Measure(
    name="recall@5",
    description="relevant documents that are among the first five",
    higher_is_better=True,
    source="ir_measures R@5 (trec_eval's recall)",
    values=_values,
)
