"""
Pack the structure of a document, its blocks and sentences, into a few bytes that are read on demand.

A large spreadsheet has a million cells. As records they would take hundreds of megabytes; here they are
columns of numbers, and a record is created only when it is accessed.

``docs/format.md`` describes the bytes of both.
"""

import json
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from index.records import Block, BlockKind, Cell

Header: TypeAlias = tuple[str, ...]
"""The header of a cell, outermost level first; see :attr:`index.records.Cell.header`."""
_Numbers: TypeAlias = npt.NDArray[np.integer[Any]]

BLOCK_KINDS = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST_ITEM,
    BlockKind.TABLE_ROW,
    BlockKind.CAPTION,
    BlockKind.CODE,
    BlockKind.PLAIN_TEXT,
)
"""A kind's number on disk is its position here, so new kinds must be added at the end."""

_BLOCK_COLUMNS, _CELL_COLUMNS = 7, 4
_COMPRESSION_LEVEL = 3
# Every block and cell has at least one character of the text, and their columns take fewer bytes than this.
# Data that unpacks to more wasn't written by this module.
_MAX_BYTES_PER_CHARACTER = 128


class BlockList(Sequence[Block]):
    """
    The blocks of a document, packed; each access creates a :class:`Block`.

    Args:
        packed: The attribute :attr:`packed` of another list.
    """

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    @classmethod
    def of(cls, blocks: Iterable[Block]) -> "BlockList":
        """Pack *blocks*, which must be in order."""
        builder = BlockListBuilder()
        for block in blocks:
            builder.add(
                block.kind,
                block.start,
                block.end,
                level=block.level,
                table=block.table,
                row=block.row,
                edges=array("i", [edge for cell in block.cells for edge in (cell.start, cell.end)]),
                columns=array("i", [cell.column for cell in block.cells]),
                headers=[builder.header_number(cell.header) for cell in block.cells],
            )
        return builder.build()

    def check(self, length: int) -> None:
        """
        Check that the bytes, which may come from a compromised process, hold the blocks of a text.

        Args:
            length: Length of the text in code points.

        Raises:
            ValueError: If they don't.
        """
        # The bound is needed before the check: a few kilobytes of zlib can unpack to gigabytes.
        columns = _unpack(self.packed, 1000 + _MAX_BYTES_PER_CHARACTER * length)
        columns.check(length)
        self.__dict__["_columns"] = columns

    def of_kind(self, kind: BlockKind) -> list[Block]:
        """Return the blocks of one kind, in order."""
        return list(self.iter_kind(kind))

    def iter_kind(self, kind: BlockKind) -> Iterator[Block]:
        """Yield the blocks of one kind, in order."""
        numbers = np.flatnonzero(self._columns.kinds == BLOCK_KINDS.index(kind))
        return (self[int(number)] for number in numbers)

    def iter_ranges(self) -> Iterator[tuple[BlockKind, int, int]]:
        """Yield kind, start and end of each block, in order, without its cells."""
        columns = self._columns
        for kind, start, end in zip(columns.kinds, columns.starts, columns.ends, strict=True):
            yield BLOCK_KINDS[kind], int(start), int(end)

    def starts_of_kind(self, kind: BlockKind, start: int = 0) -> Iterator[int]:
        """Yield the start of each block of one kind, in order, from the offset *start* on."""
        starts = self._columns.starts[self._columns.kinds == BLOCK_KINDS.index(kind)]
        return map(int, starts[np.searchsorted(starts, start) :])

    def __len__(self) -> int:
        return len(self._columns.kinds)

    @overload
    def __getitem__(self, number: int) -> Block: ...
    @overload
    def __getitem__(self, number: slice) -> list[Block]: ...
    def __getitem__(self, number: int | slice) -> Block | list[Block]:
        if isinstance(number, slice):
            return [self[position] for position in range(*number.indices(len(self)))]
        # Indexing a range handles negative numbers and raises IndexError past the end.
        return self._columns.block(range(len(self))[number])

    def __eq__(self, other: object) -> bool:
        return self.packed == other.packed if isinstance(other, BlockList) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.packed)

    def __repr__(self) -> str:
        return f"BlockList({len(self.packed)} bytes)"

    @cached_property
    def _columns(self) -> "_Columns":
        return _unpack(self.packed)


