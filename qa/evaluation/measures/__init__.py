"""The measures: one file each, with its name, description, direction and source."""

from qa.evaluation.measures.answer_span_iou import ANSWER_SPAN_IOU
from qa.evaluation.measures.citation_iou import CITATION_IOU
from qa.evaluation.measures.citation_precision import CITATION_PRECISION
from qa.evaluation.measures.citation_recall import CITATION_RECALL
from qa.evaluation.measures.exact_match import EXACT_MATCH
from qa.evaluation.measures.f1 import F1
from qa.evaluation.measures.latency import LATENCY_P50, LATENCY_P95
from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.ndcg import NDCG_AT_10
from qa.evaluation.measures.pointer_validity import POINTER_VALIDITY
from qa.evaluation.measures.recall import RECALL_AT_5
from qa.evaluation.measures.refusal_precision import REFUSAL_PRECISION
from qa.evaluation.measures.refusal_recall import REFUSAL_RECALL

__all__ = ["MEASURES", "Case", "Measure"]

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
"""In the order they are shown."""
