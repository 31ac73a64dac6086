"""
Fits the reader's probabilities and the refusal threshold on one half of dev sets, and reports the other half.

Example::

    python -m training.calibrate --sets ../shared/data/squad_dev_v1 ../shared/data/clapnq_a --sample 300

The questions go through Footnote's own retrieval and reader. Of SQuAD's, which are all answerable, every
other one is asked with the documents of its gold spans left out of what is retrieved, and counts as
unanswerable. Questions on one document are in the same half.
``--write`` puts the fitted calibration into the manifest of the weights; the threshold is to be the default
of the setting ``refuse_below``.
"""

import argparse
import json
import math
import random
from collections.abc import Sequence
from dataclasses import asdict, astuple
from pathlib import Path

import numpy as np

from qa.answering.readers.calibration import Calibration
from qa.answering.readers.cross_encoder import WEIGHTS
from training.calibration_data import (
    CalibrationQuestion,
    CalibrationSentence,
    collect_all,
    read_questions,
    write_questions,
)

BINS = 10
REFUSED_OF_ANSWERABLE = 8
Shown = tuple[float, bool]
"""A question's best probability, and whether the quote that has it is right."""


def best(calibration: Calibration, asked: CalibrationQuestion) -> CalibrationSentence:
    """The sentence that would be shown first."""
    return max(asked.seen, key=lambda seen: calibration.logit(seen.scores))


def shown(calibration: Calibration, asked: CalibrationQuestion) -> Shown:
    """Of the best sentence; (0, False) if there is none."""
    if not asked.seen:
        return 0.0, False
    first = best(calibration, asked)
    return calibration.probability(first.scores), first.right


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=Path, nargs="+", required=True, help="folders of question sets")
    parser.add_argument("--sample", type=int, default=300, help="questions a set")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the reader's weights")
    parser.add_argument(
        "--readings", type=Path, help="file to keep the raw scores in; if it is there, nothing is asked"
    )
    parser.add_argument("--write", action="store_true", help="put the calibration into the weights' manifest")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    readings: Path | None = options.readings
    if readings and readings.exists():
        asked = read_questions(readings)
    else:
        asked = list(collect_all(options.sets, options.weights, options.sample, options.seed))
    if readings:
        write_questions(readings, asked)
    manifest = json.loads((options.weights / "manifest.json").read_text(encoding="utf-8"))
    after = show_fit(asked, Calibration(**manifest["calibration"]))
    if options.write:
        manifest["calibration"] = asdict(after)
        (options.weights / "manifest.json").write_text(
            json.dumps(manifest, indent=2) + "\n", encoding="utf-8"
        )


def show_fit(asked: Sequence[CalibrationQuestion], before: Calibration) -> Calibration:
    """Fit on the one half, print how it does on the other."""
    fitting, held_out = ([one for one in asked if one.fitting is half] for half in (True, False))
    after = fit(fitting)
    threshold = best_threshold(fitting, after)
    crossed = ((after, held_out), (fit(held_out), fitting))
    print(f"calibration {json.dumps(asdict(after))}\nrefuse_below {threshold:.3f}")
    for name in (*dict.fromkeys(one.set_name for one in asked), "all"):
        part = [one for one in held_out if name in (one.set_name, "all")]
        print(f"{name}, held out: {report(part, before, after, threshold)}")
        print(f"{name}, each half by the other: {report_crossed(name, crossed)}")
    return after


# ---- fitting


def fit(asked: Sequence[CalibrationQuestion]) -> Calibration:
    """
    A logistic over all sentences gives the weights; a second one, over each question's best one alone,
    corrects for its being the best of many.
    """
    sentences = [seen for one in asked for seen in one.seen]
    features = [astuple(seen.scores) for seen in sentences]
    weights, bias = _logistic(features, [seen.right for seen in sentences])
    rough = Calibration(bias, *weights)
    first = [best(rough, one) for one in asked if one.seen]
    (scale,), shift = _logistic(
        [[rough.logit(seen.scores)] for seen in first], [seen.right for seen in first]
    )
    bias, *weights = (round(scale * weight, 4) for weight in (bias, *weights))
    return Calibration(round(bias + shift, 4), *weights)


def _logistic(features: Sequence[Sequence[float]], right: Sequence[bool]) -> tuple[list[float], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=100.0, max_iter=1000).fit(np.array(features), np.array(right))
    return [float(weight) for weight in model.coef_[0]], float(model.intercept_[0])


