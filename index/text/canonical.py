"""
From what a format yields to canonical text: one pure function, and the map back to pages and characters.

Every offset in the program means the text that :func:`canonicalise` returns.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import lt
from typing import TypedDict

from index.records import Block, BlockKind, CharRun, Page
from index.text.structure import BlockList, BlockListBuilder, Header


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """
    What a parser knows of a table row: where its cells are in the text of the block.

    Kept as numbers, since a large spreadsheet has a million cells.

    Args:
        number: Within its table, from 0; a row that isn't numbered higher than the block before it begins
            another table.
        edges: Start and end of each cell's value in the block's text, one after the other.
        columns: Of each cell, from 0.
        headers: Of each cell; see :attr:`index.records.Cell.header`.

    Raises:
        ValueError: If these are not as many.
    """

    number: int
    edges: "array[int]"
    columns: "array[int]"
    headers: tuple[Header, ...]

    def __post_init__(self) -> None:
        if not len(self.edges) == 2 * len(self.columns) == 2 * len(self.headers):
            raise ValueError(f"{len(self.edges)} edges of {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """
    One piece of a document, as a format's parser yields it.

    Args:
        kind: What it is to a reader.
        text: Its words, as they stand in the file; in a paged format lines end with ``\\n``.
        level: For a heading, from 1 (outermost); for a list item, how deep its list is nested, from 1, or 0.
        page: For a paged format, the page's number, from 1; a block never crosses pages.
        characters: For a paged format, the file's character number of each code point of *text* on that
            page; -1 where the file has none (a line break the parser put in).
        row: For a table row, its cells and its number.

    Raises:
        ValueError: If *characters* is not one for each code point, or has no page.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    characters: tuple[int, ...] | None = None
    row: ParsedRow | None = None

    def __post_init__(self) -> None:
        if self.characters is not None and (self.page is None or len(self.characters) != len(self.text)):
            raise ValueError(f"{len(self.characters)} characters of page {self.page} for {len(self.text)}")


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """
    What a format's parser yields.

    Args:
        media_type: For example ``text/html``.
        title: The title the content itself gives, or None (a file's name is not one).
        blocks: In reading order.
        page_sizes: For a paged format, width and height of each page in points, page 1 first.
    """

    media_type: str
    title: str | None
    blocks: tuple[ParsedBlock, ...]
    page_sizes: tuple[tuple[float, float], ...] = ()


NO_BLOCKS = BlockList.of(())


@dataclass(frozen=True, slots=True)
class CanonicalText:
    """
    Canonical text with its structure and, for a paged format, the map back to the file.

    Args:
        text: What every offset means.
        title: The title the content itself gives, cleaned; or None.
        media_type: For example ``text/html``.
        blocks: In order; empty if the structure isn't known.
        pages: In order, every page of the file, also those without text.
        runs: In order; characters without one stand nowhere in the file.
    """

    text: str
    title: str | None
    media_type: str
    blocks: BlockList = NO_BLOCKS
    pages: tuple[Page, ...] = ()
    runs: tuple[CharRun, ...] = ()


def canonicalise(raw: ParsedFile) -> CanonicalText:
    """
    Canonical text and its maps.

    Words stay as they are; what is tidied is what a page or a file format puts around them. White space
    becomes single spaces (not in verbatim blocks), ligatures become letters, words broken by a hyphen at a
    line's end are joined, soft hyphens and control characters go, lone surrogates become U+FFFD. Blocks are
    joined by a blank line, neighbouring items and neighbouring rows by a line break; blank blocks vanish.
    """
    vocabulary = _vocabulary(raw.blocks)
    placed: list[_PlacedBlock] = []
    for block, table in zip(raw.blocks, _tables(raw.blocks), strict=True):
        cleaned = _clean(block, vocabulary)
        if cleaned.text and not cleaned.text.isspace():
            gap, start = _gap(placed[-1], block) if placed else ("", 0)
            placed.append(_PlacedBlock(block, table, gap, start, cleaned))
    return CanonicalText(
        text="".join(part for piece in placed for part in (piece.gap, piece.cleaned.text)),
        title=_tidy(raw.title or "") or None,
        media_type=raw.media_type,
        blocks=_structure(placed),
        pages=_pages(raw.page_sizes, placed),
        runs=tuple(run for piece in placed for run in _runs(piece)),
    )


