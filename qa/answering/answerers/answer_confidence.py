"""
The confidence of an answer: the probability that it is right as shown.

The choice among sentences compares them with each other. Whether the best of them answers at all depends on
more: what the reader says of it alone, whether others are as likely, and whether the sentence has what is
asked for. The figure decides between an answer and a refusal, and it is the confidence that a person is
shown.
"""

import math
from collections.abc import Sequence
from functools import cache

from qa.answering.answerers.logistic import Features, Logistic, log_odds
from qa.records import Quote

MAX_RIVALS = 6
"""Maximum number of sentences after the best one that count against it."""
FITS = {"has_type": "lacks_type", "same_year": "other_year", "same_property": "other_property"}
"""Features of an answer that are the opposites of features of its best sentence."""


class AnswerConfidence(Logistic):
    """Weights of the features of :func:`answer_features`, none below 0."""


@cache
def default_confidence() -> AnswerConfidence:
    """Return the weights that ``training/confidence.py`` fitted."""
    return AnswerConfidence.load("answer_confidence.json")


def answer_features(ranked: Sequence[Quote], of_best: Features) -> dict[str, float]:
    """
    Return the features of the answer whose best sentence is the first of *ranked*.

    For each of them, more makes the answer likelier to be right.

    Args:
        ranked: The sentences that may be shown, likeliest first; at least one.
        of_best: The features of the first, as :func:`~qa.answering.answerers.sentence_choice.features`
            returns them.

    Returns:
        By name: ``choice``, the log odds of the best sentence; ``reader``, its log odds by the reader alone;
        ``lead``, the logarithm of its likelihood by that of the first few together, 0 if it is the only one;
        and those of :data:`FITS`, 1 or 0.
    """
    best = ranked[0]
    likely = math.fsum(quote.probability for quote in ranked[: MAX_RIVALS + 1])
    return {
        "choice": log_odds(best.probability),
        "reader": of_best["logit"],
        "lead": math.log(best.probability / likely),
        **{name: 1.0 - of_best[opposite] for name, opposite in FITS.items()},
    }
