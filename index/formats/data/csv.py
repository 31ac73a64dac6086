"""Read comma- and tab-separated values."""

import csv
import io
import re
from collections import Counter
from itertools import islice

from index.formats.common.decoding import decode
from index.formats.common.tables import record_blocks
from index.formats.types import Limits
from index.text.canonical import ParsedFile

DELIMITERS = ",;\t|"
SAMPLE_LINES, SAMPLE_CHARACTERS = 100, 100_000
COMMA_IN_TEXT = re.compile(r"(?<=\d),(?=\d)|, ")
"""A comma in a number or a sentence."""


def read_csv(data: bytes, limits: Limits) -> ParsedFile:
    """Read comma-separated values, or values with another delimiter."""
    text = decode(data)
    return ParsedFile("text/csv", None, record_blocks(_records(text, _delimiter(text))))


def read_tsv(data: bytes, limits: Limits) -> ParsedFile:
    """Read tab-separated values."""
    return ParsedFile("text/tab-separated-values", None, record_blocks(_records(decode(data), "\t")))


def _delimiter(text: str) -> str:
    """
    Return the delimiter that gives most lines of a sample the same number of cells, at least two.

    In a tie it isn't the comma if most commas are in numbers or sentences.
    """
    start = text[:SAMPLE_CHARACTERS]
    in_text = 2 * len(COMMA_IN_TEXT.findall(start)) > start.count(",")

    def agreement(delimiter: str) -> tuple[int, bool, int]:
        rows = islice(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), SAMPLE_LINES)
        widths = Counter(len(row) for row in rows if row)
        width, lines = widths.most_common(1)[0] if widths else (1, 0)
        return (lines if width > 1 else 0, delimiter != "," or not in_text, width)

    return max(DELIMITERS, key=agreement)


def _records(text: str, delimiter: str) -> list[list[str]]:
    """Return rows of cells; unbalanced quotation marks are ordinary characters."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        plain = text.splitlines()
        return list(csv.reader(plain, delimiter=delimiter, quoting=csv.QUOTE_NONE))
