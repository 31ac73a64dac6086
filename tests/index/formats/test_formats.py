"""Parsers of all formats, on files written by the formats' own libraries and on hostile ones."""

import email.message
import io
import json
import re
import zipfile
from collections.abc import Callable
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import odfdo
import pytest

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats import SUPPORTED_SUFFIXES, Limits, parse
from index.formats.common.number_format import format_number
from index.formats.common.tables import looks_like_header
from index.records import BlockKind
from index.text.canonical import CanonicalText
from tests.failures import fails_with

LIMITS = Limits()
ENCODED = {
    "cp1252": [
        "Café déjà vu",
        "Größe: 20 °C",
        "Müller fährt über die Brücke.",
        "El niño comió piñas en la montaña.",
        "The naïve façade cost £20 – or “so”.",
        "L’été dernier, nous avons visité le château près de la forêt ; c’était très agréable.",
        "São Paulo é a maior cidade do Brasil; não há dúvida.",
        "Perché l’università è così lontana? È più bella.",
        "Íslenska þjóðin býr á eyju í Atlantshafi.",
    ],
    "latin-1": ["Købmanden på hjørnet sælger rugbrød.", "Hästen är på ängen.", "ÉCOLE SUPÉRIEURE"],
    "shift_jis": [
        "日本",
        "東京都",
        "会議",
        "これは日本語の文章です。",
        "富士山の高さは3776メートルです。\nThe height is 3776 m.",
        "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
        "コンピュータの設定を変更してください。",
    ],
    "gb18030": [
        "中国",
        "你好，世界！",
        "北京是中华人民共和国的首都。",
        "长城全长约21196公里。",
        "Population of China 中国人口 is large.",
        "人工智能是计算机科学的一个分支，它企图了解智能的实质。",
    ],
    "utf-16": ["Hello, world", "これは日本語の文章です。", "Привет, мир 🙂"],
    "utf-16-le": ["Hello, world", "これは日本語の文章です。", "Москва является столицей России."],
    "utf-16-be": ["Hello, world", "これは日本語の文章です。", "Москва является столицей России."],
    "utf-8-sig": ["Grüße 🙂 مرحبا 日本"],
    "utf-8": ["Grüße 🙂 مرحبا 日本", "é"],
    "cp1251": ["Да", "Привет, мир", "Москва является столицей России."],
    "koi8_r": ["Москва является столицей России."],
    "cp1253": ["Η Αθήνα είναι η πρωτεύουσα της Ελλάδας."],
    "cp1256": [
        "القاهرة هي عاصمة جمهورية مصر العربية وأكبر مدنها.",
        "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق، وقد وهبوا عقلاً وضميراً.",
        "Invoice 12: الثمن 300 درهم",
    ],
    "euc_jp": ["東京は日本の首都です。"],
    "euc_kr": ["서울은 대한민국의 수도이다."],
    "big5": ["台北是台灣的首都。"],
}
AMBIGUOUS = {
    "gb18030": ["苹果", "龘靐齉爩"],
    "shift_jis": ["ﾃｽﾄ"],
    "cp1251": ["СССР"],
    "cp1250": ["Příliš žluťoučký kůň úpěl ďábelské ódy.", "Zażółć gęślą jaźń", "Árvíztűrő tükörfúrógép"],
}
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
BOMB = '<!DOCTYPE b [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.fixture
def canonical(tmp_path):
    """Write bytes or text to a file with a suffix and parse it."""

    def parsed(suffix: str, content: bytes | str, limits: Limits = LIMITS) -> CanonicalText:
        path = tmp_path / f"the-name{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return parse(path, limits)

    return parsed


def headings(canonical: CanonicalText) -> list[tuple[int, str]]:
    return [
        (heading.level, canonical.text[heading.start : heading.end])
        for heading in canonical.blocks.of_kind(BlockKind.HEADING)
    ]


def zipped(members: dict[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def with_member(data: bytes, name: str, change) -> bytes:
    """Return an archive with one member replaced by *change* of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    return zipped(members | {name: change(members.get(name, b""))})


def saved(document) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "text"), [(name, text) for name in ENCODED for text in ENCODED[name]]
    )
    def test_supported_encodings_are_decoded(self, canonical, encoding, text):
        """Short and long sentences are decoded to the original characters."""
        assert text == canonical(".txt", text.encode(encoding)).text

    @pytest.mark.parametrize(
        ("encoding", "text"), [(name, text) for name in AMBIGUOUS for text in AMBIGUOUS[name]]
    )
    def test_an_ambiguous_text_is_refused(self, canonical, encoding, text):
        """A few bytes that are valid in several encodings are a failure instead of a guess."""
        with fails_with(FailureCode.UNSUPPORTED_ENCODING):
            canonical(".txt", text.encode(encoding))

    def test_damaged_utf8_is_not_decoded_otherwise(self, canonical):
        """One broken byte doesn't make the rest be read in another encoding."""
        with fails_with(FailureCode.INVALID_ENCODING, detail="UTF-8, at byte 17"):
            canonical(".txt", "Straße, Größe ".encode() + b"\xff" + "und Äpfel für alle".encode())

    def test_a_truncated_utf16_file_is_an_error(self, canonical):
        """Half a character at the end can't be decoded."""
        with fails_with(FailureCode.INVALID_ENCODING, detail="utf-16"):
            canonical(".txt", "Hello".encode("utf-16") + b"\x00")

    @pytest.mark.parametrize(
        "data", [bytes(range(256)) * 8, b"\x00" * 100, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9]
    )
    def test_binary_content_is_an_error(self, canonical, data):
        """An image with the suffix of a text file is refused."""
        with fails_with(FailureCode.BINARY, FailureCode.UNSUPPORTED_ENCODING):
            canonical(".txt", data)

    @pytest.mark.parametrize(
        ("declared", "encoding"),
        [("iso-8859-1", "cp1252"), ("shift_jis", "cp932"), ("gb2312", "gb18030"), ("windows-1251", "cp1251")],
    )
    def test_the_declared_charset_of_a_page_is_used(self, canonical, declared, encoding):
        """Two characters are too few for a guess, but the page declares its encoding."""
        words = {"cp1252": "Äà", "cp932": "会議", "gb18030": "苹果", "cp1251": "Да"}[encoding]
        page = f'<html><head><meta charset="{declared}"><title>{words}</title></head><p>{words}</p>'

        assert words == canonical(".html", page.encode(encoding)).text

    def test_utf8_declared_as_latin_is_read_as_utf8(self, canonical):
        """A page that declares ISO-8859-1 wrongly isn't garbled."""
        assert canonical(".html", '<meta charset="iso-8859-1"><p>Größe 日本</p>').text == "Größe 日本"


class TestPlainText:
    def test_line_breaks_and_spaces_are_preserved(self, canonical):
        """Plain text is verbatim, with uniform line ends."""
        assert canonical(".txt", "a  b\r\n  c 🙂\r\rd").text == "a  b\n  c 🙂\n\nd"

    def test_plain_text_has_no_title(self, canonical):
        """The name of a file is not a title."""
        assert canonical(".txt", "Words.").title is None


class TestMarkdown:
    def test_markup_is_removed_and_words_stay(self, canonical):
        """Emphasis, links, code and raw tags leave their words; images leave nothing."""
        text = (
            "A **bold** [link](http://x.y) with `code`,\na *line* break, "
            "<b>tags</b> and ![alt](p.png)&amp; so on."
        )

        assert canonical(".md", text).text == "A bold link with code, a line break, tags and & so on."

    def test_a_link_that_a_site_generator_fills_in(self, canonical):
        """Its text is left, as of any link; code keeps the template."""
        link = '[Leave]({% page "/leave/" %})'
        text = canonical(
            ".md", f"See {link} and [pay]({{{{ site.pay }}}}/all).\n\n    {link}\n\n`{link}`\n"
        ).text
        assert text == f"See Leave and pay.\n\n{link}\n\n\n{link}"

    def test_headings_title_and_front_matter(self, canonical):
        """The first level-1 heading is the title; front matter is not text."""
        read = canonical(".md", "---\ndate: 2024-01-01\ntags: [a]\n---\n# The *Title*\n\nText.\n\nSub\n---\n")

        assert read.title == "The Title"
        assert [(1, "The Title"), (2, "Sub")] == headings(read)
        assert read.text == "The Title\n\nText.\n\nSub"

    def test_a_title_in_the_front_matter_wins(self, canonical):
        """Metadata takes precedence over the first heading."""
        assert canonical(".md", '---\ntitle: "Named"\n---\n# Heading\n').title == "Named"
        assert canonical(".md", "---\r\ntitle: 'Named' \r\n---\r\n# Heading\r\n").title == "Named"

    @pytest.mark.parametrize(
        "title", ["title:", "title: \t", 'title: ""', "title: ' '", "title =", "title: >-"]
    )
    @pytest.mark.parametrize("line_end", ["\n", "\r\n"])
    def test_an_empty_title_in_the_front_matter_is_ignored(self, canonical, title, line_end):
        """The next line isn't its value, either."""
        lines = ["---", title, "date: 2024-01-01", "---", "# Heading", ""]

        assert canonical(".md", line_end.join(lines)).title == "Heading"

    @pytest.mark.parametrize("prose", ["Some prose here\n", "Section\n=======\n", "One\n: two\n"])
    def test_a_rule_at_the_top_is_not_front_matter(self, canonical, prose):
        """Prose between two rules stays."""
        assert prose.split()[0] in canonical(".md", f"---\n{prose}\n---\n\nMore.\n").text

    def test_nested_lists_become_lines(self, canonical):
        """Each item is on a line of its own, nested or not."""
        assert (
            canonical(".md", "- one\n  - two 日本\n    1. three\n- four\n").text
            == "one\ntwo 日本\n1. three\nfour"
        )

    def test_a_table_row_contains_its_header(self, canonical):
        """Header and cell are together; blank cells are omitted."""
        table = (
            "| Country | Capital | Area |\n|---|---|---|\n| France | **Paris** | |\n| مصر | القاهرة | 1 |\n"
        )

        assert canonical(".md", table).text == (
            "Country: France; Capital: Paris\nCountry: مصر; Capital: القاهرة; Area: 1"
        )

    @pytest.mark.parametrize("tag", ["<br>", "<br/>", "<BR />", '<br class="x">', "</p><p>"])
    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("one{}two", "one two"),
            ("# one{}two", "one two"),
            ("- one{}\n  two", "one two"),
            ("| A | B |\n|---|---|\n| one{}two | x |", "A: one two; B: x"),
        ],
    )
    def test_a_tag_that_ends_a_line_separates_words(self, canonical, tag, written, text):
        """There is no other way to break a line in a table cell."""
        assert canonical(".md", written.format(tag)).text == text

    def test_code_is_verbatim_and_raw_html_is_read(self, canonical):
        """Code has its lines; raw HTML is read as a page."""
        read = canonical(
            ".md", "```py\nif x:\n    y()\n```\n\n<div><p>kept</p><script>dropped()</script></div>\n"
        )

        assert read.text == "if x:\n    y()\n\n\nkept"


