"""The confidence of answers: fitted weights tell right from wrong on sets that they didn't see."""

import random

import pytest

from training.confidence import Answered, fit, left_out, read_answers, report, write_answers


def answers(set_name, count, bias=0.0):
    """Answers that are right the likelier, the higher their choice, and the less likely, the higher harm."""
    rng = random.Random(count)
    made = []
    for _ in range(count):
        choice, harm = rng.gauss(0, 2), rng.random()
        right = rng.random() < 1 / (1 + 2.7 ** -(choice + bias - harm))
        made.append(
            Answered(
                set_name, {"choice": choice, "noise": rng.random(), "harm": harm}, right, answerable=True
            )
        )
    return made


def test_weights_depend_on_informative_features():
    """Noise has hardly any weight, and no weight is below 0."""
    fitted = fit([*answers("first", 600), *answers("second", 400, bias=-0.5)])

    assert {"choice", "noise", "harm"} == set(fitted.weights)
    assert 0.5 < fitted.weights["choice"] < 1.3
    assert 0 <= fitted.weights["noise"] < 0.7
    assert 0 == fitted.weights["harm"]


def test_a_large_set_does_not_decide_alone():
    """The small set's difficulty shows in the bias as much as the large one's."""
    easy = fit([*answers("large", 2000, bias=2.0), *answers("small", 130, bias=-2.0)])

    assert abs(easy.bias) < 1


def test_each_set_is_scored_by_weights_of_the_others():
    """The report says how well the weights separate right from wrong answers of each set."""
    asked = [*answers("first", 200), *answers("second", 100)]

    assert {"first": 200, "second": 100} == {name: len(pairs) for name, pairs in left_out(asked).items()}
    assert "first: 200 answers" in report(asked)
    assert "fitted on itself: 200 answers" in report(asked[:200])


def test_answers_are_stored(tmp_path):
    """The weights can be fitted again without asking the questions again."""
    asked = answers("first", 20)

    write_answers(tmp_path / "answers.jsonl", asked)

    read = read_answers(tmp_path / "answers.jsonl")
    assert asked == read
    assert fit(asked).probability(read[0].features) == pytest.approx(fit(read).probability(asked[0].features))
