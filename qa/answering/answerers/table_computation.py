"""Figures computed over one column of a table: the largest value, a total, an average, a count."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from qa.answering.answerers.table_model import Table, TableCell, TableRow, is_figure
from qa.answering.answerers.table_words import (
    QuestionWords,
    computed_words,
    is_total,
    label_share,
    label_words,
    measure_words,
    optional_words,
    plain_question_words,
    table_words,
)

Operation = Literal["most", "least", "total", "average", "rows"]

MIN_ROWS = 2
MIN_COVERAGE = 0.75
"""Share of the question's words that the column, the rows and the context of the table must have."""
FULL_NAME = 0.6
"""Share of the words of a column's name from which the question means it and no other one."""
MAX_TIED = 3
"""Rows that share the largest value and are all shown."""
_NUMBER = re.compile(r"(?<![\w.,])\.\d+|\d[\d,.'\u00a0\u202f]*")
_NEGATIVE = re.compile(r"^\s*[$€£¥]?\s*(?:[-−–]|\()\s*[$€£¥]?\s*\.?\d")
_SUPERLATIVE_SUBJECT = re.compile(
    r"\b(?:which|what|who|whose|when|where|in what|in which|name the|list the|top|the)\b", re.I
)
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_NAMED_MONTH = re.compile(
    r"(?:[A-Z][a-z]+,? )?(?:(?P<day>\d{1,2})\.? )?(?P<month>[A-Z][a-z]{2,8})\.?"
    r" (?:(?P<day2>\d{1,2}),? )?(?P<year>\d{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_VERB = re.compile(
    r"^\W*(?:which|what|who)\b.*?\b(\w+) the (?:most|least|fewest|largest|highest|lowest|smallest) (?=\w)",
    re.I,
)
"""Matches "which country drinks the most wine", where the thing names the column and the verb doesn't."""
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


def requested_operation(question: str) -> Operation | None:
    """
    Return the operation that *question* asks for; None if it asks for a written value.

    >>> requested_operation("Which port has the highest fare?"), requested_operation("The average fare?")
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
    """Return the figure over *table* that *question* asks for; None if it names no column or row of it."""
    ignored = operation_words(operation)
    if verb := _VERB.search(question):
        ignored |= set(table_words(verb[1]))
    question_words = QuestionWords.of(question).without(ignored).with_words(_measures(question))
    if operation == "rows":
        return _count(question, table)
    if not question_words.words:
        return None
    labels = _Labels.of(table)
    if operation in ("most", "least") and (found_date := _extreme_date(question, question_words, labels)):
        return found_date
    names = _numeric_columns(table)
    found = [
        computation
        for column, name in names.items()
        if (
            computation := _compute_column(question_words, operation, labels, (column, name), len(names) == 1)
        )
    ]
    found.sort(key=lambda one: (-one[0], one[1].cells[0].column))
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return None
    return found[0][1]


def number(text: str) -> Decimal | None:
    """
    Return the number that a cell holds; None if it holds none.

    >>> number("$ (1,234.50)"), number("12 %"), number("-.25"), number("n/a")
    (Decimal('-1234.50'), Decimal('12'), Decimal('-0.25'), None)
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


def operation_words(operation: Operation) -> frozenset[str]:
    """Return the words that ask for an operation, as they are compared."""
    lists = computed_words()
    names = ("most", "most_expensive") if operation == "most" else (operation,)
    return frozenset(key for name in names for word in lists[name] for key in table_words(word))


def _measures(question: str) -> list[str]:
    """Return the measure of an adjective: the price for "cheapest"."""
    words = set(plain_question_words(question))
    return [measure for measure, adjectives in measure_words().items() if words & adjectives]


def _numeric_columns(table: Table) -> dict[int, str]:
    """Return the columns with numbers, each with its name."""
    columns: dict[int, str] = {}
    for row in table.rows:
        for cell in row.values:
            if is_figure(cell.text):
                columns.setdefault(cell.column, cell.name)
    return columns


@dataclass(frozen=True, slots=True)
class _Labels:
    """
    The words of a table's labels.

    Args:
        table: Whose.
        of_rows: Of each row, the words of its labels.
        names: The words of the names of the labels' columns.
        context: The words of what is said of the table.
        titles: The words of the document's names, which choose no rows.
    """

    table: Table
    of_rows: tuple[frozenset[str], ...]
    names: frozenset[str]
    context: frozenset[str]
    titles: frozenset[str]

    @classmethod
    def of(cls, table: Table) -> "_Labels":
        of_rows = (
            frozenset[str]().union(*(label_words(cell.text) for cell in row.labels)) for row in table.rows
        )
        names = {word for row in table.rows[:50] for cell in row.labels for word in table_words(cell.name)}
        return cls(
            table,
            tuple(of_rows),
            frozenset(names),
            frozenset(table_words(table.context)),
            frozenset(table_words(table.titles)),
        )

    def filters(self, words: frozenset[str]) -> frozenset[str]:
        """Return those of *words* that choose rows; a word of the context does if some rows lack it."""
        counts = {word: sum(word in labels for labels in self.of_rows) for word in words - self.titles}
        return frozenset(
            word
            for word, count in counts.items()
            if count and (word not in self.context or count < len(self.of_rows))
        )


