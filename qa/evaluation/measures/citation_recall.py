"""Gold characters that are cited."""

from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.spans import covered, shared


def _values(case: Case) -> list[float]:
    """Defined where there are gold spans; a refusal cites nothing and so scores 0."""
    if not case.gold:
        return []
    cited = () if case.answer.refused else case.answer.footnotes
    return [shared((footnote.span for footnote in cited), case.gold) / covered(case.gold)]


CITATION_RECALL = Measure(
    name="citation_recall",
    description="characters of the gold spans that a footnote cites",
    higher_is_better=True,
    source="Chroma, Evaluating Chunking Strategies (2024), in characters instead of tokens",
    values=_values,
)
