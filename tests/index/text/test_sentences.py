"""Sentences: where text may be cut, and where it must not."""

import pytest
from hypothesis import given

from index.text.sentences import sentences
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
def test_sentences_end_where_a_reader_stops(text, expected):
    """Abbreviations, decimals, initials, quotations and lists don't split; stops of other scripts do."""
    assert expected == split(text)


def test_lines_that_were_only_wrapped_are_one_sentence():
    """A text broken to a width goes on over its line ends."""
    text = (
        "The confrontation between the two sides, which has been\n"
        "going on for several months, gained in intensity when the\n"
        "missiles were launched. Then came a reply."
    )

    assert [text[:138].rstrip(), "Then came a reply."] == split(text)


def test_lines_that_were_broken_by_hand_are_one_sentence():
    """Indented, with breaks where a word would still have fitted, and two spaces after a stop."""
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


def test_a_line_that_ends_with_an_open_word_goes_on_with_a_name():
    """No line of its own ends with "of"."""
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
def test_lines_that_were_not_wrapped_stay_apart(text):
    """A program's, a list of commands', a table's, a poem's and a title page's."""
    assert text.count("\n") + 1 <= len(split(text))


def test_sentences_without_capitals_end_at_their_stops_where_the_line_is_long():
    """As in filings and transcripts in small letters; a short line may be a label, "min. age"."""
    first = "the notes of lee & co. inc. were sold by j. j. hale in may 2011 at a loss, e.g. of $4.2 million."
    second = "are they due in 2021? interest is paid twice a year."

    assert [first, "are they due in 2021?", "interest is paid twice a year."] == split(f"{first} {second}")
    assert ["min. age 18. max. age 99."] == split("min. age 18. max. age 99.")


def test_an_escaped_line_break_after_a_stop_and_an_escaped_blank_line_end_a_sentence():
    """As in a log whose messages were kept as JSON; elsewhere a backslash and an n are just letters."""
    assert ["It rained.\\n\\n", "Why?\\n", "1. Clouds\\n\\n", "so"] == split(
        "It rained.\\n\\nWhy?\\n1. Clouds\\n\\nso"
    )
    assert ["C:\\new holds \\nabla."] == split("C:\\new holds \\nabla.")


def test_a_row_of_stops_that_ends_no_sentence_is_read_through_once():
    """A contents page has a few of them; a file of nothing else would take hours, were each tried anew."""
    text = "Contents " + "." * 300_000 + "12"

    assert [text] == split(text)


@given(texts())
def test_hyp_sentences_hold_every_character_that_is_not_white_space(text):
    """They are in order, never overlap, are trimmed, and leave only white space between them."""
    ranges = sentences(text)
    edges = [0, *(edge for pair in ranges for edge in pair), len(text)]

    assert edges == sorted(edges)
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in ranges)
    assert all(not text[a:b].strip() for a, b in zip(edges[::2], edges[1::2], strict=True))
