"""Text that was recognised in pictures: of pages of a PDF without readable text, and of image files."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common import ocr
from index.formats.common.ocr import Recognise, RecognisedLine
from index.formats.pdf.layout import PageText, Piece, paragraphs
from index.formats.types import Limits
from index.text.canonical import RecognisedWord

DPI = 200
"""Resolution at which a page is drawn for recognition."""
PICTURE_DPI = 150
"""Assumed of an image file: its points are only used to lay out its lines."""
SAME_SIZE = 0.35
"""Difference from the usual height of lines up to which a line has the usual size; heights are rough."""


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """A page as recognised: its paragraphs, and its words with their places."""

    page: PageText
    words: tuple[RecognisedWord, ...]


_SIGNATURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
"""The first bytes of png, jpg and tiff files."""


def recognised_page(
    lines: Sequence[RecognisedLine], number: int, width: float, height: float
) -> RecognisedPage:
    """
    Return a page of recognised lines, whose characters are numbered from 0.

    Args:
        lines: The lines in any order.
        number: Number of the page, from 1.
        width: Width of the page in points.
        height: Its height.
    """
    usual = median((line.box[3] - line.box[1]) * height for line in lines) if lines else 0.0
    pieces, words, first = [], [], 0
    for line in lines:
        left, top, right, bottom = line.box
        own = (bottom - top) * height
        size = usual if abs(own - usual) <= SAME_SIZE * usual else own
        edges = (left * width, (1 - bottom) * height, right * width, (1 - top) * height)
        pieces.append(Piece(*edges, size=round(size), bold=False, first=first, text=line.text))
        words += [RecognisedWord(number, first + start, end - start, box) for start, end, box in line.words]
        first += len(line.text)
    found = tuple(paragraphs(pieces)) if pieces else ()
    return RecognisedPage(PageText(number, width, height, found), tuple(words))


def recognise_pages(
    document: Any, pages: Sequence[PageText], limits: Limits, recognise: Recognise = ocr.recognise
) -> dict[int, RecognisedPage]:
    """Return the pages without readable text as recognised, by number, up to the limit."""
    found: dict[int, RecognisedPage] = {}
    wanted = [page for page in pages if page.is_unreadable or (page.has_images and not page.paragraphs)]
    for page in wanted[: limits.max_ocr_pages]:
        picture = document[page.number - 1].render(scale=DPI / 72, may_draw_forms=False).to_pil()
        lines = recognise(picture)
        if lines:
            found[page.number] = recognised_page(lines, page.number, page.width, page.height)
    return found


def read_pictures(data: bytes, limits: Limits, recognise: Recognise = ocr.recognise) -> list[RecognisedPage]:
    """
    Return the pages of an image file as recognised.

    Raises:
        UnreadableFile: If it isn't an image, or words aren't to be recognised.
    """
    if not data.startswith(_SIGNATURES):
        raise UnreadableFile(FailureCode.DAMAGED)
    if not limits.max_ocr_pages:
        raise UnreadableFile(FailureCode.PICTURE)
    read = []
    for number, picture in enumerate(ocr.open_picture(data), start=1):
        if number > limits.max_ocr_pages:
            break
        width, height = (72 / PICTURE_DPI * side for side in picture.size)
        read.append(recognised_page(recognise(picture), number, width, height))
    return read
