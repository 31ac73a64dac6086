"""Normalised discounted cumulative gain of documents."""

from collections.abc import Iterable, Mapping, Sequence
from math import log2

from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.ranking import documents


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """How near the first *depth* are to the best order possible, 0 to 1; one grade at least is above 0."""
    ideal = sorted(grades.values(), reverse=True)
    return _gain(grades.get(doc_id, 0) for doc_id in ranking[:depth]) / _gain(ideal[:depth])


def _gain(grades: Iterable[int]) -> float:
    return sum(max(grade, 0) / log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def _values(case: Case) -> list[float]:
    if max(case.grades.values(), default=0) <= 0:
        return []
    return [ndcg(documents(case.answer), case.grades, 10)]


NDCG_AT_10 = Measure(
    name="ndcg@10",
    description="how well the first ten documents are ordered",
    higher_is_better=True,
    source="ir_measures nDCG@10: Järvelin and Kekäläinen 2002 with gain = grade, as trec_eval",
    values=_values,
)
