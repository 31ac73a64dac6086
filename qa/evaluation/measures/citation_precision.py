"""Characters cited that are gold."""

from qa.evaluation.measures.measure import Case, Measure
from qa.evaluation.measures.spans import covered, shared


def _values(case: Case) -> list[float]:
    """Defined where there are gold spans and footnotes; what a refusal cites is nothing."""
    cited = [footnote.span for footnote in case.answer.footnotes]
    if not case.gold or not cited or case.answer.refused:
        return []
    return [shared(cited, case.gold) / covered(cited)]


CITATION_PRECISION = Measure(
    name="citation_precision",
    description="characters of the footnotes that are in a gold span",
    higher_is_better=True,
    source="Chroma, Evaluating Chunking Strategies (2024), in characters instead of tokens",
    values=_values,
)
