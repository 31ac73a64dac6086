"""
Put the pieces of text on a page into paragraphs in reading order, by geometry alone.

A PDF contains glyphs at positions, not paragraphs. Columns are found by the empty gutter between them,
lines by vertical overlap, and paragraphs by the distance, indent and size of their lines. ADR 21 compares
this with libraries.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import mean, median
from typing import TypeAlias

# "Introduction . . . . . 7" in a table of contents.
_LEADERS = re.compile(r"(?:\. ?){3}\s*(?:\d+|[ivxlc]+)\Z")
_SENTENCE_END = re.compile(r"[.!?:;。！？][\"'”’»)\]\d⁰¹²³⁴-⁹]*\Z")
# "• First", "1. First", "(a) First"
_ITEM = re.compile(r"[•‣◦▪■●○·–—*-]\s|[•‣◦▪■●]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s")
# "•", "1.", "12", "(a)", "iv", which a gap may part from their item.
_MARK = re.compile(r"\W{0,3}|\W?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})\W?")
# A hyphen at the end of a line; U+0002 and U+FFFE are what pdfium returns for one.
_BROKEN_WORD = re.compile(r"[^\W\d_][-\u2010\xad\x02\ufffe]\Z")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """
    Text on one line without a wide gap.

    Args:
        left, bottom, right, top: Edges in points, in the direction of reading: *left* is where a line of
            left-to-right text starts, *top* is above it.
        size: Size of the font, in points.
        bold: Whether all of the text is bold.
        first: Number of its first character on the page.
        text: The characters of the page from *first* on.
    """

    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool
    first: int
    text: str

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """
    Pieces at one height.

    Args:
        pieces: The pieces in reading order.
        main: The piece with the most text, which determines the height and size of the line.
        left: Left edge, in points.
        right: Right edge, in points.
        text: The text of all pieces.
    """

    pieces: tuple[Piece, ...]
    main: Piece
    left: float
    right: float
    text: str

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> "Line":
        """Return the line of these pieces, which may be in any order."""
        ordered = _in_order(pieces)
        return cls(
            pieces=ordered,
            main=max(ordered, key=lambda piece: len(piece.text)),
            left=min(piece.left for piece in ordered),
            right=max(piece.right for piece in ordered),
            text=" ".join(piece.text for piece in ordered),
        )

    @property
    def is_tabular(self) -> bool:
        """Return whether the line has cells far apart; a list item's number and its text are not cells."""
        ordered = sorted(self.pieces, key=lambda piece: piece.left)
        gaps = [after.left - before.right for before, after in pairwise(ordered)]
        wide = [gap for gap in gaps if gap > self._wide_gap]
        return len(wide) > 1 or (len(wide) == 1 and not _MARK.fullmatch(ordered[0].text.strip()))

    @property
    def cells(self) -> list[tuple[Piece, ...]]:
        """The pieces in reading order, grouped into cells by the wide gaps between them."""
        cells: list[tuple[Piece, ...]] = []
        for piece in self.pieces:
            if cells and _gap_between(cells[-1][-1], piece) <= self._wide_gap:
                cells[-1] = (*cells[-1], piece)
            else:
                cells.append((piece,))
        return cells

    @property
    def _wide_gap(self) -> float:
        return 1.2 * self.main.height


