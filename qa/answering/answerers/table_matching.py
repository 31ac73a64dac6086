"""
The cells of a table that a question asks for.

A question names the row and the column of a cell, in its own words. Every cell of a row may be its key: "what
did the inspector say in May 2024" names a row by its date. Each word of the question counts by where it is
found: in the row's keys, in the name of the column, in a heading, in what is said of the whole table. What
isn't found is compared with the name of the column by the embedder: "how warm" and "Temperature". A cell
whose value is of another type than the question asks for fits less.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from qa.answering.answerers.lexicon import words_in
from qa.answering.answerers.table_model import Table, TableCell, TableRow, is_year
from qa.answering.answerers.table_words import (
    Label,
    QuestionWords,
    abbreviated,
    calendar_words,
    date_words,
    excludes,
    is_year_word,
    kind_words,
    label_words,
    optional_words,
    percentage_word,
    plain_names,
    plain_question_words,
    qualifiers,
    table_words,
    total_words,
)
from qa.answering.answerers.value_type import ValueType, explained_by_value, type_fit, value_type

ABBREVIATED, INITIAL = 0.9, 0.75
"""Weights of a word that the name of a column abbreviates, and of which it is the first letter."""
IN_GROUP, IN_CONTEXT = 0.9, 0.75
"""Weights of a word in the name of a key's column or a heading, and in the table's context."""
MISSING_LABEL, MISSING_NAME, MISSING_PARENT = 0.06, 0.12, 0.1
"""Costs of a label, a column's name and the name above a label without a word of the question."""
QUALIFIED = 0.7
"""Share of the fit that remains of a name with a qualifier that the question lacks: "Minimum", "Budget"."""
REMARK = 0.1
"""Cost of a remark on a value, the "note" beside it in JSON, and of a share that isn't asked for."""
UNKNOWN = 0.04
"""Cost of a word that the document doesn't have."""
TYPE_WEIGHT = 0.12
"""Score that a value of the wrong type loses, and that one of the right type wins."""
OF_KIND, UNNAMED, PLAIN = 0.6, 0.5, 0.7
"""
Fits of a column of names for "who", of a column without a name or without another one beside it, and of the
column of results or prices if the question has no words for a column.
"""
MAX_DIGITS = 2
"""Digits of a number that may be said of something else than the row."""
MIN_KEY = 0.3
"""Minimum share of a cell's words in the question for it to be a key of its row."""
ONLY_LABEL = 0.6
"""Fit of a label that alone has some words of the question, however long it is."""
FULL_KEY = 0.5
"""Share of its own words in the question from which a cell is no answer."""
MIN_SCORE = 0.45
"""Minimum score of a cell that is considered."""
MIN_SIMILARITY, FULL_SIMILARITY = 0.25, 0.7
"""Similarities of words to a name from which they may mean it, and from which they surely do."""
MIN_SIMILAR_ROW, MIN_ROW_MARGIN = 0.3, 0.05
"""Minimum certainty that a label means the question's words, and by how much the next one is less similar."""
MIN_MEANT = 0.45
"""Minimum certainty that a name or a value means words that a row lacks, for it to be about them."""
MAX_KEY_WORDS = 12
"""Words of a cell that may be a key; a longer one is a text."""
MAX_SIMILAR_ROWS = 60
"""Rows of a table whose labels are compared by the embedder, if none has a word of the question."""

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Returns how similar a text is to each of others, by their meaning, -1 to 1."""


_SHARE = re.compile(r"(?<![^\W_])(?:share|percent|percentage|pct|proportion)(?![^\W_])", re.I)
"""What makes the name of a column that of a share: ``population_share``."""
_SENTENCE = re.compile(r"[^\W\d_][.!?…]['’”\"]?(?=\s|$)")
"""The end of a sentence."""


def no_similarity(text: str, others: Sequence[str]) -> list[float]:
    """Return that nothing is similar: cells are then found by words alone."""
    return [0.0] * len(others)


@dataclass(frozen=True, slots=True)
class CellMatch:
    """
    A cell, and how well it fits a question.

    Args:
        table: Where it is.
        row: Its row.
        cell: One of the row's cells.
        score: Higher is better; 1 if the question's words are all those of the row and the column.
        coverage: The share of the question's words that are found, each weighed by where, 0 to 1.
        row_fit: How well the row is named, 0 to 1.
        column_fit: How well the column is named, 0 to 1.
        type_fit: Whether the value is of the type that the question asks for: -1 to 1.
        missing: The number of the question's words that are found nowhere about it.
        unknown: The number of those that the document doesn't have at all, and no name means.
        misplaced: The number of those that name another column.
    """

    table: Table
    row: TableRow
    cell: TableCell
    score: float
    coverage: float
    row_fit: float
    column_fit: float
    type_fit: float
    missing: int
    unknown: int
    misplaced: int = 0


def match_cells(
    question_words: QuestionWords,
    table: Table,
    similarity: Similarity = no_similarity,
    elsewhere: frozenset[str] = frozenset(),
) -> list[CellMatch]:
    """
    Return the cells of *table* that may answer the question, best first.

    Args:
        question_words: The question.
        table: In which they are.
        similarity: Compares the question's words with names.
        elsewhere: The words of the names of columns in other tables of its document.
    """
    if not question_words.words:
        return []
    matching = _Matching(question_words, table, similarity, elsewhere)
    matches = [match for row in table.rows for match in matching.of_row(row)]
    if not matches:
        matches = list(matching.of_similar_rows()) or list(matching.of_total())
    return sorted(matches, key=lambda match: (-match.score, match.cell.start))


def column_words(table: Table) -> frozenset[str]:
    """Return the words of the names of all columns of a table that isn't one of names and values."""
    if all(map(_is_pair, table.rows)):
        return frozenset()
    return frozenset(word for row in table.rows[:50] for cell in row.cells for word in label_words(cell.name))


