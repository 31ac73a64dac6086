"""
Split text into sentences, by rules and in one pass.

A footnote cites whole sentences and a chunk ends between two, so both use this module. The difficult part is
where *not* to split: after abbreviations, initials and list numbers, inside decimals, after a quotation in
the middle of a sentence, and at line breaks that are only hard wrapping.

ADR 19 says why this isn't a library.
"""

import enum
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from index.records import BlockKind

ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof rev hon st sr jr messrs gen col maj capt cmdr lt sgt cpl adm gov sen rep pres
    e.g i.e cf v vs viz etc al ca approx resp incl excl est ver
    ch chap trans ibid refs inc ltd co corp llc plc bros dept univ assn ave blvd rd mt ft
    fed civ crim evid proc supp cir ct
    a.m p.m u.s u.k u.n e.u ph.d m.d b.a m.a b.sc m.sc d.c b.c a.d
    bzw bzgl bspw chr dipl evtl ggf hrsg inkl jh krsfr lt mio mrd sog usf usw vgl zzgl d.h u.a z.b
    av bd ecc ed eds ej enz ing exmo j.-c lic mej núm obs op p.ex p.ej pág págs s.a ud uds bijv blz d.w.z dhr
    o.a г гг др им млн млрд проф рис руб см ср стр табл тыс ул
    """.split()
)
"""Abbreviations that end in a full stop, in lower case and without that stop."""

# Some of these are words, so they are abbreviations only in front of a number or a single letter: "no. 5",
# "app. B", "§ 3 Abs. 2".
_NUMBERED_REFERENCES = frozenset(
    """
    app art bgbl cert cl eq eqs ex fig figs no nos nr p par pp ref sec secs stat tab vol vols
    abb abs buchst kap tz ziff anh bl pos cap fasc lib núm tít nota пп
    """.split()
)
_REFERENCE = re.compile(r"[§\d(]|[A-ZА-Я](?![^\W_])|[ivxlcdm]+(?![^\W_])|[IVXLCDM]+(?![^\W_])")

# Dates follow these: "in Jan. 1999", but "in Feb. Nobody knows why".
_MONTHS = frozenset(
    """
    jan feb febr mar apr jun jul aug sep sept oct okt nov dec dez mon tue tues wed thu thur thurs fri sat sun
    """.split()
)

# Nothing but a number or a lower-case word follows these within a sentence.
_FINAL = frozenset("a.m ecc enz etc p.m usf usw".split())
# ... except for a day or a time zone: "8 p.m. Friday", "8 p.m. EST".
_DAY_OR_ZONE = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|[A-Z]{2,4}\b")

# Compared with their case: "SRA" isn't the Spanish title.
_FOREIGN_TITLES = frozenset("Dhr Dott Dra EE Ing MM Mevr Mlle Mme Prof Sig Sr Sra Srta Srs".split())

# A name always follows these, so "Dr. The" isn't the end of a sentence, while "etc. The" may be.
_TITLES = frozenset("mr mrs ms dr prof rev gen col capt lt sgt v".split())

# In "am 9. April" and "im 19. Jahrhundert" the full stop marks an ordinal number.
_GERMAN_ORDINAL = re.compile(
    r"\b(?:ab|am|bis|das|dem|den|der|des|die|einem|einer|im|ins|seit|und|vom|zum|zur)\s+\d{1,2}\Z|(?:\A|[(,–])\s*\d{1,2}\Z",
    re.I,
)
_GERMAN_MONTH = re.compile(
    r"(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
)
_GERMAN_NOUN = re.compile(r"[A-ZÄÖÜ][a-zäöüß]{3,}")
_GERMAN_ARTICLE = re.compile(r"\b(?:das|dem|den|der|des|einem|einer|im|vom|zum|zur)\s+\d{1,2}\Z", re.I)

# Capitalised after an abbreviation, these words begin a sentence instead of continuing a name: "They left the
# U.S. The war went on." Those of the second set don't count after an initial: "M. Le Pen".
_SENTENCE_STARTERS = frozenset(
    """
    the a an this that these those it its he she they we you i his her our their my there here in on at by
    for from with after before when while if although but and however as since so then thus
    nobody nothing everyone everything some many most all both each such what why how where who no not
    """.split()
)
_FOREIGN_STARTERS = frozenset(
    """
    der die das er sie es wir ihr ein eine dies diese dieser dieses im am auf bei nach und aber doch dort
    le la les il elle ils elles ce cette ces un une des dans en nous mais on
    el los las una se este esta pero
    lo gli nel nella questo questa
    os as um uma em na esse essa
    de het een dit deze er op
    он она они это в на по при но если
    """.split()
)

# A line that ends with one of these continues in the next line.
_CONTINUATION_WORDS = frozenset(
    """
    a an and are as at be been but by for from had has have if in into is its no not of on or our per such
    than that the their these this to under upon was were when which who will with your
    als am auf aus bei bis das dass daß dem den der des die durch ein eine einem einen einer für im ist mit
    nach oder ohne sind über um und unter vom von vor war werden wie wird zu zum zur
    au aux avec ce ces cette comme dans de des du elle en est et la le les leur mais ou où par pas pour qu que
    qui sa sans ses son sont sur un une vous
    al como con del el es esta este las los más no o para pero por que se ser sin su sus una y
    agli ai alla alle che chi col da dai dal dalla degli dei del della delle di e ed gli i il nei nel nella
    non per più si sul sulla uno
    ao aos as até com da das do dos em entre foi mas na nas nos não os ou pela pelo são sem sua um uma
    aan bij dat deze dit door een het maar met naar niet om op te tot uit van voor werd wordt zijn
    без был в во для до его за и из или их к как на не но о об от по при с со у что это
    """.split()
)

# A number after one of these belongs to it, even at the start of a line.
_BEFORE_NUMBERS = frozenset(
    """
    article articles chapter clause figure item no. page paragraph part rule section sections step subsection
    table version abschnitt absatz artikel kapitel seite página página sección capítulo artículo section
    capitolo pagina sezione hoofdstuk paragraaf страница раздел статья
    """.split()
)

_NUMBER_OF_NOTE = r"\[(?:\d{1,3}|[a-z]{1,2}|note \d{1,2}|citation needed)(?:, ?\d{1,3}){0,9}\]"
# The lookbehind keeps a run of stops from being tried again at each of its characters. Without it, a line of
# a million dots would take quadratic time.
_TERMINATOR = re.compile(
    rf"""
      (?<![.!?…]) [.!?…]+                 # then closing quotes, superscripts or citation marks, and space
      (?: ["'”’“‘»)\]*_]* (?:[ \u00a0\u2009\u202f][”»][.,;:]?)? )
      (?: [⁰¹²³⁴-⁹]* | (?:{_NUMBER_OF_NOTE}){{1,9}} | \s{{0,40}}\^\[\d{{1,3}}\] ) (?=\s|$|\\n)
      (?:\\n)*
    | (?:\\n){{2,}}                       # an escaped blank line, as in logs stored as JSON
    | (?<=[a-z]{{2}}) \. (?=[A-Z][a-z]+\b(?![.(]))  # missing space: "Biden.Washington"
    | (?<=[a-z]{{3}}) \. \d{{1,2}} (?=\s+[A-Z“"])    # a note's number that lost its superscript
    | [。！？｡]+ [」』”’）】]*               # scripts without spaces between sentences
    | [।॥؟۔] (?=\s|$)
    """,
    re.VERBOSE,
)
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_LIST_MARKER = re.compile(r"\s*(?:[-*•‣▪–]|\(?(?:\d{1,3}|[a-zA-Z])[.)]|\d{1,3}(?:\.\d{1,3}){1,4}\.)\s")
_RULE = re.compile(r"\s*(?:\W{3,})?\Z")
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-Z]|[ivx]{1,5})$")
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"\S+$")
_SHORT_WORD = re.compile(r"[^\W\d_]{1,4}\.")
_NEVER_FIRST = frozenset("&,;:%/|=+")

# The longest line of a hard-wrapped paragraph has between 40 and 120 characters; letters of scripts without
# spaces are as wide as two. Shorter lines are verse or labels, and longer ones are whole paragraphs.
_MIN_WIDTH, _MAX_WIDTH = 40, 120
# From this length on, a line is more likely a line of text than a heading.
_LONG_LINE = 60
# Where line breaks were typed by hand, a line that continues is at least this share of the longest one.
_MIN_LINE_SHARE = 0.6
# ... and before a capital, with its first word, at least this one.
_NEARLY_FULL = 0.9
# At most one break in this many may look as if it weren't wrapping.
_MIN_BREAKS_PER_EXCEPTION = 4
# What each line of a quoted mail, a comment or a box may begin with.
_FRAMES = ">#|;*"
# A gap between table columns. After a stop, two spaces are a typist's habit and no gap.
_COLUMN_GAP = re.compile(r"[^\s.!?:;,)\"'”’][ ]{2,}\S|\S\t")
# Characters that programs, commands and markup are full of.
_CODE_CHARACTERS = re.compile(r"[{};=|<>\\_]|\(\)|->|::|\$\w|^\s*[#@%]")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\uff00-\uffef\u3000-\u303f]")
_STOP_AT_END = re.compile(r"[.!?…。！？][\"'”’“‘»)\]*_]*\Z")
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


def iter_block_sentences(
    text: str, blocks: Iterable[tuple[BlockKind, int, int]]
) -> Iterator[tuple[int, int]]:
    """
    Yield the sentences of a document, none of which crosses the edge of a block.

    Args:
        text: Its canonical text.
        blocks: Kind, start and end of each block, in order.

    Returns:
        Ranges as :func:`sentences` returns them. A heading is one sentence, and so is each line of code.
    """
    for kind, start, end in blocks:
        if kind is BlockKind.CODE:
            lines = (_strip(text, *line) for line in _iter_lines(text, start, end))
            yield from ((first, last) for first, last in lines if first < last)
        elif kind is BlockKind.HEADING:
            yield _strip(text, start, end)
        else:
            for paragraph in iter_paragraphs(text, start, end):
                yield from iter_sentences(text, *paragraph)


def iter_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one paragraph, in memory that doesn't depend on its length."""
    for line_start, line_end in _iter_logical_lines(text, start, end):
        yield from _split_line(text, line_start, line_end)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return the paragraphs of a text: the ranges between blank lines, stripped, without empty ones."""
    return list(iter_paragraphs(text))


def iter_paragraphs(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """
    Yield the paragraphs of a text one by one, as :func:`paragraphs` returns them.

    Args:
        text: The whole text.
        start: Where to begin; the offset at which a paragraph starts.
        end: Where to end; None for the end of the text.
    """
    end = len(text) if end is None else end
    for blank in _BLANK_LINES.finditer(text, start, end):
        first, last = _strip(text, start, blank.start())
        if first < last:
            yield first, last
        start = blank.end()
    first, last = _strip(text, start, end)
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
    line_start = text.rfind("\n", 0, start) + 1
    indented = line_start if text[max(line_start, start - _MAX_WIDTH) : start].isspace() else start
    lines = _Lines.of(text, indented, end)
    wrapping = _Wrapping.of(lines) if text.find("\n", start, end) >= 0 else None
    if wrapping is None:
        yield from _iter_lines(text, start, end)
        return
    ranges, breaks = _iter_lines(text, start, end), itertools.pairwise(lines)
    logical_start, logical_end = next(ranges)
    for (line_start, line_end), (line, following) in zip(ranges, breaks, strict=True):
        if not wrapping.joins(line, following):
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


@dataclass(frozen=True, slots=True)
class _Lines:
    """
    The lines of one paragraph as strings, right-stripped; each iteration cuts them from the text again.

    Args:
        text: The whole text.
        start: Offset of the paragraph's first character.
        end: Offset one past its last character.
        frame: What each line begins with, such as ">" in a quoted mail; it isn't part of the strings.
    """

    text: str
    start: int
    end: int
    frame: str = ""

    @classmethod
    def of(cls, text: str, start: int, end: int) -> "_Lines":
        """Return the lines of a paragraph, and find their frame."""
        lines = cls(text, start, end)
        frame = text[start:end].lstrip()[:1]
        if frame not in _FRAMES or not frame:
            return lines
        framed = all(line.lstrip().startswith(frame) for line in lines)
        # In a list every line begins with an asterisk, in a box it also ends with one.
        boxed = frame != "*" or all(line.endswith(frame) for line in lines)
        return replace(lines, frame=frame) if framed and boxed else lines

    def __iter__(self) -> Iterator[str]:
        lines = (self.text[a:b].rstrip() for a, b in _iter_lines(self.text, self.start, self.end))
        if not self.frame:
            return lines
        return (line.lstrip().lstrip(self.frame).rstrip(f" {self.frame}") for line in lines)

    def __len__(self) -> int:
        return self.text.count("\n", self.start, self.end) + 1


class _Break(enum.Enum):
    """What the end of a line looks like."""

    FULL = enum.auto()
    """The next word didn't fit, and it goes on."""
    RUNS_ON = enum.auto()
    """The line isn't short, and it goes on."""
    CAPITAL = enum.auto()
    """The next word didn't fit, but it may begin something new: it has a capital."""
    ENDED = enum.auto()
    """The line ends in a stop, so that it doesn't matter whether it is joined with the next."""
    TERM = enum.auto()
    """The short line is a term, and its definition is indented below it."""
    APART = enum.auto()
    """The next line begins a list item, or one of them is a rule or a heading in capitals."""
    OTHER = enum.auto()


@dataclass(frozen=True, slots=True)
class _Wrapping:
    """
    How a paragraph of prose is broken into lines.

    Args:
        width: Length of the longest line.
        firm: Whether hardly any line begins with a capital, so that a capital is only a name.
    """

    width: int
    firm: bool = False

    @classmethod
    def of(cls, lines: _Lines) -> "_Wrapping | None":
        """Return the wrapping of a paragraph; None if it is a table, a poem or a program."""
        width, last = 0, ""
        for line in lines:
            width, last = max(width, _width(line)), line
            if width > _MAX_WIDTH:
                return None
        wrapping = cls(width)
        kinds = (wrapping.kind(line, following) for line, following in itertools.pairwise(lines))
        counts = Counter(kinds)
        first_line, second_line = itertools.islice(lines, 2)
        if wrapping.kind(first_line, second_line) is _Break.OTHER:
            counts[_Break.OTHER] -= 1  # it may be a heading, a time or a speaker
        ends_in_stop = bool(_STOP_AT_END.search(last[-_CONTEXT:].replace(":", ".")))
        is_definition = counts[_Break.TERM] == 1 and ends_in_stop
        if not (is_definition or width >= _MIN_WIDTH):
            return None
        going_on, capitals = counts[_Break.FULL] + counts[_Break.RUNS_ON], counts[_Break.CAPITAL]
        exceptions = counts[_Break.OTHER]
        # A list of long entries also fills its lines, but each entry begins with a capital and ends in no
        # stop.
        is_text = going_on >= max(1, capitals) or (capitals > 1 and ends_in_stop and not exceptions)
        if not (is_text or (is_definition and going_on >= capitals)):
            return None
        if exceptions * _MIN_BREAKS_PER_EXCEPTION > going_on + capitals + exceptions:
            return None
        # An editor breaks a line exactly where the next word doesn't fit, which is proof enough. People break
        # earlier, as verses and tables do, so there the text must also look like prose.
        if (counts[_Break.RUNS_ON] or exceptions) and not _is_prose(lines):
            return None
        return replace(wrapping, firm=going_on >= 2 * capitals)

    def joins(self, line: str, following: str) -> bool:
        """Return whether a line of the paragraph continues in the following one."""
        match self.kind(line, following):
            case _Break.APART | _Break.OTHER:
                return False
            case _Break.CAPITAL:
                # What ends in a bracket or a quotation mark may be a whole line, such as a copyright notice.
                return line[-1:].isalnum() or line[-1:] in ",-–—" or (self.firm and line[-1:] not in ":;")
            case _:
                return True

    def kind(self, line: str, following: str) -> _Break:
        """Return what the end of a line looks like."""
        is_rule = any(_RULE.match(one) for one in (line, following))
        if is_rule or _begins_item(line, following) or _is_heading_above(line, following):
            return _Break.APART
        if _STOP_AT_END.search(line[-_CONTEXT:]):
            return _Break.ENDED
        word = _first_word(following)
        goes_on = not word[:1].isupper() or _last_word(line).lower() in _CONTINUATION_WORDS
        hangs = _indent(following) > _indent(line)
        needed = _width(line) + _width(word) + (not _WIDE.match(word))
        if needed > self.width:
            # Below a long line of a list item, what is indented is the rest of the item.
            goes_on = goes_on or (hangs and len(line) >= _LONG_LINE and line[-1:].isalnum())
            return _Break.FULL if goes_on else _Break.CAPITAL
        if not goes_on and needed > _NEARLY_FULL * self.width and line[-1:].isalnum():
            return _Break.CAPITAL
        if goes_on and _width(line) >= _MIN_LINE_SHARE * self.width:
            return _Break.RUNS_ON
        return _Break.TERM if word[:1].islower() and hangs else _Break.OTHER


def _begins_item(line: str, following: str) -> bool:
    """Return whether a line begins a list item; in "by" and then "J. Smith" it doesn't."""
    if not _LIST_MARKER.match(following + " "):
        return False
    last = _last_word(line).lower()
    return last in ("and", "or") or last not in _CONTINUATION_WORDS | _BEFORE_NUMBERS


def _is_heading_above(line: str, following: str) -> bool:
    """Return whether a line is a heading in capitals above ordinary text."""
    return line.isupper() and not following.isupper() and len(line.split()) > 1


def _width(line: str) -> int:
    """Return the width of a line in characters, those of scripts without spaces as two."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def _first_word(line: str) -> str:
    """Return the first word of a line, which in a script without spaces is a letter."""
    word = next(iter(line.split(maxsplit=1)), "")
    return word[:1] if _WIDE.match(word) else word


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


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
    start, end = _strip(text, start, end)
    # Filings and transcripts may be in lower case throughout. A short line in lower case says nothing: it
    # may be a label such as "min. age".
    uncased = end - start > _MAX_WIDTH and text[start:end].islower()
    for terminator in _TERMINATOR.finditer(text, start, end):
        if _ends_sentence(text, start, terminator, end, uncased):
            yield _strip(text, start, terminator.end())
            start = terminator.end()
    if start < end:
        yield _strip(text, start, end)


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
    if following[:1].islower() and not (mark[0] in "。！？｡" or (uncased and mark in {".", "!", "?"})):
        return False  # "e.g. this", "“Why?” he asked", "Yahoo! is"
    if following[:1] in _NEVER_FIRST:
        return False  # "Fed. Sav. & Loan"
    if mark[:1] != "." or mark[1:].strip("0123456789"):
        return True
    before = text[max(start, terminator.start() - _CONTEXT) : terminator.start()]
    is_list_number = terminator.start() - start <= _MAX_LIST_NUMBER and _LIST_NUMBER.search(before)
    if is_list_number or _is_german_ordinal(before, following):
        return False  # "1. First item", "4.2. The tenant"
    word = _last_word(before).lstrip("([\"'“‘«„")
    if uncased:
        # Without capitals a single letter is the only sign of an initial: "j. smith".
        return not _is_abbreviation(word) and not _is_abbreviation(word.upper())
    return _is_end_after(word, following)


def _is_end_after(word: str, following: str) -> bool:
    """
    Return whether a full stop ends a sentence.

    Args:
        word: The word before the stop, which may be an abbreviation.
        following: What follows the stop, which doesn't begin with a small letter.
    """
    lower = word.lower()
    if lower in _NUMBERED_REFERENCES:
        return _REFERENCE.match(following) is None
    if lower in _MONTHS and word[:1].isupper():
        return not following[:1].isdigit()
    if len(word) == 1 and word.islower() and _SHORT_WORD.match(following):
        return False  # "z. B.", "s. Abb."
    if lower in _FINAL:
        return following[:1].isupper() and _DAY_OR_ZONE.match(following) is None
    return _starts_sentence(word, following) or not _is_abbreviation(word)


def _starts_sentence(abbreviation: str, following: str) -> bool:
    """Return whether what follows an abbreviation begins a sentence."""
    found = _WORD.match(following)
    if found is None or abbreviation.lower() in _TITLES or abbreviation in _FOREIGN_TITLES:
        return False
    word = found.group().lower()
    # "A. A. Milne": a single letter may be another initial.
    is_initial = len(word) == 1 and following[1:2] == "."
    return not is_initial and (
        word in _SENTENCE_STARTERS or (len(abbreviation) > 1 and word in _FOREIGN_STARTERS)
    )


def _is_german_ordinal(before: str, following: str) -> bool:
    """Return whether a full stop belongs to a German ordinal: "am 9. April", "im 19. Jahrhundert"."""
    if _GERMAN_ORDINAL.search(before) and _GERMAN_MONTH.match(following):
        return True
    if not (_GERMAN_ARTICLE.search(before) and (noun := _GERMAN_NOUN.match(following))):
        return False
    return noun.group().lower() not in _FOREIGN_STARTERS


def _last_word(text: str) -> str:
    """Return what follows the last white space; empty if the text ends in white space."""
    match = _LAST_WORD.search(text)
    return match.group() if match else ""


def _is_abbreviation(word: str) -> bool:
    """Return whether a full stop after *word* may belong to it: an abbreviation, initial or initialism."""
    initial = len(word) == 1 and word.isupper()
    initialism = re.fullmatch(r"(?:[^\W\d_]\.-?)+[^\W\d_]", word) is not None
    last_part = word.rsplit("-", 1)[-1].lower()
    return initial or initialism or last_part in ABBREVIATIONS or word in _FOREIGN_TITLES


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
