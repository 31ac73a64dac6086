"""
A support check by rules: how many of a statement's words the source has, and what the source says otherwise.

It is precise about numbers, dates, names and negation, and knows a paraphrase only by its words, by synonyms
and by the distance of the two texts' vectors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from index import Embedder, Vectors, detect_language, word_stems
from qa.answering.support.base import Evidence, Verdict
from qa.answering.support.exact import (
    SMALL,
    Date,
    Facts,
    Figure,
    answers_yes_or_no,
    are_alternatives,
    content_words,
    facts,
    has_opposite,
    has_other_limit,
    has_other_share,
    is_nearer_to_other_figure,
    is_negated_differently,
    is_stronger,
    missing_dates,
    missing_figures,
    missing_names,
    other_date,
    other_figure,
)
from qa.records import SupportState

SUPPORTED_FROM, PARTLY_FROM = 0.64, 0.45
"""Scores from which a statement is supported, and partly supported."""
MIN_AFFIRMED = 0.8
"""Share of its words but for names from which a sentence that begins with yes or no is supported."""
MIN_OWN_WORDS = 0.34
"""Share of the statement's words that the cited words themselves must have to support it."""
CONTRADICTED_FROM = 0.5
"""Share of the statement's words that the source must have for another number to contradict it."""
BEFORE_CREDIT, CONTEXT_CREDIT = 0.7, 0.35
"""What a word counts that only the text before has, and that only the rest of the passage has."""
NAME_WEIGHT = 1.5
"""What a name counts; another word counts 1."""
MIN_SIMILARITY, MAX_SIMILARITY = 0.45, 0.85
"""Inner products of the two texts' vectors that count as not similar, and as the same."""
MIN_SYNONYM = 0.78
"""Inner product of the vectors of two words from which one may stand for the other."""
MAX_VECTORS = 2000
"""Vectors of sentences that are kept."""
_AGAINST = ("un", "in", "im", "ir", "il", "dis", "non")
"""Prefixes that turn a word into its opposite."""
_MIN_WORD = 4
"""Minimum letters of a word that a prefix turns into its opposite."""


@dataclass(frozen=True, slots=True)
class RuleSupportCheck:
    """
    Judges by words, numbers, dates, names and negation.

    Args:
        embedder: Compares the meaning of texts; None compares words only.
    """

    embedder: Embedder | None = None
    _vectors: dict[str, Vectors] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Return the name of the check for people."""
        return "rules"

    def check(self, statement: str, evidence: Sequence[Evidence]) -> list[Verdict]:
        """Judge one statement by each evidence alone."""
        return self._judge(statement, evidence, use_synonyms=False)

    def confirm(
        self, statement: str, evidence: Sequence[Evidence], verdicts: Sequence[Verdict]
    ) -> list[Verdict]:
        """
        Judge again, with synonyms, unless some words support the statement already.

        The vectors of words take a while. Without an embedder the verdicts are returned.
        """
        if self.embedder is None or any(each.state is SupportState.SUPPORTED for each in verdicts):
            return list(verdicts)
        return self._judge(statement, evidence, use_synonyms=True)

    def _judge(self, statement: str, evidence: Sequence[Evidence], use_synonyms: bool) -> list[Verdict]:
        if not evidence:
            return []
        language = detect_language(statement)
        claimed = facts(statement, language)
        verdicts = []
        for each, similarity in zip(evidence, self._similarities(statement, evidence), strict=True):
            source, before, context = (
                facts(text, language) for text in (each.text, each.before, each.context)
            )
            if use_synonyms:
                source = self._with_synonyms(claimed, source, before.stems | context.stems, language)
            verdicts.append(_verdict(claimed, source, before, context, similarity))
        return verdicts

    def _with_synonyms(self, statement: Facts, source: Facts, known: frozenset[str], language: str) -> Facts:
        """Return the source as if it also had the statement's words that it has synonyms of."""
        missing = {
            word: stems
            for word in content_words(statement)
            if (stems := frozenset(word_stems(word, language)) - source.stems - known)
        }
        others = content_words(source)
        if self.embedder is None or not missing or not others:
            return source
        vectors = self._embedded([*missing, *others], self.embedder)
        rows = np.stack(vectors)
        similar = rows[: len(missing)] @ rows[len(missing) :].T >= MIN_SYNONYM
        found = {
            stem
            for (word, stems), row in zip(missing.items(), similar, strict=True)
            if any(
                is_similar and not are_alternatives(word, other)
                for other, is_similar in zip(others, row, strict=True)
            )
            for stem in stems
        }
        return replace(source, stems=source.stems | found) if found else source

    def _similarities(self, statement: str, evidence: Sequence[Evidence]) -> list[float]:
        if self.embedder is None:
            return [0.0] * len(evidence)
        vectors = self._embedded([statement, *(each.text for each in evidence)], self.embedder)
        return [float(np.clip(vector @ vectors[0], 0, 1)) for vector in vectors[1:]]

    def _embedded(self, texts: Sequence[str], embedder: Embedder) -> list[Vectors]:
        """Return the vectors of texts; each source is embedded once for all sentences of an answer."""
        known = {text: self._vectors[text] for text in texts if text in self._vectors}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= zip(new, embedder.embed(new), strict=True)
            if len(self._vectors) > MAX_VECTORS:
                self._vectors.clear()
            self._vectors.update(known)
        return [known[text] for text in texts]


