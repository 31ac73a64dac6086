"""Pure: a reader's raw scores to a probability that means how often such words are right."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """
    Weights of a logistic (Platt 1999, "Probabilistic outputs for support vector machines").

    Args:
        bias: Log odds when all scores are 0.
        margin: For each point by which the span is above "nowhere".
        here: For each point of the passage's "the answer is here".
        similarity: For an inner product of 1 between the vectors of question and passage.
    """

    bias: float
    margin: float
    here: float
    similarity: float

    def logit(self, margin: float, here: float, similarity: float) -> float:
        """Log odds that words with these scores answer the question."""
        return self.bias + self.margin * margin + self.here * here + self.similarity * similarity

    def probability(self, margin: float, here: float, similarity: float) -> float:
        """The same as a probability, 0 to 1."""
        return logistic(self.logit(margin, here, similarity))


def logistic(logit: float) -> float:
    """Log odds to a probability, never quite 0 or 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
