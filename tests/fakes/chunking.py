"""
A slow reference for ``index.text.chunking`` that holds everything in memory.

It shares with it what a unit is; the streaming is what it checks.
"""

import re
from collections.abc import Iterator, Sequence

from index.records import Block, BlockKind, Chunk, Span, with_heading
from index.text.canonical import CanonicalText
from index.text.chunking import (
    _MAX_HEADING_PATH,
    _MAX_UNIT,
    _MAX_WORD,
    Chunking,
    CountTokens,
    _character_boundary,
    _Unit,
)
from index.text.sentences import paragraphs, sentences


def chunk(
    doc_id: str, canonical: CanonicalText, count_tokens: CountTokens, window: int, chunking: Chunking
) -> list[Chunk]:
    """
    Return the chunks of a document.

    Args:
        doc_id: ID of the document whose text is ``canonical.text``.
        canonical: Text and structure.
        count_tokens: The embedder's own counter.
        window: The embedder's limit in tokens; no chunk with its heading exceeds it.
        chunking: Size and overlap.

    Returns:
        Chunks in the order of their start. Together they cover every character that isn't white space.
    """
    max_heading = window // 5
    max_tokens = min(chunking.tokens, window - max_heading)
    units = list(_units(canonical, count_tokens, max_tokens))
    packed = _pack(units, max_tokens, chunking)
    groups = _split_oversized(window - max_heading, canonical.text, count_tokens, packed)
    spans = [Span(doc_id, group[0].start, group[-1].end) for group in groups]
    headings = _heading_paths(canonical, spans, count_tokens, max_heading)
    texts = [canonical.text[span.start : span.end] for span in spans]
    counts = count_tokens([with_heading(path, text) for path, text in zip(headings, texts, strict=True)])
    return [
        Chunk(span=span, heading=path, tokens=count)
        for span, path, count in zip(spans, headings, counts, strict=True)
    ]


def _units(canonical: CanonicalText, count_tokens: CountTokens, max_tokens: int) -> Iterator[_Unit]:
    """Yield the sentences with their sizes, and overlong ones in pieces."""
    text = canonical.text
    ranges = sentences(text)
    sections = {heading.start for heading in canonical.blocks.of_kind(BlockKind.HEADING)}
    openings = {start: "paragraph" for start, _ in paragraphs(text)} | dict.fromkeys(sections, "section")
    counts = count_tokens([text[start:end] for start, end in ranges])
    for (start, end), count in zip(ranges, counts, strict=True):
        opens = openings.get(start, "")
        if count <= max_tokens and end - start <= _MAX_UNIT:
            yield _Unit(start, end, count, opens)
        else:
            for number, piece in enumerate(_split_sentence(text, start, end, count_tokens, max_tokens)):
                yield _Unit(*piece, opens if number == 0 else "")


