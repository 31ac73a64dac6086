"""The amounts and dates in a sentence, each as a whole: number, scale and unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from qa.answering.answerers.lexicon import stem, word_lists, words_in

MAX_UNIT_WORDS = 4


@dataclass(frozen=True, slots=True)
class Amount:
    """
    A number with what it counts or measures.

    Args:
        start: First code point within the text.
        end: One past the last, the unit included.
        number_end: One past the last of the number itself.
        value: The number, scales multiplied in; of a range the first.
        kind: The kind of unit, a name of the units' lists, or "" for things that are counted.
        things: Stems of the words of the unit.
        upper: Of a range the second number; otherwise None.
    """

    start: int
    end: int
    number_end: int
    value: Decimal
    kind: str
    things: frozenset[str]
    upper: Decimal | None = None

    def is_like(self, other: "Amount") -> bool:
        """Return whether both are of one kind, so that two values of them can be rivals."""
        if self.kind or other.kind:
            return self.kind == other.kind
        return bool(self.things & other.things) or not self.things or not other.things

    def same_value(self, other: "Amount") -> bool:
        """Return whether both are the same number or share a bound of a range."""
        return bool({self.value, self.upper} & {other.value, other.upper} - {None})


_SPELLED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_VALUES = {word: Decimal(at) for at, word in enumerate(_SPELLED.split())}
_VALUES |= {
    word: Decimal(10 * at)
    for at, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_VALUES |= {"dozen": Decimal(12), "half": Decimal("0.5"), "once": Decimal(1), "twice": Decimal(2)}
_SCALES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "bn": 10**9,
    "m": 10**6,
    "b": 10**9,
    "k": 10**3,
}
_SMALL = "|".join(sorted(_VALUES, key=len, reverse=True))
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|bn)\b"
_NUMBER = re.compile(
    rf"""
    (?<![\w.,/])(?<!\d[-–])
    (?P<currency>(?:US|AU|C|NZ)?[$€£¥]\s?)?
    (?P<sign>[-−+])?
    (?P<number>
        (?:{_FIGURE})(?:[MBK]\b|[ -]?(?:{_SCALE}))*
        |\b(?:{_SMALL})(?:[\s-]+(?:and\s+)?(?:{_SMALL}|{_SCALE}))*\b
    )
    (?P<again>\s\(\d+\))?
    (?P<percent>\s?%|\spercent\b|\sper\scent\b)?
    (?P<glued>(?:[a-zA-Zµ°]{{1,4}}\b)?(?:/[a-z]{{1,4}}\b)?)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:-|–|—|to|and|through|over)\s?", re.I)
_UNIT_WORD = re.compile(r"[ \u00a0-]([^\W\d_](?:[^\W\d_]|[’'-](?=\w))*)")
_PLURAL = re.compile(
    r"[ \u00a0](?!(?:across|always|besides|does|has|its|lies|perhaps|plus|sometimes|this|thus|was"
    r"|[a-z]*(?:ward|[su])s)\b)[a-z]{3,}s\b"
)
"""Another plural after a plural, which takes no verb in -s: "18,000 newsgroups posts"."""
_MODIFIER = re.compile(r"[ \u00a0]\d+(?:\.\d+)?-[^\W\d_]+(?=[ \u00a0][^\W\d_])")
"""A number that belongs to what is counted: "16-point" of "five 16-point treasures"."""
_PER = re.compile(
    r"(?:,? (?:a|an|per|each|every) |/)(second|minute|hour|day|week|month|year|quarter|person|head"
    r"|gallon|litre|liter|unit|acre|inhabitants)s?\b",
    re.I,
)
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan"
    r"|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?"
