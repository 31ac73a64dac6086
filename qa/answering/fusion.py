"""Fusion of two ranked lists into one, with a fixed order of ties."""

from collections.abc import Iterable, Mapping, Sequence


def fuse(
    dense: Sequence[tuple[int, float]], lexical: Sequence[tuple[int, float]], dense_weight: float
) -> list[tuple[int, float]]:
    """
    Return the weighted sum of min-max normalised scores.

    This is Fox and Shaw's CombSUM (DBLP:conf/trec/FoxS93) with weights. Unlike reciprocal rank fusion it
    preserves the distances between scores.

    Args:
        dense: (row, score) pairs of dense search; higher is better.
        lexical: (row, score) pairs of lexical search; higher is better.
        dense_weight: 0 (only lexical) to 1 (only dense).

    Returns:
        (row, score) pairs, score 0 to 1, best first, ties by row.

    >>> fuse([(1, 0.9), (2, 0.5)], [(2, 7.0), (3, 1.0)], 0.5)
    [(1, 0.5), (2, 0.5), (3, 0.0)]
    """
    dense_scores, lexical_scores = _normalise(dense), _normalise(lexical)
    # A row that one list lacks gets that list's lowest score: it is at best as good as the last one there.
    fused = {
        row: dense_weight * dense_scores.get(row, 0.0) + (1 - dense_weight) * lexical_scores.get(row, 0.0)
        for row in dense_scores.keys() | lexical_scores.keys()
    }
    return sort_by_score(fused)


def sort_by_score(scores: Mapping[int, float]) -> list[tuple[int, float]]:
    """Return (row, score) pairs, highest score first, ties by row."""
    # Rows are in order of (document, start), so ties are, too.
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _normalise(scored: Iterable[tuple[int, float]]) -> dict[int, float]:
    """Return scores scaled from 0 (the lowest) to 1 (the highest)."""
    scores = dict(scored)
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    # A list of equal scores, such as a single hit, is no weaker than any other: all get 1.
    return {row: (score - low) / (high - low) if high > low else 1.0 for row, score in scores.items()}