def _compute_column(
    question_words: QuestionWords,
    operation: Operation,
    labels: _Labels,
    column: tuple[int, str],
    is_only: bool,
) -> tuple[float, Computation] | None:
    """Return the figure over a column, and how well the question names it."""
    number_of_column, name = column
    wanted = frozenset(question_words.words)
    named = label_words(name) & wanted
    if not (named - question_words.years) and not is_total(name) and not is_only:
        return None
    filters = labels.filters(wanted - named - labels.names)
    unfound = wanted - named - labels.names - filters - labels.context - optional_words()
    coverage = 1 - len(unfound) / len(wanted)
    table = labels.table
    # A column that most of its words name is meant, though the question calls the rows something else.
    spared = 1 if label_share(name, wanted) >= FULL_NAME and len(named) > 1 else 0
    if (
        coverage < MIN_COVERAGE
        or question_words.years & unfound
        or (len(unfound) > spared and question_words.are_unknown_to(table.document, unfound))
    ):
        return None
    cells = list(_column_cells(labels, number_of_column, filters))
    values = [value for _, _, value in cells]
    if len(cells) < MIN_ROWS:
        return None
    rows, of_column = tuple(row for row, _, _ in cells), tuple(cell for _, cell, _ in cells)
    score = coverage + label_share(name, wanted)
    if operation in ("total", "average"):
        total = sum(values, Decimal(0))
        value = total if operation == "total" else total / len(values)
        return score, Computation(operation, table, of_column, rows, value, coverage=coverage)
    value = max(values) if operation == "most" else min(values)
    chosen = tuple(at for at, one in enumerate(values) if one == value)
    if len(chosen) > MAX_TIED:
        return None
    answer = tuple(_answering_label(rows, rows[at], question_words) for at in chosen)
    return score, Computation(operation, table, of_column, rows, value, chosen, answer, coverage)


def _extreme_date(question: str, question_words: QuestionWords, labels: _Labels) -> Computation | None:
    """Return the earliest or latest date of the only column of dates, or of the one that is named."""
    words, lists = set(plain_question_words(question)), computed_words()
    if not words & (lists["earliest"] | lists["latest"]):
        return None
    columns: dict[int, list[tuple[TableRow, TableCell, Decimal]]] = {}
    for row in labels.table.rows:
        for cell in row.cells:
            if (day := date_number(cell.text)) is not None:
                columns.setdefault(cell.column, []).append((row, cell, day))
    asking = {word for name in ("earliest", "latest") for word in lists[name]}
    wanted = frozenset(question_words.words) - {key for word in asking for key in table_words(word)}
    full = {column: cells for column, cells in columns.items() if 2 * len(cells) > len(labels.table.rows)}
    named = {column for column, cells in full.items() if label_words(cells[0][1].name) & wanted}
    chosen_columns = named or set(full)
    if len(chosen_columns) != 1:
        return None
    cells = full[chosen_columns.pop()]
    known = label_words(cells[0][1].name) | labels.names | labels.context | optional_words()
    filters = labels.filters(wanted - known)
    cells = [one for one in cells if not filters - _row_words(one[0])]
    if wanted - known - filters or len(cells) < MIN_ROWS:
        return None
    values = [value for _, _, value in cells]
    operation: Operation = "least" if words & lists["earliest"] else "most"
    value = min(values) if operation == "least" else max(values)
    chosen = tuple(at for at, one in enumerate(values) if one == value)
    if len(chosen) > MAX_TIED:
        return None
    rows = tuple(row for row, _, _ in cells)
    answer = tuple(_answering_label(rows, rows[at], question_words) for at in chosen)
    of_column = tuple(cell for _, cell, _ in cells)
    return Computation(operation, labels.table, of_column, rows, value, chosen, answer)


def _row_words(row: TableRow) -> frozenset[str]:
    return frozenset(word for cell in row.cells for word in label_words(cell.text))


def date_number(text: str) -> Decimal | None:
    """
    Return a date as a number that grows with time; None if the text is no date with a year.

    >>> date_number("2016-09-12"), date_number("03.01.2024"), date_number("14 May 2023")
    (Decimal('20160912'), Decimal('20240103'), Decimal('20230514'))
    """
    text = text.strip()
    if found := _ISO_DATE.fullmatch(text):
        return Decimal("".join(found.groups()))
    if found := _DAY_FIRST.fullmatch(text):
        return Decimal(f"{found[3]}{int(found[2]):02}{int(found[1]):02}")
    if found := _NAMED_MONTH.fullmatch(text):
        day, name, year = found["day"] or found["day2"] or "0", found["month"][:3].lower(), found["year"]
        if name in _MONTHS:
            return Decimal(f"{year}{_MONTHS.index(name) + 1:02}{int(day):02}")
    return None


def _column_cells(
    labels: _Labels, column: int, filters: frozenset[str]
) -> Iterator[tuple[TableRow, TableCell, Decimal]]:
    """Yield the numbers of a column in the rows that *filters* choose, sums left out."""
    for row, of_row in zip(labels.table.rows, labels.of_rows, strict=True):
        if filters - of_row or any(_is_sum(cell.text) for cell in row.labels):
            continue
        for cell in row.values:
            if cell.column == column and is_figure(cell.text) and (value := number(cell.text)) is not None:
                yield row, cell, value


def _is_sum(text: str) -> bool:
    return bool(set(plain_question_words(text)) & computed_words()["total"])


def _answering_label(rows: Sequence[TableRow], row: TableRow, question_words: QuestionWords) -> TableCell:
    """Return the label that the question asks for: of the column it names, or the first one that varies."""
    for cell in row.labels:
        if set(table_words(cell.name)) & (set(question_words.words) | question_words.light):
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
