"""
From what a format yields to canonical text: one pure function, and the map back to pages and characters.

Every offset in the program means the text that :func:`canonicalise` returns.
"""

import enum
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.records import Heading, Page, Run


class Kind(enum.StrEnum):
    """What a block is to a reader; decides how its white space is treated and what stands around it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    """One entry of a list; entries stand on lines of their own."""
    ROW = "row"
    """One row of a table, header and cell standing together; rows stand on lines of their own."""
    VERBATIM = "verbatim"
    """Text whose line breaks and spaces mean something: plain text, code."""


@dataclass(frozen=True, slots=True)
class Block:
    """
    One piece of a document, as a format's parser yields it.

    Args:
        kind: What it is to a reader.
        text: Its words, as they stand in the file; in a paged format lines end with ``\\n``.
        level: For a heading, from 1 (outermost).
        page: For a paged format, the page's number, from 1; a block never crosses pages.
        characters: For a paged format, the file's character number of each code point of *text* on that
            page; -1 where the file has none (a line break the parser put in).

    Raises:
        ValueError: If *characters* is not one for each code point, or has no page.
    """

    kind: Kind
    text: str
    level: int = 0
    page: int | None = None
    characters: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.characters is not None and (self.page is None or len(self.characters) != len(self.text)):
            raise ValueError(f"{len(self.characters)} characters of page {self.page} for {len(self.text)}")


@dataclass(frozen=True, slots=True)
class Raw:
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
    blocks: tuple[Block, ...]
    page_sizes: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Canonical:
    """
    Canonical text with its outline and, for a paged format, the map back to the file.

    Args:
        text: What every offset means.
        title: The title the content itself gives, cleaned; or None.
        media_type: For example ``text/html``.
        headings: In order.
        pages: In order, every page of the file, also those without text.
        runs: In order; characters without one stand nowhere in the file.
    """

    text: str
    title: str | None
    media_type: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[Page, ...] = ()
    runs: tuple[Run, ...] = ()


def canonicalise(raw: Raw) -> Canonical:
    """
    Canonical text and its maps.

    Words stay as they are; what is tidied is what a page or a file format puts around them. White space
    becomes single spaces (not in verbatim blocks), ligatures become letters, words broken by a hyphen at a
    line's end are joined, soft hyphens and control characters go, lone surrogates become U+FFFD. Blocks are
    joined by a blank line, neighbouring items and neighbouring rows by a line break; blank blocks vanish.
    """
    vocabulary = _vocabulary(raw.blocks)
    placed: list[_Placed] = []
    for block in raw.blocks:
        text, origins = _clean(block, vocabulary)
        if text and not text.isspace():
            gap, start = _gap(placed[-1], block) if placed else ("", 0)
            placed.append(_Placed(block, gap, start, text, origins))
    return Canonical(
        text="".join(part for piece in placed for part in (piece.gap, piece.text)),
        title=_tidy(raw.title or "") or None,
        media_type=raw.media_type,
        headings=tuple(
            Heading(piece.start, piece.end, max(piece.block.level, 1))
            for piece in placed
            if piece.block.kind is Kind.HEADING
        ),
        pages=_pages(raw.page_sizes, placed),
        runs=tuple(run for piece in placed for run in _runs(piece)),
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A cleaned block at its place in the canonical text; *origins* as ``Block.characters``, of *text*."""

    block: Block
    gap: str
    start: int
    text: str
    origins: Sequence[int]

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def _gap(before: _Placed, block: Block) -> tuple[str, int]:
    """What stands between a block and the one before it, and where the block then starts."""
    close = block.kind is before.block.kind and block.kind in (Kind.ITEM, Kind.ROW)
    gap = "\n" if close else "\n\n"
    return gap, before.end + len(gap)


def _clean(block: Block, vocabulary: frozenset[str]) -> tuple[str, Sequence[int]]:
    if block.characters is not None:
        return _clean_traced(block, block.characters, vocabulary)
    return (_verbatim(block.text) if block.kind is Kind.VERBATIM else _tidy(block.text)), ()


