"""Tables of every format: the value, column and header of each cell."""

import email.message
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from index.formats import Limits
from index.formats.parsing import parse_bytes
from index.records import Block, BlockKind
from index.text.canonical import CanonicalText
from tests.fakes.pdf import Page


def read(suffix: str, content: bytes | str) -> CanonicalText:
    return parse_bytes(content.encode() if isinstance(content, str) else content, suffix, Limits())


def saved(document: Any) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def rows(canonical: CanonicalText) -> list[Block]:
    return canonical.blocks.of_kind(BlockKind.TABLE_ROW)


def cells(canonical: CanonicalText) -> list[list[tuple[int, tuple[str, ...], str]]]:
    """Return the cells of each row: column, header and value."""
    return [
        [(cell.column, cell.header, canonical.text[cell.start : cell.end]) for cell in row.cells]
        for row in rows(canonical)
    ]


def places(canonical: CanonicalText) -> list[tuple[int | None, int | None]]:
    return [(row.table, row.row) for row in rows(canonical)]


def kinds(canonical: CanonicalText) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, canonical.text[block.start : block.end]) for block in canonical.blocks]


LAND, CITY = ("Land",), ("City",)
CITIES = [
    [(0, LAND, "France"), (1, CITY, "Paris")],
    [(0, LAND, "日本"), (1, CITY, "Kyōto; old: capital")],
]


def docx_table() -> bytes:
    import docx

    document = docx.Document()
    table = document.add_table(3, 3)
    for row, words in enumerate([("Land", "City", "Area"), ("France", " Paris\n", ""), ("日本", "", "1")]):
        for column, text in enumerate(words):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(1, 0))
    return saved(document)


def pptx_table() -> bytes:
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(3, 3, Inches(1), Inches(1), Inches(4), Inches(2)).table
    for row, words in enumerate([("Land", "City", "Area"), ("France", "Paris", ""), ("日本", "", "1")]):
        for column, text in enumerate(words):
            table.cell(row, column).text = text
    return saved(deck)


def xlsx_table() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in [["Land", "City", "Area"], ["France", "Paris", None], ["日本", None, 1]]:
        book.active.append(row)
    return saved(book)


THREE_COLUMNS = [
    [(0, LAND, "France"), (1, CITY, "Paris")],
    [(0, LAND, "日本"), (2, ("Area",), "1")],
]
HTML_TABLE = (
    "<table><tr><th>Land<th>City<th>Area<tr><td>France<td> <b>Paris</b><td><tr><td>日本<td><td>1</table>"
)
RST_TABLE = """\
====== ===== ====
Land   City  Area
====== ===== ====
France Paris
日本         1
====== ===== ====
"""
MARKDOWN_TABLE = "| Land | City | Area |\n|---|---|---|\n| France | **Paris** | |\n| 日本 | | 1 |\n"
NOTEBOOK = {"cells": [{"cell_type": "markdown", "source": MARKDOWN_TABLE}], "nbformat": 4}
OUTPUT = {"output_type": "display_data", "data": {"text/html": HTML_TABLE}}
NOTEBOOK_OUTPUT = {"cells": [{"cell_type": "code", "source": "", "outputs": [OUTPUT]}], "nbformat": 4}
RECORDS = [{"Land": "France", "City": "Paris"}, {"Land": "日本", "City": None, "Area": 1}]


