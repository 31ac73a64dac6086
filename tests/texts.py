"""Texts for property tests: arbitrary Unicode, mixed with what makes offsets hard."""

from hypothesis import strategies as st

HARD = [
    "e\u0301",  # a letter and its combining accent: two code points, one sign
    "👩‍👩‍👧",  # three people joined: five code points, eight UTF-16 units
    "𝔘",  # outside the basic plane: two UTF-16 units
    "ﬁne",  # a ligature
    "שלום",  # right to left
    "\u202eabc\u202c",  # an override of direction
    "日本語。次",  # no spaces
    "\r\n",
    "\x00",
    "\u00a0",  # a space that isn't U+0020
    "\u2028",  # a line separator
    "Dr. No. 5 e.g. 3.14 U.S. “Why?” ",
    "\n\n",
    "- item\n",
    "x" * 150,  # longer than a word piece tokenizer reads
    "A sentence of a few words. ",
]


def texts() -> st.SearchStrategy[str]:
    """Any text that UTF-8 can hold, with hard pieces strewn in."""
    plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    return st.lists(st.one_of(plain, st.sampled_from(HARD)), max_size=30).map("".join)