def best_threshold(asked: Sequence[CalibrationQuestion], calibration: Calibration) -> float:
    """
    The probability below which one answerable question in :data:`REFUSED_OF_ANSWERABLE` is refused.

    The best F1 of refusing would lie higher: half of these questions are unanswerable, more than a person
    asks, so it would refuse more of the others than a person bears.
    """
    tops = [0.0, *sorted(shown(calibration, one)[0] for one in asked if one.answerable)]
    at = (len(tops) - 1) // REFUSED_OF_ANSWERABLE
    return round((tops[at] + tops[at + 1]) / 2, 3)


# ---- reporting


def report(
    asked: Sequence[CalibrationQuestion], before: Calibration, after: Calibration, threshold: float
) -> str:
    """One line of figures on questions that nothing was fitted on."""
    tops = [(shown(after, one)[0], one.answerable) for one in asked]
    refused = [answerable for probability, answerable in tops if probability < threshold]
    unanswerable = sum(not answerable for _, answerable in tops)
    errors = [calibration_error([shown(way, one) for one in asked]) for way in (before, after)]
    return (
        f"{len(asked)} questions, {unanswerable} unanswerable; refusal "
        f"precision {refused.count(False) / max(1, len(refused)):.3f}, "
        f"recall {refused.count(False) / max(1, unanswerable):.3f}, "
        f"answerable refused {refused.count(True)} of {len(asked) - unanswerable}, AUROC {auroc(tops):.3f}; "
        f"best quote right {sum(shown(after, one)[1] for one in asked) / max(1, len(asked)):.3f}; "
        f"calibration error {errors[0]:.3f} before, {errors[1]:.3f} after; "
        f"passages that lack the answer: AUROC {lacking_auroc(asked, after):.3f}"
    )


def report_crossed(name: str, crossed: Sequence[tuple[Calibration, Sequence[CalibrationQuestion]]]) -> str:
    """
    The calibration error over twice as many questions, beside what chance alone would give.

    Args:
        name: Of a set, or ``all``.
        crossed: Each half of the questions, with the calibration that was fitted on the other.
    """
    tops = [shown(way, one) for way, part in crossed for one in part if name in (one.set_name, "all")]
    return (
        f"calibration error {calibration_error(tops):.3f}, of perfect probabilities {chance_error(tops):.3f}"
    )


def lacking_auroc(asked: Sequence[CalibrationQuestion], calibration: Calibration) -> float:
    """How surely a passage with gold words has a likelier best sentence than one without the answer."""
    tops: dict[tuple[int, int], tuple[float, bool]] = {}
    for number, one in enumerate(asked):
        with_gold = {seen.passage for seen in one.seen if seen.right}
        for seen in one.seen:
            if seen.missing_gold or seen.passage in with_gold:
                key, score = (number, seen.passage), calibration.logit(seen.scores)
                tops[key] = max(tops.get(key, (-math.inf, False)), (score, seen.passage in with_gold))
    return auroc(list(tops.values()))


def calibration_error(tops: Sequence[Shown]) -> float:
    """Mean distance of probability and share of right ones over ten equal bins, weighted by their size."""
    bins: dict[int, list[Shown]] = {}
    for one in tops:
        bins.setdefault(min(int(one[0] * BINS), BINS - 1), []).append(one)
    apart = (abs(sum(p for p, _ in part) - sum(right for _, right in part)) for part in bins.values())
    return sum(apart) / max(1, len(tops))


def chance_error(tops: Sequence[Shown], draws: int = 200) -> float:
    """
    The mean calibration error if each probability were exactly how often its quote is right.

    It isn't 0: in a bin of fifteen questions the share of right ones lies a tenth beside the probability by
    chance. An error near this one says nothing against the calibration.
    """
    rng = random.Random(0)
    drawn = ([(p, rng.random() < p) for p, _ in tops] for _ in range(draws))
    return sum(map(calibration_error, drawn)) / draws


def auroc(tops: Sequence[tuple[float, bool]]) -> float:
    """How surely an answerable question has the higher probability; nan if all questions are alike."""
    from sklearn.metrics import roc_auc_score

    labels = [answerable for _, answerable in tops]
    return float(roc_auc_score(labels, [p for p, _ in tops])) if len(set(labels)) == 2 else math.nan


if __name__ == "__main__":
    main()