class TestHeaders:
    @pytest.mark.parametrize(
        ("suffix", "content"),
        [
            (".csv", "Land,City,Area\nFrance, Paris ,\n日本,,1\n"),
            (".tsv", "Land\tCity\tArea\nFrance\tParis\n日本\t\t1\n"),
            (".md", MARKDOWN_TABLE),
            (".html", HTML_TABLE),
            (".ipynb", json.dumps(NOTEBOOK)),
            (".ipynb", json.dumps(NOTEBOOK_OUTPUT)),
            (".rst", RST_TABLE),
            (".json", json.dumps(RECORDS)),
            (".jsonl", "\n".join(map(json.dumps, RECORDS))),
            (".docx", docx_table()),
            (".pptx", pptx_table()),
            (".xlsx", xlsx_table()),
        ],
    )  # fmt: skip
    def test_a_cell_has_its_column_and_its_header(self, suffix, content):
        """This is true in every format with tables, and blank cells shift no other cell."""
        found = read(suffix, content)

        assert THREE_COLUMNS == cells(found)
        assert [(0, 0), (0, 1)] == places(found)

    def test_values_that_look_like_names_are_values(self):
        """The text alone couldn't distinguish them."""
        found = read(".csv", 'Land,City\nFrance,Paris\n日本,"Kyōto; old: capital"\n')

        assert CITIES == cells(found)
        assert "Land: 日本; City: Kyōto; old: capital" in found.text

    def test_a_header_of_two_rows_has_two_levels(self):
        """Merged cells are repeated; the only cell of a row spans the table."""
        page = (
            "<table><thead><tr><th rowspan=2>Land<th colspan=2>People<tr><th>2010<th>2020</thead>"
            "<tr><td colspan=3>Europe<tr><td rowspan=2>France<td>1<td>2<tr><td>3<td>4</table>"
        )

        assert cells(read(".html", page)) == [
            [(0, (), "Europe")],
            [(0, LAND, "France"), (1, ("People", "2010"), "1"), (2, ("People", "2020"), "2")],
            [(0, LAND, "France"), (1, ("People", "2010"), "3"), (2, ("People", "2020"), "4")],
        ]

    def test_a_merged_header_of_a_sheet_is_the_outer_level(self):
        """A workbook has merged cells, too."""
        import openpyxl

        book = openpyxl.Workbook()
        for row in [["Land", "2023", None], [None, "Sold", "Left"], ["France", 1, 2]]:
            book.active.append(row)
        book.active.merge_cells("B1:C1")
        book.active.merge_cells("A1:A2")

        assert cells(read(".xlsx", saved(book))) == [
            [(0, LAND, "France"), (1, ("2023", "Sold"), "1"), (2, ("2023", "Left"), "2")],
        ]

    def test_a_title_above_the_header_has_no_name(self):
        """It is a row of its own."""
        assert cells(read(".csv", "Cities,,\nLand,City\nFrance,Paris\n")) == [
            [(0, (), "Cities")],
            [(0, LAND, "France"), (1, CITY, "Paris")],
        ]

    def test_without_a_header_a_cell_has_no_name(self):
        """Its column is still known."""
        assert cells(read(".csv", "1,2,3\n4,,6\n")) == [
            [(0, (), "1"), (1, (), "2"), (2, (), "3")],
            [(0, (), "4"), (2, (), "6")],
        ]

    def test_a_header_is_normalised(self):
        """It is written as in the canonical text."""
        assert [[(0, ("A wide name",), "x"), (1, ("Two",), "y")]] == cells(
            read(".csv", '"A\n wide\xad name: ",Two\nx,y\n')
        )


FACTS = [[(0, (), "Capital"), (1, ("Capital",), "Paris")], [(0, (), "Area"), (1, ("Area",), "large")]]


class TestNamesAndValues:
    def test_an_infobox_names_its_values(self):
        """The name is a cell, and the header of the value."""
        page = "<table><tr><th>Capital<td>Paris<tr><th>Area:<td>large</table>"

        assert FACTS == cells(read(".html", page))

    def test_a_form_names_its_values(self):
        """A cover sheet has no header row."""
        import docx

        document = docx.Document()
        table = document.add_table(0, 2)
        for words in (("Capital", "Paris"), ("Area:", "large")):
            for cell, text in zip(table.add_row().cells, words, strict=True):
                cell.text = text

        assert FACTS == cells(read(".docx", saved(document)))

    def test_json_values_have_their_path_as_name(self):
        """This is true of values outside lists; a list of objects is a table of its own."""
        value = {"a": {"b": "x"}, "list": [{"n": 1}, {"n": 2}], "c": True}
        found = read(".json", json.dumps(value))

        assert cells(found) == [
            [(0, (), "a.b"), (1, ("a.b",), "x")],
            [(0, ("n",), "1")],
            [(0, ("n",), "2")],
            [(0, (), "c"), (1, ("c",), "true")],
        ]
        assert [(0, 0), (1, 0), (1, 1), (2, 0)] == places(found)

    def test_message_headers_name_their_values(self):
        """Sender, recipients and date are rows of names and values."""
        message = email.message.EmailMessage()
        message["Subject"], message["From"], message["To"] = "Hi", "Ann <a@b.c>", "Bob"
        message.set_content("Text.\n")

        assert cells(read(".eml", message.as_bytes())) == [
            [(0, (), "From"), (1, ("From",), "Ann <a@b.c>")],
            [(0, (), "To"), (1, ("To",), "Bob")],
        ]


class TestTables:
    def test_adjacent_tables_are_separate(self):
        """Only the end of a line is between them."""
        table = "<table><tr><th>A<th>B<tr><td>1<td>2<tr><td>3<td>4</table>"

        assert [(0, 0), (0, 1), (1, 0), (1, 1)] == places(read(".html", table * 2))

    def test_a_row_of_invisible_characters_is_omitted(self):
        """The numbers of tables and rows don't change."""
        found = read(".csv", "1,2\n\xad\n3,4\n")

        assert [(0, 0), (0, 2)] == places(found)

    def test_a_value_with_collapsed_space_is_quoted(self):
        """This includes invisible characters at its ends."""
        found = read(".json", json.dumps([{"a": " x \n y\x00 ", "b": "\xad z\u3000"}]))

        assert [[(0, ("a",), "x y"), (1, ("b",), "z")]] == cells(found)


