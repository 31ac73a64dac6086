"""
Pure: text to sentences. A footnote cites whole sentences and chunks end between them, so both ask here.

A rule-based splitter in one pass. What is hard is where *not* to split: abbreviations, initials, decimals,
numbered lists, a quotation that its sentence goes on after, and lines that were only wrapped.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof rev hon st sr jr messrs gen col maj capt cmdr lt sgt cpl adm gov sen rep pres
    e.g i.e cf vs viz etc al ca approx resp incl excl est
    fig figs eq eqs sec secs ch chap vol vols no nos nr p pp par art ex ed eds trans ibid op app tab ref refs
    inc ltd co corp llc plc bros dept univ assn ave blvd rd mt ft
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
    a.m p.m u.s u.k u.n e.u ph.d m.d b.a m.a b.sc m.sc d.c b.c a.d
    bzw evtl ggf inkl krsfr mio mrd usw vgl zzgl d.h u.a z.b
    p.ex p.ej ecc bijv d.w.z
    """.split()
)
"""Words that a full stop belongs to, lower case, without their last stop."""

_TITLES = frozenset("Dhr Dott Dra Mevr Mlle Mme Sig Sra Srta".split())
"""Titles of other languages, as they are written: *SRA* is something else."""

_NUMBERED = frozenset("abb abs art buchst kap ziff".split())
"""Words that a full stop belongs to when a number follows: "§ 3 Abs. 2"."""

_GERMAN_ORDINAL = re.compile(r"\b(?:am|ab|bis|dem|den|der|des|im|seit|und|vom|zum)\s+\d{1,2}\Z", re.I)
_GERMAN_MONTH = re.compile(
    r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
)
"""The full stop in "am 9. April" ends no sentence."""

_STARTERS = frozenset(
    """
    the a an this that these those it its he she they we you i his her their our my there here in on at by
    for from with after before when while if although but and however as since so then thus
    """.split()
)
"""Words that, capitalised after an initial or an initialism, begin a sentence rather than continue a name."""

_OPEN = frozenset("a an and as at by for from in of on or that the to which with".split())
"""Words that no line of its own ends with."""

_STOP = re.compile(
    r"""
      (?<![.!?…]) [.!?…]+ ["'”’»)\]]* [⁰¹²³⁴-⁹]* (?=\s|$|\\n) (?:\\n)*  # closing quotes, then white space
    | (?:\\n){2,}                         # an escaped blank line: logs are often kept as JSON
    | (?<=[a-z]{2}) \. (?=[A-Z][a-z]+\b(?![.(]))  # "Biden.Washington": the space was forgotten
    | [。！？｡]+ [」』”’）】]*               # scripts that put no space after a stop
    | [।॥؟۔] (?=\s|$)
    """,
    re.VERBOSE,
)
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_ITEM = re.compile(r"\s*(?:[-*•‣▪–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-Z]|[ivx]{1,5})$")
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"\S+$")

_MIN_WIDTH, _MAX_WIDTH = 40, 120
"""Line lengths, in characters, between which a paragraph can be hard-wrapped text."""
_RAGGED = 0.6
"""The shortest line of such a text that was broken by hand, as a share of its longest."""
_COLUMNS = re.compile(r"[^\s.!?:;,)\"'”’][ ]{2,}\S|\S\t")
"""Space between columns; after a stop, two spaces are a typist's."""
_SIGNS = re.compile(r"[{};=|<>\\_]|\(\)|->|::|\$\w|^\s*[#@%]")
"""What programs, commands and markup are full of."""


def sentences(text: str) -> list[tuple[int, int]]:
    """
    Split text into sentences.

    Returns:
        Half-open ranges in code points, in order, never overlapping, without white space at their ends;
        together they hold every character that isn't white space.

    >>> [("Dr. Lee paid 3.5 dollars. Why?")[a:b] for a, b in sentences("Dr. Lee paid 3.5 dollars. Why?")]
    ['Dr. Lee paid 3.5 dollars.', 'Why?']
    """
    return [found for start, end in iter_paragraphs(text) for found in iter_sentences(text, start, end)]


def iter_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one paragraph; nothing in memory grows with its length."""
    for line_start, line_end in _iter_logical_lines(text, start, end):
        yield from _split_line(text, line_start, line_end)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return the ranges between blank lines, without white space at their ends and without empty ones."""
    return list(iter_paragraphs(text))


