"""What of a text is layout and no sentence."""

from dataclasses import replace

from qa.answering.answerers.prose import is_layout, is_title
from tests.fakes.passages import document, passage, quote


def test_titles_of_plain_text_are_headings():
    """Underlined, or a long line in capitals; a short one may be a name, and a sentence ends in a stop."""
    assert is_layout("TRIGGERS\n========")
    assert is_layout("THE SECURITY COUNCIL IN BRIEF")
    assert not is_layout("MARY CELESTE")
    assert not is_layout("THERE IS NO WARRANTY FOR THE PROGRAM.")


def test_entries_of_a_list_of_contents_are_headings():
    """Each line is the title of a section, also where a quote has several."""
    assert is_layout("Basic use\nThanks", ("Thanks", "Basic use", "Other"))
    assert not is_layout("Basic use\nThanks to Ann", ("Thanks", "Basic use"))


def test_headings_are_known_from_the_format():
    """The text alone doesn't tell: "What you need to know" may be a sentence."""
    text = "What you need to know\n\nTake it with water."
    of = replace(passage(document(text)), titles=((0, 21),))

    assert is_title(quote(of, "What you need to know"))
    assert not is_title(quote(of, "Take it with water."))
