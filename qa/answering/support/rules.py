"""
A support check by rules: how many of a statement's words the source has, and what the source says otherwise.

It is precise about numbers, dates, names and negation, and knows a paraphrase only by its words and by the
distance of the two texts' vectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index import Embedder, detect_language
from qa.answering.support.base import Evidence, Verdict
from qa.answering.support.exact import (
    SMALL,
    Date,
    Facts,
    Figure,
    facts,
    has_opposite,
    is_negated_differently,
    missing_dates,
    missing_figures,
    missing_names,
    other_date,
    other_figure,
)
from qa.records import SupportState

SUPPORTED_FROM, PARTLY_FROM = 0.66, 0.45
"""Scores from which a statement is supported, and partly supported."""
CONTRADICTED_FROM = 0.5
"""Share of the statement's words that the source must have for another number to contradict it."""
CONTEXT_CREDIT = 0.75
"""What a word counts that only the context has: the title, a heading, the rest of the passage."""
NAME_WEIGHT = 2.0
"""What a name counts; another word counts 1."""
MIN_SIMILARITY, MAX_SIMILARITY = 0.45, 0.85
"""Inner products of the two texts' vectors that count as not similar, and as the same."""


@dataclass(frozen=True, slots=True)
class RuleSupportCheck:
    """
    Judges by words, numbers, dates, names and negation.

    Args:
        embedder: Compares the meaning of texts; None compares words only.
    """

    embedder: Embedder | None = None

    @property
    def name(self) -> str:
        """Return the name of the check for people."""
        return "rules"

    def check(self, statement: str, evidence: Sequence[Evidence]) -> list[Verdict]:
        """Judge one statement by each evidence alone."""
        if not evidence:
            return []
        language = detect_language(statement)
        claimed = facts(statement, language)
        similarities = self._similarities(statement, evidence)
        return [
            _verdict(claimed, facts(each.text, language), facts(each.context, language), similarity)
            for each, similarity in zip(evidence, similarities, strict=True)
        ]

    def _similarities(self, statement: str, evidence: Sequence[Evidence]) -> list[float]:
        if self.embedder is None:
            return [0.0] * len(evidence)
        vectors = self.embedder.embed([statement, *(each.text for each in evidence)])
        return [float(value) for value in np.clip(vectors[1:] @ vectors[0], 0, 1)]


def coverage(statement: Facts, source: Facts, context: Facts) -> float:
    """
    Return the share of a statement's content words that the source has, 0 to 1; names count twice.

    A word that only the context has counts :data:`CONTEXT_CREDIT`.
    """
    names = {name.lower() for name in statement.names}
    if not statement.stems:
        return 0.0
    total = covered = 0.0
    for stem in statement.stems:
        weight = NAME_WEIGHT if any(name.startswith(stem) for name in names) else 1.0
        total += weight
        if stem in source.stems:
            covered += weight
        elif stem in context.stems:
            covered += CONTEXT_CREDIT * weight
    return covered / total


def _verdict(statement: Facts, source: Facts, context: Facts, similarity: float) -> Verdict:
    words = coverage(statement, source, context)
    meaning = (similarity - MIN_SIMILARITY) / (MAX_SIMILARITY - MIN_SIMILARITY)
    score = max(words, 0.5 * words + 0.5 * min(1.0, max(0.0, meaning)))
    figures = [figure for figure in missing_figures(statement, source) if not _is_count(figure)]
    dates = missing_dates(statement, source)
    changed = (
        any(_contradicts_figure(figure, source, context) for figure in figures)
        or any(other_date(date, source) and not _is_known(date, context) for date in dates)
        or is_negated_differently(statement, source)
        or has_opposite(statement, source)
    )
    if changed and words >= CONTRADICTED_FROM:
        return Verdict(SupportState.CONTRADICTED, score)
    names = [name for name in missing_names(statement, source) if missing_names(_only(name), context)]
    lacking = (
        len(names)
        + sum(not any(figure.same_value(other) for other in context.figures) for figure in figures)
        + sum(not _is_known(date, context) for date in dates)
    )
    if changed or lacking:
        return Verdict(
            SupportState.UNSUPPORTED if score < SUPPORTED_FROM else SupportState.PARTLY, score * 0.8
        )
    # Numbers and dates that only the context has are not in the words that would be cited.
    elsewhere = bool(figures or [date for date in dates if not _only_year_missing(date, source)])
    if score >= SUPPORTED_FROM:
        return Verdict(SupportState.PARTLY if elsewhere else SupportState.SUPPORTED, score)
    return Verdict(SupportState.PARTLY if score >= PARTLY_FROM else SupportState.UNSUPPORTED, score)


def _is_count(figure: Figure) -> bool:
    """Return whether a number may count what the sentence itself lists: "two options"."""
    return all(value <= SMALL for value in figure.values) and not figure.is_known_unit


def _contradicts_figure(figure: Figure, source: Facts, context: Facts) -> bool:
    if any(figure.same_value(other) for other in context.figures):
        return False
    return other_figure(figure, source) or (not figure.unit and bool(source.figures))


def _is_known(date: Date, context: Facts) -> bool:
    return not missing_dates(_only_date(date), context)


def _only_year_missing(date: Date, source: Facts) -> bool:
    """Return whether the source has the day or month, and only the year is from the context."""
    return bool(date.month) and any(
        Date(None, date.month, date.day).is_covered_by(other) for other in source.dates
    )


def _only(name: str) -> Facts:
    return Facts("", frozenset(), (), (), (name,), frozenset(), frozenset())


def _only_date(date: Date) -> Facts:
    return Facts("", frozenset(), (), (date,), (), frozenset(), frozenset())
