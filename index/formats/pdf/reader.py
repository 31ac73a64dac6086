"""
Read PDFs with pdfium: the characters of each page with their places, put into reading order.

Each character keeps its number on its page, which ``FPDFText_GetCharBox`` takes, so that a footnote leads to
its place in the file. pdfium's functions work on one character each; mapping one that writes into an array is
several times faster than ordinary ctypes calls.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.superscripts import to_superscript
from index.formats.common.tables import are_pairs, heads, looks_like_header, single_header
from index.formats.common.titles import useful_title
from index.formats.pdf.characters import (
    HIDDEN_CHARACTER,
    SKEWED,
    Array,
    GlyphStyle,
    Words,
    character_codes,
    find_words,
    open_pdf,
    open_text_page,
    side_by_side,
)
from index.formats.pdf.headings import FontSizes
from index.formats.pdf.layout import Line, PageText, Paragraph, Piece, cells_in_columns, paragraphs
from index.formats.pdf.negations import find_negations
from index.formats.pdf.readability import is_readable
from index.formats.pdf.scans import read_pictures, recognise_pages
from index.formats.pdf.superscripts import find_superscripts
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile, ParsedRow

MEDIA_TYPE = "application/pdf"


_MIN_IMAGE_SHARE = 0.5
"""Share of a page without text that an image must cover for the page to be a scan."""


def read_pdf(data: bytes, limits: Limits) -> ParsedFile:
    """
    Read a PDF in reading order, with headings by their size.

    Raises:
        UnreadableFile: If it is damaged, password-protected, longer than the limit, or has no text.
    """
    _refuse_truncated(data)
    with open_pdf(data) as document:
        if len(document) > limits.max_pages:
            detail = f"{len(document):,}; the limit is {limits.max_pages:,}"
            raise limits.exceeded(FailureCode.TOO_MANY_PAGES, detail)
        title = _title(document)
        pages = [_read_page(document, number) for number in range(1, len(document) + 1)]
        recognised = recognise_pages(document, pages, limits) if limits.max_ocr_pages else {}
    pages = [recognised[page.number].page if page.number in recognised else page for page in pages]
    if not any(page.paragraphs for page in pages):
        raise UnreadableFile(_why_no_text(pages))
    font_sizes = FontSizes.from_pages(pages)
    title = title or font_sizes.printed_title(pages)
    blocks = tuple(block for page in pages for block in _blocks(page, font_sizes))
    page_sizes = tuple((page.width, page.height) for page in pages)
    words = tuple(word for page in recognised.values() for word in page.words)
    return ParsedFile(MEDIA_TYPE, title, blocks, page_sizes, _unreadable_pages(pages), words)


def read_picture(data: bytes, limits: Limits) -> ParsedFile:
    """
    Read an image file, with the words that are recognised in it.

    Raises:
        UnreadableFile: If it is damaged or has no text, or if words aren't to be recognised.
    """
    read = read_pictures(data, limits)
    pages = [one.page for one in read]
    if not any(page.paragraphs for page in pages):
        raise UnreadableFile(FailureCode.NO_TEXT)
    font_sizes = FontSizes.from_pages(pages)
    blocks = tuple(block for page in pages for block in _blocks(page, font_sizes))
    sizes = tuple((page.width, page.height) for page in pages)
    words = tuple(word for one in read for word in one.words)
    return ParsedFile("image/*", None, blocks, sizes, words=words)


def _why_no_text(pages: Sequence[PageText]) -> FailureCode:
    if any(page.is_unreadable and not page.has_images for page in pages):
        return FailureCode.UNREADABLE_TEXT
    return FailureCode.SCAN if any(page.has_images for page in pages) else FailureCode.NO_TEXT


def _unreadable_pages(pages: Sequence[PageText]) -> tuple[int, ...]:
    """Return the numbers of the pages without readable text, except for a cover that is a picture."""
    covers = (1, len(pages))
    found = [page for page in pages if page.is_unreadable]
    only_covers = all(page.has_images and page.number in covers for page in found)
    return () if only_covers else tuple(page.number for page in found)


def _title(document: Any) -> str | None:
    try:
        return useful_title(document.get_metadata_value("Title"))
    except UnicodeDecodeError:
        return None


def _refuse_truncated(data: bytes) -> None:
    """Raise UnreadableFile if the end is missing: pdfium would repair the file and silently omit pages."""
    if b" obj" in data[data.rfind(b"%%EOF") + 1 :]:
        raise UnreadableFile(FailureCode.INCOMPLETE, "its end is missing")


def _read_page(document: Any, number: int) -> PageText:
    with open_text_page(document, number) as text_page:
        page = text_page.page
        found = _page_paragraphs(text_page)
        width, height = page.get_size()
        if not found:
            covered = _image_share(page)
            return PageText(number, width, height, (), covered > 0, covered > _MIN_IMAGE_SHARE)
        if not is_readable("\n".join(paragraph.text for paragraph in found)):
            return PageText(number, width, height, (), is_unreadable=True)
        return PageText(number, width, height, found)


def _image_share(page: Any) -> float:
    """Return how much of a page its largest image covers; very little if that is unknown."""
    from pypdfium2 import PdfiumError, raw

    width, height = page.get_size()
    shares = [0.0]
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        try:
            left, bottom, right, top = image.get_bounds()
        except PdfiumError:
            left = bottom = right = top = 0.0
        shares.append(max(1e-6, (right - left) * (top - bottom) / max(1.0, width * height)))
    return max(shares)


def _page_paragraphs(text_page: Any) -> tuple[Paragraph, ...]:
    codes = character_codes(text_page)
    words = find_words(text_page, codes)
    if not len(words.first):
        return ()
    by_turn: dict[int, list[Piece]] = {}
    for turn, piece in _pieces(text_page, codes, words):
        by_turn.setdefault(turn, []).append(piece)
    # The main direction of the page first; a stamp along the edge comes after the text.
    ordered = sorted(by_turn.items(), key=lambda item: -sum(len(piece.text) for piece in item[1]))
    return tuple(found for turn, some in ordered for found in _in_reading_order(turn, some))


def _in_reading_order(turn: int, pieces: list[Piece]) -> list[Paragraph]:
    if turn == SKEWED:
        return [Paragraph((Line.of([piece]),)) for piece in pieces]
    return paragraphs(pieces)


def _piece_starts(words: Words) -> Array:
    """Return where pieces start: at a change of line, direction or size, or after a wide gap."""
    before, after, turns = words.boxes[:-1], words.boxes[1:], words.turns
    low, high = np.sort([box[:, 3] - box[:, 1] for box in (before, after)], axis=0)
    # In either direction: in Hebrew and Arabic the next word is on the left.
    gap = np.maximum(after[:, 0] - before[:, 2], before[:, 0] - after[:, 2])
    close = side_by_side(before, after) & (gap <= 0.9 * high) & (high <= 1.8 * low)
    together = (turns[1:] == turns[:-1]) & (close | (turns[1:] == SKEWED))
    return np.concatenate([[0], np.flatnonzero(~together) + 1])


def _pieces(text_page: Any, codes: Array, words: Words) -> Iterator[tuple[int, Piece]]:
    """Yield the pieces of a page in the order of the file, each with its turn."""
    codes = codes.astype(np.uint32)
    codes[(codes == 13) | (codes == 10)] = 32  # pdfium may see a line break within a line
    codes[codes > 0x10FFFF] = 0xFFFD
    superscripts, inserted_breaks = find_superscripts(text_page, codes, words)
    codes[inserted_breaks] = HIDDEN_CHARACTER
    slashes, relations, negated = find_negations(text_page, codes)
    codes[relations] = negated
    codes[slashes] = HIDDEN_CHARACTER
    codes[superscripts] = [ord(to_superscript(chr(code))) for code in codes[superscripts]]
    starts, style = _piece_starts(words), GlyphStyle(text_page)
    ends = np.r_[starts[1:], len(words.first)]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        left, bottom = words.boxes[start:end, :2].min(axis=0).tolist()
        right, top = words.boxes[start:end, 2:].max(axis=0).tolist()
        first, middle, last = (int(words.first[i]) for i in (start, (start + end) // 2, end - 1))
        text = codes[first : words.last[end - 1] + 1].tobytes().decode("utf-32-le", "surrogatepass")
        # The largest of three, so that a small bullet or a word of code doesn't make a small line.
        size = max(style.size(i) for i in (first, middle, last)) or top - bottom
        bold = style.is_bold(first) and style.is_bold(last)
        yield int(words.turns[start]), Piece(left, bottom, right, top, size, bold, first, text)


def _blocks(page: PageText, sizes: FontSizes) -> Iterator[ParsedBlock]:
    """Yield the blocks of a page; consecutive rows are a table."""
    for is_table, group in groupby(page.paragraphs, lambda found: found.kind == "row"):
        if is_table:
            for table in _tables([found.lines[0] for found in group]):
                yield from _table(table, page.number)
        else:
            for found in group:
                text, characters = _join_surrogates(*_remove_cjk_breaks(*_text_with_characters(found.lines)))
                level = sizes.level(found)
                kind = BlockKind.HEADING if level else _KINDS[found.kind]
                yield ParsedBlock(kind, text, level, page.number, characters)


_KINDS = {"paragraph": BlockKind.PARAGRAPH, "item": BlockKind.LIST_ITEM}


def _tables(rows: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the tables of consecutive rows: one begins with a header that is wider than the row above it."""
    table: list[Line] = []
    names = [[_cell_text(cell) for cell in row.cells] for row in rows]
    for number, row in enumerate(rows):
        is_wider = 0 < number < len(rows) - 1 and len(names[number]) > max(2, len(names[number - 1]))
        if table and is_wider and heads(names[number], names[number + 1]):
            yield table
            table = []
        table.append(row)
    yield table


