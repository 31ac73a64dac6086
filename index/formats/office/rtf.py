"""Read Rich Text Format."""

import re
from collections.abc import Iterator
from itertools import groupby

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.blocks import prose_block
from index.formats.common.tables import infer_table
from index.formats.common.titles import useful_title
from index.formats.types import Limits
from index.text.canonical import ParsedBlock, ParsedFile

MAX_DEPTH = 1_000
"""Depth of groups; a word processor writes about ten."""
_TITLE = re.compile(r"\{\\info\b(?:[^{}]|\{[^{}]*\})*?\{\\title ([^{}\\]{1,300})\}")
_ITEM = re.compile(r"[•‣◦▪■·–-]\s+\S|\(?(?:\d{1,3}|[a-z])[.)]\s+\S")
# A sign that no text has, in place of the bar that striptrf writes after each cell.
_CELL_END = "\ue000"


def read_rtf(data: bytes, limits: Limits) -> ParsedFile:
    """
    Read the text of a document: paragraphs, items of lists, and tables; without headers and notes.

    Raises:
        UnreadableFile: If it isn't RTF.
    """
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip()[:5] == b"{\\rtf":
        raise UnreadableFile(FailureCode.DAMAGED, "it doesn't begin as RTF does")
    source = data.decode("latin-1")
    _refuse_deep(source)
    # A bar in the text itself would look like the end of a cell.
    marked = re.sub(r"(\\(?:nest)?cell)(?![a-z])", rf"\\u{ord(_CELL_END)}?\1", source)
    text = str(rtf_to_text(marked, errors="replace")).replace("\ud800", "")
    title = _TITLE.search(source)
    return ParsedFile("application/rtf", useful_title(title[1]) if title else None, tuple(_blocks(text)))


def _refuse_deep(source: str) -> None:
    depth = deepest = 0
    for brace in re.finditer(r"\\[\\{}]|[{}]", source):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise UnreadableFile(FailureCode.TOO_DEEP)


def _blocks(text: str) -> Iterator[ParsedBlock]:
    for is_table, lines in groupby(text.split("\n"), lambda line: _CELL_END in line):
        if is_table:
            yield from infer_table([_cells(line) for line in lines])
        else:
            for line in lines:
                yield from prose_block(line, 0, _ITEM.match(line.strip()) is not None)


def _cells(line: str) -> list[str]:
    return [" ".join(cell.removeprefix("|").split()) for cell in line.split(_CELL_END)[:-1]]
