"""
Pure: canonical text to chunks, each a span by construction.

Chunks end where a reader would pause: before a heading, between paragraphs, between sentences; inside a
sentence only when it alone is longer than the embedder's window.
"""

import itertools
import re
import unicodedata
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TypeAlias, TypeVar

from index.records import Block, BlockKind, Chunk, Span, with_heading
from index.text.canonical import CanonicalText
from index.text.sentences import iter_paragraphs

CountTokens = Callable[[Sequence[str]], list[int]]
"""Texts to their numbers of word pieces, without special ones; the embedder's own tokenizer."""

_MAX_WORD = 100
"""Characters; WordPiece reads a longer word as one unknown token, so it is cut before it is counted."""
_MAX_UNIT = 2_000
"""Characters in one indivisible piece, whatever its tokens say: a line of unknown words counts as nothing."""
_MAX_HEADING_PATH = 1_000
"""Characters of a heading path, for the same reason: every chunk below it has a copy."""
_BATCH = 100_000
"""Characters that are counted at a time: the tokenizer takes about a hundred bytes for each."""
_ITEM_COST = 60
"""Characters that an item of a batch counts besides its own, so that a batch has few of one character."""
_UNPACKED = 1_000
"""Sentences that are unpacked at a time."""
_MOST_AHEAD = 1_000
"""Units that are stored while the end of a paragraph is looked for."""
_WORD = re.compile(r"\S+")
_T = TypeVar("_T")
_Above: TypeAlias = tuple[int, str]
"""Level and words of a heading that a place stands under."""


