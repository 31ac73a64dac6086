"""Timetables: the first and the last time of a row, and the time in the column of another one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.answering.answerers.table_model import Table, TableCell, TableRow
from qa.answering.answerers.table_words import (
    Label,
    QuestionWords,
    day_words,
    label_words,
    optional_words,
    table_words,
)

MIN_TIMES = 2
"""Times of a row from which it is one of a timetable."""
MIN_COVERAGE = 0.6
"""Share of the question's words that the row, its heading and the document must have."""

_TIME = re.compile(r"\s*(?:[01]?\d|2[0-4])[:.h]?[0-5]\d\s*(?:[ap]\.?m\.?)?\s*", re.I)
_FIRST, _LAST = re.compile(r"\b(?:first|earliest)\b", re.I), re.compile(r"\b(?:last|latest)\b", re.I)
_ASKS_TIME = re.compile(
    r"\b(?:when|what time|how late|how early|first|last|earliest|latest|arriv\w+|depart\w*)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Departure:
    """
    A time of a timetable.

    Args:
        table: Where it is.
        row: Of the stop.
        cell: The time.
        coverage: The share of the question's words that were found, 0 to 1.
    """

    table: Table
    row: TableRow
    cell: TableCell
    coverage: float


def find_departure(question: str, tables: Sequence[Table]) -> Departure | None:
    """
    Return the first or last time of the stop that *question* names, or the one of the named departure.

    None if it asks for something else, or if two rows fit equally well.
    """
    if not _ASKS_TIME.search(question):
        return None
    words = QuestionWords.of(question)
    found = [one for table in tables for one in _departures(question, words, table)]
    found.sort(key=lambda one: -one.coverage)
    if not found or found[0].coverage < MIN_COVERAGE:
        return None
    rivals = [one for one in found[1:] if one.coverage == found[0].coverage and one.table is found[0].table]
    return None if rivals else found[0]


def _departures(question: str, words: QuestionWords, table: Table) -> Iterator[Departure]:
    wanted = frozenset(words.words)
    heading = frozenset(table_words(table.heading))
    days, of_table = wanted & day_words(), heading & day_words()
    if days and of_table and not days & of_table:
        return
    passing = optional_words() | frozenset(table_words(table.context))
    for row in table.rows:
        times = [cell for cell in row.cells if _TIME.fullmatch(cell.text)]
        if len(times) < MIN_TIMES or 2 * len(times) < len(row.cells) - 1 or not row.labels:
            continue
        label = Label.of(row.cells[0].text)
        if not label.words & wanted or row.cells[0] in times:
            continue
        cell = _chosen_time(question, words, table, times)
        if cell is None:
            continue
        missing = wanted - label.words - passing - frozenset(table_words(cell.text)) - words.exact
        if words.exact - label.words - heading - passing - _times_of(table, cell):
            continue
        asked = wanted - (passing - label.words)
        coverage = 1 - len(missing) / len(asked) if asked else 0.0
        yield Departure(table, row, cell, coverage + label.share(wanted) / 10 + bool(days & of_table) / 10)


def _chosen_time(
    question: str, words: QuestionWords, table: Table, times: Sequence[TableCell]
) -> TableCell | None:
    """Return the time that is asked for; None if the question doesn't say which."""
    at = next((cell for cell in times if words.exact & _times_of(table, cell)), None)
    if at is not None:
        return at
    if _FIRST.search(question):
        return times[0]
    return times[-1] if _LAST.search(question) else None


def _times_of(table: Table, cell: TableCell) -> frozenset[str]:
    """Return the words of all cells in the column of a time."""
    cells = (other for row in table.rows for other in row.cells if other.column == cell.column)
    return frozenset(
        word for other in cells if _TIME.fullmatch(other.text) for word in label_words(other.text)
    )