def lacks(question_words: QuestionWords, table: Table, row: TableRow) -> bool:
    """Return whether a row can't answer, because it is of another year, day or number than the question."""
    return _Matching(question_words, table, no_similarity).lacks(row)


@dataclass(frozen=True)
class _Keys:
    """What names a row: the words of the question in its cells, and how much of the best cell they are."""

    words: frozenset[str]
    names: frozenset[str]
    fit: float
    weight: float = 1.0
    """Of each of the words: less than 1 if the row means them in other words."""


@dataclass(frozen=True)
class _Matching:
    """A question and a table that are compared."""

    question: QuestionWords
    table: Table
    similarity: Similarity
    elsewhere: frozenset[str] = frozenset()
    _similarities: dict[tuple[str, str], float] = field(default_factory=dict)
    _codes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _unknown: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The words of the question; those that ask for any value count if names in the table have them."""
        names = frozenset(word for name in self.columns.values() for word in label_words(name))
        named = names.union(*self._labels.values())
        return frozenset(self.question.words) | (self.question.light & named)

    @cached_property
    def context(self) -> frozenset[str]:
        """The words of what is said of all rows."""
        texts = [
            self.table.context,
            *(next(iter(texts)) for texts in self._texts.values() if len(texts) == 1),
        ]
        return frozenset(word for text in texts for word in table_words(text))

    @cached_property
    def _texts(self) -> dict[int, frozenset[str]]:
        """The different texts of each column, if there are several rows."""
        texts: dict[int, set[str]] = {}
        for row in self.table.rows if len(self.table.rows) > 1 else ():
            for cell in row.cells:
                texts.setdefault(cell.column, set()).add(cell.text)
        return {column: frozenset(found) for column, found in texts.items()}

    def is_constant(self, column: int) -> bool:
        """Return whether all rows have the same text in a column."""
        return len(self._texts.get(column, ())) == 1

    def is_named(self, label: TableCell) -> bool:
        """Return whether the question has all words of a label that only one row has."""
        words = label_words(label.text)
        return self._counts[label.column, words] == 1 and words <= self.wanted

    @cached_property
    def _counts(self) -> Counter[tuple[int, frozenset[str]]]:
        """The number of rows with the words of a label in a column."""
        return Counter(
            (cell.column, label_words(cell.text)) for row in self.table.rows for cell in row.labels
        )

    @cached_property
    def _numeric(self) -> frozenset[int]:
        """The columns most of whose values are numbers: a word among them, such as "free", is a value too."""
        return frozenset(
            column
            for column, texts in self._texts.items()
            if 2 * sum(value_type(text) is ValueType.NUMBER for text in texts) > len(texts)
        )

    @cached_property
    def titles(self) -> frozenset[str]:
        """The words of the document's name, which choose no row or column."""
        return frozenset(table_words(self.table.titles))

    @cached_property
    def exact(self) -> frozenset[str]:
        """The words that must be found."""
        return self.question.exact

    @cached_property
    def columns(self) -> dict[int, str]:
        """The names of the columns."""
        names: dict[int, str] = {}
        for row in self.table.rows:
            for cell in row.cells:
                if cell.header:
                    names.setdefault(cell.column, cell.name)
        return names

    @cached_property
    def _column_words(self) -> frozenset[str]:
        """The words that name columns of this table, or of others in its document."""
        return column_words(self.table) | self.elsewhere

    @cached_property
    def _common_words(self) -> frozenset[str]:
        """The words of the names of most columns, by which no column is told from the others."""
        names = [label_words(name) for name in self.columns.values()]
        counts = Counter(word for words in names for word in words)
        return frozenset(word for word, count in counts.items() if count > max(1, len(names) / 2))

    @cached_property
    def _heading_years(self) -> frozenset[str]:
        """The year that the whole table is of, as its heading says; empty if that names none or several."""
        years = frozenset(filter(is_year_word, table_words(self.table.heading)))
        return years if len(years) == 1 else frozenset()

    @cached_property
    def _speakers(self) -> frozenset[str]:
        """The speakers of a dialogue, which looks like names and values; each has several sentences."""
        said: dict[str, list[bool]] = {}
        for row in filter(_is_pair, self.table.rows):
            said.setdefault(row.labels[0].text, []).append(bool(_SENTENCE.search(row.values[0].text)))
        return frozenset(name for name, sentences in said.items() if len(sentences) > 1 and all(sentences))

    @cached_property
    def kind(self) -> frozenset[str]:
        """The names of columns that answer a question for a person, a time or a place."""
        first = next(iter(self._question_words), "")
        return kind_words().get(first, frozenset())

    def of_row(self, row: TableRow) -> Iterator[CellMatch]:
        """Yield the cells of a row that the question names."""
        if _is_pair(row) and row.labels[0].text in self._speakers:
            return
        keys = self._keys(row)
        if keys.fit < MIN_KEY and not self._names_pair(row):
            return
        yield from self._answers(row, keys)

    def of_similar_rows(self) -> Iterator[CellMatch]:
        """Yield the cells of rows whose label means what the question asks for, in other words."""
        rows = [row for row in self.table.rows if row.labels]
        # Columns without names are often not those of a table, but of a page.
        if not self.columns or not 0 < len(rows) <= MAX_SIMILAR_ROWS:
            return
        known = {word for name in self.columns.values() for word in label_words(name)}
        known |= {word for row in rows for cell in row.labels for word in label_words(cell.text)}
        rest = self._rest(frozenset(known) | self.context)
        if not rest:
            return
        scores = list(self.similarity(rest, [row.labels[0].text for row in rows]))
        best = max(scores)
        second = max((score for score in scores if score != best), default=0.0)
        fit = _scaled(best)
        if fit < MIN_SIMILAR_ROW or best - second < MIN_ROW_MARGIN:
            return
        meant = frozenset(table_words(rest)) & self.wanted - self.exact
        for row, score in zip(rows, scores, strict=True):
            if score == best and not excludes(meant, label_words(row.labels[0].text)):
                yield from self._answers(row, _Keys(meant, frozenset(), fit, fit))

    def of_total(self) -> Iterator[CellMatch]:
        """Yield the cells of the first row for the whole, which is meant if the question names no row."""
        total = (row for row in self.table.rows if row.labels and Label.of(row.labels[0].text).is_total)
        for row in islice(total, 1):
            yield from self._answers(row, _Keys(frozenset(), frozenset(), ONLY_LABEL))

    def lacks(self, row: TableRow) -> bool:
        """Return whether a year, a day or a number of the question is nowhere about a row."""
        rows = [other for other in self.table.rows if _is_pair(other)] if _is_pair(row) else [row]
        texts = [text for one in rows for cell in one.cells for text in (cell.text, cell.name)]
        texts += [row.group.text] if row.group else []
        found = self.context | self.titles | {word for text in texts for word in table_words(text)}
        return bool(self.exact - found)

    def _names_pair(self, row: TableRow) -> bool:
        """Return whether the row is a name and a value, which the question may mean in other words."""
        return _is_pair(row) and bool(self.wanted & (self.context | self.titles))

    def _keys(self, row: TableRow) -> _Keys:
        words: set[str] = set()
        names: set[str] = set()
        fit = 0.0
        for cell in row.cells:
            label = Label.of(cell.text)
            own = label.words & self.wanted
            if not own or len(label.words) > MAX_KEY_WORDS:
                continue
            generic = frozenset(table_words(cell.name)) if cell.header else frozenset[str]()
            share = label.share(self.wanted, generic)
            if cell in row.labels and own - self.titles and self._is_only(own, cell):
                share = max(share, ONLY_LABEL)
            if share < MIN_KEY or (cell not in row.labels and share < FULL_KEY):
                continue
            words |= own
            names |= label_words(cell.name) & self.wanted
            if own - self.titles or share == 1.0:
                fit = max(fit, share)
        return _Keys(frozenset(words), frozenset(names), fit)

    def _is_only(self, words: frozenset[str], label: TableCell) -> bool:
        """Return whether no other label of the table has all of *words*, which the question has."""
        return len(self._labels) > 1 and all(
            words - others or text == label.text for text, others in self._labels.items()
        )

    @cached_property
    def _row_names(self) -> frozenset[str]:
        """The words of labels that the question has whole: they name some rows, and no other."""
        columns = (
            cell for row in self.table.rows for cell in row.labels if not self.is_constant(cell.column)
        )
        texts = {cell.text for cell in columns} if not all(map(_is_pair, self.table.rows)) else set()
        return frozenset().union(*(words for text in texts if (words := label_words(text)) <= self.wanted))

    @cached_property
    def _labels(self) -> dict[str, frozenset[str]]:
        """The words of each different label."""
        texts = {cell.text for row in self.table.rows for cell in row.labels}
        return {text: label_words(text) for text in texts}

    def _answers(self, row: TableRow, keys: _Keys) -> Iterator[CellMatch]:
        """Yield the cells of a row that may be asked for, one by one."""
        named = _NamedRow.of(row, keys, self)
        for cell in row.cells:
            if cell in row.labels and (
                not cell.header or (cell == row.labels[0] and not self._asks(cell, keys))
            ):
                continue
            own = Label.of(cell.text)
            chosen = own.words & self.wanted
            is_said = own.share(self.wanted) >= FULL_KEY and value_type(cell.text) is not ValueType.NUMBER
            # "Third class" names the row, also if the label is a number.
            is_said |= cell in row.labels and own.words <= self.wanted
            if chosen and is_said and not self.question.is_choice:
                continue
            yield from self._match(named, cell, chosen)

    def _asks(self, cell: TableCell, keys: _Keys) -> bool:
        """Return whether the question asks for a label by the name of its column."""
        return bool(label_words(cell.name) & self.wanted - keys.words) or self._of_kind(cell)

    def _is_of_other_kind(self, cell: TableCell) -> bool:
        """Return whether a column answers another question word: a room for "who"."""
        words = set(plain_question_words(cell.name))
        others = (names for names in kind_words().values() if names != self.kind)
        return bool(self.kind) and words.isdisjoint(self.kind) and any(words & names for names in others)

    def _of_kind(self, cell: TableCell) -> bool:
        return bool(self.kind) and not self.kind.isdisjoint(plain_question_words(cell.name))

    def _match(self, named: "_NamedRow", cell: TableCell, chosen: frozenset[str]) -> Iterator[CellMatch]:
        """Yield the match of a cell, if it is one; *chosen* are the question's words in it."""
        row, keys, name = named.row, named.keys, Label.of(cell.name)
        of_column = self._of_column(cell, name, named)
        # The whole document is about its title, so a value that repeats the title isn't a better match.
        telling = chosen - self.titles if named.is_pair else chosen
        found = dict.fromkeys(keys.words, keys.weight) | of_column | dict.fromkeys(telling, 1.0)
        if "%" in cell.text and percentage_word() in self.wanted:
            found[percentage_word()] = 1.0
        for words, weight in ((keys.names | named.group, IN_GROUP), (self.context, IN_CONTEXT)):
            for word in words & self.wanted:
                found.setdefault(word, weight)
        explained = explained_by_value(cell.text, cell.column in self.table.money) & self.wanted
        for word in explained - self._vocabulary:
            found.setdefault(word, IN_GROUP)
        if self._is_excluded(found) or self._is_of_another_year(row, cell):
            return
        passing = total_words() | (optional_words() - self._column_words - self._vocabulary)
        asked = dict.fromkeys([*self.question.words, *found])
        counted = [word for word in asked if word in found or word not in passing]
        missing = [word for word in counted if word not in found]
        fit, meant = self._column_fit(named, cell, of_column, found if missing else None)
        unknown = 0 if meant >= MIN_MEANT else sum(map(self._is_unknown, missing))
        coverage = (sum(found.values()) + meant * len(missing)) / len(counted) if counted else 0.0
        of_type = type_fit(self.question.text, cell.text, cell.name)
        if of_type == -1.0 and cell.column in self._numeric and value_type(cell.text) is ValueType.TEXT:
            of_type = 0.0
        if of_type == 1.0 and name.share(self.wanted) < 1.0 and self._is_of_other_kind(cell):
            of_type = -0.5
        score = coverage - named.cost - MISSING_NAME * (1 - fit) + TYPE_WEIGHT * of_type - UNKNOWN * unknown
        score -= REMARK * (name.is_remark or self._is_other_share(cell))
        if score >= MIN_SCORE and of_type > -1.0:
            row_fit = max(fit, keys.fit) if named.is_pair else keys.fit
            yield CellMatch(
                self.table,
                row,
                cell,
                score,
                coverage,
                row_fit,
                fit,
                of_type,
                len(missing),
                unknown,
                len((self._column_words | self._row_names).intersection(missing)),
            )

    def _is_excluded(self, found: Collection[str]) -> bool:
        """
        Return whether the question has a year, a code or a large number that isn't *found*.

        A day or a month excludes only cells of a table that has others.
        """
        for word in self.exact.difference(found):
            if word in date_words():
                if self._vocabulary & date_words():
                    return True
            elif not word.isdigit() or len(word) > MAX_DIGITS or word in self._vocabulary:
                return True
        return False

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        """The words of all names and labels, and of the headings right above."""
        groups = (row.group.text for row in self.table.rows if row.group)
        names = frozenset(
            word
            for name in (self.table.heading, *self.columns.values(), *groups)
            for word in table_words(name)
        )
        return names.union(*self._labels.values())

    def _column_fit(
        self,
        named: "_NamedRow",
        cell: TableCell,
        of_column: Mapping[str, float],
        found: Mapping[str, float] | None,
    ) -> tuple[float, float]:
        """
        Return how well the name of a column fits, and how likely it means the words that are found nowhere.

        Args:
            named: The row.
            cell: The cell in that column.
            of_column: The words of the question in the name.
            found: The words that are found anywhere; None if all are.
        """
        name, keys = Label.of(cell.name), named.keys
        abbreviations = self._abbreviations(cell.name, keys.words)
        known = self.wanted if named.is_pair else self.wanted - keys.words
        known |= {key for code, _ in abbreviations for key in table_words(code) or [code]}
        general = calendar_words() | self._common_words
        lexical = name.share(known, general) if of_column or name.is_total else 0.0
        similar = meant = 0.0
        if excludes(self.wanted - keys.words, name.words):
            lexical /= 2
        else:
            similar = _scaled(self._similar(self._rest(keys.words | (self.titles & self.context)), cell))
            meant = _scaled(self._similar(self._rest(frozenset(found)), cell)) if found is not None else 0.0
        fit = max(lexical, similar, OF_KIND if self._of_kind(cell) else 0.0)
        is_year_name = bool(name.words) and all(map(is_year_word, name.words)) and not named.is_pair
        if name.is_total or is_year_name:
            fit = 1.0 if found is None else max(fit, UNNAMED)
        if not name.words or (len(named.row.cells) <= len(named.row.labels[:1]) + 1 and not named.is_pair):
            fit = max(fit, UNNAMED)
        if name.words & qualifiers() - self.wanted or self._is_other_share(cell):
            fit *= QUALIFIED
        if found is None and name.words and name.words <= plain_names():
            fit = max(fit, PLAIN)
        return fit, meant

    def _is_other_share(self, cell: TableCell) -> bool:
        """Return whether a column has shares, as its name alone says, and the question asks for none."""
        is_share = bool(_SHARE.search(cell.name)) and "%" not in cell.text
        return is_share and percentage_word() not in self.wanted and len(label_words(cell.name)) > 1

    def _of_column(self, cell: TableCell, name: Label, named: "_NamedRow") -> dict[str, float]:
        """Return the words of the question that name the column, each with its weight."""
        if not named.is_pair and not name.words - named.keys.words:
            return {}
        own = name.words if named.is_pair else name.words - named.keys.words
        found = dict.fromkeys(own & self.wanted, 1.0)
        for code, word in self._abbreviations(cell.name, named.keys.words):
            for key in table_words(word):
                found.setdefault(key, ABBREVIATED if len(code) > 1 else INITIAL)
        return found

    def _rest(self, known: frozenset[str]) -> str:
        """Return the question without stop words and the words in *known*."""
        stop = words_in("stop")
        return " ".join(
            word
            for word in self._question_words
            if (word not in stop or word in _MEASURING) and not known & frozenset(table_words(word))
        )

    def _similar(self, text: str, cell: TableCell) -> float:
        """Return how similar *text* is to the name of a column."""
        if not text or not cell.header:
            return 0.0
        if (text, cell.name) not in self._similarities:
            names = list(dict.fromkeys([*self.columns.values(), cell.name]))
            scores = self.similarity(text, [name.replace("_", " ") for name in names])
            self._similarities.update(
                {(text, name): score for name, score in zip(names, scores, strict=True)}
            )
        return self._similarities[text, cell.name]

    @cached_property
    def _question_words(self) -> list[str]:
        return plain_question_words(self.question.text)

    def _abbreviations(self, name: str, keys: frozenset[str]) -> list[tuple[str, str]]:
        """Return the parts of a column's name that abbreviate words of the question other than *keys*."""
        if name not in self._codes:
            self._codes[name] = list(abbreviated(name, self._question_words))
        wanted = self.wanted - keys
        return [(code, word) for code, word in self._codes[name] if wanted.intersection(table_words(word))]

    def _is_unknown(self, word: str) -> bool:
        if word not in self._unknown:
            self._unknown[word] = self.question.are_unknown_to(self.table.document, (word,))
        return self._unknown[word]

    def _is_of_another_year(self, row: TableRow, cell: TableCell) -> bool:
        """Return whether a label, the column or else the heading names other years than the question."""
        texts = [*(label.text for label in row.labels if is_year(label.text)), cell.name]
        named = frozenset(word for text in texts for word in table_words(text) if is_year_word(word))
        years = named or self._heading_years
        return bool(self.question.years and years and not self.question.years <= years)


