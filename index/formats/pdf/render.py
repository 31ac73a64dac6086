"""Render PDF pages as images, and find the boxes of characters on them."""

import ctypes
import io
import math
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any

import numpy as np

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.ocr import open_picture
from index.formats.pdf.characters import (
    MAX_COORDINATE,
    SPACES,
    Array,
    character_codes,
    loose_boxes,
    open_pdf,
    open_text_page,
    quarter_turns,
    runs_down,
    tight_boxes,
)
from index.formats.pdf.scans import PICTURE_DPI
from index.formats.types import Box, PageLocation

MAX_PIXELS = 8_000_000
"""Of one image; about A4 at four pixels per point."""
DEVICE_STEPS = 1_000_000
"""Resolution of coordinates on a page, in steps across its width."""
MAX_WORD_GAP = 3.0
"""Between two words of a line, as a multiple of the height of its ink."""
MAX_SIDE = 8_000
"""In pixels; browsers don't display longer images well."""


def character_boxes(data: bytes, page: int, first: int, count: int) -> list[Box]:
    """
    Return the boxes of *count* characters of a page from number *first* on, one for each line of text.

    Returns:
        Left, bottom, right and top in points, in the page's own coordinates (origin at the lower left, before
        rotation).

    Raises:
        UnreadableFile: If the file or the page can't be read.
        ValueError: If the page has no such characters.
    """
    with open_pdf(data) as document, open_text_page(document, page) as text_page:
        return _find_boxes(text_page, page, [(first, count)])


class PdfPages:
    """
    The pages of one PDF. Scripts in it don't run, and its annotations aren't drawn.

    Args:
        data: The bytes of the file.

    Raises:
        UnreadableFile: If it is damaged or password-protected.
    """

    def __init__(self, data: bytes) -> None:
        self._closing = ExitStack()
        self._document = self._closing.enter_context(open_pdf(data))

    def close(self) -> None:
        """Close the file."""
        self._closing.close()

    def locate(self, number: int, ranges: Sequence[tuple[int, int]]) -> PageLocation:
        """
        Return the place of characters on a page.

        Args:
            number: Number of the page, from 1.
            ranges: First character and count of each run, in reading order.

        Raises:
            UnreadableFile: If the page can't be read.
            ValueError: If the page has no such characters.
        """
        with open_text_page(self._document, number) as text_page:
            points = _find_boxes(text_page, number, ranges)
            width, height = text_page.page.get_size()
            fractions = (_to_page_fraction(text_page.page, box) for box in points)
            return PageLocation(number, width, height, tuple(points), tuple(filter(None, fractions)))

    def find_words(self, number: int, ranges: Sequence[tuple[int, int]]) -> list[Box | None]:
        """
        Return the cells of runs of characters as boxes, as high as the font.

        Args:
            number: Number of the page, from 1.
            ranges: First character and count of each run.

        Returns:
            Left, top, right and bottom as fractions of the page as displayed; None outside the page.

        Raises:
            UnreadableFile: If the page can't be read.
            ValueError: If the page has no such characters.
        """
        with open_text_page(self._document, number) as text_page:
            _check_ranges(len(character_codes(text_page)), number, ranges)
            cells = loose_boxes(text_page, _numbers_in(ranges))
            words = np.split(cells, np.cumsum([count for _, count in ranges])[:-1])
            boxes = (np.concatenate([word[:, :2].min(0), word[:, 2:].max(0)]).tolist() for word in words)
            return [_to_page_fraction(text_page.page, (*box,)) for box in boxes]

    def render(self, number: int, scale: float) -> bytes:
        """
        Return a page as PNG.

        Args:
            number: Number of the page, from 1.
            scale: Pixels per point; reduced if the image would have more than :data:`MAX_PIXELS`.

        Raises:
            UnreadableFile: If the page can't be read, or has no size.
        """
        with open_text_page(self._document, number) as text_page:
            page = text_page.page
            scale = _bounded_scale(scale, *page.get_size())
            return _encode_png(page.render(scale=scale, draw_annots=False, may_draw_forms=False).to_pil())