@dataclass(frozen=True, slots=True)
class _Columns:
    """
    Blocks as columns of numbers.

    Args:
        kinds: Number of each block's kind. *Shape:* ``(n,)``
        starts: Offset of each block's first character. *Shape:* ``(n,)``
        ends: Offset one past each block's last character. *Shape:* ``(n,)``
        levels: Level of each block. *Shape:* ``(n,)``
        tables: Table of each block; -1 for none. *Shape:* ``(n,)``
        rows: Row of each block; -1 for none. *Shape:* ``(n,)``
        first_cells: Number of each block's first cell, then the total number of cells. *Shape:* ``(n + 1,)``
        cells: Starts, ends, columns and header numbers of all cells. *Shape:* ``(m,)`` each
        headers: The distinct headers.
    """

    kinds: _Numbers
    starts: _Numbers
    ends: _Numbers
    levels: _Numbers
    tables: _Numbers
    rows: _Numbers
    first_cells: _Numbers
    cells: tuple[_Numbers, _Numbers, _Numbers, _Numbers]
    headers: tuple[Header, ...]

    def block(self, number: int) -> Block:
        first, last = int(self.first_cells[number]), int(self.first_cells[number + 1])
        table, row = int(self.tables[number]), int(self.rows[number])
        return Block(
            BLOCK_KINDS[self.kinds[number]],
            int(self.starts[number]),
            int(self.ends[number]),
            int(self.levels[number]),
            None if table < 0 else table,
            None if row < 0 else row,
            tuple(
                Cell(start, end, column, self.headers[header])
                for start, end, column, header in zip(
                    *(cell_column[first:last].tolist() for cell_column in self.cells), strict=True
                )
            ),
        )

    def check(self, length: int) -> None:
        """Raise ValueError unless these are blocks of a text of *length* code points."""
        blocks = np.repeat(np.arange(len(self.kinds)), np.diff(self.first_cells))  # the block of each cell
        starts, ends, columns, headers = self.cells
        valid = (
            _are_ordered(self.starts, self.ends, length)
            and _are_ordered(starts, ends, length)
            and bool((self.starts[blocks] <= starts).all() and (ends <= self.ends[blocks]).all())
            and _are_below(self.kinds, len(BLOCK_KINDS))
            and _are_below(headers, len(self.headers))
            and min(columns.min(initial=0), self.levels.min(initial=0)) >= 0
        )
        if not valid:
            raise ValueError("blocks that don't fit their text")


