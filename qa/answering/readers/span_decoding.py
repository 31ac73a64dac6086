"""Decoding of the reader's logits: short spans, widened to whole words, and the sentences around them."""

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.text.sentences import sentences

Logits = npt.NDArray[np.float32]

MAX_SPAN = 30
"""Maximum length of a short answer in word pieces."""
_MAX_STARTS = 200
"""Best pairs of start and end that are tried for spans that don't overlap."""

_UNSPACED_SCRIPTS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WHOLE_WORD = re.compile(
    rf"""
      [$€£¥]? \d+ (?: [.,:] \d+ )* \w* %?                                  # 3,000.5  $12  1990s  40%
    | [^\W{_UNSPACED_SCRIPTS}] [\w\u0300-\u036f]* (?: ['’-] \w [\w\u0300-\u036f]* )*  # Yoon  Suk-yeol  don’t
    """,
    re.VERBOSE,
)
"""A number or a word, which a span never cuts. Scripts without spaces have no such units."""


_CITATION = re.compile(r"(?<=[.!?”\"])(?:\[[\w\s.:,–-]{1,24}\]){1,6}(\s+)(?=[A-Z0-9“\"‘(])")
"""Marks such as ``[20]`` after a full stop; the group is the space before the next sentence."""


@dataclass(frozen=True, slots=True, order=True)
class ScoredSpan:
    """A half-open range and its score; higher is better."""

    start: int
    end: int
    score: float


def best_spans(starts: Logits, ends: Logits, max_spans: int) -> list[ScoredSpan]:
    """
    Return the best ranges of word pieces that don't overlap.

    Args:
        starts: Logit of each piece to be the first. *Shape:* ``(pieces,)``
        ends: Logit of each piece to be the last. *Shape:* ``(pieces,)``
        max_spans: Maximum number of ranges.

    Returns:
        Best first, ties by position; the score of a range is the sum of its two logits. Its length is at most
        :data:`MAX_SPAN`.
    """
    pieces = len(starts)
    # All pairs of a first piece and a length at once; those that end behind the passage are dropped.
    first, length = np.divmod(np.arange(pieces * MAX_SPAN), MAX_SPAN)
    inside = first + length < pieces
    first, last = first[inside], (first + length)[inside]
    scores = starts[first] + ends[last]
    # A passage has thousands of pairs: sorting all would take longer than the rest of the function.
    if len(scores) > _MAX_STARTS:
        tried = scores >= np.partition(scores, -_MAX_STARTS)[-_MAX_STARTS]
        first, last, scores = first[tried], last[tried], scores[tried]
    order = np.lexsort((last, first, -scores))[:_MAX_STARTS]
    # Greedy: a span is taken if it overlaps none of the better ones.
    selected: list[ScoredSpan] = []
    for at in order:
        span = ScoredSpan(int(first[at]), int(last[at]) + 1, float(scores[at]))
        if all(span.end <= other.start or other.end <= span.start for other in selected):
            selected.append(span)
            if len(selected) == max_spans:
                break
    return selected


def word_ranges(text: str) -> list[tuple[int, int]]:
    """Return the ranges of whole words and numbers, in order."""
    return [match.span() for match in _WHOLE_WORD.finditer(text)]


def widen_to_words(ranges: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """
    Widen a range so that it cuts none of *ranges*, which are in order and don't overlap.

    >>> widen_to_words(word_ranges("about 3,000.5 tons"), 7, 9)
    (6, 13)
    """
    # Only the words at the two ends can be cut, so that two binary searches suffice.
    before = bisect.bisect_right(ranges, start, key=lambda word: word[0]) - 1
    if before >= 0 and start < ranges[before][1]:
        start = ranges[before][0]
    after = bisect.bisect_left(ranges, end, key=lambda word: word[0]) - 1
    if after >= 0 and end < ranges[after][1]:
        end = ranges[after][1]
    return start, end


def clip_to_block(ranges: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """
    Return the longest part of a range within one of *ranges*, the first of equals; all if none overlaps.

    >>> clip_to_block([(0, 7), (9, 30)], 3, 20)
    (9, 20)
    """
    parts = ((max(start, a), min(end, b)) for a, b in ranges if a < end and start < b)
    return max(parts, key=lambda part: part[1] - part[0], default=(start, end))


def sentence_around(ranges: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """
    Return the smallest range of whole sentences around a range.

    Args:
        ranges: Sentences, in order.
        start: First character of a range that begins and ends within sentences.
        end: One past its last character.
    """
    first = max(begin for begin, _ in ranges if begin <= start)
    last = min(stop for _, stop in ranges if stop >= end)
    return first, last


@lru_cache(maxsize=256)
def sentence_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """
    Return the sentences of a passage, also split at citation marks.

    Several steps need them, so the results are cached.
    """
    return tuple(split_at_citations(text, sentences(text)))


def split_at_citations(text: str, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """
    Split sentences where a citation mark follows a full stop.

    Args:
        text: The passage.
        ranges: Sentences, in order, as :func:`index.text.sentences.sentences` returns them; it
            doesn't split there, and neither do the chunks of an index.

    >>> text = "It failed.[20] In August it rose."
    >>> [text[a:b] for a, b in split_at_citations(text, [(0, len(text))])]
    ['It failed.[20]', 'In August it rose.']
    """
    pieces = []
    for start, end in ranges:
        piece_start = start
        for match in _CITATION.finditer(text, start, end):
            pieces.append((piece_start, match.start(1)))
            piece_start = match.end()
        pieces.append((piece_start, end))
    return pieces


def windows(pieces: int, size: int) -> list[tuple[int, int]]:
    """Return ranges of at most *size* pieces that cover all, each sharing half with the one before."""
    if pieces <= size:
        return [(0, pieces)]
    step = size // 2
    # The last window is moved back to end with the passage, so that all have the same length.
    starts = (min(start, pieces - size) for start in range(0, pieces - size + step, step))
    return [(start, start + size) for start in starts]