class TestRestructuredText:
    def test_sections_lists_tables_and_code(self, canonical):
        """The title belongs to the document, and sections have headings."""
        text = (
            "Title\n=====\n\nA *paragraph* with\na line break and ``code``.\n\n"
            "Section\n-------\n\n- one\n\n  - two\n\n"
            "::\n\n    x = 1\n    y = 2\n\n"
            "===== =====\nName  Age\n===== =====\nAnn   30\nBob   31\n===== =====\n"
        )
        read = canonical(".rst", text)

        assert read.title == "Title"
        assert [(1, "Title"), (2, "Section")] == headings(read)
        assert "A paragraph with a line break and code." in read.text
        assert "one\ntwo\n\nx = 1\ny = 2\n\nName: Ann; Age: 30\nName: Bob; Age: 31" in read.text

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            (
                "+---+---+---+\n| A | B | C |\n+===+===+===+\n| x | 1 | 2 |\n|   +---+---+\n|   | 3 | 4 |\n"
                "+---+---+---+\n| y     | 5 |\n+---+---+---+\n| all       |\n+---+---+---+\n",
                "A: x; B: 1; C: 2\nA: x; B: 3; C: 4\nA: y; C: 5\nall",
            ),
            (
                "+---+-------------+\n| N | Size        |\n|   +------+------+\n|   | 2010 | 2020 |\n"
                "+===+======+======+\n| x | 1    | 2    |\n+---+------+------+\n",
                "N: x; Size 2010: 1; Size 2020: 2",
            ),
            ("== ==\nA  B\n== ==\nwide\n-----\n1  2\n== ==\n", "wide\nA: 1; B: 2"),
            (
                '.. csv-table:: The *ages*\n   :header: "Name", "Age"\n\n   Ann, 30\n',
                "The ages\n\nName: Ann; Age: 30",
            ),
        ],
    )
    def test_tables_have_titles_and_columns(self, canonical, written, text):
        """A cell that spans rows or columns shifts no other cell."""
        assert canonical(".rst", written).text == text

    def test_no_other_files_are_included(self, canonical, tmp_path):
        """A document can't include a file of the person who indexes it."""
        (tmp_path / "secret.txt").write_text("the secret words")
        text = (
            f"Visible.\n\n.. include:: {tmp_path}/secret.txt\n\n.. literalinclude:: {tmp_path}/secret.txt\n\n"
            f".. raw:: html\n   :file: {tmp_path}/secret.txt\n\n"
            f".. csv-table::\n   :file: {tmp_path}/secret.txt\n"
        )

        assert "the secret words" not in canonical(".rst", text).text

    def test_fields_are_names_and_values(self, canonical):
        """An author or a date can be quoted; an initial doesn't start a list."""
        text = "Title\n=====\n\n:Author: Ann\n:Editor: T. Quist\n:Date: 2024-01-01\n\nText.\n"

        assert canonical(".rst", text).text == (
            "Title\n\nAuthor: Ann\nEditor: T. Quist\nDate: 2024-01-01\n\nText."
        )

    def test_options_precede_their_descriptions(self, canonical):
        """People ask what ``-v`` does, or how to get more output."""
        text = (
            "-v, --verbose  Say more.\n-o FILE, --output=FILE\n   Write to *FILE*.\n\n   Or not.\n"
            "--code\n   ::\n\n      x = 1\n\n--nothing  .. yet\n"
        )

        assert canonical(".rst", text).text == (
            "-v, --verbose: Say more.\n-o FILE, --output=FILE: Write to FILE.\nOr not.\n"
            "--code\n\nx = 1\n\n--nothing"
        )

    def test_terms_have_their_classifiers(self, canonical):
        """They are the type and default of a parameter."""
        text = "size : ``int`` : optional\n    How many.\n\nplain\n    A term.\n"

        assert canonical(".rst", text).text == "size : int : optional\n\nHow many.\n\nplain\n\nA term."

    @pytest.mark.parametrize("corner", [" ", "\\"])
    def test_a_simple_table_with_a_blank_corner_keeps_its_header(self, canonical, corner):
        """The first column often has no name; docutils would drop the row of the others' names."""
        border = "=====  ====  =====\n"
        text = f"{border}{corner}      Day   Night\n{border}Barn   23    16\n{border}"

        assert canonical(".rst", text).text == "Barn; Day: 23; Night: 16"

    def test_a_simple_table_keeps_a_header_of_two_lines(self, canonical):
        """The first line names several columns at once."""
        border = "=====  =====  =====\n"
        header = "       Degrees\n-----  ------------\n       Day    Night\n"
        text = f"{border}{header}{border}Barn   23     16\n{border}"

        assert canonical(".rst", text).text == "Barn; Degrees Day: 23; Degrees Night: 16"

    def test_a_malformed_table_is_read_as_it_is(self, canonical):
        """Its words aren't lost."""
        text = "====  ====\nA     B\n====  ====\na in the margin\n====  ====\n"

        assert "in the margin" in canonical(".rst", text).text

    def test_code_of_sphinx_directives_is_code(self, canonical):
        """Examples and their output are code, a list of files is nothing, and an object has its signature."""
        text = (
            "Use it::\n\n   a.b. C\n\n.. testcode::\n\n   print(x)\n\n.. testoutput::\n   :options: +SKIP\n\n"
            "   It is 42. Good.\n\n.. prompt:: bash\n\n   ls\n\n.. toctree::\n   :maxdepth: 2\n\n   intro\n\n"
            ".. py:function:: open(file, mode='r')\n\n   Open it.\n"
        )
        read = canonical(".rst", text)

        assert [
            ("paragraph", "Use it:"),
            ("code", "a.b. C"),
            ("code", "print(x)"),
            ("code", "It is 42. Good."),
            ("code", "ls"),
            ("list_item", "open(file, mode='r')"),
            ("paragraph", "Open it."),
        ] == [(block.kind.value, read.text[block.start : block.end]) for block in read.blocks]

    def test_a_python_prompt_in_markdown_is_code(self, canonical):
        """Three signs of a quotation are the prompt of an example."""
        read = canonical(".md", "An example:\n\n>>> f(1)\nThe answer.\n")

        assert ["paragraph", "code"] == [block.kind.value for block in read.blocks]

    def test_sphinx_roles_and_directives_are_read_as_text(self, canonical, capfd):
        """Unknown roles and directives leave their words, and nothing is printed."""
        text = "Use :class:`Foo <m.Foo>` now.\n\n.. versionadded:: 3.2\n   It *came* later.\n"

        assert canonical(".rst", text).text == "Use Foo now.\n\nIt came later."
        assert capfd.readouterr() == ("", "")


