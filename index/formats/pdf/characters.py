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
"""Codes that pdfium's versions give a hyphen at the end of a line."""
MAX_COORDINATE = 20_000.0
"""In points; no page is larger."""
_BOLD = re.compile(rb"bold|black|heavy|demi|cmbx", re.IGNORECASE)


@contextmanager
def open_pdf(data: bytes) -> Iterator[Any]:
    """
    Open a PDF, and close it at the end.

    Raises:
        UnreadableFile: If it is damaged or needs a password.
    """
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
    """
    Open the text of a page, and close both at the end.

    Args:
        document: Of :func:`open_pdf`.
        number: Number of the page, from 1.

    Raises:
        UnreadableFile: If the page is damaged.
    """
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
"""A control character, which canonical text omits."""

SKEWED = 4
"""The turn of a character at another angle than a multiple of 90 degrees, such as a watermark's."""


DOWNWARD = 5
"""The turn of a character in vertical writing, which is upright; columns run down, from right to left."""

MIN_DOWNWARD = 0.6
"""Minimum share of characters that are below the one before them; the others begin a column."""


@dataclass(frozen=True, slots=True)
class Words:
    """
    The words of a page, in the order of the file: runs of characters without a space.

    Args:
        first, last: Numbers of the first and last characters. *Shape:* ``(n,)``
        boxes: Left, bottom, right, top in points, turned so that text runs to the right. *Shape:* ``(n, 4)``
        turns: As :func:`quarter_turns`. *Shape:* ``(n,)``
    """

    first: Array
    last: Array
    boxes: Array
    turns: Array


def find_words(text_page: Any, codes: Array) -> Words:
    """
    Return the words of a page with their boxes.

    A new word starts after a hyphen that pdfium found at the end of a line.
    """
    # The boxes of the first and last characters take a third of the calls that all characters would.
    visible = ~np.isin(codes, SPACES)
    # For each character but the last: whether the next one is in the same word.
    continues = visible[:-1] & visible[1:] & ~np.isin(codes[:-1], _LINE_END_HYPHENS)
    first = np.flatnonzero(visible & ~np.r_[False, continues])
    last = np.flatnonzero(visible & ~np.r_[continues, False])
    words, is_split = _measure(text_page, first, last)
    if not is_split.any():
        return words
    # A word on two lines is split into its characters: where the line ends isn't known.
    parts = [np.arange(i, j + 1) for i, j in zip(first[is_split], last[is_split], strict=True)]
    single = np.concatenate(parts)
    first, last = np.sort(np.r_[first[~is_split], single]), np.sort(np.r_[last[~is_split], single])
    downward = [part for part in parts if runs_down(loose_boxes(text_page, part))]
    turns = quarter_turns(text_page, first)
    if downward:
        is_downward = np.isin(first, np.concatenate(downward))
        # On a page in vertical writing, a word of one character and a number are part of a column, too.
        if 2 * is_downward.sum() > len(first):
            is_downward[:] = True
        turns[is_downward & (turns == 0)] = DOWNWARD
    return _measure(text_page, first, last, turns)[0]


def runs_down(boxes: Array) -> bool:
    """
    Return whether most characters are below the one before them, as in vertical Japanese.

    Args:
        boxes: Of the characters, in the order of the file. *Shape:* ``(n, 4)``
    """
    across, up = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    width, height = boxes[:-1, 2] - boxes[:-1, 0], boxes[:-1, 3] - boxes[:-1, 1]
    down = up[:-1] - up[1:]
    is_below = (np.abs(np.diff(across)) < 0.5 * width) & (down > 0.3 * height) & (down < 2.2 * height)
    return len(boxes) > 2 and bool(is_below.mean() >= MIN_DOWNWARD)


def _measure(text_page: Any, first: Array, last: Array, turns: Array | None = None) -> tuple[Words, Array]:
    """Return words by their first and last characters, and which of them are on two lines."""
    turns = quarter_turns(text_page, first) if turns is None else turns
    heads, tails = (turn_upright(loose_boxes(text_page, some), turns) for some in (first, last))
    boxes = np.hstack([np.minimum(heads[:, :2], tails[:, :2]), np.maximum(heads[:, 2:], tails[:, 2:])])
    return Words(first, last, boxes, turns), ~side_by_side(heads, tails) & (turns != SKEWED)


def side_by_side(one: Array, other: Array) -> Array:
    """
    Return whether two boxes overlap vertically by at least half the height of the smaller one.

    Args:
        one: The first box of each pair. *Shape:* ``(n, 4)``
        other: The second box of each pair. *Shape:* ``(n, 4)``

    Returns:
        *Shape:* ``(n,)``
    """
    shared = np.minimum(one[:, 3], other[:, 3]) - np.maximum(one[:, 1], other[:, 1])
    is_beside: Array = shared >= 0.5 * np.minimum(one[:, 3] - one[:, 1], other[:, 3] - other[:, 1])
    return is_beside


