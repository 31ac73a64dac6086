"""
Cut canonical text into chunks, each of which is a span of the text.

A chunk ends before a heading, between paragraphs or between sentences. It ends inside a sentence only where
that sentence alone is longer than the embedder's window.

Everything here is a stream: a document may be a hundred megabytes of one line, and counting its tokens in one
go would take many times that.
"""

import itertools
import re
import unicodedata
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TypeVar

from index.records import Block, BlockKind, Chunk, Span, with_heading
from index.text.canonical import CanonicalText
from index.text.sentences import iter_paragraphs

CountTokens = Callable[[Sequence[str]], list[int]]
"""Return the number of tokens of each text, without special tokens; the embedder's own tokenizer."""

# WordPiece reads a longer word as one unknown token, so words are cut to this many characters before they are
# counted.
_MAX_WORD = 100
# Characters of a unit, whatever its token count says: a line of unknown words may count as nothing.
_MAX_UNIT = 2_000
# Characters of a heading path, for the same reason: every chunk below the heading stores a copy.
_MAX_HEADING_PATH = 1_000
# Characters that are counted in one call. The tokenizer needs about a hundred bytes of memory for each.
_BATCH_CHARACTERS = 100_000
# Added to the length of each item of a batch, so that a batch of one-character items stays small.
_ITEM_OVERHEAD = 60
# Sentence ranges that are unpacked at a time.
_RANGES_PER_READ = 1_000
# Units that are stored while the end of a paragraph is searched for.
_MAX_LOOKAHEAD = 1_000
_WORD = re.compile(r"\S+")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Chunking:
    """
    How documents are cut into chunks.

    Args:
        tokens: Target size of a chunk in tokens, without its heading; never more than the embedder's window.
        overlap: Maximum number of tokens that a chunk repeats from the one before it, in whole sentences.
    """

    tokens: int = 200
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class _Unit:
    """The smallest piece that chunks are made of: a sentence, or part of a sentence that was too long."""

    start: int
    end: int
    tokens: int
    opens: str  # what begins with this unit: "section", "paragraph" or ""


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
    Yield the chunks of a document one by one, in memory that doesn't grow with the text.

    Args:
        doc_id: ID of the document whose text is ``canonical.text``.
        canonical: Text and structure.
        count_tokens: The embedder's own counter.
        window: The embedder's limit in tokens; no chunk with its heading exceeds it.
        chunking: Size and overlap.
        sentences: Ranges of the text's sentences, as :func:`index.text.sentences.sentences` returns them.

    Returns:
        Chunks in the order of their start. Together they cover every character that isn't white space.
    """
    # A fifth of the window is reserved for the heading path, which is embedded with each chunk.
    text, max_heading = canonical.text, window // 5
    max_tokens = min(chunking.tokens, window - max_heading)
    packed = _pack(_Units(canonical, sentences, count_tokens, max_tokens), max_tokens, chunking)
    groups = _split_oversized(window - max_heading, text, count_tokens, packed)
    spans = (Span(doc_id, group[0].start, group[-1].end) for group in groups)
    with_paths = _add_heading_paths(canonical, spans, count_tokens, max_heading)
    # The stored size is that of heading and text together, because both are embedded.
    for batch in _batches(with_paths, lambda item: len(item[0])):
        counts = count_tokens([with_heading(path, text[span.start : span.end]) for span, path in batch])
        for (span, path), count in zip(batch, counts, strict=True):
            yield Chunk(span=span, heading=path, tokens=count)


def _batches(items: Iterable[_T], length: Callable[[_T], int]) -> Iterator[list[_T]]:
    """Yield lists of consecutive items, each of about as many characters as are counted in one call."""
    batch: list[_T] = []
    total = 0
    for item in items:
        batch.append(item)
        total += length(item) + _ITEM_OVERHEAD
        if total >= _BATCH_CHARACTERS:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


class _Units:
    """
    The units of a document in order, created on demand, with a lookahead to the end of a paragraph.

    Args:
        canonical: Text and structure.
        sentences: Ranges of the sentences, in order.
        count_tokens: The embedder's own counter.
        max_tokens: Maximum number of tokens in a unit.
    """

    def __init__(
        self,
        canonical: CanonicalText,
        sentences: Sequence[tuple[int, int]],
        count_tokens: CountTokens,
        max_tokens: int,
    ) -> None:
        self._text = canonical.text
        self._sentences = sentences
        self._blocks = canonical.blocks
        self._count_tokens = count_tokens
        self._max_tokens = max_tokens
        self._source = self._units_from(0)
        self._lookahead: deque[_Unit] = deque()

    def __iter__(self) -> Iterator[_Unit]:
        while self._lookahead or self._read_ahead():
            yield self._lookahead.popleft()

    def paragraph_fits(self, unit: _Unit, max_tokens: int) -> bool:
        """Return whether *unit*, the last one yielded, and the rest of its paragraph fit *max_tokens*."""
        total = unit.tokens
        for following in self._following(unit):
            if following.opens or total > max_tokens:
                break
            total += following.tokens
        return total <= max_tokens

    def _following(self, unit: _Unit) -> Iterator[_Unit]:
        """Yield the units after the last one yielded, without consuming them."""
        yield from self._lookahead
        while len(self._lookahead) < _MAX_LOOKAHEAD and self._read_ahead():
            yield self._lookahead[-1]
        # Usually a few units decide whether a paragraph fits. Units without tokens never do, and a paragraph
        # may be a million control characters: from here on units are created again instead of being stored.
        if len(self._lookahead) >= _MAX_LOOKAHEAD:
            last_start = self._lookahead[-1].start
            yield from (later for later in self._units_from(unit.start) if later.start > last_start)

    def _read_ahead(self) -> bool:
        """Store one more unit; return False at the end of the document."""
        unit = next(self._source, None)
        if unit is not None:
            self._lookahead.append(unit)
        return unit is not None

    def _units_from(self, start: int) -> Iterator[_Unit]:
        """Yield the units from the paragraph at *start* on, with overlong sentences in pieces."""
        sentences = self._sentences_from(start)
        for batch in _batches(sentences, lambda sentence: min(sentence[1] - sentence[0], _MAX_UNIT)):
            # A sentence that is cut in any case isn't counted first: it may be the whole text.
            short = [self._text[a:b] for a, b, _ in batch if b - a <= _MAX_UNIT]
            counts = iter(self._count_tokens(short))
            for a, b, opens in batch:
                if b - a <= _MAX_UNIT and (count := next(counts)) <= self._max_tokens:
                    yield _Unit(a, b, count, opens)
                else:
                    pieces = _split_sentence(self._text, a, b, self._count_tokens, self._max_tokens)
                    for number, piece in enumerate(pieces):
                        yield _Unit(*piece, opens if number == 0 else "")

    def _sentences_from(self, start: int) -> Iterator[tuple[int, int, str]]:
        """Yield start and end of each sentence from *start* on, and what begins there."""
        sections = _OffsetCursor(self._blocks.starts_of_kind(BlockKind.HEADING, start))
        paragraphs = _OffsetCursor(first for first, _ in iter_paragraphs(self._text, start))
        position = bisect_left(self._sentences, start, key=lambda sentence: sentence[0])
        for at in range(position, len(self._sentences), _RANGES_PER_READ):
            for a, b in self._sentences[at : at + _RANGES_PER_READ]:
                # Both cursors move with every sentence; a heading also opens a paragraph.
                opens = "paragraph" if paragraphs.contains(a) else ""
                yield a, b, "section" if sections.contains(a) else opens


class _OffsetCursor:
    """Membership in a stream of ascending offsets, for look-ups that are ascending too."""

    def __init__(self, offsets: Iterable[int]) -> None:
        self._offsets = iter(offsets)
        self._next = next(self._offsets, None)

    def contains(self, offset: int) -> bool:
        while self._next is not None and self._next < offset:
            self._next = next(self._offsets, None)
        return self._next == offset


def _split_sentence(
    text: str, start: int, end: int, count_tokens: CountTokens, max_tokens: int
) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and tokens of the pieces of an overlong sentence, cut between words."""
    piece_start = piece_end = start
    total = 0
    words = _words(text, start, end, min(max_tokens, _MAX_WORD))
    for batch in _batches(words, lambda word: word[1] - word[0]):
        counts = count_tokens([text[a:b] for a, b in batch])
        for (a, b), count in zip(batch, counts, strict=True):
            if piece_end > piece_start and (total + count > max_tokens or b - piece_start > _MAX_UNIT):
                yield piece_start, piece_end, total
                piece_start, total = a, 0
            piece_end, total = b, total + count
    yield piece_start, piece_end, total


