"""Pure: a reader's raw scores to a probability that means how often such words are right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_LESS = 0.999
"""A further sentence is at least so much less likely than the likeliest one."""


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
        further_bias: Of a second logistic, for sentences other than the likeliest: log odds at 0.
        further: Its weight of the sentence's own log odds.
        further_behind: Its weight of how far these lie below the likeliest's.
    """

    bias: float
    margin: float
    here: float
    similarity: float
    shared: float = 0.0
    found_behind: float = 0.0
    inside: float = 0.0
    further_bias: float = 0.0
    further: float = 1.0
    further_behind: float = 0.0

    def logit(self, scores: Scores) -> float:
        """Log odds that words with these scores answer the question."""
        model = self.margin * scores.margin + self.here * scores.here + self.inside * scores.inside
        found = self.similarity * scores.similarity + self.found_behind * scores.found_behind
        return self.bias + model + found + self.shared * scores.shared

    def probability(self, scores: Scores) -> float:
        """The same as a probability, 0 to 1."""
        return logistic(self.logit(scores))

    def probabilities(self, scores: Sequence[Scores]) -> list[float]:
        """
        Of all sentences read for a question: of the likeliest, that it answers; of each other one, that it
        answers as well if any does, and always less than the likeliest's.
        """
        logits = [self.logit(each) for each in scores]
        best = max(logits, default=0.0)
        most = logistic(best)
        return [
            most if logit == best else min(self._of_further(logit, best), _LESS * most) for logit in logits
        ]

    def _of_further(self, logit: float, best: float) -> float:
        return logistic(self.further_bias + self.further * logit + self.further_behind * (best - logit))


def logistic(logit: float) -> float:
    """Log odds to a probability, never quite 0 or 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
