"""
Split text into sentences, by rules and in one pass.

A footnote cites whole sentences and a chunk ends between two, so both use this module. The difficult part is
where *not* to split: after abbreviations, initials and list numbers, inside decimals, after a quotation in
the middle of a sentence, and at line breaks that are only hard wrapping.

ADR 19 says why this isn't a library.
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
"""Abbreviations that end in a full stop, in lower case and without that stop."""

# Compared with their case: "SRA" isn't the Spanish title.
_FOREIGN_TITLES = frozenset("Dhr Dott Dra Mevr Mlle Mme Sig Sra Srta".split())

# A name always follows these, so "Dr. The" isn't the end of a sentence, while "etc. The" may be.
_TITLES = frozenset("mr mrs ms dr prof rev st gen col capt lt sgt".split())

# German abbreviations only in front of a number, as in "§ 3 Abs. 2"; elsewhere some of them are words.
_NUMBERED_REFERENCES = frozenset("abb abs art buchst kap ziff".split())

# In "am 9. April" the full stop marks an ordinal number.
_GERMAN_ORDINAL = re.compile(r"\b(?:am|ab|bis|dem|den|der|des|im|seit|und|vom|zum)\s+\d{1,2}\Z", re.I)
_GERMAN_MONTH = re.compile(
    r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
)

# Capitalised after an initial or an initialism, these words begin a sentence instead of continuing a name:
# "They left the U.S. The war went on."
_SENTENCE_STARTERS = frozenset(
    """
    the a an this that these those it its he she they we you i his her their our my there here in on at by
    for from with after before when while if although but and however as since so then thus
    """.split()
)

# A line that ends with one of these continues in the next line.
_CONTINUATION_WORDS = frozenset("a an and as at by for from in of on or that the to which with".split())

# The lookbehind keeps a run of stops from being tried again at each of its characters. Without it, a line of
# a million dots would take quadratic time.
_TERMINATOR = re.compile(
    r"""
      (?<![.!?…]) [.!?…]+ ["'”’»)\]]* [⁰¹²³⁴-⁹]* (?=\s|$|\\n) (?:\\n)*  # closing quotes, superscripts, space
    | (?:\\n){2,}                         # an escaped blank line, as in logs stored as JSON
    | (?<=[a-z]{2}) \. (?=[A-Z][a-z]+\b(?![.(]))  # missing space: "Biden.Washington"
    | [。！？｡]+ [」』”’）】]*               # scripts without spaces between sentences
    | [।॥؟۔] (?=\s|$)
    """,
    re.VERBOSE,
)
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_LIST_MARKER = re.compile(r"\s*(?:[-*•‣▪–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-Z]|[ivx]{1,5})$")
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"\S+$")

# The longest line of a hard-wrapped paragraph has between 40 and 120 characters. Shorter lines are verse or
# labels, and longer ones are whole paragraphs.
_MIN_WIDTH, _MAX_WIDTH = 40, 120
# Where line breaks were typed by hand, every line is at least this share of the longest one.
_MIN_LINE_SHARE = 0.6
# A gap between table columns. After a stop, two spaces are a typist's habit and no gap.
_COLUMN_GAP = re.compile(r"[^\s.!?:;,)\"'”’][ ]{2,}\S|\S\t")
# Characters that programs, commands and markup are full of.
_CODE_CHARACTERS = re.compile(r"[{};=|<>\\_]|\(\)|->|::|\$\w|^\s*[#@%]")
# A terminator is judged by at most this many characters on either side, and a list number by its distance
# from the start of the sentence.
_CONTEXT = 40
_MAX_LIST_NUMBER = 12


def sentences(text: str) -> list[tuple[int, int]]:
    """
    Return the sentences of a text as ranges.

    Returns:
        Half-open ranges in code points, in order and without overlap. They have no white space at their ends,
        and together they cover every character that isn't white space.

    >>> [("Dr. Lee paid 3.5 dollars. Why?")[a:b] for a, b in sentences("Dr. Lee paid 3.5 dollars. Why?")]
    ['Dr. Lee paid 3.5 dollars.', 'Why?']
    """
    return [sentence for start, end in iter_paragraphs(text) for sentence in iter_sentences(text, start, end)]


def iter_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one paragraph, in memory that doesn't depend on its length."""
    for line_start, line_end in _iter_logical_lines(text, start, end):
        yield from _split_line(text, line_start, line_end)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return the paragraphs of a text: the ranges between blank lines, stripped, without empty ones."""
    return list(iter_paragraphs(text))


def iter_paragraphs(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """
    Yield the paragraphs of a text one by one, as :func:`paragraphs` returns them.

    Args:
        text: The whole text.
        start: Where to begin; the offset at which a paragraph starts.
    """
    for blank in _BLANK_LINES.finditer(text, start):
        first, last = _strip(text, start, blank.start())
        if first < last:
            yield first, last
        start = blank.end()
    first, last = _strip(text, start, len(text))
    if first < last:
        yield first, last


def logical_lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """
    Return the lines of a paragraph, with hard-wrapped lines joined and list items kept apart.

    Args:
        text: The whole text.
        start: Offset of the paragraph's first character.
        end: Offset one past its last character.

    Returns:
        Half-open ranges, in order and without gaps; each includes its line end.
    """
    return list(_iter_logical_lines(text, start, end))


# A paragraph can be a file of a million lines. The functions below therefore walk through its lines several
# times instead of holding them in a list.


def _iter_logical_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    wrapped = _is_hard_wrapped(text, start, end)
    lines = _iter_lines(text, start, end)
    logical_start, logical_end = next(lines)
    for line_start, line_end in lines:
        if not wrapped or _LIST_MARKER.match(text, line_start, line_end):
            yield logical_start, logical_end
            logical_start = line_start
        logical_end = line_end
    yield logical_start, logical_end


def _iter_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the range of each line including its line end; there is always at least one."""
    while (newline := text.find("\n", start, end)) >= 0:
        yield start, newline + 1
        start = newline + 1
    yield start, end


def _is_hard_wrapped(text: str, start: int, end: int) -> bool:
    """Return whether a paragraph is prose broken to a width, and not a table, a poem or a program."""
    if text.find("\n", start, end) < 0:
        return False
    width = 0
    for line_start, line_end in _iter_lines(text, start, end):
        width = max(width, _strip(text, line_start, line_end)[1] - line_start)
        if width > _MAX_WIDTH:
            return False
    if width < _MIN_WIDTH:
        return False
    lines = _Lines(text, start, end)
    # An editor breaks a line exactly where the next word doesn't fit, which is proof enough. People break
    # earlier, as verses and tables do, so there the text must also look like prose.
    return _breaks_at_width(lines.breaks(), width) or (
        _lines_run_on(lines.breaks(), width) and _is_prose(lines)
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one paragraph as strings, right-stripped; each iteration cuts them from the text again."""

    text: str
    start: int
    end: int

    def __iter__(self) -> Iterator[str]:
        return (self.text[a:b].rstrip() for a, b in _iter_lines(self.text, self.start, self.end))

    def __len__(self) -> int:
        return self.text.count("\n", self.start, self.end) + 1

    def breaks(self) -> Iterator[tuple[str, str]]:
        """Yield each line with the first word of the next line, except where that is a list marker."""
        for line, following in itertools.pairwise(self):
            word = _first_word(following)
            if not _LIST_MARKER.match(word + " "):
                yield line, word


def _first_word(line: str) -> str:
    return next(iter(line.split(maxsplit=1)), "")


def _breaks_at_width(breaks: Iterable[tuple[str, str]], width: int) -> bool:
    """Return whether every line was broken where the next word wouldn't have fitted."""
    total = without_capital = 0
    for line, word in breaks:
        if len(line) + 1 + len(word) <= width:
            return False
        total += 1
        without_capital += not word[:1].isupper()
    # A list of long entries also fills its lines, but each entry begins with a capital.
    return 2 * without_capital >= total


def _lines_run_on(breaks: Iterable[tuple[str, str]], width: int) -> bool:
    """Return whether no line is short and at least half of them plainly continue in the next."""
    total = running_on = 0
    for line, word in breaks:
        if len(line) < _MIN_LINE_SHARE * width:
            return False
        total += 1
        running_on += word[:1].islower() or _last_word(line) in _CONTINUATION_WORDS
    return 2 * running_on >= total


def _is_prose(lines: _Lines) -> bool:
    """Return whether the lines have no columns, little code, and varied first words."""
    with_code, total = 0, len(lines)
    first_words: set[str] = set()
    for line in lines:
        if _COLUMN_GAP.search(line.strip()):
            return False
        with_code += _CODE_CHARACTERS.search(line) is not None
        # Half as many distinct first words as lines decide the question, so no more are collected.
        if 2 * len(first_words) <= total and (word := _first_word(line)):
            first_words.add(word)
    return 3 * with_code <= total < 2 * len(first_words)


def _split_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one logical line."""
    # Filings and transcripts may be in lower case throughout. A short line in lower case says nothing: it
    # may be a label such as "min. age".
    uncased = end - start > _MAX_WIDTH and text[start:end].islower()
    for terminator in _TERMINATOR.finditer(text, start, end):
        if _ends_sentence(text, start, terminator, end, uncased):
            yield _strip(text, start, terminator.end())
            start = terminator.end()
    rest_start, rest_end = _strip(text, start, end)
    if rest_start < rest_end:
        yield rest_start, rest_end


def _ends_sentence(text: str, start: int, terminator: re.Match[str], end: int, uncased: bool) -> bool:
    """
    Return whether a terminator ends the sentence that starts at *start*.

    Args:
        text: The whole text.
        start: Offset of the sentence's first character.
        terminator: A match of the terminator pattern.
        end: Offset one past the end of the line.
        uncased: Whether the line is in lower case throughout.
    """
    mark = terminator.group()
    following = text[terminator.end() : min(end, terminator.end() + _CONTEXT)].lstrip()
    # An escaped line break separates what follows as a real one would, whatever its case.
    if mark.endswith("\\n"):
        following = ""
    if following[:1].islower() and not (uncased and mark in {".", "!", "?"}):
        return False  # "e.g. this", "“Why?” he asked", "Yahoo! is"
    if mark != ".":
        return True
    before = text[max(start, terminator.start() - _CONTEXT) : terminator.start()]
    if _LIST_NUMBER.search(before) and terminator.start() - start <= _MAX_LIST_NUMBER:
        return False  # "1. First item", "4.2. The tenant"
    word = _last_word(before).lstrip("([\"'“‘«")
    if _is_german_number_stop(before, word, following):
        return False
    if uncased:
        # Without capitals a single letter is the only sign of an initial: "j. smith".
        return not _is_abbreviation(word) and not _is_abbreviation(word.upper())
    next_word = _WORD.match(following)
    starts_sentence = next_word is not None and next_word.group().lower() in _SENTENCE_STARTERS
    return (starts_sentence and word.lower() not in _TITLES) or not _is_abbreviation(word)


def _is_german_number_stop(before: str, word: str, following: str) -> bool:
    """Return whether a full stop belongs to a German ordinal or reference: "am 9. April", "§ 3 Abs. 2"."""
    if _GERMAN_ORDINAL.search(before) and _GERMAN_MONTH.match(following):
        return True
    return following[:1].isdigit() and word.lower() in _NUMBERED_REFERENCES


def _last_word(text: str) -> str:
    """Return what follows the last white space; empty if the text ends in white space."""
    match = _LAST_WORD.search(text)
    return match.group() if match else ""


def _is_abbreviation(word: str) -> bool:
    """Return whether a full stop after *word* may belong to it: an abbreviation, initial or initialism."""
    initial = len(word) == 1 and word.isupper()
    initialism = re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word) is not None
    return initial or initialism or word.lower() in ABBREVIATIONS or word in _FOREIGN_TITLES


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
