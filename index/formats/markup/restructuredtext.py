"""Read reStructuredText."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from index.formats.common.blocks import prose_block
from index.formats.common.decoding import decode
from index.formats.common.list_numbers import format_count
from index.formats.common.tables import (
    SourceCell,
    expand_spans,
    infer_header,
    merge_header_rows,
    row_blocks,
)
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

# ":class:`Foo`", ":doc:`the guide <guide>`" or "`Foo`"
ROLE = re.compile(r":[\w:.+-]+:`([^`<]+?)(?:\s*<[^>]*>)?`|`([^`]+)`")

# docutils' names of number formats, and those of list_numbers.
ENUMERATED = {
    "arabic": "decimal",
    "loweralpha": "lowerLetter",
    "upperalpha": "upperLetter",
    "lowerroman": "lowerRoman",
    "upperroman": "upperRoman",
}

DIRECTIVE = re.compile(
    r"\.\. (?P<name>[\w:.+-]+)::(?P<arguments>[^\n]*)"
    r"(?:\n(?P<options>(?:[ \t]+:[\w-]+:[^\n]*(?:\n|\Z))*)(?P<body>.*))?",
    re.DOTALL,
)
"""Name, arguments, options and body of a directive."""

CODE_DIRECTIVES = frozenset(
    "code-cell cmdoption-example console doctest ipython ipython3 jupyter-execute plot program-output prompt "
    "testcleanup testcode testoutput testsetup".split()
)
"""Directives of Sphinx and its extensions whose body is program code or its output."""

LISTING_DIRECTIVES = frozenset(
    "autosummary automodule autoclass autofunction bibliography highlight index toctree".split()
)
"""Directives of Sphinx whose body is a list of names of files or objects."""

OBJECT_DIRECTIVES = frozenset(
    "attribute class cmdoption confval data decorator decoratormethod envvar exception function macro member "
    "method module option program property setting staticmethod classmethod type variable".split()
)
"""Directives of Sphinx that describe what their arguments name, also after a domain: ``py:class``."""


TABLE_BORDER = re.compile(r"([ \t]*)([=-]+)(?:[ \t]+[=-]+)+[ \t]*")
"""A line above, in or below a simple table; a table of one column has no cell that is lost."""


def read_rst(data: bytes, limits: Limits) -> ParsedFile:
    """Read reStructuredText, without included files and raw passages."""
    document = _doctree(decode(data))
    title = document.get("title")
    return ParsedFile("text/x-rst", title or None, tuple(_rst(document, RstContext())))


def _doctree(text: str) -> Any:
    from docutils.core import publish_doctree

    return publish_doctree(
        _with_first_cells(text),
        settings_overrides={
            "_disable_config": True,
            "file_insertion_enabled": False,
            "raw_enabled": False,
            "report_level": 5,
            "halt_level": 6,
            "warning_stream": False,
            "syntax_highlight": "none",
            "input_encoding": "unicode",
            "docinfo_xform": False,
        },
    )


def _with_first_cells(text: str) -> str:
    """
    Return *text* with a mark of no text in the blank first cells of simple tables.

    docutils takes a line with a blank first cell for a continuation of the row above. Below a border there is
    no such row, and it drops the line: often the header of a table whose first column has no name.
    """
    lines = text.split("\n")
    for number, (border, line) in enumerate(pairwise(lines), 1):
        match = TABLE_BORDER.fullmatch(border)
        if match and line.strip() and not TABLE_BORDER.fullmatch(line):
            start, end = match.span(2)
            if not line[:end].strip() and line[end : end + 1].isspace():
                lines[number] = line[:start] + "\\" + line[start + 1 :]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class RstContext:
    """The surroundings of a node: the depth of its sections and lists, and its number in a list."""

    depth: int = 1
    lists: int = 0
    number: str = ""


def _rst(node: Any, context: RstContext) -> Iterator[ParsedBlock]:
    name = type(node).__name__
    match name:
        case "title" | "subtitle":
            yield from prose_block(_plain_text(node), context.depth + (name == "subtitle"), context.lists)
        case "caption":
            yield from prose_block(context.number + _plain_text(node), 0, context.lists, BlockKind.CAPTION)
        case "paragraph" | "rubric" | "attribution" | "line":
            yield from prose_block(context.number + _plain_text(node), 0, context.lists)
        case "term":
            # The type of a parameter, as in ``size : int``, is a sibling of its name.
            classifiers = (child for child in node.parent.children if type(child).__name__ == "classifier")
            term = " : ".join(map(_plain_text, [node, *classifiers]))
            yield ParsedBlock(BlockKind.LIST_ITEM, term, level=context.lists + 1)
        case "option_list_item":
            yield from _option(node, context)
        case "field":
            name, body = node.children
            yield ParsedBlock(
                BlockKind.LIST_ITEM, f"{_plain_text(name)}: {_field(body)}", level=context.lists + 1
            )
        case "literal_block" | "doctest_block" | "math_block":
            yield ParsedBlock(BlockKind.CODE, node.astext())
        case "table":
            yield from _rst_table(node)
        case "comment" | "substitution_definition" | "target" | "raw" | "pending" | "image":
            return
        case "system_message":
            yield from _unparsed(node, context)
        case _:
            inner = RstContext(context.depth + _opens_section(node), context.lists + (name == "list_item"))
            for child in node.children:
                is_first = name == "list_item" and child is node.children[0]
                yield from _rst(child, replace(inner, number=_rst_number(node) if is_first else ""))


def _option(item: Any, context: RstContext) -> Iterator[ParsedBlock]:
    """Yield an option with its description, as in ``-o FILE, --output=FILE: Where to write``."""
    options, description = item.children
    text, blocks = _plain_text(options), list(_rst(description, replace(context, lists=context.lists + 1)))
    if blocks and blocks[0].kind is BlockKind.LIST_ITEM:
        text = f"{text}: {blocks.pop(0).text}"
    yield ParsedBlock(BlockKind.LIST_ITEM, text, level=context.lists + 1)
    yield from blocks


def _rst_number(item: Any) -> str:
    """Return the number of an item of an enumerated list, such as ``2.`` or ``(c)``."""
    parent_list = item.parent
    if type(parent_list).__name__ != "enumerated_list":
        return ""
    count = int(parent_list.get("start", 1)) + parent_list.index(item)
    number = format_count(count, ENUMERATED[parent_list["enumtype"]])
    return f"{parent_list['prefix']}{number}{parent_list['suffix']} "


def _opens_section(node: Any) -> bool:
    """Return whether a node is a section below another one, or below the title of the document."""
    return type(node).__name__ == "section" and (
        type(node.parent).__name__ != "document" or bool(node.parent.get("title"))
    )


def _plain_text(node: Any) -> str:
    """Return the text of a node, with the content of Sphinx's roles, such as ``:class:`Foo```."""
    return ROLE.sub(lambda match: match[1] or match[2], node.astext())


