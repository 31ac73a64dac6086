"""Canonical text: what is tidied, what is kept, and that every offset leads back to the file."""

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
    """A block of a page whose characters are numbered from *start* on, some of them not in the file."""
    text = draw(awkward_texts)
    inserted = draw(st.sets(st.integers(0, max(len(text) - 1, 0)), max_size=5))
    characters = tuple(-1 if i in inserted else start + i for i in range(len(text)))
    kind = draw(KINDS)
    row = draw(st.none() | cells_of(text)) if kind is BlockKind.TABLE_ROW else None
    return ParsedBlock(kind, text, page=page, characters=characters, row=row)


@st.composite
def paged(draw):
    """A document of up to three pages, some of them without text."""
    counts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    drawn = [draw(traced(page, 100 * i)) for page, count in enumerate(counts, start=1) for i in range(count)]
    return ParsedFile("application/pdf", None, tuple(drawn), ((595.0, 842.0),) * len(counts))


def plain(*given_blocks: ParsedBlock, title: str | None = None) -> CanonicalText:
    return canonicalise(ParsedFile("text/plain", title, given_blocks))


def on_page(text: str, *more: str) -> str:
    """The canonical text of paragraphs on one page of a file, its first one alone."""
    found = canonicalise(
        ParsedFile(
            "application/pdf",
            None,
            tuple(ParsedBlock(BlockKind.PARAGRAPH, t, 0, 1, tuple(range(len(t)))) for t in (text, *more)),
            ((1.0, 1.0),),
        )
    )
    return found.text.split("\n\n")[0]


class TestWithoutCharacters:
    @pytest.mark.parametrize(
        "kind", [BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW]
    )
    def test_white_space_becomes_single_spaces(self, kind):
        """Outside verbatim blocks any white space is one space, and none stands at the ends."""
        assert plain(ParsedBlock(kind, " a\t\r\n b\xa0\u3000c ")).text == "a b c"

    def test_a_plain_text_file_stays_as_it_is(self):
        """Only line ends and the byte order mark change."""
        assert (
            plain(ParsedBlock(BlockKind.PLAIN_TEXT, "\ufeff  a\t b\r\n\rc\xad\x00 \n")).text
            == "  a\t b\n\nc\xad\x00 \n"
        )

    def test_soft_hyphens_and_controls_vanish(self):
        """What no one sees is not in the text; words on both sides are not parted."""
        assert plain(ParsedBlock(BlockKind.PARAGRAPH, "Donau\xaddampf\x00schiff")).text == "Donaudampfschiff"

    def test_blocks_are_joined_by_a_blank_line(self):
        """Rows and items that follow each other stand on neighbouring lines."""
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

    def test_a_lone_surrogate_becomes_the_replacement_character(self):
        """Text that could not be written as UTF-8 would break everything after it."""
        assert plain(ParsedBlock(BlockKind.PLAIN_TEXT, "a\ud800b")).text == "a\ufffdb"

    @pytest.mark.parametrize(
        ("title", "clean"), [(None, None), (" \n", None), ("\xad\x00", None), (" A\n title ", "A title")]
    )
    def test_a_title_is_cleaned_as_a_paragraph_is(self, title, clean):
        """A blank title is none."""
        assert plain(title=title).title == clean

    @given(st.lists(parsed_blocks(), max_size=6))
    @example([ParsedBlock(BlockKind.PLAIN_TEXT, "\ufeff\ufeffa")])
    def test_hyp_canonical_text_is_its_own_canonical_text(self, given_blocks):
        """Reading canonical text as a plain text file changes nothing."""
        once = plain(*given_blocks).text

        assert once == plain(ParsedBlock(BlockKind.PLAIN_TEXT, once)).text

    @given(st.lists(parsed_blocks(), max_size=6))
    def test_hyp_headings_slice_to_their_words(self, given_blocks):
        """Each heading that is not blank is found at its place, in order."""
        canonical = plain(*given_blocks)
        alone = [
            plain(ParsedBlock(BlockKind.PARAGRAPH, b.text)).text
            for b in given_blocks
            if b.kind is BlockKind.HEADING
        ]

        assert [text for text in alone if text] == [
            canonical.text[h.start : h.end] for h in canonical.blocks.of_kind(BlockKind.HEADING)
        ]

    @given(st.lists(parsed_blocks(), max_size=6))
    def test_hyp_canonical_text_encodes(self, given_blocks):
        """Any input gives text that UTF-8 can write, with no carriage return in it."""
        text = plain(*given_blocks).text

        assert text.encode("utf-8").decode("utf-8") == text
        assert "\r" not in text


