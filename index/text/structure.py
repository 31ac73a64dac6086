"""
Pure: a document's structure, its blocks and sentences, packed into a few bytes and read piece by piece.

A large spreadsheet has a million cells. As records they would take hundreds of megabytes; here they are
columns of numbers, and a record is made when somebody asks for it.

Both byte forms are described in ``docs/format.md``.
"""

import json
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from index.records import Block, BlockKind, Cell

Header: TypeAlias = tuple[str, ...]
"""What names a cell's value, outermost first; as :attr:`index.records.Cell.header`."""
_Numbers: TypeAlias = npt.NDArray[np.integer[Any]]

KINDS = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST_ITEM,
    BlockKind.TABLE_ROW,
    BlockKind.CAPTION,
    BlockKind.CODE,
    BlockKind.PLAIN_TEXT,
)
"""A kind's number on disk is its place here: new ones go to the end."""

_BLOCK_COLUMNS, _CELL_COLUMNS = 7, 4
_COMPRESSION = 3
_MAX_BYTES_PER_CHARACTER = 128
"""
More than the columns of any block, cell and header can take, since each has a character of its own in the
text: what unpacks to more was not written by this module.
"""


class BlockList(Sequence[Block]):
    """
    The blocks of a document, packed; a :class:`Block` is made whenever one is asked for.

    Args:
        packed: As :attr:`packed` of another, or :meth:`BlockListBuilder.build` gives it.
    """

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    @classmethod
    def of(cls, blocks: Iterable[Block]) -> "BlockList":
        """Pack *blocks*, which are in order."""
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
        Make sure that the bytes, which may come from a hostile process, hold blocks of a text.

        Args:
            length: Of the text, in code points.

        Raises:
            ValueError: If they don't.
        """
        columns = _unpacked(self.packed, 1000 + _MAX_BYTES_PER_CHARACTER * length)
        columns.check(length)
        self.__dict__["_columns"] = columns

    def of_kind(self, kind: BlockKind) -> list[Block]:
        """Return the blocks of one kind, in order."""
        return [self[int(number)] for number in np.flatnonzero(self._columns.kinds == KINDS.index(kind))]

    def __len__(self) -> int:
        return len(self._columns.kinds)

    @overload
    def __getitem__(self, number: int) -> Block: ...
    @overload
    def __getitem__(self, number: slice) -> list[Block]: ...
    def __getitem__(self, number: int | slice) -> Block | list[Block]:
        if isinstance(number, slice):
            return [self[at] for at in range(*number.indices(len(self)))]
        return self._columns.block(range(len(self))[number])

    def __eq__(self, other: object) -> bool:
        return self.packed == other.packed if isinstance(other, BlockList) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.packed)

    def __repr__(self) -> str:
        return f"BlockList({len(self.packed)} bytes)"

    @cached_property
    def _columns(self) -> "_Columns":
        return _unpacked(self.packed)


@dataclass(frozen=True, slots=True)
class _Columns:
    """
    Blocks as columns of numbers.

    Args:
        kinds, starts, ends, levels, tables, rows: Of each block; -1 for no table or row. *Shape:* ``(n,)``
        first_cells: Number of each block's first cell, and at last that of all cells. *Shape:* ``(n + 1,)``
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

    def block(self, at: int) -> Block:
        first, last = int(self.first_cells[at]), int(self.first_cells[at + 1])
        table, row = int(self.tables[at]), int(self.rows[at])
        return Block(
            KINDS[self.kinds[at]],
            int(self.starts[at]),
            int(self.ends[at]),
            int(self.levels[at]),
            None if table < 0 else table,
            None if row < 0 else row,
            tuple(
                Cell(start, end, column, self.headers[header])
                for start, end, column, header in zip(
                    *(numbers[first:last].tolist() for numbers in self.cells), strict=True
                )
            ),
        )

    def check(self, length: int) -> None:
        """Raise ValueError unless these are blocks of a text of *length* code points."""
        of_cells = np.repeat(np.arange(len(self.kinds)), np.diff(self.first_cells))
        starts, ends, columns, headers = self.cells
        right = (
            _in_order(self.starts, self.ends, length)
            and _in_order(starts, ends, length)
            and bool((self.starts[of_cells] <= starts).all() and (ends <= self.ends[of_cells]).all())
            and _within(self.kinds, 0, len(KINDS))
            and _within(headers, 0, len(self.headers))
            and min(columns.min(initial=0), self.levels.min(initial=0)) >= 0
        )
        if not right:
            raise ValueError("blocks that don't fit their text")


