"""Which documents a person means by a name that is none of theirs exactly."""

import pytest

from index.snapshot.catalog import CatalogEntry
from qa.answering.document_names import (
    bare_topic,
    mentioned_documents,
    named_documents,
    speaks_of_document,
)


def entry(title: str, path: str = "") -> CatalogEntry:
    return CatalogEntry(title, title, (path or f"/library/{title}.txt",), "text/plain", 100, 0, 1)


LIBRARY = [
    entry("Leave types", "/library/leave-policy-tts-handbook.md"),
    entry("Activity in Case 3:17 The People v. BP P.L.C.", "/library/minute-entry-california-v-bp.eml"),
    entry("Cross Project Council Meeting", "/library/council-minutes-2024.md"),
    entry("annual-report-2017"),
    entry("annual-report-2016"),
    entry("The Adventures of Sherlock Holmes"),
    entry("GitHub Gifts and Entertainment Policy", "/library/gifts-and-entertainment-policy.md"),
    entry("Bundesurlaubsgesetz"),
]


@pytest.mark.parametrize(
    ("phrase", "titles"),
    [
        ("the leave policy", ["Leave types"]),
        ("the bp minutes", ["Activity in Case 3:17 The People v. BP P.L.C."]),
        ("the minutes", ["Activity in Case 3:17 The People v. BP P.L.C.", "Cross Project Council Meeting"]),
        ("the 2017 annual report", ["annual-report-2017"]),
        ("the annual reports", ["annual-report-2016", "annual-report-2017"]),
        ("the sherlock holmes book", ["The Adventures of Sherlock Holmes"]),
        ("the github gift policies", ["GitHub Gifts and Entertainment Policy"]),
        ("das Urlaubsgesetz", ["Bundesurlaubsgesetz"]),
        ("sick leave", []),
        ("quantum computing", []),
        ("the report on quantum computing", []),
        ("it", []),
    ],
)
def test_a_document_is_found_by_its_own_words(phrase, titles):
    """Rare words decide; words such as *policy* and *report* count little."""
    assert titles == [match.entry.title for match in named_documents(phrase, LIBRARY)]


def test_nothing_is_named_in_an_empty_library():
    """The result is empty."""
    assert [] == named_documents("the lease", [])


def test_a_kind_of_document_names_a_document():
    """A word such as *transcript* is enough."""
    assert speaks_of_document("the astronaut transcript")
    assert not speaks_of_document("sick leave")


@pytest.mark.parametrize(
    ("phrase", "bare"),
    [
        ("the rules of the house", "rules of the house"),
        ("der Mietvertrag", "Mietvertrag"),
        ("what it is", "what it is"),
    ],
)
def test_function_words_around_a_topic_are_removed(phrase, bare):
    """They stay if nothing else would be left."""
    assert bare == bare_topic(phrase)


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        (
            "what did Watson see in the adventures of sherlock holmes book?",
            ["The Adventures of Sherlock Holmes"],
        ),
        ("may I accept a bottle under the GGA?", ["GitHub Gifts and Entertainment Policy"]),
        ("what did the CPC decide?", ["Cross Project Council Meeting"]),
        ("what does bundesurlaubsgesetz say on sickness?", ["Bundesurlaubsgesetz"]),
        ("how many people took part in the meeting?", []),
        ("who paid for the project?", []),
    ],
)
def test_a_question_mentions_documents(question, titles):
    """By a phrase with its kind, by initials, or by a word that is its own; a common word tells nothing."""
    mentioned = mentioned_documents(question, LIBRARY, lambda word, having: word == "bundesurlaubsgesetz")

    assert titles == mentioned
