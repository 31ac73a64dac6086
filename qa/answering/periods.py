"""Months, quarters and years of a question, and another one in their place: "and in July?"."""

import re

_NAMES = (
    r"(?:january|february|march|april|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|q[1-4]|may)"
)
_YEAR = r"(?:1[4-9]|20)\d\d"
_PREPOSITION = r"(?:in|for|during|by|since|until|from|of|on)"
_MONTH = re.compile(rf"\b(?P<month>{_NAMES})\b(?:\s+(?:of\s+)?(?P<year>{_YEAR})\b)?", re.I)
_FRAGMENT = re.compile(rf"(?:{_PREPOSITION}\s+)?(?P<period>{_NAMES}\b(?:\s+{_YEAR})?)", re.I)
_MODAL = re.compile(r"\bmay\b(?!\s+\d)", re.I)
_EARLIER = re.compile(r".*\b(?:earlier|later|before|after|ago)\b[\s,]*(?P<period>.+)", re.I | re.S)
_UNCLEAR = re.compile(
    r"(?:in\s+|for\s+)?(?:last|this|next|the\s+previous|the\s+following)\s+(?:year|month|quarter|week)", re.I
)


def with_month(question: str, fragment: str) -> str | None:
    """
    Return *question* about another month or quarter; None if it names not exactly one, or the fragment none.

    >>> with_month("What was spent on rent in June 2023?", "in July")
    'What was spent on rent in July 2023?'

    Args:
        question: One plain sentence, or a few words.
        fragment: What is asked about instead, such as "for July 2024" or "a year earlier, June 2022".
    """
    if earlier := _EARLIER.fullmatch(fragment):
        fragment = earlier["period"]
    new = _FRAGMENT.fullmatch(fragment.strip())
    old = [
        match for match in _MONTH.finditer(question) if not _MODAL.fullmatch(match["month"]) or match["year"]
    ]
    if new is None or len(old) != 1:
        return None
    # A month with a year replaces both.
    end = old[0].end() if new["period"][-4:].isdigit() else old[0].end("month")
    return question[: old[0].start()] + new["period"] + question[end:]


def is_unclear_period(fragment: str) -> bool:
    """Return whether a fragment is a period that only today's date tells: "last year"."""
    return _UNCLEAR.fullmatch(fragment.strip(" ?.!")) is not None