def _words(text: str, start: int, end: int, max_length: int) -> Iterator[tuple[int, int]]:
    """Yield the words of a range; a word of more than *max_length* characters in several pieces."""
    for match in _WORD.finditer(text, start, end):
        a, b = match.span()
        while b - a > max_length:
            cut = _character_boundary(text, a + max_length, a)
            yield a, cut
            a = cut
        yield a, b


def _character_boundary(text: str, at: int, lower: int) -> int:
    """Return the last offset up to *at* that separates no combining mark or joiner from its base."""
    # A few code points are enough for every real character. In a text of combining marks alone there is no
    # such offset, and a search to its start would be quadratic.
    for cut in range(at, max(lower, at - 20), -1):
        joined = unicodedata.category(text[cut]) in {"Mn", "Me", "Mc"} or "\u200d" in text[cut - 1 : cut + 1]
        if not joined:
            return cut
    return at


def _pack(units: _Units, max_tokens: int, chunking: Chunking) -> Iterator[list[_Unit]]:
    """Group units into chunks greedily, ending each at the best boundary near its full size."""
    group: list[_Unit] = []
    size = 0
    for unit in units:
        if group and _ends_chunk(unit, units, size, max_tokens, group):
            yield group
            # The overlap gives way to the new unit, which must fit.
            group = _overlap(group, min(chunking.overlap, max_tokens - unit.tokens))
            size = sum(repeated.tokens for repeated in group)
        group.append(unit)
        size += unit.tokens
    if group:
        yield group


