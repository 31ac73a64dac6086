"""Splitting text into sentences."""

from pathlib import Path

import pytest
from hypothesis import given

from index.records import BlockKind
from index.text.sentences import iter_block_sentences, sentences
from tests.texts import texts


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Lee met Mrs. Kim. They spoke.", ["Dr. Lee met Mrs. Kim.", "They spoke."]),
        ("It rose 3.5 percent to 1,200.75. So", ["It rose 3.5 percent to 1,200.75.", "So"]),
        ("J. R. R. Tolkien wrote it. He taught.", ["J. R. R. Tolkien wrote it.", "He taught."]),
        ("respect from the U.S. and Japan. Then", ["respect from the U.S. and Japan.", "Then"]),
        ("They left the U.S. The war went on.", ["They left the U.S.", "The war went on."]),
        ("See Fig. 3, p. 7, e.g. the red line. Done.", ["See Fig. 3, p. 7, e.g. the red line.", "Done."]),
        ("“Why?” he asked. “Because.” She left.", ["“Why?” he asked.", "“Because.”", "She left."]),
        ("They resumed under Joe Biden.Washington, Seoul agreed.",
         ["They resumed under Joe Biden.", "Washington, Seoul agreed."]),
        ("He was 81.¹ Some say “82.”² So", ["He was 81.¹", "Some say “82.”²", "So"]),
        ("Wait... what? Yes.", ["Wait... what?", "Yes."]),
        ("1. First thing. 2. Second", ["1. First thing.", "2. Second"]),
        ("4.2. The rent is due. 4.3. No pets.", ["4.2. The rent is due.", "4.3. No pets."]),
        ("iv. Fourth. It ends.", ["iv. Fourth.", "It ends."]),
        ("- one item\n- another item", ["- one item", "- another item"]),
        ("Land: France; City: Paris\nLand: Spain; City: Madrid",
         ["Land: France; City: Paris", "Land: Spain; City: Madrid"]),
        ("東京は首都です。人口は多い。", ["東京は首都です。", "人口は多い。"]),
        ("هل هذا صحيح؟ نعم.", ["هل هذا صحيح؟", "نعم."]),
        ("a\x00b. c", ["a\x00b. c"]),
        ("  \n\n ", []),
    ],
)  # fmt: skip
def test_split_at_terminators(text, expected):
    """Abbreviations, decimals, initials, quotations and list numbers don't end a sentence."""
    assert expected == split(text)


def marked_cases(name: str):
    """Yield the lines of a file beside this one as test parameters."""
    for number, line in enumerate(Path(__file__).with_name(name).read_text("utf-8").split("\n"), start=1):
        if line and not line.startswith("#"):
            marks = [pytest.mark.xfail] if line.startswith("!") else []
            text = line.removeprefix("! ").replace("\\n", "\n")
            yield pytest.param(text, marks=marks, id=f"{name}:{number}")


@pytest.mark.parametrize("case", [*marked_cases("hard_sentences.txt"), *marked_cases("real_sentences.txt")])
def test_marked_cases(case):
    """The boundaries are those marked by hand."""
    expected = [sentence.strip() for sentence in case.split("|")]

    assert expected == split(case.replace("|", ""))


def test_join_a_term_with_its_indented_definition():
    """In the Mozilla Public License a term stands on a short line above what it means."""
    text = (
        '1.7. "Larger Work"\n    means a work that combines Covered Software with other material, in\n'
        "    a separate file or files, that is not Covered Software."
    )

    assert [text] == split(text)


def test_join_the_lines_of_a_quoted_mail():
    """What each line begins with says nothing about where it continues."""
    text = (
        "> The board met on Tuesday and agreed that the budget for the\n"
        "> coming year is to be cut by a tenth. The chair objected to\n"
        "> the cut, since it falls on the library alone."
    )

    assert 2 == len(split(text))


def test_keep_a_heading_in_capitals_apart():
    """A line in capitals isn't the beginning of the sentence below it."""
    text = (
        "LIMITATION OF LIABILITY AND INDEMNITY OF THE PARTIES\n"
        "Neither party is liable for any loss that is due to causes beyond\n"
        "its control, and each of them bears its own costs."
    )

    assert 2 == len(split(text))


