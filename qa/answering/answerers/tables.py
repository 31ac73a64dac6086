"""Tables: the cells that a question asks for, with their row and their column, or a figure over a column."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from index.records import Document
from qa.answering.answerers.extractive import NOT_FOUND
from qa.answering.answerers.json_text import JSON_TYPES, shown_path, without_tags
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.table_computation import (
    Computation,
    Operation,
    compute,
    number,
    operation_words,
    requested_operation,
)
from qa.answering.answerers.table_matching import (
    CellMatch,
    Similarity,
    column_words,
    lacks,
    match_cells,
    no_similarity,
)
from qa.answering.answerers.table_model import Table, TableCell, TableRow, is_figure, is_value, read_tables
from qa.answering.answerers.table_overview import is_tabular
from qa.answering.answerers.table_phrases import reworded
from qa.answering.answerers.table_selection import requested_selection, select_rows
from qa.answering.answerers.table_times import find_departure
from qa.answering.answerers.table_words import (
    Label,
    QuestionWords,
    calendar_words,
    label_words,
    optional_words,
    table_words,
    total_words,
)
from qa.answering.answerers.texts import fixed_text
from qa.answering.languages import ENGLISH
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, AnswerKind, ClaimSentence, Quote

MAX_DOCUMENTS = 5
"""Maximum number of documents whose tables are read, those of the best passages."""
MAX_BLOCKS = 5000
"""Maximum blocks of a spreadsheet whose tables are all read."""
MAX_SHOWN = 4
"""Cells that fit equally well and are all shown."""
MAX_VALUE = 600
"""Characters of a cell that is shown; a longer one is a passage."""
MAX_LISTED = 12
"""Rows that are listed."""
MAX_SHORT = 60
"""Characters of a cell that is shown as the short answer."""
MAX_QUOTED_ROW = 240
"""Characters of a row that is quoted whole; of a longer one, the label and the cell are."""
MAX_QUOTED_CELLS = 12
"""Cells of a computed figure that are quoted one by one; of more, the part of the table they are in is."""
NAMED = 0.6
"""Fit of a column from which any of its cells says something: a grade, a code."""
MIN_CONFIDENCE = 0.5
"""Minimum confidence in a cell that is shown."""
BIAS = -4.5
WEIGHTS = {
    "coverage": 0.9,
    "row": 1.4,
    "column": 3.6,
    "type": 0.8,
    "missing": -1.1,
    "unknown": -0.7,
    "misplaced": -4.0,
    "margin": 0.6,
    "several": 0.3,
    "nameless": -0.5,
    "computed": -0.5,
    "marked": 2.5,
}
"""Weights of :func:`cell_features`, fitted on the tuning halves of two sets of questions and rounded."""
SURE_COVERAGE = 0.9
"""Coverage from which a computed figure is sure."""
MARGIN = 0.015
"""Score by which cells fit equally well."""
PER_PASSAGE = 0.003
"""Score that a table loses for each passage ranked before it."""
SURE, LIKELY = 0.9, 0.7
"""Confidence in a cell whose words are all found, and in another."""

MAX_DECIMALS = 4
"""Decimals of a number that needs no short form."""

_BARE_NUMBER = re.compile(r"(?P<before>[$€£¥]?)\s?-?[\d,.]+(?P<after>\s?%?)")
_YES_NO = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|may|must|should|will|would)\b", re.I
)
_HOW = re.compile(r"\bhow (\w+)", re.I)
_TELLING = re.compile(r"\d|[^\W\d_]{3}|[\u0600-\uffff]")
"""A cell with more than a mark: "x", "no"."""
_OTHER_UNIT = re.compile(
    r"%|\b(?:per|percent|percentage|ratio|rate|number of|employees?|headcount|count|units|stores|years?)\b",
    re.I,
)
"""Words for values with another unit than their table."""


@dataclass(frozen=True, slots=True)
class TablesForm:
    """
    Answers with cells of tables; a question that names no row and no column is left to others.

    Args:
        similarity: Compares the question's words with the names in tables.
    """

    similarity: Similarity = no_similarity

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, if a table has what the question asks for."""
        ranked = self._tables(question.text, sources) if QuestionWords.of(question.text).words else []
        similarity = self.similarity if question.language == ENGLISH else no_similarity
        drafted = _drafted(question, ranked, sources, similarity)
        # The words that tables have for what is asked may find more.
        wordings = list(reworded(question.text)) if question.language == ENGLISH else []
        names = [_names(table) for table, _ in ranked] if wordings else []
        for wording in wordings:
            named = frozenset(QuestionWords.of(wording.name).words)
            having = [one for one, known in zip(ranked, names, strict=True) if named <= known]
            other = _drafted(replace(question, text=wording.text), having, sources, similarity)
            if other is not None and _is_surer(other, drafted):
                drafted = other
        if drafted is None and requested_operation(question.text) is None:
            words = QuestionWords.of(question.text)
            drafted = _refusal(question.text, words, ranked, sources, similarity)
        sources.lap("tables")
        if drafted is not None:
            yield drafted

    def _tables(self, question: str, sources: Sources) -> list[tuple[Table, int]]:
        """Return the tables of the best passages, each with the place of its first passage."""
        sources.search(question)
        passages = sources.passages(question)
        places: dict[str, dict[tuple[int, int], int]] = {}
        for place, passage in enumerate(passages):
            span = passage.span
            places.setdefault(span.doc_id, {})[span.start, span.end] = place
        found: list[tuple[Table, int]] = []
        documents = 0
        for doc_id, of_document in places.items():
            tables = _tables_at(sources.document(doc_id), of_document)
            found += tables
            documents += bool(tables)
            if documents == MAX_DOCUMENTS:
                break
        return found