PRINTED = [("Land", "City", "Since"), ("France", "Paris", "508"), ("Norway", "Oslo", "1040")]


class TestPdf:
    def page(self, table: Sequence[tuple[str, ...]], lefts: tuple[int, ...] = (72, 220, 380)) -> bytes:
        page = Page()
        for number, words in enumerate(table):
            for left, word in zip(lefts, words, strict=True):
                page.lines(left, 700 - 20 * number, [word])
        return page.bytes()

    def test_a_printed_table_has_columns_and_a_header(self):
        """Its text is as printed, without a name beside each value."""
        found = read(".pdf", self.page(PRINTED))

        assert found.text == "Land City Since\nFrance Paris 508\nNorway Oslo 1040"
        assert cells(found) == [
            [(0, (), "Land"), (1, (), "City"), (2, (), "Since")],
            [(0, LAND, "France"), (1, CITY, "Paris"), (2, ("Since",), "508")],
            [(0, LAND, "Norway"), (1, CITY, "Oslo"), (2, ("Since",), "1040")],
        ]
        assert [(0, 0), (0, 1), (0, 2)] == places(found)

    def test_an_unaligned_table_has_cells_without_names(self):
        """A cell over two columns could belong to either."""
        page = Page().lines(72, 700, ["Land"]).lines(200, 700, ["A long name over both of them"])
        for left, words in zip((72, 200, 300), ("France", "Paris", "Lyon"), strict=True):
            page.lines(left, 680, [words])

        assert cells(read(".pdf", page.bytes())) == [
            [(0, (), "Land"), (1, (), "A long name over both of them")],
            [(0, (), "France"), (1, (), "Paris"), (2, (), "Lyon")],
        ]

    def test_a_wider_header_begins_another_table(self):
        """A form above an account is a table of its own, and a total below it isn't a sentence."""
        page = Page()
        lefts = (72, 200, 300)
        account = [["Work", "Hours", "Amount"], ["Digging", "3", "90.00"], ["VAT", "18.00"]]
        for number, words in enumerate([["Invoice", "1204"], ["Customer", "Ann Lee"], *account]):
            for left, word in zip(lefts, words, strict=False):
                page.lines(left, 700 - 20 * number, [word])

        found = read(".pdf", page.bytes())

        assert places(found) == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
        assert cells(found)[3] == [(0, ("Work",), "Digging"), (1, ("Hours",), "3"), (2, ("Amount",), "90.00")]

    def test_a_form_names_its_values(self):
        """Its first row is a name and a value like the others, and no header."""
        page = Page()
        for number, (name, value) in enumerate([("Invoice no.", "1204"), ("Due", "May"), ("Paid by", "Ann")]):
            page.lines(72, 700 - 20 * number, [name]).lines(200, 700 - 20 * number, [value])

        assert [row[1] for row in cells(read(".pdf", page.bytes()))] == [
            (1, ("Invoice no.",), "1204"),
            (1, ("Due",), "May"),
            (1, ("Paid by",), "Ann"),
        ]

    def test_a_narrow_header_is_parted_by_the_columns(self):
        """Two names with a small gap are over two columns, as the rows below show."""
        page = Page().lines(72, 700, ["Pos."]).lines(102, 700, ["Work"]).lines(300, 700, ["Amount"])
        for number, words in enumerate([("1", "Digging a ditch", "90.00"), ("2", "Planting", "45.00")], 1):
            for left, word in zip((72, 102, 300), words, strict=True):
                page.lines(left, 700 - 20 * number, [word])

        assert cells(read(".pdf", page.bytes()))[1] == [
            (0, ("Pos.",), "1"),
            (1, ("Work",), "Digging a ditch"),
            (2, ("Amount",), "90.00"),
        ]


