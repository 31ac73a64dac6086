"""Canonical text, its structure, and its map back to the file."""

from array import array
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.records import BlockKind, Cell, CharRun
from index.text.canonical import (
    CanonicalText,
    ParsedBlock,
    ParsedFile,
    ParsedRow,
    canonicalise,
    plain_text_blocks,
)
from tests.blocks import KINDS, awkward_texts, cells_of, parsed_blocks, parsed_rows

LIGATURES = dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ["ff", "fi", "fl", "ffi", "ffl", "st", "st"], strict=True))


@st.composite
def traced(draw, page, start):
    """Draw a block of a page, with characters numbered from *start* on and some that aren't in the file."""
    text = draw(awkward_texts)
    inserted = draw(st.sets(st.integers(0, max(len(text) - 1, 0)), max_size=5))
    characters = tuple(-1 if i in inserted else start + i for i in range(len(text)))
    kind = draw(KINDS)
    row = draw(st.none() | cells_of(text)) if kind is BlockKind.TABLE_ROW else None
    return ParsedBlock(kind, text, page=page, characters=characters, row=row)


@st.composite
def paged(draw):
    """Draw a document of up to three pages, some of them without text."""
    counts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    drawn = [draw(traced(page, 100 * i)) for page, count in enumerate(counts, start=1) for i in range(count)]
    return ParsedFile("application/pdf", None, tuple(drawn), ((595.0, 842.0),) * len(counts))


def plain(*blocks: ParsedBlock, title: str | None = None) -> CanonicalText:
    return canonicalise(ParsedFile("text/plain", title, blocks))


def on_page(text: str, *more: str) -> str:
    """Return the canonical text of the first of several paragraphs on one page."""
    canonical = canonicalise(
        ParsedFile(
            "application/pdf",
            None,
            tuple(ParsedBlock(BlockKind.PARAGRAPH, t, 0, 1, tuple(range(len(t)))) for t in (text, *more)),
            ((1.0, 1.0),),
        )
    )
    return canonical.text.split("\n\n")[0]


class TestFormatsWithoutPages:
    @pytest.mark.parametrize(
        "kind", [BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW]
    )
    def test_white_space_is_collapsed(self, kind):
        """Outside verbatim blocks white space is a single space, and the ends are stripped."""
        assert plain(ParsedBlock(kind, " a\t\r\n b\xa0\u3000c ")).text == "a b c"

    def test_plain_text_is_kept_verbatim(self):
        """Only line ends and the byte order mark change."""
        assert (
            plain(ParsedBlock(BlockKind.PLAIN_TEXT, "\ufeff  a\t b\r\n\rc\xad\x00 \n")).text
            == "  a\t b\n\nc\xad\x00 \n"
        )

    def test_invisible_characters_are_removed(self):
        """The words around a soft hyphen or control character are joined."""
        assert plain(ParsedBlock(BlockKind.PARAGRAPH, "Donau\xaddampf\x00schiff")).text == "Donaudampfschiff"

    def test_blocks_are_separated_by_a_blank_line(self):
        """Neighbouring table rows and list items are separated by a line break."""
        parts = [
            (BlockKind.HEADING, "h"),
            (BlockKind.LIST_ITEM, "i"),
            (BlockKind.LIST_ITEM, "j"),
            (BlockKind.TABLE_ROW, "r"),
            (BlockKind.PARAGRAPH, " "),
            (BlockKind.TABLE_ROW, "s"),
            (BlockKind.PARAGRAPH, "p"),
            (BlockKind.PARAGRAPH, "q"),
        ]

        assert plain(*(ParsedBlock(kind, text) for kind, text in parts)).text == "h\n\ni\nj\n\nr\ns\n\np\n\nq"

    def test_lone_surrogates_are_replaced(self):
        """They can't be written as UTF-8."""
        assert plain(ParsedBlock(BlockKind.PLAIN_TEXT, "a\ud800b")).text == "a\ufffdb"

    @pytest.mark.parametrize(
        ("title", "clean"), [(None, None), (" \n", None), ("\xad\x00", None), (" A\n title ", "A title")]
    )
    def test_titles_are_cleaned_like_paragraphs(self, title, clean):
        """A blank title becomes None."""
        assert plain(title=title).title == clean

    @given(st.lists(parsed_blocks(), max_size=6))
    @example([ParsedBlock(BlockKind.PLAIN_TEXT, "\ufeff\ufeffa")])
    def test_hyp_canonicalising_twice_changes_nothing(self, blocks):
        """Canonical text, read as a plain text file, stays the same."""
        once = plain(*blocks).text

        assert once == plain(ParsedBlock(BlockKind.PLAIN_TEXT, once)).text

    @given(st.lists(parsed_blocks(), max_size=6))
    def test_hyp_heading_blocks_slice_to_their_text(self, blocks):
        """The heading blocks are the headings that aren't blank, in order."""
        canonical = plain(*blocks)
        alone = [
            plain(ParsedBlock(BlockKind.PARAGRAPH, b.text)).text
            for b in blocks
            if b.kind is BlockKind.HEADING
        ]

        assert [text for text in alone if text] == [
            canonical.text[h.start : h.end] for h in canonical.blocks.of_kind(BlockKind.HEADING)
        ]

    @given(st.lists(parsed_blocks(), max_size=6))
    def test_hyp_canonical_text_is_valid_utf8(self, blocks):
        """Any input gives text that UTF-8 can encode, without carriage returns."""
        text = plain(*blocks).text

        assert text.encode("utf-8").decode("utf-8") == text
        assert "\r" not in text


