"""
PDF by pdfium: the characters of each page with their places, put into reading order.

Each character keeps its number on its page, the one ``FPDFText_GetCharBox`` takes, so that a footnote leads
to its place in the file. pdfium's calls work on one character each; ``map`` over a call that writes straight
into an array makes them several times faster than one ctypes call after another.
"""

import ctypes
import io
import math
import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby, repeat
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from index.canonical import ParsedBlock, ParsedRow, Raw
from index.errors import UnreadableFile
from index.formats.layout import Line, Paragraph, Piece, column_numbers, paragraphs
from index.formats.numbers import raised as superscript
from index.formats.records import Box, PagePlace
from index.formats.tables import looks_like_header
from index.records import BlockKind

MEDIA_TYPE = "application/pdf"
PIXELS = 8_000_000
"""Of one picture of a page; A4 at four pixels a point."""

_Array: TypeAlias = npt.NDArray[Any]
_SPACES = np.array([0, 9, 10, 11, 12, 13, 32, 0xA0, *range(0x2000, 0x200C), 0x202F, 0x3000], np.uint32)
_LINE_END_HYPHENS = np.array([2, 0xFFFE], np.uint32)
_FAR = 20_000.0
"""Points; no page reaches further."""
_FINE = 1_000_000
"""Steps across a page when a place on it is asked for."""
_WIDEST_SPACE = 3.0
"""Between two words of a line, in times the height of its ink."""
_SIDE = 8_000
"""Pixels; no browser shows a longer picture well."""
_BOLD = re.compile(rb"bold|black|heavy|demi|cmbx", re.IGNORECASE)
# What programs write where no one gave a title: file names, and their own words for "none".
_NO_TITLE = re.compile(
    r"\(?(untitled|anonymous|unspecified|none|title|document\d*|powerpoint presentation|slide \d+)\)?"
    r"|microsoft \w+ - .*|.*\.(docx?|dotx?|pdf|dvi|ps|tex|indd|qxd|pptx?|xlsx?|rtf|odt|html?)",
    re.IGNORECASE,
)


def read_pdf(data: bytes, max_pages: int) -> Raw:
    """
    The text of *data* in reading order, with headings by their size.

    Raises:
        UnreadableFile: If it is damaged, protected by a password, longer than *max_pages*, or holds no text.
    """
    _refuse_cut_short(data)
    with _opened(data) as document:
        if len(document) > max_pages:
            raise UnreadableFile(
                f"has {len(document)} pages, more than the limit of {max_pages}; raise max_pages"
            )
        title = _title(document)
        pages = [_read_page(document, number) for number in range(1, len(document) + 1)]
    if not any(page.paragraphs for page in pages):
        raise UnreadableFile(_why_no_text(pages))
    styles = _Styles.of(pages)
    blocks = tuple(block for page in pages for block in _blocks(page, styles))
    sizes = tuple((page.width, page.height) for page in pages)
    return Raw(MEDIA_TYPE, title, blocks, sizes)


def _title(document: Any) -> str | None:
    try:
        title: str = document.get_metadata_value("Title").strip()
    except UnicodeDecodeError:
        return None
    return None if _NO_TITLE.fullmatch(title) else title or None


def boxes(data: bytes, page: int, first: int, count: int) -> list[Box]:
    """
    Where *count* characters of a page stand, from number *first* on: one box for each line of text.

    Returns:
        Left, bottom, right and top in points, in the page's own coordinates (origin at the lower left, before
        the page's rotation is applied).

    Raises:
        UnreadableFile: If the file or the page can't be read.
        ValueError: If the page has no such characters.
    """
    with _opened(data) as document, _text_page(document, page) as text_page:
        return _boxes(text_page, page, [(first, count)])


