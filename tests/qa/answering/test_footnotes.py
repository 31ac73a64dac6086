"""Grounding and numbering: a footnote is a pointer that holds, or there is none."""

import dataclasses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index import Span
from qa.answering.footnotes import ground, ground_answer, number_footnotes, resolve_positions
from qa.records import ClaimSentence, Footnote, Position, Quote
from tests.fakes.passages import document, passage, quote
from tests.texts import texts

CATS = document("Cats sleep. Dogs bark. Cats sleep. Birds sing.", "Animals")
SHIPS = document("Ships sail.", "Ships")


@given(texts(), texts(), texts(), st.data())
def test_hyp_a_grounded_span_quotes_itself(before, within, after, data):
    """Whatever surrounds it, a quote's span cites exactly that quote."""
    assume(within)
    source = document(before + within + after)
    part = passage(source, len(before), len(before) + len(within))
    start = data.draw(st.integers(0, len(within) - 1))
    end = data.draw(st.integers(start + 1, len(within)))
    words = Quote(part, start, end, 0.5)
    span = ground(words, source)

    assert span is not None
    assert words.text == source.quote(span)


def test_a_quote_points_at_the_occurrence_that_was_read():
    """The words occur twice; the footnote is for the second occurrence."""
    second = quote(passage(CATS, 23), "Cats sleep.")

    assert Span(CATS.doc_id, 23, 34) == ground(second, CATS)


def test_a_quote_unlike_its_document_is_not_grounded():
    """Its passage has other words than the document at that span."""
    wrong = dataclasses.replace(quote(passage(CATS), "Cats sleep."), start=1, end=99)

    assert ground(wrong, CATS) is None
    assert ground(quote(passage(CATS), "Dogs bark."), SHIPS) is None


def test_a_short_answer_outside_its_quote_is_not_grounded():
    """It would be shown in bold without being cited."""
    stray = dataclasses.replace(quote(passage(CATS), "Dogs bark."), answer=(0, 4))

    assert ground_answer(stray, CATS) is None


def test_a_wrong_footnote_cannot_be_built():
    """Its span must be within its document, and its short answer within its span."""
    with pytest.raises(ValueError, match="span of document"):
        Footnote(1, SHIPS, Span(CATS.doc_id, 0, 4), 0.9)
    with pytest.raises(ValueError, match="span ends at 99"):
        Footnote(1, SHIPS, Span(SHIPS.doc_id, 0, 99), 0.9)
    with pytest.raises(ValueError, match="is outside its footnote"):
        Footnote(1, SHIPS, Span(SHIPS.doc_id, 0, 5), 0.9, Span(SHIPS.doc_id, 6, 10))


def test_footnotes_are_numbered_in_order_of_appearance():
    """The same span is one footnote, however many sentences it supports."""
    cats, ships = passage(CATS), passage(SHIPS)
    claims = [
        ClaimSentence("Ships sail.", (quote(ships, "Ships sail."),)),
        ClaimSentence("Dogs do.", (quote(cats, "Dogs bark."), quote(ships, "Ships sail."))),
        ClaimSentence("Nothing carries this.", ()),
    ]
    sentences, footnotes = number_footnotes(claims, {CATS.doc_id: CATS, SHIPS.doc_id: SHIPS})

    assert [(1,), (2, 1), ()] == [sentence.markers for sentence in sentences]
    assert ["Ships sail.", "Dogs bark."] == [footnote.cited_text for footnote in footnotes]
    assert not sentences[2].supported


def test_an_ungrounded_quote_leaves_a_sentence_unsupported():
    """The sentence is shown without a footnote, never with a wrong one."""
    wrong = dataclasses.replace(quote(passage(CATS), "Dogs bark."), end=99)
    sentences, footnotes = number_footnotes([ClaimSentence("Dogs.", (wrong,))], {CATS.doc_id: CATS})

    assert footnotes == ()
    assert sentences[0].markers == ()


def test_positions_have_short_answers_and_markers():
    """Each position has its short answer and the markers of its footnotes."""
    cats, ships = quote(passage(CATS), "Cats sleep.", "sleep"), quote(passage(SHIPS), "Ships sail.", "sail")
    sentences = [ClaimSentence("Cats sleep.", (cats,)), ClaimSentence("Ships sail.", (ships,))]
    _, footnotes = number_footnotes(sentences, {CATS.doc_id: CATS, SHIPS.doc_id: SHIPS})

    assert (Position("sleep", (1,)), Position("sail", (2,))) == resolve_positions(
        [(cats,), (ships,)], footnotes
    )


def test_a_position_without_a_footnote_does_not_count():
    """A quote that can't be grounded contradicts nothing."""
    cats, ships = quote(passage(CATS), "Cats sleep.", "sleep"), quote(passage(SHIPS), "Ships sail.", "sail")
    _, footnotes = number_footnotes([ClaimSentence("Cats sleep.", (cats,))], {CATS.doc_id: CATS})

    assert () == resolve_positions([(cats,), (ships,)], footnotes)