@dataclass(frozen=True, slots=True)
class Chunking:
    """
    How documents are cut.

    Args:
        tokens: Word pieces a chunk aims at, its heading apart; never more than the embedder's window.
        overlap: Word pieces of whole sentences that a chunk repeats from the one before it.
    """

    tokens: int = 200
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is never cut again: a sentence, or a piece of one that was too long."""

    start: int
    end: int
    tokens: int
    opens_section: str  # "section", "paragraph" or "" : what begins with it


def chunk(
    doc_id: str,
    canonical: CanonicalText,
    count_tokens: CountTokens,
    window: int,
    chunking: Chunking,
    *,
    sentences: Sequence[tuple[int, int]],
) -> Iterator[Chunk]:
    """
    Cut a document into chunks, one after the other; what is in memory doesn't grow with the text.

    Args:
        doc_id: Of the document whose text is ``canonical.text``.
        canonical: Text and structure.
        count_tokens: The embedder's own counter.
        window: The embedder's limit in word pieces; no chunk with its heading exceeds it.
        chunking: Size and overlap.
        sentences: Of the text, as :func:`index.text.sentences.sentences` gives them.

    Returns:
        In order of their start. Together they cover every character that isn't white space.
    """
    text, longest_heading = canonical.text, window // 5
    most = min(chunking.tokens, window - longest_heading)
    packed = _pack(_Units(canonical, sentences, count_tokens, most), most, chunking)
    groups = _within(window - longest_heading, text, count_tokens, packed)
    spans = (Span(doc_id, group[0].start, group[-1].end) for group in groups)
    placed = _with_headings(canonical, spans, count_tokens, longest_heading)
    for batch in _batches(placed, lambda one: len(one[0])):
        counts = count_tokens([with_heading(path, text[span.start : span.end]) for span, path in batch])
        for (span, path), count in zip(batch, counts, strict=True):
            yield Chunk(span=span, heading=path, tokens=count)


def _batches(items: Iterable[_T], length: Callable[[_T], int]) -> Iterator[list[_T]]:
    """Yield lists of neighbouring items, of about :data:`_BATCH` characters, to be counted together."""
    batch: list[_T] = []
    total = 0
    for item in items:
        batch.append(item)
        total += length(item) + _ITEM_COST
        if total >= _BATCH:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


class _Units:
    """
    A document's units in order, made as they are needed, with a look ahead.

    Args:
        canonical: Text and outline.
        sentences: Their ranges, in order.
        count_tokens: The embedder's own counter.
        max_tokens: Word pieces in a unit, at most.
    """

    def __init__(
        self,
        canonical: CanonicalText,
        sentences: Sequence[tuple[int, int]],
        count_tokens: CountTokens,
        max_tokens: int,
    ) -> None:
        self._text = canonical.text
        self._ranges = sentences
        self._headings = canonical.blocks.of_kind(BlockKind.HEADING)
        self._count_tokens = count_tokens
        self._most = max_tokens
        self._made = self._from(0)
        self._ahead: deque[_Unit] = deque()

    def __iter__(self) -> Iterator[_Unit]:
        while self._ahead or self._fetch():
            yield self._ahead.popleft()

    def paragraph_fits(self, unit: _Unit, tokens: int) -> bool:
        """Whether *unit*, the last one yielded, and the rest of its paragraph have at most *tokens*."""
        total = unit.tokens
        for following in self._following(unit):
            if following.opens_section or total > tokens:
                break
            total += following.tokens
        return total <= tokens

    def _following(self, unit: _Unit) -> Iterator[_Unit]:
        """
        Yield the units after the last one yielded, and leave them in their place.

        A few decide whether a paragraph fits, unless they have no tokens: it may be a million control
        characters. From :data:`_MOST_AHEAD` on they are made again instead of being stored.
        """
        yield from self._ahead
        while len(self._ahead) < _MOST_AHEAD and self._fetch():
            yield self._ahead[-1]
        if len(self._ahead) >= _MOST_AHEAD:
            last = self._ahead[-1].start
            yield from (again for again in self._from(unit.start) if again.start > last)

    def _fetch(self) -> bool:
        """Make one more unit; return whether there was one."""
        unit = next(self._made, None)
        if unit is not None:
            self._ahead.append(unit)
        return unit is not None

    def _from(self, start: int) -> Iterator[_Unit]:
        """Yield the units from the paragraph that begins at *start*; an overlong sentence in pieces."""
        for batch in _batches(self._sentences(start), lambda one: min(one[1] - one[0], _MAX_UNIT)):
            # One that is cut whatever it counts isn't counted: it may be the whole text.
            short = [self._text[a:b] for a, b, _ in batch if b - a <= _MAX_UNIT]
            counts = iter(self._count_tokens(short))
            for a, b, opens in batch:
                if b - a <= _MAX_UNIT and (count := next(counts)) <= self._most:
                    yield _Unit(a, b, count, opens)
                else:
                    for at, piece in enumerate(_pieces(self._text, a, b, self._count_tokens, self._most)):
                        yield _Unit(*piece, opens if at == 0 else "")

    def _sentences(self, start: int) -> Iterator[tuple[int, int, str]]:
        """Yield the sentences from *start* on, each with what begins there."""
        paragraphs = iter_paragraphs(self._text, start)
        paragraph = next(paragraphs, None)
        first = bisect_left(self._ranges, start, key=lambda sentence: sentence[0])
        for at in range(first, len(self._ranges), _UNPACKED):
            for a, b in self._ranges[at : at + _UNPACKED]:
                while paragraph is not None and paragraph[0] < a:
                    paragraph = next(paragraphs, None)
                opens = "paragraph" if paragraph is not None and paragraph[0] == a else ""
                yield a, b, "section" if self._is_heading(a) else opens

    def _is_heading(self, start: int) -> bool:
        at = bisect_left(self._headings, start, key=lambda heading: heading.start)
        return at < len(self._headings) and self._headings[at].start == start


def _pieces(
    text: str, start: int, end: int, count_tokens: CountTokens, max_tokens: int
) -> Iterator[tuple[int, int, int]]:
    """Cut an overlong sentence between words, and an overlong word between characters."""
    begun = ended = start
    total = 0
    for batch in _batches(
        _words(text, start, end, min(max_tokens, _MAX_WORD)), lambda word: word[1] - word[0]
    ):
        counts = count_tokens([text[a:b] for a, b in batch])
        for (a, b), count in zip(batch, counts, strict=True):
            if ended > begun and (total + count > max_tokens or b - begun > _MAX_UNIT):
                yield begun, ended, total
                begun, total = a, 0
            ended, total = b, total + count
    yield begun, ended, total


def _words(text: str, start: int, end: int, max_length: int) -> Iterator[tuple[int, int]]:
    """
    Runs without white space; one of over *max_length* characters in several, no mark
    parted from its base.
    """
    for match in _WORD.finditer(text, start, end):
        a, b = match.span()
        while b - a > max_length:
            cut = _before_combining_mark(text, a + max_length, a)
            yield a, cut
            a = cut
        yield a, b


def _before_combining_mark(text: str, at: int, lowest: int) -> int:
    """The nearest offset at or before *at* that parts no combining mark or joiner from what it joins."""
    for cut in range(at, max(lowest, at - 20), -1):
        joined = unicodedata.category(text[cut]) in {"Mn", "Me", "Mc"} or "\u200d" in text[cut - 1 : cut + 1]
        if not joined:
            return cut
    return at


def _pack(units: _Units, max_tokens: int, chunking: Chunking) -> Iterator[list[_Unit]]:
    """Fill chunks greedily, ending each at the best pause near its full size."""
    group: list[_Unit] = []
    size = 0
    for unit in units:
        if group and _pauses(unit, units, size, max_tokens, group):
            yield group
            group = _repeated(group, min(chunking.overlap, max_tokens - unit.tokens))
            size = sum(kept.tokens for kept in group)
        group.append(unit)
        size += unit.tokens
    if group:
        yield group


def _pauses(unit: _Unit, units: _Units, size: int, max_tokens: int, group: Sequence[_Unit]) -> bool:
    """Whether a chunk of *size* tokens ends before *unit*, the last one of *units*."""
    if size + unit.tokens > max_tokens or unit.end - group[0].start > 4 * _MAX_UNIT:
        return True
    if unit.opens_section == "section":
        # A heading stays with what follows it, and a section of a line or two with its neighbour.
        return group[-1].opens_section != "section" and size >= max_tokens // 4
    return (
        unit.opens_section == "paragraph"
        and size >= max_tokens // 2
        and not units.paragraph_fits(unit, max_tokens - size)
    )


def _repeated(group: Sequence[_Unit], overlap: int) -> list[_Unit]:
    """The last units of a chunk that the next one repeats: whole, at most *overlap* tokens, never all."""
    total = 0
    for at in range(len(group) - 1, -1, -1):
        # A unit without tokens counts as one, or a thousand of them would be repeated with every chunk.
        total += max(group[at].tokens, 1)
        if at == 0 or total > overlap:
            return list(group[at + 1 :])
    return []


def _within(
    window: int, text: str, count_tokens: CountTokens, groups: Iterable[list[_Unit]]
) -> Iterator[list[_Unit]]:
    """
    Halve every group whose text counts more than *window* when counted as a whole; yield them by their start.

    WordPiece never does: its counts add up. Other tokenizers may join or part words differently.
    """

    def sizes(groups: Iterable[list[_Unit]]) -> list[int]:
        return count_tokens([text[group[0].start : group[-1].end] for group in groups])

    waiting: list[tuple[int, int, int, list[_Unit]]] = []  # start, times halved, number, group
    numbers = itertools.count()
    for batch in _batches(groups, lambda group: group[-1].end - group[0].start):
        for whole, size in zip(batch, sizes(batch), strict=True):
            # With overlap a part of the group before may start behind this one, but no part of a later one
            # starts before it.
            while waiting and waiting[0][0] < whole[0].start:
                yield heappop(waiting)[-1]
            for halved, group in _fitting(whole, size, window, sizes):
                heappush(waiting, (group[0].start, halved, next(numbers), group))
    while waiting:
        yield heappop(waiting)[-1]


def _fitting(
    group: list[_Unit],
    size: int,
    window: int,
    sizes: Callable[[Iterable[list[_Unit]]], list[int]],
    halved: int = 0,
) -> Iterator[tuple[int, list[_Unit]]]:
    """Yield the parts of a group that fit, each with how often it was halved; a single unit always fits."""
    half = len(group) // 2
    if size <= window or not half:
        yield halved, group
        return
    halves = group[:half], group[half:]
    for part, part_size in zip(halves, sizes(halves), strict=True):
        yield from _fitting(part, part_size, window, sizes, halved + 1)


def _with_headings(
    canonical: CanonicalText, spans: Iterable[Span], count_tokens: CountTokens, max_tokens: int
) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Yield each span with the titles above it, outermost first: the document's own, then its headings."""
    headings = canonical.blocks.of_kind(BlockKind.HEADING)
    above: list[_Above] = []
    coming = 0
    path: tuple[str, ...] = ()
    path_of: list[_Above] | None = None
    for span in spans:
        while coming < len(headings) and headings[coming].start < span.start:
            heading = headings[coming]
            title = canonical.text[heading.start : heading.end]
            above = [*_outside(above, heading), (heading.level, title)]
            coming += 1
        # A heading that the chunk begins with stands in its text already.
        begins = coming < len(headings) and headings[coming].start == span.start
        over = _outside(above, headings[coming]) if begins else above
        if over != path_of:
            titles = [title for _, title in over]
            whole = dict.fromkeys([canonical.title, *titles] if canonical.title else titles)
            path = _cut_path(tuple(whole), count_tokens, max_tokens)
            path_of = over
        yield span, path


def _outside(above: Sequence[_Above], new: Block) -> list[_Above]:
    """The headings that a new one stands under."""
    return [(level, title) for level, title in above if level < new.level]


def _cut_path(path: tuple[str, ...], count_tokens: CountTokens, max_tokens: int) -> tuple[str, ...]:
    """
    Leave out the middle of a path, then all of it, until it is short and has at most
    *max_tokens* tokens.
    """
    ends = tuple(dict.fromkeys((path[0], path[-1]))) if path else ()
    choices = [path, ends, path[-1:], path[:1], ()]
    choices = [choice for choice in choices if sum(map(len, choice)) <= _MAX_HEADING_PATH]
    counts = count_tokens([with_heading(choice, "") for choice in choices])
    return next(
        choice for choice, count in zip(choices, counts, strict=True) if count <= max_tokens or not choice
    )