def plain_text_blocks(text: str) -> BlockList:
    """The blocks of canonical text that has no markup: its paragraphs, with the spaces that indent them."""
    return BlockList.of(Block(BlockKind.PLAIN_TEXT, start, end) for start, end in _plain_paragraphs(text))


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """
    A block's canonical text.

    Args:
        text: May be blank.
        origins: As ``ParsedBlock.characters``, of *text*; empty in a format without pages.
        edges: As ``ParsedRow.edges``, in *text*; a cell that is blank now has the same start and end.
    """

    text: str
    origins: Sequence[int] = ()
    edges: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _PlacedBlock:
    """A cleaned block at its place in the canonical text, and the number of its table."""

    block: ParsedBlock
    table: int | None
    gap: str
    start: int
    cleaned: _Cleaned

    @property
    def end(self) -> int:
        return self.start + len(self.cleaned.text)


def _gap(before: _PlacedBlock, block: ParsedBlock) -> tuple[str, int]:
    """What stands between a block and the one before it, and where the block then starts."""
    close = block.kind is before.block.kind and block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)
    gap = "\n" if close else "\n\n"
    return gap, before.end + len(gap)


def _tables(blocks: Iterable[ParsedBlock]) -> Iterator[int | None]:
    """Return the number of each block's table, from 0; None for a block whose parser knows no cells."""
    table, before = -1, None
    for block in blocks:
        number = block.row.number if block.row else None
        if number is not None and (before is None or number <= before):
            table += 1
        before = number
        yield None if number is None else table


def _structure(placed: Iterable[_PlacedBlock]) -> BlockList:
    builder = BlockListBuilder()
    headers = _HeaderNumbers(builder)
    tables: dict[int, int] = {}  # without the tables of which nothing is left
    for piece in placed:
        block, start = piece.block, piece.start
        if block.kind is BlockKind.PLAIN_TEXT:
            for first, last in _plain_paragraphs(piece.cleaned.text):
                builder.add(block.kind, start + first, start + last)
        elif block.row is None or piece.table is None:
            level = max(block.level, block.kind is BlockKind.HEADING)
            builder.add(block.kind, start, piece.end, level=level)
        else:
            builder.add(
                block.kind,
                start,
                piece.end,
                table=tables.setdefault(piece.table, len(tables)),
                row=block.row.number,
                **_placed_cells(piece, block.row, headers),
            )
    return builder.build()


class _Cells(TypedDict):
    """What :meth:`~index.text.structure.BlockListBuilder.add` takes of cells."""

    edges: Sequence[int]
    columns: Sequence[int]
    headers: Sequence[int]


class _HeaderNumbers(dict[Header, int]):
    """Headers as parsers give them to the builder's numbers; each is cleaned once."""

    def __init__(self, builder: BlockListBuilder) -> None:
        self._builder = builder

    def __missing__(self, header: Header) -> int:
        levels = (
            _tidy(_LETTERS.sub(_letters, _INVISIBLE_OR_MARKER.sub(_replace_invisible, level)))
            for level in header
        )
        self[header] = self._builder.header_number(tuple(level for level in levels if level))
        return self[header]


def _placed_cells(piece: _PlacedBlock, row: ParsedRow, numbers: _HeaderNumbers) -> _Cells:
    """The cells of a row at their place in the canonical text, those that are blank now left out."""
    start, edges, headers = piece.start, piece.cleaned.edges, [numbers[header] for header in row.headers]
    if all(map(lt, edges[::2], edges[1::2])):  # nearly every row
        return {"edges": [start + edge for edge in edges], "columns": row.columns, "headers": headers}
    filled = [number for number, (first, last) in enumerate(_pairs(edges)) if first < last]
    return {
        "edges": [start + edges[2 * number + side] for number in filled for side in (0, 1)],
        "columns": [row.columns[number] for number in filled],
        "headers": [headers[number] for number in filled],
    }


def _pairs(edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(edges[::2], edges[1::2], strict=True)


_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*+\n)++")