def _drafted(
    question: QuestionAnalysis, ranked: Sequence[tuple[Table, int]], sources: Sources, similarity: Similarity
) -> AnswerDraft | None:
    """Return what the tables say to one wording of the question; None if they say nothing."""
    question_words = QuestionWords.of(question.text)
    operation = requested_operation(question.text)
    drafted = _computed(question, operation, ranked) if operation in ("most", "least", "rows") else None
    drafted = drafted or _time(question.text, ranked)
    drafted = drafted or _selected(question, ranked, is_column_named=True)
    drafted = drafted or _best_cells(question.text, question_words, ranked, sources, similarity)
    if drafted is None or len(drafted.claims) > 1:
        drafted = _selected(question, ranked) or drafted
    return drafted or _computed(question, operation, ranked)


def _is_surer(one: AnswerDraft, other: AnswerDraft | None) -> bool:
    """Return whether *one* is likelier to be right than *other*, or is the only answer."""
    return other is None or (one.confidence or 0.0) > (other.confidence or 0.0)


def _names(table: Table) -> frozenset[str]:
    """Return the words of the names of columns, labels and what is said of the whole table."""
    names = (text for row in table.rows for cell in row.cells for text in cell.header)
    labels = (cell.text for row in table.rows for cell in row.labels)
    return frozenset(table_words(table.context)).union(*map(label_words, {*names, *labels}))


def _tables_at(document: Document, places: Mapping[tuple[int, int], int]) -> list[tuple[Table, int]]:
    """Return the tables at some places of a document, each with the number of its first place."""
    ranges = list(places)
    if _is_small_and_tabular(document):
        ranges.append((0, len(document.text)))
    found = []
    for table in read_tables(document, ranges):
        first, last = table.rows[0].start, table.rows[-1].end
        overlapping = (at for (start, end), at in places.items() if start < last and first < end)
        found.append((table, min(overlapping, default=min(places.values()))))
    return found


def _is_small_and_tabular(document: Document) -> bool:
    """Return whether all tables of *document* are read, because one may explain the codes of another."""
    return len(document.blocks) <= MAX_BLOCKS and is_tabular(document)


