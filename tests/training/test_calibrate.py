"""Calibration and evaluation: the arithmetic behind the figures."""

import random

from index import Span
from qa.answering.readers.calibration import Calibration, CalibrationFeatures
from qa.answering.readers.scoring import PassageScores, SentenceCandidate, calibration_features
from qa.evaluation.reader_calibration import (
    CalibrationQuestion,
    CalibrationSentence,
    best_prediction,
    calibration_error,
    fit,
    sentence_rows,
)
from tests.fakes.passages import document, passage
from training.calibrate import best_threshold, chance_error, lacking_auroc
from training.calibration_data import read_questions, write_questions

TRUTH = Calibration(bias=-6.0, margin=0.5, here=0.8, similarity=2.0)


def sentence_with(scores: CalibrationFeatures, right: bool, passage: int = 0) -> CalibrationSentence:
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
            seen.append(sentence_with(scores, right=rng.random() < TRUTH.probability(scores)))
        made.append(
            CalibrationQuestion(
                "made", any(one.right for one in seen), fitting=True, gold=10, seen=tuple(seen)
            )
        )
    return made


def test_a_fitted_probability_is_calibrated():
    """It is on held-out questions, and better than before the fit."""
    after, others = fit(questions(1500, seed=1)), questions(1500, seed=2)

    assert calibration_error([best_prediction(after, one) for one in others]) < 0.05
    before = Calibration(0.0, 0.1, 0.1, 0.1)
    assert calibration_error([best_prediction(before, one) for one in others]) > 0.1


def test_the_threshold_refuses_one_answerable_question_in_eight():
    """The unanswerable questions don't change it."""
    plain = Calibration(0.0, 1.0, 0.0, 0.0)
    margins = [(margin, True) for margin in range(16)] + [(-5, False)] * 30
    asked = [
        CalibrationQuestion("made", here, True, 10, (sentence_with(CalibrationFeatures(margin, 0, 0), here),))
        for margin, here in margins
    ]
    threshold = best_threshold(asked, plain)

    assert best_threshold(asked[:7], plain) < best_prediction(plain, asked[0])[0]
    assert [best_prediction(plain, one)[0] < threshold for one in asked[:16]] == [True] * 2 + [False] * 14


def test_perfect_probabilities_have_no_calibration_error():
    """Half of those at one half are right, and all of those at one."""
    assert calibration_error([(0.5, True), (0.5, False), (1.0, True)]) == 0


def test_chance_error_falls_with_the_number_of_questions():
    """Exactly right probabilities have an error by chance, unless they are certain."""
    assert chance_error([(0.5, True)] * 9) > 0.1
    assert chance_error([(0.5, True)] * 9000) < 0.01
    assert chance_error([(1.0, True)] * 9) == 0


def test_certain_and_wrong_has_the_maximum_error():
    """The calibration error is 1."""
    assert calibration_error([(1.0, False)] * 3) == 1


def test_each_candidate_has_its_gold_characters():
    """A row has the sentence's length and its number of characters in a gold span."""
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


def test_features_have_overlap_and_retrieval_gap():
    """The overlap is weighted among all passages read; the gap of the best passage is 0."""
    first = PassageScores(
        passage(document("It rained."), score=0.5), 0.0, (SentenceCandidate(0, 10, (0, 2), 1.0, 0.0),)
    )
    second = PassageScores(
        passage(document("It snowed."), score=1.0), 0.0, (SentenceCandidate(0, 10, (0, 2), 4.0, 0.0),)
    )
    ((one,), (other,)) = calibration_features("When has it snowed?", [first, second])

    assert (one.retrieval_gap, other.retrieval_gap) == (-0.5, 0.0)
    assert 0 < one.overlap_idf < other.overlap_idf


def test_a_passage_with_the_answers_words_lacks_no_gold():
    """It counts neither as gold nor as lacking the answer."""
    read = passage(document("It rained at noon."))
    evidence = PassageScores(read, 0.0, (SentenceCandidate(0, 18, (13, 17), 1.0, 0.0),))

    scores = [CalibrationFeatures(1.0, 0.0, 0.5)]

    assert [False] == [seen.missing_gold for seen in sentence_rows(evidence, scores, 0, [], ["Noon"])]
    assert [True] == [seen.missing_gold for seen in sentence_rows(evidence, scores, 0, [], ["midnight"])]


def test_passages_are_compared_by_their_likeliest_sentence():
    """One gold passage ranks above both others, whatever its other sentences score."""
    plain = Calibration(0.0, 1.0, 0.0, 0.0)
    scored = [(5, True, 0), (-9, False, 0), (4, False, 1), (1, False, 2)]
    seen = tuple(
        sentence_with(CalibrationFeatures(margin, 0, 0), right, place) for margin, right, place in scored
    )

    assert lacking_auroc([CalibrationQuestion("made", True, True, 10, seen)], plain) == 1


def test_raw_scores_round_trip(tmp_path):
    """A fit can be repeated without asking again."""
    asked = questions(3, seed=4)
    write_questions(tmp_path / "readings.jsonl", asked)

    assert read_questions(tmp_path / "readings.jsonl") == asked


def test_a_sentence_next_to_the_gold_words_is_wrong():
    """Ends are exclusive."""
    read = passage(document("It rained. The bell rang."))
    evidence = PassageScores(read, 0.0, (SentenceCandidate(0, 10, (0, 2), 1.0, 0.0),))

    (seen,) = sentence_rows(
        evidence, [CalibrationFeatures(1.0, 0.0, 0.5)], 0, [Span(read.span.doc_id, 10, 25)], []
    )

    assert not seen.right
