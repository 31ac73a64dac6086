"""
Turn a parsed file into canonical text, with a map back to its pages and characters.

Every offset in the program refers to the text that :func:`canonicalise` returns.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import lt
from typing import TypedDict

from index.records import Block, BlockKind, CharRun, Page, WordBox
from index.text.structure import BlockList, BlockListBuilder, Header


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """
    The cells of a table row, by their place in the text of the block.

    They are arrays of numbers because a large spreadsheet has a million cells.

    Args:
        number: Number of the row within its table, from 0. A row whose number isn't higher than that of the
            block before it begins another table.
        edges: Start and end of each cell's value in the block's text, alternating.
        columns: Column of each cell, from 0.
        headers: Header of each cell; see :attr:`index.records.Cell.header`.

    Raises:
        ValueError: If the three don't describe the same number of cells.
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
    One piece of a document, as a parser returns it.

    Args:
        kind: Its role in the document.
        text: Its text as in the file; in a paged format lines end with a line feed.
        level: For a heading, from 1 (outermost); for a list item, how deep its list is nested, from 1, or 0
            if unknown.
        page: In a paged format, the number of the page, from 1; a block never crosses pages.
        characters: In a paged format, for each code point of *text* the index of its character on that page
            of the file; -1 where the file has none, such as a line break that the parser inserted.
        row: For a table row, its cells and its number.

    Raises:
        ValueError: If *characters* has another length than *text*, or there is no page.
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
class RecognisedWord:
    """
    A word that was recognised in the picture of a page.

    Args:
        page: Number of the page, from 1.
        first: Number of its first character among those of the page.
        length: Number of its characters.
        box: Left, top, right, bottom as fractions of the page.
    """

    page: int
    first: int
    length: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """
    The result of parsing one file.

    Args:
        media_type: For example ``text/html``.
        title: The title in the content itself, or None; never the file's name.
        blocks: The blocks in reading order.
        page_sizes: In a paged format, width and height of each page in points, page 1 first.
        unreadable_pages: Numbers of the pages whose text was left out because it can't be read.
        words: The words of pages that were recognised.
    """

    media_type: str
    title: str | None
    blocks: tuple[ParsedBlock, ...]
    page_sizes: tuple[tuple[float, float], ...] = ()
    unreadable_pages: tuple[int, ...] = ()
    words: tuple[RecognisedWord, ...] = ()


NO_BLOCKS = BlockList.of(())


@dataclass(frozen=True, slots=True)
class CanonicalText:
    """
    Canonical text with its structure and, for a paged format, the map back to the file.

    Args:
        text: The text that every offset refers to.
        title: The title in the content itself, cleaned; or None.
        media_type: For example ``text/html``.
        blocks: The blocks in order; empty if the structure isn't known.
        pages: Every page of the file in order, including pages without text.
        runs: The map to the file's characters, in order; a character outside all runs isn't in the file.
        unreadable_pages: Numbers of the pages whose text was left out because it can't be read.
    """

    text: str
    title: str | None
    media_type: str
    blocks: BlockList = NO_BLOCKS
    pages: tuple[Page, ...] = ()
    runs: tuple[CharRun, ...] = ()
    unreadable_pages: tuple[int, ...] = ()


def canonicalise(raw: ParsedFile) -> CanonicalText:
    """
    Return the canonical text of a parsed file, with its structure and its map to the file.

    Words are never changed, only what a page or a file format puts between them. White space is collapsed to
    single spaces (except in verbatim blocks), ligatures become letters, words hyphenated at a line end are
    joined, soft hyphens and control characters are removed, and lone surrogates become U+FFFD. Blocks are
    separated by a blank line, neighbouring list items and neighbouring table rows by a line break. Blank
    blocks are dropped.
    """
    vocabulary = _vocabulary(raw.blocks)
    placed: list[_PlacedBlock] = []
    for block, table in zip(raw.blocks, _table_numbers(raw.blocks), strict=True):
        cleaned = _clean(block, vocabulary)
        if cleaned.text and not cleaned.text.isspace():
            separator = _separator(placed[-1].block, block) if placed else ""
            start = placed[-1].end + len(separator) if placed else 0
            placed.append(_PlacedBlock(block, table, separator, start, cleaned))
    runs = tuple(run for piece in placed for run in _runs(piece))
    return CanonicalText(
        text="".join(part for piece in placed for part in (piece.separator, piece.cleaned.text)),
        title=_collapse(raw.title or "") or None,
        media_type=raw.media_type,
        blocks=_structure(placed),
        pages=_with_words(_pages(raw.page_sizes, placed), raw.words, runs),
        runs=runs,
        unreadable_pages=raw.unreadable_pages,
    )


