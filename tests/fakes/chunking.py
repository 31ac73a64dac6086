"""
The reference for ``index.text.chunking`` and ``index.text.sentences``: everything is in memory at once.

The code as it was before it became a stream. What a unit is, and where a sentence may end, is shared.
"""

import itertools
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
    _before_combining_mark,
    _Unit,
)
from index.text.sentences import (
    _COLUMNS,
    _ITEM,
    _MAX_WIDTH,
    _MIN_WIDTH,
    _OPEN,
    _PARAGRAPH,
    _RAGGED,
    _SIGNS,
    _STOP,
    _ends_sentence,
    _last_word,
)


def chunk(
    doc_id: str, canonical: CanonicalText, count_tokens: CountTokens, window: int, chunking: Chunking
) -> list[Chunk]:
    """
    Cut a document into chunks.

    Args:
        doc_id: Of the document whose text is ``canonical.text``.
        canonical: Text and outline.
        count_tokens: The embedder's own counter.
        window: The embedder's limit in word pieces; no chunk with its heading exceeds it.
        chunking: Size and overlap.

    Returns:
        In order of their start. Together they cover every character that isn't white space.
    """
    longest_heading = window // 5
    most = min(chunking.tokens, window - longest_heading)
    units = list(_units(canonical, count_tokens, most))
    groups = _within(window - longest_heading, canonical.text, count_tokens, _pack(units, most, chunking))
    spans = [Span(doc_id, group[0].start, group[-1].end) for group in groups]
    headings = _heading_paths(canonical, spans, count_tokens, longest_heading)
    texts = [canonical.text[span.start : span.end] for span in spans]
    counts = count_tokens([with_heading(path, text) for path, text in zip(headings, texts, strict=True)])
    return [
        Chunk(span=span, heading=path, tokens=count)
        for span, path, count in zip(spans, headings, counts, strict=True)
    ]


def _units(canonical: CanonicalText, count_tokens: CountTokens, most: int) -> Iterator[_Unit]:
    """Sentences with their sizes; one that is too long comes in pieces."""
    text = canonical.text
    ranges = sentences(text)
    sections = {heading.start for heading in canonical.blocks.of_kind(BlockKind.HEADING)}
    openings = {start: "paragraph" for start, _ in paragraphs(text)} | dict.fromkeys(sections, "section")
    counts = count_tokens([text[start:end] for start, end in ranges])
    for (start, end), count in zip(ranges, counts, strict=True):
        opens = openings.get(start, "")
        if count <= most and end - start <= _MAX_UNIT:
            yield _Unit(start, end, count, opens)
        else:
            for at, piece in enumerate(_pieces(text, start, end, count_tokens, most)):
                yield _Unit(*piece, opens if at == 0 else "")


def _pieces(
    text: str, start: int, end: int, count_tokens: CountTokens, most: int
) -> Iterator[tuple[int, int, int]]:
    """Cut an overlong sentence between words, and an overlong word between characters."""
    words = list(_words(text, start, end, min(most, _MAX_WORD)))
    counts = count_tokens([text[a:b] for a, b in words])
    begun, ended, total = words[0][0], words[0][0], 0
    for (a, b), count in zip(words, counts, strict=True):
        if ended > begun and (total + count > most or b - begun > _MAX_UNIT):
            yield begun, ended, total
            begun, total = a, 0
        ended, total = b, total + count
    yield begun, ended, total


