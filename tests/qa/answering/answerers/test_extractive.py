"""The extractive answer: verbatim sentences, a bold phrase only when sure, a refusal otherwise."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answerers.answer_confidence import default_confidence
from qa.answering.answerers.extractive import NOT_FOUND, ExtractiveAnswerer, best_quote_count
from qa.answering.answerers.sentence_choice import default_choice
from qa.answering.readers.base import PassageReading
from qa.records import Quote
from tests.fakes.passages import document, passage, quote

WIRE = passage(document("Early reports spoke of 17 missiles. They were wrong.", "Wire"))
BRIEFING = passage(document("Officials counted 23 missiles. It was a Wednesday.", "Briefing"))
ANSWERER = ExtractiveAnswerer(refuse_below=0.3, bold_from=0.5)


def draft(question, *quotes):
    readings = [PassageReading(one.passage, 1.0, one.probability, (one,)) for one in quotes]
    *_, last = ANSWERER.draft(question, readings)
    return last


def test_a_sure_reader_gives_a_short_answer():
    """Its sentence is shown whole, with the quote that supports it."""
    answer = draft(
        "How many missiles?", quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.9)
    )

    assert answer.short == "23 missiles"
    assert ["Officials counted 23 missiles."] == [claim.text for claim in answer.claims]


def test_an_unsure_reader_gives_no_short_answer():
    """Only the sentence is shown."""
    answer = draft(
        "How many missiles?", quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.4)
    )

    assert answer.short is None
    assert answer.claims


@pytest.mark.parametrize("question", ["Why did they fire?", "how does it work", "“How come?”"])
def test_why_and_how_questions_get_sentences(question):
    """They have no short answer."""
    assert draft(question, quote(BRIEFING, "It was a Wednesday.", "Wednesday", 0.9)).short is None


@pytest.mark.parametrize(
    ("question", "short"),
    [("How many missiles?", "23 missiles"), ("When was it?", None), ("Was it so?", None)],
)
def test_how_many_asks_for_a_number(question, short):
    """A question for a date or a decision is no question for a number."""
    said = quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.9)

    assert short == draft(question, said).short


def test_below_the_threshold_it_refuses():
    """A refusal has a reason and no claims."""
    answer = draft("Who?", quote(BRIEFING, "It was a Wednesday.", "Wednesday", 0.29))

    assert () == answer.claims
    assert answer.reason is not None
    assert draft("Who?").reason is not None


def test_layout_is_never_shown():
    """The reader's probability doesn't matter."""
    source = passage(document("## Missiles\n\nOfficials counted 23 missiles.\n\nTable 2: Missiles"))
    answer = draft(
        "How many missiles?",
        quote(source, "## Missiles", "Missiles", 0.95),
        quote(source, "Table 2: Missiles", "Missiles", 0.9),
        quote(source, "Officials counted 23 missiles.", "23 missiles", 0.6),
    )

    assert ["Officials counted 23 missiles."] == [claim.text for claim in answer.claims]


def test_possible_sentences_are_offered_with_a_refusal():
    """There are at most two, and no unlikely ones."""
    answer = draft(
        "Who?",
        quote(BRIEFING, "It was a Wednesday.", "Wednesday", 0.29),
        quote(WIRE, "They were wrong.", "wrong", 0.1),
    )

    assert ["It was a Wednesday."] == [claim.text for claim in answer.possible]


def test_a_less_likely_rival_amount_is_left_out():
    """A nearly as likely one is shown, and there is no short answer."""
    both = passage(document("It earned $21 million. The other earned $51 million."))
    question = "How much did it earn?"
    first = quote(both, "It earned $21 million.", "$21 million", 0.8)

    unlikely = draft(question, first, quote(both, "The other earned $51 million.", "$51 million", 0.5))
    likely = draft(question, first, quote(both, "The other earned $51 million.", "$51 million", 0.79))

    assert ("$21 million", 1) == (unlikely.short, len(unlikely.claims))
    assert (None, 2) == (likely.short, len(likely.claims))


def test_only_nearly_as_likely_sentences_are_shown():
    """The likelier document comes first."""
    answer = draft(
        "What did officials and reports say?",
        quote(WIRE, "Early reports spoke of 17 missiles.", "spoke", 0.8),
        quote(BRIEFING, "Officials counted 23 missiles.", "counted", 0.9),
        quote(WIRE, "They were wrong.", "wrong", 0.35),
    )

    assert ["Officials counted 23 missiles.", "Early reports spoke of 17 missiles."] == [
        claim.text for claim in answer.claims
    ]
    assert () == answer.positions


def test_contradicting_amounts_are_two_positions():
    """This holds even if one of them would be the only sentence."""
    answer = draft(
        "How many missiles?",
        quote(WIRE, "Early reports spoke of 17 missiles.", "17 missiles", 0.4),
        quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.9),
    )

    assert ["23 missiles", "17 missiles"] == [side[0].answer_text for side in answer.positions]
    assert len(answer.claims) == 2
    assert answer.short is None


def test_one_document_does_not_contradict_itself():
    """It may be about two things."""
    both = passage(document("They fired 17 missiles. The others fired 3 missiles."))
    answer = draft(
        "How many missiles?",
        quote(both, "They fired 17 missiles.", "17 missiles", 0.9),
        quote(both, "The others fired 3 missiles.", "3 missiles", 0.8),
    )

    assert () == answer.positions


def test_two_amounts_of_one_document_are_no_disagreement():
    """The other document may be about either of them."""
    both = passage(document("They fired 17 missiles. The others fired 3 missiles."))
    answer = draft(
        "How many missiles?",
        quote(both, "They fired 17 missiles.", "17 missiles", 0.9),
        quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.8),
        quote(both, "The others fired 3 missiles.", "3 missiles", 0.4),
    )

    assert () == answer.positions


def test_amounts_of_namesakes_are_no_disagreement():
    """Both are shown, and neither contradicts the other."""
    north = passage(document("North Korea fired 17 missiles.", "Wire"))
    south = passage(document("South Korea launched 3 missiles.", "Briefing"))
    answer = draft(
        "How many missiles?",
        quote(north, "North Korea fired 17 missiles.", "17 missiles", 0.9),
        quote(south, "South Korea launched 3 missiles.", "3 missiles", 0.8),
    )

    assert () == answer.positions
    assert len(answer.claims) == 2


def test_documents_that_agree_support_one_claim():
    """The claim is shown once, with a footnote for each document."""
    other = passage(document("In all, 23 missiles were fired.", "Archive"))
    answer = draft(
        "How many missiles?",
        quote(BRIEFING, "Officials counted 23 missiles.", "23 missiles", 0.9),
        quote(other, "In all, 23 missiles were fired.", "23 missiles", 0.8),
    )

    (claim,) = answer.claims
    assert claim.text == "Officials counted 23 missiles."
    assert ["Briefing", "Archive"] == [quote.passage.title for quote in claim.quotes]


def test_a_repeated_sentence_is_shown_once():
    """The likelier place is cited; line breaks make no difference, another document does."""
    lease = passage(document("The rent is due on Monday. No pets. The rent is\ndue on Monday.", "Lease"))
    copy = quote(
        passage(document("The rent is due on Monday.", "Copy")), "The rent is due on Monday.", "Monday", 0.7
    )
    again = Quote(lease, 36, 62, 0.8, (55, 61))
    first = Quote(lease, 0, 26, 0.9, (19, 25))

    answer = draft("When is the rent due?", again, first, copy)

    assert [first, copy] == [one for claim in answer.claims for one in claim.quotes]


def test_sentences_of_one_place_are_in_its_order():
    """They are not in the order of their probabilities."""
    lake = passage(document("The Aare flows into it. The Simme flows into it."))
    answer = draft(
        "Which rivers flow into it?",
        quote(lake, "The Simme flows into it.", "The Simme", 0.9),
        quote(lake, "The Aare flows into it.", "The Aare", 0.8),
    )

    assert ["The Aare flows into it.", "The Simme flows into it."] == [claim.text for claim in answer.claims]


def test_the_likeliest_place_of_a_document_comes_first():
    """A sentence before it doesn't precede it, since it may be about something else."""
    text = "The Aare flows into it. It is deep and cold. The Simme flows into it."
    lake = passage(document(text))
    answer = draft(
        "Which rivers flow into it?",
        quote(lake, "The Simme flows into it.", "The Simme", 0.9),
        quote(lake, "The Aare flows into it.", "The Aare", 0.85),
    )

    assert ["The Simme flows into it.", "The Aare flows into it."] == [claim.text for claim in answer.claims]


