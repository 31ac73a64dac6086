"""What is compared exactly: numbers with units, dates, names, negation and opposites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.support.exact import (
    Date,
    are_alternatives,
    facts,
    has_opposite,
    has_other_limit,
    has_other_share,
    is_nearer_to_other_figure,
    is_negated_differently,
    is_stronger,
    missing_dates,
    missing_figures,
    missing_names,
    other_figure,
)


def english(text: str):
    return facts(text, "en")


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("46 sailors died.", "Forty-six sailors died."),
        ("It cost $1.5 million.", "The price was US$1,500,000."),
        ("It grew by 12.5 percent.", "Wachstum: 12,5 %"),
        ("The gain is up to 6 dB.", "INPUT GAIN, from -18dB to +6dB."),
        ("About 46 million people live there.", "45.9 million people"),
        ("It has 1.234 seats.", "It has 1,234 seats."),
        ("200 dogs", "two hundred dogs"),
        ("There were 2,012 people in 2012.", "In 2012, 2012 people came."),
    ],
)
def test_the_same_number_in_another_form(statement, source):
    """Words, scales, separators and units have many forms."""
    assert missing_figures(english(statement), english(source)) == []


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("46 sailors died.", "Forty-seven sailors died."),
        ("It cost 1.5 million dollars.", "It cost 1.5 billion dollars."),
        ("It grew by 12.5 percent.", "It grew by 12.5 points."),
        ("It takes 30 days.", "It takes 30 months."),
        ("Exactly 46 million people", "45.9 million people"),
    ],
)
def test_another_number_or_unit_is_missing(statement, source):
    """A known unit is a part of the number."""
    [figure] = missing_figures(english(statement), english(source))

    assert figure.values


def test_another_number_of_the_same_unit_is_known():
    """It speaks against the statement; a number of something else doesn't."""
    [figure] = missing_figures(english("It takes 30 days."), english("It takes 20 days."))

    assert other_figure(figure, english("It takes 20 days."))
    assert not other_figure(figure, english("It has 20 seats."))


@pytest.mark.parametrize(
    "text",
    [
        "November 2, 2022",
        "2 November 2022",
        "on 2 Nov. 2022",
        "2022-11-02",
        "am 2. November 2022",
        "11/2/2022",
    ],
)
def test_forms_of_a_date(text):
    """They are one date, and no numbers."""
    found = english(text)

    assert found.dates == (Date(2022, 11, 2),)
    assert found.figures == ()


@pytest.mark.parametrize(
    ("statement", "source", "is_missing"),
    [
        ("It ended in 2022.", "It ended on 2 November 2022.", False),
        ("It ended in November 2022.", "It ended on 2 November 2022.", False),
        ("It ended on 3 November 2022.", "It ended on 2 November 2022.", True),
        ("It ended on 2 November 2022.", "It ended in November 2022.", True),
    ],
)
def test_a_date_is_covered_by_a_more_exact_one(statement, source, is_missing):
    """The other way round something was added."""
    assert bool(missing_dates(english(statement), english(source))) is is_missing


@pytest.mark.parametrize(
    ("statement", "source", "expected"),
    [
        ("It was led by Keller.", "Keller's team led it.", []),
        ("It was led by Keller.", "Ferro led it.", ["Keller"]),
        ("It was Korean.", "It came from Korea.", []),
        ("The FDA agreed.", "The Food and Drug Administration agreed.", []),
        ("He met the U.S. envoy.", "He met the American envoy.", []),
        ("Bananas are yellow.", "Fruit is yellow.", []),
    ],
)
def test_names(statement, source, expected):
    """The first word of a sentence is no name for its capital; other forms of a name are the same."""
    assert missing_names(english(statement), english(source)) == expected


@pytest.mark.parametrize(
    ("statement", "source", "differs"),
    [
        ("Dogs are not allowed.", "Dogs are allowed.", True),
        ("Dogs are allowed.", "Dogs are not allowed here.", True),
        ("No dogs are allowed.", "Dogs are not allowed.", False),
        ("Dogs are allowed.", "Not only dogs are allowed.", False),
        ("Dogs are allowed.", "Dogs are allowed. Cats may not enter the house or the garden.", False),
        ("The states were unwilling to pay.", "The states refused to pay.", False),
    ],
)
def test_negation(statement, source, differs):
    """It matters which words are negated, and not how."""
    assert is_negated_differently(english(statement), english(source)) is differs


@pytest.mark.parametrize(
    ("statement", "source", "differs"),
    [
        ("Sales increased in May.", "Sales fell in May.", True),
        ("Sales increased in May.", "Sales rose in May.", False),
        ("Sales increased in May.", "Sales increased in May and fell in June.", False),
    ],
)
def test_opposites(statement, source, differs):
    """A source that has both words isn't taken to contradict."""
    assert has_opposite(english(statement), english(source)) is differs


