"""PDF files: columns, hyphenated words, scans, passwords; and offsets back to the page."""

import time
from pathlib import Path

import pypdfium2
import pypdfium2.raw
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.pdf.layout import Piece, paragraphs
from index.formats.pdf.readability import is_readable
from index.formats.pdf.reader import read_pdf
from index.formats.pdf.render import character_boxes
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import CanonicalText, canonicalise
from tests.failures import fails_with
from tests.fakes.pdf import Page, text_under

COLUMN = [
    "The first column tells of rivers and",
    "of the towns that stand on their banks,",
    "of bridges and of ferries, and it goes",
    "on to say how trade came up the river",
    "in the years after the war had ended",
    "and how the old harbour was filled in",
]


def tiny(mapping: str, shown: str) -> bytes:
    """Return a PDF of one line whose font maps its codes to text by *mapping*."""
    names = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap"
    table = (
        f"{names} 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar {mapping} endbfchar endcmap"
    )
    drawn = f"BT /F 12 Tf 72 700 Td ({shown}) Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>> stream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
        f"<</Length {len(table)}>> stream\n{table}\nendstream",
    ]
    body = "\n".join(f"{i} 0 obj {text} endobj" for i, text in enumerate(objects, start=1))
    return f"%PDF-1.4\n{body}\ntrailer <</Root 1 0 R>>\n%%EOF".encode()


def read(data: bytes) -> CanonicalText:
    return canonicalise(read_pdf(data, Limits()))


def characters(canonical: CanonicalText, words: str) -> list[tuple[int, int]]:
    """Return page and number of each character of *words* that is in the file."""
    start = canonical.text.index(words)
    return [
        (run.page, run.index + i)
        for run in canonical.runs
        for i in range(run.length)
        if start <= run.start + i < start + len(words)
    ]


def file_characters(data: bytes, page: int) -> list[str]:
    """Return the characters of a page one by one, as pdfium reads them."""
    with pypdfium2.PdfDocument(data) as document:
        text = document[page - 1].get_textpage()
        return [chr(pypdfium2.raw.FPDFText_GetUnicode(text, i)) for i in range(text.count_chars())]


VERSE = [
    "It is an ancient Mariner,",
    "And he stoppeth one of three.",
    "By thy long grey beard and glittering eye,",
    "Now wherefore stopp'st thou me?",
    "The Bridegroom's doors are opened wide,",
    "And I am next of kin;",
    "The guests are met, the feast is set:",
    "May'st hear the merry din.",
    "He holds him with his skinny hand,",
    "There was a ship, quoth he.",
]
NOTES = [
    "An ancient Mariner",
    "meeteth three Gallants",
    "bidden to a wedding-feast.",
    "The Wedding-Guest is",
    "spell-bound by the eye.",
]