@given(
    st.lists(st.tuples(st.floats(0.01, 0.99), st.integers(1, 400)), min_size=1, max_size=6),
    st.integers(1, 6),
    st.sampled_from([0.0, 0.3]),
)
def test_hyp_the_number_of_sentences_is_the_best(scored, max_count, found_weight):
    """The slow reference tries every number."""
    scored.sort(reverse=True)
    text = passage(document("x" * 400))
    quotes = [Quote(text, 0, length, probability) for probability, length in scored]

    def expected(count: int) -> float:
        hit = sum(p * length for p, length in scored[:count])
        missed = sum(p * length for p, length in scored[count:])
        none = math.prod(1 - p for p, _ in scored[:count])
        return hit / (sum(length for _, length in scored[:count]) + missed) + found_weight * (1 - none)

    count = best_quote_count(quotes, max_count, found_weight=found_weight)
    assert count <= max_count
    best = max(expected(count) for count in range(1, min(max_count, len(scored)) + 1))
    assert expected(count) == pytest.approx(best)


def test_an_unsure_choice_shows_more_than_one_sentence():
    """The second sentence is half as likely: it is shown only where finding the answer counts."""
    text = passage(document("x" * 100))
    quotes = [Quote(text, 0, 50, 0.5), Quote(text, 50, 100, 0.25)]

    assert best_quote_count(quotes, 4) == 1
    assert best_quote_count(quotes, 4, found_weight=0.3) == 2


def test_passages_of_layout_alone_are_refused():
    """A running head or a row of signs is never an answer, however well its words fit."""
    page = passage(document("Missiles . . . . . . . . . . . . . . . 17\n", "Contents"))
    weighing = ExtractiveAnswerer(
        refuse_below=0.3, bold_from=0.5, choice=default_choice(), confidence=default_confidence()
    )

    *_, last = weighing.draft(
        "How many missiles?", [PassageReading(page, 1.0, 0.9, (quote(page, page.text.strip(), "17", 0.9),))]
    )

    assert () == last.claims
    assert last.reason == NOT_FOUND


def test_a_heading_is_no_answer():
    """The likelier sentence is a title by the document's format."""
    text = "When the ferry leaves\n\nIt leaves at noon."
    of = replace(passage(document(text)), titles=((0, 21),))
    answer = draft(
        "When does the ferry leave?",
        quote(of, "When the ferry leaves", "ferry", 0.95),
        quote(of, "It leaves at noon.", "noon", 0.9),
    )

    assert ["It leaves at noon."] == [claim.text for claim in answer.claims]
