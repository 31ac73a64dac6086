"""
Whether the footnotes' pointers hold.

A footnote computes its words from the document it carries, so it always agrees with itself; this measure
reads the text again from the snapshot and compares.
"""

from qa.evaluation.measures.measure import Case, Measure
from qa.records import Footnote


def holds(footnote: Footnote, text: str | None) -> bool:
    """Whether *text*, the document's in the snapshot (None: it has no such document), slices to the words."""
    span = footnote.span
    return text is not None and text[span.start : span.end] == footnote.cited_text


def _values(case: Case) -> list[float]:
    """One for each footnote."""
    return [float(holds(note, case.texts.get(note.span.doc_id))) for note in case.answer.footnotes]


POINTER_VALIDITY = Measure(
    name="pointer_validity",
    description="footnotes whose words stand in the source at that place, of all footnotes",
    higher_is_better=True,
    source="Footnote's first promise: document.text[start:end] == cited_text",
    values=_values,
)