class BlockListBuilder:
    """Gathers the blocks of a document, in order."""

    def __init__(self) -> None:
        self._blocks = array("i")
        self._edges = array("i")
        self._cell_edges = array("i")
        self._cell_columns = array("i")
        self._cell_headers = array("i")
        self._headers: dict[Header, int] = {}

    def header_number(self, header: Header) -> int:
        """Return the number by which :meth:`add` takes a header."""
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
        Add a block behind those that were added before; see :class:`~index.records.Block`.

        Args:
            kind: What it is to a reader.
            start: Offset of its first character.
            end: Offset one past the last.
            level: Of a heading or list item.
            table: Number of its table.
            row: Number of the row within the table.
            edges: Start and end of each cell, one after the other.
            columns: Of each cell.
            headers: Of each cell, as :meth:`header_number` gives it.
        """
        if not len(edges) == 2 * len(columns) == 2 * len(headers):
            raise ValueError(f"{len(edges)} edges of {len(columns)} cells")
        self._edges.extend((start, end))
        self._cell_edges.extend(edges)
        self._cell_columns.extend(columns)
        self._cell_headers.extend(headers)
        table, row = (-1 if number is None else number for number in (table, row))
        self._blocks.extend((KINDS.index(kind), level, table, row, len(columns)))

    def build(self) -> BlockList:
        """Return what was added."""
        kinds, *rest = _array(self._blocks).reshape(-1, _BLOCK_COLUMNS - 2).T
        columns = [
            kinds,
            *_steps(_array(self._edges)),
            *rest,
            *_steps(_array(self._cell_edges)),
            _array(self._cell_columns),
            _array(self._cell_headers),
        ]
        counts = np.array([len(kinds), len(self._cell_columns)], "<i4")
        headers = json.dumps(list(self._headers), ensure_ascii=True, separators=(",", ":")).encode("ascii")
        # Column by column: neighbours are alike there, which is what compression lives on.
        return BlockList(_compressed(counts.tobytes(), _planes(np.concatenate(columns)), headers))


def _compressed(*parts: bytes) -> bytes:
    writer = zlib.compressobj(_COMPRESSION)
    return b"".join([*map(writer.compress, parts), writer.flush()])


def _planes(numbers: _Numbers) -> bytes:
    """
    Little-endian int32s by the place of their bytes: the lowest of every number, then the next, and so on.

    Most numbers are small, so that three quarters are runs of one byte: compressed, a third smaller.
    """
    return numbers.astype("<i4").view(np.uint8).reshape(-1, 4).T.tobytes()


def _from_planes(data: bytes, count: int) -> _Numbers:
    planes = np.frombuffer(data, np.uint8, 4 * count).reshape(4, -1)
    numbers: _Numbers = np.ascontiguousarray(planes.T).view("<i4").ravel()
    return numbers


def _array(numbers: "array[int]") -> _Numbers:
    return np.frombuffer(numbers, np.intc) if numbers else np.zeros(0, np.intc)


def _steps(edges: _Numbers) -> tuple[_Numbers, _Numbers]:
    """The distance of each range from the one before, and its length."""
    steps = np.diff(edges, prepend=edges.dtype.type(0)).reshape(-1, 2)
    return steps[:, 0], steps[:, 1]


def _unpacked(packed: bytes, max_bytes: int = 0) -> _Columns:
    """
    Read a packed list.

    Args:
        packed: Its bytes.
        max_bytes: How many they may unpack to; 0 for any number.

    Raises:
        ValueError: If they aren't one.
    """
    data = _decompressed(packed, max_bytes)
    counts = np.frombuffer(data, "<i4", 2) if len(data) >= 8 else np.zeros(2, "<i4")
    blocks, cells = int(counts[0]), int(counts[1])
    numbers = 2 + _BLOCK_COLUMNS * blocks + _CELL_COLUMNS * cells
    if blocks < 0 or cells < 0 or len(data) < 4 * numbers + 2:
        raise ValueError(f"{len(data)} bytes for {blocks} blocks and {cells} cells")
    columns = _from_planes(data[8:], numbers - 2)
    kinds, gaps, lengths, levels, tables, rows, counted = columns[: 7 * blocks].reshape(7, -1)
    cell_gaps, cell_lengths, cell_columns, cell_headers = columns[7 * blocks :].reshape(4, -1)
    starts, ends = _edges(gaps, lengths)
    first_cells = np.r_[0, np.cumsum(counted, dtype=np.int64)]
    if first_cells[-1] != cells or (counted < 0).any():
        raise ValueError(f"{first_cells[-1]} cells counted for {cells}")
    of_cells = (*_edges(cell_gaps, cell_lengths), cell_columns, cell_headers)
    headers = _headers(data[4 * numbers :])
    return _Columns(kinds, starts, ends, levels, tables, rows, first_cells, of_cells, headers)


def _headers(data: bytes) -> tuple[Header, ...]:
    headers = json.loads(data)
    if not all(isinstance(level, str) for header in headers for level in header):
        raise ValueError("a header that is no text")
    return tuple(map(tuple, headers))


def _decompressed(packed: bytes, max_bytes: int) -> bytes:
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(packed, max_bytes)
    except zlib.error as error:
        raise ValueError(f"damaged structure: {error}") from error
    if not reader.eof:
        raise ValueError(f"structure of over {max_bytes or len(data)} bytes, or cut short")
    return data


def _edges(gaps: _Numbers, lengths: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Starts and ends of ranges, each given by its distance from the one before and its length."""
    ends = np.cumsum(gaps, dtype=np.int64) + np.cumsum(lengths, dtype=np.int64)
    return ends - lengths, ends