def _gap_between(one: Piece, other: Piece) -> float:
    """Return the points between two pieces of a line, whichever is on the left."""
    return max(other.left - one.right, one.left - other.right)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of one paragraph; *kind* is ``paragraph``, ``item`` or ``row``."""

    lines: tuple[Line, ...]
    kind: str = "paragraph"

    @property
    def size(self) -> float:
        return self.lines[0].main.size

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


_Region: TypeAlias = Sequence[Piece]


def paragraphs(pieces: Sequence[Piece]) -> list[Paragraph]:
    """
    Return the paragraphs of *pieces* in reading order, with every piece in exactly one of them.

    A paragraph that continues in the next column is one paragraph.
    """
    found: list[Paragraph] = []
    for region in _regions(pieces):
        following = _region_paragraphs(region)
        if found and following and _continues(found[-1], following[0]):
            following[0] = Paragraph(found.pop().lines + following[0].lines)
        found += following
    return found


# Columns


def _regions(pieces: _Region) -> list[_Region]:
    """Return the parts of the page in reading order; each of them is read line by line."""
    head, body, foot = _without_running_lines(pieces)
    gutter = _gutter(body, _is_column)
    if gutter is None:
        return [pieces] if pieces else []
    regions: list[_Region] = [head] if head else []
    for band in _bands(body, gutter):
        left = [piece for piece in band if piece.right <= gutter]
        right = [piece for piece in band if piece.left >= gutter]
        # A band whose pieces cross the gutter, such as a title or a wide figure, is read as one.
        crosses = len(left) + len(right) < len(band)
        regions += [list(band)] if crosses else [*_regions(left), *_regions(right)]
    return [*regions, foot] if foot else regions


def _without_running_lines(pieces: _Region) -> tuple[_Region, _Region, _Region]:
    """Split off a running head and foot: the first and last line, if they are apart from the rest."""
    lines = _lines(pieces)
    if len(lines) < 4:
        return [], pieces, []
    # They would fill the gutter: a page number is often in the middle of it.
    is_apart = lines[0].main.bottom - lines[1].main.top > lines[1].main.height
    head = lines[0].pieces if is_apart else ()
    is_apart = lines[-2].main.bottom - lines[-1].main.top > lines[-2].main.height
    foot = lines[-1].pieces if is_apart else ()
    running = {*head, *foot}
    body = [piece for piece in pieces if piece not in running]
    return head, body, foot


def _gutter(pieces: _Region, is_column: Callable[[_Region], bool]) -> float | None:
    """
    Return the middle of the empty strip between two columns, in points.

    Args:
        pieces: The text.
        is_column: Whether the pieces on one side are a column.

    Returns:
        None if the text is one column or a table.
    """
    if len(pieces) < 6:
        return None
    start, stop = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    # Number of pieces above each point of the width, by a difference array.
    covered = [0] * (int(stop - start) + 2)
    for piece in pieces:
        covered[int(piece.left - start)] += 1
        covered[int(piece.right - start) + 1] -= 1
    covered = list(accumulate(covered))
    # Margins of 15 % are never a gutter: indents and short lines leave them empty.
    inner = range(len(covered) * 3 // 20, len(covered) * 17 // 20)
    min_covered = min((covered[point] for point in inner), default=len(pieces))
    # Titles and figures may cross the gutter, so that it needn't be empty on the whole page.
    if min_covered > 0.3 * len(pieces):
        return None
    strip = _widest_run([point for point in inner if covered[point] == min_covered])
    gutter = start + (strip[0] + strip[-1] + 1) / 2
    is_wide = len(strip) >= max(5, 0.6 * median(piece.height for piece in pieces))
    return gutter if is_wide and _separates_columns(pieces, gutter, is_column) else None


def _widest_run(points: list[int]) -> list[int]:
    """Return the longest run of consecutive numbers."""
    runs: list[list[int]] = []
    for point in points:
        if runs and runs[-1][-1] == point - 1:
            runs[-1].append(point)
        else:
            runs.append([point])
    return max(runs, key=len)


def _separates_columns(pieces: _Region, gutter: float, is_column: Callable[[_Region], bool]) -> bool:
    """
    Return whether both sides of the gutter are running text beside each other.

    A side may itself be several columns. Lines that end together distinguish them from the cells of a table.
    """
    left = [piece for piece in pieces if piece.right <= gutter]
    right = [piece for piece in pieces if piece.left >= gutter]
    if not all(
        is_column(side) or _has_running_text(side) or _gutter(side, _is_even_column) is not None
        for side in (left, right)
    ):
        return False
    # Columns are beside each other for at least half the height of the shorter one.
    above = min(max(piece.top for piece in side) for side in (left, right))
    below = max(min(piece.bottom for piece in side) for side in (left, right))
    shorter = min(
        max(piece.top for piece in side) - min(piece.bottom for piece in side) for side in (left, right)
    )
    return above - below > 0.5 * shorter


def _is_column(pieces: _Region) -> bool:
    """Return whether pieces are running text: several lines, most of them long and filled."""
    if len(pieces) < 3:
        return False
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    filled = mean(piece.right - piece.left for piece in pieces) > 0.45 * width
    return filled and median(len(piece.text) for piece in pieces) >= 12


def _has_running_text(pieces: _Region) -> bool:
    """Return whether most characters are in lines that fill the width; the others may be a figure's."""
    if len(pieces) < 5:
        return False
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    full = [piece for piece in pieces if piece.right - piece.left > 0.8 * width and len(piece.text) >= 20]
    characters = sum(len(piece.text) for piece in pieces)
    return len(full) >= 5 and 2 * sum(len(piece.text) for piece in full) > characters


