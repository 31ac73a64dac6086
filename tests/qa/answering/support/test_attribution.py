"""Attribution: the narrowest words that support a sentence, wherever they are, and what is connecting."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import make_embedder
from qa.answering.support.attribution import Attributor, is_connecting
from qa.answering.support.base import Evidence, Verdict
from qa.answering.support.rules import RuleSupportCheck
from qa.records import ClaimSentence, SupportState
from tests.fakes.answers import document_passage
from tests.fakes.passages import document, passage

PAIRS = Path(__file__).parents[3] / "data" / "support_pairs.jsonl"
LAKES = [
    document_passage(
        "Lake Orin was mapped by Keller in 1912. It lies at 1,240 metres. Nobody lives there.", "Orin"
    ),
    document_passage("Lake Sala was mapped by Ferro in 1950. The shore is steep.", "Sala"),
    document_passage("Lake Orin was mapped by Keller in 1912.", "Copy"),
]


def attributed(text: str, markers: Sequence[int] = (), question: str = "") -> ClaimSentence:
    return Attributor(RuleSupportCheck(), LAKES, question).attribute(text, markers)


def quoted(claim: ClaimSentence) -> list[str]:
    return [quote.text for quote in claim.quotes]


@pytest.mark.parametrize(("markers", "title"), [((), "Orin"), ((1,), "Orin"), ((3,), "Copy"), ((2,), "Orin")])
def test_the_named_passage_is_searched_first(markers, title):
    """Another one that supports the sentence is taken if the named one doesn't."""
    [quote] = attributed("Keller mapped Lake Orin in 1912.", markers).quotes

    assert quote.passage.title == title
    assert quote.text == "Lake Orin was mapped by Keller in 1912."


@pytest.mark.parametrize("markers", [(0,), (4,), (-1,), (10**9,)])
def test_a_number_to_nothing_is_ignored(markers):
    """It is no error, and nothing is pointed at for it."""
    assert attributed("Keller mapped Lake Orin in 1912.", markers).state is SupportState.SUPPORTED


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Lake Orin lies at 1,240 metres.", SupportState.SUPPORTED),
        ("Lake Orin lies at 1,420 metres.", SupportState.CONTRADICTED),
        ("Keller mapped Lake Orin in 1921.", SupportState.CONTRADICTED),
        ("Lake Orin was mapped by Ferro.", SupportState.PARTLY),
        ("Yes, Keller mapped Lake Orin in 1912.", SupportState.SUPPORTED),
        ("Yes, Keller drained Lake Orin in 1912.", SupportState.PARTLY),
        ("The lake is full of pike and carp.", SupportState.UNSUPPORTED),
    ],
)
def test_states(text, state):
    """Numbers, dates, names and negation decide beside the words."""
    assert attributed(text).state is state


def test_an_unsupported_sentence_points_nowhere():
    """It has no quotes, whatever it cites."""
    assert attributed("The lake is full of pike and carp.", [1]).quotes == ()


def test_a_heading_supports_nothing():
    """It says what follows, and nothing itself."""
    source = document_passage(
        "Emergency Leave Transfer Program\n\nColleagues may donate leave to you.", "Leave"
    )
    claim = Attributor(RuleSupportCheck(), [source]).attribute(
        "The emergency leave transfer program is a loan."
    )

    assert claim.state is not SupportState.SUPPORTED


def test_two_places_for_two_clauses():
    """Each is the narrowest for its clause, in any passage."""
    claim = attributed("Keller mapped Lake Orin in 1912 and Ferro mapped Lake Sala in 1950.", [1])

    assert claim.state is SupportState.SUPPORTED
    assert quoted(claim) == [
        "Lake Orin was mapped by Keller in 1912.",
        "Lake Sala was mapped by Ferro in 1950.",
    ]


def test_words_of_several_places_are_not_mixed():
    """A name from one place and a date from another support nothing together."""
    assert attributed("Lake Sala was mapped by Keller in 1950.").state is not SupportState.SUPPORTED


