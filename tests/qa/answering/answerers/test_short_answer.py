"""The short answer: whole, affirmed, without a rival, of the type asked for; otherwise none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answerers.short_answer import short_answer


def bold(question, text, marked, *shown):
    """The short answer of one sentence in which the reader marked those words."""
    at = text.index(marked)
    found = short_answer(question, text, (0, len(text)), (at, at + len(marked)), shown)
    return None if found is None else text[slice(*found)]


@pytest.mark.parametrize(
    ("question", "text", "marked", "expected"),
    [
        ("How fast was it sinking?", "It fell at 42 feet per second.", "42", "42 feet per second"),
        ("How soon must it be up?", "It is up within six (6) hours.", "six (6)", "six (6) hours"),
        (
            "How many should sit on it?",
            "It has between 12 and 15 members.",
            "12",
            "between 12 and 15 members",
        ),
        (
            "When is the call?",
            "It is on Thursday, August 3, 2023 at noon.",
            "August 3",
            "Thursday, August 3, 2023",
        ),
        ("Who came?", "Alito, Kagan and Thomas came.", "Kagan", "Alito, Kagan and Thomas"),
        ("Who is the sponsor?", "Mary Ann Stone is the sponsor.", "Stone", "Mary Ann Stone"),
        ("What share was lost?", "It was less than 1% of the total.", "1%", "less than 1%"),
        ("How long is the road?", "The road is 42 miles (68 km) long.", "42 miles (68 km)", "42 miles"),
        ("Who won?", "In the final in May, Ann Lee was named the winner.", "Ann Lee", "Ann Lee"),
        ("Who led it?", "The march, which Bo joined, was led by the aged Ann Lee.", "Ann Lee", "Ann Lee"),
        ("When did it fall?", "It did not fall until 1279.", "1279", "1279"),
        (
            "Which four minds are there?",
            "They are love, joy, pity, and calm.",
            "love, joy, pity, and calm",
            "love, joy, pity, and calm",
        ),
        ("Where is the jack?", "The jack is on the bottom.", "bottom", "bottom"),
        (
            "How many treasures are there?",
            "Points come from five new 16-point treasures.",
            "16-point treasures",
            "five new 16-point treasures",
        ),
        ("How many posts are there?", "It has 18000 newsgroups posts.", "18000", "18000 newsgroups posts"),
    ],
)
def test_words_are_widened_to_the_whole_thing(question, text, marked, expected):
    """Numbers keep their units, dates their years, names their parts, and lists their items."""
    assert expected == bold(question, text, marked)


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("What is the Northern Limit Line?", "The Northern Limit Line (NLL) is a border.", "NLL"),
        ("What is it called?", "Its name is not Phoenix.", "Phoenix"),
        ("Which command works?", "A group can be used locally.", "group can be used locally"),
        (
            "How many samples are there?",
            "Sample data (of 600 to 3,000 people) is free.",
            "600 to 3,000 people",
        ),
        ("Who is the chief executive?", "Ann Lee succeeded the former chief executive Bo Ray.", "Bo Ray"),
        ("How many people came?", "82 TOTAL 369", "82"),
        ("How many people came?", "The fee is $50.", "$50"),
        ("When did it open?", "It opened after the war.", "after the war"),
        ("Who moderates?", "It was moderated by a gentleman.", "a gentleman"),
        ("Was anyone killed?", "They do not know.", "do not"),
        ("Why did they leave?", "They left because of the heat.", "because of the heat"),
        ("What is irene adler's address?", "These are the Irene Adler papers.", "the Irene Adler papers"),
        ("Which segments are there?", "There are North America, Asia and services.", "North America"),
        ("Who got titles?", "Titles went to eastern Tibetan princes.", "eastern Tibetan princes"),
        ("How many people came?", "They had 12 cars.", "12"),
        ("What share was white?", "There 75 percent were old, and 87 percent white.", "75 percent"),
    ],
)
def test_incomplete_words_are_not_shown(question, text, marked):
    """They repeat the question, are negated, are someone else's, or aren't of the type."""
    assert bold(question, text, marked) is None


def test_the_amount_that_fits_the_question_is_shown():
    """Each of two amounts has its own part of the sentence."""
    text = "It draws 10mA from the -12V rail and 120mA from the +12V rail."

    assert "120mA" == bold("How much current does it draw from the +12V rail?", text, "10mA")
    assert bold("How much current does it draw?", text, "10mA") is None


def test_a_rival_amount_drops_the_short_answer():
    """Amounts of other things don't."""
    text = "The company earned $21.3 billion."

    assert bold("How much did it earn?", text, "$21.3 billion", "It earned $51.2 billion.") is None
    assert "$21.3 billion" == bold("How much did it earn?", text, "$21.3 billion", "It has 12 offices.")


def test_the_like_of_another_thing_is_not_shown():
    """Each part of the sentence is about another day or place; the marked part isn't the one asked for."""
    van = "The van stops at Tern Green on Mondays, at the school on Wednesdays and at Ulm on Fridays."
    boxes = "The first-aid box at Coldham is in the shed and that at Easton under the till."

    assert bold("where does the van stop on wednesdays?", van, "Tern Green") is None
    assert bold("where does the van stop on mondays?", van, "Tern Green") == "Tern Green"
    assert bold("where is the first aid box at easton?", boxes, "the shed") is None


def test_another_sum_is_a_rival_of_a_phrase():
    """ "What is the excess" doesn't say that it asks for a sum, but two sums are shown."""
    text = "Your excess is £150 for each claim."

    assert bold("What is the excess for water?", text, "£150", "For water it is £350.") is None
    assert bold("What is the excess for water?", text, "£150", "You pay it by card.") == "£150"


def test_an_abbreviation_is_expanded():
    """The question "what does it mean" needs a sentence instead."""
    text = "It crossed the Northern Limit Line (NLL) at night."

    assert "Northern Limit Line" == bold("What does NLL stand for?", text, "night")
    assert bold("What does NLL mean?", text, "Northern Limit Line") is None


@given(st.text(max_size=80), st.data())
def test_hyp_a_short_answer_is_within_its_sentence(text, data):
    """This holds for any text and any marked words."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    at = data.draw(st.integers(start, end))
    for question in ("How many?", "Who?", "When?", "Where?", "What did it say?", "What does AB stand for?"):
        found = short_answer(question, text, (start, end), (at, end))
        assert found is None or start <= found[0] < found[1] <= end


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        (
            "Which licence applies?",
            "The Free Licence, Version 1.1 or later applies.",
            "The Free Licence, Version 1",
        ),
        ("When was zlib released?", "First off, you should read RFC 1951.", "1951"),
        ("When did the server start?", "It listens on port 1812.", "1812"),
    ],
)
def test_no_short_answer_is_part_of_a_number(question, text, marked):
    """Nor is the number of a standard a year."""
    assert bold(question, text, marked) is None
