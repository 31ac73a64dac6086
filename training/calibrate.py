"""
Fit the reader's calibration and the refusal threshold on half of the dev sets, and report on the other half.

Example::

    python -m training.calibrate --sets ../shared/data/squad_dev_v1 ../shared/data/clapnq_a --sample 300

The questions go through Footnote's own retrieval and reader. All of SQuAD's questions are answerable; for
every other one the documents of its gold spans are excluded from retrieval, so that it counts as
unanswerable. Questions on one document are in the same half. ``--write`` writes the fitted calibration to the
manifest of the weights; the threshold is meant as the default of the setting ``refuse_below``.
"""

import argparse
import json
import math
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from qa.answering.readers.calibration import Calibration
from qa.answering.readers.cross_encoder import WEIGHTS
from qa.evaluation.reader_calibration import (
    CalibrationQuestion,
    Prediction,
    auroc,
    best_prediction,
    calibration_error,
    fit,
)
from training.calibration_data import collect_all, read_questions, write_questions

REFUSED_OF_ANSWERABLE = 8


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=Path, nargs="+", required=True, help="folders of question sets")
    parser.add_argument("--sample", type=int, default=300, help="questions per set")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the reader's weights")
    parser.add_argument(
        "--readings", type=Path, help="file of raw scores; if it exists, no question is asked"
    )
    parser.add_argument("--write", action="store_true", help="put the calibration into the weights' manifest")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    readings: Path | None = options.readings
    if readings and readings.exists():
        questions = read_questions(readings)
    else:
        questions = list(collect_all(options.sets, options.weights, options.sample, options.seed))
    if readings:
        write_questions(readings, questions)
    manifest = json.loads((options.weights / "manifest.json").read_text(encoding="utf-8"))
    after = show_fit(questions, Calibration(**manifest["calibration"]))
    if options.write:
        manifest["calibration"] = asdict(after)
        (options.weights / "manifest.json").write_text(
            json.dumps(manifest, indent=2) + "\n", encoding="utf-8"
        )


def show_fit(questions: Sequence[CalibrationQuestion], before: Calibration) -> Calibration:
    """Fit on one half, print the figures of the other, and return the calibration."""
    fitting, held_out = ([one for one in questions if one.fitting is half] for half in (True, False))
    after = fit(fitting)
    threshold = best_threshold(fitting, after)
    crossed = ((after, held_out), (fit(held_out), fitting))
    print(f"calibration {json.dumps(asdict(after))}\nrefuse_below {threshold:.3f}")
    for name in (*dict.fromkeys(one.set_name for one in questions), "all"):
        part = [one for one in held_out if name in (one.set_name, "all")]
        print(f"{name}, held out: {report(part, before, after, threshold)}")
        print(f"{name}, each half by the other: {report_crossed(name, crossed)}")
    return after


# ---- fitting


def best_threshold(questions: Sequence[CalibrationQuestion], calibration: Calibration) -> float:
    """
    Return the threshold below which one answerable question in :data:`REFUSED_OF_ANSWERABLE` is refused.

    The threshold with the best F1 of refusals is higher, but half of these questions are unanswerable, more
    than people ask, and it would refuse too many of the others.
    """
    tops = [0.0, *sorted(best_prediction(calibration, one)[0] for one in questions if one.answerable)]
    at = (len(tops) - 1) // REFUSED_OF_ANSWERABLE
    return round((tops[at] + tops[at + 1]) / 2, 3)


# ---- reporting


def report(
    questions: Sequence[CalibrationQuestion], before: Calibration, after: Calibration, threshold: float
) -> str:
    """Return a line of figures on held-out questions."""
    tops = [(best_prediction(after, one)[0], one.answerable) for one in questions]
    refused = [is_answerable for probability, is_answerable in tops if probability < threshold]
    answerable = sum(is_answerable for _, is_answerable in tops)
    unanswerable = len(tops) - answerable
    right = sum(best_prediction(after, one)[1] for one in questions)
    errors = [calibration_error([best_prediction(way, one) for one in questions]) for way in (before, after)]
    return (
        f"{len(questions)} questions, {unanswerable} unanswerable; refusal "
        f"precision {refused.count(False) / max(1, len(refused)):.3f}, "
        f"recall {refused.count(False) / max(1, unanswerable):.3f}, "
        f"answerable refused {refused.count(True)} of {answerable}, AUROC {auroc(tops):.3f}; "
        f"best quote right {right / max(1, len(questions)):.3f}; "
        f"calibration error {errors[0]:.3f} before, {errors[1]:.3f} after; "
        f"passages that lack the answer: AUROC {lacking_auroc(questions, after):.3f}"
    )


def report_crossed(name: str, crossed: Sequence[tuple[Calibration, Sequence[CalibrationQuestion]]]) -> str:
    """
    Return the cross-validated calibration error, with the error that chance alone gives.

    Args:
        name: Name of a set, or ``all``.
        crossed: Each half of the questions with the calibration that was fitted on the other half.
    """
    tops = [
        best_prediction(way, one) for way, part in crossed for one in part if name in (one.set_name, "all")
    ]
    return (
        f"calibration error {calibration_error(tops):.3f}, of perfect probabilities {chance_error(tops):.3f}"
    )


def lacking_auroc(questions: Sequence[CalibrationQuestion], calibration: Calibration) -> float:
    """Return the AUROC of best sentences: passages with gold words against passages without the answer."""
    tops: dict[tuple[int, int], tuple[float, bool]] = {}
    for number, one in enumerate(questions):
        with_gold = {seen.passage for seen in one.seen if seen.right}
        for seen in one.seen:
            if seen.missing_gold or seen.passage in with_gold:
                key, score = (number, seen.passage), calibration.logit(seen.scores)
                tops[key] = max(tops.get(key, (-math.inf, False)), (score, seen.passage in with_gold))
    return auroc(list(tops.values()))


def chance_error(tops: Sequence[Prediction], draws: int = 200) -> float:
    """
    Return the mean calibration error of exactly right probabilities.

    It isn't 0: in a bin of fifteen questions the share of right ones differs from the probability by a tenth
    by chance. An error near this one is no evidence against the calibration.
    """
    rng = random.Random(0)
    drawn = ([(p, rng.random() < p) for p, _ in tops] for _ in range(draws))
    return sum(map(calibration_error, drawn)) / draws


if __name__ == "__main__":
    main()