class TestOpenDocument:
    """The files are written by the library that reads them, and changed as other programs write them."""

    def test_text_with_lists_tables_and_notes_is_read(self, canonical):
        """Notes come after the text, with their marks at their place."""
        document = odfdo.Document("text")
        document.body.clear()
        paragraph = odfdo.Paragraph("The ﬁrst paragraph 🙂,")
        paragraph.insert_note(after="paragraph", note_id="n1", citation="1", body="A note.")
        items = odfdo.List(["one", "two"])
        table = odfdo.Table("T", width=2, height=3)
        for row, values in enumerate(["City People", "Rome 2873000", "Bari 316000"]):
            table.set_row_values(row, values.split())
        for element in (odfdo.Header(1, "Main heading"), paragraph, items, table):
            document.body.append(element)

        read = canonical(".odt", saved(document))

        assert read.title == "Main heading"
        assert read.text == (
            "Main heading\n\nThe ﬁrst paragraph¹ 🙂,\n\none\ntwo\n\n"
            "City: Rome; People: 2873000\nCity: Bari; People: 316000\n\nA note."
        )

    def test_a_sheet_is_read_without_its_empty_cells(self, canonical):
        """LibreOffice declares a million empty rows, and merged cells by their spans."""
        rows = (
            '<table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>Sales</text:p>'
            "</table:table-cell><table:covered-table-cell/></table:table-row>"
            "<table:table-row><table:table-cell><text:p>City</text:p></table:table-cell>"
            "<table:table-cell><text:p>Euro</text:p></table:table-cell></table:table-row>"
            "<table:table-row><table:table-cell><text:p>Rome</text:p></table:table-cell>"
            "<table:table-cell><text:p>1,200.50</text:p></table:table-cell></table:table-row>"
            '<table:table-row table:number-rows-repeated="1048573">'
            '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        )
        document = odfdo.Document("spreadsheet")
        document.body.clear()
        document.body.append(odfdo.Element.from_tag(f'<table:table table:name="Year">{rows}</table:table>'))

        read = canonical(".ods", saved(document))

        assert read.text.startswith("Year\n\nSales")
        assert read.text.endswith("City: Rome; Euro: 1,200.50")

    def test_a_file_with_a_password_is_refused(self, canonical):
        """Its manifest says which parts are encrypted."""
        data = zipped(
            {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>", "content.xml": "\x00\x01"}
        )

        with fails_with(FailureCode.ENCRYPTED):
            canonical(".odt", data)


class TestRichText:
    def test_paragraphs_items_tables_and_the_title_are_read(self, canonical):
        """Letters of any script are read, a bar in the text is no cell, and binary pictures are nothing."""
        data = (
            rb"{\rtf1\ansi{\info{\title Harbour rules}{\author A}}{\fonttbl{\f0 Times;}}"
            rb"Caf\'e9 | bar \u20320?\u22909?\par 1. First\par 2. Second\par"
            rb"\trowd\cellx1\cellx2 City\cell People\cell\row\trowd\cellx1\cellx2 Rome\cell 2873000\cell\row"
            rb"\trowd\cellx1\cellx2 Bari\cell 316000\cell\row\pard End.\par{\pict\bin4 \x00{}}}"
        )

        read = canonical(".rtf", data)

        assert read.title == "Harbour rules"
        assert read.text == (
            "Café | bar 你好\n\n1. First\n2. Second\n\n"
            "City: Rome; People: 2873000\nCity: Bari; People: 316000\n\nEnd."
        )

    @pytest.mark.parametrize(
        ("data", "code"),
        [(b"no rich text", FailureCode.DAMAGED), (b"{\\rtf1" + b"{" * 5_000, FailureCode.TOO_DEEP)],
    )
    def test_other_data_is_refused(self, canonical, data, code):
        """It isn't read as text with strange words."""
        with fails_with(code):
            canonical(".rtf", data)


class TestOrderedLists:
    """The displayed number of an item is part of it: people ask about step 3."""

    @pytest.mark.parametrize(
        ("ending", "written", "text"),
        [
            (".md", "3) three\n3) four\n\n   more\n   - x\n3) five", "3) three\n4) four\nmore\nx\n5) five"),
            (".md", "1. ```\n   code\n   ```\n- x", "code\n\n\nx"),
            (".html", "<ol><li>a<ul><li>x</ul><li><p>b<p>c</ol>", "1. a\nx\n2. b\nc"),
            (".html", "<ol start=3 type=a><li>x<li value=26>y<li>z</ol>", "c. x\nz. y\naa. z"),
            (".html", "<li>stray</ol><ol start=x><li></li><li>two</ol>", "stray\n2. two"),
            (".rst", "#. a\n#. b\n\n   (c) x\n   (d) y\n\n   still b", "1. a\n2. b\n(c) x\n(d) y\nstill b"),
        ],
    )
    def test_ordered_items_have_the_numbers_of_a_browser(self, canonical, ending, written, text):
        """The count starts at the given number, and nested lists are counted apart."""
        assert canonical(ending, written).text == text


class TestHtml:
    def test_words_stay_and_noise_is_removed(self, canonical):
        """Scripts, styles, menus and hidden elements are not text."""
        page = (
            "<html><head><title> A\n Page </title><style>p{}</style></head><body><nav><a>Menu</a></nav>"
            "<h1>Head<em>ing</em></h1><p>One\n  line<br>and &amp; 🙂 <b>bold</b>.<script>x()</script>"
            "<ul><li>a<ul><li>b</ul><li><p>c</ul><pre>x\n  y</pre><div hidden>no</div><footer>(c)</footer>"
        )
        read = canonical(".html", page)

        assert read.title == "A Page"
        assert [(1, "Heading")] == headings(read)
        assert read.text == "Heading\n\nOne line and & 🙂 bold.\n\na\nb\nc\n\nx\n  y"

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("one<br>two<br/><br/>  three", "one\ntwo\n\n  three"),
            ("<div>x = <b>1</b></div><div>y = 2\n</div>end", "x = 1\ny = 2\nend"),
            ("\na\n<p>b</p>\n", "a\nb\n\n"),
        ],
    )
    def test_lines_of_code_are_separate(self, canonical, written, text):
        """They may be line breaks, ``<br>`` elements or blocks."""
        assert canonical(".html", f"<pre>{written}</pre>").text == text

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
            ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow> <mn>2</mn></mfrac>", "(a+b)/2"),
            ("<msup><mn>10</mn> <mn>6</mn></msup> <mtext>cells of a kind</mtext>", "10⁶cells of a kind"),
            ("<msubsup><mi>x</mi><mn>1</mn><mi>k</mi></msubsup>", "x1^k"),
            ("<msqrt><mi>x</mi><mi>y</mi></msqrt><mfenced><mi>x</mi><mi>y</mi></mfenced>", "√xy(x, y)"),
            ("<semantics><mi>x</mi><annotation>\\x</annotation></semantics>", "x"),
        ],
    )
    def test_formulas_have_fractions_and_exponents(self, canonical, written, text):
        """A half is not 12."""
        assert canonical(".html", f"<p>So <math>\n{written}</math>.</p>").text == f"So {text}."

    @pytest.mark.parametrize("ending", [".html", ".md"])
    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("10<sup>6</sup> cells", "10⁶ cells"),
            ("10<sup>-3</sup> m", "10⁻³ m"),
            ("It is 15 m.<sup>1</sup> So", "It is 15 m.¹ So"),
            ("the 4<sup>th</sup> time", "the 4th time"),
            ("CO<sub>2</sub>", "CO2"),
        ],
    )
    def test_a_superscript_is_not_read_as_a_digit(self, canonical, ending, written, text):
        """An exponent or a note mark isn't part of the number before it."""
        assert canonical(ending, written).text == text

    def test_a_link_to_a_note_is_a_superscript(self, canonical):
        """Encyclopedias and books mark their notes like this."""
        assert canonical(".html", '<p>eighty-one.<sup><a href="#n">1</a></sup></p>').text == "eighty-one.¹"

    def test_ruby_annotations_are_omitted(self, canonical):
        """They would break the word that they explain."""
        assert canonical(".html", "<p><ruby>東京<rp>(</rp><rt>とうきょう</rt></ruby>です").text == "東京です"

    def test_merged_cells_of_a_page_are_repeated(self, canonical):
        """A cell over two rows belongs to both, and two header rows are one."""
        page = (
            "<table><caption>Cities</caption><thead><tr><th rowspan=2>Land<th colspan=2>People"
            "<tr><th>2010<th>2020</thead><tr><td colspan=3>Europe<tr><td rowspan=2>France<td>1<td>2"
            "<tr><td>3<td>4</table>"
        )

        assert canonical(".html", page).text == (
            "Cities\n\nEurope\nLand: France; People 2010: 1; People 2020: 2\n"
            "Land: France; People 2010: 3; People 2020: 4"
        )

    def test_an_infobox_is_names_and_values(self, canonical):
        """Rows of a name and a value need no header row."""
        page = "<table><tr><th>Capital</th><td>Paris</td></tr><tr><th>Area:</th><td>1 km²</td></tr></table>"

        assert canonical(".html", page).text == "Capital: Paris\nArea: 1 km²"

    def test_a_layout_table_is_not_data(self, canonical):
        """Old pages are laid out by nested tables."""
        page = "<table><tr><td><p>Left</p><td><table><tr><td>a<td>b</table></table>"

        assert canonical(".html", page).text == "Left\n\na | b"

    def test_a_page_may_be_nested_deeply(self, canonical):
        """Depth is not an error."""
        assert canonical(".html", "<div>" * 5_000 + "deep").text == "deep"

    @pytest.mark.parametrize("span", ["999999999", "-1", "x", "²"])
    def test_an_extreme_span_is_harmless(self, canonical, span):
        """A cell can't declare a billion columns."""
        page = f"<table><tr><td colspan={span} rowspan={span}>a<td>b</table>"

        assert canonical(".html", page).text == "a | b"