def _cell_text(cell: Sequence[Piece]) -> str:
    return " ".join(piece.text.strip() for piece in cell)


def _table(rows: Sequence[Line], page: int) -> Iterator[ParsedBlock]:
    """
    Yield rows as they are printed.

    A first row that looks like a header names the cells below it, and in a table of names and values each
    name its value.
    """
    cells, are_aligned = cells_in_columns(rows)
    texts = [[_cell_text(pieces) for _, pieces in row] for row in cells]
    pairs = are_pairs(texts)
    first = [column for column, _ in cells[0]]
    width = max(map(len, cells))
    # A first row with few cells is over several columns each, and names none of them alone.
    has_header = are_aligned and not pairs and len(first) >= width - 1 and looks_like_header(texts[0])
    header = dict(zip(first, texts[0], strict=True)) if has_header else {}
    for number, (line, row) in enumerate(zip(rows, cells, strict=True)):
        text, characters = _text_with_characters([line])
        if pairs and len(row) > 1:
            headers = [(), single_header(texts[number][0].rstrip(": "))]
        else:
            headers = [single_header(header.get(column, "") if number else "") for column, _ in row]
        parsed = ParsedRow(
            number, array("i", _edges(row)), array("i", [column for column, _ in row]), tuple(headers)
        )
        yield _paired_row(ParsedBlock(BlockKind.TABLE_ROW, text, 0, page, characters, parsed))