def _plain_paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """The ranges between blank lines, without those that hold white space only."""
    edges = [0, *(edge for match in _BLANK_LINES.finditer(text) for edge in match.span()), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if start < end and not text[start:end].isspace():
            yield start, end


def _clean(block: ParsedBlock, vocabulary: frozenset[str]) -> _Cleaned:
    if block.characters is not None:
        return _clean_traced(block, block.characters, vocabulary)
    if block.kind in _VERBATIM:
        return _Cleaned(_verbatim(block.text))
    text = _tidy(block.text)
    if block.row is None:
        return _Cleaned(text)
    # Nearly every row is tidy as its parser wrote it.
    edges = block.row.edges if text == block.text else _tidy_edges(block.text, block.row.edges)
    return _Cleaned(text, (), edges)


_VERBATIM = (BlockKind.CODE, BlockKind.PLAIN_TEXT)


# Text without characters: whole-string operations only, so that 10 MB take a fraction of a second.

_SURROGATE = re.compile("[\ud800-\udfff]")
# Controls that are not white space, the soft hyphen, and U+FEFF wherever it stands.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\ufeff]")


def _verbatim(text: str) -> str:
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", text)


def _tidy(text: str) -> str:
    return _SURROGATE.sub("\ufffd", " ".join(_INVISIBLE.sub("", text).split()))


def _tidy_edges(text: str, edges: "array[int]") -> "array[int]":
    """
    Where the cells of a row are in ``_tidy(text)``: piece by piece the same is done and the length counted.

    Args:
        text: Of the row.
        edges: Start and end of each cell in *text*; in order.
    """
    found = array("i")
    length, is_open = 0, False  # open: a space follows if any word does
    for number, (start, end) in enumerate(pairwise((0, *edges, len(text)))):
        seen = _INVISIBLE.sub("", text[start:end])
        words = " ".join(seen.split())
        if words:
            first = length + (length > 0 and (is_open or seen[0].isspace()))
            length = first + len(words)
            is_open = seen[-1].isspace()
        else:
            first = length
            is_open = is_open or bool(seen)
        if number % 2:  # every other piece is a cell
            found.extend((first, length))
    return found


# Text with characters: every change is a substitution that carries the origins along.

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# U+0002 and U+FFFE are how pdfium writes a hyphen at a line's end; the line break itself it may leave out.
_MARKERS = "\x02\ufffe"
_BREAK = rf"(?:[-\u2010\xad{_MARKERS}]\xad*[^\S\r\n]*[\r\n]\s*|[{_MARKERS}]\s*)"
_LETTER = r"[\w\u0300-\u036f]"
_BROKEN_WORD = re.compile(rf"(?<={_LETTER}){_BREAK}(?=\w)")
_MAX_WORD = 80
_HALVES = re.compile(rf"{_LETTER}{{1,{_MAX_WORD}}}{_BROKEN_WORD.pattern}{_LETTER}+")
_LETTERS = re.compile(f"[{''.join(_LIGATURES)}\ud800-\udfff]")
_INVISIBLE_OR_MARKER = re.compile(f"{_INVISIBLE.pattern}|[{_MARKERS}]")
# White space other than a single plain space, which needs no change.
_SPACE = re.compile(r"\s{2,}|[^\S ]")
_LINE_END = re.compile("\r\n?")
_LAST_WORD = re.compile(rf"(?:{_LETTER}+[-\u2010])*{_LETTER}+\Z")
_FIRST_WORD = re.compile(rf"{_LETTER}+(?:[-\u2010]{_LETTER}+)*")
_WORD = re.compile(r"\w+")
# Overlapping, so that "state-of-the-art" gives each of its neighbouring pairs.
_PAIR = re.compile(r"(?<!\w)(?=(\w+)[-\u2010](\w+))")


def _clean_traced(block: ParsedBlock, characters: Sequence[int], vocabulary: frozenset[str]) -> _Cleaned:
    text, places = _traced_text(block, vocabulary)
    edges = _traced_edges(text, places, block.row.edges) if block.row else ()
    return _Cleaned(text, [characters[place] for place in places], edges)


def _traced_text(block: ParsedBlock, vocabulary: frozenset[str]) -> tuple[str, Sequence[int]]:
    """The block's canonical text, and the place in the block's text that each of its characters is from."""
    text = block.text
    places: Sequence[int] = range(len(text))
    text, places = _substitute(_LETTERS, _letters, text, places)
    if block.kind in _VERBATIM:
        kept = len(text) - len(text.lstrip("\ufeff"))
        return _substitute(_LINE_END, lambda _: "\n", text[kept:], places[kept:])
    text, places = _substitute(_BROKEN_WORD, lambda m: _at_line_end(m, vocabulary), text, places)
    text, places = _substitute(_INVISIBLE_OR_MARKER, _replace_invisible, text, places)
    text, places = _substitute(_SPACE, lambda _: " ", text, places)
    start = 1 if text.startswith(" ") else 0
    end = len(text) - (1 if text.endswith(" ") else 0)
    return text[start:end], places[start:end]


def _traced_edges(text: str, places: Sequence[int], edges: "array[int]") -> "array[int]":
    """Where the cells of a row are in its canonical text; *places* ascend."""
    found = array("i")
    for start, end in _pairs(edges):
        first, last = bisect_left(places, start), bisect_left(places, end)
        words = text[first:last]
        found.extend((first + len(words) - len(words.lstrip()), first + len(words.rstrip())))
        found[-2] = min(found[-1], found[-2])
    return found


def _letters(match: re.Match[str]) -> str:
    """The letters of a ligature; U+FFFD for half of a character."""
    return _LIGATURES.get(match[0], "\ufffd")


def _substitute(
    pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], text: str, origins: Sequence[int]
) -> tuple[str, Sequence[int]]:
    """``pattern.sub`` with origins: new characters take those of the match in turn, then its last one."""
    pieces: list[str] = []
    traced: list[int] = []
    at = 0
    for match in pattern.finditer(text):
        new, (start, end) = replace(match), match.span()
        pieces += text[at:start], new
        traced += origins[at:start]
        traced += [origins[min(start + i, end - 1)] for i in range(len(new))]
        at = end
    if not at:
        return text, origins
    return "".join([*pieces, text[at:]]), [*traced, *origins[at:]]


