"""Texts for property tests: arbitrary Unicode mixed with pieces that make offsets difficult."""

from hypothesis import strategies as st

HARD = [
    "e\u0301",  # a letter and its combining accent: two code points, one character on screen
    "👩‍👩‍👧",  # three people joined: five code points, eight UTF-16 units
    "𝔘",  # outside the basic plane: two UTF-16 units
    "ﬁne",  # a ligature
    "שלום",  # right to left
    "\u202eabc\u202c",  # a direction override
    "日本語。次",  # no spaces between words
    "\r\n",
    "\x00",
    "\u00a0",  # a space that isn't U+0020
    "\u2028",  # a line separator
    "Dr. No. 5 e.g. 3.14 U.S. “Why?” ",
    "\n\n",
    "- item\n",
    "x" * 150,  # longer than WordPiece accepts in one word
    "A sentence of a few words. ",
]


def texts() -> st.SearchStrategy[str]:
    """Return a strategy for texts that UTF-8 can encode, with difficult pieces mixed in."""
    plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    return st.lists(st.one_of(plain, st.sampled_from(HARD)), max_size=30).map("".join)
