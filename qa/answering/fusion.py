"""Pure: two ranked lists to one, and the order of what is equal."""

from collections.abc import Iterable, Mapping, Sequence


def fuse(
    dense: Sequence[tuple[int, float]], lexical: Sequence[tuple[int, float]], dense_weight: float
) -> list[tuple[int, float]]:
    """
    Weighted sum of min-max normalised scores (Fox and Shaw's CombSUM, DBLP:conf/trec/FoxS93, weighted).

    A row that one list lacks counts as that list's lowest. Unlike reciprocal ranks this keeps how far
    apart scores are, and a weak list can't pull down a strong one beyond its weight.

    Args:
        dense: (row, score) pairs; higher is better.
        lexical: The same for words.
        dense_weight: 0 (words alone) to 1 (vectors alone).

    Returns:
        (row, score) pairs, score 0 to 1, best first, ties by row.

    >>> fuse([(1, 0.9), (2, 0.5)], [(2, 7.0), (3, 1.0)], 0.5)
    [(1, 0.5), (2, 0.5), (3, 0.0)]
    """
    by_dense, by_words = _normalise(dense), _normalise(lexical)
    fused = {
        row: dense_weight * by_dense.get(row, 0.0) + (1 - dense_weight) * by_words.get(row, 0.0)
        for row in by_dense.keys() | by_words.keys()
    }
    return sort_by_score(fused)


def sort_by_score(scores: Mapping[int, float]) -> list[tuple[int, float]]:
    """Highest score first; rows stand in order of (document, start), so ties by row are ties by that."""
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _normalise(scored: Iterable[tuple[int, float]]) -> dict[int, float]:
    """Scores from 0 (the lowest) to 1 (the highest); all 1 if they are equal."""
    scores = dict(scored)
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {row: (score - low) / (high - low) if high > low else 1.0 for row, score in scores.items()}
