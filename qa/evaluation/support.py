"""Measures of the support check on pairs of a source and a statement: ``footnote eval support``."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from index import Chunk, Progress, Span
from qa.answering.support.attribution import Attributor
from qa.answering.support.base import SupportCheck
from qa.errors import InvalidQuestionSet
from qa.evaluation.question_set import first_fault, numbered_lines
from qa.records import Hit, Passage, SupportState

_SUPPORTED = frozenset({SupportState.SUPPORTED, SupportState.NOT_NEEDED})


class SupportPair(BaseModel):
    """
    A source, a statement, and whether the source says what the statement says.

    Args:
        id: Unique in its source; sentences of one response share what is before the last "_".
        source: The set that the pair comes from.
        premise: Words of a source.
        claim: The statement.
        label: What a person decided.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    source: str
    premise: str
    claim: str
    label: SupportState

    @property
    def response(self) -> str:
        """Return the id of the response that the statement is a sentence of."""
        return self.id.rpartition("_")[0] or self.id


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """
    A pair with the check's verdict.

    Args:
        pair: The pair.
        state: The verdict.
        seconds: How long it took to find and check the words.
    """

    pair: SupportPair
    state: SupportState
    seconds: float


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """
    Figures of one source.

    Args:
        pairs: Number of pairs.
        balanced_accuracy: Mean of the shares of supported and of other pairs that were judged so, 0 to 1;
            None if the source has only one of them.
        response_f1: F1 of finding the responses with an unsupported sentence, 0 to 1; None without any.
    """

    pairs: int
    balanced_accuracy: float | None
    response_f1: float | None


@dataclass(frozen=True, slots=True)
class SupportEvaluation:
    """
    Figures of a support check.

    Args:
        check: Name of the check.
        sources: Figures by source.
        seconds: Median seconds for a statement.
    """

    check: str
    sources: dict[str, SourceFigures]
    seconds: float

    @property
    def mean(self) -> float | None:
        """Return the mean balanced accuracy of the sources; None if it is undefined for all."""
        defined = [
            each.balanced_accuracy for each in self.sources.values() if each.balanced_accuracy is not None
        ]
        return statistics.mean(defined) if defined else None


def load_pairs(paths: Iterable[Path]) -> list[SupportPair]:
    """
    Return the pairs of files with a JSON object in each line, plain or gzipped.

    Raises:
        InvalidQuestionSet: If a file can't be read or has no pairs.
    """
    pairs = []
    for path in paths:
        for number, line in numbered_lines(path):
            try:
                pairs.append(SupportPair.model_validate_json(line))
            except ValidationError as error:
                raise InvalidQuestionSet(f"{path}, line {number}: {first_fault(error)}") from error
    if not pairs:
        raise InvalidQuestionSet("The files have no pairs: expected a JSON object in each line.")
    return pairs


def evaluate_support(
    pairs: Sequence[SupportPair], check: SupportCheck, progress: Callable[[Progress], None]
) -> SupportEvaluation:
    """
    Judge every statement as a sentence of a written answer is judged, and compare with what people decided.

    Args:
        pairs: At least one pair.
        check: The check.
        progress: Called before each pair.
    """
    judged = []
    for number, pair in enumerate(pairs):
        progress(Progress("asking", number, len(pairs)))
        started = perf_counter()
        claim = Attributor(check, [_passage(pair.premise)], "").attribute(pair.claim)
        judged.append(JudgedPair(pair, claim.state or SupportState.UNSUPPORTED, perf_counter() - started))
    sources: dict[str, list[JudgedPair]] = defaultdict(list)
    for each in judged:
        sources[each.pair.source].append(each)
    return SupportEvaluation(
        check.name,
        {name: figures(of_source) for name, of_source in sorted(sources.items())},
        statistics.median(each.seconds for each in judged),
    )


def figures(judged: Sequence[JudgedPair]) -> SourceFigures:
    """Return the figures of the pairs of one source."""
    right: dict[bool, list[bool]] = {True: [], False: []}
    found: dict[str, bool] = defaultdict(bool)
    gold: dict[str, bool] = defaultdict(bool)
    for each in judged:
        supported, expected = each.state in _SUPPORTED, each.pair.label in _SUPPORTED
        right[expected].append(supported == expected)
        found[each.pair.response] |= not supported
        gold[each.pair.response] |= not expected
    accuracies = [sum(values) / len(values) for values in right.values() if values]
    return SourceFigures(
        len(judged),
        statistics.mean(accuracies) if len(accuracies) == 2 else None,
        _f1(sum(found[name] and gold[name] for name in gold), sum(found.values()), sum(gold.values())),
    )


def as_json(evaluation: SupportEvaluation) -> dict[str, Any]:
    """Return the figures as a JSON object, None where undefined."""
    return {
        "check": evaluation.check,
        "mean_balanced_accuracy": evaluation.mean,
        "latency_p50_ms": evaluation.seconds * 1000,
        "sources": {
            name: {
                "pairs": each.pairs,
                "balanced_accuracy": each.balanced_accuracy,
                "response_f1": each.response_f1,
            }
            for name, each in evaluation.sources.items()
        },
    }


def as_lines(evaluation: SupportEvaluation) -> str:
    """Return a line for each source, and one for their mean and the latency."""
    rows = [
        f"{name}\t{each.pairs} pairs\tbalanced accuracy {_figure(each.balanced_accuracy)}"
        f"\tF1 of responses {_figure(each.response_f1)}"
        for name, each in evaluation.sources.items()
    ]
    latency = f"median of {evaluation.seconds * 1000:.0f} ms for a statement"
    return "\n".join([*rows, f"mean balanced accuracy {_figure(evaluation.mean)}, {latency}"])


def _passage(premise: str) -> Passage:
    """Return a premise as the only passage that a model was sent."""
    hit = Hit(Chunk(Span("0" * 64, 0, len(premise)), (), 1), 1.0, 1, 1.0, None)
    return Passage(hit, premise, "", "premise")


def _f1(both: int, found: int, gold: int) -> float | None:
    return 2 * both / (found + gold) if gold else None


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
