"""Weights by which sentences are chosen by their words, fitted on questions in several languages."""

import json

import pytest

from qa.answering.answerers.word_match import WordChoice
from training.choose_in_languages import PRIOR, WEIGHTS, Question, fit


def sentence(**values: float) -> dict[str, float]:
    """Return the features of a sentence, 0 but for *values*."""
    english = json.loads(WEIGHTS.read_text(encoding="utf-8"))["english"]
    return dict.fromkeys([*english, *PRIOR], 0.0) | values


def test_what_answers_is_preferred_and_more_certain():
    """The reader points at the sentences that answer, and at no sentence of a near miss."""
    answering, other = sentence(read=2.0, said=0.5), sentence(read=-2.0, said=0.5)
    questions = [Question((answering, other), (True, False))] * 20 + [
        Question((other, other), (False, False))
    ] * 20
    fitted = fit(questions, dict.fromkeys([name for name in answering if name not in PRIOR], 0.0))
    choice = WordChoice(
        fitted["weights"],
        fitted["certainty_bias"],
        fitted["certainty"],
        fitted["unread_bias"],
        fitted["unread"],
    )

    assert fitted["weights"]["read"] > PRIOR["read"]
    assert choice.probabilities([answering, other])[0] > 0.7
    assert choice.probabilities([other, other])[0] < 0.3
    assert choice.probabilities([answering, other], is_read=False)[0] == pytest.approx(
        choice.probabilities([other, answering], is_read=False)[1]
    )
