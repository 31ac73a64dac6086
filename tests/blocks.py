"""Strategies for the blocks that a parser may return."""

from array import array

from hypothesis import strategies as st

from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedRow

# Lone surrogates, control characters, soft hyphens, markers and line breaks are drawn far more often than
# other characters.
_AWKWARD = "\x00\x02\t\n\r\x0b\x0c\x1c\x85\xa0\xad\u2010\u2028\u3000\ufeff\ufffe\ud800\udfff-ﬁﬆaB1e\u0301 "
awkward_texts = st.text(st.one_of(st.sampled_from(_AWKWARD), st.characters(codec=None)), max_size=60)
KINDS = st.sampled_from(list(BlockKind))


@st.composite
def cells_of(draw, text: str) -> ParsedRow:
    """Draw a row whose cells are anywhere in *text*."""
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    edges = edges[: len(edges) // 2 * 2]
    columns = sorted(draw(st.sets(st.integers(0, 9), min_size=len(edges) // 2, max_size=len(edges) // 2)))
    headers = tuple(draw(st.lists(awkward_texts, max_size=2).map(tuple)) for _ in columns)
    return ParsedRow(draw(st.integers(0, 3)), array("i", edges), array("i", columns), headers)


@st.composite
def parsed_rows(draw) -> ParsedBlock:
    """Draw a table row with its cells."""
    text = draw(awkward_texts)
    return ParsedBlock(BlockKind.TABLE_ROW, text, row=draw(cells_of(text)))


@st.composite
def parsed_blocks(draw) -> ParsedBlock:
    """Draw a block of a format without pages; many of the table rows have cells."""
    kind = draw(KINDS)
    if kind is BlockKind.TABLE_ROW and draw(st.booleans()):
        return draw(parsed_rows())
    return ParsedBlock(kind, draw(awkward_texts), draw(st.integers(0, 6)))