class PicturePages:
    """
    The pages of an image file, whose words were recognised.

    Args:
        data: The bytes of the file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def close(self) -> None:
        """Do nothing, as no file is open."""

    def locate(self, number: int, ranges: Sequence[tuple[int, int]]) -> PageLocation:
        """
        Refuse, because the places of recognised words are in the index.

        Raises:
            UnreadableFile: Always.
        """
        raise UnreadableFile(FailureCode.NO_PAGES)

    def find_words(self, number: int, ranges: Sequence[tuple[int, int]]) -> list[Box | None]:
        """
        Refuse, because the places of recognised words are in the index.

        Raises:
            UnreadableFile: Always.
        """
        raise UnreadableFile(FailureCode.NO_PAGES)

    def render(self, number: int, scale: float) -> bytes:
        """
        Return a page as PNG.

        Args:
            number: Number of the page, from 1.
            scale: Pixels per point; reduced if the image would have more than :data:`MAX_PIXELS`.

        Raises:
            UnreadableFile: If there is no such page, or it can't be read.
        """
        try:
            picture = next(islice(open_picture(self._data), number - 1, None), None)
        except (OSError, SyntaxError, ValueError) as error:
            raise UnreadableFile(FailureCode.DAMAGED, "not a valid image") from error
        if picture is None:
            raise UnreadableFile(FailureCode.NO_SUCH_PAGE, f"page {number}")
        width, height = (72 / PICTURE_DPI * side for side in picture.size)
        scale = min(_bounded_scale(scale, width, height), PICTURE_DPI / 72)
        picture.thumbnail((max(1, round(width * scale)), max(1, round(height * scale))))
        return _encode_png(picture)


def _encode_png(picture: Any) -> bytes:
    """Encode an image as PNG, with one channel if it has no colours."""
    # Most pages are black on white: one channel takes less than half the time of three.
    red, green, blue = picture.convert("RGB").split()
    is_grey = red.tobytes() == green.tobytes() == blue.tobytes()
    png = io.BytesIO()
    (red if is_grey else picture).save(png, "PNG", compress_level=1)
    return png.getvalue()


def _bounded_scale(scale: float, width: float, height: float) -> float:
    """Reduce *scale* to what :data:`MAX_PIXELS` and :data:`MAX_SIDE` allow."""
    if not (
        0 < width < MAX_COORDINATE and 0 < height < MAX_COORDINATE and math.isfinite(scale) and scale > 0
    ):
        raise UnreadableFile(FailureCode.UNDRAWABLE_PAGE, f"{width:g} by {height:g} points")
    return min(scale, math.sqrt(MAX_PIXELS / (width * height)), MAX_SIDE / width, MAX_SIDE / height)


def _to_page_fraction(page: Any, box: Box) -> Box | None:
    """Return a box as fractions of the page as displayed; None if it is outside."""
    left, bottom, right, top = box
    corners = [_to_device(page, left, bottom), _to_device(page, right, top)]
    (x0, x1), (y0, y1) = (sorted(edges) for edges in zip(*corners, strict=True))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _to_device(page: Any, x: float, y: float) -> tuple[float, float]:
    """Return a point of the page as fractions of width and height; pdfium knows its crop and rotation."""
    from pypdfium2 import raw

    device_x, device_y = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, DEVICE_STEPS, DEVICE_STEPS, 0, x, y, device_x, device_y)
    return _clamp(device_x.value / DEVICE_STEPS), _clamp(device_y.value / DEVICE_STEPS)


def _clamp(fraction: float) -> float:
    return min(max(fraction, 0.0), 1.0)


def _find_boxes(text_page: Any, page: int, ranges: Sequence[tuple[int, int]]) -> list[Box]:
    """Return the boxes of characters with ink, one for each line."""
    codes = character_codes(text_page)
    _check_ranges(len(codes), page, ranges)
    numbers = _numbers_in(ranges)
    visible = numbers[~np.isin(codes[numbers], SPACES)]
    tight = np.clip(np.nan_to_num(tight_boxes(text_page, visible)), -MAX_COORDINATE, MAX_COORDINATE)
    has_ink = (tight[:, 0] < tight[:, 2]) & (tight[:, 1] < tight[:, 3])
    turns = quarter_turns(text_page, visible[has_ink])
    if not turns.any() and runs_down(loose_boxes(text_page, visible[has_ink])):
        turns[:] = 1  # vertical writing, whose lines are columns
    return _line_boxes(tight[has_ink], turns)


def _check_ranges(size: int, page: int, ranges: Sequence[tuple[int, int]]) -> None:
    for first, count in ranges:
        if not 0 <= first < first + count <= size:
            raise ValueError(f"page {page} has {size} characters, requested {count} from {first}")


def _numbers_in(ranges: Sequence[tuple[int, int]]) -> Array:
    return np.concatenate([np.arange(first, first + count) for first, count in ranges])


def _line_boxes(tight: Array, turns: Array) -> list[Box]:
    """Merge the boxes of characters in order as long as they are on one line."""
    lines: list[list[float]] = []
    for (left, bottom, right, top), turn in zip(tight.tolist(), turns.tolist(), strict=True):
        box = [left, bottom, right, top]
        if lines and _continues_line(lines[-1], box, turn):
            line = lines[-1]
            lines[-1] = [*map(min, line[:2], box[:2]), *map(max, line[2:], box[2:])]
        else:
            lines.append(box)
    return [(left, bottom, right, top) for left, bottom, right, top in lines]


def _continues_line(line: list[float], box: list[float], turn: int) -> bool:
    """Return whether a box is on a line of text, and near its end."""
    # Indexes of the edges across the direction of the text, and of those along it.
    (low, high), (begin, end) = ((0, 2), (1, 3)) if turn % 2 else ((1, 3), (0, 2))
    height = max(line[high] - line[low], box[high] - box[low])
    # A wider gap leads to another column or cell, and the text between them isn't part of the span.
    gap = max(line[begin], box[begin]) - min(line[end], box[end])
    return min(line[high], box[high]) > max(line[low], box[low]) and gap < MAX_WORD_GAP * height
