"""The words' index: whatever is typed can be searched for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.snapshot.lexical import LexicalIndex, write_lexical

TEXTS = ["The cat sat on the mat.", "max_question is a setting.", "東京都の桜"]


@pytest.fixture(scope="module")
def words(tmp_path_factory) -> LexicalIndex:
    """An index of three short texts."""
    folder = tmp_path_factory.mktemp("words") / "lexical"
    write_lexical(folder, [TEXTS])
    return LexicalIndex(folder)


def test_a_name_with_an_underscore_is_found_by_its_parts(words):
    """The index holds ``max`` and ``question``: so must the question."""
    assert [1] == [row for row, _ in words.search("What is max_question?", 3)]


@pytest.mark.parametrize("text", ["किताब", "தமிழ் மொழி", "বাংলা", "שָׁלוֹם", "ที่นี่", "e\u0301lite"])
def test_words_with_marks_are_cut_in_a_question_as_in_a_text(text, tmp_path):
    """Vowel signs, vowel points and tone marks: Hindi, Tamil, Bengali, Hebrew, Thai."""
    write_lexical(tmp_path / "lexical", [[text, "another text"]])

    assert [0] == [row for row, _ in LexicalIndex(tmp_path / "lexical").search(text, 2)]


@given(question=st.text())
def test_hyp_any_text_can_be_searched_for(words, question):
    """Rows of the index come back, or none; nothing that is typed is an error."""
    found = words.search(question, 3)

    assert {row for row, _ in found} <= {0, 1, 2}
    assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))