@pytest.mark.parametrize(
    ("statement", "source", "stronger"),
    [
        ("It must be taken at once.", "It can be taken at once or in parts.", True),
        ("It can be taken at once.", "It must be taken at once.", False),
        ("It is due every year.", "It is due in a year.", True),
        ("Every member votes.", "All members vote.", False),
        ("Only members vote.", "Members vote.", True),
        ("Only members vote.", "Nobody but members votes.", False),
        ("The rule applies to sick leave.", "The rule only applies to annual leave.", True),
        ("The rule applies to annual leave.", "The rule only applies to annual leave.", False),
    ],
)
def test_a_stronger_statement(statement, source, stronger):
    """A duty for a permission, all for some, one alone, or one more than the only one."""
    assert is_stronger(english(statement), english(source), english(source).stems) is stronger


@given(st.text(max_size=200), st.sampled_from(["en", "de", "fr"]))
def test_hyp_a_text_lacks_nothing_of_itself(text, language):
    """Whatever is found in a text is found in it again."""
    found = facts(text, language)

    assert missing_dates(found, found) == []
    assert missing_figures(found, found) == []
    assert missing_names(found, found) == []
    assert not has_opposite(found, found)
    assert not is_negated_differently(found, found)


@pytest.mark.parametrize(
    ("statement", "differs"),
    [
        ("Most wool goes to Norway (31%) and Chile (9%).", False),
        ("Most wool goes to Chile (31%).", True),
        ("Norway has 31 % and Chile 9%.", False),
        ("Peru takes 31%.", False),
        ("31% goes to Chile.", False),
    ],
)
def test_a_name_with_the_share_of_another(statement, differs):
    """Both the name and the number are in the source, but not together."""
    source = "Wool by country: Norway 31%, Spain 12,5%, Chile 9%"

    assert has_other_share(english(statement), english(source)) is differs
    assert not has_other_share(english(statement), english("Chile 9% of all."))


@pytest.mark.parametrize(
    ("statement", "source", "differs"),
    [
        ("Gifts worth less than $150 are reported.", "Gifts exceeding $150 are reported.", True),
        ("It takes at least 30 days.", "It takes no more than 30 days.", True),
        ("It takes no less than 30 days.", "It takes at least 30 days.", False),
        ("Gifts under $150 are fine.", "Gifts of up to $150 are fine.", False),
        ("Gifts of $150 are fine.", "Gifts of up to $150 are fine.", False),
    ],
)
def test_a_maximum_is_no_minimum(statement, source, differs):
    """The words before a number count; a number without them agrees with both."""
    assert has_other_limit(english(statement), english(source)) is differs


@pytest.mark.parametrize(
    ("statement", "differs"),
    [
        ("The estimated closing costs are $8,791.", False),
        ("The estimated closing costs are $5,851.", True),
        ("The loan costs are $5,851.", False),
        ("The estimated closing costs are $7,000.", False),
    ],
)
def test_a_number_of_other_words(statement, differs):
    """Of several numbers with the same unit the one counts that the statement's words are at."""
    source = "Estimated closing costs $8,791, which includes $5,851 in loan costs."

    assert is_nearer_to_other_figure(english(statement), english(source)) is differs


@pytest.mark.parametrize(
    ("statement", "source", "differs"),
    [
        ("Wildcards are forbidden in subdomains.", "Wildcards must not be used in subdomains.", False),
        ("The rules haven't been released yet.", "The rules are pending release.", False),
        ("An accounting is required once a state asks.", "It is not required until a state asks.", False),
        ("No null value was removed.", "Every null value was removed.", True),
        ("Claims don't have to be registered.", "Claims are registered, but the law exempts films.", True),
    ],
)
def test_a_negation_in_another_word(statement, source, differs):
    """Only in the clause that is about the same, and only where the other text lacks that word."""
    assert is_negated_differently(english(statement), english(source)) is differs


def test_what_is_not_allowed_is_forbidden():
    """A negated word and its opposite agree."""
    assert not has_opposite(english("Dogs are not allowed."), english("Dogs are forbidden."))
    assert has_opposite(english("Dogs are allowed."), english("Dogs are forbidden."))


@pytest.mark.parametrize(("one", "other"), [("buyer", "seller"), ("monday", "friday"), ("seller", "buyer")])
def test_alternatives_are_no_synonyms(one, other):
    """Though their vectors are near."""
    assert are_alternatives(one, other)
    assert not are_alternatives(one, "purchase")


def test_a_date_without_a_space():
    """As text recognised in scans has it."""
    assert english("By November 1,2013").dates == (Date(2013, 11, 1),)