class BlockListBuilder:
    """Collects the blocks of a document in order and packs them."""

    def __init__(self) -> None:
        self._blocks = array("i")
        self._edges = array("i")
        self._cell_edges = array("i")
        self._cell_columns = array("i")
        self._cell_headers = array("i")
        self._headers: dict[Header, int] = {}

    def header_number(self, header: Header) -> int:
        """Return the number of a header for :meth:`add`."""
        return self._headers.setdefault(header, len(self._headers))

    def add(
        self,
        kind: BlockKind,
        start: int,
        end: int,
        *,
        level: int = 0,
        table: int | None = None,
        row: int | None = None,
        edges: Sequence[int] = (),
        columns: Sequence[int] = (),
        headers: Sequence[int] = (),
    ) -> None:
        """
        Append a block; see :class:`~index.records.Block`.

        Args:
            kind: Its role in the document.
            start: Offset of its first character.
            end: Offset one past its last character.
            level: Level of a heading or list item.
            table: Number of its table.
            row: Number of the row within the table.
            edges: Start and end of each cell, alternating.
            columns: Column of each cell.
            headers: Header of each cell, as a number of :meth:`header_number`.
        """
        if not len(edges) == 2 * len(columns) == 2 * len(headers):
            raise ValueError(f"{len(edges)} edges of {len(columns)} cells")
        self._edges.extend((start, end))
        self._cell_edges.extend(edges)
        self._cell_columns.extend(columns)
        self._cell_headers.extend(headers)
        table, row = (-1 if number is None else number for number in (table, row))
        self._blocks.extend((BLOCK_KINDS.index(kind), level, table, row, len(columns)))

    def build(self) -> BlockList:
        """Return the blocks that were added."""
        kinds, *rest = _array(self._blocks).reshape(-1, _BLOCK_COLUMNS - 2).T
        # Ranges are stored as gap and length: small numbers, which compress well.
        columns = [
            kinds,
            *_gaps_and_lengths(_array(self._edges)),
            *rest,
            *_gaps_and_lengths(_array(self._cell_edges)),
            _array(self._cell_columns),
            _array(self._cell_headers),
        ]
        counts = np.array([len(kinds), len(self._cell_columns)], "<i4")
        headers = json.dumps(list(self._headers), ensure_ascii=True, separators=(",", ":")).encode("ascii")
        # Column by column, because neighbouring values of one column are alike and compress well.
        return BlockList(_compress(counts.tobytes(), _to_byte_planes(np.concatenate(columns)), headers))


def _compress(*parts: bytes) -> bytes:
    compressor = zlib.compressobj(_COMPRESSION_LEVEL)
    return b"".join([*map(compressor.compress, parts), compressor.flush()])


def _to_byte_planes(numbers: _Numbers) -> bytes:
    """Return numbers as little-endian int32 in four planes: all lowest bytes, then all second bytes, ..."""
    # Most numbers are small, so three of the planes are nearly all zeros: a third smaller when compressed.
    return numbers.astype("<i4").view(np.uint8).reshape(-1, 4).T.tobytes()


def _from_byte_planes(data: bytes, count: int) -> _Numbers:
    planes = np.frombuffer(data, np.uint8, 4 * count).reshape(4, -1)
    numbers: _Numbers = np.ascontiguousarray(planes.T).view("<i4").ravel()
    return numbers


def _array(numbers: "array[int]") -> _Numbers:
    return np.frombuffer(numbers, np.intc) if numbers else np.zeros(0, np.intc)


