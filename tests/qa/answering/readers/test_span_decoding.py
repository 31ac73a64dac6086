"""The reader's arithmetic, against slow and plainly right references."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.text.sentences import paragraphs, sentences
from qa.answering.readers.span_decoding import (
    MAX_SPAN,
    best_spans,
    clip_to_block,
    sentence_around,
    split_at_citations,
    widen_to_words,
    windows,
    word_ranges,
)
from tests.texts import texts

LOGITS = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=60)


@given(LOGITS, st.randoms(use_true_random=False))
def test_hyp_the_best_span_is_the_best_of_all_pairs(starts, chance):
    """The result equals that of the slow reference, which tries every start with every end."""
    ends = chance.sample(starts, len(starts))
    pairs = (
        (starts[i] + ends[j], i, j + 1)
        for i in range(len(starts))
        for j in range(i, min(len(ends), i + MAX_SPAN))
    )
    best = best_spans(np.array(starts, np.float32), np.array(ends, np.float32), 3)

    assert abs(best[0].score - max(pairs)[0]) < 1e-4


@given(LOGITS, LOGITS)
def test_hyp_spans_never_overlap_and_scores_never_rise(starts, ends):
    """Each span has at most the maximum length."""
    count = min(len(starts), len(ends))
    spans = best_spans(np.array(starts[:count], np.float32), np.array(ends[:count], np.float32), 5)
    placed = sorted(spans)

    assert all(a.end <= b.start for a, b in itertools.pairwise(placed))
    assert [one.score for one in spans] == sorted((one.score for one in spans), reverse=True)
    assert all(0 < one.end - one.start <= MAX_SPAN for one in spans)


@given(texts(), st.data())
def test_hyp_a_widened_span_cuts_no_word(text, data):
    """The slow reference grows letter by letter while an end is inside a word."""
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    whole = word_ranges(text)
    inside = {at for a, b in whole for at in range(a + 1, b)}
    slow_start, slow_end = start, end
    while slow_start in inside:
        slow_start -= 1
    while slow_end in inside:
        slow_end += 1

    assert (slow_start, slow_end) == widen_to_words(whole, start, end)


@given(texts(), st.data())
def test_hyp_a_span_is_clipped_to_the_best_paragraph(text, data):
    """No other paragraph shares more characters with the span."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = clip_to_block(paragraphs(text), start, end)
    shared = [len(range(max(start, a), min(end, b))) for a, b in paragraphs(text)]

    assert start <= first <= last <= end
    if any(shared):
        assert last - first == max(shared)
        assert any(a <= first and last <= b for a, b in paragraphs(text))


def test_numbers_and_names_are_whole_words():
    """Commas, points, signs and hyphens inside them belong to them."""
    text = "It cost $3,000.50 or 40% of Suk-yeol’s 1990s pay."

    assert [text[a:b] for a, b in word_ranges(text)] == [
        "It", "cost", "$3,000.50", "or", "40%", "of", "Suk-yeol’s", "1990s", "pay",
    ]  # fmt: skip


def test_scripts_without_spaces_are_not_widened():
    """A span of two characters stays as it is."""
    assert (2, 4) == widen_to_words(word_ranges("東京都は首都です"), 2, 4)


@given(texts(), st.data())
def test_hyp_the_sentence_around_a_span_contains_it(text, data):
    """The range consists of whole sentences."""
    ranges = sentences(text)
    if not ranges:
        return
    first = data.draw(st.sampled_from(ranges))
    last = data.draw(st.sampled_from(ranges))
    start, end = min(first[0], last[0]), max(first[1], last[1])
    found = sentence_around(ranges, start, end)

    assert found[0] <= start < end <= found[1]
    assert found[0] in {a for a, _ in ranges}
    assert found[1] in {b for _, b in ranges}


@given(st.integers(0, 2000), st.integers(2, 250))
def test_hyp_windows_cover_every_piece_and_overlap(pieces, size):
    """No window exceeds the size; each but the first repeats at least half of one."""
    ranges = windows(pieces, size)

    assert ranges[0][0] == 0
    assert ranges[-1][1] == pieces
    assert all(b - a <= size for a, b in ranges)
    assert all(a[1] - b[0] >= size // 2 for a, b in itertools.pairwise(ranges))


def test_a_sentence_ends_at_a_citation_mark():
    """The mark belongs to the sentence before it; a mark within a sentence splits nothing."""
    text = "It failed [3] twice.[20][21] In August it rose. See [4] there."

    assert ["It failed [3] twice.[20][21]", "In August it rose.", "See [4] there."] == [
        text[start:end] for start, end in split_at_citations(text, sentences(text))
    ]


@given(texts())
def test_splitting_at_citations_loses_no_character(text):
    """Only white space between sentences is left out."""
    split = split_at_citations(text, sentences(text))

    assert "".join("".join(text[a:b].split()) for a, b in split) == "".join(text.split())
