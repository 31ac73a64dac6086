"""The confidence of answers: fitted weights tell right from wrong on documents that they didn't see."""

import random

from training.confidence import Answered, crossed, fit, report


def answers(set_name, count, bias=0.0):
    """Answers that are right the likelier, the higher their choice."""
    rng = random.Random(count)
    made = []
    for number in range(count):
        choice = rng.gauss(0, 2)
        right = rng.random() < 1 / (1 + 2.7 ** -(choice + bias))
        made.append(
            Answered(set_name, f"{number % 40}", {"choice": choice, "noise": rng.random()}, right, True)
        )
    return made


def test_weights_depend_on_informative_features():
    """Noise has hardly any weight, and another set's difficulty isn't written."""
    fitted = fit([*answers("everyday", 600), *answers("other", 400, bias=-2)])

    assert {"choice", "noise"} == set(fitted.weights)
    assert 0.7 < fitted.weights["choice"] < 1.3
    assert abs(fitted.weights["noise"]) < 0.7
    assert abs(fitted.bias) < 0.6


def test_each_answer_is_scored_by_weights_of_other_documents():
    """The report says how well the weights separate right from wrong answers."""
    asked = answers("everyday", 300)

    assert len(asked) == len(crossed(asked, []))
    assert "300 answers" in report(asked, crossed(asked, []))
