"""Words the answer shares with a gold answer."""

from collections import Counter

from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.words import normalised


def f1(answer: str, gold: str) -> float:
    """The harmonic mean of precision and recall in words; where one has no words, 1 if both have none."""
    answered, wanted = normalised(answer).split(), normalised(gold).split()
    if not answered or not wanted:
        return float(answered == wanted)
    return 2 * (Counter(answered) & Counter(wanted)).total() / (len(answered) + len(wanted))


def _values(case: Case) -> list[float]:
    """Defined where there is a gold answer; a refusal has no words and so scores 0."""
    if not case.question.answers:
        return []
    if case.answer.refused:
        return [0.0]
    return [max(f1(case.answer.text, gold) for gold in case.question.answers)]


F1 = Measure(
    name="f1",
    description="words shared with the nearest gold answer",
    higher_is_better=True,
    source="SQuAD v1.1 (arXiv 1606.05250), the best of the gold answers; no words as in SQuAD 2.0",
    values=_values,
)