def plain_text_blocks(text: str) -> BlockList:
    """Return the paragraphs of canonical text without markup as blocks, including their indentation."""
    return BlockList.of(Block(BlockKind.PLAIN_TEXT, start, end) for start, end in _plain_paragraphs(text))


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """
    A block's canonical text.

    Args:
        text: The cleaned text; it may be blank.
        origins: ``ParsedBlock.characters`` for *text*; empty in a format without pages.
        edges: ``ParsedRow.edges`` for *text*; a cell that became blank has the same start and end.
    """

    text: str
    origins: Sequence[int] = ()
    edges: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _PlacedBlock:
    """A cleaned block at its place in the canonical text, after its separator."""

    block: ParsedBlock
    table: int | None
    separator: str
    start: int
    cleaned: _Cleaned

    @property
    def end(self) -> int:
        return self.start + len(self.cleaned.text)


def _separator(previous: ParsedBlock, block: ParsedBlock) -> str:
    compact = block.kind is previous.kind and block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)
    return "\n" if compact else "\n\n"


def _table_numbers(blocks: Iterable[ParsedBlock]) -> Iterator[int | None]:
    """Yield the number of each block's table, from 0; None for a block without cells."""
    table, previous = -1, None
    for block in blocks:
        number = block.row.number if block.row else None
        # Parsers number the rows of each table from 0, so a number that doesn't rise separates two tables
        # with nothing between them.
        if number is not None and (previous is None or number <= previous):
            table += 1
        previous = number
        yield None if number is None else table


def _structure(placed: Iterable[_PlacedBlock]) -> BlockList:
    """Return the structure of the canonical text."""
    builder = BlockListBuilder()
    headers = _HeaderNumbers(builder)
    tables: dict[int, int] = {}  # renumbered without gaps: all rows of a table may have been blank
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
    """The arguments of :meth:`~index.text.structure.BlockListBuilder.add` that describe cells."""

    edges: Sequence[int]
    columns: Sequence[int]
    headers: Sequence[int]


class _HeaderNumbers(dict[Header, int]):
    """Map from a parser's headers to the builder's numbers, so that each header is cleaned only once."""

    def __init__(self, builder: BlockListBuilder) -> None:
        self._builder = builder

    def __missing__(self, header: Header) -> int:
        levels = (
            _collapse(_LIGATURE.sub(_expand_ligature, _INVISIBLE_OR_MARKER.sub(_replace_invisible, level)))
            for level in header
        )
        self[header] = self._builder.header_number(tuple(level for level in levels if level))
        return self[header]


def _placed_cells(piece: _PlacedBlock, row: ParsedRow, numbers: _HeaderNumbers) -> _Cells:
    """Return the cells of a row at their place in the canonical text, without those that became blank."""
    start, edges, headers = piece.start, piece.cleaned.edges, [numbers[header] for header in row.headers]
    if all(map(lt, edges[::2], edges[1::2])):  # no blank cell, which is nearly every row
        return {"edges": [start + edge for edge in edges], "columns": row.columns, "headers": headers}
    filled = [number for number, (first, last) in enumerate(_pairs(edges)) if first < last]
    return {
        "edges": [start + edges[2 * number + side] for number in filled for side in (0, 1)],
        "columns": [row.columns[number] for number in filled],
        "headers": [headers[number] for number in filled],
    }


def _pairs(edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(edges[::2], edges[1::2], strict=True)


# Possessive quantifiers, so that a failed match isn't retried with every shorter run of blank lines.
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*+\n)++")


