"""Packing blocks and sentences into bytes, and checking bytes that may be hostile."""

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.sandbox.protocol import unpack
from index.records import Block, BlockKind, Cell, overlapping
from index.text.structure import BlockList, RangeList

steps = st.integers(0, 9)
lengths = st.integers(1, 9)
headers = st.lists(st.text(min_size=1, max_size=4), max_size=3).map(tuple)


@st.composite
def ranges(draw, max_size: int = 12) -> list[tuple[int, int]]:
    """Draw ranges in order, some of them adjacent."""
    drawn, end = [], 0
    for gap, length in draw(st.lists(st.tuples(steps, lengths), max_size=max_size)):
        drawn.append((end + gap, end + gap + length))
        end += gap + length
    return drawn


@st.composite
def block_lists(draw) -> list[Block]:
    """Draw blocks in order, with cells in the table rows."""
    blocks = []
    for start, end in draw(ranges()):
        kind = draw(st.sampled_from(list(BlockKind)))
        if kind is not BlockKind.TABLE_ROW:
            blocks.append(Block(kind, start, end, draw(st.integers(0, 9))))
            continue
        edges = sorted(draw(st.sets(st.integers(start, end), max_size=6)))
        within = zip(edges[::2], edges[1::2], strict=False)
        cells = [Cell(first, last, draw(steps), draw(headers)) for first, last in within]
        row = Block(kind, start, end, 0, draw(steps), draw(st.integers(0, 10**6)), tuple(cells))
        blocks.append(row)
    return blocks


@given(block_lists())
def test_hyp_block_list_round_trip(blocks):
    """Blocks are read one by one, in slices, from the end, and by kind."""
    packed = BlockList(BlockList.of(blocks).packed)
    packed.check(max((block.end for block in blocks), default=0))

    assert blocks == list(packed)
    assert blocks[1:3] == packed[1:3]
    assert blocks[-1:] == ([packed[-1]] if blocks else [])
    for kind in BlockKind:
        assert [block for block in blocks if block.kind is kind] == packed.of_kind(kind)


def test_a_block_past_the_end_raises_index_error():
    """Loops over a sequence end with this error."""
    with pytest.raises(IndexError):
        BlockList.of([Block(BlockKind.CODE, 0, 1)])[1]


@given(block_lists(), st.integers(0, 120), st.integers(0, 20))
def test_hyp_overlapping_blocks_share_a_character(blocks, start, length):
    """The result is the same for packed blocks and for a list."""
    end = start + length
    expected = [block for block in blocks if max(block.start, start) < min(block.end, end)]

    assert expected == overlapping(BlockList.of(blocks), start, end)
    assert expected == overlapping(blocks, start, end)


@given(ranges(), st.integers(0, 120), st.integers(1, 40))
def test_hyp_sentences_are_clipped_to_a_span(drawn, start, length):
    """Offsets count from the start of the span."""
    packed = RangeList(RangeList.of(drawn).packed)
    end = start + length
    clipped = [(max(a, start) - start, min(b, end) - start) for a, b in drawn]

    assert drawn == list(packed)
    assert [(a, b) for a, b in clipped if a < b] == packed.within(start, end)


@pytest.mark.parametrize(
    "blocks",
    [
        [Block(BlockKind.CODE, 0, 11)],
        [Block(BlockKind.CODE, 4, 8), Block(BlockKind.CODE, 7, 9)],
        [Block(BlockKind.CODE, 4, 4)],
        [Block(BlockKind.CODE, -2, 4)],
        [Block(BlockKind.CODE, 0, 4, -1)],
        [Block(BlockKind.TABLE_ROW, 0, 4, cells=(Cell(3, 5, 0),))],
        [Block(BlockKind.TABLE_ROW, 3, 4, cells=(Cell(2, 4, 0),))],
        [Block(BlockKind.TABLE_ROW, 0, 4, cells=(Cell(0, 2, -1),))],
        [Block(BlockKind.TABLE_ROW, 0, 4, cells=(Cell(0, 2, 0), Cell(1, 3, 1)))],
    ],
)
def test_check_rejects_blocks_that_do_not_fit(blocks):
    """Blocks may come from a process that a hostile file has taken over."""
    with pytest.raises(ValueError, match="don't fit"):
        BlockList.of(blocks).check(10)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\1\0\0\0",
        np.array([-1, 0], "<i4").tobytes() + b"[]",
        np.array([9, 0], "<i4").tobytes() + b"[]",
        np.array([0, 0], "<i4").tobytes() + b"[[1]]",
        np.array([0, 0], "<i4").tobytes() + b"no",
        np.array([1, 0, 99, 0, 1, 0, -1, -1, 0], "<i4").tobytes() + b"[]",
        np.array([1, 0, 0, 0, 1, 0, -1, -1, 5], "<i4").tobytes() + b"[]",
        np.array([1, 1, 3, 0, 1, 0, 0, 0, 1, 0, 1, 0, 7], "<i4").tobytes() + b"[]",
    ],
)
def test_check_rejects_bytes_that_are_not_blocks(data):
    """Every malformed part is an error: counts, kinds, cells, headers."""
    with pytest.raises(ValueError):  # noqa: PT011 (json's and numpy's own are ValueErrors, too)
        BlockList(zlib.compress(data)).check(10)


@pytest.mark.parametrize("packed", [b"no zlib", zlib.compress(b"\0" * 8 + b"[]")[:-3]])
def test_check_rejects_damaged_bytes(packed):
    """Truncated data is rejected too."""
    with pytest.raises(ValueError, match="structure"):
        BlockList(packed).check(10)


def test_check_rejects_decompression_bombs():
    """A few kilobytes of zlib can unpack to gigabytes."""
    with pytest.raises(ValueError, match="over 2280 bytes"):
        BlockList(zlib.compress(b"\0" * 10_000_000)).check(10)


@pytest.mark.parametrize("encoded", ["?", base64.b64encode(b"no zlib").decode(), 7, None])
def test_unpack_rejects_a_message_without_blocks(encoded):
    """A compromised worker may send anything in their place."""
    with pytest.raises((TypeError, ValueError)):
        unpack(["text", None, "text/plain", encoded, [], []])
