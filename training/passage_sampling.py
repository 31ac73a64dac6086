"""Sampling of passages: texts cut between sentences, like chunks."""

import random
import re
from bisect import bisect_left, bisect_right

CHUNK = 900  # characters: about 200 word pieces
LENGTHS = (300, 450, 600, CHUNK, CHUNK, 1200)  # maximum lengths of passages: short ones teach more per minute
SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s+|\n+")


def edges(text: str) -> list[int]:
    """Return where a passage may start or end: between sentences, and at both ends of the text."""
    inner = {match.end() for match in SENTENCE_END.finditer(text)}
    return sorted(inner | {0, len(text)})


def cut(text: str, span: tuple[int, int], limit: int, rng: random.Random) -> tuple[str, tuple[int, int]]:
    """
    Return whole sentences around *span*, at most *limit* characters unless the span's own are longer.

    Returns:
        The passage, and the span within it.
    """
    marks = edges(text)
    first, last = bisect_right(marks, span[0]) - 1, bisect_left(marks, span[1])
    while True:
        wider = [(first - 1, last)] * (first > 0) + [(first, last + 1)] * (last < len(marks) - 1)
        fitting = [(a, b) for a, b in wider if marks[b] - marks[a] <= limit]
        if not fitting:
            start = marks[first]
            return text[start : marks[last]], (span[0] - start, span[1] - start)
        first, last = rng.choice(fitting)


def pieces(text: str, limit: int) -> list[str]:
    """Return the text cut between sentences into passages of at most *limit* characters or one sentence."""
    passages, start, end = [], 0, 0
    for mark in edges(text)[1:]:
        if start < end and len(text[start:mark].strip()) > limit:
            passages.append(text[start:end].strip())
            start = end
        end = mark
    return [piece for piece in (*passages, text[start:end].strip()) if piece]