def _plain_paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges between blank lines, except those of white space only."""
    edges = [0, *(edge for match in _BLANK_LINES.finditer(text) for edge in match.span()), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if start < end and not text[start:end].isspace():
            yield start, end


def _clean(block: ParsedBlock, vocabulary: frozenset[str]) -> _Cleaned:
    if block.characters is not None:
        return _clean_traced(block, block.characters, vocabulary)
    if block.kind in _VERBATIM:
        return _Cleaned(_verbatim(block.text))
    text = _collapse(block.text)
    if block.row is None:
        return _Cleaned(text)
    # Nearly every row comes from its parser with nothing to collapse, also at the ends of its cells.
    values = (text[start:end] for start, end in _pairs(block.row.edges))
    is_clean = text == block.text and all(value == value.strip() for value in values)
    edges = block.row.edges if is_clean else _collapsed_edges(block.text, block.row.edges)
    return _Cleaned(text, (), edges)


_VERBATIM = (BlockKind.CODE, BlockKind.PLAIN_TEXT)


# Blocks without a map to the file are cleaned by operations on whole strings, so that 10 MB take a fraction
# of a second.

_SURROGATE = re.compile("[\ud800-\udfff]")
# Control characters that aren't white space, the soft hyphen, and U+FEFF in any position.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\ufeff]")


def _verbatim(text: str) -> str:
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # Lone surrogates can't be encoded as UTF-8, which is how every later step writes text.
    return _SURROGATE.sub("\ufffd", text)


def _collapse(text: str) -> str:
    return _SURROGATE.sub("\ufffd", " ".join(_INVISIBLE.sub("", text).split()))


def _collapsed_edges(text: str, edges: "array[int]") -> "array[int]":
    """
    Return where the cells of a row are in ``_collapse(text)``.

    Args:
        text: The text of the row.
        edges: Start and end of each cell in *text*, in order.
    """
    # Each piece between two edges is collapsed on its own and only lengths are added up. A space between two
    # pieces counts only if a word follows, so it is pending until then.
    collapsed = array("i")
    length, space_pending = 0, False
    for number, (start, end) in enumerate(pairwise((0, *edges, len(text)))):
        visible = _INVISIBLE.sub("", text[start:end])
        words = " ".join(visible.split())
        if words:
            first = length + (length > 0 and (space_pending or visible[0].isspace()))
            length = first + len(words)
            space_pending = visible[-1].isspace()
        else:
            first = length
            space_pending = space_pending or bool(visible)
        if number % 2:  # every second piece is a cell
            collapsed.extend((first, length))
    return collapsed


# In blocks with a map to the file every change is a substitution that carries the origins along.

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LIGATURE = re.compile(f"[{''.join(_LIGATURES)}\ud800-\udfff]")
# pdfium returns a hyphen at a line end as U+0002 or U+FFFE, sometimes without the line break after it.
_MARKERS = "\x02\ufffe"
_BREAK = rf"(?:[-\u2010\xad{_MARKERS}]\xad*[^\S\r\n]*[\r\n]\s*|[{_MARKERS}]\s*)"
# Many PDFs write an accented letter as a letter and a combining accent, which \w doesn't match.
_LETTER = r"[\w\u0300-\u036f]"
_BROKEN_WORD = re.compile(rf"(?<={_LETTER}){_BREAK}(?=\w)")
# Bounds the search on both sides of a hyphen; in a line of letters without spaces it would be quadratic.
_MAX_WORD = 80
_HALVES = re.compile(rf"{_LETTER}{{1,{_MAX_WORD}}}{_BROKEN_WORD.pattern}{_LETTER}+")
_INVISIBLE_OR_MARKER = re.compile(f"{_INVISIBLE.pattern}|[{_MARKERS}]")
# White space other than a single space, which needs no change.
_SPACE = re.compile(r"\s{2,}|[^\S ]")
_LINE_END = re.compile("\r\n?")
_LAST_WORD = re.compile(rf"(?:{_LETTER}+[-\u2010])*{_LETTER}+\Z")
_FIRST_WORD = re.compile(rf"{_LETTER}+(?:[-\u2010]{_LETTER}+)*")
_WORD = re.compile(r"\w+")
# A lookahead, so that matches overlap and "state-of-the-art" gives each of its neighbouring pairs.
_PAIR = re.compile(r"(?<!\w)(?=(\w+)[-\u2010](\w+))")


def _clean_traced(block: ParsedBlock, characters: Sequence[int], vocabulary: frozenset[str]) -> _Cleaned:
    text, origins = _traced_text(block, vocabulary)
    edges = _traced_edges(text, origins, block.row.edges) if block.row else ()
    return _Cleaned(text, [characters[origin] for origin in origins], edges)


def _traced_text(block: ParsedBlock, vocabulary: frozenset[str]) -> tuple[str, Sequence[int]]:
    """Return the block's canonical text, and for each of its characters its offset in the block's text."""
    text = block.text
    origins: Sequence[int] = range(len(text))
    text, origins = _substitute(_LIGATURE, _expand_ligature, text, origins)
    if block.kind in _VERBATIM:
        byte_order_marks = len(text) - len(text.lstrip("\ufeff"))
        return _substitute(_LINE_END, lambda _: "\n", text[byte_order_marks:], origins[byte_order_marks:])
    # The order matters. Hyphens are handled while line breaks and soft hyphens are still there. White space
    # comes last, because removing an invisible character may bring two spaces together.
    text, origins = _substitute(_BROKEN_WORD, lambda match: _join(match, vocabulary), text, origins)
    text, origins = _substitute(_INVISIBLE_OR_MARKER, _replace_invisible, text, origins)
    text, origins = _substitute(_SPACE, lambda _: " ", text, origins)
    start = 1 if text.startswith(" ") else 0
    end = len(text) - (1 if text.endswith(" ") else 0)
    return text[start:end], origins[start:end]


def _traced_edges(text: str, origins: Sequence[int], edges: "array[int]") -> "array[int]":
    """
    Return where the cells of a row are in its canonical text.

    Args:
        text: The canonical text of the row.
        origins: For each of its characters, its offset in the block's text; ascending.
        edges: Start and end of each cell in the block's text.
    """
    traced = array("i")
    for start, end in _pairs(edges):
        first, last = bisect_left(origins, start), bisect_left(origins, end)
        words = text[first:last]
        traced.extend((first + len(words) - len(words.lstrip()), first + len(words.rstrip())))
        # In a cell of white space only, the stripped start would be behind the stripped end.
        traced[-2] = min(traced[-1], traced[-2])
    return traced


def _expand_ligature(match: re.Match[str]) -> str:
    """Return the letters of a ligature, or U+FFFD for a lone surrogate."""
    return _LIGATURES.get(match[0], "\ufffd")


def _substitute(
    pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], text: str, origins: Sequence[int]
) -> tuple[str, Sequence[int]]:
    """
    Return ``pattern.sub(replace, text)`` with the origins of its characters.

    The characters of a replacement take the origins of the match in turn; if there are more of them, the
    rest repeat its last origin.

    Args:
        pattern: What to replace.
        replace: Returns the replacement of a match.
        text: The text.
        origins: The origin of each of its characters.
    """
    pieces: list[str] = []
    traced: list[int] = []
    position = 0
    for match in pattern.finditer(text):
        replacement, (start, end) = replace(match), match.span()
        pieces += text[position:start], replacement
        traced += origins[position:start]
        traced += [origins[min(start + i, end - 1)] for i in range(len(replacement))]
        position = end
    if not position:
        return text, origins
    return "".join([*pieces, text[position:]]), [*traced, *origins[position:]]


def _replace_invisible(match: re.Match[str]) -> str:
    """Return nothing, or the hyphen that pdfium's marker means where no word follows it."""
    return "-" if match[0] in _MARKERS else ""