class TestWord:
    def document(self) -> Any:
        import docx

        document = docx.Document()
        document.add_heading("Main heading", 1)
        document.add_paragraph("The ﬁrst paragraph 🙂,\nwith a line break. مرحبا")
        document.add_paragraph("one", style="List Bullet")
        document.add_paragraph("two", style="List Bullet 2")
        table = document.add_table(3, 3)
        for row, cells in enumerate(
            [("Land", "City", "People"), ("日本", "東京", ""), ("", "京都", "1.4 m")]
        ):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        table.cell(1, 0).merge(table.cell(2, 0))
        document.add_heading("After", 2)
        return document

    def test_a_document_is_read_in_order(self, canonical):
        """Paragraphs, items and rows are in the order of the body; a merged cell is in each row."""
        read = canonical(".docx", saved(self.document()))

        assert read.title == "Main heading"
        assert [(1, "Main heading"), (2, "After")] == headings(read)
        assert read.text == (
            "Main heading\n\nThe ﬁrst paragraph 🙂, with a line break. مرحبا\n\none\ntwo\n\n"
            "Land: 日本; City: 東京\nLand: 日本; City: 京都; People: 1.4 m\n\nAfter"
        )

    def test_a_superscript_of_word_is_not_read_as_a_digit(self, canonical):
        """An exponent isn't part of the number before it."""
        import docx

        document = docx.Document()
        paragraph = document.add_paragraph("10")
        paragraph.add_run("6").font.superscript = True
        paragraph.add_run(" cells")

        assert canonical(".docx", saved(document)).text == "10⁶ cells"

    def test_the_title_of_the_properties_wins(self, canonical):
        """It takes precedence over headings."""
        document = self.document()
        document.core_properties.title = "Proper title"

        assert canonical(".docx", saved(document)).title == "Proper title"

    def test_numbered_clauses_have_their_numbers(self, canonical):
        """A contract is cited by them, also in a table; a cell over two rows counts once."""
        import docx

        document = docx.Document()
        document.add_paragraph("Rent is due monthly.", style="List Number")
        table = document.add_table(2, 3)
        table.cell(0, 0).merge(table.cell(1, 0)).paragraphs[0].style = "List Number"
        cells = {(0, 0): "Pets", (0, 1): "7", (0, 2): "8", (1, 1): "5", (1, 2): "6"}
        for (row, column), text in cells.items():
            table.cell(row, column).paragraphs[0].text = text
        document.add_paragraph("Keys are returned.", style="List Number")
        document.add_paragraph("A bullet.", style="List Bullet")

        assert canonical(".docx", saved(document)).text == (
            "1. Rent is due monthly.\n\n2. Pets | 7 | 8\n2. Pets | 5 | 6\n\n3. Keys are returned.\nA bullet."
        )

    def test_a_table_of_names_and_values_has_no_header(self, canonical):
        """The first row of a cover sheet is a fact like the others."""
        import docx

        document = docx.Document()
        table = document.add_table(0, 2)
        rows = ("Governing law", "England"), ("Commencement:", "1 April 2024"), ("Manager", "Ilse Brandt")
        for cells in rows:
            for cell, text in zip(table.add_row().cells, cells, strict=True):
                cell.text = text

        assert canonical(".docx", saved(document)).text == (
            "Governing law: England\nCommencement: 1 April 2024\nManager: Ilse Brandt"
        )

    def test_insertions_forms_and_text_boxes_are_read(self, canonical):
        """Deletions are not: the text is what is printed."""
        body = (
            "<w:p><w:r><w:t>A</w:t></w:r><w:ins><w:r><w:t>B</w:t></w:r></w:ins><w:del><w:r><w:delText>X</w:delText>"
            "</w:r></w:del><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Box</w:t></w:r></w:p></w:txbxContent></w:pict>"
            "</w:r></w:p><w:sdt><w:sdtContent><w:p><w:r><w:t>Form</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        )
        xml = f"<w:document {W}><w:body>{body}</w:body></w:document>"
        data = with_member(saved(self.document()), "word/document.xml", lambda _: xml.encode())

        assert canonical(".docx", data).text == "AB\n\nBox\n\nForm"

    def with_body(self, body: str) -> bytes:
        xml = f"<w:document {W} {M}><w:body>{body}</w:body></w:document>"
        return with_member(saved(self.document()), "word/document.xml", lambda _: xml.encode())

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("E=m<m:sSup><m:e>c</m:e><m:sup>2</m:sup></m:sSup>", "E=mc²"),
            ("<m:sSup><m:e>e</m:e><m:sup>x+1</m:sup></m:sSup>", "e^(x+1)"),
            (
                "<m:sSub><m:e>x</m:e><m:sub>1</m:sub></m:sSub>=<m:f><m:num>a+b</m:num><m:den>2</m:den></m:f>",
                "x1=(a+b)/2",
            ),
            ("f<m:d><m:e>x</m:e></m:d>=<m:rad><m:deg/><m:e>x</m:e></m:rad>", "f(x)=√x"),
            ('<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val=""/></m:dPr><m:e>a</m:e></m:d>', "[a"),
            (
                '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>i=1</m:sub><m:sup>n</m:sup>'
                "<m:e><m:func><m:fName>sin</m:fName><m:e>i</m:e></m:func></m:e></m:nary>",
                "∑i=1ⁿsin i",
            ),
        ],
    )
    def test_formulas_are_part_of_their_sentence(self, canonical, written, text):
        """They are on one line, with fractions and exponents."""
        formula = re.sub(r"(?<=>)[^<]+|^[^<]+", r"<m:r><m:t>\g<0></m:t></m:r>", written)
        body = (
            f"<w:p><w:r><w:t>So </w:t></w:r><m:oMath>{formula}</m:oMath><w:r><w:t> holds.</w:t></w:r></w:p>"
        )

        assert canonical(".docx", self.with_body(body)).text == f"So {text} holds."

    def test_reading_aids_above_characters_are_omitted(self, canonical):
        """A tab to the other margin separates words like any other tab."""
        run = "<w:r><w:t>{}</w:t></w:r>"
        ruby = f"<w:r><w:ruby><w:rt>{run}</w:rt><w:rubyBase>{run}</w:rubyBase></w:ruby></w:r>"
        body = f"<w:p>{ruby.format('とうきょう', '東京')}<w:r><w:ptab/><w:t>2024</w:t></w:r></w:p>"

        assert canonical(".docx", self.with_body(body)).text == "東京 2024"

    @pytest.mark.parametrize("depth", [1, 2])
    @pytest.mark.parametrize("tag", ["w:tbl", "w:tr", "w:tc", "w:p"])
    def test_content_controls_are_transparent(self, canonical, tag, depth):
        """Forms have nested controls around cells, text and repeated rows."""
        before, after = b"<w:sdt><w:sdtPr/><w:sdtContent>" * depth, b"</w:sdtContent></w:sdt>" * depth
        element = re.compile(f"<{tag}(?=[ >]).*?</{tag}>".encode(), re.DOTALL)
        data = saved(self.document())
        form = with_member(
            data, "word/document.xml", lambda xml: element.sub(lambda found: before + found[0] + after, xml)
        )

        assert canonical(".docx", form).text == canonical(".docx", data).text

    def test_footnotes_follow_the_body(self, canonical):
        """The words of a footnote can be quoted, too."""
        notes = (
            f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
            '<w:footnote w:id="1">'
            "<w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>"
        )
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
        relation = f'<Relationship Id="rId99" Type="{kind}" Target="footnotes.xml"/></Relationships>'.encode()
        data = with_member(saved(self.document()), "word/footnotes.xml", lambda _: notes.encode())
        data = with_member(
            data, "word/_rels/document.xml.rels", lambda xml: xml.replace(b"</Relationships>", relation)
        )

        assert canonical(".docx", data).text.endswith("After\n\nA note.")


