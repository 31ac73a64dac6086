"""Recall and nDCG of the retrieved documents."""

from collections.abc import Iterable, Mapping, Sequence
from math import log2

from qa.evaluation.measures.base import EvalCase, Measure
from qa.records import Answer


def ranked_documents(answer: Answer) -> list[str]:
    """
    Return the documents by their best passage, best first.

    The ranking is only as deep as the answer's passages: ten passages, several of them from one document,
    rank fewer than ten documents, and the others count as not retrieved.
    """
    return list(dict.fromkeys(passage.span.doc_id for passage in answer.passages))


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """Return the share of the documents graded above 0, at least one, that are among the first *depth*."""
    relevant = {doc_id for doc_id, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant)


def _recall_values(case: EvalCase) -> list[float]:
    if max(case.grades.values(), default=0) <= 0:
        return []
    return [recall(ranked_documents(case.answer), case.grades, 5)]


RECALL_AT_5 = Measure(
    name="recall@5",
    description="relevant documents that are among the first five",
    higher_is_better=True,
    source="ir_measures R@5 (trec_eval's recall)",
    values=_recall_values,
)


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """Return the normalised discounted cumulative gain of the first *depth*, 0 to 1; one grade is above 0."""
    ideal = sorted(grades.values(), reverse=True)
    return _gain(grades.get(doc_id, 0) for doc_id in ranking[:depth]) / _gain(ideal[:depth])


def _gain(grades: Iterable[int]) -> float:
    return sum(max(grade, 0) / log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def _ndcg_values(case: EvalCase) -> list[float]:
    if max(case.grades.values(), default=0) <= 0:
        return []
    return [ndcg(ranked_documents(case.answer), case.grades, 10)]


NDCG_AT_10 = Measure(
    name="ndcg@10",
    description="how well the first ten documents are ordered",
    higher_is_better=True,
    source="ir_measures nDCG@10: Järvelin and Kekäläinen 2002 with gain = grade, as trec_eval",
    values=_ndcg_values,
)