def _join(match: re.Match[str], vocabulary: frozenset[str]) -> str:
    """
    Return what joins the halves of a word broken at a line end: nothing, its hyphen, or ``"- "``.

    A hyphen that only breaks the line is removed; one that the author wrote stays.

    Args:
        match: A match of the broken word pattern.
        vocabulary: The words of the document.
    """
    if match[0].startswith("\xad"):  # a soft hyphen never belongs to the word
        return ""
    before = _LAST_WORD.search(match.string, max(0, match.start() - _MAX_WORD), match.start())
    after = _FIRST_WORD.match(match.string, match.end(), match.end() + _MAX_WORD)
    left, right = (unicodedata.normalize("NFC", word[0]) if word else "" for word in (before, after))
    hyphen = "-" if match[0][0] in _MARKERS else match[0][0]
    return _joiner(left, right, vocabulary).replace("-", hyphen)


def _joiner(left: str, right: str, vocabulary: frozenset[str]) -> str:
    """Return what joins *left* and *right*, the words on both sides of the line break."""
    tail, head = re.split("[-\u2010]", left)[-1].lower(), re.split("[-\u2010]", right)[0].lower()
    # Digits and capitals mean a compound or a range, and nobody breaks a word after its first letter.
    if not (left[-1:].islower() and right[:1].islower() and tail.isalpha()) or len(tail) == 1:
        return "-"
    # Otherwise the rest of the document decides. If it has both forms, the joined one wins: more words are
    # broken at line ends than are compounds.
    if tail + head in vocabulary:
        return ""
    if head in ("and", "or", "und", "oder"):  # short- and long-term
        return "- "
    in_chain = len(tail) < len(left) or len(head) < len(right)  # state-of-the-art
    compound = f"{tail}-{head}" in vocabulary or (in_chain and tail in vocabulary and head in vocabulary)
    return "-" if compound else ""


