"""Pure: claims with quotes to sentences with numbered footnotes."""

from collections.abc import Mapping, Sequence

from index.records import Document, Span
from qa.grounding import ground, ground_answer
from qa.records import Claim, Footnote, Sentence


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
        sentences.append(Sentence(claim.text, tuple(dict.fromkeys(markers))))
    return tuple(sentences), tuple(numbered.values())
