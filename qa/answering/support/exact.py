"""
Exact comparison of a statement with the words of a source: numbers with units, dates, names, negation.

It finds what a statement adds or changes. It doesn't find a paraphrase; comparing the words does.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from index import ENGLISH, word_stems
from qa.answering.dictionaries import is_known

NEGATED_WORDS = 4
"""Maximum number of content words that a negation is taken to negate."""
TOLERANCE = Decimal("0.06")
"""Share by which a number after a word such as "about" may differ."""
SMALL = 12
"""Numbers up to this one may count what a sentence lists itself, if they have no unit."""
NEARER = 1.5
"""By how much nearer to another number the words of a statement must be to belong to that one."""
_MIN_SAME_PREFIX = 4
_YEARS = range(1000, 2200)

_NUMBER = re.compile(
    r"(?<![\w.,])(?P<before>us\$|[$€£])?\s?"
    r"(?P<number>\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
    r"(?P<ordinal>st|nd|rd|th)?(?![\d])"
)
_AFTER = re.compile(r"[\s\u00a0-]*(%|°\s?[cf]?|€|\$|£|[^\W\d_]+(?:-[^\W\d_]+)?)")
_DIGIT_AND_LETTER = re.compile(r"(?<=\d)(?=(?!st|nd|rd|th)[^\W\d_]{2})")
"""Where a unit follows its number without a space: 6dB."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN = re.compile(r"[^\W\d_]+|\d[\d.,]*")
_NAME = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_][\w'’]*(?:[-&.][\w]+)*")
_CLAUSE_END = re.compile(r"[,;:.!?()]|\b(?:but|aber|mais|pero|ma|maar|mas|and|und|et)\b")
_ISO = re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b")
_DOTTED = re.compile(r"\b(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>\d{4})\b")
_YEAR = re.compile(r"(?<![\d.,$€£-])(?:1[0-9]|20|21)\d\d(?![\d]|[.,]\d)")

MIN_SHARES = 2
"""Minimum words with a percentage that make a list."""
_SHARE = re.compile(r"\b([^\W\d_]\w{1,40})[ \u00a0]?[(:]?[ \u00a0]?(\d{1,3}(?:[.,]\d{1,4})?)[ \u00a0]?%")


@dataclass(frozen=True, slots=True)
class Figure:
    """
    A number of a text.

    Args:
        values: Its values; "1.234" may be either of two.
        unit: Its unit, or the stem of the word after it; empty without one.
        is_approximate: Whether a word such as "about" is before it.
        is_known_unit: Whether *unit* is one of the listed units.
        limit: -1 for "at most" and the like, 1 for "at least", 0 without such words.
    """

    values: frozenset[Decimal]
    unit: str
    is_approximate: bool = False
    is_known_unit: bool = False
    limit: int = 0

    def same_value(self, other: "Figure") -> bool:
        """Return whether both may be the same number."""
        if self.values & other.values:
            return True
        if not (self.is_approximate or other.is_approximate):
            return False
        return any(
            abs(one - another) <= TOLERANCE * max(abs(one), abs(another))
            for one in self.values
            for another in other.values
        )

    def same_unit(self, other: "Figure") -> bool:
        """Return whether both may count the same thing."""
        return self.unit == other.unit or not (self.is_known_unit or other.is_known_unit)


@dataclass(frozen=True, slots=True)
class Date:
    """A date, or what is known of it."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def agrees(self, other: "Date") -> bool:
        """Return whether no part that both have differs."""
        pairs = zip(self.parts(), other.parts(), strict=True)
        return all(one is None or another is None or one == another for one, another in pairs)

    def is_covered_by(self, other: "Date") -> bool:
        """Return whether *other* has all that is known of this date."""
        pairs = zip(self.parts(), other.parts(), strict=True)
        return all(one is None or one == another for one, another in pairs)

    def parts(self) -> tuple[int | None, int | None, int | None]:
        """Return year, month and day."""
        return self.year, self.month, self.day


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What is compared exactly between two texts.

    Args:
        text: The text in lower case.
        stems: Stems of its content words, without numbers and dates.
        figures: Its numbers, without those of dates.
        dates: Its dates.
        names: Its names, each a word.
        negated: Stems of the words that it negates.
        words: Its words in lower case.
        denied: Each word that says "not" by itself, such as "forbidden", with the stems of its clause.
    """

    text: str
    stems: frozenset[str]
    figures: tuple[Figure, ...]
    dates: tuple[Date, ...]
    names: tuple[str, ...]
    negated: frozenset[str]
    words: frozenset[str]
    denied: tuple[tuple[str, frozenset[str]], ...] = ()


@lru_cache(maxsize=4096)
def facts(text: str, language: str) -> Facts:
    """Return what can be compared of *text*."""
    plain = _DIGIT_AND_LETTER.sub(" ", " ".join(text.split()))
    lower = plain.lower()
    dates, spans = _dates(lower)
    undated = _without(lower, spans)
    figures = tuple(_figures(undated))
    # Numbers and dates are compared by their values.
    words = (word for word in _WORD.findall(undated) if word not in _numbers("words"))
    return Facts(
        lower,
        frozenset(word_stems(" ".join(words), language)),
        figures,
        tuple(dates),
        tuple(_names(plain, language)),
        frozenset(_negated(lower, language)),
        frozenset(word.replace("’", "'") for word in _WORD.findall(lower)),
        tuple(_denied(lower, language)),
    )


def missing_figures(statement: Facts, source: Facts) -> list[Figure]:
    """Return the numbers of the statement that the source doesn't have."""
    years = [
        Figure(frozenset({Decimal(date.year)}), "") for date in source.dates if date.year and not date.month
    ]
    known = (*source.figures, *years)
    return [
        figure
        for figure in statement.figures
        if not any(figure.same_value(other) and figure.same_unit(other) for other in known)
    ]


def missing_dates(statement: Facts, source: Facts) -> list[Date]:
    """Return the dates of the statement that the source doesn't have, or doesn't have whole."""
    numbers = {value for figure in source.figures for value in figure.values}
    return [
        date
        for date in statement.dates
        if not any(date.is_covered_by(other) for other in source.dates)
        and not (date.year and not date.month and Decimal(date.year) in numbers)
    ]


def other_figure(figure: Figure, source: Facts) -> bool:
    """Return whether the source has another number of the same unit."""
    return bool(figure.unit) and any(other.unit == figure.unit for other in source.figures)


def has_other_limit(statement: Facts, source: Facts) -> bool:
    """Return whether the statement has "less than" at a number that the source has "more than" at."""
    return any(
        figure.limit * other.limit < 0 and figure.values & other.values
        for figure in statement.figures
        for other in source.figures
    )


def is_nearer_to_other_figure(statement: Facts, source: Facts) -> bool:
    """
    Return whether the statement's words are at another number of the source than the statement's number.

    "Closing costs are $5,851" isn't what "closing costs $8,791 include $5,851 in loan costs" says.
    """
    if len(statement.figures) != 1 or len(source.figures) < 2:
        return False
    (figure,) = statement.figures
    others = [other for other in source.figures if other.unit == figure.unit and not figure.same_value(other)]
    if not others or not any(figure.values & other.values for other in source.figures):
        return False
    tokens = _TOKEN.findall(source.text)
    places: dict[str, list[int]] = {}
    numbers: list[tuple[int, frozenset[Decimal]]] = []
    for at, token in enumerate(tokens):
        if token[0].isdigit():
            numbers.append((at, _readings(token.rstrip(".,"))))
        elif token in statement.words and token not in _function_words():
            places.setdefault(token, []).append(at)
    if not places:
        return False

    def nearness(values: frozenset[Decimal]) -> float:
        return max(
            (
                sum(1 / min(abs(at - place) for place in each) for each in places.values())
                for at, found in numbers
                if found & values
            ),
            default=0.0,
        )

    own = nearness(figure.values)
    return own > 0 and any(nearness(other.values) > NEARER * own for other in others)


def other_date(date: Date, source: Facts) -> bool:
    """Return whether the source has a date of the same precision that differs."""
    known = tuple(part is not None for part in date.parts())
    return any(
        tuple(part is not None for part in other.parts()) == known and not date.agrees(other)
        for other in source.dates
    )


def missing_names(statement: Facts, source: Facts) -> list[str]:
    """Return the names of the statement that the source has in no form."""
    return [name for name in statement.names if not _has_name(name, source)]


def is_negated_differently(statement: Facts, source: Facts) -> bool:
    """Return whether one text negates words that the other has without a negation."""
    if statement.negated & source.negated:
        return False
    if statement.negated and not source.negated and _implies_negation(source, statement):
        return False
    if source.negated and not statement.negated and _implies_negation(statement, source):
        return False
    return bool(statement.negated & source.stems) or _negates_most(source, statement)


def _implies_negation(text: Facts, negated: Facts) -> bool:
    """Return whether a text says by another word what *negated* negates: "forbidden" for "must not"."""
    return any(stems & negated.negated for word, stems in text.denied if word not in negated.words)


def are_alternatives(one: str, other: str) -> bool:
    """Return whether two words exclude each other: opposites, or two days of the week."""
    sides = ((one, other), (other, one))
    return any(
        here in left and there in right for left, right in _opposites() for here, there in sides
    ) or any(one in kind and other in kind for kind in _kinds())


def has_opposite(statement: Facts, source: Facts) -> bool:
    """Return whether the source has the opposite of a word of the statement in its place."""
    for one, other in _opposites():
        for here, there in ((one, other), (other, one)):
            said, written = statement.words & here, source.words & there
            if (
                said
                and written
                and not statement.words & there
                and not source.words & here
                # "Not allowed" is the same as "forbidden".
                and _are_negated(said, statement) == _are_negated(written, source)
            ):
                return True
    return False


def _are_negated(words: Iterable[str], text: Facts) -> bool:
    return any(stem in text.negated for word in words for stem in word_stems(word, ENGLISH))


def has_other_share(statement: Facts, source: Facts) -> bool:
    """Return whether a name has another percentage than in a source that lists several of them."""
    listed = _shares(source.text)
    if len(listed) < MIN_SHARES:
        return False
    names = {word for name in statement.names for word in name.lower().split()}
    return any(
        name in names and name in listed and not shares <= listed[name]
        for name, shares in _shares(statement.text).items()
    )


def _shares(text: str) -> dict[str, set[str]]:
    """Return the percentages that directly follow each word: "uk (8%)", "belgium 8 %"."""
    found: dict[str, set[str]] = {}
    for name, share in _SHARE.findall(text):
        found.setdefault(name, set()).add(share.replace(",", "."))
    return found


def is_stronger(statement: Facts, source: Facts, known: frozenset[str]) -> bool:
    """
    Return whether a statement says more than the source.

    It makes a duty of what the source permits, says of all or of one thing alone what the source doesn't, or
    has words besides where the source says "only".

    Args:
        statement: The statement.
        source: The words that would be cited.
        known: Stems of the words around them.
    """
    duty, permission = _modality("obligation"), _modality("permission")
    is_duty = bool(statement.words & duty) and not source.words & duty and bool(source.words & permission)
    is_universal = bool(statement.words & _modality("universal")) and not source.words & _modality(
        "universal_too"
    )
    says_only = bool(statement.words & _modality("exclusive_too"))
    is_exclusive = bool(statement.words & _modality("exclusive")) and not (
        source.words & _modality("exclusive_too")
    )
    is_beyond = not says_only and bool(source.words & _modality("exclusive")) and not statement.stems <= known
    return is_duty or is_universal or is_exclusive or is_beyond


def answers_yes_or_no(text: str) -> bool:
    """
    Return whether a sentence begins with a yes or a no.

    >>> answers_yes_or_no("Yes, dogs may travel."), answers_yes_or_no("No dog may travel.")
    (True, False)
    """
    first = re.match(r"\W*([^\W\d_]+)\s*[,;:.!–—-]", text.lower())
    return first is not None and first[1] in _data()["answers"]["words"].split()


def _negates_most(source: Facts, statement: Facts) -> bool:
    """Return whether the source negates most of what the statement has of it; it may say more besides."""
    negated = source.negated & statement.stems
    return 2 * len(negated) >= len(source.negated) > 0


def _dates(lower: str) -> tuple[list[Date], list[tuple[int, int]]]:
    """Return the dates of a text and where they are."""
    found: list[tuple[tuple[int, int], Date]] = []
    taken: list[tuple[int, int]] = []

    def add(match: re.Match[str], year: str | None, month: int | None, day: str | None) -> None:
        start, end = match.span()
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            return
        taken.append((start, end))
        found.append(((start, end), Date(int(year) if year else None, month, int(day) if day else None)))

    for match in _ISO.finditer(lower):
        add(match, match["y"], int(match["m"]), match["d"])
    for match in _DOTTED.finditer(lower):
        day, month = match["d"], match["m"]
        if "/" in match[0] and (int(month) > 12 or int(day) <= 12):
            day, month = month, day  # the American order
        if 1 <= int(month) <= 12:
            add(match, match["y"], int(month), day)
    for pattern in _month_patterns():
        for match in pattern.finditer(lower):
            groups = match.groupdict()
            add(match, groups.get("y"), _months()[match["month"].rstrip(".")], groups.get("d"))
    for match in _YEAR.finditer(lower):
        if not _unit_after(lower, match.end())[1]:
            add(match, match[0], None, None)
    found.sort(key=lambda each: each[0])
    return [date for _, date in found], taken


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the text with the ranges blanked."""
    for start, end in spans:
        text = text[:start] + "|" + " " * (end - start - 1) + text[end:]
    return text


def _figures(lower: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(lower):
        values = _readings(match["number"])
        end = match.end()
        scale, end = _scale_after(lower, end)
        unit, is_known = (_units()[match["before"]], True) if match["before"] else _unit_after(lower, end)
        values = frozenset(value * scale for value in values)
        yield Figure(
            values, unit, _is_approximate(lower, match.start()), is_known, _limit(lower, match.start())
        )
    yield from _spelled(lower)


def _spelled(lower: str) -> Iterator[Figure]:
    """Yield the numbers in words: 46 for "forty-six"."""
    words = list(_WORD.finditer(lower))
    small, scales = _numbers("words"), _numbers("scales")
    at = 0
    while at < len(words):
        if words[at][0] not in small:
            at += 1
            continue
        first, total, part = at, Decimal(0), Decimal(0)
        while at < len(words):
            word = words[at][0]
            if at > first and not re.fullmatch(r"[\s-]+", lower[words[at - 1].end() : words[at].start()]):
                break
            if word in small and (part % 100 == 0 or (part % 10 == 0 and small[word] < 10)):
                part += small[word]
            elif len(word) > 2 and word in scales:
                total, part = (
                    (total, part * 100) if word == "hundred" else (total + part * scales[word], Decimal(0))
                )
            else:
                break
            at += 1
        unit, is_known = _unit_after(lower, words[at - 1].end())
        start = words[first].start()
        yield Figure(
            frozenset({total + part}), unit, _is_approximate(lower, start), is_known, _limit(lower, start)
        )


def _readings(number: str) -> frozenset[Decimal]:
    """Return the values that a number may have: its separators may be of thousands or of decimals."""
    plain = re.sub(r"['’\u00a0\u202f ]", "", number)
    marks = re.findall(r"[.,]", plain)
    if not marks:
        return frozenset({Decimal(plain)})
    if len(set(marks)) == 2:
        thousands, decimal = marks[0], marks[-1]
        return frozenset({Decimal(plain.replace(thousands, "").replace(decimal, "."))})
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain)
    values = set()
    if grouped:
        values.add(Decimal(re.sub(r"[.,]", "", plain)))
    if len(marks) == 1:
        values.add(Decimal(plain.replace(",", ".")))
    return frozenset(values)


def _scale_after(lower: str, end: int) -> tuple[int, int]:
    match = _AFTER.match(lower, end)
    scales = _numbers("scales")
    if match and match[1] in scales:
        joined = match[0] == match[1]
        if len(match[1]) > 1 or joined:
            return scales[match[1]], match.end()
    return 1, end


def _unit_after(lower: str, end: int) -> tuple[str, bool]:
    """Return the unit or the start of the word after a number, and whether it is a known unit."""
    match = _AFTER.match(lower, end)
    if not match:
        return "", False
    word = match[1].replace(" ", "")
    for form in (word, word.split("-")[0]):
        if form in _units():
            return _units()[form], True
    return ("", False) if word in _function_words() else (word.removesuffix("s")[:6], False)


def _is_approximate(lower: str, start: int) -> bool:
    before = _WORD.findall(lower[max(0, start - 16) : start])
    return bool(before) and before[-1] in _approximate()


def _limit(lower: str, start: int) -> int:
    before = lower[max(0, start - 24) : start]
    return next((sign for pattern, sign in _limits() if pattern.search(before)), 0)


def _names(plain: str, language: str) -> Iterator[str]:
    """Yield capitalised words, but not the first of a sentence; in German every noun is capitalised."""
    if language == "de":
        return
    for match in _NAME.finditer(plain):
        word = match[0].rstrip(".'’").removesuffix("'s").removesuffix("’s")
        if len(word) < 2 or not word[0].isupper():
            continue
        is_first = (
            not plain[: match.start()].strip(" \"“'(-*•")
            or plain[: match.start()].rstrip(" \"“'(")[-1:] in ".!?:"
        )
        is_shouted = sum(char.isupper() for char in word) > 1
        is_common = language != ENGLISH or is_known(word.lower(), ENGLISH)
        if (
            (is_first and not is_shouted and is_common)
            or word.lower() in _function_words()
            or word.lower() in _months()
        ):
            continue
        yield word


def _has_name(name: str, source: Facts) -> bool:
    lower = name.lower()
    if lower in source.words or lower in source.text:
        return True
    plain = lower.replace(".", "")
    for word in source.words:
        shared = len(_common_prefix(plain, word))
        if shared >= _MIN_SAME_PREFIX and shared >= 0.7 * max(len(plain), len(word)):
            return True
    if name.isupper() and len(plain) >= 2 and plain in _initials(source.text):
        return True
    return any(
        plain in group and any(_contains_phrase(source.text, other) for other in group)
        for group in _aliases()
    )


def content_words(text: Facts) -> list[str]:
    """Return the words of a text that have a meaning of their own, without its names, in order."""
    names = {name.lower() for name in text.names}
    return [
        word
        for word in dict.fromkeys(_WORD.findall(text.text))
        if len(word) > 2 and word not in _function_words() and word not in names
    ]


def _contains_phrase(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase.replace('-', ' '))}(?!\w)", text) is not None


@lru_cache(maxsize=1024)
def _initials(text: str) -> str:
    """Return the initials of the words of a text, without "of" and the like."""
    return "".join(
        word[0] for word in _WORD.findall(text) if word not in {"of", "the", "and", "for", "in", "on"}
    )


def _common_prefix(one: str, other: str) -> str:
    for at, (first, second) in enumerate(zip(one, other, strict=False)):
        if first != second:
            return one[:at]
    return one[: min(len(one), len(other))]


def _negated(lower: str, language: str) -> Iterator[str]:
    for idiom in _data()["negation"]["idioms"]:
        lower = lower.replace(idiom, " " * len(idiom))
    for match in _WORD.finditer(lower):
        if match[0].replace("’", "'") in _cues():
            end = _CLAUSE_END.search(lower, match.end())
            clause = lower[match.end() : end.start() if end else len(lower)]
            if _data_words("conditions") & set(_WORD.findall(clause)):
                continue  # what isn't so until or unless something happens is so then
            yield from word_stems(clause, language)[:NEGATED_WORDS]


def _denied(lower: str, language: str) -> Iterator[tuple[str, frozenset[str]]]:
    for match in _WORD.finditer(lower):
        if match[0] in _data_words("implied"):
            before = [*_CLAUSE_END.finditer(lower, 0, match.start())]
            after = _CLAUSE_END.search(lower, match.end())
            start, end = before[-1].end() if before else 0, after.start() if after else len(lower)
            yield match[0], frozenset(word_stems(lower[start:end], language))


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((files("qa.answering.support") / "support_words.toml").read_text(encoding="utf-8"))


@cache
def _modality(name: str) -> frozenset[str]:
    return frozenset(_data()["modality"][name].split())


@cache
def _numbers(name: str) -> Mapping[str, int]:
    pairs = (pair.split("=") for pair in _data()["numbers"][name].split())
    return {word: int(value) for word, value in pairs}


@cache
def _data_words(name: str) -> frozenset[str]:
    """Return a list of words about negation."""
    return frozenset(_data()["negation"][name].split())


@cache
def _cues() -> frozenset[str]:
    return frozenset(_data()["negation"]["cues"].split())


@cache
def _limits() -> Sequence[tuple[re.Pattern[str], int]]:
    """Return patterns of the words just before a number, with -1 for a maximum and 1 for a minimum."""
    signs = dict.fromkeys(_data()["limits"]["maximum"], -1) | dict.fromkeys(_data()["limits"]["minimum"], 1)
    longest_first = sorted(signs, key=len, reverse=True)  # "no less than" isn't "less than"
    return [(re.compile(rf"(?<!\w){re.escape(words)}\W*$"), signs[words]) for words in longest_first]


@cache
def _approximate() -> frozenset[str]:
    return frozenset(_data()["numbers"]["approximate"].split())


@cache
def framing_words() -> frozenset[str]:
    """Return the words of sentences that only introduce or connect others."""
    return frozenset(_data()["framing"]["words"].split())


@cache
def _opposites() -> Sequence[tuple[frozenset[str], frozenset[str]]]:
    return [
        (frozenset(one.split()), frozenset(other.split())) for one, other in _data()["opposites"]["pairs"]
    ]


@cache
def _kinds() -> Sequence[frozenset[str]]:
    return [frozenset(kind.split()) for kind in _data()["opposites"]["kinds"]]


@cache
def _units() -> Mapping[str, str]:
    return {form: unit for unit, forms in _data()["units"].items() for form in forms.split()}


@cache
def _months() -> Mapping[str, int]:
    return {name: at for at, names in enumerate(_data()["months"]["names"], 1) for name in names.split()}


@cache
def _aliases() -> Sequence[frozenset[str]]:
    return [frozenset(group.split()) for group in _data()["aliases"]["groups"]]


@cache
def _function_words() -> frozenset[str]:
    from index import languages

    return frozenset(word for language in languages().values() for word in language.words)


@cache
def _month_patterns() -> Sequence[re.Pattern[str]]:
    month = rf"(?P<month>{'|'.join(sorted(_months(), key=len, reverse=True))})\b\.?"
    year = r"(?P<y>(?:1\d|20|21)\d\d)\b"
    day = r"(?P<d>\d{1,2})(?:st|nd|rd|th|\.|er)?"
    of = r"(?:\s*(?:de|of|del|di)\s+|\s*,?\s*)"
    return [
        re.compile(rf"\b{day}{of}{month}{of}{year}"),
        re.compile(rf"\b{month}\s*{day}(?:,\s*|\s+){year}"),
        re.compile(rf"\b{month}{of}{year}"),
        re.compile(rf"\b{day}{of}{month}"),
        re.compile(rf"\b{month}\s*{day}\b(?![.,]\d|\s*(?:%|percent))"),
    ]
