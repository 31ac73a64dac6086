"""The numbers that Word prints before paragraphs."""

import pytest

from index.formats.common.list_numbers import format_count
from index.formats.office.list_numbering import Numbering

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LEVELS = """
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading1"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Clause"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl>
"""  # noqa: E501 (a level a line)
LISTS = f"""
<w:numbering {W}>
<w:abstractNum w:abstractNumId="0">{LEVELS}</w:abstractNum>
<w:abstractNum w:abstractNumId="1">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="-"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="4">
<w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride>
</w:num>
</w:numbering>
"""


@pytest.fixture
def numbering() -> Numbering:
    from docx.oxml import parse_xml

    return Numbering(parse_xml(LISTS))


def test_inner_levels_restart(numbering):
    """The first item after ``1.2`` on the outer level is followed by ``2.1``."""
    clauses = [numbering.next_number("1", level) for level in (0, 1, 2, 2, 1, 2, 0, 1)]

    assert ["1.", "1.1", "(a)", "(b)", "1.2", "(a)", "2.", "2.1"] == clauses


def test_lists_of_one_format_continue_each_other(numbering):
    """A list continues after a paragraph in between, unless it overrides its start."""
    assert ["1.", "2.", "7.", "8.", "9."] == [
        numbering.next_number(one, 0) for one in ("1", "3", "4", "4", "1")
    ]


def test_a_style_determines_the_level(numbering):
    """A clause can be on the second level because its style is."""
    assert (0, 1, 0) == tuple(numbering.level_of("1", style) for style in ("Heading1", "Clause", "Normal"))


@pytest.mark.parametrize(("number", "level"), [("2", 0), ("9", 0), ("1", 8)])
def test_bullets_and_unknown_lists_have_no_number(numbering, number, level):
    """A list that the file doesn't describe is read without numbers."""
    assert "" == numbering.next_number(number, level)


def test_a_document_without_lists_has_no_numbers():
    """This is the usual case."""
    assert "" == Numbering(None).next_number("1", 0)


@pytest.mark.parametrize("lists", ["<w:num/>", "<w:abstractNum><w:lvl/></w:abstractNum><w:num/>"])
def test_missing_attributes_are_tolerated(lists):
    """A damaged list doesn't make the text unreadable."""
    from docx.oxml import parse_xml

    Numbering(parse_xml(f"<w:numbering {W}>{lists}</w:numbering>")).next_number("", 0)


@pytest.mark.parametrize(
    ("count", "form", "written"),
    [
        (4, "lowerRoman", "iv"),
        (1999, "upperRoman", "MCMXCIX"),
        (28, "lowerLetter", "bb"),
        (3, "decimalZero", "03"),
        (3, "chicago", "3"),
    ],
)
def test_number_formats(count, form, written):
    """Numbers look as in Word: after z comes aa, then bb."""
    assert written == format_count(count, form)
