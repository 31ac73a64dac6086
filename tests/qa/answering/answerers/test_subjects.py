"""Who did it: parties of a question and a sentence, with names resolved within the document."""

import pytest

from qa.answering.answerers.subjects import acting_party, aliases_in, mentions, questioned_party

ARTICLE = (
    "The launch of 23 missiles by Pyongyang led to a South Korean retaliation.",
    "The reaction of South Korea was not long in coming.",
    "President Yoon Suk-yeol answered by launching three missiles.",
)


def acting(sentence, words, aliases=None):
    return acting_party(sentence, sentence.index(words), aliases)


@pytest.mark.parametrize(
    ("question", "party"),
    [
        ("How many missiles did South Korea launch?", "south korea"),
        ("What does the U.S. fear?", "united states"),
        ("Who vetoed sanctions against North Korea?", None),
        ("How tall is it?", None),
    ],
)
def test_a_question_asks_what_its_subject_did(question, party):
    """Objects and questions without a party have none."""
    assert party == questioned_party(question)


def test_the_actor_follows_by_or_precedes_its_verb():
    """A party after another preposition, or in an adjective, didn't act."""
    assert "north korea" == acting(ARTICLE[0], "23 missiles")
    assert "south korea" == acting("Pyongyang fired 23, and Seoul answered with three.", "three")
    assert acting("The North Korean fire hit two boats.", "two boats") is None


def test_a_titled_name_acts_for_the_state_named_before():
    """The previous sentence must name a single state."""
    aliases = aliases_in(ARTICLE)

    assert "south korea" == aliases["yoon"]
    assert "south korea" == acting(ARTICLE[2], "three missiles", aliases)
    assert "yoon" not in aliases_in(("Korea, Japan and China met.", ARTICLE[2]))


def test_the_north_is_the_only_state_of_that_direction():
    """The text must name that state."""
    assert "north korea" == aliases_in(("North Korea fired.",))["the north"]
    assert {} == aliases_in(("The north of the town is quiet.",))


def test_us_is_a_state_in_capitals_only():
    """In small letters it is a pronoun."""
    assert [] == mentions("They told us.")
    assert ["united states"] == [one.party for one in mentions("The US told them.")]
