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
    """How a level of a list is numbered, as in its ``lvl`` element."""

    start: int
    number_format: str
    text: str
    style: str


class Numbering:
    """
    Counts the numbered paragraphs of a document; :meth:`next_number` must be called in their order.

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
        self._levels = {number: abstract.get(name, {}) for number, name in self._abstract_of.items()}
        self._start_overrides = {number: _start_overrides(one) for number, one in lists.items()}
        self._counts: dict[str, dict[int, int]] = {}
        """By abstract list and level, the last number."""
        self._started: set[tuple[str, int]] = set()
        """Lists and levels that have a number, whose start applies only once."""

    def level_of(self, number: str, style: str) -> int:
        """Return the level of list *number* that belongs to a style; 0 if none does."""
        levels = self._levels.get(number, {})
        return next((level for level, description in levels.items() if description.style == style), 0)

    def next_number(self, number: str, level: int) -> str:
        """
        Return the number of the next paragraph of list *number*; empty for a bullet.

        Example: ``4.2`` for the second clause under the fourth heading, with the format ``%1.%2``.

        Args:
            number: The list's ``numId``.
            level: The level, from 0.
        """
        description = self._levels.get(number, {}).get(level)
        if description is None:
            return ""
        counts = self._counts.setdefault(self._abstract_of[number], {})
        start = description.start
        if level in self._start_overrides[number] and (number, level) not in self._started:
            start = self._start_overrides[number][level]
            counts.pop(level, None)
        self._started.add((number, level))
        counts[level] = counts.get(level, start - 1) + 1
        # A number at an outer level restarts all inner ones.
        for deeper in [deeper for deeper in counts if deeper > level]:
            del counts[deeper]
        return "" if description.number_format == "bullet" else self._format(number, description, counts)

    def _format(self, number: str, description: _Level, counts: dict[int, int]) -> str:
        """Fill the format of a level, in which ``%1`` is the number of the outermost level."""
        text = description.text
        for level, other in self._levels[number].items():
            count = counts.get(level, other.start)
            text = text.replace(f"%{level + 1}", format_count(count, other.number_format))
        return text.strip()


def _levels(abstract: Any) -> dict[int, _Level]:
    found = {}
    for level in abstract.iterchildren(f"{W}lvl"):
        found[parse_count(attribute(level, "ilvl"))] = _Level(
            start=parse_count(attribute(level.find(f"{W}start")), 1),
            number_format=attribute(level.find(f"{W}numFmt")) or "decimal",
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