def _best_cells(
    question: str,
    question_words: QuestionWords,
    ranked: Sequence[tuple[Table, int]],
    sources: Sources,
    similarity: Similarity,
) -> AnswerDraft | None:
    """Return the cells that *question* names, or None if no cell fits or too many fit equally well."""
    operation = requested_operation(question)
    elsewhere = _names_elsewhere([table for table, _ in ranked])
    scored = [
        (match.score - PER_PASSAGE * place, match)
        for table, place in ranked
        for match in match_cells(question_words, table, similarity, elsewhere[id(table)])
        if _fits(question, match) and _fits_operation(operation, match)
    ]
    scored.sort(key=lambda one: (-one[0], one[1].cell.start))
    if not scored:
        return None
    best = scored[0][1]
    near = [match for score, match in scored if score >= scored[0][0] - MARGIN]
    near = _first_of_equal([match for match in near if match.table is best.table])
    if len(near) > 1:
        near = _of_totals(near) or near
    if len(near) > 1 and not all(match.cell.name for match in near):
        return None
    if _are_unrelated(near):
        return None
    several_rows = any(match.row is not best.row for match in near)
    if several_rows and not is_value(best.cell.text):
        return None
    features = cell_features(question, scored, near, _is_marked(question, best, sources))
    confidence = cell_confidence(features)
    if len(near) > MAX_SHOWN or confidence < MIN_CONFIDENCE:
        return None
    short = shown_value(best.table, best.row, best.cell) if len(near) == 1 else ""
    return AnswerDraft(
        claims=tuple(cell_claim(match.table, match.row, match.cell, confidence) for match in near),
        short=short if 0 < len(short) <= MAX_SHORT else None,
        kind=AnswerKind.TABLE,
        confidence=confidence,
    )


def _first_of_equal(matches: Sequence[CellMatch]) -> list[CellMatch]:
    """
    Return the matches without those that have the labels and the column of an earlier one.

    A table that repeats its rows for parts of the whole has the whole first.
    """
    first: dict[object, CellMatch] = {}
    for match in sorted(matches, key=lambda one: one.cell.start):
        group = match.row.group.text if match.row.group else ""
        labels = tuple(label.text for label in match.row.labels)
        first.setdefault((group, labels, match.cell.column), match)
    return [match for match in matches if match in first.values()]


def _of_totals(matches: Sequence[CellMatch]) -> list[CellMatch]:
    """Return the matches of rows for a total, which a question means that fits all rows equally well."""
    return [match for match in matches if any(_is_of_total(label.text) for label in match.row.labels)]


def _is_of_total(label: str) -> bool:
    return bool(total_words() & label_words(label)) or Label.of(label).is_whole


def _are_unrelated(matches: Sequence[CellMatch]) -> bool:
    """Return whether several cells are in one row and the names of their columns share no word."""
    names = [label_words(match.cell.name) for match in matches]
    of_one_row = all(match.row is matches[0].row for match in matches)
    return len(names) > 1 and of_one_row and not frozenset.intersection(*names)


def _names_elsewhere(tables: Sequence[Table]) -> dict[int, frozenset[str]]:
    """Return the words of the names of columns in other tables of the same document, by the id of a table."""
    names = {id(table): column_words(table) for table in tables}
    return {
        id(table): frozenset[str]().union(
            *(names[id(other)] for other in tables if other.document.doc_id == table.document.doc_id)
        )
        - names[id(table)]
        for table in tables
    }


def _refusal(
    question: str,
    question_words: QuestionWords,
    ranked: Sequence[tuple[Table, int]],
    sources: Sources,
    similarity: Similarity,
) -> AnswerDraft | None:
    """
    Return a refusal if the likeliest sentence is a row of another year, day or number than the question.

    In a document of tables there is no other sentence, and to a reader of prose all rows look alike.
    """
    place = _likeliest_place(question, sources)
    if place is None:
        return None
    doc_id, start, end = place
    for table, _ in ranked:
        for row in table.rows if table.document.doc_id == doc_id else ():
            if row.start < end and start < row.end:
                in_table = is_tabular(table.document) and lacks(question_words, table, row)
                if in_table or _is_about_something_else(question_words, table, row, similarity):
                    claim = ClaimSentence(
                        table.document.text[row.start : row.end],
                        (quote_range(table.document, row.start, row.end),),
                    )
                    return AnswerDraft(reason=NOT_FOUND, possible=(claim,))
                return None
    return None