class Pages:
    """
    The pages of one PDF, to be looked at; nothing in it runs, and its annotations aren't drawn.

    Args:
        data: The file's bytes.

    Raises:
        UnreadableFile: If it is damaged or protected by a password.
    """

    def __init__(self, data: bytes) -> None:
        self._closing = ExitStack()
        self._document = self._closing.enter_context(_opened(data))

    def close(self) -> None:
        """Let go of the file."""
        self._closing.close()

    def place(self, number: int, ranges: Sequence[tuple[int, int]]) -> PagePlace:
        """
        Where characters of a page stand.

        Args:
            number: Of the page, from 1.
            ranges: First character and how many, in the order of reading.

        Raises:
            UnreadableFile: If the page can't be read.
            ValueError: If the page has no such characters.
        """
        with _text_page(self._document, number) as text_page:
            points = _boxes(text_page, number, ranges)
            width, height = text_page.page.get_size()
            shares = (_share(text_page.page, box) for box in points)
            return PagePlace(number, width, height, tuple(points), tuple(filter(None, shares)))

    def picture(self, number: int, scale: float) -> bytes:
        """
        A page as PNG.

        Args:
            number: From 1.
            scale: Pixels a point; less where the picture would have more than :data:`PIXELS`.

        Raises:
            UnreadableFile: If the page can't be read, or has no size.
        """
        with _text_page(self._document, number) as text_page:
            page = text_page.page
            scale = _bounded(scale, *page.get_size())
            return _png(page.render(scale=scale, draw_annots=False, may_draw_forms=False).to_pil())


def _png(picture: Any) -> bytes:
    """Most pages are black on white: one channel takes less than half the time of three, here and to show."""
    red, green, blue = picture.convert("RGB").split()
    is_grey = red.tobytes() == green.tobytes() == blue.tobytes()
    png = io.BytesIO()
    (red if is_grey else picture).save(png, "PNG", compress_level=1)
    return png.getvalue()


def _bounded(scale: float, width: float, height: float) -> float:
    """The scale, or what of it gives no more than :data:`PIXELS`, and no side that is out of proportion."""
    if not (0 < width < _FAR and 0 < height < _FAR and math.isfinite(scale) and scale > 0):
        raise UnreadableFile(f"has a page of {width:g} by {height:g} points, which can't be drawn")
    return min(scale, math.sqrt(PIXELS / (width * height)), _SIDE / width, _SIDE / height)


def _share(page: Any, box: Box) -> Box | None:
    """A box as shares of the page as it is shown; None if it lies outside."""
    left, bottom, right, top = box
    corners = [_on_device(page, left, bottom), _on_device(page, right, top)]
    (x0, x1), (y0, y1) = (sorted(edges) for edges in zip(*corners, strict=True))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _on_device(page: Any, x: float, y: float) -> tuple[float, float]:
    """Shares of width and height at a point of the page; pdfium knows how it is cropped and turned."""
    from pypdfium2 import raw

    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, x, y, across, down)
    return _within_one(across.value / _FINE), _within_one(down.value / _FINE)