def _split_sentence(
    text: str, start: int, end: int, count_tokens: CountTokens, max_tokens: int
) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and tokens of the pieces of an overlong sentence, cut between words."""
    words = list(_words(text, start, end, min(max_tokens, _MAX_WORD)))
    counts = count_tokens([text[a:b] for a, b in words])
    piece_start, piece_end, total = words[0][0], words[0][0], 0
    for (a, b), count in zip(words, counts, strict=True):
        if piece_end > piece_start and (total + count > max_tokens or b - piece_start > _MAX_UNIT):
            yield piece_start, piece_end, total
            piece_start, total = a, 0
        piece_end, total = b, total + count
    yield piece_start, piece_end, total


def _words(text: str, start: int, end: int, max_length: int) -> Iterator[tuple[int, int]]:
    """Yield the words of a range; a word of more than *max_length* characters in several pieces."""
    for match in re.finditer(r"\S+", text[start:end]):
        a, b = start + match.start(), start + match.end()
        while b - a > max_length:
            cut = _character_boundary(text, a + max_length, a)
            yield a, cut
            a = cut
        yield a, b


def _pack(units: Sequence[_Unit], max_tokens: int, chunking: Chunking) -> Iterator[list[_Unit]]:
    """Group units into chunks greedily, ending each at the best boundary near its full size."""
    group: list[_Unit] = []
    size = 0
    for unit, remaining in zip(units, _remaining_tokens(units), strict=True):
        if group and _ends_chunk(unit, size, remaining, max_tokens, group):
            yield group
            group = _overlap(group, min(chunking.overlap, max_tokens - unit.tokens))
            size = sum(repeated.tokens for repeated in group)
        group.append(unit)
        size += unit.tokens
    if group:
        yield group


def _ends_chunk(unit: _Unit, size: int, remaining: int, max_tokens: int, group: Sequence[_Unit]) -> bool:
    """Return whether a chunk ends before *unit*, from which its paragraph has *remaining* tokens."""
    if size + unit.tokens > max_tokens or unit.end - group[0].start > 4 * _MAX_UNIT:
        return True
    if unit.opens == "section":
        return group[-1].opens != "section" and size >= max_tokens // 4
    return unit.opens == "paragraph" and size >= max_tokens // 2 and size + remaining > max_tokens


def _remaining_tokens(units: Sequence[_Unit]) -> list[int]:
    """Return for each unit the tokens from it to the end of its paragraph."""
    sizes = [0] * len(units)
    total = 0
    for number in range(len(units) - 1, -1, -1):
        total += units[number].tokens
        sizes[number] = total
        if units[number].opens:
            total = 0
    return sizes


def _overlap(group: Sequence[_Unit], max_tokens: int) -> list[_Unit]:
    """Return the last units of a chunk that the next one repeats: whole, and never all of them."""
    repeated: list[_Unit] = []
    for unit in reversed(group[1:]):
        if sum(max(other.tokens, 1) for other in repeated) + max(unit.tokens, 1) > max_tokens:
            break
        repeated.insert(0, unit)
    return repeated


def _split_oversized(
    window: int, text: str, count_tokens: CountTokens, groups: Iterator[list[_Unit]]
) -> list[list[_Unit]]:
    """Return the groups in the order of their start, halving those whose text exceeds the window."""
    pending, fitting = list(groups), []
    while pending:
        counts = count_tokens([text[group[0].start : group[-1].end] for group in pending])
        halves: list[list[_Unit]] = []
        for group, count in zip(pending, counts, strict=True):
            half = len(group) // 2
            if count <= window or not half:
                fitting.append(group)
            else:
                halves += [group[:half], group[half:]]
        pending = halves
    return sorted(fitting, key=lambda group: group[0].start)


def _heading_paths(
    canonical: CanonicalText, spans: Sequence[Span], count_tokens: CountTokens, max_tokens: int
) -> list[tuple[str, ...]]:
    """Return the titles above each span, outermost first: the document's, then its headings."""
    paths = []
    current: list[Block] = []
    upcoming = list(reversed(canonical.blocks.of_kind(BlockKind.HEADING)))
    for span in spans:
        while upcoming and upcoming[-1].start < span.start:
            heading = upcoming.pop()
            current = [*_parents(current, heading), heading]
        opening = upcoming[-1] if upcoming and upcoming[-1].start == span.start else None
        above = _parents(current, opening) if opening else current
        titles = [canonical.text[heading.start : heading.end] for heading in above]
        paths.append(tuple(dict.fromkeys([canonical.title, *titles] if canonical.title else titles)))
    return _shorten_paths(paths, count_tokens, max_tokens)


def _parents(headings: Sequence[Block], heading: Block) -> list[Block]:
    """Return those of *headings* that a new heading is below."""
    return [other for other in headings if other.level < heading.level]


def _shorten_paths(
    paths: Sequence[tuple[str, ...]], count_tokens: CountTokens, max_tokens: int
) -> list[tuple[str, ...]]:
    """Return as much of each heading path as fits: all, its ends, its last or first title, or nothing."""
    shortened = {}
    for path in dict.fromkeys(paths):
        ends = tuple(dict.fromkeys((path[0], path[-1]))) if path else ()
        candidates = [path, ends, path[-1:], path[:1], ()]
        candidates = [titles for titles in candidates if sum(map(len, titles)) <= _MAX_HEADING_PATH]
        counts = count_tokens([with_heading(titles, "") for titles in candidates])
        fitting = (
            titles
            for titles, count in zip(candidates, counts, strict=True)
            if count <= max_tokens or not titles
        )
        shortened[path] = next(fitting)
    return [shortened[path] for path in paths]