def _words(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Runs without white space; one of over *longest* characters in several, no mark parted from its base."""
    for match in re.finditer(r"\S+", text[start:end]):
        a, b = start + match.start(), start + match.end()
        while b - a > longest:
            cut = _before_combining_mark(text, a + longest, a)
            yield a, cut
            a = cut
        yield a, b


def _pack(units: Sequence[_Unit], most: int, chunking: Chunking) -> Iterator[list[_Unit]]:
    """Fill chunks greedily, ending each at the best pause near its full size."""
    group: list[_Unit] = []
    size = 0
    rests = _paragraph_sizes(units)
    for unit, rest in zip(units, rests, strict=True):
        if group and _pauses(unit, size, rest, most, group):
            yield group
            group = _repeated(group, min(chunking.overlap, most - unit.tokens))
            size = sum(kept.tokens for kept in group)
        group.append(unit)
        size += unit.tokens
    if group:
        yield group


def _pauses(unit: _Unit, size: int, rest: int, most: int, group: Sequence[_Unit]) -> bool:
    """Whether a chunk of *size* tokens ends before *unit*, whose paragraph has *rest* tokens to come."""
    if size + unit.tokens > most or unit.end - group[0].start > 4 * _MAX_UNIT:
        return True
    if unit.opens_section == "section":
        # A heading stays with what follows it, and a section of a line or two with its neighbour.
        return group[-1].opens_section != "section" and size >= most // 4
    return unit.opens_section == "paragraph" and size >= most // 2 and size + rest > most


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
        # A unit without tokens counts as one, or a thousand of them would be repeated with every chunk.
        if sum(max(one.tokens, 1) for one in kept) + max(unit.tokens, 1) > overlap:
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
    canonical: CanonicalText, spans: Sequence[Span], count_tokens: CountTokens, most: int
) -> list[tuple[str, ...]]:
    """The titles above each span, outermost first: the document's own, then the headings it stands under."""
    paths = []
    above: list[Block] = []
    coming = list(reversed(canonical.blocks.of_kind(BlockKind.HEADING)))
    for span in spans:
        while coming and coming[-1].start < span.start:
            heading = coming.pop()
            above = [*_outside(above, heading), heading]
        # A heading that the chunk begins with stands in its text already.
        over = _outside(above, coming[-1]) if coming and coming[-1].start == span.start else above
        titles = [canonical.text[heading.start : heading.end] for heading in over]
        paths.append(tuple(dict.fromkeys([canonical.title, *titles] if canonical.title else titles)))
    return _cut_paths(paths, count_tokens, most)


def _outside(above: Sequence[Block], heading: Block) -> list[Block]:
    """The headings that a new one stands under."""
    return [one for one in above if one.level < heading.level]


def _cut_paths(
    paths: Sequence[tuple[str, ...]], count_tokens: CountTokens, most: int
) -> list[tuple[str, ...]]:
    """Leave out the middle of a path, then all of it, until it is short and has at most *most* tokens."""
    distinct = list(dict.fromkeys(paths))
    cut = {}
    for path in distinct:
        ends = tuple(dict.fromkeys((path[0], path[-1]))) if path else ()
        choices = [path, ends, path[-1:], path[:1], ()]
        choices = [choice for choice in choices if sum(map(len, choice)) <= _MAX_HEADING_PATH]
        counts = count_tokens([with_heading(choice, "") for choice in choices])
        cut[path] = next(choice for choice, n in zip(choices, counts, strict=True) if n <= most or not choice)
    return [cut[path] for path in paths]


def sentences(text: str) -> list[tuple[int, int]]:
    """The ranges of sentences."""
    found: list[tuple[int, int]] = []
    for start, end in paragraphs(text):
        for line_start, line_end in logical_lines(text, start, end):
            found += _split_line(text, line_start, line_end)
    return found


def paragraphs(text: str) -> list[tuple[int, int]]:
    """The ranges between blank lines, without white space at their ends; empty ones left out."""
    edges = [0, *(edge for match in _PARAGRAPH.finditer(text) for edge in match.span()), len(text)]
    ranges = (_trimmed(text, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))
    return [(start, end) for start, end in ranges if start < end]


def logical_lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """
    A paragraph's lines, joined again where they were only wrapped; list items stay apart.

    Args:
        text: Of the document.
        start: Of the paragraph.
        end: One past its last character.

    Returns:
        Half-open ranges, in order, without a hole; each holds the line end behind it.
    """
    breaks = [match.start() for match in re.finditer("\n", text[start:end])]
    if not breaks:
        return [(start, end)]
    edges = [start, *(start + at + 1 for at in breaks), end]
    lines = list(itertools.pairwise(edges))
    wrapped = _is_wrapped([text[a:b].rstrip() for a, b in lines])
    joined = [lines[0]]
    for a, b in lines[1:]:
        if wrapped and not _ITEM.match(text[a:b]):
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return joined


def _is_wrapped(lines: list[str]) -> bool:
    """Whether these lines are one text broken to a width, rather than a table's, a poem's or a program's."""
    width = max(map(len, lines))
    if not _MIN_WIDTH <= width <= _MAX_WIDTH:
        return False
    following = [line.split(maxsplit=1)[0] if line.strip() else "" for line in lines[1:]]
    breaks = [
        (line, word) for line, word in zip(lines, following, strict=False) if not _ITEM.match(word + " ")
    ]
    return _fills(breaks, width) or (_goes_on(breaks, width) and _is_prose(lines))


def _fills(breaks: list[tuple[str, str]], width: int) -> bool:
    """Whether each break came where the next word wouldn't have fitted, and half go on without a capital."""
    fitted = all(len(line) + 1 + len(word) > width for line, word in breaks)
    return fitted and 2 * sum(not word[:1].isupper() for _, word in breaks) >= len(breaks)


def _goes_on(breaks: list[tuple[str, str]], width: int) -> bool:
    """Whether no line is short, as hands and editors break them, and half plainly go on in the next."""
    long = all(len(line) >= _RAGGED * width for line, _ in breaks)
    open_ = sum(word[:1].islower() or _last_word(line) in _OPEN for line, word in breaks)
    return long and 2 * open_ >= len(breaks)


def _is_prose(lines: list[str]) -> bool:
    """Whether nothing stands in columns, few lines hold a program's signs, and they don't begin alike."""
    in_columns = any(_COLUMNS.search(line.strip()) for line in lines)
    signs = sum(_SIGNS.search(line) is not None for line in lines)
    firsts = {line.split(maxsplit=1)[0] for line in lines if line.strip()}
    return not in_columns and 3 * signs <= len(lines) < 2 * len(firsts)


def _split_line(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of one logical line."""
    found = []
    begun = start
    uncased = end - start > _MAX_WIDTH and text[start:end].islower()
    for stop in _STOP.finditer(text, start, end):
        if _ends_sentence(text, begun, stop, end, uncased):
            found.append(_trimmed(text, begun, stop.end()))
            begun = stop.end()
    found.append(_trimmed(text, begun, end))
    return [(a, b) for a, b in found if a < b]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