_MEASURING = frozenset({"how", "when", "who", "where", "much", "before", "after"})
"""Words that name no thing and still say which column is meant."""


@dataclass(frozen=True)
class _NamedRow:
    """A row with its keys, the words of its headings, and what its labels cost that the question lacks."""

    row: TableRow
    keys: _Keys
    group: frozenset[str]
    cost: float
    is_pair: bool

    @classmethod
    def of(cls, row: TableRow, keys: _Keys, matching: _Matching) -> "_NamedRow":
        group = frozenset(table_words(row.group.text)) if row.group else frozenset[str]()
        group |= {word for cell in row.labels for word in table_words(cell.name)}
        labels = [Label.of(cell.text) for cell in row.labels if not matching.is_constant(cell.column)]
        if any(matching.is_named(cell) for cell in row.labels):
            labels = []  # no other label tells the row from the others
        cost = sum(
            MISSING_LABEL * (1 - label.share(matching.wanted))
            + MISSING_PARENT * (1 - label.parent_share(matching.wanted))
            for label in labels
            if not label.is_total
        )
        return cls(row, keys, group, 0.0 if _is_pair(row) else cost, _is_pair(row))


def _is_pair(row: TableRow) -> bool:
    """Return whether a row is a name and a value: "Rent: 50" of a form."""
    return (
        len(row.labels) == 1
        and len(row.values) == 1
        and row.values[0].header == (row.labels[0].text.rstrip(": "),)
    )


def _scaled(similarity: float) -> float:
    """Return a similarity as a share of certainty, 0 to 1."""
    return min(1.0, max(0.0, (similarity - MIN_SIMILARITY) / (FULL_SIMILARITY - MIN_SIMILARITY)))