def _ends_chunk(unit: _Unit, units: _Units, size: int, max_tokens: int, group: Sequence[_Unit]) -> bool:
    """Return whether a chunk of *size* tokens ends before *unit*, the last one yielded by *units*."""
    # The limit in characters is for units that count few tokens or none.
    if size + unit.tokens > max_tokens or unit.end - group[0].start > 4 * _MAX_UNIT:
        return True
    if unit.opens == "section":
        # A heading stays with the text below it, and a section of a line or two with its neighbour.
        return group[-1].opens != "section" and size >= max_tokens // 4
    # Rather than splitting the next paragraph, a chunk that is at least half full ends early. A smaller one
    # doesn't, because it would be too short to be understood on its own.
    return (
        unit.opens == "paragraph"
        and size >= max_tokens // 2
        and not units.paragraph_fits(unit, max_tokens - size)
    )


def _overlap(group: Sequence[_Unit], max_tokens: int) -> list[_Unit]:
    """Return the last units of a chunk that the next one repeats: whole, and never all of them."""
    total = 0
    for at in range(len(group) - 1, -1, -1):
        # A unit without tokens counts as one, or a thousand of them would be repeated with every chunk.
        total += max(group[at].tokens, 1)
        if at == 0 or total > max_tokens:
            return list(group[at + 1 :])
    return []