_TIME = r"\d{1,2}(?::\d\d){1,2}(?:\s?[ap]\.?m\.?)?|\d{1,2}\s?[ap]\.?m\b\.?"
_YEAR = r"(?:1[0-9]\d\d|20\d\d)(?:s\b|\b)"
# "RFC 1951" and "port 1812" are no years.
_NOT_LABELLED = "".join(
    rf"(?<!\b{label}[\s-])"
    for label in (
        "RFC",
        "ISO",
        "IEC",
        "PEP",
        "No\\.",
        "Nr\\.",
        "section",
        "page",
        "port",
        "room",
        "line",
        "form",
    )
)
DATE = re.compile(
    rf"""
    (?<![\w$€£.,]){_NOT_LABELLED}(?:
      (?:{_DAY},?\s)?(?:{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:\s?[-–]\s?\d{{1,2}})?(?:,?\s{_YEAR})?|(?:the\s)?\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}\b(?:,?\s{_YEAR})?|{_MONTH}\s(?:of\s)?{_YEAR})(?:,?\s(?:at\s)?(?:{_TIME}))?
    | (?:mon|tues|wednes|thurs|fri|satur|sun)day
    | \d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}
    | (?:(?:spring|summer|autumn|fall|winter|early|mid|late)[\s-](?:of\s)?)?{_YEAR}(?:\s?[-–/]\s?\d{{2,4}}\b)?
    | (?:q[1-4]|first\squarter|fiscal\s(?:year)?|fy)\s?{_YEAR}
    | {_TIME}
    )(?![\w%])
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A date, a year or a time of day, as far as it goes."""


def amounts(text: str) -> list[Amount]:
    """
    Return the amounts in *text*, in order, ranges as one; dates and section numbers aren't amounts.

    >>> text = "drawing 10mA from it and $3.2 million a year"
    >>> [text[a.start:a.end] for a in amounts(text)]
    ['10mA', '$3.2 million a year']
    """
    dates = [match.span() for match in DATE.finditer(text)]
    found: list[Amount] = []
    for match in _NUMBER.finditer(text):
        if match.group("number").lower() in {"one", "half"} and not match.group("again"):
            continue  # "one of them", "half of it": a pronoun more often than an amount
        if any(a <= match.start("number") < b and not _has_unit(text, match.end()) for a, b in dates):
            continue
        if re.match(r"(?:\.\d|[A-Za-z]*\d|\.[A-Za-z])", text[match.end() :]) or _is_reference(
            text, match.start()
        ):
            continue
        amount = _amount(text, match)
        if (
            found
            and _RANGE.fullmatch(text[found[-1].number_end : amount.start])
            and found[-1].end <= amount.start + 1
        ):
            first = found.pop()
            if _is_range(text, first, amount):
                start = _range_start(text, first.start)
                amount = Amount(
                    start,
                    amount.end,
                    amount.number_end,
                    first.value,
                    amount.kind or first.kind,
                    amount.things,
                    amount.value,
                )
            else:
                found.append(first)
        found.append(amount)
    return found


def _is_reference(text: str, start: int) -> bool:
    """Return whether the number names a place in a document or is a mark: "Section 5", "[12]", "page 4"."""
    before = text[max(0, start - 14) : start].lower()
    return (
        re.search(
            r"(?:\b(?:section|sec\.|page|pages|table|figure|fig\.|chapter|article|title|part|step"
            r"|note|no\.|number|version|v\.|rule|§+|item|form|level|code)\s?|\[|#)$",
            before,
        )
        is not None
    )


def _has_unit(text: str, end: int) -> bool:
    """Return whether what follows a number that looks like a year measures it: "2000 hours"."""
    found = _UNIT_WORD.match(text, end)
    return found is not None and bool(unit_kind(found.group(1).lower()))


def _amount(text: str, match: re.Match[str]) -> Amount:
    value = number_value(match.group("number"))
    end = match.end()
    number_end = (
        match.end("percent")
        if match.group("percent")
        else (match.end("again") if match.group("again") else match.end("number"))
    )
    glued = (match.group("glued") or "").lower()
    if glued in {"st", "nd", "rd", "th", "s"}:
        return Amount(match.start(), end, end, value, "ordinal", frozenset())
    if match.group("percent"):
        return Amount(match.start(), number_end, number_end, value, "percent", frozenset())
    words: list[str] = []
    closing = words_in("closes_phrase")
    if not glued:
        end = number_end
        while len(words) < MAX_UNIT_WORDS:
            if modifier := _MODIFIER.match(text, end):
                end = modifier.end()
            found = _UNIT_WORD.match(text, end)
            if found is None or found.group(1).lower() in closing or _is_verb_like(found.group(1), words):
                break
            joined = text[end] == "-"
            words.append(found.group(1).lower())
            end = found.end()
            if joined and not unit_kind(words[-1]):
                break  # "16-point treasures" are not 16 treasures
            if unit_kind(words[-1]) or (
                words[-1].endswith("s") and not words[-1].endswith("ss") and not _PLURAL.match(text, end)
            ):
                break
    per = _PER.match(text, _past_marks(text, end))
    if per and (words or glued or match.group("currency")):
        end = per.end()
    kind = "money" if match.group("currency") else unit_kind(glued) if glued else _first_kind(words)
    if per and kind in {"length", ""} and per.group(1) in {"second", "minute", "hour"} and kind:
        kind = "speed"
    things = frozenset(stem(word) for word in ([glued] if glued else words))
    return Amount(
        match.start(), end, number_end, value, kind, things if not kind or kind == "other" else frozenset()
    )


def _past_marks(text: str, end: int) -> int:
    """Return where a run of superscript figures ends."""
    while end < len(text) and text[end] in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        end += 1
    return end


def _is_verb_like(word: str, before: Sequence[str]) -> bool:
    """Return whether a word after a number can't be part of its unit: "23 launched", "five including"."""
    return (
        word.lower().endswith(("ing", "ed", "ly"))
        and word.islower()
        and bool(before or word.lower().endswith("ly"))
    )


def _first_kind(words: Sequence[str]) -> str:
    return next((kind for kind in map(unit_kind, words) if kind), "")


def unit_kind(word: str) -> str:
    """Return the kind of a unit, or "" if the word is none."""
    word = word.lower()
    measured = word.removesuffix("-old").removesuffix("-long")  # "13-year-old", "three-hour-long"
    for kind, units in word_lists()["units"].items():
        if measured in units:
            return str(kind)
    return ""


def _is_range(text: str, first: Amount, second: Amount) -> bool:
    joint = text[first.number_end : second.start].strip().lower()
    if joint == "and":
        return re.search(r"\bbetween\s+$", text[max(0, first.start - 10) : first.start], re.I) is not None
    if joint == "over":  # a blood pressure
        return not (first.kind or first.things or second.kind)
    return first.kind == second.kind or not (first.kind or first.things)


def _range_start(text: str, start: int) -> int:
    found = re.search(r"\b(?:between|from)\s+$", text[max(0, start - 10) : start], re.I)
    return max(0, start - 10) + found.start() if found else start


def number_value(text: str) -> Decimal:
    """
    Return the value of a number in figures or words.

    >>> number_value("3.2 million"), number_value("twenty-three"), number_value("1,041")
    (Decimal('3200000.0'), Decimal('23'), Decimal('1041'))
    """
    total = part = Decimal(0)
    for word in re.findall(r"\d[\d,]*(?:\.\d+)?|[a-z]+", text.lower()):
        if word[0].isdigit():
            try:
                part += Decimal(word.replace(",", ""))
            except InvalidOperation:
                continue
        elif word in _SCALES and word != "hundred":
            total += (part or 1) * _SCALES[word]
            part = Decimal(0)
        elif word == "hundred":
            part = (part or Decimal(1)) * 100
        elif word in _VALUES:
            part += _VALUES[word]
    return total + part
