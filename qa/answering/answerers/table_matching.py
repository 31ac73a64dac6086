"""
The cells of a table that a question asks for.

A question must name the row and the column of a cell. Each of its words counts by where it is found: in the
labels of the row, the names of the column, or the context of the table. Words that aren't found count against
the cell, and so do labels and names that the question doesn't have.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from index.records import Document
from qa.answering.answerers.lexicon import WORD, stem, words_in
from qa.answering.answerers.table_model import Table, TableCell, TableRow, is_year
from qa.answering.languages import ENGLISH, detect_language, function_words

MIN_COVERAGE = 0.7
"""Minimum share of the question's words for a cell, weighted by where they are found."""
IN_GROUP, IN_CONTEXT = 0.9, 0.75
"""Weights of a word in the name of a label's column or a group heading, and in the table's context."""
MISSING_LABEL, MISSING_NAME, MISSING_PARENT = 0.06, 0.1, 0.1
"""Costs of a label, a column's name and the name above a label without a word of the question."""
MAX_LABELS = 20_000
"""Number of labels whose words are cached."""
MIN_KNOWN = 5
"""Number of letters by which a word is searched in a document."""
MIN_LABEL = 0.5
"""Minimum share of a label's words in the question for it to name the row."""

_SUPERSCRIPTS = re.compile("[⁰¹²³⁴-⁹]+")
_MARKED = re.compile(r"([^\W\d_]{3,})\d{1,2}")
_SHORT_YEARS = re.compile(r"(?<![\d.,])(\d\d)_(\d\d)(?!\d)")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_PATH = re.compile(r"\.(?=[^\W\d])")


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """
    The words of a question that are matched with tables.

    Args:
        words: Its content words as :func:`table_words` writes them, in order, each once.
        text: The question.
        written: How each of *words* is written in the question, in lower case.
        light: What else it says: words that ask for any value.
    """

    words: tuple[str, ...]
    text: str
    written: Mapping[str, str]
    light: frozenset[str]

    @classmethod
    def of(cls, question: str) -> "QuestionWords":
        """Return the words of *question*."""
        language = detect_language(question)
        asking = _lists().asking | (function_words(language) if language != ENGLISH else frozenset())
        keyed = list(_keyed(question))
        written = {key: word for word, key in keyed if word not in asking}
        light = frozenset(key for word, key in keyed if word in asking)
        return cls(tuple(written), question, written, light)

    @property
    def years(self) -> frozenset[str]:
        """Return the years among the words."""
        return frozenset(word for word in self.words if _YEAR.fullmatch(word))

    def without(self, words: frozenset[str]) -> "QuestionWords":
        """Return it without some words."""
        return replace(self, words=tuple(word for word in self.words if word not in words))

    def with_words(self, words: Iterable[str]) -> "QuestionWords":
        """Return it with further words."""
        written = {key: word for text in words for word, key in _keyed(text)}
        return replace(
            self, words=tuple(dict.fromkeys([*self.words, *written])), written={**written, **self.written}
        )

    def are_unknown_to(self, document: Document, words: Iterable[str]) -> bool:
        """Return whether one of *words* isn't in the document in any form, nor a synonym of it."""
        text = document.text.casefold()
        return any(
            not any(form[:MIN_KNOWN] in text for form in _lists().forms.get(word, (self.written[word],)))
            for word in words
        )


@dataclass(frozen=True, slots=True)
class CellMatch:
    """
    A cell, and how well it fits a question.

    Args:
        table: Where it is.
        row: Its row.
        cell: One of the row's values.
        score: Higher is better; 1 if the question's words are all those of the row and the column.
        coverage: The share of the question's words that are found, each weighed by where, 0 to 1.
        row_share: How much of the row's best label the question has, 0 to 1.
        is_exact: Whether the question has all words of a label of several, and some of the column's name.
    """

    table: Table
    row: TableRow
    cell: TableCell
    score: float
    coverage: float
    row_share: float
    is_exact: bool


def match_cells(question_words: QuestionWords, table: Table) -> list[CellMatch]:
    """Return the cells of *table* that fit the question, best first."""
    if not question_words.words:
        return []
    context = frozenset(table_words(table.context))
    document = frozenset(table_words(f"{table.document.title} {' '.join(table.document.paths[:1])}"))
    if not frozenset(question_words.words) - document:
        return []
    matches = [
        match
        for row in table.rows
        for match in _match_row(question_words, table, row, context)
        if _is_distinct(match, frozenset(question_words.words) - document)
    ]
    return sorted(matches, key=lambda match: (-match.score, match.cell.start))