class TestPagedFormats:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("an inter-\nnational line", "an international line"),
            ("an inter\u2010 \r\n national line", "an international line"),
            ("an inter\xad\nnational line", "an international line"),
            ("an inter\x02national line", "an international line"),
            ("an inter\ufffe\nnational line", "an international line"),
            ("Covid-\n19 in 2019-\n20", "Covid-19 in 2019-20"),
            ("DNA-\nbinding, Anglo-\nSaxon", "DNA-binding, Anglo-Saxon"),
            ("by e-\nmail", "by e-mail"),
            ("short-\nand long-term", "short- and long-term"),
            ("a dash -\nhere", "a dash - here"),
            ("a line\nbreak", "a line break"),
            ("soft\xad hyphen", "soft hyphen"),
            ("cafe\u0301-\nteria", "cafe\u0301teria"),
            ("oﬃce ﬁnd ﬆ", "office find st"),
        ],
    )
    def test_hyphens_at_line_ends(self, text, expected):
        """Broken words are joined; compounds, numbers and dashes keep their hyphen."""
        assert expected == on_page(text)

    def test_a_compound_used_elsewhere_keeps_its_hyphen(self):
        """The rest of the document shows how the word is written."""
        assert on_page("a well-\nknown fact", "It is well-known.") == "a well-known fact"

    def test_a_joined_word_used_elsewhere_loses_its_hyphen(self):
        """If the document has both forms, the hyphen at the line end is a line break's."""
        assert on_page("a well-\nknown fact", "A wellknown, well-known fact.") == "a wellknown fact"

    def test_a_chain_of_words_keeps_its_hyphens(self):
        """A break in "state-of-the-art" doesn't remove its hyphen."""
        assert on_page("state-of-\nthe-art", "the art of the state") == "state-of-the-art"

    def test_ligature_letters_map_to_one_character(self):
        """Three letters come from one character of the file."""
        canonical = canonicalise(
            ParsedFile(
                "x", None, (ParsedBlock(BlockKind.PARAGRAPH, "oﬃce", 0, 1, (7, 8, 9, 10)),), ((1.0, 1.0),)
            )
        )

        assert [run.index + i for run in canonical.runs for i in range(run.length)] == [7, 8, 8, 8, 9, 10]

    def test_a_hyphen_and_its_line_break_keep_their_origins(self):
        """The space after a hyphen that stays is the line break of the file."""
        file = "short-\nand long"
        canonical = canonicalise(
            ParsedFile(
                "x", None, (ParsedBlock(BlockKind.PARAGRAPH, file, 0, 1, tuple(range(15))),), ((1.0, 1.0),)
            )
        )

        assert canonical.runs == (CharRun(0, 15, 1, 0),)

    def test_pages_without_text_are_empty_ranges(self):
        """Every page of the file is listed in order."""
        blocks = tuple(ParsedBlock(BlockKind.PARAGRAPH, "ab", 0, page, (0, 1)) for page in (2, 4))
        pages = canonicalise(ParsedFile("x", None, blocks, ((1.0, 1.0),) * 5)).pages

        assert [(page.start, page.end) for page in pages] == [(0, 0), (0, 2), (2, 2), (4, 6), (6, 6)]

    @given(paged())
    def test_hyp_runs_map_to_the_same_characters(self, raw):
        """A mapped character is that of the file, or comes from its ligature, space or hyphen."""
        file = {
            (block.page, number): char
            for block in raw.blocks
            for number, char in zip(block.characters, block.text, strict=True)
        }
        canonical = canonicalise(raw)
        for run in canonical.runs:
            for i in range(run.length):
                actual, origin = canonical.text[run.start + i], file[run.page, run.index + i]
                assert (
                    actual == origin
                    or actual in LIGATURES.get(origin, "")
                    or (actual == " " and (origin.isspace() or origin in "\x02\ufffe"))
                    or (actual == "\n" and origin == "\r")
                    or (actual == "-" and origin in "\x02\ufffe")
                    or (actual == "\ufffd" and "\ud800" <= origin <= "\udfff")
                )

    @given(paged())
    def test_hyp_runs_are_ordered_and_maximal(self, raw):
        """No two neighbouring runs could be merged."""
        runs = canonicalise(raw).runs
        for before, after in pairwise(runs):
            assert before.start + before.length <= after.start
            adjacent = (
                before.start + before.length == after.start and before.index + before.length == after.index
            )
            assert not (adjacent and before.page == after.page)

    @given(paged())
    def test_hyp_pages_cover_the_text_in_order(self, raw):
        """Only the separators between blocks are outside the pages."""
        canonical = canonicalise(raw)
        previous_end = 0
        for number, page in enumerate(canonical.pages, start=1):
            assert page.number == number
            assert previous_end <= page.start <= page.end
            assert canonical.text[previous_end : page.start] in ("", "\n", "\n\n")
            previous_end = page.end
        assert previous_end == len(canonical.text)

    @given(paged())
    def test_hyp_all_visible_characters_are_mapped(self, raw):
        """Only hyphens, white space and invisible characters of the file may be missing."""
        canonical = canonicalise(raw)
        mapped = {(run.page, run.index + i) for run in canonical.runs for i in range(run.length)}
        for block in raw.blocks:
            for number, char in zip(block.characters, block.text, strict=True):
                if number >= 0 and char.isprintable() and char not in "-\u2010 ":
                    assert (block.page, number) in mapped

    def test_character_count_must_match_the_text(self):
        """A parser that miscounts fails at once."""
        with pytest.raises(ValueError, match="2 characters of page 1 for 3"):
            ParsedBlock(BlockKind.PARAGRAPH, "abc", 0, 1, (0, 1))


