"""
The confidence of an answer: the probability that it is right as shown.

The choice among sentences compares them with each other. Whether the best of them answers at all depends on
more: whether others are as likely, what is asked for, and whether the sentence has it. The figure decides
between an answer and a refusal, and it is the confidence that a person is shown.
"""

import math
from collections.abc import Sequence
from functools import cache

from qa.answering.answerers.answer_type import AnswerType, expected_answer
from qa.answering.answerers.logistic import Features, Logistic, log_odds
from qa.records import Quote

MAX_RIVALS = 6
"""Maximum number of sentences after the best one that count against it."""
MIN_QUESTION_SHARE = 0.12
"""Minimum share of the question's words, weighted by rarity, in a sentence with its context."""
OF_SENTENCE = ("adds", "lacks_type", "other_year")
"""Features of the best sentence that the confidence takes into account, beside its probability."""


class AnswerConfidence(Logistic):
    """Weights of the features of :func:`answer_features`."""


@cache
def default_confidence() -> AnswerConfidence:
    """Return the weights that ``training/confidence.py`` fitted."""
    return AnswerConfidence.load("answer_confidence.json")


def answer_features(question: str, ranked: Sequence[Quote], of_best: Features) -> dict[str, float]:
    """
    Return the features of the answer whose best sentence is the first of *ranked*.

    Args:
        question: A self-contained question.
        ranked: The sentences that may be shown, likeliest first; at least one.
        of_best: The features of the first, as :func:`~qa.answering.answerers.sentence_choice.features`
            returns them.

    Returns:
        By name: ``choice``, the log odds of the best sentence; ``contest``, the logarithm of the likelihood
        of the first few together by that of the best, 0 if it is the only one; ``length``, the logarithm of
        its characters; whether a definition or any phrase is asked for; whether it says little of the
        question; and those of :data:`OF_SENTENCE`.
    """
    best = ranked[0]
    likely = math.fsum(quote.probability for quote in ranked[: MAX_RIVALS + 1])
    expected = expected_answer(question)
    return {
        "choice": log_odds(best.probability),
        "contest": math.log(likely / best.probability),
        "length": math.log(1 + len(best.text)),
        "asks_what": float(expected.type is AnswerType.SENTENCE and expected.measure == "what"),
        "asks_phrase": float(expected.type is AnswerType.PHRASE),
        "says_little": float(of_best["said_in_context"] < MIN_QUESTION_SHARE),
        **{name: of_best[name] for name in OF_SENTENCE},
    }
