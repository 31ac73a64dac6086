"""Selection of a few vectors that represent many."""

import numpy as np

from index import Vectors

STEPS = 5
"""Rounds of k-means; a choice to show needs no more."""


def representatives(vectors: Vectors, count: int) -> list[int]:
    """
    Return the numbers of at most *count* rows, each the central one of a group of similar rows, in order.

    K-means by angle. It starts from the most typical row and then the one farthest from those before it
    (Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985), so that the same rows always
    give the same choice.

    Args:
        vectors: *Shape:* ``(n, dimension)``, of any length.
        count: How many at most.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    points = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    middles = [int(np.argmax(points @ points.mean(axis=0)))]
    while len(middles) < min(count, len(points)):
        middles.append(int(np.argmin((points @ points[middles].T).max(axis=1))))
    centres = points[middles]
    for _ in range(STEPS):
        groups = np.argmax(points @ centres.T, axis=1)
        for number in range(len(centres)):
            if (groups == number).any():
                centres[number] = points[groups == number].mean(axis=0)
    near = points @ centres.T
    groups = np.argmax(near, axis=1)
    selected = {int(np.argmax(np.where(groups == number, near[:, number], -np.inf))) for number in groups}
    return sorted(selected)