def _edges(row: Sequence[tuple[int, Sequence[Piece]]]) -> Iterator[int]:
    """Yield start and end of each cell in the text that :func:`_text_with_characters` returns for a line."""
    at = 0
    for _, pieces in row:
        length = sum(len(piece.text) + 1 for piece in pieces)
        yield from (at, at + length - 1)
        at += length


def _text_with_characters(lines: Sequence[Line]) -> tuple[str, tuple[int, ...]]:
    """
    Return the text of lines, and the number of each character on its page.

    Separators of pieces and lines are not in the file and have the number -1.
    """
    texts: list[str] = []
    characters: list[int] = []
    for line in lines:
        for piece in line.pieces:
            texts += piece.text, " "
            characters += range(piece.first, piece.first + len(piece.text))
            characters.append(-1)
        texts[-1] = "\n"
    return "".join(texts[:-1]), tuple(characters[:-1])


_CJK = "\u2e80-\u9fff\uf900-\ufaff\ufe10-\ufe4f\uff01-\uff60"
_CJK_MARK = "\u3001-\u3003\u3008-\u3011\ufe10-\ufe4f\uff01\uff0c\uff0e\uff1a\uff1b\uff1f"
# A line end within a sentence, and the gap beside a mark, which fills only a corner of its square.
_CJK_BREAK = re.compile(
    f"(?<=[{_CJK}])\n(?=[{_CJK}])|(?<=[{_CJK}]) (?=[{_CJK_MARK}])|(?<=[{_CJK_MARK}]) (?=[{_CJK}])"
)


def _remove_cjk_breaks(text: str, characters: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Remove spaces and line ends within Chinese and Japanese text, which is written without spaces."""
    breaks = {match.start() for match in _CJK_BREAK.finditer(text)}
    if not breaks:
        return text, characters
    remaining = [at for at in range(len(text)) if at not in breaks or characters[at] >= 0]
    return "".join(text[at] for at in remaining), tuple(characters[at] for at in remaining)


_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def _join_surrogates(text: str, characters: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Join surrogate pairs, as which some files store characters past U+FFFF."""
    seconds = [match.start() + 1 for match in _PAIR.finditer(text)]
    if not seconds:
        return text, characters
    whole = _PAIR.sub(lambda match: match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    dropped = set(seconds)
    return whole, tuple(number for i, number in enumerate(characters) if i not in dropped)


def _paired_row(block: ParsedBlock) -> ParsedBlock:
    """Join surrogate pairs in the block of a row, and shift the edges of its cells."""
    text, characters = _join_surrogates(block.text, block.characters or ())
    if block.row is None or len(text) == len(block.text):
        return block
    seconds = [match.start() + 1 for match in _PAIR.finditer(block.text)]
    edges = array("i", [edge - bisect_left(seconds, edge) for edge in block.row.edges])
    return replace(block, text=text, characters=characters, row=replace(block.row, edges=edges))
