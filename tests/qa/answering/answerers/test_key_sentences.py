"""Which sentences can stand in an overview, and which of them are shown."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.answering.answerers.key_sentences import (
    choose,
    is_boilerplate,
    is_name_line,
    is_prose,
    key_sentences,
    misread_share,
    section_weight,
    shortlist,
    standardised,
    word_significance,
    wording,
)
from tests.fakes.markdown import document
from tests.texts import texts

GUIDE = document(
    """# Closing a loan

© 2020 All rights reserved.

This guide explains how to close a home loan in seven steps. It is short.

## Steps

- Read the loan estimate before you sign anything.
- Ask

The lender sends the closing disclosure three days before. The lender keeps a copy of the loan file.

```
print("The lender sends the file to the printer.")
```

| Fee | Amount |
|---|---|
| Appraisal | 400 |

## References

The closing of home loans, a study of lenders and their files, was printed here.
"""
)


def shown(found) -> list[str]:
    return [GUIDE.text[one.start : one.end] for one in found]


def test_only_prose_can_be_shown():
    """Headings, code, table rows, notices, scraps and references are left out."""
    assert shown(key_sentences(GUIDE)) == [
        "This guide explains how to close a home loan in seven steps.",
        "Read the loan estimate before you sign anything.",
        "The lender sends the closing disclosure three days before.",
        "The lender keeps a copy of the loan file.",
    ]


def test_only_the_ranges_are_read():
    """A block in two ranges is read once."""
    at = GUIDE.text.index("The lender sends")

    assert shown(key_sentences(GUIDE, [(at, at + 5), (at + 6, at + 80)])) == [
        "The lender sends the closing disclosure three days before.",
        "The lender keeps a copy of the loan file.",
    ]


def test_sentences_about_the_whole_text_come_first():
    """Both wording and an early position count."""
    best = max(key_sentences(GUIDE), key=lambda one: one.prior + one.opening)

    assert GUIDE.text[best.start : best.end].startswith("This guide explains")


@given(texts())
def test_hyp_every_sentence_is_within_the_document(text):
    """The ranges of any text are in order, in bounds and not blank."""
    made = document(text)
    found = key_sentences(made)

    assert found == sorted(found, key=lambda one: one.start)
    assert all(made.text[one.start : one.end].strip() for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The court holds that the compact doesn't pre-empt state law.", True),
        ("Purposes of this agreement ........ 4", False),
        ("of the second part, who shall pay the rent in full.", False),
        ("Name: ______ Date: ______ Signature: ______ Place: ______.", False),
        ("Figure 3: The share of households with a telephone by year.", False),
        ("Smith et al., 2019. A study of lenders and of their files.", False),
        ("CHAPTER ONE OF THE FEDERAL CODE OF CIVIL PROCEDURE.", False),
        ("Total 82 369 12 1,204 88 of 77 and 9.", False),
        ("We may order an appraisal of the house, and the", False),
        ("Please do not reply to this automatic e-mail message.", False),
        ("Too short.", False),
        ("iPhone sales rose in every region of the world that year.", True),
    ],
)
def test_prose_differs_from_debris(text, expected):
    """A sentence has a start, an end and words."""
    assert expected == is_prose(text)


def test_a_list_item_may_end_without_a_full_stop():
    """A sentence in a paragraph may not, unless it is long and the only one."""
    item = "Read the whole loan estimate first"
    long = "Use this form to enroll in direct deposit of your federal payment"

    assert is_prose(item, True)
    assert not is_prose(item)
    assert is_prose(long, whole=True)


@pytest.mark.parametrize("text", ["© 2020 Keller", "All rights reserved.", "Jump to: navigation, search"])
def test_boilerplate_is_recognised(text):
    """Texts of printers and publishers say nothing about a document."""
    assert is_boilerplate(text)


@pytest.mark.parametrize(
    ("heading", "sign"),
    [
        ("1 Introduction", 1),
        ("Executive Summary:", 1),
        ("Zusammenfassung", 1),
        ("References", -1),
        ("IV. Acknowledgements", -1),
        ("Methods", 0),
        ("Summary judgment", 0),
    ],
)
def test_a_heading_weighs_its_section(heading, sign):
    """Summaries count more, references nothing."""
    assert sign == np.sign(section_weight(heading))


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("This report describes the lake and its islands.", "The lake has some islands in it, mostly small."),
        ("The lake has some islands in it, mostly small.", "However, the lake has some islands in it."),
        ("The lake has some islands in it, mostly small.", "Does the lake have some islands in it?"),
        ("Lake Orin was mapped by Anna Keller in 1912.", "The lake was mapped by somebody some time ago."),
        ("The lake has some islands in it, mostly small.", "The lake has the following islands in it:"),
    ],
)
def test_wording_scores_self_contained_sentences_higher(better, worse):
    """Statements and names count more; references to other text and questions count less."""
    assert wording(better) > wording(worse)


def test_repeated_words_are_significant():
    """A sentence of words that others have counts more than one of its own words."""
    common, other, alone = word_significance(
        [frozenset({"lake", "orin"}), frozenset({"lake", "orin"}), frozenset({"tax", "form"})]
    )

    assert common == other > alone == 0


def test_a_shortlist_has_no_repetition():
    """Of two sentences with nearly the same words only the better one is in it."""
    twice = document(
        "Anna Keller drew a map of Lake Orin in 1912 for the Council.\n\n"
        "Anna Keller drew one map of Lake Orin in 1912 for the Council.\n\n"
        "The ferry crosses to Sala every morning from May to October."
    )
    listed = shortlist(key_sentences(twice), 5, opening=1.0)

    assert [0, 2] == [one.block for one in listed]


def test_every_part_has_its_share():
    """A shortlist by parts has sentences of the end, too."""
    words = itertools.product("north south east west".split(), "red blue green dark pale".split())
    long = document("\n\n".join(f"The {a} shore has a {b} {a}{b} house by the {b} water." for a, b in words))
    sentences = key_sentences(long)
    blocks = [one.block for one in shortlist(sentences, 4, opening=50.0, parts=4)]

    assert [0, 1, 2, 3] == [block // 5 for block in blocks]


def test_a_repetition_is_not_selected():
    """Its score makes no difference."""
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 1]]

    assert [0, 2] == choose([3.0, 2.9, 0.1], vectors, 3)


def test_coverage_prefers_representative_sentences():
    """A sentence close to several beats a slightly better one close to none."""
    near = np.asarray([[1, 0], [0.0, 1], [0.6, 0.8], [0.6, -0.8]], dtype=np.float32)
    lonely_first = [1.1, 1.0, 0.0, 0.0]

    assert [0] == choose(lonely_first, near[[3, 1, 2, 2]], 1)
    assert [1] == choose(lonely_first, near[[3, 1, 2, 2]], 1, coverage=10)


@given(st.lists(st.floats(-100, 100)))
@example([85.69914699024932] * 3)
def test_hyp_standardised_values_keep_their_order(values):
    """The mean becomes 0, and the order stays."""
    found = standardised(values)

    assert sorted(range(len(values)), key=lambda at: (values[at], at)) == sorted(
        range(len(found)), key=lambda at: (found[at], values[at], at)
    )
    assert abs(sum(found)) <= 1e-6 * max(1, len(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Reed, Tom Vale and Ines Roth Language Systems Lab", True),
        ("Department of the Interior", True),
        ("Ada Reed of the Language Systems Lab drew a map of the lake", False),
        ("Ada Reed Met Tom Vale In Ulm.", False),
        ("12 345", False),
    ],
)
def test_a_line_of_names_is_not_a_sentence(text, expected):
    """A by-line or a letterhead has capitals and no full stop."""
    assert expected is is_name_line(text)


def test_a_by_line_is_not_shown():
    """A line whose last word is cut is left out, too."""
    paper = document(
        "# Lakes\n\nAda Reed, Tom Vale and Ines Roth Language Systems Laboratory of Northern Lakes\n\n"
        "This paper describes how lakes were mapped by hand.\n\n"
        "The survey of the lake took many long years and re-\n"
    )

    assert ["This paper describes how lakes were mapped by hand."] == [
        paper.text[one.start : one.end] for one in key_sentences(paper)
    ]


def test_misread_words_occur_once_and_in_no_dictionary():
    """A repeated technical term is not misread."""
    assert 0.5 == misread_share("the polic tarball", {"polic": 1, "tarball": 3})
    assert 0.0 == misread_share("the polic tarball", {})
