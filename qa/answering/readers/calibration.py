"""Pure: a reader's raw scores to a probability that means how often such words are right."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalibrationFeatures:
    """
    What is known of a sentence before anything is weighed.

    Args:
        margin: Of its best span over "nowhere", in logits; higher is better, as all of these.
        has_answer_logit: The logit of "the answer is here" of its passage.
        similarity: Inner product of the vectors of question and passage, -1 to 1.
        overlap_idf: Weight of the question's words in it, by
            :func:`~qa.answering.readers.lexical_overlap.overlap_idf`.
        retrieval_gap: Its passage's retrieval score less the best one among those read together, 0 at most.
        evidence_logit: Of its pieces to stand in a sentence that answers, over "nowhere", in logits.
        beside: Margin of its best span when the likeliest sentences are read side by side; of one that isn't
            among them, the lowest of theirs.
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
    Weights of a logistic (Platt 1999, "Probabilistic outputs for support vector machines").

    Args:
        bias: Log odds when all scores are 0.
        margin: Weight of the score of that name, as the others.
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
        """Log odds that words with these scores answer the question."""
        model = (
            self.margin * scores.margin
            + self.here * scores.has_answer_logit
            + self.inside * scores.evidence_logit
        )
        model += self.beside * scores.beside
        found = self.similarity * scores.similarity + self.found_behind * scores.retrieval_gap
        return self.bias + model + found + self.shared * scores.overlap_idf

    def probability(self, scores: CalibrationFeatures) -> float:
        """The same as a probability, 0 to 1."""
        return logistic(self.logit(scores))


def logistic(logit: float) -> float:
    """Log odds to a probability, never quite 0 or 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
