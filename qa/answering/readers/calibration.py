"""Calibration of a reader's raw scores: the probability that words with such scores are right."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalibrationFeatures:
    """
    The raw scores of a sentence; for all of them higher is better.

    Args:
        margin: Logits of its best span less those of "no answer".
        has_answer_logit: Logit of its passage holding the answer.
        similarity: Inner product of the vectors of question and passage, -1 to 1.
        overlap_idf: Weight of the question's words that it contains, by
            :func:`~qa.answering.readers.lexical_overlap.overlap_idf`.
        retrieval_gap: Its passage's retrieval score less the best of the passages read together, at most 0.
        evidence_logit: Mean logit of its word pieces to be in a sentence that answers, less that of "no
            answer".
        beside: Margin of its best span when the likeliest sentences are read as one passage; the lowest such
            margin for a sentence that isn't among them.
    """

    margin: float
    has_answer_logit: float
    similarity: float
    overlap_idf: float = 0.0
    retrieval_gap: float = 0.0
    evidence_logit: float = 0.0
    beside: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """
    Weights of a logistic model (Platt 1999, "Probabilistic outputs for support vector machines").

    The fields are the keys of ``calibration`` in the reader's ``manifest.json``, fitted by
    ``training/calibrate.py``.

    Args:
        bias: Log odds of a sentence whose scores are all 0.
        margin: Weight of ``margin``.
        here: Weight of ``has_answer_logit``.
        similarity: Weight of ``similarity``.
        shared: Weight of ``overlap_idf``.
        found_behind: Weight of ``retrieval_gap``.
        inside: Weight of ``evidence_logit``.
        beside: Weight of ``beside``.
    """

    bias: float
    margin: float
    here: float
    similarity: float
    shared: float = 0.0
    found_behind: float = 0.0
    inside: float = 0.0
    beside: float = 0.0

    def logit(self, scores: CalibrationFeatures) -> float:
        """Return the log odds that words with these scores answer the question."""
        # What the model read in the passage itself, then what retrieval and shared words say.
        model = (
            self.margin * scores.margin
            + self.here * scores.has_answer_logit
            + self.inside * scores.evidence_logit
        )
        model += self.beside * scores.beside
        retrieval = self.similarity * scores.similarity + self.found_behind * scores.retrieval_gap
        return self.bias + model + retrieval + self.shared * scores.overlap_idf

    def probability(self, scores: CalibrationFeatures) -> float:
        """Return the probability, 0 to 1, that words with these scores answer the question."""
        return logistic(self.logit(scores))


def logistic(logit: float) -> float:
    """Return log odds as a probability, never exactly 0 or 1."""
    # Clamped, so that an extreme logit neither overflows exp() nor claims certainty.
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
