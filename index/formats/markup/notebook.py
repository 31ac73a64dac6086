"""Read Jupyter notebooks: prose, code and output."""

import re
from collections.abc import Iterator
from typing import Any

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.blocks import first_heading
from index.formats.common.decoding import decode
from index.formats.data.json import loads
from index.formats.markup.html import html_blocks
from index.formats.markup.markdown import markdown_blocks
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

NON_TEXT = re.compile(r"<IPython\.core\.display\.\w+ object>\s*")
"""The plain form of Markdown or HTML output where only plain text can be displayed."""
ANSI_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def read_notebook(data: bytes, limits: Limits) -> ParsedFile:
    """Read a notebook of format 3 or 4; its title is the first level-1 heading."""
    notebook = loads(decode(data))
    cells = _cells(notebook) if isinstance(notebook, dict) else None
    if cells is None:
        raise UnreadableFile(FailureCode.INVALID_NOTEBOOK, "it has no cells")
    blocks = tuple(block for cell in cells if isinstance(cell, dict) for block in _cell(cell))
    return ParsedFile("application/x-ipynb+json", first_heading(blocks), blocks)


def _cells(notebook: dict[str, Any]) -> list[Any] | None:
    """Return the cells, which format 3 has in worksheets; None if there are none."""
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list):
        return [cell for sheet in sheets for cell in sheet.get("cells", [])]
    cells = notebook.get("cells")
    return cells if isinstance(cells, list) else None


def _cell(cell: dict[str, Any]) -> Iterator[ParsedBlock]:
    source = _joined(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    if kind == "markdown":
        yield from markdown_blocks(source)
    elif kind == "heading":
        yield ParsedBlock(BlockKind.HEADING, source, level=int(cell.get("level", 1)))
    else:
        yield from _verbatim(source)
        for output in cell.get("outputs", []):
            yield from _output(output)


def _output(output: dict[str, Any]) -> Iterator[ParsedBlock]:
    """Yield the blocks of an output: Markdown or HTML if its plain form is missing or only names it."""
    data, plain = output.get("data") or {}, _plain(output)
    markdown, page = _joined(data.get("text/markdown")), _joined(data.get("text/html"))
    if (markdown or page) and (NON_TEXT.fullmatch(plain) or not plain):
        yield from markdown_blocks(markdown) if markdown else html_blocks(page)
    else:
        yield from _verbatim(ANSI_COLOURS.sub("", plain))


def _plain(output: dict[str, Any]) -> str:
    """Return an output as plain text: what was printed, a result, or an error's name and message."""
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename')}: {output.get('evalue')}"
    return _joined(output.get("text")) or _joined((output.get("data") or {}).get("text/plain"))


def _verbatim(text: str) -> Iterator[ParsedBlock]:
    if text.strip():
        yield ParsedBlock(BlockKind.CODE, text)


def _joined(lines: Any) -> str:
    return "".join(map(str, lines)) if isinstance(lines, list) else lines if isinstance(lines, str) else ""