class TestWithCharacters:
    @pytest.mark.parametrize(
        ("file", "read"),
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
    def test_a_line_end_is_read_as_a_person_would(self, file, read):
        """Words broken at a line's end are whole again; compounds, numbers and dashes keep their hyphen."""
        assert read == on_page(file)

    def test_a_compound_that_the_document_has_elsewhere_keeps_its_hyphen(self):
        """The document itself says how it writes the word."""
        assert on_page("a well-\nknown fact", "It is well-known.") == "a well-known fact"

    def test_a_joined_word_that_the_document_has_elsewhere_wins(self):
        """Where both forms are used, the hyphen at the line's end is taken for a break."""
        assert on_page("a well-\nknown fact", "A wellknown, well-known fact.") == "a wellknown fact"

    def test_a_chain_of_words_keeps_its_hyphens(self):
        """state-of-the-art broken anywhere is still state-of-the-art."""
        assert on_page("state-of-\nthe-art", "the art of the state") == "state-of-the-art"

    def test_letters_of_a_ligature_point_at_the_same_character(self):
        """Three letters, one character of the file."""
        found = canonicalise(
            ParsedFile(
                "x", None, (ParsedBlock(BlockKind.PARAGRAPH, "oﬃce", 0, 1, (7, 8, 9, 10)),), ((1.0, 1.0),)
            )
        )

        assert [run.index + i for run in found.runs for i in range(run.length)] == [7, 8, 8, 8, 9, 10]

    def test_a_kept_hyphen_and_its_line_break_are_the_file_s_own(self):
        """The space after a hyphen that stays is the line break after it."""
        file = "short-\nand long"
        found = canonicalise(
            ParsedFile(
                "x", None, (ParsedBlock(BlockKind.PARAGRAPH, file, 0, 1, tuple(range(15))),), ((1.0, 1.0),)
            )
        )

        assert found.runs == (CharRun(0, 15, 1, 0),)

    def test_a_page_without_text_stands_between_its_neighbours(self):
        """Every page of the file is there, also an empty one."""
        some = [ParsedBlock(BlockKind.PARAGRAPH, "ab", 0, page, (0, 1)) for page in (2, 4)]
        found = canonicalise(ParsedFile("x", None, tuple(some), ((1.0, 1.0),) * 5))

        assert [(page.start, page.end) for page in found.pages] == [(0, 0), (0, 2), (2, 2), (4, 6), (6, 6)]

    @given(paged())
    def test_hyp_every_run_leads_back_to_the_same_character(self, raw):
        """Each character with an origin is the file's own, a letter of its ligature, a space or a hyphen."""
        file = {
            (block.page, number): char
            for block in raw.blocks
            for number, char in zip(block.characters, block.text, strict=True)
        }
        canonical = canonicalise(raw)
        for run in canonical.runs:
            for i in range(run.length):
                shown, origin = canonical.text[run.start + i], file[run.page, run.index + i]
                assert (
                    shown == origin
                    or shown in LIGATURES.get(origin, "")
                    or (shown == " " and (origin.isspace() or origin in "\x02\ufffe"))
                    or (shown == "\n" and origin == "\r")
                    or (shown == "-" and origin in "\x02\ufffe")
                    or (shown == "\ufffd" and "\ud800" <= origin <= "\udfff")
                )

    @given(paged())
    def test_hyp_runs_are_in_order_and_as_long_as_can_be(self, raw):
        """No two neighbouring runs could be one."""
        runs = canonicalise(raw).runs
        for before, after in pairwise(runs):
            assert before.start + before.length <= after.start
            joined = (
                before.start + before.length == after.start and before.index + before.length == after.index
            )
            assert not (joined and before.page == after.page)

    @given(paged())
    def test_hyp_pages_cover_the_text_in_order(self, raw):
        """Pages follow each other, and nothing but a gap between blocks stands outside them."""
        canonical = canonicalise(raw)
        at = 0
        for number, page in enumerate(canonical.pages, start=1):
            assert page.number == number
            assert at <= page.start <= page.end
            assert canonical.text[at : page.start] in ("", "\n", "\n\n")
            at = page.end
        assert at == len(canonical.text)

    @given(paged())
    def test_hyp_only_hyphens_and_unseen_characters_are_lost(self, raw):
        """Every other character of the file that is no white space has its place in the text."""
        canonical = canonicalise(raw)
        reached = {(run.page, run.index + i) for run in canonical.runs for i in range(run.length)}
        for block in raw.blocks:
            for number, char in zip(block.characters, block.text, strict=True):
                if number >= 0 and char.isprintable() and char not in "-\u2010 ":
                    assert (block.page, number) in reached

    def test_characters_must_be_one_for_each_code_point(self):
        """A parser that miscounts is stopped where it does."""
        with pytest.raises(ValueError, match="2 characters of page 1 for 3"):
            ParsedBlock(BlockKind.PARAGRAPH, "abc", 0, 1, (0, 1))


def edges(block: ParsedBlock) -> list[tuple[int, int]]:
    """Start and end of each cell in the block's text."""
    assert block.row is not None
    return list(zip(block.row.edges[::2], block.row.edges[1::2], strict=True))


def uncovered(canonical: CanonicalText) -> str:
    """What is between the blocks; they must be in order."""
    bounds = [0, *(edge for block in canonical.blocks for edge in (block.start, block.end))]
    assert bounds == sorted(bounds)
    return "".join(canonical.text[a:b] for a, b in zip(bounds[::2], [*bounds[1::2], None], strict=True))


class TestStructure:
    @given(st.lists(parsed_blocks(), max_size=6))
    def test_hyp_blocks_cover_every_character_once(self, given_blocks):
        """White space alone is outside of them; each holds a word, and they are sound."""
        canonical = plain(*given_blocks)
        canonical.blocks.check(len(canonical.text))

        assert uncovered(canonical).strip() == ""
        assert all(canonical.text[block.start : block.end].strip() for block in canonical.blocks)

    @given(paged())
    def test_hyp_blocks_of_pages_cover_every_character_once(self, raw):
        """As in a format without pages; none crosses from one page to the next."""
        canonical = canonicalise(raw)
        canonical.blocks.check(len(canonical.text))

        assert uncovered(canonical).strip() == ""
        for block in canonical.blocks:
            assert any(page.start <= block.start and block.end <= page.end for page in canonical.pages)

    @given(st.lists(parsed_rows(), max_size=4))
    def test_hyp_a_cell_quotes_its_value(self, rows):
        """The words of the value, cleaned as the row is; a value of which nothing is left has no cell."""
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
    def test_hyp_a_cell_of_a_page_has_its_own_characters(self, raw):
        """Every character of it that is in the file is one of the cell's."""
        canonical = canonicalise(raw)
        origin = {
            run.start + i: (run.page, run.index + i) for run in canonical.runs for i in range(run.length)
        }
        own = [
            {(block.page, number) for number in block.characters[a:b]}
            for block in raw.blocks
            if block.row
            for a, b in edges(block)
        ]
        for cell in (cell for block in canonical.blocks for cell in block.cells):
            found = {origin[at] for at in range(cell.start, cell.end) if at in origin}
            assert any(found <= one for one in own)

    def test_headers_are_cleaned(self):
        """They are written as in the text, and a blank level is left out."""
        row = ParsedRow(0, array("i", [0, 1]), array("i", [4]), ((" a\n b\xad", "\x00", "c"),))
        (block,) = plain(ParsedBlock(BlockKind.TABLE_ROW, "x", row=row)).blocks

        assert (Cell(0, 1, 4, ("a b", "c")),) == block.cells
        assert block.cells[0].name == "a b c"

    def test_a_row_that_counts_anew_begins_a_table(self):
        """So does one behind something else; tables of which nothing is left aren't counted."""
        numbers = [("a", 0), ("b", 1), ("\xad", 0), ("c", 0), (None, 0), ("d", 1), ("e", 2)]
        found = plain(
            *(
                ParsedBlock(BlockKind.TABLE_ROW, text, row=ParsedRow(number, array("i"), array("i"), ()))
                if text
                else ParsedBlock(BlockKind.PARAGRAPH, "p")
                for text, number in numbers
            )
        )

        assert [(0, 0), (0, 1), (1, 0), (None, None), (2, 1), (2, 2)] == [
            (block.table, block.row) for block in found.blocks
        ]

    def test_code_is_one_block_and_plain_text_several(self):
        """Blank lines are a part of a program, and part the paragraphs of a text."""
        text = "a\n\n  b\n"
        code, _, _ = plain(ParsedBlock(BlockKind.CODE, text), ParsedBlock(BlockKind.PLAIN_TEXT, text)).blocks

        assert (0, len(text)) == (code.start, code.end)
        assert ["a", "  b\n"] == [text[block.start : block.end] for block in plain_text_blocks(text)]

    def test_a_row_with_an_edge_too_few_is_an_error(self):
        """A parser that miscounts is stopped where it does."""
        with pytest.raises(ValueError, match="1 edges of 1 cells"):
            ParsedRow(0, array("i", [0]), array("i", [0]), ((),))
