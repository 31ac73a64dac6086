"""Rows of a table that a question describes by their values: how many there are, or which."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from qa.answering.answerers.lexicon import words_in
from qa.answering.answerers.table_model import Table, TableCell, TableRow, is_figure
from qa.answering.answerers.table_words import (
    Label,
    QuestionWords,
    is_total,
    is_year_word,
    label_words,
    optional_words,
    plain_question_words,
    table_words,
)
from qa.answering.answerers.value_type import ValueType, value_type

Request = Literal["count", "list"]

MIN_ROWS, MIN_COLUMNS = 3, 2
MIN_SHARE = 0.5
"""Share of a cell's words in the question from which the question means it."""
MAX_WORDS = 5
"""Words of a cell that a question can mean; a longer one is a text."""

_COUNT = re.compile(
    r"^\W*(?:so |and )?(?:how many|(?:what is |what's |whats )?the number of|number of)\b", re.I
)
_LIST = re.compile(r"^\W*(?:which|who|list|name|show|what)\b", re.I)
_NEGATED = re.compile(
    r"\b(?:not|never|without|no|(?:have|has|did|do|does|is|are|was|were)n['’]?t|unpaid)\b", re.I
)
_YES, _NO = (
    re.compile(r"\W*(?:yes|true|y|x|✓|✔)\b.*|\W*[✓✔]\W*", re.I),
    re.compile(r"\W*(?:no|false|n|none|✗|✘)\b.*|\W*[✗✘–—-]\W*", re.I),
)


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Rows of a table.

    Args:
        table: Where they are.
        rows: In order.
        filters: Of each row, the cell that chose it.
        answers: Of each row, the cells that name it, or that the question asks for.
        words: What chose the rows, as the table has it.
        is_column_named: Whether the question names the column of the answers.
    """

    table: Table
    rows: tuple[TableRow, ...]
    filters: tuple[TableCell, ...]
    answers: tuple[tuple[TableCell, ...], ...]
    words: str
    is_column_named: bool


def requested_selection(question: str) -> Request | None:
    """
    Return whether *question* may ask how many rows there are, or which.

    >>> requested_selection("how many members are from Harbury"), requested_selection("who sings alto")
    ('count', 'list')
    """
    if _COUNT.search(question):
        return "count"
    return "list" if _LIST.search(question) else None


def select_rows(question: str, request: Request, table: Table) -> Selection | None:
    """
    Return the rows that *question* describes; None unless all its words are about them.

    Args:
        question: In a person's words.
        request: What it asks for.
        table: One with a row for each thing.
    """
    columns = _columns(table)
    if len(table.rows) < MIN_ROWS or len(columns) < MIN_COLUMNS:
        return None
    if all(cell.header in ((), _label(row)) for cells in columns.values() for row, cell in cells):
        return None  # The rows of a list of names and values, such as a JSON file, are of different kinds.
    wanted = frozenset(QuestionWords.of(question).words)
    chosen = dict(_chosen(wanted, columns))
    names = {column: label_words(cells[0][1].name) & wanted for column, cells in columns.items()}
    explained = {word for words, _ in chosen.values() for word in words}
    named = {column for column, words in names.items() if words - explained and column not in chosen}
    for column in sorted(named):
        if decided := _decided(columns[column], bool(_NEGATED.search(question))):
            chosen[column] = names[column], decided
    rest = wanted - explained - frozenset(word for words in names.values() for word in words)
    rest -= frozenset(table_words(table.context)) | optional_words()
    requested = sorted(named - chosen.keys())
    if (
        not chosen
        or rest
        or len(requested) > 1
        or (request == "count" and requested and _is_numeric(columns[requested[0]]))
    ):
        return None
    starts = set.intersection(*({row.start for row, _ in cells} for _, cells in chosen.values()))
    rows = tuple(row for row in table.rows if row.start in starts)
    first = {row.start: cell for _, cells in reversed(chosen.values()) for row, cell in cells}
    words = dict.fromkeys(cells[0][1].text for _, cells in chosen.values())
    answers = tuple(tuple(_answers(row, requested, chosen.keys())) for row in rows)
    if len(rows) < (1 if request == "count" else 2) or len(rows) == len(table.rows) or not all(answers):
        return None
    return Selection(
        table, rows, tuple(first[row.start] for row in rows), answers, ", ".join(words), bool(requested)
    )


def _label(row: TableRow) -> tuple[str, ...]:
    return (row.labels[0].text,) if row.labels else ()


def _counted(question: str) -> frozenset[str]:
    """Return the word for what is counted: the last one before a stop word."""
    found = _COUNT.search(question)
    words = list(takewhile(_is_content, plain_question_words(question[found.end() :] if found else "")))
    return frozenset(table_words(words[-1])) if words else frozenset()


def _is_content(word: str) -> bool:
    return word not in words_in("stop")


_Cells = list[tuple[TableRow, TableCell]]


def _columns(table: Table) -> dict[int, _Cells]:
    """Return the cells of each column, sums left out."""
    columns: dict[int, _Cells] = {}
    for row in table.rows:
        if not any(is_total(label.text) for label in row.labels):
            for cell in row.cells:
                columns.setdefault(cell.column, []).append((row, cell))
    return columns


def _chosen(
    wanted: frozenset[str], columns: dict[int, _Cells]
) -> Iterator[tuple[int, tuple[frozenset[str], _Cells]]]:
    """Yield the columns with values that the question has, with its words for them and the rows with them."""
    for column, cells in columns.items():
        found = [(row, cell) for row, cell in cells if _is_meant(cell, wanted)]
        has_kinds = len({cell.text for _, cell in cells}) < len(cells)
        if (
            found
            and len(found) < len(cells)
            and (has_kinds or value_type(found[0][1].text) is ValueType.DATE)
        ):
            words = frozenset(word for _, cell in found for word in table_words(cell.text)) & wanted
            full = [(row, cell) for row, cell in found if words <= label_words(cell.text)]
            yield column, (words, full or found)


def _is_meant(cell: TableCell, wanted: frozenset[str]) -> bool:
    label = Label.of(cell.text)
    if len(label.words) > MAX_WORDS or is_figure(cell.text):
        return False
    if value_type(cell.text) is ValueType.DATE and any(map(str.isdigit, cell.text)):
        return any(is_year_word(word) for word in label.words & wanted)
    return bool(label.words & wanted) and label.share(wanted) >= MIN_SHARE


def _decided(cells: _Cells, is_negated: bool) -> _Cells:
    """Return the cells of a column of yes and no that say what is asked for; none if it is another column."""
    wanted, other = (_NO, _YES) if is_negated else (_YES, _NO)
    found = [(row, cell) for row, cell in cells if wanted.fullmatch(cell.text)]
    others = sum(other.fullmatch(cell.text) is not None for _, cell in cells)
    return found if found and len(found) + others == len(cells) else []


def _is_numeric(cells: _Cells) -> bool:
    return 2 * sum(is_figure(cell.text) for _, cell in cells) > len(cells)


def _answers(row: TableRow, requested: list[int], chosen: Container[int]) -> Iterator[TableCell]:
    """Yield the cells of a row that are asked for; else its first label, with a second name beside it."""
    if requested:
        yield from (cell for cell in row.cells if cell.column == requested[0])
        return
    cells = [cell for cell in row.cells if cell.column not in chosen and any(map(str.isalpha, cell.text))]
    for at, cell in enumerate(cells[:2]):
        if at == 0 or "name" in cell.name.lower():
            yield cell
