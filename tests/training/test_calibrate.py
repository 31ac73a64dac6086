"""Calibration and evaluation: the arithmetic behind the figures."""

import math
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from index import Span
from qa.reader import Reading
from qa.readers.crossencoder import RETRIEVAL
from tests.fakes.passages import document, passage, quote
from training.asking import PROBE, Asked, Seen, read_asked, scores_of, write_asked
from training.calibrate import Calibration, best_threshold, calibration_error, fit
from training.evaluate import ANSWER, best_span

TRUTH = Calibration(bias=-6.0, margin=0.5, here=0.8, similarity=2.0)


def questions(count: int, seed: int) -> list[Asked]:
    """Five passages each, right as often as TRUTH says."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        seen = []
        for _ in range(5):
            scores = (rng.gauss(4, 4), rng.gauss(0, 2), rng.random())
            chance = 1 / (1 + math.exp(-TRUTH.logit(Seen(*scores, right=False))))
            seen.append(Seen(*scores, right=rng.random() < chance))
        made.append(Asked("made", any(one.right for one in seen), fitting=True, seen=tuple(seen)))
    return made


def test_a_fitted_probability_is_how_often_the_quote_is_right():
    """On other questions than it was fitted on, and better than before."""
    after, others = fit(questions(1500, seed=1)), questions(1500, seed=2)

    assert calibration_error([after.shown(one) for one in others]) < 0.05
    before = Calibration(0.0, 0.1, 0.1, 0.1)
    assert calibration_error([before.shown(one) for one in others]) > 0.1


def test_the_threshold_refuses_one_answerable_question_in_five():
    """Whatever the unanswerable ones score."""
    plain = Calibration(0.0, 1.0, 0.0, 0.0)
    margins = [(margin, True) for margin in range(10)] + [(-5, False)] * 30
    asked = [Asked("made", here, True, (Seen(margin, 0, 0, here),)) for margin, here in margins]
    threshold = best_threshold(asked, plain)

    assert [plain.shown(one)[0] < threshold for one in asked[:10]] == [True] * 2 + [False] * 8


def test_perfect_probabilities_have_no_calibration_error():
    """Half of those at one half are right, all of those at one."""
    assert calibration_error([(0.5, True), (0.5, False), (1.0, True)]) == 0


def test_sure_and_wrong_is_the_greatest_calibration_error():
    """Off by one."""
    assert calibration_error([(1.0, False)] * 3) == 1


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(0, 1))
def test_raw_scores_are_read_off_a_probed_reading(margin, here, retrieval):
    """The probe lets margin and here be told from relevance and probability."""
    read = passage(document("The bell rang at noon."), score=retrieval)
    probability = 1 / (1 + math.exp(-PROBE["here"] * here))
    quoted = quote(read, "The bell rang at noon.", "noon", probability)
    reading = Reading(read, margin + 2 * here + RETRIEVAL * retrieval, probability, (quoted,))

    seen = scores_of(reading, [Span(read.span.doc_id, 17, 21)])

    assert seen.margin == pytest.approx(margin, abs=1e-6)
    assert seen.here == pytest.approx(here, abs=1e-6)
    assert (seen.similarity, seen.right) == (retrieval, True)


def test_raw_scores_come_back_as_they_were_written(tmp_path):
    """So that a fit can be repeated without asking again."""
    asked = questions(3, seed=4)
    write_asked(tmp_path / "readings.jsonl", asked)

    assert read_asked(tmp_path / "readings.jsonl") == asked


def test_a_quote_beside_the_gold_words_is_wrong():
    """Ends are exclusive."""
    read = passage(document("It rained. The bell rang."))
    reading = Reading(read, 0.0, 0.5, (quote(read, "It rained."),))

    assert not scores_of(reading, [Span(read.span.doc_id, 10, 25)]).right


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=3, max_size=45))
def test_the_best_span_is_that_of_trying_them_all(logits):
    """Against a slow search; the first two pieces are the question's."""
    start, end = (torch.tensor(column) for column in zip(*logits, strict=True))
    inside = torch.arange(len(start)) > 1
    slow = max(
        (start[a] + end[b]).item()
        for a in range(2, len(start))
        for b in range(a, min(a + ANSWER, len(start)))
    )

    first, last, margin = best_span(start, end, inside)

    assert 2 <= first <= last < first + ANSWER
    assert margin == pytest.approx(slow - (start[0] + end[0]).item(), abs=1e-4)