def _vocabulary(blocks: tuple[ParsedBlock, ...]) -> frozenset[str]:
    """Return the words and hyphenated pairs of the document; empty if no word in it is broken."""
    texts = [block.text for block in blocks if block.characters is not None]
    if not any(_BROKEN_WORD.search(text) for text in texts):
        return frozenset()
    known: set[str] = set()
    for text in texts:
        # Without the broken words themselves, which would confirm their own hyphen.
        unbroken = unicodedata.normalize("NFC", _HALVES.sub("\n", text).lower())
        known.update(_WORD.findall(unbroken))
        known.update(f"{left}-{right}" for left, right in _PAIR.findall(unbroken))
    return frozenset(known)


def _runs(piece: _PlacedBlock) -> Iterator[CharRun]:
    """Yield the longest stretches of *piece* whose characters are consecutive in the file."""
    origins, page = piece.cleaned.origins, piece.block.page or 0
    begin = 0
    for i in range(1, len(origins) + 1):
        consecutive = i < len(origins) and origins[i] == origins[i - 1] + 1 and origins[begin] >= 0
        if not consecutive:
            if origins[begin] >= 0:
                yield CharRun(piece.start + begin, i - begin, page, origins[begin])
            begin = i


def _pages(sizes: tuple[tuple[float, float], ...], placed: Sequence[_PlacedBlock]) -> tuple[Page, ...]:
    """Return every page; a page without text is an empty range at the end of the page before it."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for piece in placed:
        if piece.block.page is not None:
            starts.setdefault(piece.block.page, piece.start)
            ends[piece.block.page] = piece.end
    pages: list[Page] = []
    for number, (width, height) in enumerate(sizes, start=1):
        previous_end = pages[-1].end if pages else 0
        page_start, page_end = starts.get(number, previous_end), ends.get(number, previous_end)
        pages.append(Page(number, page_start, page_end, width, height))
    return tuple(pages)


def _with_words(
    pages: tuple[Page, ...], words: Sequence[RecognisedWord], runs: Sequence[CharRun]
) -> tuple[Page, ...]:
    """Return the pages with the places of their recognised words in the canonical text."""
    if not words:
        return pages
    boxes: dict[int, list[WordBox]] = {}
    by_page: dict[int, list[CharRun]] = {}
    for run in runs:
        by_page.setdefault(run.page, []).append(run)
    for ordered in by_page.values():
        ordered.sort(key=lambda run: run.index)
    for word in words:
        own = by_page.get(word.page, [])
        # A word with a line break in it may be in two runs.
        at = max(0, bisect_left(own, word.first, key=lambda run: run.index) - 1)
        for run in own[at:]:
            if run.index >= word.first + word.length:
                break
            first = max(run.index, word.first)
            last = min(run.index + run.length, word.first + word.length)
            if first < last:
                shift = run.start - run.index
                boxes.setdefault(word.page, []).append(WordBox(first + shift, last + shift, *word.box))
    return tuple(
        replace(page, words=tuple(sorted(boxes.get(page.number, ()), key=lambda box: box.start)))
        for page in pages
    )
