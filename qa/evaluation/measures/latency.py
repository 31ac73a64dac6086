"""The time that an answer takes."""

from collections.abc import Sequence
from functools import partial
from math import ceil

from qa.evaluation.measures.base import EvalCase, Measure


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that *percent* (1 to 100) of the values do not exceed; by nearest rank."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


def _values(case: EvalCase) -> list[float]:
    return [case.milliseconds]


LATENCY_P50, LATENCY_P95 = (
    Measure(
        name=f"latency_p{percent}_ms",
        description=f"milliseconds within which {percent} % of the questions were answered",
        higher_is_better=False,
        source="percentile by nearest rank",
        values=_values,
        summary=partial(percentile, percent=percent),
    )
    for percent in (50, 95)
)
