"""Render PDF pages as pictures, and find the boxes of characters on them."""

import ctypes
import io
import math
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.pdf.characters import (
    MAX_COORDINATE,
    SPACES,
    Array,
    character_codes,
    open_pdf,
    open_text_page,
    quarter_turns,
    tight_boxes,
)
from index.formats.types import Box, PageLocation

MAX_PIXELS = 8_000_000
"""Of one picture of a page; A4 at four pixels a point."""
DEVICE_STEPS = 1_000_000
"""Steps across a page when a place on it is asked for."""
MAX_WORD_GAP = 3.0
"""Between two words of a line, in times the height of its ink."""
MAX_SIDE = 8_000
"""Pixels; no browser shows a longer picture well."""


def character_boxes(data: bytes, page: int, first: int, count: int) -> list[Box]:
    """
    Where *count* characters of a page stand, from number *first* on: one box for each line of text.

    Returns:
        Left, bottom, right and top in points, in the page's own coordinates (origin at the lower left, before
        the page's rotation is applied).

    Raises:
        UnreadableFile: If the file or the page can't be read.
        ValueError: If the page has no such characters.
    """
    with open_pdf(data) as document, open_text_page(document, page) as text_page:
        return _find_boxes(text_page, page, [(first, count)])


class PdfPages:
    """
    The pages of one PDF, to be looked at; nothing in it runs, and its annotations aren't drawn.

    Args:
        data: The file's bytes.

    Raises:
        UnreadableFile: If it is damaged or protected by a password.
    """

    def __init__(self, data: bytes) -> None:
        self._closing = ExitStack()
        self._document = self._closing.enter_context(open_pdf(data))

    def close(self) -> None:
        """Let go of the file."""
        self._closing.close()

    def locate(self, number: int, ranges: Sequence[tuple[int, int]]) -> PageLocation:
        """
        Where characters of a page stand.

        Args:
            number: Of the page, from 1.
            ranges: First character and how many, in the order of reading.

        Raises:
            UnreadableFile: If the page can't be read.
            ValueError: If the page has no such characters.
        """
        with open_text_page(self._document, number) as text_page:
            points = _find_boxes(text_page, number, ranges)
            width, height = text_page.page.get_size()
            shares = (_to_page_share(text_page.page, box) for box in points)
            return PageLocation(number, width, height, tuple(points), tuple(filter(None, shares)))

    def render(self, number: int, scale: float) -> bytes:
        """
        A page as PNG.

        Args:
            number: From 1.
            scale: Pixels a point; less where the picture would have more than :data:`MAX_PIXELS`.

        Raises:
            UnreadableFile: If the page can't be read, or has no size.
        """
        with open_text_page(self._document, number) as text_page:
            page = text_page.page
            scale = _bounded_scale(scale, *page.get_size())
            return _encode_png(page.render(scale=scale, draw_annots=False, may_draw_forms=False).to_pil())


def _encode_png(picture: Any) -> bytes:
    """Most pages are black on white: one channel takes less than half the time of three, here and to show."""
    red, green, blue = picture.convert("RGB").split()
    is_grey = red.tobytes() == green.tobytes() == blue.tobytes()
    png = io.BytesIO()
    (red if is_grey else picture).save(png, "PNG", compress_level=1)
    return png.getvalue()


def _bounded_scale(scale: float, width: float, height: float) -> float:
    """
    The scale, or what of it gives no more than :data:`MAX_PIXELS`, and no side that is
    out of proportion.
    """
    if not (
        0 < width < MAX_COORDINATE and 0 < height < MAX_COORDINATE and math.isfinite(scale) and scale > 0
    ):
        raise UnreadableFile(FailureCode.UNDRAWABLE_PAGE, f"{width:g} by {height:g} points")
    return min(scale, math.sqrt(MAX_PIXELS / (width * height)), MAX_SIDE / width, MAX_SIDE / height)


def _to_page_share(page: Any, box: Box) -> Box | None:
    """A box as shares of the page as it is shown; None if it lies outside."""
    left, bottom, right, top = box
    corners = [_to_device(page, left, bottom), _to_device(page, right, top)]
    (x0, x1), (y0, y1) = (sorted(edges) for edges in zip(*corners, strict=True))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _to_device(page: Any, x: float, y: float) -> tuple[float, float]:
    """Shares of width and height at a point of the page; pdfium knows how it is cropped and turned."""
    from pypdfium2 import raw

    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, DEVICE_STEPS, DEVICE_STEPS, 0, x, y, across, down)
    return _clamp(across.value / DEVICE_STEPS), _clamp(down.value / DEVICE_STEPS)


def _clamp(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _find_boxes(text_page: Any, page: int, ranges: Sequence[tuple[int, int]]) -> list[Box]:
    codes = character_codes(text_page)
    for first, count in ranges:
        if not 0 <= first < first + count <= len(codes):
            raise ValueError(f"page {page} has {len(codes)} characters, asked for {count} from {first}")
    numbers = np.concatenate([np.arange(first, first + count) for first, count in ranges])
    inked = numbers[~np.isin(codes[numbers], SPACES)]
    tight = np.clip(np.nan_to_num(tight_boxes(text_page, inked)), -MAX_COORDINATE, MAX_COORDINATE)
    drawn = (tight[:, 0] < tight[:, 2]) & (tight[:, 1] < tight[:, 3])
    return _line_boxes(tight[drawn], quarter_turns(text_page, inked[drawn]))


def _line_boxes(tight: Array, turns: Array) -> list[Box]:
    """
    Characters in order, merged as long as they stand beside each other in the direction of reading.

    What is further away than a few times the line's height is in another column or cell: what stands between
    is not meant.
    """
    lines: list[list[float]] = []
    for (left, bottom, right, top), turn in zip(tight.tolist(), turns.tolist(), strict=True):
        box = [left, bottom, right, top]
        if lines and _continues_line(lines[-1], box, turn):
            old = lines[-1]
            lines[-1] = [*map(min, old[:2], box[:2]), *map(max, old[2:], box[2:])]
        else:
            lines.append(box)
    return [(left, bottom, right, top) for left, bottom, right, top in lines]


def _continues_line(line: list[float], box: list[float], turn: int) -> bool:
    """Whether a box stands at the height of a line, and near it."""
    (low, high), (begin, end) = ((0, 2), (1, 3)) if turn % 2 else ((1, 3), (0, 2))
    height = max(line[high] - line[low], box[high] - box[low])
    gap = max(line[begin], box[begin]) - min(line[end], box[end])
    return min(line[high], box[high]) > max(line[low], box[low]) and gap < MAX_WORD_GAP * height
