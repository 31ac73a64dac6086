"""Markers in free text: whose they are, whatever a model writes between brackets."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.text.sentences import sentences
from qa.answering.answerers.llm.written_text import CitedSentence, cited_sentences, finished_sentences


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("One. [1] Two [2].", [CitedSentence("One.", (1,)), CitedSentence("Two.", (2,))]),
        ("One [1][2][1].", [CitedSentence("One.", (1, 2))]),
        ("One [1, 3; 2].", [CitedSentence("One.", (1, 3, 2))]),
        ("[2] One.", [CitedSentence("One.", (2,))]),
        ("One [ 12 ].\nTwo.", [CitedSentence("One.", (12,)), CitedSentence("Two.", ())]),
        ("One [[1]2].", [CitedSentence("One.", (1,))]),
        ("[ [1]2]", []),
        ("One [1-3].", [CitedSentence("One.", (1, 2, 3))]),
        ("One [1–2, 5].", [CitedSentence("One.", (1, 2, 5))]),
        ("One [3-1].", [CitedSentence("One.", (3, 1))]),
        ("One [1-9999].", [CitedSentence("One.", (1, 9999))]),
        ("One [Passage 2] [passages 1 and 3].", [CitedSentence("One.", (2, 1, 3))]),
        ("One [^2]. Two【1】.", [CitedSentence("One.", (2,)), CitedSentence("Two.", (1,))]),
        ("Use `rows[1]` here [2].", [CitedSentence("Use `rows[1]` here.", (2,))]),
        ("- One [1].\n* Two [2].", [CitedSentence("One.", (1,)), CitedSentence("Two.", (2,))]),
        ("An [aside] stays.", [CitedSentence("An [aside] stays.", ())]),
        ("[1]", []),
        ("", []),
    ],
)
def test_markers_belong_to_the_words_before_them(written, expected):
    """Models write them before or after the full stop, together or apart."""
    assert cited_sentences(written) == expected


@given(
    st.lists(
        st.tuples(st.sampled_from(["It rained.", "Was it cold?", "He left."]), st.lists(st.integers(0, 99)))
    )
)
def test_hyp_sentences_come_back_with_their_markers(parts):
    """Joined sentences are split again, each marker once."""
    written = " ".join(text + "".join(f" [{number}]" for number in numbers) for text, numbers in parts)

    assert [CitedSentence(text, tuple(dict.fromkeys(numbers))) for text, numbers in parts] == cited_sentences(
        written
    )


@given(st.text(st.sampled_from("ab .[]1,\n"), max_size=40))
@example("a [1, [1]1]")
@example("a [[[1]1]1]")
def test_hyp_no_marker_is_left_in_the_text(written):
    """The shown text has no bracketed number, whatever the model wrote."""
    shown = [sentence.text for sentence in cited_sentences(written)]

    assert not [text for text in shown if re.search(r"\[ *1+(?:[, ]*1+)* *\]", text)]


MARKER = re.compile(r"\s*\[\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*\]")


def slow_marked_sentences(written: str) -> list[CitedSentence]:
    """The same by its definition: markers are removed again and again, each time from the whole text."""
    plain, places, end = "", [], 0
    for found in MARKER.finditer(written):
        plain += written[end : found.start()]
        places += [(len(plain), int(number)) for number in re.findall(r"\d+", found[1])]
        end = found.end()
    plain += written[end:]
    spans = sentences(plain)
    marked = []
    for at, (start, stop) in enumerate(spans):
        following = spans[at + 1][0] if at + 1 < len(spans) else len(plain)
        numbers = [number for place, number in places if (start < place or not at) and place <= following]
        text = plain[start:stop]
        while MARKER.search(text):
            text = MARKER.sub("", text)
        marked.append(CitedSentence(" ".join(text.split()), tuple(dict.fromkeys(numbers))))
    return [sentence for sentence in marked if sentence.text]


@given(st.text(st.sampled_from("ab .[]12,;\n\u2003"), max_size=60))
@example("a [1 [2] ] [3, [[4]5]")
def test_hyp_markers_are_removed_like_the_reference(written):
    """The slow reference removes markers until there are none, however they are nested."""
    assert cited_sentences(written) == slow_marked_sentences(written)


@pytest.mark.parametrize(
    "written",
    ["One" + " " * 1_000_000 + "two.", "One " + "[" * 100_000 + "1" + "]1" * 100_000 + ".", "[1," * 300_000],
    ids=["white space", "nested markers", "open markers"],
)
def test_a_long_answer_is_read_in_linear_time(written):
    """In quadratic time this test would not end."""
    assert len(cited_sentences(written)) == 1


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("One. Two [", ["One."]),
        ("One. [1,\n", []),
        ("One. [1] Yes.", ["One."]),
        ("Yes. One. Two", ["Yes. One."]),
        ("<think>Hm. One.", []),
        ("<think>Hm.</think>One. Two", ["One."]),
    ],
)
def test_what_may_still_grow_is_not_shown(written, shown):
    """An open marker, the last sentence, a bare yes and thoughts wait for what follows."""
    assert [sentence.text for sentence in finished_sentences(written, is_complete=False)] == shown
