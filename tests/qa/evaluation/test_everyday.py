"""Everyday questions: verdicts on answers, and the figures computed from them."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import InvalidQuestionSet
from qa.evaluation.everyday import (
    EverydayQuestion,
    EverydayResult,
    RequiredCitation,
    Verdict,
    contains,
    expected_calibration_error,
    find_documents,
    fold,
    judge,
    load_everyday,
    summarise,
)
from qa.records import Answer, AnswerKind, Turn
from tests.fakes.answers import answer

QUESTION = EverydayQuestion(
    id="1",
    half="tuning",
    kind="number",
    question="how high is the tower?",
    expects="answer",
    must_contain=(("330 m", "330 metres"),),
    may_not_contain=("200 m",),
    short=("330",),
)
REFUSED = Answer("Why?", refused=True, reason="Nothing was found.")


@pytest.mark.parametrize(
    ("text", "short", "verdict"),
    [
        ("The tower is 330 m high.", None, Verdict.RIGHT),
        ("The tower is 330\u00a0metres high.", "330 metres", Verdict.RIGHT),
        ("The tower is 330 m high.", "the tower", Verdict.WRONG),
        ("The tower is 330 m high, the mast 200 m.", None, Verdict.WRONG),
        ("The tower is 1,330 m high.", None, Verdict.WRONG),
    ],
)
def test_verdict_depends_on_the_shown_text(text, short, verdict):
    """The required words, the short answer and the forbidden words decide."""
    assert judge(QUESTION, answer(text, short=short))[0] is verdict


def test_part_of_the_groups_is_partly_right():
    """An answer with one of two required groups, and nothing wrong, is partly right."""
    question = QUESTION.model_copy(update={"must_contain": (("330 m",), ("1889",))})
    verdict, reasons = judge(question, answer("The tower is 330 m high."))

    assert (verdict, reasons) == (Verdict.PARTLY, ("lacks '1889'",))


def test_a_citation_elsewhere_is_not_right():
    """The right words with a footnote on another document are only partly right."""
    citation = RequiredCitation(document="tower.md", text="330 m")
    question = QUESTION.model_copy(update={"must_cite": (citation,)})

    assert judge(question, answer("The tower is 330 m high."))[0] is Verdict.PARTLY


@pytest.mark.parametrize(
    ("expects", "response", "verdict"),
    [
        ("refusal", REFUSED, Verdict.RIGHTLY_REFUSED),
        ("refusal", answer("It is 330 m."), Verdict.WRONGLY_ANSWERED),
        ("answer", REFUSED, Verdict.WRONGLY_REFUSED),
        ("small_talk", Answer("Hi", kind=AnswerKind.SMALL_TALK), Verdict.RIGHT),
        ("small_talk", REFUSED, Verdict.WRONGLY_REFUSED),
        ("clarification", Answer("It?", kind=AnswerKind.CLARIFICATION), Verdict.RIGHT),
        ("clarification", REFUSED, Verdict.RIGHTLY_REFUSED),
    ],
)
def test_each_expectation_has_its_right_response(expects, response, verdict):
    """A refusal is right where the documents don't answer, and wrong where they do."""
    assert judge(QUESTION.model_copy(update={"expects": expects}), response)[0] is verdict


def test_history_becomes_turns():
    """Each question is paired with the answer that followed it."""
    messages = [{"role": "user", "text": "Who?"}, {"role": "assistant", "text": "Ann."}]
    question = EverydayQuestion.model_validate(QUESTION.model_dump() | {"history": messages})

    assert question.turns == (Turn("Who?", "Ann."),)


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    """A folded text is its own folded form, so that both sides of a comparison agree."""
    assert fold(fold(fold(text))) == fold(fold(text))


def test_a_number_within_a_longer_one_does_not_count():
    """Neither more digits before or after, nor decimals, pass for the number itself."""
    texts = ["1330 m", "13.30 m", "330.5 m", "3301 m"]

    assert [contains(fold(text), "330") for text in texts] == [False] * 4
    assert contains(fold("It is 330."), "330")


def test_calibration_error_is_the_mean_gap():
    """Two bins with a gap of 0.1 and 0.4, of which the second has half as many answers."""
    predictions = [(0.9, True), (0.9, True), (0.4, False)]

    assert expected_calibration_error(predictions) == pytest.approx((2 * 0.1 + 0.4) / 3)


def test_the_summary_counts_by_kind_and_confidence():
    """Refusals have no confidence; the share of right ones includes them."""
    right = EverydayResult(QUESTION, Answer("Q", confidence=0.8), Verdict.RIGHT, ())
    wrong = EverydayResult(QUESTION, Answer("Q", confidence=0.3), Verdict.WRONG, ())
    refused = EverydayResult(QUESTION, REFUSED, Verdict.RIGHTLY_REFUSED, ())
    summary = summarise([right, wrong, refused])

    assert summary.right == pytest.approx(2 / 3)
    assert summary.bands == {"high": (1, 1), "medium": (0, 0), "low": (1, 0)}


def write_set(folder, questions, documents):
    """A set in *folder*."""
    for name, lines in (("questions", questions), ("documents", documents)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))


def test_a_question_over_an_unknown_file_is_reported(tmp_path):
    """The message names the question and the file."""
    write_set(tmp_path, [QUESTION.model_dump() | {"documents": ["b.md"]}], [])

    with pytest.raises(InvalidQuestionSet, match=r"1 names 'b\.md'"):
        load_everyday(tmp_path)


def test_a_file_of_another_content_is_refused(tmp_path):
    """A question set accepts only the files that it was written for."""
    (tmp_path / "a.md").write_text("one")
    digest = hashlib.sha256(b"two").hexdigest()
    write_set(tmp_path, [], [{"file": "a.md", "sha256": digest, "half": "tuning"}])
    _, documents = load_everyday(tmp_path)

    with pytest.raises(InvalidQuestionSet, match="isn't the file"):
        find_documents(documents, tmp_path)
