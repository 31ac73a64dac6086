"""Pure: figures computed over one column of a table: the largest value, a total, an average, a count."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from qa.answering.answerers.table_matching import (
    AskedWords,
    computed_words,
    is_total,
    label_share,
    label_words,
    plain_question_words,
    table_words,
)
from qa.answering.answerers.table_model import Table, TableCell, TableRow, is_value

Operation = Literal["most", "least", "total", "average", "rows"]

MIN_ROWS = 2
MAX_TIED = 3
"""Rows that share the largest value and are all shown."""
_NUMBER = re.compile(r"\d[\d,.'\u00a0\u202f]*")
_NEGATIVE = re.compile(r"^\s*[$€£¥]?\s*(?:[-−–]|\()\s*[$€£¥]?\s*\d")
_SUPERLATIVE_SUBJECT = re.compile(
    r"\b(?:which|what|who|whose|when|where|in what|in which|name the|list the|top|the)\b", re.I
)
_COUNTED = re.compile(r"\bhow many\s+(?P<thing>[\w-]+)", re.I)


@dataclass(frozen=True, slots=True)
class Computation:
    """
    A figure over one column.

    Args:
        operation: How it is computed.
        table: Over which.
        cells: The values that it is computed from, in order; for ``rows``, the cells that are counted.
        rows: The row of each of *cells*.
        value: The figure.
        chosen: For ``most`` and ``least``, the places in *cells* of the largest or smallest value.
        answer: For these, the label that the question asks for, of each of *chosen*.
        coverage: The share of the question's words that were found, 0 to 1.
    """

    operation: Operation
    table: Table
    cells: tuple[TableCell, ...]
    rows: tuple[TableRow, ...]
    value: Decimal
    chosen: tuple[int, ...] = ()
    answer: tuple[TableCell, ...] = ()
    coverage: float = 1.0


def asked_operation(question: str) -> Operation | None:
    """
    Return what *question* asks to be computed; None if it asks for what is written.

    >>> asked_operation("Which port has the highest fare?"), asked_operation("What is the average fare?")
    ('most', 'average')
    """
    words, lists = set(plain_question_words(question)), computed_words()
    if _SUPERLATIVE_SUBJECT.search(question):
        if words & (lists["most"] | lists["most_expensive"]):
            return "most"
        if words & lists["least"]:
            return "least"
    if words & lists["average"]:
        return "average"
    if words & lists["total"]:
        return "total"
    return "rows" if _COUNTED.search(question) and words & lists["rows"] else None


def compute(question: str, operation: Operation, table: Table) -> Computation | None:
    """Return the figure that *question* asks for over *table*; None if it names no column or no row of it."""
    asked = AskedWords.of(question).without(_operation_words(operation))
    if operation == "rows":
        return _count(question, table)
    if not asked.words:
        return None
    found = [
        computation
        for column in _numeric_columns(table)
        if (computation := _compute_column(asked, operation, table, column)) is not None
    ]
    found.sort(key=lambda one: (-one[0], one[1].cells[0].column))
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return None
    return found[0][1]


def number(text: str) -> Decimal | None:
    """
    Return the number that a cell holds; None if it holds none.

    >>> number("$ (1,234.50)"), number("12 %"), number("n/a")
    (Decimal('-1234.50'), Decimal('12'), None)
    """
    match = _NUMBER.search(text)
    if match is None:
        return None
    digits = re.sub(r"['\u00a0\u202f]", "", match[0]).rstrip(".,")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+|\d+,\d{1,2}", digits):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        value = Decimal(digits.replace(",", ""))
    except InvalidOperation:
        return None
    return -value if _NEGATIVE.match(text) else value


def _operation_words(operation: Operation) -> frozenset[str]:
    lists = computed_words()
    names = ("most", "most_expensive") if operation == "most" else (operation,)
    return frozenset(key for name in names for word in lists[name] for key in table_words(word))


def _numeric_columns(table: Table) -> dict[int, str]:
    """Return the names of the columns with numbers."""
    columns: dict[int, str] = {}
    for row in table.rows:
        for cell in row.values:
            if is_value(cell.text):
                columns.setdefault(cell.column, cell.name)
    return columns


def _compute_column(
    asked: AskedWords, operation: Operation, table: Table, column: int
) -> tuple[float, Computation] | None:
    """Return the figure over a column, and how well the question names it."""
    wanted = frozenset(asked.words)
    name = _numeric_columns(table)[column]
    named = label_words(name) & wanted
    if not (named - asked.years) and not is_total(name) and len(_numeric_columns(table)) > 1:
        return None
    context = frozenset(table_words(table.context))
    wanted -= asked.light
    label_names = {word for row in table.rows[:50] for cell in row.labels for word in table_words(cell.name)}
    filters = wanted - named - label_names
    said_of_rows = filters & {
        word for row in table.rows for cell in row.labels for word in label_words(cell.text)
    }
    unfound = filters - said_of_rows - context
    filters = said_of_rows - (context - _distinguishing(table, said_of_rows))
    coverage = 1 - len(unfound) / len(wanted)
    if coverage < 0.75 or asked.years & unfound or asked.are_unknown_to(table.document, unfound):
        return None
    pairs = list(_column_cells(table, column, filters, drop_totals=True))
    values = [value for _, _, value in pairs]
    if len(pairs) < MIN_ROWS:
        return None
    rows, cells = tuple(row for row, _, _ in pairs), tuple(cell for _, cell, _ in pairs)
    score = coverage + label_share(name, wanted)
    if operation in ("total", "average"):
        total = sum(values, Decimal(0))
        value = total if operation == "total" else total / len(values)
        return score, Computation(operation, table, cells, rows, value, coverage=coverage)
    value = max(values) if operation == "most" else min(values)
    chosen = tuple(at for at, one in enumerate(values) if one == value)
    if len(chosen) > MAX_TIED:
        return None
    answer = tuple(_answering_label(rows, rows[at], asked) for at in chosen)
    return score, Computation(operation, table, cells, rows, value, chosen, answer, coverage)


def _distinguishing(table: Table, words: frozenset[str]) -> frozenset[str]:
    """Return those of *words* that some rows have in their labels and others lack."""
    has = [{word for cell in row.labels for word in label_words(cell.text)} for row in table.rows]
    return frozenset(word for word in words if 0 < sum(word in one for one in has) < len(has))


def _column_cells(
    table: Table, column: int, filters: frozenset[str], *, drop_totals: bool
) -> Iterator[tuple[TableRow, TableCell, Decimal]]:
    for row in table.rows:
        of_row = {word for cell in row.labels for word in label_words(cell.text)}
        if filters - of_row or (drop_totals and any(_is_sum(cell.text) for cell in row.labels)):
            continue
        for cell in row.values:
            if cell.column == column and is_value(cell.text) and (value := number(cell.text)) is not None:
                yield row, cell, value


def _is_sum(text: str) -> bool:
    return bool(set(plain_question_words(text)) & computed_words()["total"])


def _answering_label(rows: Sequence[TableRow], row: TableRow, asked: AskedWords) -> TableCell:
    """Return the label that the question asks for: of the column it names, or the first one that varies."""
    for cell in row.labels:
        if set(table_words(cell.name)) & (set(asked.words) | asked.light):
            return cell
    for cell in row.labels:
        if len({other.text for one in rows for other in one.labels if other.column == cell.column}) > 1:
            return cell
    return row.labels[0]


def _count(question: str, table: Table) -> Computation | None:
    """Return how many different labels a column has that the question names."""
    counted = _COUNTED.search(question)
    thing = frozenset(table_words(counted["thing"])) if counted else frozenset()
    generic = bool(counted) and counted["thing"].lower() in computed_words()["rows"] if counted else False
    seen: dict[str, tuple[TableRow, TableCell]] = {}
    for row in table.rows:
        cell = next((one for one in row.labels if generic or thing & set(table_words(one.name))), None)
        if cell is not None and not is_total(cell.text):
            seen.setdefault(str(row.start) if generic else cell.text, (row, cell))
    if len(seen) < MIN_ROWS:
        return None
    rows, cells = zip(*seen.values(), strict=True)
    return Computation("rows", table, tuple(cells), tuple(rows), Decimal(len(seen)))
