"""Whether the short answer stands where the gold phrase does."""

from index import Span
from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.spans import overlap
from qa.records import Answer


def _short_answer(answer: Answer) -> Span | None:
    """Of the footnotes with a short answer the one shown in bold, otherwise the first; None if it refused."""
    spans: dict[str, Span] = {}
    for footnote in () if answer.refused else answer.footnotes:
        if footnote.answer is not None:
            spans.setdefault(footnote.document.quote(footnote.answer), footnote.answer)
    return spans.get(answer.short or "", next(iter(spans.values()), None))


def _values(case: Case) -> list[float]:
    """Defined where a gold span's words are a gold answer; without a short answer 0."""
    placed = zip(case.question.spans, case.gold, strict=True)
    phrases = [span for gold, span in placed if gold.text in case.question.answers]
    short = _short_answer(case.answer)
    if not phrases:
        return []
    return [max(overlap([short], [phrase]) for phrase in phrases) if short else 0.0]


ANSWER_SPAN_IOU = Measure(
    name="answer_span_iou",
    description="characters both of the short answer and the nearest gold phrase, of those that are either",
    higher_is_better=True,
    source="Jaccard index of two spans",
    values=_values,
)
