"""What a person says instead of the words of the question before: "sorry, I meant Saturn"."""

import re

from qa.answering.english import split_words

MAX_LEAD = 40
"""Maximum characters before the corrected part of a correction."""
MAX_SHORT = 6
"""Maximum words of a correction that ends with what marks it: "Ohio, I mean"."""

_BEFORE = r"(?:(?:no|nope|sorry|oh|oops|ah|actually|wait|well|hm+|wrong \w+)\b[\s,.!-]*)"
_MEANT = re.compile(
    rf"\W*(?:{_BEFORE}+(?:i|we)\s+want(?!\s+to\b)"  # "I want the lease" alone takes nothing back
    rf"|{_BEFORE}*(?:that's not (?:it|right|what (?:i|we) (?:asked|meant))[\s,.!-]+(?:for|about)?\s*)?"
    r"(?:(?:i|we)\s+(?:mean|meant|said|wanted)(?!\s+to\b)"
    r"|i(?:'m| am| was)? (?:asking|asked|talking|speaking) (?:about|for|of)|rather"
    r"|make (?:that|it)(?=\s+\d)))\b[\s,:]*(?P<rest>.+)",
    re.I | re.S,
)
"""Sorry, I meant Saturn. Wrong year, I want 2015."""
_NOT_THIS = re.compile(
    r"\W*(?:no\b[\s,]*)?not\s+(?P<wrong>.+?)(?:,|\s+but|\s*[-–—])\s+(?:but\s+)?(?P<rest>.+)", re.I | re.S
)
"""Not Texas, New Mexico."""
_NOT_THAT = re.compile(r"\W*(?P<rest>[^,]+?),?\s+(?:and\s+)?not\s+(?P<wrong>[^,]+?)[\s.!?]*", re.I)
"""New Mexico, not Texas."""
_NO = re.compile(
    r"\W*(?:(?:no|nope)\s*[,.!–—-]|(?:sorry|oops|actually)\b[\s,.!-]|wrong \w+\s*[,.!–—-])\s*(?P<rest>.+)",
    re.I | re.S,
)
"""No, New Mexico."""
_AT_THE_END = re.compile(r"\W*(?P<rest>.+?)[\s,]+i (?:mean|meant)\W*", re.I)
"""New Mexico, I mean."""
_I_ASK = re.compile(r"i (?:was|am|'m) (?:asking|talking|speaking) (?:about|for|of)\s+", re.I)


def correction_of(question: str, before: str = "") -> str | None:
    """
    Return the corrected part of a correction; None for anything else.

    >>> correction_of("Sorry, I meant Saturn."), correction_of("Saturn, not Mars", "How far is Mars?")
    ('Saturn.', 'Saturn')

    Args:
        question: As typed.
        before: The question before it, which has what "not" takes back.
    """
    for pattern in (_MEANT, _NOT_THIS, _NO):
        match = pattern.match(question)
        if match and match.start("rest") <= MAX_LEAD:
            return _I_ASK.sub("", match["rest"].strip())
    if len(split_words(question)) > MAX_SHORT:
        return None
    if match := _AT_THE_END.fullmatch(question):
        return match["rest"]
    return (
        match["rest"] if (match := _NOT_THAT.fullmatch(question)) and _is_in(match["wrong"], before) else None
    )


def retracted_range(question: str, before: str) -> tuple[int, int] | None:
    """
    Return the range of *before* that a correction takes back by naming it; None if it names nothing.

    >>> retracted_range("not Mars, Saturn", "How far is Mars?")
    (11, 15)
    """
    match = _NOT_THIS.match(question) or _NOT_THAT.fullmatch(question)
    if match is None or not _is_in(match["wrong"], before):
        return None
    start = before.lower().find(match["wrong"].lower())
    return start, start + len(match["wrong"])


def _is_in(words: str, before: str) -> bool:
    return words.lower() in before.lower()