def _field(body: Any) -> str:
    """Return the text of a field; ``A. Smith``, which docutils takes for a list, is a name."""
    is_list = any(type(child).__name__ == "enumerated_list" for child in body.children)
    return body.rawsource if is_list else _plain_text(body)


def _unparsed(node: Any, context: RstContext) -> Iterator[ParsedBlock]:
    """Yield what docutils doesn't parse: a directive of Sphinx, a malformed table as it is."""
    is_table = "Malformed table" in node.astext()
    for literal in node.findall():
        if type(literal).__name__ != "literal_block":
            continue
        if is_table:
            yield ParsedBlock(BlockKind.CODE, literal.astext())
        elif directive := DIRECTIVE.match(literal.astext()):
            yield from _directive(directive, context)


def _directive(directive: re.Match[str], context: RstContext) -> Iterator[ParsedBlock]:
    """Yield the body of a directive of Sphinx, and what an object is called."""
    name, body = directive["name"].rsplit(":", 1)[-1], textwrap.dedent(directive["body"] or "")
    if name in LISTING_DIRECTIVES:
        return
    if name in CODE_DIRECTIVES:
        yield ParsedBlock(BlockKind.CODE, body.strip("\n"))
        return
    if name in OBJECT_DIRECTIVES:
        signature = " ".join(directive["arguments"].split())
        yield ParsedBlock(BlockKind.LIST_ITEM, signature, level=context.lists + 1)
    for child in _doctree(body).children:
        yield from _rst(child, context)


def _rst_table(node: Any) -> Iterator[ParsedBlock]:
    """Yield the title and rows of a table; a table in a cell is text of that cell."""
    for title in node.children:
        if type(title).__name__ == "title":
            yield from prose_block(_plain_text(title), 0, 0, BlockKind.CAPTION)
    rows = [row for row in node.findall() if type(row).__name__ == "row" and row.parent.parent.parent is node]
    are_headers = [type(row.parent).__name__ == "thead" for row in rows]
    lines = expand_spans(zip(are_headers, (list(map(_rst_cell, row.children)) for row in rows), strict=True))
    header, body = lines[: sum(are_headers)], lines[sum(are_headers) :]
    yield from row_blocks(body, merge_header_rows(header)) if header else infer_header(body)


def _rst_cell(entry: Any) -> SourceCell:
    # docutils also leaves remarks on the markup in a cell.
    content = [child for child in entry.children if type(child).__name__ != "system_message"]
    words = " ".join(" ".join(map(_plain_text, content)).split())
    return SourceCell(words, entry.get("morecols", 0) + 1, entry.get("morerows", 0) + 1)
