"""Searching the words of the chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.snapshot.lexical import LexicalIndex, write_lexical

TEXTS = ["The cat sat on the mat.", "max_question is a setting.", "東京都の桜"]


@pytest.fixture(scope="module")
def lexical_index(tmp_path_factory) -> LexicalIndex:
    """Return an index of three short texts."""
    folder = tmp_path_factory.mktemp("words") / "lexical"
    write_lexical(folder, [TEXTS])
    return LexicalIndex(folder)


def test_identifiers_are_split_at_underscores(lexical_index):
    """The question is split like the text, which contains ``max`` and ``question``."""
    assert [1] == [row for row, _ in lexical_index.search("What is max_question?", 3)]


@pytest.mark.parametrize("text", ["किताब", "தமிழ் மொழி", "বাংলা", "שָׁלוֹם", "ที่นี่", "e\u0301lite"])
def test_words_with_combining_marks_are_found(text, tmp_path):
    """Vowel signs, vowel points and tone marks of several scripts are analysed alike in both."""
    write_lexical(tmp_path / "lexical", [[text, "another text"]])

    assert [0] == [row for row, _ in LexicalIndex(tmp_path / "lexical").search(text, 2)]


@given(question=st.text())
def test_hyp_any_text_can_be_searched_for(lexical_index, question):
    """The result is a ranking of the rows, and no question is an error."""
    hits = lexical_index.search(question, 3)

    assert {row for row, _ in hits} <= {0, 1, 2}
    assert hits == sorted(hits, key=lambda hit: (-hit[1], hit[0]))
