"""What of a text is layout and no sentence."""

from qa.answering.answerers.prose import is_layout


def test_titles_of_plain_text_are_headings():
    """Underlined, or a long line in capitals; a short one may be a name, and a sentence ends in a stop."""
    assert is_layout("TRIGGERS\n========")
    assert is_layout("THE SECURITY COUNCIL IN BRIEF")
    assert not is_layout("MARY CELESTE")
    assert not is_layout("THERE IS NO WARRANTY FOR THE PROGRAM.")
