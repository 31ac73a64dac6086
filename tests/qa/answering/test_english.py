"""Words and phrases of English questions."""

import pytest

from qa.answering.english import noun_phrases


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("what does the law propose?", ["law"]),
        ("how many points did sam pritchard score", ["sam pritchard"]),
        ("what does the court order require?", ["court order"]),
        ("how high should the top tax rate be?", ["top tax rate"]),
        ("does the plan have a deductible?", ["plan", "deductible"]),
        ("do quick or resilient units have more HP?", ["quick", "resilient units", "HP"]),
        ("how long does the battery last on a trip?", ["battery", "trip"]),
    ],
)
def test_the_verb_of_a_question_is_no_part_of_a_phrase(question, phrases):
    """It is a listed verb after the subject, or the last word if nothing else can be the verb."""
    assert phrases == [phrase.text for phrase in noun_phrases(question)]
