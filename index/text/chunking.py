"""
Pure: canonical text to chunks, each a span by construction.

Chunks end where a reader would pause: before a heading, between paragraphs, between sentences; inside a
sentence only when it alone is longer than the embedder's window.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.records import Block, BlockKind, Chunk, Span, with_heading
from index.text.canonical import CanonicalText
from index.text.sentences import paragraphs

CountTokens = Callable[[Sequence[str]], list[int]]
"""Texts to their numbers of word pieces, without special ones; the embedder's own tokenizer."""

_MAX_WORD = 100
"""Characters; WordPiece reads a longer word as one unknown token, so it is cut before it is counted."""
_MAX_UNIT = 2_000
"""Characters in one indivisible piece, whatever its tokens say: a line of unknown words counts as nothing."""
_MAX_HEADING_PATH = 1_000
"""Characters of a heading path, for the same reason: every chunk below it has a copy."""


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
) -> list[Chunk]:
    """
    Cut a document into chunks.

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
    longest_heading = window // 5
    most = min(chunking.tokens, window - longest_heading)
    headings = canonical.blocks.of_kind(BlockKind.HEADING)
    units = list(_units(canonical.text, sentences, headings, count_tokens, most))
    groups = _within(window - longest_heading, canonical.text, count_tokens, _pack(units, most, chunking))
    spans = [Span(doc_id, group[0].start, group[-1].end) for group in groups]
    paths = _heading_paths(canonical, headings, spans, count_tokens, longest_heading)
    texts = [canonical.text[span.start : span.end] for span in spans]
    counts = count_tokens([with_heading(path, text) for path, text in zip(paths, texts, strict=True)])
    return [
        Chunk(span=span, heading=path, tokens=count)
        for span, path, count in zip(spans, paths, counts, strict=True)
    ]


def _units(
    text: str,
    ranges: Sequence[tuple[int, int]],
    headings: Sequence[Block],
    count_tokens: CountTokens,
    max_tokens: int,
) -> Iterator[_Unit]:
    """Sentences with their sizes; one that is too long comes in pieces."""
    sections = {heading.start for heading in headings}
    openings = {start: "paragraph" for start, _ in paragraphs(text)} | dict.fromkeys(sections, "section")
    counts = count_tokens([text[start:end] for start, end in ranges])
    for (start, end), count in zip(ranges, counts, strict=True):
        opens = openings.get(start, "")
        if count <= max_tokens and end - start <= _MAX_UNIT:
            yield _Unit(start, end, count, opens)
        else:
            for at, piece in enumerate(_pieces(text, start, end, count_tokens, max_tokens)):
                yield _Unit(*piece, opens if at == 0 else "")


def _pieces(
    text: str, start: int, end: int, count_tokens: CountTokens, max_tokens: int
) -> Iterator[tuple[int, int, int]]:
    """Cut an overlong sentence between words, and an overlong word between characters."""
    words = list(_words(text, start, end, min(max_tokens, _MAX_WORD)))
    counts = count_tokens([text[a:b] for a, b in words])
    begun, ended, total = words[0][0], words[0][0], 0
    for (a, b), count in zip(words, counts, strict=True):
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
    for match in re.finditer(r"\S+", text[start:end]):
        a, b = start + match.start(), start + match.end()
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


def _pack(units: Sequence[_Unit], max_tokens: int, chunking: Chunking) -> Iterator[list[_Unit]]:
    """Fill chunks greedily, ending each at the best pause near its full size."""
    group: list[_Unit] = []
    size = 0
    rests = _paragraph_sizes(units)
    for unit, rest in zip(units, rests, strict=True):
        if group and _pauses(unit, size, rest, max_tokens, group):
            yield group
            group = _repeated(group, min(chunking.overlap, max_tokens - unit.tokens))
            size = sum(kept.tokens for kept in group)
        group.append(unit)
        size += unit.tokens
    if group:
        yield group


def _pauses(unit: _Unit, size: int, rest: int, max_tokens: int, group: Sequence[_Unit]) -> bool:
    """Whether a chunk of *size* tokens ends before *unit*, whose paragraph has *rest* tokens to come."""
    if size + unit.tokens > max_tokens or unit.end - group[0].start > 4 * _MAX_UNIT:
        return True
    if unit.opens_section == "section":
        # A heading stays with what follows it, and a section of a line or two with its neighbour.
        return group[-1].opens_section != "section" and size >= max_tokens // 4
    return unit.opens_section == "paragraph" and size >= max_tokens // 2 and size + rest > max_tokens


def _paragraph_sizes(units: Sequence[_Unit]) -> list[int]:
    """For each unit, the tokens from it to the end of its paragraph."""
    sizes = [0] * len(units)
    total = 0
    for at in range(len(units) - 1, -1, -1):
        total += units[at].tokens
        sizes[at] = total
        if units[at].opens_section:
            total = 0
    return sizes


def _repeated(group: Sequence[_Unit], overlap: int) -> list[_Unit]:
    """The last units of a chunk that the next one repeats: whole, at most *overlap* tokens, never all."""
    kept: list[_Unit] = []
    for unit in reversed(group[1:]):
        if sum(one.tokens for one in kept) + unit.tokens > overlap:
            break
        kept.insert(0, unit)
    return kept


def _within(
    window: int, text: str, count_tokens: CountTokens, groups: Iterator[list[_Unit]]
) -> list[list[_Unit]]:
    """
    Halve every group whose text counts more than *window* when counted as a whole.

    WordPiece never does: its counts add up. Other tokenizers may join or part words differently.
    """
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
    canonical: CanonicalText,
    headings: Sequence[Block],
    spans: Sequence[Span],
    count_tokens: CountTokens,
    max_tokens: int,
) -> list[tuple[str, ...]]:
    """The titles above each span, outermost first: the document's own, then the headings it stands under."""
    paths = []
    above: list[Block] = []
    coming = list(reversed(headings))
    for span in spans:
        while coming and coming[-1].start < span.start:
            heading = coming.pop()
            above = [*_outside(above, heading), heading]
        # A heading that the chunk begins with stands in its text already.
        over = _outside(above, coming[-1]) if coming and coming[-1].start == span.start else above
        titles = [canonical.text[heading.start : heading.end] for heading in over]
        paths.append(tuple(dict.fromkeys([canonical.title, *titles] if canonical.title else titles)))
    return _cut_paths(paths, count_tokens, max_tokens)


def _outside(above: Sequence[Block], heading: Block) -> list[Block]:
    """The headings that a new one stands under."""
    return [one for one in above if one.level < heading.level]


def _cut_paths(
    paths: Sequence[tuple[str, ...]], count_tokens: CountTokens, max_tokens: int
) -> list[tuple[str, ...]]:
    """
    Leave out the middle of a path, then all of it, until it is short and has at most
    *max_tokens* tokens.
    """
    distinct = list(dict.fromkeys(paths))
    cut = {}
    for path in distinct:
        ends = tuple(dict.fromkeys((path[0], path[-1]))) if path else ()
        choices = [path, ends, path[-1:], path[:1], ()]
        choices = [choice for choice in choices if sum(map(len, choice)) <= _MAX_HEADING_PATH]
        counts = count_tokens([with_heading(choice, "") for choice in choices])
        cut[path] = next(
            choice for choice, n in zip(choices, counts, strict=True) if n <= max_tokens or not choice
        )
    return [cut[path] for path in paths]
