"""Read the characters of a PDF page with pdfium: codes, boxes, directions, fonts."""

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from index.errors import UnreadableFile
from index.failures import FailureCode

Array: TypeAlias = npt.NDArray[Any]
SPACES = np.array([0, 9, 10, 11, 12, 13, 32, 0xA0, *range(0x2000, 0x200C), 0x202F, 0x3000], np.uint32)
_LINE_END_HYPHENS = np.array([2, 0xFFFE], np.uint32)
MAX_COORDINATE = 20_000.0
"""Points; no page reaches further."""
_BOLD = re.compile(rb"bold|black|heavy|demi|cmbx", re.IGNORECASE)


@contextmanager
def open_pdf(data: bytes) -> Iterator[Any]:
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        if getattr(exc, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise UnreadableFile(FailureCode.ENCRYPTED) from exc
        raise UnreadableFile(FailureCode.DAMAGED, "not a valid PDF") from exc
    try:
        yield document
    finally:
        document.close()


@contextmanager
def open_text_page(document: Any, number: int) -> Iterator[Any]:
    import pypdfium2

    try:
        page = document[number - 1]
        text_page = page.get_textpage()
    except (pypdfium2.PdfiumError, IndexError) as exc:
        raise UnreadableFile(FailureCode.DAMAGED, f"page {number} can't be read") from exc
    try:
        yield text_page
    finally:
        text_page.close()
        page.close()


HIDDEN_CHARACTER = 1
"""A control character, which canonical text leaves out."""


SKEWED = 4
"""The turn of a character that stands neither upright nor at a right angle, such as a watermark's."""


@dataclass(frozen=True, slots=True)
class Words:
    """
    Stretches of characters without a space, in the page's order.

    Args:
        first, last: Numbers of the characters at their ends. *Shape:* ``(n,)``
        boxes: Left, bottom, right, top, turned so that each is read from left to right. *Shape:* ``(n, 4)``
        turns: As :func:`quarter_turns`. *Shape:* ``(n,)``
    """

    first: Array
    last: Array
    boxes: Array
    turns: Array


def find_words(text_page: Any, codes: Array) -> Words:
    """
    Words with their places, from the boxes of their first and last characters: a third of the calls.

    After pdfium's hyphen at a line's end a new word starts. One that still turns out to stand on two lines
    is taken apart into its characters.
    """
    inked = ~np.isin(codes, SPACES)
    ends = np.isin(codes, _LINE_END_HYPHENS)
    first = np.flatnonzero(inked & ~np.r_[False, (inked & ~ends)[:-1]])
    last = np.flatnonzero(inked & ~np.r_[(inked & ~np.r_[False, ends[:-1]])[1:], False])
    words, torn = _measure(text_page, first, last)
    if not torn.any():
        return words
    single = np.concatenate([np.arange(i, j + 1) for i, j in zip(first[torn], last[torn], strict=True)])
    first, last = np.sort(np.r_[first[~torn], single]), np.sort(np.r_[last[~torn], single])
    return _measure(text_page, first, last)[0]


def _measure(text_page: Any, first: Array, last: Array) -> tuple[Words, Array]:
    """Words by their first and last characters, and which of them stand on two lines."""
    turns = quarter_turns(text_page, first)
    heads, tails = (turn_upright(loose_boxes(text_page, some), turns) for some in (first, last))
    boxes = np.hstack([np.minimum(heads[:, :2], tails[:, :2]), np.maximum(heads[:, 2:], tails[:, 2:])])
    return Words(first, last, boxes, turns), ~side_by_side(heads, tails) & (turns != SKEWED)


def side_by_side(one: Array, other: Array) -> Array:
    """Whether half of the lower of two boxes is at the height of the other."""
    shared = np.minimum(one[:, 3], other[:, 3]) - np.maximum(one[:, 1], other[:, 1])
    beside: Array = shared >= 0.5 * np.minimum(one[:, 3] - one[:, 1], other[:, 3] - other[:, 1])
    return beside


class GlyphStyle:
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


def _pdfium_function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of pdfium that takes addresses as numbers, so that an array's need no object each."""
    from pypdfium2 import raw

    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    return ctypes.PYFUNCTYPE(result, ctypes.c_void_p, ctypes.c_int, *arguments)(address or 0)


def _handle(text_page: Any) -> Iterator[int | None]:
    return repeat(ctypes.cast(text_page.raw, ctypes.c_void_p).value)


def character_codes(text_page: Any) -> Array:
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
    unicode = _pdfium_function("FPDFText_GetUnicode", ctypes.c_uint)
    return np.fromiter(map(unicode, _handle(text_page), range(total)), np.uint32, total)


def quarter_turns(text_page: Any, numbers: Array) -> Array:
    """Quarter turns of each character, 0 to 3, or ``SKEWED``. *Shape:* that of *numbers*."""
    angle = _pdfium_function("FPDFText_GetCharAngle", ctypes.c_float)
    radians = np.fromiter(map(angle, _handle(text_page), numbers.tolist()), np.float64, len(numbers))
    quarters = radians / (math.pi / 2)
    nearest = np.round(quarters)
    return np.where(np.abs(quarters - nearest) < 0.1, nearest % 4, SKEWED).astype(np.int64)


def loose_boxes(text_page: Any, numbers: Array) -> Array:
    """Left, bottom, right, top of characters' cells, as high as their font. *Shape:* ``(n, 4)``, finite."""
    loose = _pdfium_function("FPDFText_GetLooseCharBox", ctypes.c_int, ctypes.c_void_p)
    cells = np.zeros((len(numbers), 4), np.float32)  # FS_RECTF: left, top, right, bottom
    start = cells.ctypes.data
    _exhaust(map(loose, _handle(text_page), numbers.tolist(), range(start, start + cells.nbytes, 16)))
    # A hostile file may put them anywhere, or mirror them.
    cells = np.clip(np.nan_to_num(cells.astype(np.float64)), -MAX_COORDINATE, MAX_COORDINATE)
    across, up = np.sort(cells[:, [0, 2]]), np.sort(cells[:, [1, 3]])
    return np.hstack([across, up])[:, [0, 2, 1, 3]]


def tight_boxes(text_page: Any, numbers: Array) -> Array:
    """Left, bottom, right, top of characters' ink. *Shape:* ``(n, 4)``."""
    tight = _pdfium_function("FPDFText_GetCharBox", ctypes.c_int, *[ctypes.c_void_p] * 4)
    cells = np.zeros((len(numbers), 4), np.float64)  # left, right, bottom, top
    start, stop = cells.ctypes.data, cells.ctypes.data + cells.nbytes
    fields = [range(start + 8 * i, stop, 32) for i in range(4)]
    _exhaust(map(tight, _handle(text_page), numbers.tolist(), *fields))
    return cells[:, [0, 2, 1, 3]]


def _exhaust(calls: Iterator[Any]) -> None:
    for _ in calls:
        pass


def turn_upright(boxes: Array, turns: Array) -> Array:
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