def _within_one(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _boxes(text_page: Any, page: int, ranges: Sequence[tuple[int, int]]) -> list[Box]:
    codes = _codes(text_page)
    for first, count in ranges:
        if not 0 <= first < first + count <= len(codes):
            raise ValueError(f"page {page} has {len(codes)} characters, asked for {count} from {first}")
    numbers = np.concatenate([np.arange(first, first + count) for first, count in ranges])
    inked = numbers[~np.isin(codes[numbers], _SPACES)]
    tight = np.clip(np.nan_to_num(_tight_boxes(text_page, inked)), -_FAR, _FAR)
    drawn = (tight[:, 0] < tight[:, 2]) & (tight[:, 1] < tight[:, 3])
    return _line_boxes(tight[drawn], _turns(text_page, inked[drawn]))


def _line_boxes(tight: _Array, turns: _Array) -> list[Box]:
    """
    Characters in order, merged as long as they stand beside each other in the direction of reading.

    What is further away than a few times the line's height is in another column or cell: what stands between
    is not meant.
    """
    lines: list[list[float]] = []
    for (left, bottom, right, top), turn in zip(tight.tolist(), turns.tolist(), strict=True):
        box = [left, bottom, right, top]
        if lines and _go_on(lines[-1], box, turn):
            old = lines[-1]
            lines[-1] = [*map(min, old[:2], box[:2]), *map(max, old[2:], box[2:])]
        else:
            lines.append(box)
    return [(left, bottom, right, top) for left, bottom, right, top in lines]


def _go_on(line: list[float], box: list[float], turn: int) -> bool:
    """Whether a box stands at the height of a line, and near it."""
    (low, high), (begin, end) = ((0, 2), (1, 3)) if turn % 2 else ((1, 3), (0, 2))
    height = max(line[high] - line[low], box[high] - box[low])
    gap = max(line[begin], box[begin]) - min(line[end], box[end])
    return min(line[high], box[high]) > max(line[low], box[low]) and gap < _WIDEST_SPACE * height


# Opening


def _refuse_cut_short(data: bytes) -> None:
    """A file that lost its end is repaired by pdfium, which leaves out pages and says nothing."""
    if b" obj" in data[data.rfind(b"%%EOF") + 1 :]:
        raise UnreadableFile("is cut short: its end is missing; get the whole file again")


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        if getattr(exc, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise UnreadableFile(
                "is protected by a password; save it without one and index it again"
            ) from exc
        raise UnreadableFile("is damaged or no PDF") from exc
    try:
        yield document
    finally:
        document.close()


@contextmanager
def _text_page(document: Any, number: int) -> Iterator[Any]:
    import pypdfium2

    try:
        page = document[number - 1]
        text_page = page.get_textpage()
    except (pypdfium2.PdfiumError, IndexError) as exc:
        raise UnreadableFile(f"is damaged: page {number} can't be read") from exc
    try:
        yield text_page
    finally:
        text_page.close()
        page.close()


# One page


@dataclass(frozen=True, slots=True)
class _PageText:
    number: int
    width: float
    height: float
    paragraphs: tuple[Paragraph, ...]
    has_pictures: bool


def _read_page(document: Any, number: int) -> _PageText:
    with _text_page(document, number) as text_page:
        page = text_page.page
        found = _page_paragraphs(text_page)
        width, height = page.get_size()
        return _PageText(number, width, height, found, not found and _has_pictures(page))


def _has_pictures(page: Any) -> bool:
    from pypdfium2 import raw

    return any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))


def _why_no_text(pages: list[_PageText]) -> str:
    if any(page.has_pictures for page in pages):
        return "holds pictures of pages and no text; run text recognition (OCR) on it first, such as ocrmypdf"
    return f"holds no text on its {len(pages)} page{'s' * (len(pages) != 1)}"


_FIGURES = np.array([ord(sign) for sign in "0123456789+-\u2212"])
_CLOSING = np.array([ord(sign) for sign in ".,;:)]"])
_NONE = np.zeros(0, np.int64)
_UNSEEN = 1
"""A control character, which canonical text leaves out."""


def _page_paragraphs(text_page: Any) -> tuple[Paragraph, ...]:
    codes = _codes(text_page)
    words = _words(text_page, codes)
    if not len(words.first):
        return ()
    by_turn: dict[int, list[Piece]] = {}
    for turn, piece in _pieces(text_page, codes, words):
        by_turn.setdefault(turn, []).append(piece)
    # The page's main direction first; a stamp along its edge comes after the text.
    ordered = sorted(by_turn.items(), key=lambda item: -sum(len(piece.text) for piece in item[1]))
    return tuple(found for turn, some in ordered for found in _in_reading_order(turn, some))


_SKEW = 4
"""The turn of a character that stands neither upright nor at a right angle, such as a watermark's."""


def _in_reading_order(turn: int, pieces: list[Piece]) -> list[Paragraph]:
    if turn == _SKEW:
        return [Paragraph((Line.of([piece]),)) for piece in pieces]
    return paragraphs(pieces)


@dataclass(frozen=True, slots=True)
class _Words:
    """
    Stretches of characters without a space, in the page's order.

    Args:
        first, last: Numbers of the characters at their ends. *Shape:* ``(n,)``
        boxes: Left, bottom, right, top, turned so that each is read from left to right. *Shape:* ``(n, 4)``
        turns: As :func:`_turns`. *Shape:* ``(n,)``
    """

    first: _Array
    last: _Array
    boxes: _Array
    turns: _Array