def test_sentences_keep_to_their_blocks():
    """Two items of a list that fill their lines aren't one sentence, and each line of code is one."""
    items = ["the first of the two things that were agreed upon by all", "the second one that nobody wanted"]
    text = "\n".join(items) + "\n\n>>> print(1. + 2)\n3.0"
    code = text.index(">>>")
    blocks = [
        (BlockKind.LIST_ITEM, 0, len(items[0])),
        (BlockKind.LIST_ITEM, len(items[0]) + 1, code - 2),
        (BlockKind.CODE, code, len(text)),
    ]

    found = [text[start:end] for start, end in iter_block_sentences(text, blocks)]

    assert [*items, ">>> print(1. + 2)", "3.0"] == found


def test_join_hard_wrapped_lines():
    """A sentence continues over the line breaks of hard-wrapped text."""
    text = (
        "The confrontation between the two sides, which has been\n"
        "going on for several months, gained in intensity when the\n"
        "missiles were launched. Then came a reply."
    )

    assert [text[:138].rstrip(), "Then came a reply."] == split(text)


def test_join_lines_broken_by_hand():
    """Lines may be indented and broken early, with two spaces after a stop."""
    text = (
        "      You may reproduce and distribute copies of the\n"
        "      Work or Derivative Works thereof in any medium,\n"
        "      with or without modifications, and in Source or\n"
        "      Object form, provided that You\n"
        "      meet the following conditions.  See also\n"
        "      section 9."
    )

    assert 2 == len(split(text))
    assert split(text)[1] == "See also\n      section 9."


def test_join_line_ending_in_a_preposition():
    """A line that ends in "of" continues, even if the next one begins with a capital."""
    text = "An early report, made up for the seeds and tests of\nFootnote, to show it."

    assert [text] == split(text)


@pytest.mark.parametrize(
    "text",
    [
        "const reader = open(path, mode)\nconst buffer = read(reader, 4096);\nif (end) { return null; }",
        "set name inside rule 1 source address private\nset name inside rule 1 protocol\nset name outside",
        "apples from the orchard   12   4.50\npears from the orchard     7   5.10\nplums from afar   30   2",
        "the yellow leaves that fall upon the river bend\nand sink\nand are not seen by us before the end",
        "Annual report of the harbour office, volume two\nKeeper of the light: A. Moreau\nPilots: six",
    ],
    ids=["program", "commands", "table", "verses", "labels"],
)
def test_keep_unwrapped_lines_apart(text):
    """The lines of programs, command lists, tables, poems and title pages aren't joined."""
    assert text.count("\n") + 1 <= len(split(text))


def test_split_long_lower_case_lines():
    """Transcripts in lower case are split at full stops; a short line may be a label, "min. age"."""
    first = "the notes of lee & co. inc. were sold by j. j. hale in may 2011 at a loss, e.g. of $4.2 million."
    second = "are they due in 2021? interest is paid twice a year."

    assert [first, "are they due in 2021?", "interest is paid twice a year."] == split(f"{first} {second}")
    assert ["min. age 18. max. age 99."] == split("min. age 18. max. age 99.")


def test_split_at_escaped_line_breaks():
    """In logs stored as JSON a line break is a backslash and an n, which elsewhere are letters."""
    assert ["It rained.\\n\\n", "Why?\\n", "1. Clouds\\n\\n", "so"] == split(
        "It rained.\\n\\nWhy?\\n1. Clouds\\n\\nso"
    )
    assert ["C:\\new holds \\nabla."] == split("C:\\new holds \\nabla.")


def test_a_long_run_of_dots_takes_linear_time():
    """A contents page has a few dots; hours would pass if each of 300,000 were tried."""
    text = "Contents " + "." * 300_000 + "12"

    assert [text] == split(text)


@given(texts())
def test_hyp_sentences_cover_all_text(text):
    """Ranges are in order, stripped, don't overlap, and leave only white space between them."""
    ranges = sentences(text)
    edges = [0, *(edge for pair in ranges for edge in pair), len(text)]

    assert edges == sorted(edges)
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in ranges)
    assert all(not text[a:b].strip() for a, b in zip(edges[::2], edges[1::2], strict=True))
