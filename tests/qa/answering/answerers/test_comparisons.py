"""Comparisons: which questions compare, the question of each side, and the numbers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answerers.comparison_sides import Side, split_sides
from qa.answering.answerers.comparisons import ComparisonForm, _term_before, compare_numbers, fit
from qa.answering.answerers.definitions import DefinitionForm
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.overview import OverviewForm
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.tables import TablesForm
from qa.answering.pipeline import QAPipeline
from qa.records import AnswerDraft, AnswerKind, ClaimSentence
from tests.fakes.markdown import document, source
from tests.fakes.pipeline import EMBEDDER, small_pipeline
from tests.fakes.tables import source as table_source

FERRIES = b"port,passengers_2019,accidents_2019\nTern,1500,2\nSala,4100,0\nUlm,610,2\n"
ORINLAND = b"""{"People": {"Infant mortality": {"male": "2.1 deaths", "female": "1.5 deaths"},
"Life expectancy": {"male": "79 years", "female": "84 years"}, "Population": {"male": 20, "female": 21}}}"""
CARDS = """# Cards

A day-pass is a paper card that is valid on the ferry until midnight of one day.

The harbour of Tern was built by monks in the old days.

A year-pass is a plastic card that is valid on every ferry from January to December.
"""


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Compare the fares of Tern and Sala", "what is the fares of Tern?", "what is the fares of Sala?"),
        ("what's the difference between a C-1 and a C-2 card?", "what is a C-1 card?", "what is a C-2 card?"),
        ("difference in price between Tern and Sala", "what is price of Tern?", "what is price of Sala?"),
        ("how does a lease differ from a licence?", "what is a lease?", "what is a licence?"),
        ("how does plan A compare to plan B?", "what is plan A?", "what is plan B?"),
        (
            "a paid fare or a free fare: what's the difference?",
            "what is a paid fare?",
            "what is a free fare?",
        ),
        ("compare lag on a bus with lag on a ship", "what is lag on a bus?", "what is lag on a ship?"),
        ("who led longer, Ada or Bo?", "Ada led?", "Bo led?"),
        ("Was Tern or Sala built first?", "was Tern built?", "was Sala built?"),
        ("compare Tern 2.0 and 2.1", "what is Tern 2.0?", "what is Tern 2.1?"),
        ("is Apple's or Google's revenue higher?", "what is Apple's revenue?", "what is Google's revenue?"),
        (
            "who had more deaths in 2000, Alba or Bree?",
            "how many deaths Alba had in 2000?",
            "how many deaths Bree had in 2000?",
        ),
        (
            "Which is cheaper, the bus or the ferry?",
            "what is the cost of the bus?",
            "what is the cost of the ferry?",
        ),
        ("Tern vs Sala: how many do they have?", "how many do Tern have?", "how many do Sala have?"),
        ("did more men or more women travel?", "did men travel?", "did women travel?"),
        (
            "Did Sala have more guests than Tern in 2019?",
            "how many guests did Sala have in 2019?",
            "how many guests did Tern have in 2019?",
        ),
        (
            "Do day passes cost more than year ones?",
            "what is the cost of day passes?",
            "what is the cost of year passes?",
        ),
        (
            "which takes longer, the tram or the bus?",
            "how long does the tram take?",
            "how long does the bus take?",
        ),
        (
            "which is older, the tall clock or the back room workshop?",
            "what is the age of the tall clock?",
            "what is the age of the back room workshop?",
        ),
        ("Is the rent in Tern higher than in Sala?", "is the rent in Tern?", "is the rent in Sala?"),
        (
            "Is the church taller than the tower?",
            "what is the height of church?",
            "what is the height of the tower?",
        ),
        (
            "how did revenue change from 2013 to 2016?",
            "what was revenue in 2013?",
            "what was revenue in 2016?",
        ),
        ("who lives in Tern and in Sala?", "who lives in Tern?", "who lives in Sala?"),
        ("whats the diff between a skiff and a punt", "what is a skiff?", "what is a punt?"),
        ("skiff vs punt: whats the difference", "what is skiff?", "what is punt?"),
        (
            "did Tern get more guest boats in 2019 or in 2020?",
            "how many guest boats did Tern get in 2019?",
            "how many guest boats did Tern get in 2020?",
        ),
        (
            "was the budget of Tern bigger in 2019 or 2020?",
            "what was the budget of Tern in 2019?",
            "what was the budget of Tern in 2020?",
        ),
        (
            "support of version 3.1 compared with 3.2",
            "what is support of version 3.1?",
            "what is support of version 3.2?",
        ),
        ("version 3.1 vs 3.2 support", "what is version 3.1 support?", "what is version 3.2 support?"),
        (
            "is there a difference in price between boats and barges?",
            "what is the price of boats?",
            "what is the price of barges?",
        ),
        (
            "how does the rent of Tern compare to that of Sala?",
            "what is the rent of Tern?",
            "what is the rent of Sala?",
        ),
        (
            "boat 14 and 28 of Tern, what does each of them cost?",
            "of Tern, what does boat 14 cost?",
            "of Tern, what does boat 28 cost?",
        ),
        ("does the fee differ for boats and cars", "what is the fee for boats?", "what is the fee for cars?"),
        (
            "how much more does the gold pass cost than the silver pass",
            "what is the cost of gold pass?",
            "what is the cost of the silver pass?",
        ),
        (
            "when does it open and who runs the shop in Tern?",
            "when does it open?",
            "who runs the shop in Tern?",
        ),
        ("Was ist der Unterschied zwischen Fähre und Boot?", "was ist Fähre?", "was ist Boot?"),
    ],
)  # fmt: skip
def test_each_side_has_a_question(question, first, second):
    """The sides are in the order in which they are named."""
    sides = [side.question for side in split_sides(question)]

    assert [first, second] == sides


@pytest.mark.parametrize(
    "question",
    [
        "What are the terms and conditions?",
        "Who built the harbour of Tern?",
        "What does SER mean, and what does it measure?",
        "Compare this",
        "Who is older than 65?",
        "can a member apply more than once a year?",
        "does the repair take longer than two weeks?",
        "Can I pay by card or cash?",
        "which town had the most guests from 2000 to 2014?",
        "Who has to agree if it costs more than $150?",
        "",
    ],
)
def test_one_thing_has_no_sides(question):
    """Two words of one name, or a second question about the first, are no comparison."""
    assert () == split_sides(question)


@given(st.text(max_size=400))
def test_hyp_any_text_has_two_sides_or_none(text):
    """This holds for any text."""
    assert len(split_sides(text)) in (0, 2)


def test_a_sentence_of_another_year_fits_no_year():
    """Even if the year is in the name of its document."""
    minutes = document("In 2023 there were ten guests. We thank all guests.", title="Minutes 2024")
    of_2023, of_none = quote_range(minutes, 0, 30), quote_range(minutes, 31, 51)

    assert 0.0 == fit(frozenset({"2024"}), "2024", of_2023, minutes)
    assert fit(frozenset({"2024"}), "2024", of_none, minutes) > 0.0


def drafted(short: str) -> AnswerDraft:
    read = document("Some words.")
    return AnswerDraft((ClaimSentence(short, (quote_range(read, 0, 4),)),), short)


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("1,234", "990", "Tern: more, 1,234 against 990 (difference: 244)"),
        ("$5 million", "$7 million", "Sala: more, $7 million against $5 million (difference: $2 million)"),
        ("12%", "12%", "Tern and Sala: the same, 12%"),
        ("12%", "12 km", None),
        ("12", "nobody", None),
    ],
)
def test_numbers_of_one_unit_are_compared(one, other, shown):
    """Numbers of different units are only shown together."""
    sides = [Side("Tern", "a"), Side("Sala", "b")]
    found = compare_numbers(sides, [drafted(one), drafted(other)], "en")

    assert shown == (found and found.text)
    assert found is None or 2 == len(found.quotes)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from a table and a text."""
    answerer, tables = ExtractiveAnswerer(refuse_below=0.5, bold_from=0.9), TablesForm()
    return small_pipeline(
        tmp_path_factory.mktemp("index"),
        [
            table_source("ferries.csv", FERRIES),
            table_source("orinland.json", ORINLAND),
            source("cards.md", CARDS),
        ],
        answerer=answerer,
        general_forms=(ComparisonForm((DefinitionForm(), tables), answerer, OverviewForm(EMBEDDER)), tables),
    )