def _words(text_page: Any, codes: _Array) -> _Words:
    """
    Words with their places, from the boxes of their first and last characters: a third of the calls.

    After pdfium's hyphen at a line's end a new word starts. One that still turns out to stand on two lines
    is taken apart into its characters.
    """
    inked = ~np.isin(codes, _SPACES)
    ends = np.isin(codes, _LINE_END_HYPHENS)
    first = np.flatnonzero(inked & ~np.r_[False, (inked & ~ends)[:-1]])
    last = np.flatnonzero(inked & ~np.r_[(inked & ~np.r_[False, ends[:-1]])[1:], False])
    words, torn = _measured(text_page, first, last)
    if not torn.any():
        return words
    single = np.concatenate([np.arange(i, j + 1) for i, j in zip(first[torn], last[torn], strict=True)])
    first, last = np.sort(np.r_[first[~torn], single]), np.sort(np.r_[last[~torn], single])
    return _measured(text_page, first, last)[0]


def _measured(text_page: Any, first: _Array, last: _Array) -> tuple[_Words, _Array]:
    """Words by their first and last characters, and which of them stand on two lines."""
    turns = _turns(text_page, first)
    heads, tails = (_turned(_loose_boxes(text_page, some), turns) for some in (first, last))
    boxes = np.hstack([np.minimum(heads[:, :2], tails[:, :2]), np.maximum(heads[:, 2:], tails[:, 2:])])
    return _Words(first, last, boxes, turns), ~_beside(heads, tails) & (turns != _SKEW)


def _beside(one: _Array, other: _Array) -> _Array:
    """Whether half of the lower of two boxes is at the height of the other."""
    shared = np.minimum(one[:, 3], other[:, 3]) - np.maximum(one[:, 1], other[:, 1])
    beside: _Array = shared >= 0.5 * np.minimum(one[:, 3] - one[:, 1], other[:, 3] - other[:, 1])
    return beside


def _cuts(words: _Words) -> _Array:
    """Where a piece starts: at a change of line, direction or size, or after a wide gap."""
    before, after, turns = words.boxes[:-1], words.boxes[1:], words.turns
    low, high = np.sort([box[:, 3] - box[:, 1] for box in (before, after)], axis=0)
    # Either direction: in Hebrew and Arabic the next word stands to the left.
    gap = np.maximum(after[:, 0] - before[:, 2], before[:, 0] - after[:, 2])
    close = _beside(before, after) & (gap <= 0.9 * high) & (high <= 1.8 * low)
    together = (turns[1:] == turns[:-1]) & (close | (turns[1:] == _SKEW))
    return np.concatenate([[0], np.flatnonzero(~together) + 1])