class TestReadingOrder:
    def test_lines_form_a_paragraph(self):
        """A line break within a paragraph is a space; a wider step starts the next paragraph."""
        data = Page().lines(72, 700, COLUMN[:3]).lines(72, 640, COLUMN[3:]).bytes()

        assert read(data).text == " ".join(COLUMN[:3]) + "\n\n" + " ".join(COLUMN[3:])

    def test_two_columns_are_read_in_order(self):
        """The left column comes before the right one, and text across both before or after them."""
        right = [line.replace("first", "second") for line in COLUMN]
        page = Page().lines(60, 800, ["Proceedings of the society for the history of the towns on the river"])
        page.lines(60, 760, COLUMN).lines(320, 760, ["And then: " + right[0], *right[1:]])
        page.lines(60, 40, ["Page one of many, with a footer that runs over both of the columns"])

        text = read(page.bytes()).text

        places = [text.index(words) for words in ("Proceedings", "first", "filled in", "And then", "footer")]
        assert places == sorted(places)
        assert " ".join(COLUMN) in text

    @pytest.mark.parametrize("count", [3, 4])
    def test_three_columns_and_more_are_read_in_order(self, count):
        """The columns of a newsletter are narrow and their lines end at different places."""
        columns = [[line.replace("first", name) for line in COLUMN] for name in "abcd"[:count]]
        page = Page()
        for number, column in enumerate(columns):
            page.lines(40 + number * 520 / count, 760, column, size=9 if count == 3 else 7)

        assert read(page.bytes()).text == "\n\n".join(map(" ".join, columns))

    def test_a_table_with_long_cells_is_not_columns(self):
        """Its cells are as long as lines of narrow columns, but don't end together."""
        rows = [
            ("Ada Lovelace, mathematician", "Saint James Square 12, London", "ada.lovelace@example.org"),
            ("Emmy Noether, algebraist", "Nürnberger Strasse 32, Erlangen", "noether@example.org"),
            ("Sofia Kovalevskaya, analyst", "Sturegatan 56, Stockholm", "sofia.kovalevskaya@example.org"),
            ("Hypatia, teacher", "Canopic Way 1, Alexandria", "hypatia@example.org"),
            ("Maryam Mirzakhani, geometer", "Serra Mall 450, Stanford", "mirzakhani@example.org"),
            ("Mary Somerville, astronomer", "Via Toledo 3, Naples", "mary.somerville@example.org"),
            ("Ingrid Daubechies, analyst", "Science Drive 120, Durham", "ingrid@example.org"),
        ]
        page = Page()
        for i, cells in enumerate(rows):
            for x, cell in zip((40, 220, 400), cells, strict=True):
                page.lines(x, 700 - 13 * i, [cell])

        assert read(page.bytes()).text == "\n".join(map(" ".join, rows))

    def test_columns_written_line_by_line_are_separated(self):
        """Some programs write across the page; the gutter still separates the columns."""
        page = Page()
        for i, line in enumerate(COLUMN):
            page.lines(60, 760 - 13 * i, [line]).lines(320, 760 - 13 * i, [line.upper().title()])

        text = read(page.bytes()).text

        assert text.startswith(" ".join(COLUMN))

    def test_a_paragraph_continues_in_the_next_column(self):
        """A sentence across the end of a column is one sentence."""
        page = (
            Page().lines(60, 760, COLUMN).lines(320, 760, [*COLUMN[1:], "until the end of it all was near."])
        )

        assert read(page.bytes()).text == " ".join(
            [*COLUMN, *COLUMN[1:], "until the end of it all was near."]
        )

    def test_a_table_has_rows(self):
        """Cells far apart on consecutive lines are rows of a table."""
        page = Page()
        for i, cells in enumerate(
            [("Name", "Born", "Town"), ("Ada", "1815", "London"), ("Emmy", "1882", "Erlangen")]
        ):
            for x, cell in zip((72, 200, 320), cells, strict=True):
                page.lines(x, 700 - 13 * i, [cell])

        assert read(page.bytes()).text == "Name Born Town\nAda 1815 London\nEmmy 1882 Erlangen"

    def test_entries_of_a_contents_list_are_rows(self):
        """Leader dots with a page number end a line."""
        page = Page().lines(
            72, 700, ["Rivers . . . . . . . 1", "Towns and their banks ........ 23", "Harbours . . . . iv"]
        )

        assert read(page.bytes()).text.splitlines() == [
            "Rivers . . . . . . . 1",
            "Towns and their banks ........ 23",
            "Harbours . . . . iv",
        ]

    def test_list_items_are_separate(self):
        """A bullet starts an item, and the indented second line belongs to it."""
        page = Page().lines(72, 700, ["• One entry that is long enough to need"])
        page.lines(82, 687, ["a second line"]).lines(72, 674, ["• Another entry"])

        assert (
            read(page.bytes()).text
            == "• One entry that is long enough to need a second line\n• Another entry"
        )

    def test_larger_type_is_a_heading(self):
        """The largest size is level 1, and the size of the body is no heading."""
        page = Page().lines(72, 780, ["The Great Work"], size=20.0).lines(72, 740, ["Rivers"], size=15.0)
        page.lines(72, 710, COLUMN)

        canonical = read(page.bytes())

        found = [
            (canonical.text[heading.start : heading.end], heading.level)
            for heading in canonical.blocks.of_kind(BlockKind.HEADING)
        ]
        assert found == [("The Great Work", 1), ("Rivers", 2)]

    @pytest.mark.parametrize("rotation", [0, 90, 180, 270])
    def test_a_rotated_page_is_read_in_order(self, rotation):
        """The rotation of the page doesn't change the reading order."""
        page = Page()
        page.canvas.setPageRotation(rotation)
        page.canvas.translate(297, 421)
        page.canvas.rotate(rotation)

        assert read(page.lines(-200, 150, COLUMN).bytes()).text == " ".join(COLUMN)

    def test_a_stamp_along_the_edge_comes_last(self):
        """Text in another direction doesn't come between the lines."""
        page = Page()
        page.canvas.saveState()
        page.canvas.translate(30, 500)
        page.canvas.rotate(90)
        page.lines(0, 0, ["a stamp along the edge"])
        page.canvas.restoreState()

        assert (
            read(page.lines(72, 700, COLUMN).bytes()).text == " ".join(COLUMN) + "\n\na stamp along the edge"
        )

    def test_a_heading_of_many_pieces_is_read_in_linear_time(self):
        """A page may contain a heading of thousands of pieces."""
        head = [Piece(9 * i, 9000, 9 * i + 2, 9010, 10, False, i, "a") for i in range(6000)]
        body = [
            Piece(0, -12 * i, 300, 10 - 12 * i, 10, False, i, "some words of a text") for i in range(6000)
        ]
        begun = time.process_time()
        found = paragraphs([*head, *body])

        assert sum(len(line.pieces) for each in found for line in each.lines) == 12_000
        assert time.process_time() - begun < 6