def _match_row(
    question_words: QuestionWords, table: Table, row: TableRow, context: frozenset[str]
) -> Iterator[CellMatch]:
    wanted = frozenset(question_words.words)
    labels = [_Label.of(cell.text) for cell in row.labels]
    row_share = max(
        (
            label.share(wanted, frozenset(table_words(cell.name)) if cell.header else frozenset())
            for label, cell in zip(labels, row.labels, strict=True)
        ),
        default=0.0,
    )
    if row_share < MIN_LABEL:
        return
    of_row = {word for label in labels for word in label.words} & wanted
    group = frozenset(table_words(row.group.text)) if row.group else frozenset()
    group |= {word for cell in row.labels for word in table_words(cell.name)}
    cost = sum(
        MISSING_LABEL * (1 - label.share(wanted)) + MISSING_PARENT * (1 - label.parent_share(wanted))
        for label in labels
        if not label.is_total
    )
    kind = _wanted_kind(question_words.text)
    for cell in (*row.values, *row.labels[1:]):
        is_label = cell in row.labels
        name = _Label.of(cell.name)
        of_kind = bool(kind) and not kind.isdisjoint(plain_question_words(cell.name))
        if is_label and (not cell.header or _Label.of(cell.text).share(wanted)):
            continue
        of_column = name.words & wanted if name.words - of_row else frozenset()
        found = dict.fromkeys(of_row | of_column, 1.0)
        if "%" in cell.text and _lists().percentage in wanted:
            found[_lists().percentage] = 1.0
        for words, weight in ((group, IN_GROUP), (context, IN_CONTEXT)):
            for word in words & wanted:
                found.setdefault(word, weight)
        if question_words.years - found.keys() or _is_of_another_year(question_words, row, cell):
            continue
        counted = [word for word in question_words.words if word in found or word not in _lists().total_keys]
        coverage = sum(found.values()) / len(counted) if counted else 0.0
        missing = [word for word in counted if word not in found]
        named = of_kind or bool(of_column - question_words.years)
        if coverage < MIN_COVERAGE or (
            not named if is_label else not _names_column(question_words, name, of_column, row, found)
        ):
            continue
        if kind and not named and cell.header and not name.words <= of_row:
            continue
        if missing and question_words.are_unknown_to(table.document, missing):
            continue
        unnamed = (
            0.0
            if of_kind or name.is_total or not name.words - of_row
            else 1 - name.share(wanted, _lists().calendar)
        )
        yield CellMatch(
            table,
            row,
            cell,
            coverage - cost - MISSING_NAME * unnamed,
            coverage,
            row_share,
            bool(of_column) and any(len(label.leaf) > 1 and label.leaf <= wanted for label in labels),
        )


def _wanted_kind(question: str) -> frozenset[str]:
    """Return the names of columns that answer a question for a person, a time or a place, otherwise empty."""
    first = next(iter(plain_question_words(question)), "")
    return _lists().kinds.get(first, frozenset())


def _is_distinct(match: CellMatch, wanted: frozenset[str]) -> bool:
    """Return whether the row or the column has a word of the question that isn't in the document's name."""
    texts = [match.cell.name, *(text for cell in match.row.labels for text in (cell.text, cell.name))]
    return any(label_words(text) & wanted for text in texts)


def _names_column(
    question_words: QuestionWords,
    name: "_Label",
    of_column: frozenset[str],
    row: TableRow,
    found: Mapping[str, float],
) -> bool:
    """Return whether the question can be about this column, by its name or as the only one."""
    if of_column - question_words.years or name.is_total or not name.words:
        return True
    if all(_YEAR.fullmatch(word) or not word.isalpha() for word in name.words):
        return True
    return len(row.values) == 1 or len(found) == len(question_words.words)


def _is_of_another_year(question_words: QuestionWords, row: TableRow, cell: TableCell) -> bool:
    """Return whether a label or the column names other years than the question."""
    texts = [*(label.text for label in row.labels if is_year(label.text)), cell.name]
    years = {word for text in texts for word in _years_in(text)}
    return bool(question_words.years and years and not question_words.years <= years)


def _years_in(text: str) -> set[str]:
    return {word for word in table_words(text) if _YEAR.fullmatch(word)}