def iter_paragraphs(text: str, begun: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the same one by one, from the paragraph that starts at *begun*."""
    for blank in _PARAGRAPH.finditer(text, begun):
        start, end = _trimmed(text, begun, blank.start())
        if start < end:
            yield start, end
        begun = blank.end()
    start, end = _trimmed(text, begun, len(text))
    if start < end:
        yield start, end


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
    return list(_iter_logical_lines(text, start, end))


def _iter_logical_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    wrapped = _is_wrapped(text, start, end)
    lines = _iter_lines(text, start, end)
    begun, ended = next(lines)
    for line_start, line_end in lines:
        if not wrapped or _ITEM.match(text, line_start, line_end):
            yield begun, ended
            begun = line_start
        ended = line_end
    yield begun, ended


def _iter_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield each line's range with its line end; at least one."""
    while (at := text.find("\n", start, end)) >= 0:
        yield start, at + 1
        start = at + 1
    yield start, end


# A paragraph may be a whole file of a million lines, so its lines are looked at one by one, more than once.


def _is_wrapped(text: str, start: int, end: int) -> bool:
    """Whether a paragraph is text broken to a width, rather than a table, a poem or a program."""
    if text.find("\n", start, end) < 0:
        return False
    width = 0
    for line_start, line_end in _iter_lines(text, start, end):
        width = max(width, _trimmed(text, line_start, line_end)[1] - line_start)
        if width > _MAX_WIDTH:
            return False
    if width < _MIN_WIDTH:
        return False
    lines = _Lines(text, start, end)
    return _fills(lines.breaks(), width) or (_continues(lines.breaks(), width) and _is_prose(lines))


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one paragraph as strings, without the white space at their ends; made anew each time."""

    text: str
    start: int
    end: int

    def __iter__(self) -> Iterator[str]:
        return (self.text[a:b].rstrip() for a, b in _iter_lines(self.text, self.start, self.end))

    def __len__(self) -> int:
        return self.text.count("\n", self.start, self.end) + 1

    def breaks(self) -> Iterator[tuple[str, str]]:
        """Yield each line with the first word of the next one, unless that begins a list item."""
        for line, following in itertools.pairwise(self):
            word = _first_word(following)
            if not _ITEM.match(word + " "):
                yield line, word


def _first_word(line: str) -> str:
    return next(iter(line.split(maxsplit=1)), "")


def _fills(breaks: Iterable[tuple[str, str]], width: int) -> bool:
    """Whether each break came where the next word wouldn't have fitted, and half go on without a capital."""
    total = without_capital = 0
    for line, word in breaks:
        if len(line) + 1 + len(word) <= width:
            return False
        total += 1
        without_capital += not word[:1].isupper()
    return 2 * without_capital >= total


def _continues(breaks: Iterable[tuple[str, str]], width: int) -> bool:
    """Whether no line is short, as hands and editors break them, and half plainly go on in the next."""
    total = open_ = 0
    for line, word in breaks:
        if len(line) < _RAGGED * width:
            return False
        total += 1
        open_ += word[:1].islower() or _last_word(line) in _OPEN
    return 2 * open_ >= total


def _is_prose(lines: _Lines) -> bool:
    """Whether nothing stands in columns, few lines hold a program's signs, and they don't begin alike."""
    signs, total = 0, len(lines)
    first_words: set[str] = set()
    for line in lines:
        if _COLUMNS.search(line.strip()):
            return False
        signs += _SIGNS.search(line) is not None
        if 2 * len(first_words) <= total and (word := _first_word(line)):
            first_words.add(word)
    return 3 * signs <= total < 2 * len(first_words)


def _split_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of one logical line."""
    begun = start
    uncased = end - start > _MAX_WIDTH and text[start:end].islower()
    for stop in _STOP.finditer(text, start, end):
        if _ends_sentence(text, begun, stop, end, uncased):
            yield _trimmed(text, begun, stop.end())
            begun = stop.end()
    rest_start, rest_end = _trimmed(text, begun, end)
    if rest_start < rest_end:
        yield rest_start, rest_end


def _ends_sentence(text: str, begun: int, stop: re.Match[str], end: int, uncased: bool) -> bool:
    """Whether the sentence that began at *begun* ends at this stop; *uncased*: the line has no capitals."""
    sign = stop.group()
    following = "" if sign.endswith("\\n") else text[stop.end() : min(end, stop.end() + 40)].lstrip()
    if following[:1].islower() and not (uncased and sign in {".", "!", "?"}):
        return False  # "e.g. this", "“Why?” he asked", "Yahoo! is"
    if sign != ".":
        return True
    before = text[max(begun, stop.start() - 40) : stop.start()]
    if _LIST_NUMBER.search(before) and stop.start() - begun <= 12:
        return False  # "1. First item", "4.2. The tenant"
    word = _last_word(before).lstrip("([\"'“‘«")
    if _belongs_to_number(before, word, following):
        return False
    if uncased:
        return not _is_abbreviation(word) and not _is_abbreviation(word.upper())  # "j. smith"
    starter = _WORD.match(following)
    begins = starter is not None and starter.group().lower() in _STARTERS and not _is_title(word)
    return begins or not _is_abbreviation(word)


def _belongs_to_number(before: str, word: str, following: str) -> bool:
    """Whether a full stop belongs to a number or to what is numbered: "am 9. April", "§ 3 Abs. 2"."""
    ordinal = _GERMAN_ORDINAL.search(before) is not None and _GERMAN_MONTH.match(following) is not None
    return ordinal or (following[:1].isdigit() and word.lower() in _NUMBERED)


def _last_word(text: str) -> str:
    """What stands behind the last white space; empty if that ends the text."""
    found = _LAST_WORD.search(text)
    return found.group() if found else ""


def _is_abbreviation(word: str) -> bool:
    """Whether a full stop after *word* may belong to it: an abbreviation, an initial, an initialism."""
    initial = len(word) == 1 and word.isupper()
    initialism = re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word) is not None
    return initial or initialism or word.lower() in ABBREVIATIONS or word in _TITLES


def _is_title(word: str) -> bool:
    """Whether a name must follow: "Dr. The" never begins a sentence, "etc. The" may."""
    return word.lower() in {"mr", "mrs", "ms", "dr", "prof", "rev", "st", "gen", "col", "capt", "lt", "sgt"}


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
