"""Pure: logits to short spans, spans to whole words, whole words to the sentences that hold them."""

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
"""Word pieces of a short answer."""
_MAX_STARTS = 200
"""Best pairs of start and end that are looked at for spans that don't overlap."""

_UNSPACED_SCRIPTS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WHOLE_WORD = re.compile(
    rf"""
      [$€£¥]? \d+ (?: [.,:] \d+ )* \w* %?                                  # 3,000.5  $12  1990s  40%
    | [^\W{_UNSPACED_SCRIPTS}] [\w\u0300-\u036f]* (?: ['’-] \w [\w\u0300-\u036f]* )*  # Yoon  Suk-yeol  don’t
    """,
    re.VERBOSE,
)
"""What a span never cuts: a number, a word. Scripts without spaces have no such bounds."""


_CITATION = re.compile(r"(?<=[.!?”\"])(?:\[[\w\s.:,–-]{1,24}\]){1,6}(\s+)(?=[A-Z0-9“\"‘(])")
"""Marks such as ``[20]`` behind a full stop; the group is the space between them and the next sentence."""


@dataclass(frozen=True, slots=True, order=True)
class ScoredSpan:
    """A half-open range and its score; higher is better."""

    start: int
    end: int
    score: float


def best_spans(starts: Logits, ends: Logits, max_spans: int) -> list[ScoredSpan]:
    """
    The best ranges of pieces that don't overlap.

    Args:
        starts: Logit of each piece to be the first. *Shape:* ``(pieces,)``
        ends: Logit of each piece to be the last. *Shape:* ``(pieces,)``
        max_spans: How many at most.

    Returns:
        Best first, ties by place; the score of a range is the sum of its two logits. None is longer than
        :data:`MAX_SPAN`.
    """
    pieces = len(starts)
    first, length = np.divmod(np.arange(pieces * MAX_SPAN), MAX_SPAN)
    inside = first + length < pieces
    first, last = first[inside], (first + length)[inside]
    scores = starts[first] + ends[last]
    if len(scores) > _MAX_STARTS:  # sorting them all would take longer than the rest of this
        tried = scores >= np.partition(scores, -_MAX_STARTS)[-_MAX_STARTS]
        first, last, scores = first[tried], last[tried], scores[tried]
    order = np.lexsort((last, first, -scores))[:_MAX_STARTS]
    chosen: list[ScoredSpan] = []
    for at in order:
        one = ScoredSpan(int(first[at]), int(last[at]) + 1, float(scores[at]))
        if all(one.end <= other.start or other.end <= one.start for other in chosen):
            chosen.append(one)
            if len(chosen) == max_spans:
                break
    return chosen


def word_ranges(text: str) -> list[tuple[int, int]]:
    """The ranges of whole words and numbers, in order."""
    return [match.span() for match in _WHOLE_WORD.finditer(text)]


def widen_to_words(ranges: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """
    Widen a range so that it cuts none of *ranges*, which are in order and don't overlap.

    >>> widened(words("about 3,000.5 tons"), 7, 9)
    (6, 13)
    """
    before = bisect.bisect_right(ranges, start, key=lambda word: word[0]) - 1
    if before >= 0 and start < ranges[before][1]:
        start = ranges[before][0]
    after = bisect.bisect_left(ranges, end, key=lambda word: word[0]) - 1
    if after >= 0 and end < ranges[after][1]:
        end = ranges[after][1]
    return start, end


def clip_to_block(ranges: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """
    The longest part of a range that lies in one of *ranges*, the first of equals; all if none is touched.

    >>> within([(0, 7), (9, 30)], 3, 20)
    (9, 20)
    """
    parts = ((max(start, a), min(end, b)) for a, b in ranges if a < end and start < b)
    return max(parts, key=lambda part: part[1] - part[0], default=(start, end))


def sentence_around(ranges: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """
    The smallest run of sentences that holds a range.

    Args:
        ranges: Sentences, in order.
        start: Of a range that begins and ends inside sentences.
        end: One past its last character.
    """
    first = max(begin for begin, _ in ranges if begin <= start)
    last = min(stop for _, stop in ranges if stop >= end)
    return first, last


@lru_cache(maxsize=256)
def sentence_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """
    Return the sentences of a passage, also split at citation marks; kept, since several
    steps ask for them.
    """
    return tuple(split_at_citations(text, sentences(text)))


def split_at_citations(text: str, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """
    Split sentences where a citation mark stands between a full stop and the next sentence.

    Args:
        text: The passage.
        ranges: Sentences, in order, as :func:`index.text.sentences.sentences` returns them; it takes no mark
            for an end, and neither do the chunks of an index.

    >>> text = "It failed.[20] In August it rose."
    >>> [text[a:b] for a, b in split_at_citations(text, [(0, len(text))])]
    ['It failed.[20]', 'In August it rose.']
    """
    found = []
    for start, end in ranges:
        piece_start = start
        for match in _CITATION.finditer(text, start, end):
            found.append((piece_start, match.start(1)))
            piece_start = match.end()
        found.append((piece_start, end))
    return found


def windows(pieces: int, room: int) -> list[tuple[int, int]]:
    """Ranges of at most *room* pieces that cover all, each sharing half with the one before it."""
    if pieces <= room:
        return [(0, pieces)]
    step = room // 2
    starts = range(0, pieces - room + step, step)
    return [(min(start, pieces - room), min(start, pieces - room) + room) for start in starts]