def test_two_cells_are_compared(pipeline):
    """The larger number comes first, then each side with its cell; all are cited."""
    answer = pipeline.run("Who had more passengers in 2019, Tern or Sala?")

    assert AnswerKind.COMPARISON == answer.kind
    assert [
        ("", "Sala: more, 4100 against 1500 (difference: 2,600)"),
        ("Tern", "Tern · passengers_2019: 1500"),
        ("Sala", "Sala · passengers_2019: 4100"),
    ] == [(sentence.label, sentence.text) for sentence in answer.sentences]
    assert all(sentence.markers for sentence in answer.sentences)


def test_an_adverb_says_what_is_measured(pipeline):
    """Who lives longer is told by the life expectancy, and not by another figure of both."""
    answer = pipeline.run("Who lives longer in Orinland, men or women?")

    assert answer.sentences[0].text == "women: more, 84 years against 79 years (difference: 5 years)"


def test_two_sentences_are_shown_together(pipeline):
    """Each is labelled with its side."""
    answer = pipeline.run("What is the difference between a day-pass and a year-pass?")

    assert AnswerKind.COMPARISON == answer.kind
    assert {"a day-pass", "a year-pass"} == {sentence.label for sentence in answer.sentences}


def test_a_side_without_a_document_is_named(pipeline):
    """Nothing is compared with a thing that no document has; what they say of the other side is offered."""
    answer = pipeline.run("Who had more passengers in 2019, Tern or Bree?")

    assert answer.refused
    assert "I couldn't find anything about Bree in your documents." == answer.reason
    assert ["Tern · passengers_2019: 1500"] == [sentence.text for sentence in answer.possible]


def test_a_measure_without_figures_is_not_compared(pipeline):
    """The documents say what both cards are, and how old neither is."""
    assert AnswerKind.COMPARISON == pipeline.run("Compare a day-pass and a year-pass").kind
    assert AnswerKind.COMPARISON != pipeline.run("Is a day-pass older than a year-pass?").kind


def test_a_fact_is_no_comparison(pipeline):
    """A question without two sides is left to the other forms."""
    assert AnswerKind.COMPARISON != pipeline.run("Who built the harbour of Tern?").kind


def test_term_before_a_sentence_is_a_whole_line():
    """A longer line is no term, wherever the part that is looked at begins."""
    text = f"{'Range: up to 1000; example: Lance; ' * 4}\nA missile flies far."
    source = document(text)
    at = source.text.index("A missile")

    assert _term_before(quote_range(source, at, len(source.text)), source) == ""