def _gaps_and_lengths(edges: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Return the distance of each range from the end of the one before, and its length."""
    steps = np.diff(edges, prepend=edges.dtype.type(0)).reshape(-1, 2)
    return steps[:, 0], steps[:, 1]


def _unpack(packed: bytes, max_bytes: int = 0) -> _Columns:
    """
    Read a packed block list.

    Args:
        packed: Its bytes.
        max_bytes: Maximum number of bytes they may unpack to; 0 for no limit.

    Raises:
        ValueError: If they aren't a block list.
    """
    data = _decompress(packed, max_bytes)
    counts = np.frombuffer(data, "<i4", 2) if len(data) >= 8 else np.zeros(2, "<i4")
    blocks, cells = int(counts[0]), int(counts[1])
    numbers = 2 + _BLOCK_COLUMNS * blocks + _CELL_COLUMNS * cells
    # The counts come from the data, so nothing is sliced by them before the data is known to be long enough.
    if blocks < 0 or cells < 0 or len(data) < 4 * numbers + 2:
        raise ValueError(f"{len(data)} bytes for {blocks} blocks and {cells} cells")
    columns = _from_byte_planes(data[8:], numbers - 2)
    block_part, cell_part = np.split(columns, [_BLOCK_COLUMNS * blocks])
    kinds, gaps, lengths, levels, tables, rows, cell_counts = block_part.reshape(_BLOCK_COLUMNS, -1)
    cell_gaps, cell_lengths, cell_columns, cell_headers = cell_part.reshape(_CELL_COLUMNS, -1)
    starts, ends = _starts_and_ends(gaps, lengths)
    first_cells = np.r_[0, np.cumsum(cell_counts, dtype=np.int64)]
    if first_cells[-1] != cells or (cell_counts < 0).any():
        raise ValueError(f"the blocks have {first_cells[-1]} cells, expected {cells}")
    headers = json.loads(data[4 * numbers :])
    if not all(isinstance(level, str) for header in headers for level in header):
        raise ValueError("a header isn't text")
    return _Columns(
        kinds,
        starts,
        ends,
        levels,
        tables,
        rows,
        first_cells,
        cells=(*_starts_and_ends(cell_gaps, cell_lengths), cell_columns, cell_headers),
        headers=tuple(map(tuple, headers)),
    )


def _decompress(packed: bytes, max_bytes: int) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(packed, max_bytes)
    except zlib.error as error:
        raise ValueError(f"damaged structure: {error}") from error
    if not decompressor.eof:
        raise ValueError(f"the structure has over {max_bytes or len(data)} bytes, or is truncated")
    return data


def _starts_and_ends(gaps: _Numbers, lengths: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Return the starts and ends of ranges; the inverse of :func:`_gaps_and_lengths`."""
    # 64 bits, so that hostile numbers can't overflow into a range that looks valid.
    ends = np.cumsum(gaps, dtype=np.int64) + np.cumsum(lengths, dtype=np.int64)
    return ends - lengths, ends


def _are_ordered(starts: _Numbers, ends: _Numbers, length: int) -> bool:
    """Return whether these are ranges of a text of *length*, in order, not empty and not overlapping."""
    return bool((starts < ends).all() and (np.r_[0, ends] <= np.r_[starts, length]).all())


def _are_below(numbers: _Numbers, limit: int) -> bool:
    return bool(((numbers >= 0) & (numbers < limit)).all())


class RangeList(Sequence[tuple[int, int]]):
    """
    Ranges of a text, such as its sentences, packed; they are unpacked at the first access.

    Args:
        packed: The attribute :attr:`packed` of another list.
    """

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    @classmethod
    def of(cls, ranges: Iterable[tuple[int, int]]) -> "RangeList":
        """Pack *ranges*, which must be in order and not overlap; the iterable is read only once."""
        edges = array("i")
        for start_and_end in ranges:
            edges.extend(start_and_end)
        return cls(_compress(_to_byte_planes(np.concatenate(_gaps_and_lengths(_array(edges))))))

    def within(self, start: int, end: int) -> list[tuple[int, int]]:
        """
        Return the ranges that overlap [start, end), clipped to it, as offsets from *start*.

        >>> RangeList.of([(0, 4), (5, 9), (12, 20)]).within(5, 15)
        [(0, 4), (7, 10)]
        """
        starts, ends = self._edges
        first, last = np.searchsorted(ends, start, "right"), np.searchsorted(starts, end, "left")
        clipped = np.clip(np.column_stack([starts[first:last], ends[first:last]]), start, end) - start
        return [(a, b) for a, b in clipped.tolist()]

    def __len__(self) -> int:
        return len(self._edges[0])

    @overload
    def __getitem__(self, number: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, number: slice) -> list[tuple[int, int]]: ...
    def __getitem__(self, number: int | slice) -> tuple[int, int] | list[tuple[int, int]]:
        starts, ends = self._edges
        if isinstance(number, slice):
            return list(zip(starts[number].tolist(), ends[number].tolist(), strict=True))
        return int(starts[number]), int(ends[number])

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self[:])

    def __eq__(self, other: object) -> bool:
        return self.packed == other.packed if isinstance(other, RangeList) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.packed)

    def __repr__(self) -> str:
        return f"RangeList({len(self.packed)} bytes)"

    @cached_property
    def _edges(self) -> tuple[_Numbers, _Numbers]:
        data = _decompress(self.packed, 0)
        return _starts_and_ends(*_from_byte_planes(data, len(data) // 4).reshape(2, -1))