@dataclass(frozen=True, slots=True)
class _Label:
    """The words of a label; of a path of names the last informative one counts."""

    words: frozenset[str]
    leaf: frozenset[str]
    parent: frozenset[str]
    is_total: bool

    @classmethod
    @lru_cache(maxsize=MAX_LABELS)
    def of(cls, text: str) -> "_Label":
        segments = [segment for segment in _PATH.split(text) if segment.strip()] if "." in text else [text]
        while len(segments) > 1 and segments[-1].strip().lower() in _lists().empty:
            segments.pop()
        words = frozenset(table_words(" ".join(segments)))
        leaf = frozenset(table_words(segments[-1])) or words
        plain = [word for word in WORD.findall(text.lower()) if word not in words_in("stop")]
        parent = frozenset(table_words(segments[-2])) if len(segments) > 1 else frozenset()
        return cls(words, leaf, parent, bool(plain) and all(word in _lists().total for word in plain))

    def share(self, wanted: frozenset[str], generic: frozenset[str] = frozenset()) -> float:
        """Return the share of its last name's words, without *generic* ones, that are in *wanted*, 0 to 1."""
        telling = self.leaf - generic or self.leaf
        return len(telling & wanted) / len(telling) if telling else 0.0

    def parent_share(self, wanted: frozenset[str]) -> float:
        """Return the share of the parent name's words that are in *wanted*, 0 to 1; 1 without a parent."""
        return len(self.parent & wanted) / len(self.parent) if self.parent else 1.0


def table_words(text: str) -> list[str]:
    """
    Return the content words of *text* in the form in which questions and tables are compared.

    Words are stemmed, synonyms are equal, codes are written in full, and marks of
    footnotes are left out.

    >>> table_words("fatalities_00_14") == table_words("died 2000 2014") + table_words("1900 1914")
    False
    >>> table_words("NEW MEXICO6") == table_words("New Mexico")
    True
    """
    return [key for _, key in _keyed(text)]


def _keyed(text: str) -> Iterator[tuple[str, str]]:
    stop, lists = words_in("stop"), _lists()
    text = _SUPERSCRIPTS.sub("", text)
    for match in _SHORT_YEARS.finditer(text):
        for year in match.groups():
            century = "20" if int(year) < 50 else "19"
            yield century + year, century + year
    for found in WORD.findall(_SHORT_YEARS.sub(" ", text)):
        word = found.lower().replace(",", "")
        if marked := _MARKED.fullmatch(word):
            word = marked[1]
        if found.isupper() and word in lists.codes:
            yield from ((part, stem(part)) for part in lists.codes[word].split())
        elif word not in stop:
            yield word, lists.same.get(word) or lists.same.get(stem(word)) or stem(word)


@dataclass(frozen=True, slots=True)
class _Lists:
    asking: frozenset[str]
    total: frozenset[str]
    total_keys: frozenset[str]
    empty: frozenset[str]
    percentage: str
    calendar: frozenset[str]
    same: Mapping[str, str]
    forms: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, str]
    computed: Mapping[str, frozenset[str]]
    measures: Mapping[str, frozenset[str]]
    kinds: Mapping[str, frozenset[str]]


@cache
def _lists() -> _Lists:
    content: dict[str, Any] = tomllib.loads(
        (files("qa.answering.answerers") / "table_words.toml").read_text(encoding="utf-8")
    )
    groups = [line.split() for line in content["same"].strip().splitlines()]
    same = {word: f"={group[0]}" for group in groups for word in group}
    return _Lists(
        asking=frozenset(content["asking"].split()),
        total=frozenset(content["total"].split()),
        total_keys=frozenset(stem(word) for word in content["total"].split()),
        empty=frozenset(content["empty"].split()),
        percentage=same["percentage"],
        calendar=frozenset(_keys_of(content["calendar"], same)),
        same=same,
        forms={f"={group[0]}": tuple(group) for group in groups},
        codes=content["codes"],
        computed=_word_sets(content["computed"]),
        measures=_word_sets(content["measures"]),
        kinds=_word_sets(content["kinds"]),
    )


def _keys_of(text: str, same: Mapping[str, str]) -> list[str]:
    """Return the form in which each of the words of a list is compared."""
    return [same.get(word) or stem(word) for word in text.split()]


def _word_sets(content: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in content.items()}


def measure_words() -> Mapping[str, frozenset[str]]:
    """Return the adjectives that say what is measured, by its name."""
    return _lists().measures


def computed_words() -> Mapping[str, frozenset[str]]:
    """Return the words that ask for a computation, by its name."""
    return _lists().computed


def plain_question_words(question: str) -> list[str]:
    """Return the words of *question* in lower case, in order."""
    return WORD.findall(question.lower())


def label_words(text: str) -> frozenset[str]:
    """Return the content words of a label or the name of a column."""
    return _Label.of(text).words


def label_share(text: str, wanted: frozenset[str]) -> float:
    """Return how much of a label is among *wanted*, 0 to 1."""
    return _Label.of(text).share(wanted)


def is_total(text: str) -> bool:
    """Return whether a label is for the whole: "State Total"."""
    return _Label.of(text).is_total