class TestPlainText:
    """Tables that lines of plain text make by their layout."""

    def test_aligned_columns_are_a_table(self):
        """Columns are parted by two spaces in all lines; a line under the names is left out."""
        lines = ("Pos  Team           Pts", "-" * 23, " 1   Old Quarry      42", " 2   FC Moor          9")
        found = read(".txt", "Final table\n\n" + "\n".join(lines) + "\n\nTwo go up.\n")

        assert [kind for kind, _, _ in kinds(found)] == [
            "plain_text",
            "table_row",
            "table_row",
            "plain_text",
        ]
        assert cells(found)[1] == [(0, ("Pos",), "2"), (1, ("Team",), "FC Moor"), (2, ("Pts",), "9")]

    def test_names_and_values_are_pairs(self):
        """A colon or dots are between them."""
        text = "Costs\n\nRent: 540\nLogs, a bag:   6.50\nDeposit ..... 200\n"

        assert [text for _, _, text in kinds(read(".txt", text))] == [
            "Costs",
            "Rent: 540",
            "Logs, a bag: 6.50",
            "Deposit: 200",
        ]

    def test_records_are_named_by_a_comment(self):
        """The comment has the same delimiter as often."""
        found = read(
            ".txt", "# Month : Stone : Flower\n# 8.1\nMay:Emerald:Lily\nJune:Pearl:Rose\nJuly:Ruby:\n"
        )

        assert cells(found)[1] == [
            (0, ("Month",), "June"),
            (1, ("Stone",), "Pearl"),
            (2, ("Flower",), "Rose"),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "ANN: Where is it?\nBOB: In the garden.\nANN: Which one?\nBOB: Ours.",
            "This  is justified  text whose  gaps are\nwide   but  not  one below  another,  so\nthat  it "
            "has  no  columns at   all here.",
            "10:30 we left.\n11:45 we came home.\n12:00 we had lunch.",
            "\tThe first line\n\tof a quotation\n\tthat a tab\n\tindents, and\n\tit goes on.",
            "See http://a.example:80/x\nand http://b.example:80/y\nand http://c.example:80/z",
        ],
    )
    def test_other_lines_are_preserved(self, text):
        """Talk, justified prose, times, quotations and addresses are no tables."""
        found = read(".txt", text)

        assert found.text == text
        assert not rows(found)


class TestKinds:
    def test_markdown_has_lists_code_and_headings(self):
        """Nested lists have their levels."""
        text = "# One\n\nText.\n\n- a\n  - b\n\n1. c\n\n```\nx\n\ny\n```\n"

        assert kinds(read(".md", text)) == [
            ("heading", 1, "One"),
            ("paragraph", 0, "Text."),
            ("list_item", 1, "a"),
            ("list_item", 2, "b"),
            ("list_item", 1, "1. c"),
            ("code", 0, "x\n\ny\n"),
        ]

    def test_html_has_captions(self):
        """Tables and figures have them."""
        page = (
            "<h2>One</h2><figure><figcaption>Fig. 1</figcaption></figure><ul><li>a<ol><li>b</ol></ul>"
            "<table><caption>Tab. 1</caption><tr><td>x<td>y</table><pre>z</pre>"
        )

        assert kinds(read(".html", page)) == [
            ("heading", 2, "One"),
            ("caption", 0, "Fig. 1"),
            ("list_item", 1, "a"),
            ("list_item", 2, "1. b"),
            ("caption", 0, "Tab. 1"),
            ("table_row", 0, "x | y"),
            ("code", 0, "z"),
        ]

    def test_restructuredtext_has_lists_and_captions(self):
        """Nested lists have their levels."""
        ages = '.. csv-table:: Ages\n   :header: "N", "A"\n\n   Ann, 30\n'
        text = f"- a\n\n  - b\n\n{ages}\n::\n\n    x = 1\n"

        assert kinds(read(".rst", text)) == [
            ("list_item", 1, "a"),
            ("list_item", 2, "b"),
            ("caption", 0, "Ages"),
            ("table_row", 0, "N: Ann; A: 30"),
            ("code", 0, "x = 1"),
        ]

    def test_plain_text_has_paragraphs(self):
        """Leading spaces belong to a paragraph; blank lines belong to none."""
        assert kinds(read(".txt", "  One\nline\n \t\n\n  Two \n")) == [
            ("plain_text", 0, "  One\nline"),
            ("plain_text", 0, "  Two \n"),
        ]

    def test_a_notebook_has_code(self):
        """Code and output are blocks of code."""
        outputs = [{"output_type": "stream", "text": "1\n"}]
        cells = [{"cell_type": "code", "source": "print(1)", "outputs": outputs}]

        assert kinds(read(".ipynb", json.dumps({"cells": cells, "nbformat": 4}))) == [
            ("code", 0, "print(1)"),
            ("code", 0, "1\n"),
        ]

    def test_word_and_slides_have_list_levels(self):
        """A Word document has captions, too."""
        import docx
        import pptx

        document = docx.Document()
        document.add_paragraph("One", style="List Bullet")
        document.add_paragraph("Fig. 1", style="Caption")
        deck = pptx.Presentation()
        frame = deck.slides.add_slide(deck.slide_layouts[1]).placeholders[1].text_frame
        frame.text = "One\nTwo"
        frame.paragraphs[1].level = 1

        assert kinds(read(".docx", saved(document))) == [("list_item", 1, "One"), ("caption", 0, "Fig. 1")]
        assert kinds(read(".pptx", saved(deck))) == [("list_item", 1, "One"), ("list_item", 2, "Two")]