def _is_even_column(pieces: _Region) -> bool:
    """Return whether pieces are a column in which most lines reach nearly to the end."""
    if not _is_column(pieces):
        return False
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    return median(piece.right - piece.left for piece in pieces) > 0.8 * width


def _bands(pieces: _Region, gutter: float) -> list[list[Piece]]:
    """Return bands from top to bottom: lines that cross the gutter, and lines beside it, in turn."""
    bands: list[list[Piece]] = []
    crosses_before: bool | None = None
    for line in _lines(pieces):
        crosses = any(piece.left < gutter < piece.right for piece in line.pieces)
        if crosses is crosses_before:
            bands[-1] += line.pieces
        else:
            bands.append(list(line.pieces))
        crosses_before = crosses
    return bands


# Lines


def _lines(pieces: _Region) -> list[Line]:
    """Return the lines from top to bottom."""
    lines: list[list[Piece]] = []
    main: Piece | None = None
    for piece in sorted(pieces, key=lambda piece: (-piece.middle, piece.left)):
        # Compared with the longest piece: from superscript to superscript a line would climb.
        if main and _same_line(main, piece):
            lines[-1].append(piece)
            main = max(main, piece, key=lambda piece: len(piece.text))
        else:
            lines.append([piece])
            main = piece
    return [Line.of(line) for line in lines]


def _same_line(one: Piece, other: Piece) -> bool:
    """Return whether half of the lower of two pieces is at the height of the other."""
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared >= 0.5 * min(one.height, other.height)


