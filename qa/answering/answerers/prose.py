"""The distinction of sentences that can be shown as an answer from the layout around them."""

import re

from qa.records import Quote

_DOT_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|_{4,}")
_SECTION_NUMBER = re.compile(
    r"^\W*(?:\d+(?:\.\d+)+\.?|\d+\.|[A-Z]\.(?:\d+\.?)*|§+ ?\d+|(?:section|chapter|part|article"
    r"|appendix|annex) [\dIVXA-Z]+[.:]?)\s+\S",
    re.I,
)
_MARKDOWN_HEADING = re.compile(r"^\s*#{1,6}\s")
_CAPTION = re.compile(
    r"^\W*(?:table|figure|fig\.|exhibit|chart|plate|listing|algorithm) \w+(?:\.\d+)*\s*[.:–—-]", re.I
)
_STOP = re.compile(r"[.!?…。！？][\"'”’»)\]]*(?:\[\w+\])*$")
_COLUMN_GAP = re.compile(r"\s{3,}")
_MANUAL_PAGE = re.compile(r"[\w.:+-]+\(\d\w{0,4}\)")
_UNDERLINED = re.compile(r"[^\n]+\n\s*(=+|-+|~+|\*+)\s*")
MIN_CAPITAL_WORDS = 5
"""From so many words, a line in capitals without a full stop is a title; a shorter one may be a name."""
MAX_HEADING_WORDS = 14
MAX_DEBRIS, MIN_DEBRIS_WORDS = 0.6, 5
"""A longer line than the second, with a larger share of figures and signs than the first, is a table row."""
_TOKEN = re.compile(r"\S+")


def ends_with_stop(text: str) -> bool:
    """Return whether *text* ends as a sentence does, closing quotes and citation marks aside."""
    return _STOP.search(text.rstrip()) is not None


def is_contents_line(text: str) -> bool:
    """
    Return whether *text* is a line of a contents list.

    >>> is_contents_line("4.1.1. Who Can Submit an Application ......... 23")
    True
    >>> is_contents_line("It took 4 years.")
    False
    """
    if _DOT_LEADERS.search(text) and re.search(r"\d\s*$", text):
        return True
    return (
        _SECTION_NUMBER.match(text) is not None
        and re.search(r"\s\d+\s*$", text) is not None
        and not ends_with_stop(text)
    )


def is_caption(text: str) -> bool:
    """Return whether *text* is the caption of a table or a figure."""
    return _CAPTION.match(text) is not None


def is_page_head(text: str) -> bool:
    """
    Return whether *text* is the head or foot of a page in plain text: columns, of which the outer are equal.

    >>> is_page_head("LS(1)        User Commands        LS(1)"), is_page_head("It took    4 years.")
    (True, False)

    The foot of a manual page has the page's name in its last column only.
    """
    columns = _COLUMN_GAP.split(text.strip())
    if len(columns) < 2 or "\n" in text.strip():
        return False
    return (columns[0] == columns[-1] and len(columns) > 2) or _MANUAL_PAGE.fullmatch(columns[-1]) is not None


def is_heading(text: str, headings: tuple[str, ...] = ()) -> bool:
    """
    Return whether *text* is a heading: one that the format marks, one above the passage, or a numbered title.

    Args:
        text: A piece of a passage.
        headings: The titles above the passage.
    """
    bare, known = _bare(text), {_bare(title) for title in headings}
    # A quote of several lines may be several entries of a list of contents.
    if not bare or _MARKDOWN_HEADING.match(text) or all(_bare(line) in known for line in text.splitlines()):
        return True
    if _UNDERLINED.fullmatch(text.strip()) or _is_title_in_capitals(text):
        return True
    numbered = _SECTION_NUMBER.match(text)
    if numbered is None or "\n" in text.strip() or text.rstrip().endswith((".", ";", ":", ",")):
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3]
    titled = sum(word[0].isupper() for word in words)
    return len(bare.split()) <= MAX_HEADING_WORDS and 10 * titled >= 7 * len(words)


def _is_title_in_capitals(text: str) -> bool:
    words = text.split()
    return (
        text.isupper() and MIN_CAPITAL_WORDS <= len(words) <= MAX_HEADING_WORDS and not ends_with_stop(text)
    )


def is_layout(text: str, headings: tuple[str, ...] = ()) -> bool:
    """
    Return whether *text* isn't a sentence: a heading, a caption, a contents line or figures.

    Args:
        text: A piece of a passage.
        headings: The titles above the passage.
    """
    figures = debris_share(text) > MAX_DEBRIS and len(text.split()) > MIN_DEBRIS_WORDS
    return (
        figures
        or is_heading(text, headings)
        or is_contents_line(text)
        or is_caption(text)
        or is_page_head(text)
    )


def is_title(quote: Quote) -> bool:
    """Return whether a quote is a heading or caption that the document's format marks as one."""
    covered = sum(
        max(0, min(end, quote.end) - max(start, quote.start)) for start, end in quote.passage.titles
    )
    return covered > (quote.end - quote.start) / 2


def is_question(text: str) -> bool:
    """Return whether *text* is a question."""
    return text.rstrip().rstrip("\"'”’)*_").endswith("?")


def debris_share(text: str) -> float:
    """
    Return how much of *text* is layout rather than words, 0 to 1: numbers alone, signs, column rules.

    >>> debris_share("82 TOTAL 369") > 0.6 > debris_share("The total was 82.")
    True
    """
    tokens = _TOKEN.findall(text)
    if not tokens:
        return 1.0
    return sum(not re.search(r"[^\W\d_]{2,}", token) for token in tokens) / len(tokens)


def _bare(text: str) -> str:
    """Return the letters and digits of *text*, one space between words."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