def _is_about_something_else(
    question_words: QuestionWords, table: Table, row: TableRow, similarity: Similarity
) -> bool:
    """Return whether the question has a word that is nowhere in the document and means nothing in a row."""
    if question_words.is_choice or not any(cell.header for cell in row.cells):
        return False
    matches = [one for one in match_cells(question_words, table, similarity) if one.row == row]
    if any(not one.unknown for one in matches):
        return False
    told = optional_words() | total_words() | calendar_words()
    measured = _HOW.search(question_words.text)
    asked = [
        word
        for word in question_words.words
        if word not in told and not (measured and question_words.written[word] == measured[1].lower())
    ]
    return question_words.are_unknown_to(table.document, asked)


def cell_features(
    question: str, scored: Sequence[tuple[float, CellMatch]], near: Sequence[CellMatch], marked: bool
) -> dict[str, float]:
    """
    Return what tells whether the best cell answers.

    Args:
        question: In a person's words.
        scored: The cells that fit, each with its score, best first.
        near: Those that fit equally well.
        marked: Whether the reader's likeliest sentence is in the row of the best one.
    """
    score, best = scored[0]
    rival = max((other for other, match in scored[1:] if match not in near), default=0.0)
    return {
        "coverage": best.coverage,
        "row": best.row_fit,
        "column": best.column_fit,
        "type": best.type_fit,
        "missing": min(3, best.missing),
        "unknown": min(3, best.unknown),
        "misplaced": min(2, best.misplaced),
        "margin": min(0.3, score - rival),
        "several": float(len(near) > 1),
        "nameless": float(not best.cell.header),
        "computed": float(requested_operation(question) is not None),
        "marked": float(marked),
    }


def cell_confidence(features: Mapping[str, float]) -> float:
    """Return how likely a cell with these features answers the question, 0 to 1."""
    logit = BIAS + math.fsum(WEIGHTS[name] * value for name, value in features.items())
    return 1 / (1 + math.exp(-logit))


def _fits(question: str, match: CellMatch) -> bool:
    """Return whether a cell can answer: it is short and says something."""
    text = match.cell.text
    is_telling = _TELLING.search(text) or _YES_NO.search(question) or match.column_fit >= NAMED
    return len(text) <= MAX_VALUE and bool(is_telling)


def _fits_operation(operation: Operation | None, match: CellMatch) -> bool:
    """
    Return whether a cell can be what an operation results in.

    A total or an average is a number. The row of the largest value isn't known, unless a name says it.
    """
    if operation in ("total", "average"):
        return is_figure(match.cell.text)
    if operation in ("most", "least"):
        labels = (label.text for label in match.row.labels)
        return bool(operation_words(operation) & label_words(" ".join([match.cell.name, *labels])))
    return True


def _is_marked(question: str, match: CellMatch, sources: Sources) -> bool:
    """Return whether the sentence that the reader finds likeliest is in the row."""
    place = _likeliest_place(question, sources)
    if place is None:
        return False
    doc_id, start, end = place
    return doc_id == match.table.document.doc_id and start < match.row.end and match.row.start < end


def _likeliest_place(question: str, sources: Sources) -> tuple[str, int, int] | None:
    """Return the document, start and end of the sentence that the reader finds likeliest."""
    quotes = [quote for reading in sources.search(question) for quote in reading.quotes]
    if not quotes:
        return None
    best = max(quotes, key=lambda quote: quote.probability)
    start = best.passage.span.start
    return best.passage.span.doc_id, start + best.start, start + best.end


