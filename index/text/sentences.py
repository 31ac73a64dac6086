"""
Pure: text to sentences. A footnote cites whole sentences and chunks end between them, so both ask here.

A rule-based splitter in one pass. What is hard is where *not* to split: abbreviations, initials, decimals,
numbered lists, a quotation that its sentence goes on after, and lines that were only wrapped.
"""

import itertools
import re

ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof rev hon st sr jr messrs gen col maj capt cmdr lt sgt cpl adm gov sen rep pres
    e.g i.e cf vs viz etc al ca approx resp incl excl est
    fig figs eq eqs sec secs ch chap vol vols no nos nr p pp par art ex ed eds trans ibid op app tab ref refs
    inc ltd co corp llc plc bros dept univ assn ave blvd rd mt ft
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
    a.m p.m u.s u.k u.n e.u ph.d m.d b.a m.a b.sc m.sc d.c b.c a.d
    """.split()
)
"""Words that a full stop belongs to, lower case, without their last stop."""

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
    return _fills(breaks, width) or (_continues(breaks, width) and _is_prose(lines))


def _fills(breaks: list[tuple[str, str]], width: int) -> bool:
    """Whether each break came where the next word wouldn't have fitted, and half go on without a capital."""
    fitted = all(len(line) + 1 + len(word) > width for line, word in breaks)
    return fitted and 2 * sum(not word[:1].isupper() for _, word in breaks) >= len(breaks)


def _continues(breaks: list[tuple[str, str]], width: int) -> bool:
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
    if uncased:
        return not _is_abbreviation(word) and not _is_abbreviation(word.upper())  # "j. smith"
    starter = _WORD.match(following)
    begins = starter is not None and starter.group().lower() in _STARTERS and not _is_title(word)
    return begins or not _is_abbreviation(word)


def _last_word(text: str) -> str:
    """What stands behind the last white space; empty if that ends the text."""
    found = _LAST_WORD.search(text)
    return found.group() if found else ""


def _is_abbreviation(word: str) -> bool:
    """Whether a full stop after *word* may belong to it: an abbreviation, an initial, an initialism."""
    initial = len(word) == 1 and word.isupper()
    initialism = re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word) is not None
    return initial or initialism or word.lower() in ABBREVIATIONS


def _is_title(word: str) -> bool:
    """Whether a name must follow: "Dr. The" never begins a sentence, "etc. The" may."""
    return word.lower() in {"mr", "mrs", "ms", "dr", "prof", "rev", "st", "gen", "col", "capt", "lt", "sgt"}


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
