"""Recall and nDCG of the retrieved documents."""

from collections.abc import Iterable, Mapping, Sequence
from math import log2

from qa.evaluation.measures.base import EvalCase, Measure
from qa.records import Answer


def ranked_documents(answer: Answer) -> list[str]:
    """
    Documents by their best passage, best first.

    The answer's passages are all that was retrieved and read, so the ranking is as deep as they are: with ten
    passages, of which several come from one document, it holds fewer than ten documents, and what it leaves
    out counts as not found.
    """
    return list(dict.fromkeys(passage.span.doc_id for passage in answer.passages))


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """The share of the documents graded above 0 (there is one at least) that the first *depth* hold."""
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
    """How near the first *depth* are to the best order possible, 0 to 1; one grade at least is above 0."""
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
