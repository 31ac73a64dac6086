"""Markdown and reStructuredText: what they say, without their marks."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from index.canonical import ParsedBlock, Raw
from index.formats.decoding import decode
from index.formats.html import BREAKING, html_blocks
from index.formats.numbering import counted
from index.formats.numbers import raised
from index.formats.records import Limits
from index.formats.tables import SourceCell, grid, joined, of_names, table, with_guessed_header
from index.records import BlockKind

if TYPE_CHECKING:
    from markdown_it.token import Token

FRONT_MATTER = re.compile(
    r"\ufeff?(---|\+\+\+)[ \t]*\r?\n(?=\s*[\w\"'#-]+[ \t]*[:=#]?)(.*?\r?\n)\1[ \t]*(?:\r?\n|$)", re.DOTALL
)
FRONT_TITLE = re.compile(
    r"""^title[ \t]*[:=][ \t]*(?!(?:["'][ \t]*["']|[>|][-+\d]*)[ \t\r]*$)["']?(\S.*?)["']?[ \t\r]*$""",
    re.MULTILINE,
)
"""A title on one line; one that begins on the next, behind ``>`` or ``|``, is passed over."""
TAG = re.compile(r"</?([a-z][a-z0-9-]*)", re.IGNORECASE)
ROLE = re.compile(r":[\w:.+-]+:`([^`<]+?)(?:\s*<[^>]*>)?`|`([^`]+)`")

ENUMERATED = {
    "arabic": "decimal",
    "loweralpha": "lowerLetter",
    "upperalpha": "upperLetter",
    "lowerroman": "lowerRoman",
    "upperroman": "upperRoman",
}

DIRECTIVE = re.compile(r"\.\. [\w:.+-]+::[^\n]*\n((?:[ \t]+:[\w-]+:[^\n]*\n)*)(.*)", re.DOTALL)
"""A directive's first line with its options, and its body."""


def read_markdown(data: bytes, limits: Limits) -> Raw:
    """CommonMark with tables; its title is the front matter's, or its first level-1 heading."""
    text = decode(data)
    matter = _front_matter(text)
    blocks = markdown_blocks(text[matter.end() :] if matter else text)
    title = FRONT_TITLE.search(matter[2]) if matter else None
    return Raw("text/markdown", title[1] if title else first_heading(blocks), blocks)


def _front_matter(text: str) -> re.Match[str] | None:
    """The block of settings at the top, told from a rule and prose by its ``key:`` lines."""
    matter = FRONT_MATTER.match(text)
    return matter if matter and re.search(r"^[\w-]+[ \t]*[:=]", matter[2], re.MULTILINE) else None


def first_heading(blocks: tuple[ParsedBlock, ...]) -> str | None:
    """The first heading of the outermost level, as a title."""
    return next(
        (block.text for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None
    )


def markdown_blocks(text: str) -> tuple[ParsedBlock, ...]:
    """The blocks of Markdown text."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return tuple(_markdown(tokens))


def _markdown(tokens: list["Token"]) -> Iterator[ParsedBlock]:
    lists, level, rows, in_cell = _Lists(), 0, list[list[str]](), False
    for token in tokens:
        lists.pass_by(token)
        match token.type:
            case "heading_open" | "heading_close":
                level = int(token.tag[1]) if token.nesting == 1 else 0
            case "th_open" | "th_close" | "td_open" | "td_close":
                in_cell = token.nesting == 1
            case "table_open":
                rows = []
            case "tr_open":
                rows.append([])
            case "table_close":
                yield from table(rows[1:], of_names(rows[0]))
            case "inline" if in_cell:
                rows[-1].append(_inline(token))
            case "inline":
                text = lists.take_number() + _inline(token)
                yield from _prose(text, level, lists.items)
            case "fence" | "code_block":
                yield ParsedBlock(BlockKind.CODE, token.content)
            case "html_block":
                yield from html_blocks(token.content)


class _Lists:
    """Where a token stands among lists, and the number of an ordered list's entry until it is taken."""

    def __init__(self) -> None:
        self.items = 0
        self._following: list[int] = []
        self._number = ""

    def pass_by(self, token: "Token") -> None:
        match token.type:
            case "ordered_list_open":
                start = token.attrGet("start")
                self._following.append(1 if start is None else int(start))
            case "bullet_list_open":
                self._following.append(0)
            case "ordered_list_close" | "bullet_list_close":
                self._following.pop()
            case "list_item_open":
                self.items += 1
                self._number = f"{self._following[-1]}{token.markup} " if token.info else ""
                self._following[-1] += 1
            case "list_item_close":
                self.items -= 1
                self._number = ""

    def take_number(self) -> str:
        number, self._number = self._number, ""
        return number


def _prose(text: str, level: int, depth: int, kind: BlockKind = BlockKind.PARAGRAPH) -> Iterator[ParsedBlock]:
    """A heading if it has a level, an entry if it is in lists, *depth* of them; otherwise *kind*."""
    if not text.strip():
        return
    if level:
        yield ParsedBlock(BlockKind.HEADING, text, level=level)
    else:
        yield ParsedBlock(BlockKind.LIST_ITEM if depth else kind, text, level=depth)


def _inline(token: "Token") -> str:
    """A line's words without their marks; pictures and raw tags are left out, but a tag may end a line."""
    words = {"softbreak": "\n", "hardbreak": "\n", "text": None, "code_inline": None, "text_special": None}
    found: list[str] = []
    in_superscript = False
    for child in token.children or []:
        if child.type == "html_inline":
            in_superscript = child.content.lower() == "<sup>"
            if _ends_line(child.content):
                found.append("\n")
        elif child.type in words:
            text = words[child.type] or child.content
            found.append(raised(text) if in_superscript else text)
    return "".join(found)


def _ends_line(tag: str) -> bool:
    name = TAG.match(tag)
    return name is not None and name[1].lower() in BREAKING | {"br"}


def read_rst(data: bytes, limits: Limits) -> Raw:
    """reStructuredText; nothing is included from elsewhere and raw passages are left out."""
    document = _doctree(decode(data))
    title = document.get("title")
    return Raw("text/x-rst", title or None, tuple(_rst(document, _Place())))


def _doctree(text: str) -> Any:
    from docutils.core import publish_doctree

    return publish_doctree(
        text,
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands: how many sections and how many lists deep, and the number it has there."""

    depth: int = 1
    lists: int = 0
    number: str = ""


def _rst(node: Any, place: _Place) -> Iterator[ParsedBlock]:
    name = type(node).__name__
    match name:
        case "title" | "subtitle":
            yield from _prose(_words(node), place.depth + (name == "subtitle"), place.lists)
        case "caption":
            yield from _prose(place.number + _words(node), 0, place.lists, BlockKind.CAPTION)
        case "paragraph" | "rubric" | "attribution" | "line":
            yield from _prose(place.number + _words(node), 0, place.lists)
        case "term":
            term = " : ".join(map(_words, [node, *_classifiers(node)]))
            yield ParsedBlock(BlockKind.LIST_ITEM, term, level=place.lists + 1)
        case "option_list_item":
            yield from _option(node, place)
        case "field":
            name, body = node.children
            yield ParsedBlock(BlockKind.LIST_ITEM, f"{_words(name)}: {_field(body)}", level=place.lists + 1)
        case "literal_block" | "doctest_block" | "math_block":
            yield ParsedBlock(BlockKind.CODE, node.astext())
        case "table":
            yield from _rst_table(node)
        case "comment" | "substitution_definition" | "target" | "raw" | "pending" | "image":
            return
        case "system_message":
            yield from _unknown_directive(node, place)
        case _:
            inner = _Place(place.depth + _opens_section(node), place.lists + (name == "list_item"))
            for child in node.children:
                begins = name == "list_item" and child is node.children[0]
                yield from _rst(child, replace(inner, number=_rst_number(node) if begins else ""))


def _classifiers(term: Any) -> list[Any]:
    """What a term is said to be, as ``int`` in ``size : int``."""
    return [node for node in term.parent.children if type(node).__name__ == "classifier"]


def _option(item: Any, place: _Place) -> Iterator[ParsedBlock]:
    """A command's option before what it does: ``-o FILE, --output=FILE: Where to write.``"""
    options, description = item.children
    text, blocks = _words(options), list(_rst(description, replace(place, lists=place.lists + 1)))
    if blocks and blocks[0].kind is BlockKind.LIST_ITEM:
        text = f"{text}: {blocks.pop(0).text}"
    yield ParsedBlock(BlockKind.LIST_ITEM, text, level=place.lists + 1)
    yield from blocks


def _rst_number(item: Any) -> str:
    """What stands before an entry of an enumerated list: ``2.``, ``(c)``."""
    listed = item.parent
    if type(listed).__name__ != "enumerated_list":
        return ""
    count = int(listed.get("start", 1)) + listed.index(item)
    return f"{listed['prefix']}{counted(count, ENUMERATED[listed['enumtype']])}{listed['suffix']} "


def _opens_section(node: Any) -> bool:
    """Whether it is a section one level deeper than what holds it; a document without a title is no level."""
    return type(node).__name__ == "section" and (
        type(node.parent).__name__ != "document" or bool(node.parent.get("title"))
    )


def _words(node: Any) -> str:
    """A node's words; what only Sphinx knows, ``:class:`Foo```, is read as its words too."""
    return ROLE.sub(lambda match: match[1] or match[2], node.astext())


def _field(body: Any) -> str:
    """A field's words; one that begins like a list, as ``A. Smith`` does, is a name and not item 1."""
    is_list = any(type(child).__name__ == "enumerated_list" for child in body.children)
    return body.rawsource if is_list else _words(body)


def _unknown_directive(node: Any, place: _Place) -> Iterator[ParsedBlock]:
    """The body of a directive that only Sphinx knows, read as what it is: reStructuredText."""
    for literal in node.findall():
        if type(literal).__name__ == "literal_block" and (directive := DIRECTIVE.match(literal.astext())):
            body = textwrap.dedent(directive[2])
            for child in _doctree(body).children:
                yield from _rst(child, place)


def _rst_table(node: Any) -> Iterator[ParsedBlock]:
    """Its title, then its rows; those of a table within a cell are that cell's words."""
    for title in node.children:
        if type(title).__name__ == "title":
            yield from _prose(_words(title), 0, 0, BlockKind.CAPTION)
    rows = [row for row in node.findall() if type(row).__name__ == "row" and row.parent.parent.parent is node]
    heads = [type(row.parent).__name__ == "thead" for row in rows]
    lines = grid(zip(heads, (list(map(_rst_cell, row.children)) for row in rows), strict=True))
    header, body = lines[: sum(heads)], lines[sum(heads) :]
    yield from table(body, joined(header)) if header else with_guessed_header(body)


def _rst_cell(entry: Any) -> SourceCell:
    words = " ".join(_words(entry).split())
    return SourceCell(words, entry.get("morecols", 0) + 1, entry.get("morerows", 0) + 1)