def _in_order(starts: _Numbers, ends: _Numbers, length: int) -> bool:
    """Whether these are ranges of a text of *length*, none empty, none overlapping the one before."""
    return bool((starts < ends).all() and (np.r_[0, ends] <= np.r_[starts, length]).all())


def _within(numbers: _Numbers, low: int, high: int) -> bool:
    return bool(((low <= numbers) & (numbers < high)).all())


class RangeList(Sequence[tuple[int, int]]):
    """
    Ranges of a text, such as its sentences, packed; unpacked when one is first asked for.

    Args:
        packed: As :attr:`packed` of another.
    """

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    @classmethod
    def of(cls, ranges: Iterable[tuple[int, int]]) -> "RangeList":
        """Pack *ranges*, which are in order and don't overlap."""
        steps = np.stack(_steps(np.fromiter(chain.from_iterable(ranges), np.int64)))
        return cls(_compressed(_planes(steps.ravel())))

    def within(self, start: int, end: int) -> list[tuple[int, int]]:
        """
        Return the parts of ranges that are in [start, end), as offsets from *start*.

        >>> RangeList.of([(0, 4), (5, 9), (12, 20)]).within(5, 15)
        [(0, 4), (7, 10)]
        """
        starts, ends = self._edges
        first, last = np.searchsorted(ends, start, "right"), np.searchsorted(starts, end, "left")
        cut = np.clip(np.column_stack([starts[first:last], ends[first:last]]), start, end) - start
        return [(a, b) for a, b in cut.tolist()]

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
        data = _decompressed(self.packed, 0)
        return _edges(*_from_planes(data, len(data) // 4).reshape(2, -1))