class TestSlides:
    def test_title_text_table_and_notes(self, canonical):
        """Each slide is a page with its title as heading, and the notes are read."""
        import pptx
        from pptx.util import Inches

        deck = pptx.Presentation()
        first = deck.slides.add_slide(deck.slide_layouts[1])
        first.shapes.title.text = "First 🙂"
        first.placeholders[1].text = "Point one\nPoint two"
        first.notes_slide.notes_text_frame.text = "Say this."
        second = deck.slides.add_slide(deck.slide_layouts[6])
        table = second.shapes.add_table(3, 2, Inches(1), Inches(1), Inches(4), Inches(2)).table
        for row, cells in enumerate([("Land", "City"), ("Europe", ""), ("France", "Paris")]):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        table.cell(1, 0).merge(table.cell(1, 1))
        read = canonical(".pptx", saved(deck))

        assert (
            read.text == "First 🙂\n\nPoint one\nPoint two\n\nSay this.\n\nEurope\nLand: France; City: Paris"
        )
        assert [(1, "First 🙂")] == headings(read)
        assert [1, 2] == [page.number for page in read.pages]
        assert read.text[read.pages[1].start :].startswith("Europe")

    def test_a_merged_cell_of_a_slide_is_repeated(self, canonical):
        """A row without the name of its subject can't be quoted."""
        import pptx
        from pptx.util import Inches

        deck = pptx.Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        table = slide.shapes.add_table(3, 2, Inches(1), Inches(1), Inches(4), Inches(2)).table
        for row, cells in enumerate([("Land", "City"), ("France", "Paris"), ("", "Lyon")]):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        table.cell(1, 0).merge(table.cell(2, 0))

        assert canonical(".pptx", saved(deck)).text == "Land: France; City: Paris\nLand: France; City: Lyon"

    def test_a_superscript_of_a_slide_is_not_read_as_a_digit(self, canonical):
        """This is true in a title and below it; a subscript is unchanged."""
        import pptx

        deck = pptx.Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        for frame in (slide.shapes.title.text_frame, slide.placeholders[1].text_frame):
            for text, baseline in (
                ("10", "0"),
                ("6", "30000"),
                (" m of H", None),
                ("2", "-25000"),
                ("O", None),
            ):
                run = frame.paragraphs[0].add_run()
                run.text = text
                if baseline:
                    run.font._element.set("baseline", baseline)

        assert canonical(".pptx", saved(deck)).text == "10⁶ m of H2O\n\n10⁶ m of H2O"


class TestWorkbooks:
    def test_sheets_rows_and_values(self, canonical):
        """The name of a sheet is a heading; numbers and dates are in their usual form."""
        import datetime

        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Cities"
        sheet.append([])
        sheet.append(["City", "People", "Founded", "Capital", None])
        sheet.append(["東京", 14.0, datetime.date(1957, 1, 1), True])
        sheet.append(["مدينة", 1.5, None, None])
        book.create_sheet("Empty")
        read = canonical(".xlsx", saved(book))

        assert [(1, "Cities")] == headings(read)
        assert read.text == (
            "Cities\n\nCity: 東京; People: 14; Founded: 1957-01-01; Capital: TRUE\nCity: مدينة; People: 1.5"
        )

    def test_a_sheet_may_have_several_tables(self, canonical):
        """A header after a blank row begins another one; a section after a blank row doesn't."""
        import openpyxl

        book = openpyxl.Workbook()
        rows = [
            ["Mode", "Depot", "Office"], ["Bus", 9, 17], [], ["By rail"], ["Train", 3, 22],
            [], ["Journeys"], ["Mode", "Minutes", "Cost"], ["Bus", 38, 21],
        ]  # fmt: skip
        for row in rows:
            book.active.append(row)

        assert canonical(".xlsx", saved(book)).text.partition("\n\n")[2] == (
            "Mode: Bus; Depot: 9; Office: 17\nBy rail\nMode: Train; Depot: 3; Office: 22\n"
            "Journeys\nMode: Bus; Minutes: 38; Cost: 21"
        )

    def test_merged_cells_of_a_sheet_are_repeated(self, canonical):
        """A cell over three rows belongs to each; a title over all columns belongs to none."""
        import openpyxl

        book = openpyxl.Workbook()
        for row in [
            ["Cities of Europe"],
            ["Land", "City", "People"],
            ["France", "Paris", 2],
            [None, "Lyon"],
            ["Italy", "Rome", 3],
        ]:
            book.active.append(row)
        book.active.merge_cells("A1:C1")
        book.active.merge_cells("A3:A4")

        assert canonical(".xlsx", saved(book)).text == (
            "Sheet\n\nCities of Europe\nLand: France; City: Paris; People: 2\n"
            "Land: France; City: Lyon\nLand: Italy; City: Rome; People: 3"
        )

    def test_numbers_are_as_the_sheet_shows_them(self, canonical):
        """Per cent, currency and unit are part of a value; years can be names of columns."""
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append(["Site", 2023, 2024])
        book.active.append(["Lyon", 0.185, 1200.5])
        book.active["B2"].number_format, book.active["C2"].number_format = "0.0%", "#,##0.00 [$€-407]"

        assert canonical(".xlsx", saved(book)).text == "Sheet\n\nSite: Lyon; 2023: 18.5%; 2024: 1,200.50 €"

    @pytest.mark.parametrize(
        ("value", "number_format", "shown"),
        [
            (0.055, "0%", "5.5%"),  # no digit is rounded away
            (3.4, '"£"#,##0.00', "£3.40"),
            (-5, "$#,##0_);($#,##0)", "-$5"),
            (1234.5, '_-* #,##0.00\\ "kr"_-', "1,234.50 kr"),
            (712, "00000", "00712"),
            (0.1 + 0.2, "General", "0.3"),
            (5_000_000, "0.0,,", "5000000"),  # millions: not followed
            (20.0, "0.##", "20"),
            (10**18, "0", str(10**18)),
            (18.5, '0.0"%"', "18.5%"),  # a sign that is only written scales nothing
            (18.5, "0.0\\%", "18.5%"),
            (18.5, '0.0"%";-0%', "18.5%"),
            (0.185, '"a;b: "0.0%', "a;b: 18.5%"),
            (0.5, "0.0;-0%", "0.5"),  # each number by its own section
            (-0.5, "0.0;-0%", "-50%"),
            (-0.5, "0%;-0.0", "-0.5"),
            (-0.05, '"▲ "0%;[Red]"▼ "0%', "-▼ 5%"),
            (-5, '#,##0\\ "€";\\-#,##0\\ "€"', "-5 €"),
            (-5, '$#,##0;"("$#,##0\\)', "-$5"),
            (-5, '0" t";;', "-5 t"),  # hidden there
        ],
    )
    def test_number_formats(self, value, number_format, shown):
        """A format that can't be interpreted gives the plain number."""
        assert shown == format_number(value, number_format)

    @pytest.mark.parametrize(
        ("row", "is_header"),
        [
            (["", "2022", "2023", "2024"], True),
            (["Item", "2010", "2020"], True),
            (["Ann", "1990", "2012"], False),
            (["Ann", "12", "13"], False),
        ],
    )
    def test_years_in_order_can_name_columns(self, row, is_header):
        """Other numbers are values."""
        assert is_header == looks_like_header(row)

    def test_a_header_of_two_rows_is_one(self, canonical):
        """Accounts have years above actual and planned figures."""
        import openpyxl

        book = openpyxl.Workbook()
        for row in [
            ["Profit and loss"],
            ["Item", "FY2023", None, "FY2024", None],
            [None, "Actual", "Plan", "Actual", "Plan"],
            ["Revenue", 100, 110, 120, 130],
        ]:
            book.active.append(row)
        for cells in ("A2:A3", "B2:C2", "D2:E2"):
            book.active.merge_cells(cells)

        assert canonical(".xlsx", saved(book)).text == (
            "Sheet\n\nProfit and loss\n"
            "Item: Revenue; FY2023 Actual: 100; FY2023 Plan: 110; FY2024 Actual: 120; FY2024 Plan: 130"
        )

    def test_a_wrong_dimension_is_harmless(self, canonical):
        """The size that the file declares is not used."""
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append(["Name", "Age"])
        book.active.append(["Ann", 30])
        data = with_member(
            saved(book),
            "xl/worksheets/sheet1.xml",
            lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'),
        )

        assert canonical(".xlsx", data).text == "Sheet\n\nName: Ann; Age: 30"


