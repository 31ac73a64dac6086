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
        shared: Weight of the question's words in it, by :func:`~qa.readers.overlap.shared_words`.
        found_behind: Its passage's retrieval score less the best one among those read together, 0 at most.
        inside: Of its pieces to stand in a sentence that answers, over "nowhere", in logits.
    """

    margin: float
    here: float
    similarity: float
    shared: float = 0.0
    found_behind: float = 0.0
    inside: float = 0.0


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

    def logit(self, scores: Scores) -> float:
        """Log odds that words with these scores answer the question."""
        model = self.margin * scores.margin + self.here * scores.here + self.inside * scores.inside
        found = self.similarity * scores.similarity + self.found_behind * scores.found_behind
        return self.bias + model + found + self.shared * scores.shared

    def probability(self, scores: Scores) -> float:
        """The same as a probability, 0 to 1."""
        return logistic(self.logit(scores))


def logistic(logit: float) -> float:
    """Log odds to a probability, never quite 0 or 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
