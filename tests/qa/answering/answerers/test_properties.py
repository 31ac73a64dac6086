"""The property asked for: another one that a sentence tells of is recognised."""

import pytest

from qa.answering.answerers.properties import other_words, tells_another_property


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How deep is Lake Orin?", "Lake Orin lies at a height of 1,204 m."),
        ("how long is the river?", "The river is 60 m wide."),
        ("when did gregory yob die?", "It was written by Gregory Yob in 1972."),
        ("how much does the game cost?", "The game needs 8 MB of memory."),
        ("how heavy is a puck?", "Pucks fly at up to 100 mph."),
        ("Who was Ann Lee married to?", "Ann Lee founded the school with Bo Ray."),
    ],
)
def test_another_property_is_recognised(question, sentence):
    """The sentence is about the right thing."""
    assert tells_another_property(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How deep is the lake?", "It is 40 m deep and 3 km wide."),
        ("How long is the coastline?", "Coastline: 1,448 km"),
        ("How long did it take?", "It took three hours to reach the highest point."),
        ("How much does it cost?", "It is $5 a month."),
        ("How many people died?", "There were no casualties."),
        ("Who won?", "The tallest runner won."),
    ],
)
def test_the_property_asked_for_is_accepted(question, sentence):
    """It is named in other words, or by the unit of an amount."""
    assert not tells_another_property(question, sentence)


def test_headings_may_name_the_property():
    """A sentence below the heading "Depth" needn't say it again."""
    assert not tells_another_property("How deep is it?", "At its highest, 40 m.", "Depth of the lake")


@pytest.mark.parametrize(
    ("question", "other", "own"),
    [
        ("Who won the raffle?", "Joan runs the raffle.", "The first prize of the raffle went to Lin."),
        ("When was the club founded?", "The club met in 1990.", "The club has existed since 1990."),
        ("What is the phone number of the hotel?", "The hotel has 40 rooms.", "Hotel: tel. 555 0142"),
        ("When was the medicine approved?", "The leaflet is of 2022.", "It was authorised in 2019."),
        ("How hot may it be stored?", "Store it for 2 years.", "Do not store it above 25 °C."),
    ],
)
def test_what_happened_is_a_property(question, other, own):
    """The sentence is about the same thing but tells of something else."""
    assert tells_another_property(question, other)
    assert not tells_another_property(question, own)


def test_non_members_are_no_members():
    """Unless a sentence is about both."""
    assert tells_another_property("Who are the non-permanent members?", "Five are permanent: China …")
    assert tells_another_property(
        "Who are the permanent members?", "The ten non-permanent members are elected."
    )
    assert not tells_another_property("Who are the permanent members?", "Five are permanent: China …")
    assert not tells_another_property(
        "Who are the non-permanent members?", "Ten members are non-permanent, and five are permanent."
    )


def test_what_somebody_says_is_asked_with_what():
    """Another question may have the word for another reason."""
    assert tells_another_property("What did Ann say about the fire?", "At the time of Ann, fires were rare.")
    assert not tells_another_property("Why does Ann say it burned?", "Ann blames the lamp.")


def test_words_of_a_property_stand_for_each_other():
    """A word that names no property has none."""
    assert "casualties" in other_words("killed")
    assert not other_words("lamp")