class TestDelimited:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_is_found(self, canonical, delimiter):
        """With any delimiter, a row has its header, and quoted line breaks are spaces."""
        rows = ["City", "Note"], ["Paris", '"big,\nold; it|is"'], ["", "blank before"]
        text = "\n".join(delimiter.join(row) for row in rows)

        assert canonical(".csv", text).text == "City: Paris; Note: big, old; it|is\nNote: blank before"

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("Tea;1,50\nCake;2,75\n", "Tea | 1,50\nCake | 2,75"),
            ("1,5;2,5\n3,5;4,5\n", "1,5 | 2,5\n3,5 | 4,5"),
            ("Item;Price, EUR\nTea;1,50\n", "Item: Tea; Price, EUR: 1,50"),
            ('Ann,7,"a; b"\nBob,8,"c; d"\n', "Ann | 7 | a; b\nBob | 8 | c; d"),
            ("Name,Tags\nAnn,a;b\nBob,c;d\n", "Name: Ann; Tags: a;b\nName: Bob; Tags: c;d"),
        ],
    )
    def test_decimal_commas_do_not_separate_cells(self, canonical, written, text):
        """If commas and semicolons are equally regular, the commas belong to numbers."""
        assert canonical(".csv", written).text == text

    def test_rows_without_a_header_are_joined(self, canonical):
        """A first row with numbers is not a header."""
        assert canonical(".csv", "Paris,2,\nRome,3,x\n").text == "Paris | 2\nRome | 3 | x"

    def test_a_stray_quotation_mark_does_not_hide_the_rest(self, canonical):
        """With unbalanced quotation marks, each line is a row."""
        read = canonical(".csv", 'Name,Says\nAnn,"hello\nBob,bye\n')

        assert read.text == 'Name: Ann; Says: "hello\nName: Bob; Says: bye'

    def test_only_tabs_separate_tsv(self, canonical):
        """Commas in a tab-separated file are part of the text."""
        assert canonical(".tsv", "A,B\tC\nx, y\tz\n").text == "A,B: x, y; C: z"


class TestJson:
    def test_values_are_lines_with_their_path(self, canonical):
        """Numbers are in their spelling, null is omitted, and a list of words is one line."""
        value = (
            '{"name": "Ann", "address": {"city": "東京", "zip": 1.10}, '
            '"tags": ["a", "b"], "x": null, "y": true}'
        )

        assert canonical(".json", value).text == (
            "name: Ann\naddress.city: 東京\naddress.zip: 1.10\ntags: a, b\ny: true"
        )

    def test_a_list_of_objects_is_a_table(self, canonical):
        """Each object is one row below its key as a heading."""
        read = canonical(
            ".json", json.dumps({"cities": [{"name": "Paris", "at": {"x": 1}}, {"name": "Rome"}]})
        )

        assert read.text == "cities\n\nname: Paris; at.x: 1\nname: Rome"

    def test_each_line_of_json_lines_is_a_row(self, canonical):
        """Blank lines are ignored."""
        assert canonical(".jsonl", '{"a": 1, "b": "🙂"}\n\n{"a": 2}\n').text == "a: 1; b: 🙂\na: 2"

    def test_a_lone_surrogate_is_replaced(self, canonical):
        """It is written as U+FFFD."""
        assert canonical(".json", '{"a": "x\\ud83d"}').text == "a: x\ufffd"

    @pytest.mark.parametrize(
        ("text", "code", "detail"),
        [
            ('{"a": }', FailureCode.INVALID_JSON, "line 1"),
            ("[" * 100_000, FailureCode.TOO_DEEP, ""),
            ('{"a":' * 5000 + "1" + "}" * 5000, FailureCode.TOO_DEEP, ""),
        ],
    )
    def test_bad_json_is_refused(self, canonical, text, code, detail):
        """Malformed or absurdly deep values fail with a code of their own."""
        with fails_with(code, detail=detail):
            canonical(".json", text)


class TestMail:
    def message(self, charset: str = "utf-8") -> email.message.EmailMessage:
        message = email.message.EmailMessage()
        message["Subject"] = "Grüße aus 東京"
        message["From"] = "Ann <ann@example.org>"
        message["To"] = "bob@example.org"
        message["Date"] = "Mon, 01 Jan 2024 10:00:00 +0000"
        message.set_content("Dear Bob,\nall is well – à bientôt.\n", charset=charset)
        return message

    def test_headers_text_and_attachments(self, canonical):
        """The subject is title and heading; attachments are only named."""
        message = self.message()
        message.add_alternative("<p>Dear <b>HTML</b></p>", subtype="html")
        message.add_attachment(
            b"secret bytes", maintype="application", subtype="pdf", filename="rapport é.pdf"
        )
        read = canonical(".eml", message.as_bytes())

        assert read.title == "Grüße aus 東京"
        assert read.text.rstrip() == (
            "Grüße aus 東京\n\nFrom: Ann <ann@example.org>\nTo: bob@example.org\n"
            "Date: Mon, 01 Jan 2024 10:00:00 +0000\n\nDear Bob,\nall is well – à bientôt.\n\n\n"
            "Attachment: rapport é.pdf"
        )

    def test_a_forwarded_message_is_read(self, canonical):
        """It is often the reason for the mail."""
        message = email.message.EmailMessage()
        message["Subject"] = "Fwd"
        message.set_content("See below.\n")
        message.add_attachment(self.message())
        text = canonical(".eml", message.as_bytes()).text

        assert text.startswith("Fwd\n\nSee below.\n\n\nGrüße aus 東京\n\nFrom: Ann")
        assert "all is well" in text

    def test_the_declared_charset_is_used(self, canonical):
        """Text in another encoding than UTF-8 is decoded correctly."""
        assert "à bientôt" in canonical(".eml", self.message(charset="cp1252").as_bytes()).text

    def test_html_alone_is_read_as_a_page(self, canonical):
        """A message without plain text is read from its HTML."""
        message = email.message.EmailMessage()
        message.set_content("<h2>News</h2><p>It works.</p><script>x()</script>", subtype="html")

        assert canonical(".eml", message.as_bytes()).text == "News\n\nIt works."

    @staticmethod
    def of_parts(subtype: str, *parts: Message) -> Message:
        whole = MIMEMultipart(subtype)
        for part in parts:
            whole.attach(part)
        return whole

    def test_all_parts_are_read_in_order(self, canonical):
        """Text, HTML and text of a mixed message follow each other."""
        footer = MIMEText("To leave: off\n")
        listed = self.of_parts("mixed", MIMEText("<p>It opens in May.</p>", "html"), footer)
        plan = MIMEApplication(b"secret bytes")
        plan.add_header("Content-Disposition", "attachment", filename="plan.pdf")
        letter = self.of_parts("mixed", MIMEText("Look:\n"), plan, MIMEText("We meet at nine.\n"))
        listed = self.of_parts(
            "mixed", MIMEText("<p>It opens in May.</p>", "html"), MIMEText("To leave: off\n")
        )

        assert canonical(".eml", letter.as_bytes()).text.split() == (
            "Look: Attachment: plan.pdf We meet at nine.".split()
        )
        assert canonical(".eml", listed.as_bytes()).text == "It opens in May.\n\nTo leave: off\n"

    def test_a_signed_message_is_read(self, canonical):
        """The signature is around the parts; attachments and forwarded messages are read, too."""
        plan = MIMEApplication(b"secret bytes")
        plan.add_header("Content-Disposition", "attachment", filename="plan.pdf")
        inner = self.of_parts("mixed", MIMEText("See below.\n"), plan, MIMEMessage(self.message()))
        signed = self.of_parts("signed", inner, MIMEApplication(b"signature", "pgp-signature"))
        text = canonical(".eml", signed.as_bytes()).text

        assert text.startswith("See below.\n\n\nAttachment: plan.pdf\n\nGrüße aus 東京\n\nFrom: Ann")

    def test_a_blank_alternative_is_ignored(self, canonical):
        """Some programs send empty plain text with the HTML that has the words."""
        both = self.of_parts("alternative", MIMEText("\n"), MIMEText("<p>It works.</p>", "html"))

        assert canonical(".eml", both.as_bytes()).text == "It works."


