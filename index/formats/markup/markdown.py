"""Read Markdown."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.blocks import first_heading, prose_block
from index.formats.common.decoding import decode
from index.formats.common.superscripts import to_superscript
from index.formats.common.tables import headers_of, row_blocks
from index.formats.markup.html import BLOCK_ELEMENTS, html_blocks
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

if TYPE_CHECKING:
    from markdown_it.token import Token

# "---\ntitle: Figs\n---\n"
FRONT_MATTER = re.compile(
    r"\ufeff?(---|\+\+\+)[ \t]*\r?\n(?=\s*[\w\"'#-]+[ \t]*[:=#]?)(.*?\r?\n)\1[ \t]*(?:\r?\n|$)", re.DOTALL
)
# "title: Figs" or 'title = "Figs"'
FRONT_TITLE = re.compile(
    r"""^title[ \t]*[:=][ \t]*(?!(?:["'][ \t]*["']|[>|][-+\d]*)[ \t\r]*$)["']?(\S.*?)["']?[ \t\r]*$""",
    re.MULTILINE,
)
"""A title on one line; one that starts on the next line, after ``>`` or ``|``, is ignored."""
PROMPT_QUOTES = 3
"""Depth of quotations that is Python's prompt, ``>>>``, in a text that was written for another format."""
TEMPLATE_LINK = re.compile(r"(?<=\]\()\{[%{][^\n()]*?[%}]\}[^\s()]*(?=\))")
"""Matches the target of a link that a site generator fills in: ``[Leave]({% page "/leave/" %})``."""
SPACE_MARK = "\uf8ff"
"""Replaces a space in such a target while Markdown is parsed, because a target can't have spaces."""
# "<br" of "<br/>"
TAG = re.compile(r"</?([a-z][a-z0-9-]*)", re.IGNORECASE)


def read_markdown(data: bytes, limits: Limits) -> ParsedFile:
    """Read CommonMark with tables; the title is that of the front matter, or the first level-1 heading."""
    text = decode(data)
    front_matter = _front_matter(text)
    blocks = markdown_blocks(text[front_matter.end() :] if front_matter else text)
    title = FRONT_TITLE.search(front_matter[2]) if front_matter else None
    return ParsedFile("text/markdown", title[1] if title else first_heading(blocks), blocks)


def _front_matter(text: str) -> re.Match[str] | None:
    """Return the front matter, which differs from a rule above prose by its ``key:`` lines."""
    front_matter = FRONT_MATTER.match(text)
    return (
        front_matter
        if front_matter and re.search(r"^[\w-]+[ \t]*[:=]", front_matter[2], re.MULTILINE)
        else None
    )


def markdown_blocks(text: str) -> tuple[ParsedBlock, ...]:
    """
    Return the blocks of Markdown text.

    Raises:
        UnreadableFile: If all its text is nested more deeply than is read.
    """
    from markdown_it import MarkdownIt

    if SPACE_MARK not in text:
        text = TEMPLATE_LINK.sub(lambda link: link[0].replace(" ", SPACE_MARK), text)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    blocks = tuple(_markdown(tokens))
    if not blocks and any(token.level + 1 >= parser.options.maxNesting for token in tokens):
        raise UnreadableFile(FailureCode.TOO_DEEP)  # the parser leaves out what is deeper
    return blocks


def _markdown(tokens: list["Token"]) -> Iterator[ParsedBlock]:
    lists, level, rows, in_cell, quotes = ListState(), 0, list[list[str]](), False, 0
    for token in tokens:
        lists.update(token)
        quotes += token.nesting * token.type.startswith("blockquote")
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
                yield from row_blocks(rows[1:], headers_of(rows[0]))
            case "inline" if in_cell:
                rows[-1].append(_inline(token))
            case "inline" if quotes >= PROMPT_QUOTES:
                yield ParsedBlock(BlockKind.CODE, _inline(token))
            case "inline":
                text = lists.take_number() + _inline(token)
                yield from prose_block(text, level, lists.depth)
            case "fence" | "code_block":
                yield ParsedBlock(BlockKind.CODE, _restore_spaces(token.content))
            case "html_block":
                yield from html_blocks(_restore_spaces(token.content))


class ListState:
    """The lists around a token, and the number of the current item until its text."""

    def __init__(self) -> None:
        self.depth = 0
        """Number of list items that the token is in."""
        self._next_numbers: list[int] = []
        """Number of the next item in each list, from the outermost."""
        self._number = ""

    def update(self, token: "Token") -> None:
        """Enter or leave lists and items."""
        match token.type:
            case "ordered_list_open":
                start = token.attrGet("start")
                self._next_numbers.append(1 if start is None else int(start))
            case "bullet_list_open":
                self._next_numbers.append(0)
            case "ordered_list_close" | "bullet_list_close":
                self._next_numbers.pop()
            case "list_item_open":
                self.depth += 1
                self._number = f"{self._next_numbers[-1]}{token.markup} " if token.info else ""
                self._next_numbers[-1] += 1
            case "list_item_close":
                self.depth -= 1
                self._number = ""

    def take_number(self) -> str:
        """Return the number of an item for its first text; empty from then on."""
        number, self._number = self._number, ""
        return number


_INLINE_TEXT = {"softbreak": "\n", "hardbreak": "\n", "text": None, "code_inline": None, "text_special": None}
"""Text of an inline token by its type; None for the token's own content."""


def _inline(token: "Token") -> str:
    """Return text without markup; images and raw tags are omitted, but a tag may end a line."""
    found: list[str] = []
    in_superscript = False
    for child in token.children or []:
        if child.type == "html_inline":
            in_superscript = child.content.lower() == "<sup>"
            if _breaks_line(child.content):
                found.append("\n")
        elif child.type in _INLINE_TEXT:
            text = _INLINE_TEXT[child.type] or child.content
            found.append(to_superscript(text) if in_superscript else text)
    return _restore_spaces("".join(found))


def _restore_spaces(text: str) -> str:
    """Return text with the spaces of templates that turned out not to be links, as in code."""
    return text.replace(SPACE_MARK, " ")


def _breaks_line(tag: str) -> bool:
    name = TAG.match(tag)
    return name is not None and name[1].lower() in BLOCK_ELEMENTS | {"br"}
