"""
The numbers that Word puts before paragraphs: they stand nowhere in the text, yet a contract is cited by them.

A paragraph names a list and a level. What a level's number looks like, ``%1.%2`` or ``(%3)``, is told once
for an abstract list, whose concrete ones count on together unless one says where it starts anew.
"""

from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = {
    "m": 1000, "cm": 900, "d": 500, "cd": 400, "c": 100, "xc": 90,
    "l": 50, "xl": 40, "x": 10, "ix": 9, "v": 5, "iv": 4, "i": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    style: str


class Numbering:
    """
    Counts the numbered paragraphs of a document, which must be asked for in their order.

    Args:
        root: The root of ``numbering.xml``; None for a document without lists.
    """

    def __init__(self, root: Any | None) -> None:
        found = root if root is not None else ()
        abstract = {said(one, "abstractNumId"): _levels(one) for one in found if one.tag == f"{W}abstractNum"}
        lists = {said(one, "numId"): one for one in found if one.tag == f"{W}num"}
        self._abstract_of = {number: said(one.find(f"{W}abstractNumId")) for number, one in lists.items()}
        self._levels = {number: abstract.get(of, {}) for number, of in self._abstract_of.items()}
        self._starts = {number: _starts_anew(one) for number, one in lists.items()}
        self._counts: dict[str, dict[int, int]] = {}
        self._seen: set[tuple[str, int]] = set()

    def level_of(self, number: str, style: str) -> int:
        """The level of list *number* that paragraphs of a style have."""
        levels = self._levels.get(number, {})
        return next((at for at, level in levels.items() if level.style == style), 0)

    def next(self, number: str, at: int) -> str:
        """
        What stands before the next paragraph of list *number* at a level, from 0; empty for a bullet.

        The second clause under the fourth heading, ``%1.%2``: ``4.2``.
        """
        level = self._levels.get(number, {}).get(at)
        if level is None:
            return ""
        counts = self._counts.setdefault(self._abstract_of[number], {})
        start = level.start
        if at in self._starts[number] and (number, at) not in self._seen:
            start = self._starts[number][at]
            counts.pop(at, None)
        self._seen.add((number, at))
        counts[at] = counts.get(at, start - 1) + 1
        for deeper in [deeper for deeper in counts if deeper > at]:
            del counts[deeper]
        return "" if level.form == "bullet" else self._written(number, level, counts)

    def _written(self, number: str, level: _Level, counts: dict[int, int]) -> str:
        text = level.text
        for at, other in self._levels[number].items():
            text = text.replace(f"%{at + 1}", counted(counts.get(at, other.start), other.form))
        return text.strip()


def _levels(abstract: Any) -> dict[int, _Level]:
    found = {}
    for level in abstract.iterchildren(f"{W}lvl"):
        found[whole(said(level, "ilvl"))] = _Level(
            start=whole(said(level.find(f"{W}start")), 1),
            form=said(level.find(f"{W}numFmt")) or "decimal",
            text=said(level.find(f"{W}lvlText")),
            style=said(level.find(f"{W}pStyle")),
        )
    return dict(sorted(found.items()))


def _starts_anew(concrete: Any) -> dict[int, int]:
    """Level to first number, where a concrete list doesn't count on."""
    return {
        whole(said(override, "ilvl")): whole(said(start), 1)
        for override in concrete.iterchildren(f"{W}lvlOverride")
        if (start := override.find(f"{W}startOverride")) is not None
    }


def said(element: Any | None, name: str = "val") -> str:
    """An attribute of Word's; empty where it, or the element, is missing: a list never costs the document."""
    return "" if element is None else str(element.get(f"{W}{name}") or "")


def whole(value: str, otherwise: int = 0) -> int:
    """A whole number of a sensible size."""
    return int(value) if value.isdecimal() and len(value) < 6 else otherwise


def counted(count: int, form: str) -> str:
    """A count in a number format of Word's; one that isn't known is written in figures."""
    match form:
        case "lowerLetter" | "upperLetter":
            letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)  # after z comes aa, then bb
            return letter.upper() if form == "upperLetter" else letter
        case "lowerRoman" | "upperRoman":
            return _roman(count).upper() if form == "upperRoman" else _roman(count)
        case "decimalZero":
            return f"{count:02}"
        case "none":
            return ""
        case _:
            return str(count)


def _roman(count: int) -> str:
    written = ""
    for letters, value in _ROMAN.items():
        times, count = divmod(count, value)
        written += letters * times
    return written