def coverage(statement: Facts, source: Facts, before: Facts, context: Facts) -> tuple[float, float]:
    """
    Return the share of a statement's words, numbers and dates that the source has, with and without context.

    Names count more than other words. What only the text before or the rest of the passage has counts less
    than what the source itself has.
    """
    total = own = known = 0.0
    for weight, places in _parts(statement, (source, before, context)):
        total += weight
        if places[0]:
            own += weight
        elif places[1]:
            known += BEFORE_CREDIT * weight
        elif places[2]:
            known += CONTEXT_CREDIT * weight
    return ((own + known) / total, own / total) if total else (0.0, 0.0)


def _parts(statement: Facts, sources: Sequence[Facts]) -> Iterator[tuple[float, list[bool]]]:
    """Yield the weight of each part of a statement, and which sources have it."""
    names = {name.lower() for name in statement.names}
    for stem in statement.stems:
        weight = NAME_WEIGHT if any(name.startswith(stem) for name in names) else 1.0
        yield weight, [stem in source.stems for source in sources]
    for figure in statement.figures:
        yield 1.0, [any(figure.same_value(other) for other in source.figures) for source in sources]
    for date in statement.dates:
        yield 1.0, [any(date.is_covered_by(other) for other in source.dates) for source in sources]


def _verdict(statement: Facts, source: Facts, before: Facts, context: Facts, similarity: float) -> Verdict:
    words, own_words = coverage(statement, source, before, context)
    meaning = (similarity - MIN_SIMILARITY) / (MAX_SIMILARITY - MIN_SIMILARITY)
    score = max(words, 0.5 * words + 0.5 * min(1.0, max(0.0, meaning)))
    if own_words < MIN_OWN_WORDS:
        score = min(score, 0.5 * (words + own_words))
    figures = [each for each in missing_figures(statement, source) if not _is_count(each, statement)]
    dates = missing_dates(statement, source)
    changed = (
        any(_contradicts_figure(figure, source, context) for figure in figures)
        or any(other_date(date, source) and not _is_known(date, context) for date in dates)
        or has_other_limit(statement, source)
        or is_nearer_to_other_figure(statement, source)
        or is_negated_differently(statement, source)
        or has_opposite(statement, source)
        or has_other_share(statement, source)
        or _has_prefixed(statement, source)
        or _has_prefixed(source, statement)
    )
    near, _ = coverage(statement, source, before, _NOTHING)
    if changed and near >= CONTRADICTED_FROM and own_words >= MIN_OWN_WORDS:
        return Verdict(SupportState.CONTRADICTED, score)
    lacking = (
        [name for name in missing_names(statement, source) if missing_names(_only(name), before)],
        [figure for figure in figures if not any(figure.same_value(other) for other in context.figures)],
        [date for date in dates if not _is_known(date, context)],
    )
    if changed or any(lacking):
        state = SupportState.UNSUPPORTED if score < SUPPORTED_FROM else SupportState.PARTLY
        return Verdict(state, 0.8 * score)
    # Numbers and dates that only the context has are not in the words that would be cited.
    known = source.stems | before.stems | context.stems
    elsewhere = is_stronger(statement, source, known) or bool(
        figures or [date for date in dates if not _only_year_missing(date, source)]
    )
    # A yes repeats the question, which is similar in any case; its verb decides.
    elsewhere |= answers_yes_or_no(statement.text) and not _is_affirmed(statement, source, before)
    if score >= SUPPORTED_FROM and own_words >= MIN_OWN_WORDS:
        return Verdict(SupportState.PARTLY if elsewhere else SupportState.SUPPORTED, score)
    return Verdict(SupportState.PARTLY if score >= PARTLY_FROM else SupportState.UNSUPPORTED, score)


def _is_affirmed(statement: Facts, source: Facts, before: Facts) -> bool:
    """Return whether a source has nearly all of a statement's words that aren't names."""
    names = {name.lower() for name in statement.names}
    words = [stem for stem in statement.stems if not any(name.startswith(stem) for name in names)]
    known = source.stems | before.stems
    return sum(stem in known for stem in words) >= MIN_AFFIRMED * len(words)


def _is_count(figure: Figure, statement: Facts) -> bool:
    """Return whether a number counts what the sentence itself lists: "two options, A and B"."""
    listed = statement.text.count(",") + statement.text.count(" and ") + statement.text.count(" und ") + 1
    return not figure.is_known_unit and all(
        value == int(value) and 2 <= value <= min(SMALL, listed) for value in figure.values
    )


def _has_prefixed(one: Facts, other: Facts) -> bool:
    """Return whether one text has "unwilling" where the other has "willing"."""
    return any(
        prefix + word in other.words and word not in other.words and prefix + word not in one.words
        for word in one.words
        if len(word) >= _MIN_WORD
        for prefix in _AGAINST
    )


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


_NOTHING = Facts("", frozenset(), (), (), (), frozenset(), frozenset())


def _only(name: str) -> Facts:
    return replace(_NOTHING, names=(name,))


def _only_date(date: Date) -> Facts:
    return replace(_NOTHING, dates=(date,))
