"""The measures, each with its name, description, direction and source."""

from qa.evaluation.measures.answers import ANSWER_SPAN_IOU, EXACT_MATCH, F1
from qa.evaluation.measures.base import EvalCase, Measure
from qa.evaluation.measures.citations import (
    CITATION_IOU,
    CITATION_PRECISION,
    CITATION_RECALL,
    POINTER_VALIDITY,
)
from qa.evaluation.measures.latency import LATENCY_P50, LATENCY_P95
from qa.evaluation.measures.refusals import REFUSAL_PRECISION, REFUSAL_RECALL
from qa.evaluation.measures.retrieval import NDCG_AT_10, RECALL_AT_5

__all__ = ["MEASURES", "EvalCase", "Measure"]

MEASURES = (
    RECALL_AT_5,
    NDCG_AT_10,
    EXACT_MATCH,
    F1,
    POINTER_VALIDITY,
    CITATION_PRECISION,
    CITATION_RECALL,
    CITATION_IOU,
    ANSWER_SPAN_IOU,
    REFUSAL_PRECISION,
    REFUSAL_RECALL,
    LATENCY_P50,
    LATENCY_P95,
)
"""All measures, in the order in which they are shown."""