class TestBooks:
    CONTAINER = (
        '<container xmlns="urn:oasis"><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>'
    )
    PACKAGE = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        "<dc:title>The Book</dc:title></metadata><manifest>"
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '<item id="b" href="t/b%20b.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="nav"/><itemref idref="b"/><itemref idref="a"/></spine></package>'
    )
    CHAPTER = (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'
        '<head><title/><script src="x"/></head>'
    )

    def book(self) -> dict[str, str | bytes]:
        return {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": self.CONTAINER,
            "O/b.opf": self.PACKAGE,
            "O/nav.xhtml": f"{self.CHAPTER}<body><p>Contents</p></body></html>",
            "O/a.xhtml": f"{self.CHAPTER}<body><h1>Second</h1><p>日本 🙂</p></body></html>",
            "O/t/b b.xhtml": f"{self.CHAPTER}<body><h1>First</h1><p>Text.</p></body></html>",
        }

    def test_chapters_are_in_the_order_of_the_spine(self, canonical):
        """The order of archive and manifest doesn't matter, and the contents list is no chapter."""
        read = canonical(".epub", zipped(self.book()))

        assert read.title == "The Book"
        assert read.text == "First\n\nText.\n\nSecond\n\n日本 🙂"
        assert [(1, "First"), (1, "Second")] == headings(read)

    def test_a_missing_chapter_is_an_error(self, canonical):
        """A damaged book is refused instead of read in part."""
        members = self.book()
        del members["O/a.xhtml"]
        with fails_with(FailureCode.DAMAGED, detail="its part 'O/a.xhtml' is missing"):
            canonical(".epub", zipped(members))

    def test_a_chapter_is_never_a_path_on_disk(self, canonical, tmp_path):
        """A chapter that points out of the archive is missing."""
        (tmp_path / "secret.xhtml").write_text("<p>secret</p>")
        package = self.PACKAGE.replace("a.xhtml", f"../../../../../..{tmp_path}/secret.xhtml")
        with fails_with(FailureCode.DAMAGED, detail="is missing"):
            canonical(".epub", zipped(self.book() | {"O/b.opf": package}))

    def test_a_protected_book_is_refused(self, canonical):
        """A book under DRM can't be read."""
        locked = '<encryption><CipherReference URI="O/a.xhtml"/></encryption>'
        with fails_with(FailureCode.COPY_PROTECTED):
            canonical(".epub", zipped(self.book() | {"META-INF/encryption.xml": locked}))

    def test_entities_of_the_package_stay_unresolved(self, canonical, tmp_path):
        """They neither read a file nor expand."""
        (tmp_path / "secret").write_text("secret words")
        doctype = f'<!DOCTYPE p [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]>'
        package = doctype + self.PACKAGE.replace("The Book", "The &s; Book")

        assert canonical(".epub", zipped(self.book() | {"O/b.opf": package})).title == "The"
        bomb = f"{BOMB}]>" + self.PACKAGE.replace("The Book", "&j;")
        with fails_with(FailureCode.DAMAGED, detail="entity amplification"):
            canonical(".epub", zipped(self.book() | {"O/b.opf": bomb}))


class TestNotebooks:
    def test_prose_code_and_output(self, canonical):
        """Code is verbatim, and output is read if it is text."""
        cells = [
            {"cell_type": "markdown", "source": ["# Study\n", "It is *so*."]},
            {
                "cell_type": "code",
                "source": "print(1)\nx",
                "outputs": [
                    {"output_type": "stream", "text": ["\x1b[31m1\x1b[0m\n"]},
                    {"output_type": "execute_result", "data": {"text/plain": "42", "image/png": "iVBOR"}},
                    {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["..."]},
                ],
            },
        ]
        read = canonical(".ipynb", json.dumps({"cells": cells, "nbformat": 4}))

        assert read.title == "Study"
        assert read.text == "Study\n\nIt is so.\n\nprint(1)\nx\n\n1\n\n\n42\n\nValueError: no"

    @pytest.mark.parametrize(
        ("data", "text"),
        [
            ({"text/markdown": ["**Mean**: ", "4.2"]}, "Mean: 4.2"),
            ({"text/html": "<p>Mean: <b>4.2</b></p>"}, "Mean: 4.2"),
            ({"text/html": "<b>4.2</b>", "text/plain": "   x\n0  4.2"}, "   x\n0  4.2"),
            ({}, "<IPython.core.display.Image object>"),
        ],
    )
    def test_an_output_of_formatted_text_is_read(self, canonical, data, text):
        """The plain form of an image only names it; that of a table equals its HTML."""
        plain = {"text/plain": "<IPython.core.display.Image object>"}
        outputs = [{"output_type": "display_data", "data": plain | data}]
        cells = [{"cell_type": "code", "source": "", "outputs": outputs}]

        assert canonical(".ipynb", json.dumps({"cells": cells, "nbformat": 4})).text == text

    def test_another_json_file_is_not_a_notebook(self, canonical):
        """Without cells there is nothing to read."""
        with fails_with(FailureCode.INVALID_NOTEBOOK):
            canonical(".ipynb", "{}")


def word_file() -> bytes:
    return saved(TestWord().document())


def deck_file() -> bytes:
    import pptx

    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[1]).shapes.title.text = "Title"
    return saved(deck)


def book_file() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["Words"])
    return saved(book)


OFFICE = [
    (".docx", word_file, "word/document.xml"),
    (".pptx", deck_file, "ppt/slides/slide1.xml"),
    (".xlsx", book_file, "xl/worksheets/sheet1.xml"),
]


EVASIONS: dict[str, Callable[[str], bytes]] = {
    "a comment of 70 kB": lambda root: f"<!--{' ' * 70_000}-->{BOMB}]>{root}".encode(),
    "a comment of 11 MB": lambda root: f"<!--{' ' * 11_000_000}-->{BOMB}]>{root}".encode(),
    "20,000 comments": lambda root: f"{'<!-- -->' * 20_000}{BOMB}]>{root}".encode(),
    "an instruction of 70 kB": lambda root: f"<?x {' ' * 70_000}?>{BOMB}]>{root}".encode(),
    "UTF-7": lambda root: (
        f'<?xml version="1.0" encoding="UTF-7"?>{BOMB}]>{root}'.replace("<!", "+ADwAIQ-")
    ).encode("ascii", "xmlcharrefreplace"),
    "UTF-32": lambda root: f'<?xml version="1.0" encoding="UTF-32"?>{BOMB}]>{root}'.encode("utf-32-be"),
}


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def inserted(element: str, before: str) -> Callable[[bytes], bytes]:
    return lambda xml: xml.replace(before.encode(), element.encode() + before.encode(), 1)


