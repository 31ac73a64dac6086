"""How much the footnotes and the gold are the same characters."""

from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.spans import overlap


def _values(case: Case) -> list[float]:
    """Defined where there are gold spans; a refusal cites nothing and so scores 0."""
    if not case.gold:
        return []
    cited = () if case.answer.refused else case.answer.footnotes
    return [overlap((footnote.span for footnote in cited), case.gold)]


CITATION_IOU = Measure(
    name="citation_iou",
    description="characters both cited and gold, of those that are either",
    higher_is_better=True,
    source="Chroma, Evaluating Chunking Strategies (2024), in characters instead of tokens",
    values=_values,
)
