"""The confidence of an answer: what it is weighed from, and that it decides about refusing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answerers.answer_confidence import (
    FITS,
    AnswerConfidence,
    answer_features,
    default_confidence,
)
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.logistic import log_odds
from qa.answering.answerers.sentence_choice import SentenceChoice
from qa.answering.readers.base import PassageReading
from tests.fakes.passages import document, passage, quote

SOURCE = passage(document("It earned $163 million in 2011. It was founded in 1998. It sells browsers."))
QUOTES = (
    quote(SOURCE, "It earned $163 million in 2011.", "$163 million", 0.8),
    quote(SOURCE, "It was founded in 1998.", "1998", 0.2),
)
READING = PassageReading(SOURCE, 1.0, 0.8, QUOTES)
AS_READ = SentenceChoice(0.0, {"logit": 1.0})


def known(question, *quotes):
    """What the confidence is weighed from."""
    features, _ = ExtractiveAnswerer(0.0, 0.3, choice=AS_READ).known(
        question, [PassageReading(SOURCE, 1.0, 0.8, quotes)]
    )
    return features


def test_a_single_sentence_has_the_whole_lead():
    """Each other likely sentence lessens the lead."""
    assert 0 == known("What did it earn?", QUOTES[0])["lead"]
    assert 0 > known("What did it earn?", *QUOTES)["lead"]


def test_the_best_sentence_counts():
    """Its log odds and some of its features are features of the answer."""
    features = known("How much did it earn in 2015?", *QUOTES)

    assert log_odds(0.8) == pytest.approx(features["choice"]) == features["reader"]
    assert (1, 0, 1) == (features["has_type"], features["same_year"], features["same_property"])


def test_the_confidence_decides_about_refusing():
    """The best sentence of a refused answer is offered as a possible answer."""
    year = AnswerConfidence(-2.0, {"choice": 1.0, "same_year": 2.0})
    answerer = ExtractiveAnswerer(0.5, 0.5, choice=AS_READ, confidence=year)

    (shown,) = answerer.draft("What did it earn in 2011?", [READING])
    (refused,) = answerer.draft("What did it earn in 2015?", [READING])

    assert 0.8 == pytest.approx(shown.confidence)
    assert shown.reason is None
    assert refused.reason
    assert ["It earned $163 million in 2011."] == [claim.text for claim in refused.possible]


def test_without_readings_it_refuses():
    """No weights change that."""
    answerer = ExtractiveAnswerer(0.0, 0.5, choice=AS_READ, confidence=default_confidence())

    (refused,) = answerer.draft("What did it earn?", [])

    assert refused.reason


@given(st.floats(0, 1), st.floats(0, 1))
def test_every_shipped_weight_is_of_a_feature(first, second):
    """The weights give a probability for any sentences."""
    quotes = [
        quote(SOURCE, one.text, one.answer_text, max(chance, 1e-9))
        for one, chance in zip(QUOTES, sorted((first, second), reverse=True), strict=True)
    ]
    of_best = {"logit": log_odds(quotes[0].probability), **dict.fromkeys(FITS.values(), 0.0)}
    features = answer_features(quotes, of_best)

    assert set(default_confidence().weights) == set(features)
    assert min(default_confidence().weights.values()) >= 0
    assert 0 <= default_confidence().probability(features) <= 1