def _time(question: str, ranked: Sequence[tuple[Table, int]]) -> AnswerDraft | None:
    """Return a time of a timetable: of the first or last departure, or of a named one."""
    found = find_departure(question, [table for table, _ in ranked])
    if found is None:
        return None
    claim = cell_claim(found.table, found.row, found.cell, LIKELY)
    return AnswerDraft((claim,), found.cell.text, kind=AnswerKind.TABLE, confidence=LIKELY)


def _selected(
    question: QuestionAnalysis, ranked: Sequence[tuple[Table, int]], *, is_column_named: bool = False
) -> AnswerDraft | None:
    """Return how many rows are as the question says, or which ones; *is_column_named* asks for a column."""
    request = requested_selection(question.text)
    if request is None or (is_column_named and request == "count"):
        return None
    for table, _ in ranked:
        found = select_rows(question.text, request, table)
        if found is None or (request == "list" and len(found.rows) > MAX_LISTED):
            continue
        if is_column_named and not found.is_column_named:
            continue
        if request == "count":
            text = fixed_text(
                "counted_rows",
                question.language,
                words=found.words,
                value=len(found.rows),
                count=len(found.table.rows),
            )
            quotes = _quoted_cells(table.document, found.rows, found.filters, LIKELY)
            claims = (ClaimSentence(" ".join(text.split()), quotes),)
            return AnswerDraft(claims, str(len(found.rows)), kind=AnswerKind.TABLE, confidence=LIKELY)
        return AnswerDraft(
            tuple(
                _row_claim(table, row, cells) for row, cells in zip(found.rows, found.answers, strict=True)
            ),
            kind=AnswerKind.TABLE,
            confidence=LIKELY,
        )
    return None


def _row_claim(table: Table, row: TableRow, cells: Sequence[TableCell]) -> ClaimSentence:
    """Return the names of a row, with the row quoted."""
    text = ", ".join(cell.text for cell in cells)
    return ClaimSentence(text, _quotes(table, row, cells[0], LIKELY, cells[0]))


def _computed(
    question: QuestionAnalysis, operation: Operation | None, ranked: Sequence[tuple[Table, int]]
) -> AnswerDraft | None:
    if operation is None:
        return None
    for table, _ in ranked:
        found = compute(question.text, operation, table)
        if found is not None:
            return _computed_draft(found, question.language)
    return None


def _computed_draft(found: Computation, language: str) -> AnswerDraft:
    confidence = SURE if found.coverage >= SURE_COVERAGE else LIKELY
    if found.chosen:
        claims = tuple(
            cell_claim(found.table, found.rows[at], found.cells[at], confidence, answer)
            for at, answer in zip(found.chosen, found.answer, strict=True)
        )
        short = ", ".join(dict.fromkeys(answer.text for answer in found.answer))
        note = fixed_text(
            f"of_{found.operation}", language, count=len(found.cells), column=found.cells[0].name
        )
        return AnswerDraft(claims, short, note=note, kind=AnswerKind.TABLE, confidence=confidence)
    shown = _decimal_text(found.value)
    column = found.cells[0].name
    text = fixed_text(
        f"computed_{found.operation}", language, column=column, count=len(found.cells), value=shown
    )
    claim = ClaimSentence(
        " ".join(text.split()), _quoted_cells(found.table.document, found.rows, found.cells, confidence)
    )
    return AnswerDraft((claim,), shown, kind=AnswerKind.TABLE, confidence=confidence)


