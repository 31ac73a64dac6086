"""Questions written for training: found again on their passages, beside what they are told apart from."""

import gzip
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data import Example
from training.mined_negatives import LexicalRetriever
from training.written_questions import Written, digest, read_written, shortened, written_groups

TEXT = "The bell rang at noon. Nobody heard it. It was cast in Thun in 1887. It cracked in 1901."
CAST = (TEXT.index("It was cast"), TEXT.index(" It cracked"))
CRACKED = (TEXT.index("It cracked"), len(TEXT))
ASKED = Example("What befell the bell?", TEXT, here=True, evidence=(CAST, CRACKED))
NOT_SAID = Example("Who cast the bell?", TEXT, here=False)


@pytest.fixture
def questions(tmp_path):
    """One passage by its hash, one as text, and one of a file that isn't there."""
    asked = [
        {"question": ASKED.question, "evidence": [list(CAST), list(CRACKED)], "span": None},
        {"question": NOT_SAID.question, "evidence": [], "span": None},
    ]
    lines = [
        {"source": "train/bells", "passage": digest(TEXT), "questions": asked},
        {"text": "Noon.", "questions": [{"question": "When?", "evidence": [[0, 5]], "span": [0, 4]}]},
        {"source": "train/gone", "passage": digest("gone"), "questions": asked},
    ]
    (tmp_path / "train").mkdir()
    with gzip.open(tmp_path / "train" / "bells.jsonl.gz", "wt") as rows:
        rows.write(json.dumps({"context": TEXT}))
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


def test_questions_have_their_passages(questions):
    """A passage is found by hash or is there as text; without its file it is left out."""
    assert read_written(questions, questions) == [
        Written(TEXT, (ASKED,), (NOT_SAID,)),
        Written("Noon.", (Example("When?", "Noon.", True, (0, 4), ((0, 5),)),), ()),
    ]


def test_an_answered_question_has_negatives():
    """They are a passage that lacks the answer and a question that its passage doesn't answer."""
    other = Written("The bell of Bern is older.", (), ())

    (group,) = written_groups(
        [Written(TEXT, (ASKED,), (NOT_SAID,)), other], LexicalRetriever, random.Random(0)
    )

    assert (group[0].question, group[0].here) == (ASKED.question, True)
    assert group[1:] == (Example(ASKED.question, other.passage, here=False), NOT_SAID)


@given(st.integers())
def test_a_shortened_passage_keeps_every_answering_sentence(seed):
    """Offsets move with the cut."""
    example = Example(ASKED.question, f"{'It rained. ' * 99}{TEXT}{' It snowed.' * 99}", True, None, ())
    moved = tuple((start + 11 * 99, end + 11 * 99) for start, end in (CAST, CRACKED))

    short = shortened(Example(example.question, example.passage, True, None, moved), random.Random(seed))

    assert len(short.passage) < len(example.passage)
    assert [short.passage[slice(*span)] for span in short.evidence] == [
        TEXT[slice(*span)] for span in (CAST, CRACKED)
    ]