def edges(block: ParsedBlock) -> list[tuple[int, int]]:
    """Return start and end of each cell in the block's text."""
    assert block.row is not None
    return list(zip(block.row.edges[::2], block.row.edges[1::2], strict=True))


def uncovered(canonical: CanonicalText) -> str:
    """Return the text between the blocks, which must be in order."""
    bounds = [0, *(edge for block in canonical.blocks for edge in (block.start, block.end))]
    assert bounds == sorted(bounds)
    return "".join(canonical.text[a:b] for a, b in zip(bounds[::2], [*bounds[1::2], None], strict=True))


class TestStructure:
    @given(st.lists(parsed_blocks(), max_size=6))
    def test_hyp_blocks_cover_all_text_once(self, blocks):
        """Only white space is outside the blocks, and no block is blank."""
        canonical = plain(*blocks)
        canonical.blocks.check(len(canonical.text))

        assert uncovered(canonical).strip() == ""
        assert all(canonical.text[block.start : block.end].strip() for block in canonical.blocks)

    @given(paged())
    def test_hyp_blocks_of_pages_cover_all_text_once(self, raw):
        """No block crosses a page boundary."""
        canonical = canonicalise(raw)
        canonical.blocks.check(len(canonical.text))

        assert uncovered(canonical).strip() == ""
        for block in canonical.blocks:
            assert any(page.start <= block.start and block.end <= page.end for page in canonical.pages)

    @given(st.lists(parsed_rows(), max_size=4))
    @example(
        [
            ParsedBlock(
                BlockKind.TABLE_ROW, "a b", row=ParsedRow(0, array("i", [0, 2]), array("i", [0]), ((),))
            )
        ]
    )
    def test_hyp_cells_slice_to_their_values(self, rows):
        """Values are cleaned like their row, and a value that becomes blank has no cell."""
        canonical = plain(*rows)
        values = [
            [plain(ParsedBlock(BlockKind.PARAGRAPH, block.text[a:b])).text for a, b in edges(block)]
            for block in rows
            if plain(block).text
        ]

        assert [[value for value in row if value] for row in values] == [
            [canonical.text[cell.start : cell.end] for cell in block.cells] for block in canonical.blocks
        ]

    @given(paged())
    def test_hyp_cells_map_to_their_own_characters(self, raw):
        """The characters of a cell that are in the file belong to that cell there."""
        canonical = canonicalise(raw)
        origin = {
            run.start + i: (run.page, run.index + i) for run in canonical.runs for i in range(run.length)
        }
        parsed_cells = [
            {(block.page, number) for number in block.characters[a:b]}
            for block in raw.blocks
            if block.row
            for a, b in edges(block)
        ]
        for cell in (cell for block in canonical.blocks for cell in block.cells):
            characters = {origin[offset] for offset in range(cell.start, cell.end) if offset in origin}
            assert any(characters <= parsed for parsed in parsed_cells)

    def test_headers_are_cleaned(self):
        """Headers are cleaned like text, and blank levels are dropped."""
        row = ParsedRow(0, array("i", [0, 1]), array("i", [4]), ((" a\n b\xad", "\x00", "c"),))
        (block,) = plain(ParsedBlock(BlockKind.TABLE_ROW, "x", row=row)).blocks

        assert (Cell(0, 1, 4, ("a b", "c")),) == block.cells
        assert block.cells[0].name == "a b c"

    def test_a_restarted_row_number_begins_a_table(self):
        """So does a block of another kind; tables without any text left aren't counted."""
        rows = [("a", 0), ("b", 1), ("\xad", 0), ("c", 0), (None, 0), ("d", 1), ("e", 2)]
        canonical = plain(
            *(
                ParsedBlock(BlockKind.TABLE_ROW, text, row=ParsedRow(number, array("i"), array("i"), ()))
                if text
                else ParsedBlock(BlockKind.PARAGRAPH, "p")
                for text, number in rows
            )
        )

        assert [(0, 0), (0, 1), (1, 0), (None, None), (2, 1), (2, 2)] == [
            (block.table, block.row) for block in canonical.blocks
        ]

    def test_code_is_one_block_and_plain_text_several(self):
        """Blank lines are part of a program, but separate the paragraphs of plain text."""
        text = "a\n\n  b\n"
        code, _, _ = plain(ParsedBlock(BlockKind.CODE, text), ParsedBlock(BlockKind.PLAIN_TEXT, text)).blocks

        assert (0, len(text)) == (code.start, code.end)
        assert ["a", "  b\n"] == [text[block.start : block.end] for block in plain_text_blocks(text)]

    def test_edge_count_must_match_the_cells(self):
        """A parser that miscounts fails at once."""
        with pytest.raises(ValueError, match="1 edges of 1 cells"):
            ParsedRow(0, array("i", [0]), array("i", [0]), ((),))
