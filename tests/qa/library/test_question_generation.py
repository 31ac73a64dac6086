"""Questions generated from statements: correct English, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.library.question_generation import MAX_QUESTION, generate_questions
from tests.texts import texts

# Names are told from words that only begin a sentence by how they are written within one.
NAMES = (
    "They came to North Korea, to Lake Orin, to Pyongyang and to Ulleungdo, as did Warsaw, the Council and "
    "Anna Keller. "
)


def questions_of(text: str, title: str = "") -> list[str]:
    return [each.question for each in generate_questions(text, title)]


@pytest.mark.parametrize(
    ("statement", "question"),
    [
        ("Ulleungdo is a volcanic island of South Korea.", "What is Ulleungdo?"),
        (
            "The Northern Limit Line, NLL for short, is the boundary at sea.",
            "What is the Northern Limit Line?",
        ),
        (
            "The Apollo Program (of NASA), also known as Apollo, was a programme of flights.",
            "What was the Apollo Program?",
        ),
        ("Anna Keller was a Swiss painter, who lived in Bern.", "Who was Anna Keller?"),
        ("The line in its middle is called the Demarcation Line.", "What is the Demarcation Line?"),
        ("A vote against by a permanent member is called a veto.", "What is a veto?"),
        ("The highest point of Ulleungdo is Seonginbong.", "What is the highest point of Ulleungdo?"),
        ("The president of North Korea was Kim Il Sung.", "Who was the president of North Korea?"),
        ("Lake Orin was first mapped in 1887 with great care.", "When was Lake Orin first mapped?"),
        ("In 1887 Lake Orin was first mapped.", "When was Lake Orin first mapped?"),
        ("The Korean War began on 25 June 1950, at dawn.", "When did the Korean War begin?"),
        ("The Korean War began on June 25, 1950.", "When did the Korean War begin?"),
        (
            "The Council first imposed sanctions on North Korea in October 2006, by a resolution.",
            "When did the Council first impose sanctions on North Korea?",
        ),
        ("Lake Orin was first mapped by Anna Keller.", "Who first mapped Lake Orin?"),
        ("Ulleungdo was written by Anna Keller in a year.", "Who wrote Ulleungdo?"),
        (
            "On Monday 2 November 2022 Pyongyang fired 23 missiles; it did.",
            "How many missiles did Pyongyang fire?",
        ),
        ("The Council has fifteen members.", "How many members does the Council have?"),
        ("A treaty of peace needs nine votes in favour.", "How many votes does a treaty of peace need?"),
        ("There are about 40 small islands in Lake Orin.", "How many small islands are there in Lake Orin?"),
        ("Lake Orin is about 250 kilometres long and 4 wide.", "How long is Lake Orin?"),
        ("Lake Orin is located in the Alps.", "Where is Lake Orin located?"),
        ("The European Eel spawns in the Sargasso Sea.", "Where does the European Eel spawn?"),
    ],
)
def test_a_statement_gives_its_question(statement, question):
    """One example a rule, and the ways in which a sentence dresses it up."""
    assert question in questions_of(NAMES + statement)


@pytest.mark.parametrize(
    "statement",
    [
        "It was signed on 27 July 1953 at Panmunjom.",  # what was?
        "The line was signed in 1953 by all of them.",  # which line?
        "Its president was born in 1953, in Seoul.",
        "Fishing was founded in 1953 by Anna Keller.",  # a name, or only the first word?
        "Lake Orin was not mapped in 1887 by Keller.",
        "Lake Orin, which they saw, was mapped in 1887.",
        "Was Lake Orin mapped in the year of 1887?",
        "Lake Orin was mapped in 1887",  # a heading
        "Lake Orin is a member of the lakes of the Alps.",  # no one would ask
        "Lake Orin is the same as it was before.",
        "Lake Orin had three more lakes in 1887.",
        "Warsaw was the beloved city of Anna Keller.",
        "Anna Keller's house is a house in the Alps.",
        "Painter Anna Keller was a figure of her time.",
        "Temujin was elected khan of the Mongols in 1186.",  # elected what?
        "Lake Orin , it is said , was mapped in 1887 .",  # tokens, not text
        "- Lake Orin | was mapped in 1887 | Keller.",
        "as of 1953 the company had 400 employees.",
    ],
)
def test_a_doubtful_statement_gives_no_question(statement):
    """It is ambiguous without its context, not a plain statement, or not worth a question."""
    assert [] == questions_of(NAMES + statement)


def test_a_short_form_is_expanded():
    """If the text names only one zone, "the zone" is that one."""
    text = (
        "Few enter the Demilitarized Zone today. Troops left the Demilitarized Zone long ago. "
        "The zone is about 250 kilometres long."
    )

    assert ["How long is the Demilitarized Zone?"] == questions_of(text)
    assert [] == questions_of(text + " Others see the Industrial Zone as well.")


def test_the_title_resolves_a_short_form():
    """ "The armistice" is unambiguous in a document about it."""
    text = "The armistice was signed at Panmunjom on 27 July 1953."

    assert "When was the armistice signed?" in questions_of(text, "The Korean armistice of 1953")
    assert [] == questions_of(text, "The Korean War")


def test_a_question_knows_its_statement():
    """Where it begins and ends in the text, in code points."""
    text = NAMES + "👩\u200d👩\u200d👧 e\u0301lite.\n\nLake Orin was mapped in 1887. It is deep."
    [each] = generate_questions(text)

    assert "Lake Orin was mapped in 1887." == text[each.start : each.end]


@given(texts(), texts())
def test_hyp_every_question_belongs_to_a_statement(text, title):
    """For any text, questions are short, on one line, unique and have valid ranges."""
    found = generate_questions(text, title)

    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(each.question.endswith("?") and len(each.question) <= MAX_QUESTION for each in found)
    assert len(found) == len({each.question for each in found})


_PARTS = st.sampled_from(
    "The Lake Orin|Warsaw|it|the zone|A file| was | is a | has | signed| mapped|first | in 1953| on 2 May|"
    ", | by Anna Keller| fifteen members|. |\n|\u202e|(|)|’s|A".split("|")
)


@given(st.lists(_PARTS, max_size=30).map("".join))
def test_hyp_random_statements_cause_no_error(text):
    """Words that the rules look for, in any order."""
    for each in generate_questions(text, text[:20]):
        assert each.question[0].isupper()
        assert " ".join(each.question.split()) == each.question
