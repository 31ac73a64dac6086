"""Precision, recall and overlap of cited characters, and the validity of footnotes."""

from qa.evaluation.measures.base import (
    EvalCase,
    Measure,
    covered_characters,
    intersection_over_union,
    shared_characters,
)
from qa.records import Footnote


def pointer_holds(footnote: Footnote, text: str | None) -> bool:
    """Return whether *text*, the document's text in the snapshot or None, has the cited words at the span."""
    span = footnote.span
    return text is not None and text[span.start : span.end] == footnote.cited_text


def _pointer_validity_values(case: EvalCase) -> list[float]:
    """Return a value for each footnote."""
    return [float(pointer_holds(note, case.texts.get(note.span.doc_id))) for note in case.answer.footnotes]


POINTER_VALIDITY = Measure(
    name="pointer_validity",
    description="share of footnotes whose words are in the source at exactly their span",
    higher_is_better=True,
    source="Footnote's first promise: document.text[start:end] == cited_text",
    values=_pointer_validity_values,
)


def _citation_precision_values(case: EvalCase) -> list[float]:
    """Return one value if there are gold spans and footnotes; a refusal has no value."""
    cited = [footnote.span for footnote in case.answer.footnotes]
    if not case.gold or not cited or case.answer.refused:
        return []
    return [shared_characters(cited, case.gold) / covered_characters(cited)]


CITATION_PRECISION = Measure(
    name="citation_precision",
    description="characters of the footnotes that are in a gold span",
    higher_is_better=True,
    source="Chroma, Evaluating Chunking Strategies (2024), in characters instead of tokens",
    values=_citation_precision_values,
)


def _citation_recall_values(case: EvalCase) -> list[float]:
    """Return one value if there are gold spans; a refusal scores 0."""
    if not case.gold:
        return []
    cited = () if case.answer.refused else case.answer.footnotes
    return [
        shared_characters((footnote.span for footnote in cited), case.gold) / covered_characters(case.gold)
    ]


CITATION_RECALL = Measure(
    name="citation_recall",
    description="characters of the gold spans that a footnote cites",
    higher_is_better=True,
    source="Chroma, Evaluating Chunking Strategies (2024), in characters instead of tokens",
    values=_citation_recall_values,
)


def _citation_iou_values(case: EvalCase) -> list[float]:
    """Return one value if there are gold spans; a refusal scores 0."""
    if not case.gold:
        return []
    cited = () if case.answer.refused else case.answer.footnotes
    return [intersection_over_union((footnote.span for footnote in cited), case.gold)]


CITATION_IOU = Measure(
    name="citation_iou",
    description="overlap of cited and gold characters",
    higher_is_better=True,
    source="Chroma, Evaluating Chunking Strategies (2024), in characters instead of tokens",
    values=_citation_iou_values,
)