def _decimal_text(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.01")) if -value.as_tuple().exponent > 2 else value  # type: ignore[operator]
    return f"{rounded:,f}"


def _quoted_cells(
    document: Document, rows: Sequence[TableRow], cells: Sequence[TableCell], confidence: float
) -> tuple[Quote, ...]:
    if len(cells) <= MAX_QUOTED_CELLS:
        return tuple(
            replace(quote_range(document, cell.start, cell.end), probability=confidence) for cell in cells
        )
    whole = quote_range(document, rows[0].start, rows[-1].end)
    return (replace(whole, probability=confidence),)


def cell_claim(
    table: Table, row: TableRow, cell: TableCell, probability: float, answer: TableCell | None = None
) -> ClaimSentence:
    """
    Return a cell with the labels of its row and the name of its column, all of them quoted.

    Args:
        table: Where it is.
        row: Its row.
        cell: One of the row's values.
        probability: That it answers the question, 0 to 1.
        answer: The cell whose words answer; None means *cell*.
    """
    labels = [label.text.rstrip(": ") for label in table.telling_labels(row) if label != cell]
    name = ", ".join(one for one in cell.header if one.rstrip(": ") not in labels)
    if table.document.media_type in JSON_TYPES:
        labels, name = [shown_path(label) for label in labels], shown_path(name)
    labelled = " · ".join([*labels, name] if name else labels)
    text = f"{labelled}: {shown_value(table, row, cell)}" if labelled else shown_value(table, row, cell)
    return ClaimSentence(text, _quotes(table, row, cell, probability, answer or cell))


def shown_value(table: Table, row: TableRow, cell: TableCell) -> str:
    """
    Return the words of a cell, with the unit that the table is in unless the cell has a unit itself.

    A number that is hard to read, because it is in millions or has many decimals, is followed by a short
    form.
    """
    if table.unit is None or not _has_table_unit(table, row, cell):
        return _with_short_form(without_tags(cell.text))
    return f"{cell.text} ({' '.join(table.document.text[slice(*table.unit)].split())})"


def _has_table_unit(table: Table, row: TableRow, cell: TableCell) -> bool:
    """Return whether the unit of a table is that of a cell: not of a ratio, a count or another column."""
    names = " ".join((cell.name, *(label.text for label in row.labels)))
    in_money = not table.money or cell.column in table.money
    return _is_bare(cell) and in_money and not _OTHER_UNIT.search(names)


def _is_bare(cell: TableCell) -> bool:
    """Return whether a cell is a number without a unit but for a currency."""
    return not cell.text.strip("$€£¥ ()-−–,.0123456789")


def _with_short_form(text: str) -> str:
    """Return a long number with its short form: "$664,312,371.44 (about $664.3 million)"."""
    found = _BARE_NUMBER.fullmatch(text)
    value = number(text) if found else None
    if found is None or value is None:
        return text
    before, after = found["before"], found["after"]
    for scale, word, places in ((10**9, "billion", "0.01"), (10**6, "million", "0.1")):
        if abs(value) >= scale:
            short = (value / scale).quantize(Decimal(places)).normalize()
            return f"{text} (about {before}{short:f} {word}{after})"
    decimals = -int(value.as_tuple().exponent)
    if decimals == 1 and value == value.to_integral_value():
        return f"{text} ({value:,.0f})"
    if decimals > MAX_DECIMALS:
        return f"{text} (about {before}{round(value, 2)}{after})"
    return text


def _quotes(
    table: Table, row: TableRow, cell: TableCell, probability: float, answer: TableCell
) -> tuple[Quote, ...]:
    document = table.document
    if row.end - row.start <= MAX_QUOTED_ROW:
        marked = (answer.start - row.start, answer.end - row.start)
        quotes = [replace(quote_range(document, row.start, row.end), answer=marked)]
    else:
        quotes = [quote_range(document, cell.start, cell.end)]
        if row.labels:
            quotes.append(quote_range(document, row.labels[0].start, row.labels[-1].end))
        quotes = [
            replace(quote, answer=(0, quote.end)) if quote.passage.span.start == answer.start else quote
            for quote in quotes
        ]
    quotes = [replace(quote, probability=probability) for quote in quotes]
    if row.group in table.telling_labels(row) and row.group:
        quotes.append(quote_range(document, row.group.start, row.group.end))
    if table.unit and _has_table_unit(table, row, cell):
        quotes.append(quote_range(document, *table.unit))
    return tuple(quotes)