def _in_order(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Sort the pieces of a line from left to right, or from right to left in such a script."""
    if len(pieces) == 1:
        return tuple(pieces)
    letters = "".join(piece.text for piece in pieces)
    if 2 * len(_RIGHT_TO_LEFT.findall(letters)) > len(letters):
        return tuple(sorted(pieces, key=lambda piece: -piece.right))
    return tuple(sorted(pieces, key=lambda piece: piece.left))


# Paragraphs


def _region_paragraphs(region: _Region) -> list[Paragraph]:
    lines = _lines(region)
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    pitch = _pitch(lines)
    found: list[Paragraph] = []
    rows = _rows(lines)
    for line, is_row in zip(lines, rows, strict=True):
        last = found[-1] if found else None
        if is_row:
            found.append(Paragraph((line,), "row"))
        elif last is None or last.kind == "row" or _starts_paragraph(last.lines, line, left, right, pitch):
            found.append(Paragraph((line,), "item" if _ITEM.match(line.text) else "paragraph"))
        else:
            found[-1] = Paragraph((*last.lines, line), last.kind)
    return found


def _rows(lines: Sequence[Line]) -> list[bool]:
    """Return which lines are rows: those of a table, and entries of a contents list with leader dots."""
    # A row has a neighbour that is a row, too; a single line with a gap is an ordinary line.
    tabular = [False, *(line.is_tabular for line in lines), False]
    beside = [above or below for above, below in zip(tabular, tabular[2:], strict=False)]
    return [
        (line.is_tabular and near) or bool(_LEADERS.search(line.text[-40:]))
        for line, near in zip(lines, beside, strict=True)
    ]


def _pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance from line to line, in points."""
    steps = [
        above.main.middle - below.main.middle
        for above, below in pairwise(lines)
        if abs(above.main.size - below.main.size) < 0.1 * above.main.size
    ]
    # The lower quartile, because short paragraphs have as many wide steps as narrow ones.
    return sorted(steps)[len(steps) // 4] if steps else 1.3 * lines[0].main.height


def _starts_paragraph(before: Sequence[Line], line: Line, left: float, right: float, pitch: float) -> bool:
    """
    Return whether *line* starts a paragraph instead of continuing one.

    Args:
        before: The lines of the paragraph above.
        line: The line in question.
        left: Left edge of the region, in points.
        right: Its right edge.
        pitch: The usual distance from line to line.
    """
    last, size = before[-1], before[-1].main.size
    if abs(line.main.size - size) > 0.1 * size:
        return True
    if last.main.bold != line.main.bold and _is_heading_like(last, right):
        return True
    if last.main.middle - line.main.middle > 1.3 * max(pitch, 0.9 * last.main.height):
        return True
    em, ended = last.main.height, bool(_SENTENCE_END.search(last.text.rstrip()[-9:]))
    short = last.right < right - 0.2 * (right - left)
    if _ITEM.match(line.text) and (ended or short or _ITEM.match(before[0].text)):
        return True
    if _BROKEN_WORD.search(last.text.rstrip()):
        return False
    # An indent alone may be a quotation or a formula: it starts a paragraph only after an end of some kind.
    indented = line.left > last.left + 0.7 * em and not (len(before) == 1 and _ITEM.match(last.text))
    hanging = len(before) > 1 and line.left < last.left - 0.7 * em and before[0].left < last.left - 0.7 * em
    return (indented and (ended or short)) or (hanging and ended) or (short and ended)


def _is_heading_like(line: Line, right: float) -> bool:
    return line.right < right - 2 * line.main.height and not line.text.rstrip().endswith((",", "-"))


def _continues(last: Paragraph, first: Paragraph) -> bool:
    """Return whether the last paragraph of a column continues in the next one."""
    if "row" in (last.kind, first.kind) or abs(last.size - first.size) > 0.1 * last.size:
        return False
    before, after = last.text.rstrip(), first.text.lstrip()
    broken, ended = _BROKEN_WORD.search(before), _SENTENCE_END.search(before[-9:])
    return bool(broken) or (not ended and after[:1].islower())


# Tables


def cells_in_columns(rows: Sequence[Line]) -> tuple[list[list[tuple[int, tuple[Piece, ...]]]], bool]:
    """
    Return the cells of each row, with their columns, from 0 at the left, and whether they line up.

    A column is an interval of the page's width that cells share. If cells of the first row are over several
    columns of the others, it is parted where they are. If the cells don't line up, they are numbered.
    """
    cells = [row.cells for row in rows]
    numbers = _column_numbers(cells)
    if numbers is None and len(rows) > 2 and _column_numbers(cells[1:]) is not None:
        cells = [_parted(rows[0], _intervals(cells[1:])), *cells[1:]]
        numbers = _column_numbers(cells)
    columns = numbers or [list(range(len(row))) for row in cells]
    pairs = zip(columns, cells, strict=True)
    return [list(zip(*pair, strict=True)) for pair in pairs], numbers is not None


def _column_numbers(rows: Sequence[Sequence[Sequence[Piece]]]) -> list[list[int]] | None:
    """Return the column of each row's cells; None if two cells of a row are in one interval."""
    lefts = [left for left, _ in _intervals(rows)]
    numbers = [[bisect_right(lefts, _extent(cell)[0]) - 1 for cell in row] for row in rows]
    # Then a cell of another row spans columns, and it isn't known which.
    return numbers if all(len(set(row)) == len(row) for row in numbers) else None


def _intervals(rows: Sequence[Sequence[Sequence[Piece]]]) -> list[tuple[float, float]]:
    """Return the intervals of the page's width that have cells, from the left."""
    intervals: list[tuple[float, float]] = []
    for left, right in sorted(_extent(cell) for row in rows for cell in row):
        if intervals and left < intervals[-1][1]:
            intervals[-1] = (intervals[-1][0], max(intervals[-1][1], right))
        else:
            intervals.append((left, right))
    return intervals


def _parted(row: Line, intervals: Sequence[tuple[float, float]]) -> list[tuple[Piece, ...]]:
    """Return the pieces of a row as cells: one begins with each piece that is over another interval."""
    cells: list[tuple[Piece, ...]] = []
    lefts, before = [left for left, _ in intervals], -1
    for piece in row.pieces:
        over = bisect_right(lefts, (piece.left + piece.right) / 2) - 1
        if cells and over == before:
            cells[-1] = (*cells[-1], piece)
        else:
            cells.append((piece,))
        before = over
    return cells


def _extent(cell: Sequence[Piece]) -> tuple[float, float]:
    return min(piece.left for piece in cell), max(piece.right for piece in cell)


@dataclass(frozen=True, slots=True)
class PageText:
    """
    The text of a page.

    Args:
        number: Number of the page, from 1.
        width: Width in points.
        height: Height in points.
        paragraphs: Its paragraphs in reading order; none if the text isn't readable.
        has_images: Whether a page without text has images, as a scan does.
        is_unreadable: Whether the page has text that isn't readable, or is a picture without text.
    """

    number: int
    width: float
    height: float
    paragraphs: tuple[Paragraph, ...]
    has_images: bool = False
    is_unreadable: bool = False