class TestHostileArchives:
    @pytest.mark.parametrize(("suffix", "file", "part"), OFFICE)
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_an_office_file_with_entities_is_refused(self, canonical, suffix, file, part, encoding):
        """It can neither expand entities nor name a file of this machine."""

        def bomb(xml: bytes) -> bytes:
            root = xml.decode().rpartition("?>")[2]
            return f'<?xml version="1.0" encoding="{encoding}"?>{BOMB}]>{root}'.encode(encoding)

        with fails_with(FailureCode.XML_ENTITIES):
            canonical(suffix, with_member(file(), part, bomb))

    @pytest.mark.parametrize(("suffix", "file", "part"), OFFICE)
    @pytest.mark.parametrize("way", EVASIONS)
    def test_a_hidden_document_type_is_found(self, canonical, suffix, file, part, way):
        """It may be after long comments, or in an encoding that only one parser accepts."""

        def hidden(xml: bytes) -> bytes:
            return EVASIONS[way](xml.decode().rpartition("?>")[2])

        with fails_with(FailureCode.XML_ENTITIES):
            canonical(suffix, with_member(file(), part, hidden))

    @pytest.mark.parametrize(
        ("suffix", "file", "part", "name"),
        [
            (".docx", word_file, "word/document.xml", "word/document.svg"),
            (".pptx", deck_file, "ppt/slides/slide1.xml", "ppt/slides/slide1.dat"),
            (".xlsx", book_file, "xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.png"),
            (".xlsx", book_file, "xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.XML"),
        ],
    )
    def test_a_document_type_is_found_under_any_name(self, canonical, suffix, file, part, name):
        """Relations and types determine what a part is, not its name."""
        renamed: dict[str, str | bytes] = {
            member.replace(part, name): content.replace(
                part.rpartition("/")[2].encode(), name.rpartition("/")[2].encode()
            )
            for member, content in members_of(file()).items()
        }
        assert canonical(suffix, zipped(renamed)).text

        content = renamed[name]
        assert isinstance(content, bytes)
        renamed[name] = BOMB.encode() + b"]>" + content.rpartition(b"?>")[2]
        with fails_with(FailureCode.XML_ENTITIES):
            canonical(suffix, zipped(renamed))

    @pytest.mark.parametrize("kind", ["image", "aFChunk"])
    @pytest.mark.parametrize("is_also_a_part", [False, True])
    def test_an_image_may_have_a_document_type(self, canonical, kind, is_also_a_part):
        """Drawing programs write entities into SVG, which is read only through another relation."""
        kinds = [kind, "footnotes"] if is_also_a_part else [kind]
        relations = "".join(
            f'<Relationship Id="x{kind}" Type="http://x/{kind}" Target="media/a.svg"/>' for kind in kinds
        )
        default = '<Default Extension="svg" ContentType="image/svg+xml"/>'
        data = with_member(
            word_file(), "word/_rels/document.xml.rels", inserted(relations, "</Relationships>")
        )
        data = with_member(data, "[Content_Types].xml", inserted(default, "<Default"))
        data = with_member(data, "word/media/a.svg", lambda _: (BOMB + "]><svg/>").encode())
        if is_also_a_part:
            with fails_with(FailureCode.XML_ENTITIES):
                canonical(".docx", data)
        else:
            assert "Main heading" in canonical(".docx", data).text

    def test_an_image_of_another_type_may_not(self, canonical):
        """A library that finds parts by their types would read its document type."""
        relation = '<Relationship Id="x" Type="http://x/image" Target="media/a.svg"/>'
        default = '<Default Extension="svg" ContentType="application/vnd.openxmlformats+xml"/>'
        data = with_member(
            word_file(), "word/_rels/document.xml.rels", inserted(relation, "</Relationships>")
        )
        data = with_member(data, "[Content_Types].xml", inserted(default, "<Default"))
        data = with_member(data, "word/media/a.svg", lambda _: (BOMB + "]><svg/>").encode())
        with fails_with(FailureCode.XML_ENTITIES):
            canonical(".docx", data)

    @pytest.mark.parametrize(("suffix", "file", "part"), OFFICE)
    def test_an_archive_that_unpacks_too_large_is_refused(self, canonical, suffix, file, part):
        """The declared sizes are added up before anything is unpacked."""
        data = with_member(file(), "bomb.bin", lambda _: b"\0" * 30_000_000)
        with fails_with(FailureCode.TOO_LARGE_UNPACKED, detail="the limit is 20 MB"):
            canonical(suffix, data, Limits(max_expanded_bytes=20_000_000))

    def test_a_wrong_size_gives_no_more_than_it_declares(self, canonical):
        """A member that is larger than declared is damaged, and the rest is never unpacked."""
        size = 50_000_000
        data = zipped(TestBooks().book() | {"O/a.xhtml": b" " * size})
        lying = data.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
        assert lying != data
        with fails_with(FailureCode.DAMAGED, detail="can't be unpacked"):
            canonical(".epub", lying, Limits(max_expanded_bytes=1_000_000))

    def test_an_encrypted_office_file_is_refused(self, canonical):
        """It is an old container instead of an archive."""
        with fails_with(FailureCode.OLD_OFFICE):
            canonical(".docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)

    @pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx"])
    def test_a_password_protected_file_is_no_old_one(self, canonical, suffix):
        """Its container has the same beginning, and a stream that is named for it."""
        name = "EncryptedPackage".encode("utf-16-le")
        with fails_with(FailureCode.ENCRYPTED):
            canonical(suffix, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + name + b"\0" * 96)

    @pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx"])
    def test_a_missing_part_is_named_in_words(self, canonical, suffix):
        """Without the name of a Python error."""
        with pytest.raises(UnreadableFile) as caught:
            canonical(suffix, zipped({"[Content_Types].xml": b"<Types/>"}))

        assert caught.value.failure.code is FailureCode.DAMAGED
        assert "Error" not in str(caught.value)

    @pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".epub"])
    def test_a_truncated_archive_is_damaged(self, canonical, suffix):
        """Half a file is refused."""
        with fails_with(FailureCode.DAMAGED):
            canonical(suffix, word_file()[:2000])

    @pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".epub"])
    def test_another_archive_is_refused(self, canonical, suffix):
        """A ZIP file with such a suffix is not enough."""
        with fails_with(FailureCode.DAMAGED):
            canonical(suffix, zipped({"a.txt": "words"}))


class TestEveryFormat:
    @pytest.mark.parametrize("suffix", sorted(SUPPORTED_SUFFIXES))
    def test_an_empty_file_is_refused(self, canonical, suffix):
        """This is true of every format."""
        with fails_with(FailureCode.EMPTY):
            canonical(suffix, b"")

    @pytest.mark.parametrize(
        ("suffix", "data"),
        [
            (".txt", " \n\t"),
            (".md", "---\na: b\n---\n"),
            (".html", "<p> </p>"),
            (".json", "null"),
            (".csv", ",,\n"),
        ],
    )
    def test_a_blank_file_contains_no_text(self, canonical, suffix, data):
        """White space and structure alone can't be quoted."""
        with fails_with(FailureCode.NO_TEXT):
            canonical(suffix, data)

    def test_markdown_nested_too_deeply_says_so(self, canonical):
        """Its parser leaves out what is deep, and nothing is left; it isn't a scan."""
        with fails_with(FailureCode.TOO_DEEP):
            canonical(".md", "> " * 20_000 + "lake\n")

    @pytest.mark.parametrize("suffix", sorted(SUPPORTED_SUFFIXES - {".txt", ".text"}))
    def test_random_bytes_are_refused(self, canonical, suffix):
        """No parser raises an error of its own."""
        with fails_with(FailureCode.BINARY, FailureCode.DAMAGED, FailureCode.UNSUPPORTED_ENCODING):
            canonical(suffix, bytes(range(1, 256)) * 40)

    def test_an_unknown_suffix_is_refused(self, canonical):
        """Only supported formats are read."""
        with fails_with(FailureCode.UNKNOWN_FORMAT):
            canonical(".exe", "MZ")

    def test_capitals_in_the_suffix_do_not_matter(self, canonical):
        """README.MD is Markdown."""
        assert canonical(".MD", "# Hi").title == "Hi"

    def test_a_file_over_the_limit_is_refused(self, canonical):
        """The detail has its size and the limit."""
        with fails_with(FailureCode.TOO_LARGE, detail="3 MB; the limit is 1 MB"):
            canonical(".txt", b"x" * 3_000_000, Limits(max_bytes=1_000_000))

    def test_a_text_over_the_limit_is_refused(self, canonical):
        """The limit is on the text, which is chunked in the server, and not only on the file."""
        limits = Limits(max_characters=1_000)
        assert canonical(".txt", "é" * 1_000, limits).text == "é" * 1_000
        with fails_with(FailureCode.TOO_MUCH_TEXT, detail="1,001 characters; the limit is 1,000"):
            canonical(".html", "<p>" + "é" * 1_001, limits)

    def test_a_folder_or_a_missing_file_is_refused(self, tmp_path):
        """Neither is a regular file."""
        (tmp_path / "a.txt").mkdir()
        with fails_with(FailureCode.NOT_A_FILE):
            parse(tmp_path / "a.txt", LIMITS)
        with fails_with(FailureCode.MISSING):
            parse(Path("/no/such.txt"), LIMITS)
