"""Exact match, F1 and position of the short answer, as SQuAD defines them."""

import re
import string
from collections import Counter

from index import Span
from qa.evaluation.measures.base import EvalCase, Measure, intersection_over_union
from qa.records import Answer

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> str:
    """
    Return the words of *text* in lower case, without articles and punctuation.

    >>> normalised("The  Broncos!")
    'broncos'
    """
    words = text.lower().translate(_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", words).split())


def exact_match(answer: str, golds: tuple[str, ...]) -> float:
    """Return 1 if the normalised answer equals one of the gold answers, otherwise 0."""
    return float(normalised(answer) in {normalised(gold) for gold in golds})


def _exact_match_values(case: EvalCase) -> list[float]:
    """Return one value if there is a gold answer; a refusal scores 0."""
    golds = case.question.answers
    return [0.0 if case.answer.refused else exact_match(case.answer.text, golds)] if golds else []


EXACT_MATCH = Measure(
    name="exact_match",
    description="answers that equal a gold answer",
    higher_is_better=True,
    source="SQuAD v1.1 (arXiv 1606.05250), the best of the gold answers",
    values=_exact_match_values,
)


def f1(answer: str, gold: str) -> float:
    """Return the harmonic mean of precision and recall in words; if a text has none, 1 if both have none."""
    answer_words, gold_words = normalised(answer).split(), normalised(gold).split()
    if not answer_words or not gold_words:
        return float(answer_words == gold_words)
    common = Counter(answer_words) & Counter(gold_words)
    return 2 * common.total() / (len(answer_words) + len(gold_words))


def _f1_values(case: EvalCase) -> list[float]:
    """Return one value if there is a gold answer; a refusal scores 0."""
    if not case.question.answers:
        return []
    if case.answer.refused:
        return [0.0]
    return [max(f1(case.answer.text, gold) for gold in case.question.answers)]


F1 = Measure(
    name="f1",
    description="words shared with the closest gold answer",
    higher_is_better=True,
    source="SQuAD v1.1 (arXiv 1606.05250), the best of the gold answers; no words as in SQuAD 2.0",
    values=_f1_values,
)


def _short_answer(answer: Answer) -> Span | None:
    """Return the span of the short answer shown in bold, else of the first one; None for a refusal."""
    spans: dict[str, Span] = {}
    for footnote in () if answer.refused else answer.footnotes:
        if footnote.answer is not None:
            spans.setdefault(footnote.document.quote(footnote.answer), footnote.answer)
    return spans.get(answer.short or "", next(iter(spans.values()), None))


def _answer_span_iou_values(case: EvalCase) -> list[float]:
    """Return one value if a gold span's words are a gold answer; 0 without a short answer."""
    placed = zip(case.question.spans, case.gold, strict=True)
    phrases = [span for gold, span in placed if gold.text in case.question.answers]
    short = _short_answer(case.answer)
    if not phrases:
        return []
    return [max(intersection_over_union([short], [phrase]) for phrase in phrases) if short else 0.0]


ANSWER_SPAN_IOU = Measure(
    name="answer_span_iou",
    description="overlap of the short answer and the closest gold phrase, in characters",
    higher_is_better=True,
    source="Jaccard index of two spans",
    values=_answer_span_iou_values,
)
