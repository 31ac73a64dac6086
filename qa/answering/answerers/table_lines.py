"""Rows of a table that are written as a line of names and values, shortened to what a question asks for."""

import re
from itertools import pairwise

from qa.answering.answerers.lexicon import content_stems

MIN_PAIRS = 6
"""Minimum names in a row that is shortened."""
MIN_LENGTH = 160
"""Minimum characters of such a row."""
MAX_NAME = 60
"""Maximum characters of a name."""

_NAME = re.compile(rf"(?:^|(?<=; ))[^:;\n]{{1,{MAX_NAME}}}: ")


def shortened_row(question: str, text: str, answer: tuple[int, int] | None) -> str | None:
    """
    Return the names and values of a row that the question has or that answer it; None for another text.

    >>> row = "port: Tern; kind: ferry; berths: 12; built: 1912; owner: Moor; open: yes"
    >>> shortened_row("Who owns Tern?", f"{row}; note: {'x' * 120}", (56, 60))
    'port: Tern; owner: Moor'

    Args:
        question: In a person's words.
        text: The row.
        answer: Start and end of the answer in it; None if the reader gave none.
    """
    starts = [match.start() for match in _NAME.finditer(text)]
    if answer is None or len(text) < MIN_LENGTH or len(starts) < MIN_PAIRS or starts[0] > 0:
        return None
    asked = set(content_stems(question))
    kept = [
        text[start:end].rstrip("; ")
        for start, end in pairwise([*starts, len(text)])
        if start <= answer[0] < end or asked & set(content_stems(text[start:end]))
    ]
    return "; ".join(kept)