# Text without characters: whole-string operations only, so that 10 MB take a fraction of a second.

_SURROGATE = re.compile("[\ud800-\udfff]")
# Controls that are not white space, the soft hyphen, and U+FEFF wherever it stands.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\ufeff]")


def _verbatim(text: str) -> str:
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", text)


def _tidy(text: str) -> str:
    return _SURROGATE.sub("\ufffd", " ".join(_UNSEEN.sub("", text).split()))


# Text with characters: every change is a substitution that carries the origins along.

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# U+0002 and U+FFFE are how pdfium writes a hyphen at a line's end; the line break itself it may leave out.
_MARKERS = "\x02\ufffe"
_BREAK = rf"(?:[-\u2010\xad{_MARKERS}]\xad*[^\S\r\n]*[\r\n]\s*|[{_MARKERS}]\s*)"
_LETTER = r"[\w\u0300-\u036f]"
_BROKEN_WORD = re.compile(rf"(?<={_LETTER}){_BREAK}(?=\w)")
_LONGEST_WORD = 80
_HALVES = re.compile(rf"{_LETTER}{{1,{_LONGEST_WORD}}}{_BROKEN_WORD.pattern}{_LETTER}+")
_LETTERS = re.compile(f"[{''.join(_LIGATURES)}\ud800-\udfff]")
_UNSEEN_OR_MARKER = re.compile(f"{_UNSEEN.pattern}|[{_MARKERS}]")
# White space other than a single plain space, which needs no change.
_SPACE = re.compile(r"\s{2,}|[^\S ]")
_LINE_END = re.compile("\r\n?")
_LAST_WORD = re.compile(rf"(?:{_LETTER}+[-\u2010])*{_LETTER}+\Z")
_FIRST_WORD = re.compile(rf"{_LETTER}+(?:[-\u2010]{_LETTER}+)*")
_WORD = re.compile(r"\w+")
# Overlapping, so that "state-of-the-art" gives each of its neighbouring pairs.
_PAIR = re.compile(r"(?<!\w)(?=(\w+)[-\u2010](\w+))")


def _clean_traced(
    block: Block, origins: Sequence[int], vocabulary: frozenset[str]
) -> tuple[str, Sequence[int]]:
    text = block.text
    text, origins = _substitute(_LETTERS, lambda m: _LIGATURES.get(m[0], "\ufffd"), text, origins)
    if block.kind is Kind.VERBATIM:
        kept = len(text) - len(text.lstrip("\ufeff"))
        return _substitute(_LINE_END, lambda _: "\n", text[kept:], origins[kept:])
    text, origins = _substitute(_BROKEN_WORD, lambda m: _at_line_end(m, vocabulary), text, origins)
    text, origins = _substitute(_UNSEEN_OR_MARKER, _unseen, text, origins)
    text, origins = _substitute(_SPACE, lambda _: " ", text, origins)
    start = 1 if text.startswith(" ") else 0
    end = len(text) - (1 if text.endswith(" ") else 0)
    return text[start:end], origins[start:end]


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


def _unseen(match: re.Match[str]) -> str:
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
    before = _LAST_WORD.search(match.string, max(0, match.start() - _LONGEST_WORD), match.start())
    after = _FIRST_WORD.match(match.string, match.end(), match.end() + _LONGEST_WORD)
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


def _vocabulary(blocks: tuple[Block, ...]) -> frozenset[str]:
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


def _runs(piece: _Placed) -> Iterator[Run]:
    """The longest stretches of *piece* whose characters follow each other in the file."""
    origins, page = piece.origins, piece.block.page or 0
    begin = 0
    for i in range(1, len(origins) + 1):
        goes_on = i < len(origins) and origins[i] == origins[i - 1] + 1 and origins[begin] >= 0
        if not goes_on:
            if origins[begin] >= 0:
                yield Run(piece.start + begin, i - begin, page, origins[begin])
            begin = i


def _pages(sizes: tuple[tuple[float, float], ...], placed: Sequence[_Placed]) -> tuple[Page, ...]:
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
