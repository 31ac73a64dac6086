"""A logistic model over named features, with weights from a JSON file of the package."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Logistic:
    """
    Weights of features by name; a feature without a weight doesn't count.

    Args:
        bias: Log odds when all features are 0.
        weights: Log odds that each feature adds, by 1.
    """

    bias: float
    weights: Mapping[str, float]

    @classmethod
    def load(cls, name: str) -> Self:
        """Return the weights in the file *name*, as ``training/choose.py`` wrote them."""
        fitted = json.loads((files("qa.answering.answerers") / name).read_text(encoding="utf-8"))
        return cls(fitted["bias"], fitted["weights"])

    def probability(self, features: Features) -> float:
        """Return the probability for these features, 0 to 1."""
        logit = self.bias + math.fsum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def log_odds(probability: float) -> float:
    """Return the log odds of a probability, at most about 20 from 0."""
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))
