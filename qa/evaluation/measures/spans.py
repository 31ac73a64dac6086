"""Characters that spans cover, each counted once."""

from collections.abc import Iterable

from index import Span


def covered(spans: Iterable[Span]) -> int:
    """Characters in the union of *spans*: ``[0, 4) and [2, 6) of one document -> 6``."""
    total, doc_id, reached = 0, "", 0
    for span in sorted(spans):
        if span.doc_id != doc_id:
            doc_id, reached = span.doc_id, 0
        total += max(0, span.end - max(span.start, reached))
        reached = max(reached, span.end)
    return total


def shared(some: Iterable[Span], others: Iterable[Span]) -> int:
    """Characters in both unions: what the two cover apart, less what they cover together."""
    some, others = list(some), list(others)
    return covered(some) + covered(others) - covered([*some, *others])


def overlap(some: Iterable[Span], others: Iterable[Span]) -> float:
    """Intersection over union, 0 to 1; 0 if both are empty."""
    some, others = list(some), list(others)
    return shared(some, others) / (covered([*some, *others]) or 1)
