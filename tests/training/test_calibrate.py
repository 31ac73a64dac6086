"""Calibration and evaluation: the arithmetic behind the figures."""

import random

from index import Span
from qa.answering.readers.calibration import Calibration, CalibrationFeatures
from qa.answering.readers.cross_encoder import PassageScores, SentenceCandidate, calibration_features
from tests.fakes.passages import document, passage
from training.calibrate import best_threshold, calibration_error, chance_error, fit, lacking_auroc, shown
from training.calibration_data import (
    CalibrationQuestion,
    CalibrationSentence,
    read_questions,
    sentence_rows,
    write_questions,
)

TRUTH = Calibration(bias=-6.0, margin=0.5, here=0.8, similarity=2.0)


def seen_with(scores: CalibrationFeatures, right: bool, passage: int = 0) -> CalibrationSentence:
    """A sentence of ten characters, all or none of them gold."""
    return CalibrationSentence(passage, scores, 10, 10 * right, missing_gold=not right)


def questions(count: int, seed: int) -> list[CalibrationQuestion]:
    """Five passages each, right as often as TRUTH says."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        seen = []
        for _ in range(5):
            scores = CalibrationFeatures(rng.gauss(4, 4), rng.gauss(0, 2), rng.random())
            seen.append(seen_with(scores, right=rng.random() < TRUTH.probability(scores)))
        made.append(
            CalibrationQuestion(
                "made", any(one.right for one in seen), fitting=True, gold=10, seen=tuple(seen)
            )
        )
    return made


def test_a_fitted_probability_is_how_often_the_quote_is_right():
    """On other questions than it was fitted on, and better than before."""
    after, others = fit(questions(1500, seed=1)), questions(1500, seed=2)

    assert calibration_error([shown(after, one) for one in others]) < 0.05
    before = Calibration(0.0, 0.1, 0.1, 0.1)
    assert calibration_error([shown(before, one) for one in others]) > 0.1


def test_the_threshold_refuses_one_answerable_question_in_eight():
    """Whatever the unanswerable ones score."""
    plain = Calibration(0.0, 1.0, 0.0, 0.0)
    margins = [(margin, True) for margin in range(16)] + [(-5, False)] * 30
    asked = [
        CalibrationQuestion("made", here, True, 10, (seen_with(CalibrationFeatures(margin, 0, 0), here),))
        for margin, here in margins
    ]
    threshold = best_threshold(asked, plain)

    assert best_threshold(asked[:7], plain) < shown(plain, asked[0])[0]
    assert [shown(plain, one)[0] < threshold for one in asked[:16]] == [True] * 2 + [False] * 14


def test_perfect_probabilities_have_no_calibration_error():
    """Half of those at one half are right, all of those at one."""
    assert calibration_error([(0.5, True), (0.5, False), (1.0, True)]) == 0


def test_by_chance_alone_few_questions_show_a_calibration_error_and_many_hardly_any():
    """Of probabilities that are exactly right; sure ones leave nothing to chance."""
    assert chance_error([(0.5, True)] * 9) > 0.1
    assert chance_error([(0.5, True)] * 9000) < 0.01
    assert chance_error([(1.0, True)] * 9) == 0


def test_sure_and_wrong_is_the_greatest_calibration_error():
    """Off by one."""
    assert calibration_error([(1.0, False)] * 3) == 1


def test_each_marked_sentence_is_seen_with_its_share_of_gold():
    """Characters of the sentence, and how many of them stand in a gold span."""
    read = passage(document("It rained. The bell rang at noon."), score=0.7)
    marked = (SentenceCandidate(11, 33, (28, 32), 3.5, 0.5), SentenceCandidate(0, 10, (3, 9), -2.0, -0.5))
    gold = [Span(read.span.doc_id, 28, 33)]
    evidence = PassageScores(read, 1.5, marked)
    (scores,) = calibration_features("When?", [evidence])

    assert list(sentence_rows(evidence, scores, 4, gold, ["noon"])) == [
        CalibrationSentence(
            4, CalibrationFeatures(3.5, 1.5, 0.7, evidence_logit=0.5), length=22, gold=5, missing_gold=False
        ),
        CalibrationSentence(
            4, CalibrationFeatures(-2.0, 1.5, 0.7, evidence_logit=-0.5), length=10, gold=0, missing_gold=False
        ),
    ]


def test_scores_say_what_a_sentence_shares_and_how_far_its_passage_was_found_behind():
    """Words of the question, weighed among all that was read; 0 for the passage that was found first."""
    first = PassageScores(
        passage(document("It rained."), score=0.5), 0.0, (SentenceCandidate(0, 10, (0, 2), 1.0, 0.0),)
    )
    second = PassageScores(
        passage(document("It snowed."), score=1.0), 0.0, (SentenceCandidate(0, 10, (0, 2), 4.0, 0.0),)
    )
    ((one,), (other,)) = calibration_features("When has it snowed?", [first, second])

    assert (one.retrieval_gap, other.retrieval_gap) == (-0.5, 0.0)
    assert 0 < one.overlap_idf < other.overlap_idf


def test_a_passage_with_the_answers_words_elsewhere_is_not_taken_for_one_that_lacks_it():
    """It is nobody's gold, and nobody's proof either."""
    read = passage(document("It rained at noon."))
    evidence = PassageScores(read, 0.0, (SentenceCandidate(0, 18, (13, 17), 1.0, 0.0),))

    scores = [CalibrationFeatures(1.0, 0.0, 0.5)]

    assert [False] == [seen.missing_gold for seen in sentence_rows(evidence, scores, 0, [], ["Noon"])]
    assert [True] == [seen.missing_gold for seen in sentence_rows(evidence, scores, 0, [], ["midnight"])]


def test_lacking_passages_are_compared_by_their_likeliest_sentence():
    """One gold passage above both others, whatever its further sentences score."""
    plain = Calibration(0.0, 1.0, 0.0, 0.0)
    scored = [(5, True, 0), (-9, False, 0), (4, False, 1), (1, False, 2)]
    seen = tuple(
        seen_with(CalibrationFeatures(margin, 0, 0), right, place) for margin, right, place in scored
    )

    assert lacking_auroc([CalibrationQuestion("made", True, True, 10, seen)], plain) == 1


def test_raw_scores_come_back_as_they_were_written(tmp_path):
    """So that a fit can be repeated without asking again."""
    asked = questions(3, seed=4)
    write_questions(tmp_path / "readings.jsonl", asked)

    assert read_questions(tmp_path / "readings.jsonl") == asked


def test_a_sentence_beside_the_gold_words_is_wrong():
    """Ends are exclusive."""
    read = passage(document("It rained. The bell rang."))
    evidence = PassageScores(read, 0.0, (SentenceCandidate(0, 10, (0, 2), 1.0, 0.0),))

    (seen,) = sentence_rows(
        evidence, [CalibrationFeatures(1.0, 0.0, 0.5)], 0, [Span(read.span.doc_id, 10, 25)], []
    )

    assert not seen.right
