"""Pure: claims with quotes to sentences with numbered footnotes."""

from collections.abc import Mapping, Sequence

from index.records import Document, Span
from qa.grounding import ground, ground_answer, shifted
from qa.records import Claim, Footnote, Quote, Sentence, Side


def number(
    claims: Sequence[Claim], documents: Mapping[str, Document]
) -> tuple[tuple[Sentence, ...], tuple[Footnote, ...]]:
    """
    Number the footnotes from 1 in order of appearance; the same span keeps its number.

    Args:
        claims: In the order they will be shown.
        documents: By id, at least those the quotes come from.

    Returns:
        The sentences with their markers, and the footnotes. A quote that doesn't hold gets no footnote,
        and a claim without one is left unsupported rather than out.
    """
    numbered: dict[Span, Footnote] = {}
    sentences = []
    for claim in claims:
        markers = []
        for quote in claim.quotes:
            document = documents[quote.passage.span.doc_id]
            span = ground(quote, document)
            if span is None:
                continue
            if span not in numbered:
                answer = ground_answer(quote, document)
                numbered[span] = Footnote(len(numbered) + 1, document, span, quote.probability, answer)
            markers.append(numbered[span].marker)
        sentences.append(Sentence(claim.text, tuple(dict.fromkeys(markers)), claim.label))
    return tuple(sentences), tuple(numbered.values())


def sides(quotes: Sequence[Sequence[Quote]], footnotes: Sequence[Footnote]) -> tuple[Side, ...]:
    """The sides of a disagreement by the footnotes that carry them; none unless two or more hold."""
    markers = {footnote.span: footnote.marker for footnote in footnotes}
    found = []
    for side in quotes:
        spans = [shifted(quote.passage.span, quote.start, quote.end) for quote in side]
        held = tuple(markers[span] for span in spans if span in markers)
        if held and side[0].answer_text:
            found.append(Side(side[0].answer_text, held))
    return tuple(found) if len(found) > 1 else ()