class TestWords:
    @pytest.mark.parametrize(
        ("lines", "words"),
        [
            (["It was an inter-", "national affair."], "an international affair"),
            (["A well-known case: it was a well-", "known affair."], "was a well-known affair"),
            (["It was in 2019-", "20 that it came."], "in 2019-20 that"),
            (["He was an Anglo-", "Saxon of his time."], "an Anglo-Saxon of"),
            (["The of\ufb01ce is closed."], "office is"),
        ],
    )
    def test_hyphenated_words_and_ligatures_are_read(self, lines, words):
        """A hyphen that only broke a line is removed, and a hyphen of the author stays."""
        font = Path(pdfmetrics.__file__).parent.parent / "fonts" / "Vera.ttf"
        from reportlab.pdfbase.ttfonts import TTFont

        pdfmetrics.registerFont(TTFont("Vera", str(font)))

        assert words in read(Page().lines(72, 700, lines, font="Vera").bytes()).text

    @given(st.lists(st.text(st.sampled_from("abcdefgXYZ-éüñßÅøç.,'() 0123"), max_size=40), max_size=8))
    @example(["ab-", "cd", "", "- e", "f-", "1"])
    def test_hyp_offsets_lead_to_characters_of_the_file(self, lines):
        """For any words, each character with a place is the same one in pdfium, and none is lost."""
        readable = ["The lake lies far above the sea, and nobody may use it at night."] * 8
        data = Page().lines(72, 700, ["start", *lines, *readable]).bytes()
        canonical, file = read(data), file_characters(data, 1)
        reached = set()
        for run in canonical.runs:
            for i in range(run.length):
                shown, origin = canonical.text[run.start + i], file[run.index + i]
                assert (
                    shown == origin or (shown == " " and origin.isspace()) or (shown, origin) == ("-", "\x02")
                )
                reached.add(run.index + i)

        assert {i for i, char in enumerate(file) if char.isalnum()} <= reached

    def test_a_surrogate_pair_is_one_character(self):
        """Its offset leads to the first half, and the next characters aren't shifted."""
        data = tiny("<41> <D835DC00>", "xA y")

        assert file_characters(data, 1) == ["x", "\ud835", "\udc00", " ", "y"]
        assert read(data).text == "x\U0001d400 y"
        assert characters(read(data), "x\U0001d400 y") == [(1, 0), (1, 1), (1, 3), (1, 4)]

    def test_a_superscript_is_not_read_as_a_digit(self):
        """An exponent isn't part of the number before it, and still leads to its character."""
        page = Page()
        text = page.canvas.beginText(72, 700)
        pieces = ("Some 10", 11, 0), ("6", 7, 4), (" cells on 40 m", 11, 0), ("2", 7, 4), (".", 11, 0)
        for words, size, rise in pieces:
            text.setFont("Times-Roman", size)
            text.setRise(rise)
            text.textOut(words)
        page.canvas.drawText(text)
        canonical = read(page.bytes())

        assert canonical.text == "Some 10⁶ cells on 40 m²."
        assert characters(canonical, "⁶") == [(1, 7)]

    def test_a_separate_superscript_is_joined(self):
        """Some programs place each piece alone, and pdfium inserts a line break there."""
        page, x = Page(), 72.0
        for words, size, rise in [("Some 10", 11, 0), ("12", 7, 5), (" litres. It fell", 11, 0), ("2", 7, 5)]:
            page.lines(x, 700 + rise, [words], size=size)
            x += pdfmetrics.stringWidth(words, "Times-Roman", size) + 0.6
        canonical = read(page.bytes())

        assert canonical.text == "Some 10¹² litres. It fell²"

    def test_small_digits_on_the_line_are_unchanged(self):
        """Only a higher position makes a superscript."""
        page = Page().lines(72, 700, ["Table 10"]).lines(114, 700, ["6"], size=7)

        assert read(page.bytes()).text in ("Table 106", "Table 10 6")

    def test_control_characters_shift_nothing(self):
        """A control character is omitted, and the next characters keep their numbers."""
        data = tiny("<41> <0001>", "xA yAz")

        assert read(data).text == "x yz"
        assert characters(read(data), "x yz") == [(1, 0), (1, 2), (1, 3), (1, 5)]

    @pytest.mark.parametrize(
        ("slash", "relation", "text"),
        [("/", "=", "x ≠ 0"), ("6", "=", "x ≠ 0"), ("6", ">", "x ≯ 0")],
    )
    def test_a_relation_that_is_struck_through_is_negated(self, slash, relation, text):
        """TeX draws a slash of no width over the sign; without it the text says the opposite."""
        page = Page()
        for x, sign in ((72, "x"), (83, slash), (84, relation), (96, "0")):
            page.canvas.drawString(x, 700, sign)

        assert text == read(page.bytes()).text

    def test_a_digit_before_an_equals_sign_stays(self):
        """In "x6=y" nothing is struck through."""
        assert read(Page().lines(72, 700, ["x6=y and 1/6 > 0"]).bytes()).text == "x6=y and 1/6 > 0"

    def test_a_column_beside_a_figure_is_read_by_itself(self):
        """The labels of a figure aren't mixed into the lines beside it."""
        labels = ["article A", "headed", "was-hit", "storm", "New Orleans", "category 5"]
        page = Page().lines(72, 700, COLUMN * 2).lines(330, 610, [line[::-1] for line in COLUMN])
        for number, label in enumerate(labels * 3):
            page.lines(335 + 70 * (number % 3), 696 - 15 * (number // 3), [label], size=8)

        assert " ".join(COLUMN * 2) in read(page.bytes()).text

    @pytest.mark.parametrize(("gloss", "verse"), [(72, 180), (400, 72)], ids=["left", "right"])
    def test_verse_beside_a_margin_is_read_by_itself(self, gloss, verse):
        """The notes in the margin are smaller, and not on its lines."""
        page = Page().lines(verse, 700, VERSE)
        for top, note in ((700, NOTES[:3]), (620, NOTES[3:])):
            page.lines(gloss, top, note, size=8)

        words = " ".join(read(page.bytes()).text.split())

        assert " ".join(VERSE) in words
        assert " ".join(NOTES[:3]) in words
        assert " ".join(NOTES[3:]) in words

    def test_vertical_japanese_is_read_by_columns(self):
        """They run down, from right to left; footnotes have one box for each."""
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3", isVertical=True))
        page = Page()
        page.canvas.setFont("HeiseiMin-W3", 14)
        columns = [
            "宇宙塵をたべ、または空気や",
            "塩水を呼吸しながら、それぞれ",
            "新鮮な本体論もかんがへました。",
        ]
        for number, column in enumerate(columns):
            page.canvas.drawString(400 - 24 * number, 700, column)
        data = page.bytes()

        canonical = read(data)

        assert "".join(columns) == canonical.text
        [box, *others] = character_boxes(data, 1, 0, 12)
        assert not others
        assert box[3] - box[1] > 5 * (box[2] - box[0])


class TestPages:
    def test_every_page_has_its_place(self):
        """An empty page is a page; sizes are in points."""
        page = Page().lines(72, 700, COLUMN).turn_page().turn_page().lines(72, 700, ["End"])

        canonical = read(page.bytes())

        assert [canonical.text[page.start : page.end] for page in canonical.pages] == [
            " ".join(COLUMN),
            "",
            "End",
        ]
        assert (canonical.pages[1].width, canonical.pages[1].height) == (595, 842)

    def test_boxes_contain_the_quoted_words(self):
        """A quote over two lines has two boxes, and pdfium finds its words in them."""
        data = Page().lines(72, 700, COLUMN).bytes()
        found = characters(read(data), "towns that stand on their banks, of bridges")
        first, last = found[0][1], found[-1][1]

        under = [
            text_under(data, 1, box).strip() for box in character_boxes(data, 1, first, last - first + 1)
        ]

        assert under == ["towns that stand on their banks,", "of bridges"]

    def test_boxes_of_missing_characters_are_an_error(self):
        """A number past the end of the page is a mistake of the caller."""
        with pytest.raises(ValueError, match="page 1 has 3 characters, requested 4 from 0"):
            character_boxes(Page().lines(72, 700, ["abc"]).bytes(), 1, 0, 4)

    @pytest.mark.parametrize(
        ("pdf_title", "title"),
        [
            ("Rivers of Europe", "Rivers of Europe"),
            ("untitled", None),
            ("Microsoft Word - rivers.doc", None),
            ("rivers.pdf", None),
            ("  ", None),
            ("0001065280-18-000069", None),
            ("10811.exe", None),
            ("Slide 1", None),
            ("88300 162..177", None),
            ("FY21_annual_report", None),
            ("C:\\Users\\ann\\report", None),
            ("東京", "東京"),
            ("Form 10-K", "Form 10-K"),
        ],
    )
    def test_default_titles_are_ignored(self, pdf_title, title):
        """Names that programs insert are not titles."""
        page = Page()
        page.canvas.setTitle(pdf_title)

        assert read(page.lines(72, 700, COLUMN).bytes()).title == title

    @pytest.mark.parametrize(
        ("size", "lines", "title"),
        [
            (24, ["Rivers and Towns", "of the North"], "Rivers and Towns of the North"),
            (12, ["Rivers and Towns"], None),
            (24, ["ACME"], None),
            (24, ["2017"], None),
        ],
        ids=["large", "small", "logo", "number"],
    )
    def test_the_printed_title_replaces_a_useless_one(self, size, lines, title):
        """It is the largest text of the first page, of more than one word."""
        page = Page().lines(72, 760, lines, font="Helvetica", size=size).lines(72, 600, COLUMN)
        page.canvas.setTitle("10811.exe")

        assert title == read(page.bytes()).title


# "The archive holds ..." in a font whose codes are 29 below those of the letters, as many subsets are.
CIPHERED = [
    "7KH DUFKLYH KROGV DERXW D WKRXVDQG",
    "SDFNDJHV RI VRIWZDUH WKDW DUH QRW IUHH",
    "DQG WKDW DUH XVHG XQGHU WKH WHUPV RI",
    "WKHLU RZQ OLFHQFHV ZKR ZDQW WR",
]


class TestUnreadable:
    def test_pages_without_readable_text_are_left_out(self):
        """A font without a mapping to characters makes a cipher, which nobody asks about."""
        page = Page().lines(72, 700, COLUMN)
        for _ in range(2):
            page.turn_page().lines(72, 700, CIPHERED)
        read_again = read(page.turn_page().lines(72, 700, COLUMN[::-1]).bytes())

        assert (2, 3) == read_again.unreadable_pages
        assert "DUFKLYH" not in read_again.text
        assert [1, 2, 3, 4] == [page.number for page in read_again.pages]
        assert read_again.text.count("rivers") == 2

    def test_a_file_without_readable_text_is_refused(self):
        """It looks as it should, so that the message says why there is no text in it."""
        with fails_with(FailureCode.UNREADABLE_TEXT):
            read(Page().lines(72, 700, CIPHERED).bytes())

    def test_a_scanned_page_among_others_is_named(self):
        """A picture that covers a page is a scan, unless it is a cover."""
        from PIL import Image

        picture = ImageReader(Image.new("L", (60, 80), 200))
        scan, cover = Page().lines(72, 700, COLUMN), Page()
        scan.turn_page().canvas.drawImage(picture, 0, 0, 595, 842)
        cover.canvas.drawImage(picture, 0, 0, 595, 842)

        assert (2,) == read(scan.turn_page().lines(72, 700, COLUMN).bytes()).unreadable_pages
        assert () == read(cover.turn_page().lines(72, 700, COLUMN).bytes()).unreadable_pages

    @pytest.mark.parametrize(
        "text",
        [
            "第四节 财务报表 东北电气发展股份有限公司 2018 年第一季度报告全文 编制单位：东北电气发展",
            "Wydruk pochodzi z systemu wFirma.pl, faktura wystawiona przez sprzedawcę na rzecz nabywcy",
            "3.805,07 4.804,45 2.345,99 12,00 15.11.2015 16.12.2015 17.01.2016 3.805,07 4.804,45",
            "\\newif\\ifverse \\noteFontSizeX@#1 \\footSplitSkips \\spaceSkip=\\zeroSkip \\nameUse{foot#1}",
            "Contents . . . . . . . . . . . . . . . . . . . . . . . . . . . 1 2 3",
            "Türkiye Cumhuriyeti Anayasası herkesin yasalar önünde eşitliğini güvence altına almıştır",
        ],
        ids=["Chinese", "Polish", "amounts", "program", "contents", "Turkish"],
    )
    def test_other_languages_tables_and_programs_are_readable(self, text):
        """They have no function words that are known, but their words have vowels."""
        assert is_readable(text)

    def test_a_scan_is_refused(self):
        """Images of pages contain no text."""
        from PIL import Image

        page = Page()
        page.canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, 595, 842)

        with fails_with(FailureCode.SCAN):
            read(page.turn_page().bytes())

    def test_a_file_without_text_or_images_is_refused(self):
        """Otherwise the file would silently be missing from the answers."""
        with fails_with(FailureCode.NO_TEXT):
            read(Page().turn_page().bytes())

    def test_a_file_with_a_password_is_refused(self):
        """The failure tells that it is encrypted."""
        with fails_with(FailureCode.ENCRYPTED):
            read(Page(encrypt=StandardEncryption("secret")).lines(72, 700, COLUMN).bytes())

    def test_a_file_that_only_forbids_changes_is_read(self):
        """It opens without a password."""
        data = Page(encrypt=StandardEncryption("", ownerPassword="owner")).lines(72, 700, COLUMN).bytes()

        assert read(data).text == " ".join(COLUMN)

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
    def test_a_truncated_file_is_refused(self, share):
        """Some readers repair it and omit pages."""
        data = Page().lines(72, 700, COLUMN).turn_page().lines(72, 700, COLUMN).bytes()

        with fails_with(FailureCode.INCOMPLETE, FailureCode.DAMAGED):
            read(data[: int(share * len(data))])

    @pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n%%EOF", b"no pdf at all", bytes(1000)])
    def test_other_data_is_refused(self, data):
        """The suffix .pdf doesn't make a PDF."""
        with fails_with(FailureCode.DAMAGED, detail="not a valid PDF"):
            read(data)

    def test_more_pages_than_the_limit_are_refused(self):
        """The detail has the number of pages and the limit."""
        page = Page()
        for _ in range(4):
            page.lines(72, 700, ["words"]).turn_page()

        with fails_with(FailureCode.TOO_MANY_PAGES, detail="4; the limit is 3"):
            read_pdf(page.bytes(), Limits(max_pages=3))

    @given(st.data())
    def test_hyp_damage_is_an_error_or_harmless(self, data):
        """Changed bytes give a document or an UnreadableFile, and nothing else."""
        whole = bytearray(Page().lines(72, 700, COLUMN).bytes())
        for _ in range(data.draw(st.integers(1, 20))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        try:
            canonical = read(bytes(whole))
        except UnreadableFile:
            return
        assert canonical.text