def test_a_long_sentence_is_narrowed_to_its_clauses():
    """Only the clauses that it takes are cited."""
    text = (
        "The committee, which had met eleven times in the years before the war without any result, was "
        "dissolved by the minister of the interior; its papers were moved to an archive in the town hall, "
        "where they still are; the building itself was sold to a brewery."
    )
    claim = Attributor(RuleSupportCheck(), [passage(document(text))]).attribute(
        "Its papers were moved to an archive in the town hall."
    )

    assert quoted(claim) == ["its papers were moved to an archive in the town hall"]


@pytest.mark.parametrize(
    ("text", "connects"),
    [
        ("Here is a summary:", True),
        ("Here is a summary of the passages:", True),
        ("The main points are as follows:", True),
        ("According to the passages:", True),
        ("The holidays of the company are:", True),
        ("Zusammengefasst:", True),
        ("The rent is 900 euros.", False),
        ("There are three points:", False),
        ("The company has no holidays:", False),
        ("Anna Keller:", False),
        ("Yes.", False),
        ("It is so.", False),
    ],
)
def test_connecting_sentences(text, connects):
    """They say nothing of their own: no number, no negation, no name that the question doesn't have."""
    assert is_connecting(text, "What are the holidays of the company?") is connects


class ScriptedCheck:
    """Supports what contains the statement's first word."""

    name = "scripted"

    def check(self, statement: str, evidence: Sequence[Evidence]) -> list[Verdict]:
        word = statement.split(maxsplit=1)[0]
        return [
            Verdict(SupportState.SUPPORTED, 0.9)
            if word in each.text
            else Verdict(SupportState.UNSUPPORTED, 0.1)
            for each in evidence
        ]

    def confirm(self, statement, evidence, verdicts):
        return list(verdicts)


def test_another_check_can_take_its_place():
    """Attribution only needs the protocol."""
    claim = Attributor(ScriptedCheck(), LAKES).attribute("shore or not")

    assert quoted(claim) == ["The shore is steep."]


@given(
    st.lists(st.text(max_size=80), min_size=1, max_size=3), st.text(max_size=80), st.lists(st.integers(-2, 5))
)
def test_hyp_every_quote_is_words_of_a_passage(texts, statement, markers):
    """Whatever the model wrote and the documents hold, a quote is a range of a passage that was sent."""
    passages = [document_passage(text or "x", "T") for text in texts]
    claim = Attributor(RuleSupportCheck(), passages).attribute(statement, markers)

    assert all(
        quote.passage in passages and quote.text == quote.passage.text[quote.start : quote.end]
        for quote in claim.quotes
    )
    assert all(0 <= quote.start < quote.end <= len(quote.passage.text) for quote in claim.quotes)
    assert claim.quotes or claim.state in (SupportState.UNSUPPORTED, SupportState.NOT_NEEDED)


def test_a_synonym_counts_like_the_word_itself():
    """Its opposite doesn't, though the two are used alike."""
    check = RuleSupportCheck(make_embedder("all-MiniLM-L6-v2", "f32", 1))
    passages = [document_passage("Military expenditures rose in 2024. The seller pays the tax.", "Budget")]
    attributor = Attributor(check, passages)

    assert attributor.attribute("Military spending rose in 2024.").state is SupportState.SUPPORTED
    assert attributor.attribute("The buyer pays the tax.").state is SupportState.CONTRADICTED


def test_statements_over_everyday_documents():
    """Of 101 true ones at most 8 % aren't shown as supported; of 101 near misses at most 25 % are."""
    check = RuleSupportCheck(make_embedder("all-MiniLM-L6-v2", "f32", 1))
    wrong: Counter[str] = Counter()
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    for row in rows:
        attributor = Attributor(check, [passage(document(row["premise"], row["title"]))])
        for truth in ("true", "false"):
            states = [attributor.attribute(text, [1]).state for text in row[truth]]
            wrong[truth] += sum((state is SupportState.SUPPORTED) != (truth == "true") for state in states)

    assert [sum(len(row[truth]) for row in rows) for truth in ("true", "false")] == [101, 101]
    assert wrong["true"] <= 0.08 * 101
    assert wrong["false"] <= 0.25 * 101
