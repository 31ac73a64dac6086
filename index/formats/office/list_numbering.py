"""
Compute the numbers that Word prints before paragraphs.

They aren't in the text, yet people cite a contract by them. A paragraph names a list and a level. The format
of a level, such as ``%1.%2`` or ``(%3)``, belongs to an abstract list. The lists based on it continue each
other's numbers unless one of them overrides the start.
"""

from dataclasses import dataclass
from typing import Any

from index.formats.common.list_numbers import format_count, parse_count
from index.formats.office.ooxml import W, attribute


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    style: str


class Numbering:
    """
    Counts the numbered paragraphs of a document; :meth:`next` must be called in their order.

    Args:
        root: The root of ``numbering.xml``; None for a document without lists.
    """

    def __init__(self, root: Any | None) -> None:
        found = root if root is not None else ()
        abstract = {
            attribute(one, "abstractNumId"): _levels(one) for one in found if one.tag == f"{W}abstractNum"
        }
        lists = {attribute(one, "numId"): one for one in found if one.tag == f"{W}num"}
        self._abstract_of = {
            number: attribute(one.find(f"{W}abstractNumId")) for number, one in lists.items()
        }
        self._levels = {number: abstract.get(of, {}) for number, of in self._abstract_of.items()}
        self._starts = {number: _start_overrides(one) for number, one in lists.items()}
        self._counts: dict[str, dict[int, int]] = {}
        self._seen: set[tuple[str, int]] = set()

    def level_of(self, number: str, style: str) -> int:
        """Return the level of list *number* that belongs to a style; 0 if none does."""
        levels = self._levels.get(number, {})
        return next((at for at, level in levels.items() if level.style == style), 0)

    def next(self, number: str, at: int) -> str:
        """
        Return the number of the next paragraph of list *number*; empty for a bullet.

        Example: ``4.2`` for the second clause under the fourth heading, with the format ``%1.%2``.

        Args:
            number: The list's ``numId``.
            at: The level, from 0.
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
        # A number at an outer level restarts all inner ones.
        for deeper in [deeper for deeper in counts if deeper > at]:
            del counts[deeper]
        return "" if level.form == "bullet" else self._format(number, level, counts)

    def _format(self, number: str, level: _Level, counts: dict[int, int]) -> str:
        text = level.text
        for at, other in self._levels[number].items():
            text = text.replace(f"%{at + 1}", format_count(counts.get(at, other.start), other.form))
        return text.strip()


def _levels(abstract: Any) -> dict[int, _Level]:
    found = {}
    for level in abstract.iterchildren(f"{W}lvl"):
        found[parse_count(attribute(level, "ilvl"))] = _Level(
            start=parse_count(attribute(level.find(f"{W}start")), 1),
            form=attribute(level.find(f"{W}numFmt")) or "decimal",
            text=attribute(level.find(f"{W}lvlText")),
            style=attribute(level.find(f"{W}pStyle")),
        )
    return dict(sorted(found.items()))


def _start_overrides(concrete: Any) -> dict[int, int]:
    """Return level and first number where a list doesn't continue the numbers of another."""
    return {
        parse_count(attribute(override, "ilvl")): parse_count(attribute(start), 1)
        for override in concrete.iterchildren(f"{W}lvlOverride")
        if (start := override.find(f"{W}startOverride")) is not None
    }
