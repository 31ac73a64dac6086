"""Pure: a reader's raw scores to a probability that means how often such words are right."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scores:
    """
    What is known of a sentence before anything is weighed.

    Args:
        margin: Of its best span over "nowhere", in logits; higher is better, as all of these.
        here: The logit of "the answer is here" of its passage.
        similarity: Inner product of the vectors of question and passage, -1 to 1.
        behind: Its margin less the best one among the passages read together, 0 at most.
        found_behind: Its passage's retrieval score less the best one among them, 0 at most.
    """

    margin: float
    here: float
    similarity: float
    behind: float = 0.0
    found_behind: float = 0.0


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
    behind: float = 0.0
    found_behind: float = 0.0

    def logit(self, scores: Scores) -> float:
        """Log odds that words with these scores answer the question."""
        own = self.margin * scores.margin + self.here * scores.here + self.similarity * scores.similarity
        return self.bias + own + self.behind * scores.behind + self.found_behind * scores.found_behind

    def probability(self, scores: Scores) -> float:
        """The same as a probability, 0 to 1."""
        return logistic(self.logit(scores))


def logistic(logit: float) -> float:
    """Log odds to a probability, never quite 0 or 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