def _split_oversized(
    window: int, text: str, count_tokens: CountTokens, groups: Iterable[list[_Unit]]
) -> Iterator[list[_Unit]]:
    """
    Yield the groups in the order of their start, halving those whose text exceeds the window as a whole.

    The sum of the units' tokens is the size of their text only where no token crosses white space. That holds
    for WordPiece; other tokenizers may merge or split words differently.
    """

    def count(groups: Iterable[list[_Unit]]) -> list[int]:
        return count_tokens([text[group[0].start : group[-1].end] for group in groups])

    pending: list[tuple[int, int, int, list[_Unit]]] = []  # start, times halved, serial number, group
    serial = itertools.count()
    for batch in _batches(groups, lambda group: group[-1].end - group[0].start):
        for group, size in zip(batch, count(batch), strict=True):
            # With overlap, a half of the previous group may start after this group. No half of a later group
            # starts before this one, so everything up to its start can go.
            while pending and pending[0][0] < group[0].start:
                yield heappop(pending)[-1]
            for halvings, part in _halve(group, size, window, count):
                heappush(pending, (part[0].start, halvings, next(serial), part))
    while pending:
        yield heappop(pending)[-1]


def _halve(
    group: list[_Unit],
    size: int,
    window: int,
    count: Callable[[Iterable[list[_Unit]]], list[int]],
    halvings: int = 0,
) -> Iterator[tuple[int, list[_Unit]]]:
    """Yield the parts of a group that fit the window, each with how often it was halved."""
    half = len(group) // 2
    # A single unit can't be halved; it was cut to size by itself.
    if size <= window or not half:
        yield halvings, group
        return
    halves = group[:half], group[half:]
    for part, part_size in zip(halves, count(halves), strict=True):
        yield from _halve(part, part_size, window, count, halvings + 1)


def _add_heading_paths(
    canonical: CanonicalText, spans: Iterable[Span], count_tokens: CountTokens, max_tokens: int
) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Yield each span with the titles above it, outermost first: the document's, then its headings."""
    headings = canonical.blocks.iter_kind(BlockKind.HEADING)
    next_heading = next(headings, None)
    current: list[tuple[int, str]] = []  # level and title of the headings above the span
    path: tuple[str, ...] = ()
    path_headings: list[tuple[int, str]] | None = None
    for span in spans:
        while next_heading and next_heading.start < span.start:
            title = canonical.text[next_heading.start : next_heading.end]
            current = [*_parents(current, next_heading), (next_heading.level, title)]
            next_heading = next(headings, None)
        # A heading that the chunk begins with is part of its text and isn't repeated in the path.
        opening = next_heading if next_heading and next_heading.start == span.start else None
        above = _parents(current, opening) if opening else current
        # Neighbouring chunks mostly have the same path; shortening it costs a call of the tokenizer.
        if above != path_headings:
            titles = [title for _, title in above]
            distinct = dict.fromkeys([canonical.title, *titles] if canonical.title else titles)
            path = _shorten_path(tuple(distinct), count_tokens, max_tokens)
            path_headings = above
        yield span, path


def _parents(headings: Sequence[tuple[int, str]], heading: Block) -> list[tuple[int, str]]:
    """Return those of *headings* that a new heading is below."""
    return [(level, title) for level, title in headings if level < heading.level]


def _shorten_path(path: tuple[str, ...], count_tokens: CountTokens, max_tokens: int) -> tuple[str, ...]:
    """Return as much of a heading path as fits: all, its ends, its last or first title, or nothing."""
    ends = tuple(dict.fromkeys((path[0], path[-1]))) if path else ()
    candidates = [path, ends, path[-1:], path[:1], ()]
    candidates = [titles for titles in candidates if sum(map(len, titles)) <= _MAX_HEADING_PATH]
    counts = count_tokens([with_heading(titles, "") for titles in candidates])
    return next(
        titles for titles, count in zip(candidates, counts, strict=True) if count <= max_tokens or not titles
    )