def _pieces(text_page: Any, codes: _Array, words: _Words) -> Iterator[tuple[int, Piece]]:
    """The page's pieces in its own order, each with its turn."""
    codes = codes.astype(np.uint32)
    codes[(codes == 13) | (codes == 10)] = 32  # a line break that pdfium saw within a line is a space
    codes[codes > 0x10FFFF] = 0xFFFD
    raised, glued = _raised(text_page, codes, words)
    codes[glued] = _UNSEEN
    codes[raised] = [ord(superscript(chr(code))) for code in codes[raised]]
    starts, looks = _cuts(words), _Looks(text_page)
    ends = np.r_[starts[1:], len(words.first)]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        left, bottom = words.boxes[start:end, :2].min(axis=0).tolist()
        right, top = words.boxes[start:end, 2:].max(axis=0).tolist()
        first, middle, last = (int(words.first[i]) for i in (start, (start + end) // 2, end - 1))
        text = codes[first : words.last[end - 1] + 1].tobytes().decode("utf-32-le", "surrogatepass")
        # The largest of three: a small bullet or a word of code makes no small line.
        size = max(looks.size(i) for i in (first, middle, last)) or top - bottom
        bold = looks.is_bold(first) and looks.is_bold(last)
        yield int(words.turns[start]), Piece(left, bottom, right, top, size, bold, first, text)


def _raised(text_page: Any, codes: _Array, words: _Words) -> tuple[_Array, _Array]:
    """
    Characters that belong to an exponent or a note's mark, which must not be read as further digits.

    Returns:
        Numbers of raised digits; and of the line breaks around them that pdfium put in where none is.
    """
    ends = np.where(np.isin(codes[words.last], _CLOSING), words.last - 1, words.last)
    in_figures = np.isin(codes[np.maximum(ends, words.first)], _FIGURES)
    within = np.flatnonzero(in_figures & (ends > words.first))
    turns = words.turns[within]
    heads, tails = (_turned(_loose_boxes(text_page, some[within]), turns) for some in (words.first, ends))
    raised, ends_raised = [], np.zeros(len(ends), bool)
    ends_raised[within[_is_raised(heads, tails)]] = True
    for i in np.flatnonzero(ends_raised).tolist():
        inside = np.arange(words.first[i] + 1, ends[i] + 1)
        cells = _turned(_loose_boxes(text_page, inside), np.full(len(inside), words.turns[i]))
        head = _turned(_loose_boxes(text_page, words.first[i : i + 1]), words.turns[i : i + 1])
        raised.append(inside[_is_raised(head, cells) & np.isin(codes[inside], _FIGURES)])

    before, after = words.boxes[:-1], words.boxes[1:]
    touching = np.abs(after[:, 0] - before[:, 2]) < 0.12 * (before[:, 3] - before[:, 1])
    touching &= words.turns[1:] == words.turns[:-1]
    whole = np.r_[False, touching & _is_raised(before, after)] & in_figures
    raised += [np.arange(words.first[i], ends[i] + 1) for i in np.flatnonzero(whole).tolist()]
    joins = np.flatnonzero(touching & (whole[1:] | (whole | ends_raised)[:-1])).tolist()
    glued = [np.arange(words.last[i] + 1, words.first[i + 1]) for i in joins]
    return np.concatenate([*raised, _NONE]), np.concatenate([*glued, _NONE])


def _is_raised(one: _Array, other: _Array) -> _Array:
    """Whether the other of two boxes is smaller and stands higher, as a superscript does."""
    height = one[:, 3] - one[:, 1]
    higher: _Array = other[:, 1] > one[:, 1] + 0.2 * height
    return higher & (other[:, 3] - other[:, 1] < 0.9 * height)


class _Looks:
    """Size and weight of single characters."""

    def __init__(self, text_page: Any) -> None:
        from pypdfium2 import raw

        self._raw, self._page = raw, text_page.raw
        self._matrix, self._flags = raw.FS_MATRIX(), ctypes.c_int()
        self._name = ctypes.create_string_buffer(128)

    def size(self, i: int) -> float:
        """In points, to the half; 0 if unknown."""
        if not self._raw.FPDFText_GetMatrix(self._page, i, self._matrix):
            return 0.0
        scale = math.hypot(self._matrix.c, self._matrix.d)
        return round(2 * float(self._raw.FPDFText_GetFontSize(self._page, i)) * scale) / 2

    def is_bold(self, i: int) -> bool:
        length = self._raw.FPDFText_GetFontInfo(self._page, i, self._name, len(self._name), self._flags)
        return 0 < length <= len(self._name) and bool(_BOLD.search(self._name.value))


# Calls to pdfium, over many characters of a page


def _call(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of pdfium that takes addresses as numbers, so that an array's need no object each."""
    from pypdfium2 import raw

    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    return ctypes.PYFUNCTYPE(result, ctypes.c_void_p, ctypes.c_int, *arguments)(address or 0)


def _handle(text_page: Any) -> Iterator[int | None]:
    return repeat(ctypes.cast(text_page.raw, ctypes.c_void_p).value)


def _codes(text_page: Any) -> _Array:
    """
    Unicode code points of all characters, as pdfium reads them. *Shape:* ``(n,)``.

    Its text in one call is one UTF-16 unit a character, unless it left characters out or wrote one with two.
    """
    from pypdfium2 import raw

    total = text_page.count_chars()
    buffer = (ctypes.c_ushort * (2 * total + 1))()
    written = raw.FPDFText_GetText(text_page, 0, total, buffer) - 1 if total else 0
    units = np.frombuffer(buffer, np.uint16, max(written, 0))
    if written == total and not (units >> 11 == 0xD800 >> 11).any():
        return units
    unicode = _call("FPDFText_GetUnicode", ctypes.c_uint)
    return np.fromiter(map(unicode, _handle(text_page), range(total)), np.uint32, total)


def _turns(text_page: Any, numbers: _Array) -> _Array:
    """Quarter turns of each character, 0 to 3, or ``_SKEW``. *Shape:* that of *numbers*."""
    angle = _call("FPDFText_GetCharAngle", ctypes.c_float)
    radians = np.fromiter(map(angle, _handle(text_page), numbers.tolist()), np.float64, len(numbers))
    quarters = radians / (math.pi / 2)
    nearest = np.round(quarters)
    return np.where(np.abs(quarters - nearest) < 0.1, nearest % 4, _SKEW).astype(np.int64)


def _loose_boxes(text_page: Any, numbers: _Array) -> _Array:
    """Left, bottom, right, top of characters' cells, as high as their font. *Shape:* ``(n, 4)``, finite."""
    loose = _call("FPDFText_GetLooseCharBox", ctypes.c_int, ctypes.c_void_p)
    cells = np.zeros((len(numbers), 4), np.float32)  # FS_RECTF: left, top, right, bottom
    start = cells.ctypes.data
    _drain(map(loose, _handle(text_page), numbers.tolist(), range(start, start + cells.nbytes, 16)))
    # A hostile file may put them anywhere, or mirror them.
    cells = np.clip(np.nan_to_num(cells.astype(np.float64)), -_FAR, _FAR)
    across, up = np.sort(cells[:, [0, 2]]), np.sort(cells[:, [1, 3]])
    return np.hstack([across, up])[:, [0, 2, 1, 3]]


def _tight_boxes(text_page: Any, numbers: _Array) -> _Array:
    """Left, bottom, right, top of characters' ink. *Shape:* ``(n, 4)``."""
    tight = _call("FPDFText_GetCharBox", ctypes.c_int, *[ctypes.c_void_p] * 4)
    cells = np.zeros((len(numbers), 4), np.float64)  # left, right, bottom, top
    start, stop = cells.ctypes.data, cells.ctypes.data + cells.nbytes
    fields = [range(start + 8 * i, stop, 32) for i in range(4)]
    _drain(map(tight, _handle(text_page), numbers.tolist(), *fields))
    return cells[:, [0, 2, 1, 3]]


def _drain(calls: Iterator[Any]) -> None:
    for _ in calls:
        pass


def _turned(boxes: _Array, turns: _Array) -> _Array:
    """Boxes turned so that each is read from left to right, whatever way its text runs."""
    left, bottom, right, top = boxes.T
    choices = [
        boxes,
        np.c_[-top, left, -bottom, right],
        -boxes[:, [2, 3, 0, 1]],
        np.c_[bottom, -right, top, -left],
    ]
    turned = np.zeros_like(boxes)
    for turn, choice in enumerate([*choices, boxes]):
        turned[turns == turn] = choice[turns == turn]
    return turned


# Paragraphs to blocks

_WORDS = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True)
class _Styles:
    """
    The document's font sizes, in points.

    Args:
        body: The size that most characters have.
        levels: A heading's level for each larger size.
    """

    body: float
    levels: dict[float, int]

    @classmethod
    def of(cls, pages: list[_PageText]) -> "_Styles":
        weight: Counter[float] = Counter()
        for found in (found for page in pages for found in page.paragraphs):
            weight[found.size] += len(found.text)
        body = weight.most_common(1)[0][0]
        larger = sorted((size for size in weight if size >= 1.12 * body), reverse=True)
        return cls(body, {size: min(level, 5) for level, size in enumerate(larger, start=1)})

    def level(self, found: Paragraph) -> int:
        """A heading's level, or 0: larger than the body or bold, and short."""
        text = found.text
        if found.kind == "row" or len(text) > 200 or not _WORDS.search(text):
            return 0
        if found.size in self.levels and len(found.lines) <= 4:
            return self.levels[found.size]
        bold = all(piece.bold for line in found.lines for piece in line.pieces)
        alone = (
            len(found.lines) == 1
            and found.size >= self.body
            and not text.rstrip().endswith((".", ",", ";", ":"))
        )
        return min(len(self.levels) + 1, 6) if bold and alone and len(text) <= 100 else 0


def _blocks(page: _PageText, styles: _Styles) -> Iterator[ParsedBlock]:
    """The paragraphs of a page; rows that follow each other are a table."""
    for is_table, group in groupby(page.paragraphs, lambda found: found.kind == "row"):
        if is_table:
            yield from _table([found.lines[0] for found in group], page.number)
        else:
            for found in group:
                text, characters = _paired(*_traced(found.lines))
                level = styles.level(found)
                kind = BlockKind.HEADING if level else _KINDS[found.kind]
                yield ParsedBlock(kind, text, level, page.number, characters)


_KINDS = {"paragraph": BlockKind.PARAGRAPH, "item": BlockKind.LIST_ITEM}


def _table(rows: Sequence[Line], page: int) -> Iterator[ParsedBlock]:
    """The rows of one page, as they are printed; what looks like a header names the cells below it."""
    columns = column_numbers(rows)
    header: dict[int, str] = {}
    for number, line in enumerate(rows):
        text, characters = _traced([line])
        places = columns[number] if columns else range(len(line.cells))
        cells = list(_cells(line))
        row = ParsedRow(
            number,
            array("i", [edge for cell in cells for edge in cell]),
            array("i", places),
            tuple((header[place],) if place in header else () for place in places),
        )
        yield _paired_row(ParsedBlock(BlockKind.TABLE_ROW, text, 0, page, characters, row))
        names = [text[start:end].strip() for start, end in cells]
        if columns and number == 0 and looks_like_header(names):
            header = dict(zip(places, names, strict=True))


def _cells(line: Line) -> Iterator[tuple[int, int]]:
    """Start and end of each cell of a line in the text that :func:`_traced` makes of it."""
    at = 0
    for cell in line.cells:
        length = sum(len(piece.text) + 1 for piece in cell)
        yield at, at + length - 1
        at += length


def _traced(lines: Sequence[Line]) -> tuple[str, tuple[int, ...]]:
    """The text of lines with its characters; what separates pieces and lines is not in the file."""
    texts: list[str] = []
    characters: list[int] = []
    for line in lines:
        for piece in line.pieces:
            texts += piece.text, " "
            characters += range(piece.first, piece.first + len(piece.text))
            characters.append(-1)
        texts[-1] = "\n"
    return "".join(texts[:-1]), tuple(characters[:-1])


_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def _paired(text: str, characters: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Two halves of one character, as some files hold those past U+FFFF, become the character."""
    seconds = [match.start() + 1 for match in _PAIR.finditer(text)]
    if not seconds:
        return text, characters
    whole = _PAIR.sub(lambda match: match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    dropped = set(seconds)
    return whole, tuple(number for i, number in enumerate(characters) if i not in dropped)


def _paired_row(block: ParsedBlock) -> ParsedBlock:
    """A row's block with halves of characters put together; its cells end where they ended."""
    text, characters = _paired(block.text, block.characters or ())
    if block.row is None or len(text) == len(block.text):
        return block
    seconds = [match.start() + 1 for match in _PAIR.finditer(block.text)]
    edges = array("i", [edge - bisect_left(seconds, edge) for edge in block.row.edges])
    return replace(block, text=text, characters=characters, row=replace(block.row, edges=edges))