def _replace_invisible(match: re.Match[str]) -> str:
    """Nothing, or the hyphen that pdfium's marker stands for where no word goes on."""
    return "-" if match[0] in _MARKERS else ""


def _at_line_end(match: re.Match[str], vocabulary: frozenset[str]) -> str:
    """
    What stands between the halves of a word broken at a line's end: nothing, the hyphen, or ``"- "``.

    A hyphen that was only put in to break the line goes; one that the writer put in stays. Lower case on
    both sides speaks for the first, unless the document elsewhere has the compound and not the joined word.
    """
    if match[0].startswith("\xad"):
        return ""
    before = _LAST_WORD.search(match.string, max(0, match.start() - _MAX_WORD), match.start())
    after = _FIRST_WORD.match(match.string, match.end(), match.end() + _MAX_WORD)
    left, right = (unicodedata.normalize("NFC", word[0]) if word else "" for word in (before, after))
    kept = "-" if match[0][0] in _MARKERS else match[0][0]
    return _hyphen(left, right, vocabulary).replace("-", kept)


def _hyphen(left: str, right: str, vocabulary: frozenset[str]) -> str:
    tail, head = re.split("[-\u2010]", left)[-1].lower(), re.split("[-\u2010]", right)[0].lower()
    # Digits and capitals stand in compounds and ranges; no one breaks a word after its first letter.
    if not (left[-1:].islower() and right[:1].islower() and tail.isalpha()) or len(tail) == 1:
        return "-"
    if tail + head in vocabulary:
        return ""
    if head in ("and", "or", "und", "oder"):  # short- and long-term
        return "- "
    in_chain = len(tail) < len(left) or len(head) < len(right)  # state-of-the-art
    compound = f"{tail}-{head}" in vocabulary or (in_chain and tail in vocabulary and head in vocabulary)
    return "-" if compound else ""


def _vocabulary(blocks: tuple[ParsedBlock, ...]) -> frozenset[str]:
    """Words, and pairs of words joined by a hyphen, of the whole document; none where no word is broken."""
    texts = [block.text for block in blocks if block.characters is not None]
    if not any(_BROKEN_WORD.search(text) for text in texts):
        return frozenset()
    known: set[str] = set()
    for text in texts:
        whole = unicodedata.normalize("NFC", _HALVES.sub("\n", text).lower())
        known.update(_WORD.findall(whole))
        known.update(f"{left}-{right}" for left, right in _PAIR.findall(whole))
    return frozenset(known)


def _runs(piece: _PlacedBlock) -> Iterator[CharRun]:
    """The longest stretches of *piece* whose characters follow each other in the file."""
    origins, page = piece.cleaned.origins, piece.block.page or 0
    begin = 0
    for i in range(1, len(origins) + 1):
        goes_on = i < len(origins) and origins[i] == origins[i - 1] + 1 and origins[begin] >= 0
        if not goes_on:
            if origins[begin] >= 0:
                yield CharRun(piece.start + begin, i - begin, page, origins[begin])
            begin = i


def _pages(sizes: tuple[tuple[float, float], ...], placed: Sequence[_PlacedBlock]) -> tuple[Page, ...]:
    """Every page; one without text stands, empty, at the end of the one before it."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for piece in placed:
        if piece.block.page is not None:
            starts.setdefault(piece.block.page, piece.start)
            ends[piece.block.page] = piece.end
    pages: list[Page] = []
    for number, (width, height) in enumerate(sizes, start=1):
        before = pages[-1].end if pages else 0
        pages.append(Page(number, starts.get(number, before), ends.get(number, before), width, height))
    return tuple(pages)