class GlyphStyle:
    """Size and weight of single characters."""

    def __init__(self, text_page: Any) -> None:
        from pypdfium2 import raw

        self._raw, self._page = raw, text_page.raw
        self._matrix, self._flags = raw.FS_MATRIX(), ctypes.c_int()
        self._name = ctypes.create_string_buffer(128)

    def size(self, i: int) -> float:
        """Return the size of a character in points, rounded to halves; 0 if unknown."""
        if not self._raw.FPDFText_GetMatrix(self._page, i, self._matrix):
            return 0.0
        scale = math.hypot(self._matrix.c, self._matrix.d)
        return round(2 * float(self._raw.FPDFText_GetFontSize(self._page, i)) * scale) / 2

    def is_bold(self, i: int) -> bool:
        """Return whether the name of a character's font says that it is bold."""
        length = self._raw.FPDFText_GetFontInfo(self._page, i, self._name, len(self._name), self._flags)
        return 0 < length <= len(self._name) and bool(_BOLD.search(self._name.value))


# Calls to pdfium, over many characters of a page


def _pdfium_function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """Return a function of pdfium that takes addresses as numbers, without a ctypes object for each."""
    from pypdfium2 import raw

    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    return ctypes.PYFUNCTYPE(result, ctypes.c_void_p, ctypes.c_int, *arguments)(address or 0)


def _repeated_handle(text_page: Any) -> Iterator[int | None]:
    """Yield the address of pdfium's text page without end, as the first argument of each call."""
    return repeat(ctypes.cast(text_page.raw, ctypes.c_void_p).value)


def character_codes(text_page: Any) -> Array:
    """Return the Unicode code points of all characters. *Shape:* ``(n,)``."""
    from pypdfium2 import raw

    total = text_page.count_chars()
    buffer = (ctypes.c_ushort * (2 * total + 1))()
    written = raw.FPDFText_GetText(text_page, 0, total, buffer) - 1 if total else 0
    units = np.frombuffer(buffer, np.uint16, max(written, 0))
    # One call gives one UTF-16 unit for each character, unless pdfium omitted some or used two units for one.
    if written == total and not (units >> 11 == 0xD800 >> 11).any():
        return units
    unicode = _pdfium_function("FPDFText_GetUnicode", ctypes.c_uint)
    return np.fromiter(map(unicode, _repeated_handle(text_page), range(total)), np.uint32, total)


def quarter_turns(text_page: Any, numbers: Array) -> Array:
    """Return the quarter turns of characters, 0 to 3, or ``SKEWED``. *Shape:* that of *numbers*."""
    angle = _pdfium_function("FPDFText_GetCharAngle", ctypes.c_float)
    radians = np.fromiter(map(angle, _repeated_handle(text_page), numbers.tolist()), np.float64, len(numbers))
    quarters = radians / (math.pi / 2)
    rounded = np.round(quarters)
    return np.where(np.abs(quarters - rounded) < 0.1, rounded % 4, SKEWED).astype(np.int64)


def loose_boxes(text_page: Any, numbers: Array) -> Array:
    """Return left, bottom, right, top of character cells, as high as the font. *Shape:* ``(n, 4)``."""
    loose = _pdfium_function("FPDFText_GetLooseCharBox", ctypes.c_int, ctypes.c_void_p)
    cells = np.zeros((len(numbers), 4), np.float32)  # FS_RECTF: left, top, right, bottom
    start = cells.ctypes.data
    _exhaust(
        map(loose, _repeated_handle(text_page), numbers.tolist(), range(start, start + cells.nbytes, 16))
    )
    # A hostile file may place or mirror them in any way.
    cells = np.clip(np.nan_to_num(cells.astype(np.float64)), -MAX_COORDINATE, MAX_COORDINATE)
    across, up = np.sort(cells[:, [0, 2]]), np.sort(cells[:, [1, 3]])
    return np.hstack([across, up])[:, [0, 2, 1, 3]]


def tight_boxes(text_page: Any, numbers: Array) -> Array:
    """Return left, bottom, right, top of the ink of characters. *Shape:* ``(n, 4)``."""
    tight = _pdfium_function("FPDFText_GetCharBox", ctypes.c_int, *[ctypes.c_void_p] * 4)
    cells = np.zeros((len(numbers), 4), np.float64)  # left, right, bottom, top
    start, stop = cells.ctypes.data, cells.ctypes.data + cells.nbytes
    fields = [range(start + 8 * i, stop, 32) for i in range(4)]
    _exhaust(map(tight, _repeated_handle(text_page), numbers.tolist(), *fields))
    return cells[:, [0, 2, 1, 3]]


def _exhaust(calls: Iterator[Any]) -> None:
    for _ in calls:
        pass


def turn_upright(boxes: Array, turns: Array) -> Array:
    """Turn boxes so that the text of each runs from left to right."""
    left, bottom, right, top = boxes.T
    by_turn = {
        0: boxes,
        1: np.c_[-top, left, -bottom, right],  # 90 degrees
        2: -boxes[:, [2, 3, 0, 1]],  # 180 degrees
        3: np.c_[bottom, -right, top, -left],  # 270 degrees
        SKEWED: boxes,
        DOWNWARD: np.c_[-top, left, -bottom, right],
    }
    turned = np.zeros_like(boxes)
    for turn, turned_boxes in by_turn.items():
        turned[turns == turn] = turned_boxes[turns == turn]
    return turned
