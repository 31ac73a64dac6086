"""
Read what a language model writes as free text: sentences with markers such as ``[2]``.

A marker is only a hint where to look for the sentence's words. Numbers that point to nothing are removed from
the text like the others.
"""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.text.sentences import sentences

MAX_RANGE = 20
"""Maximum number of passages in a range such as ``[1-3]``."""

# White space before a marker is stripped in code: a pattern that starts with it takes quadratic time.
_NUMBERS = (
    r"\s*(?:(?:[Pp]assages?|[Ss]ources?)\s*|\^)?"
    r"(\d{1,4}(?:\s*(?:[,;&\u2013-]|and)\s*\d{1,4})*)\s*"
)
_MARKER = re.compile(rf"\[{_NUMBERS}\]")
_INSIDE_MARKER = re.compile(_NUMBERS)
_INSIDE_OPEN_MARKER = re.compile(r"[\w\s,;&^\u2013-]{0,24}")
_CODE = re.compile(r"`[^`\n]+`")
_BRACKETS = str.maketrans("\u3010\u3011", "[]")
_HIDDEN, _UNHIDDEN = str.maketrans("[]", "\ue000\ue001"), str.maketrans("\ue000\ue001", "[]")
_BULLET = re.compile(r"(?:[-*\u2022]|\d{1,2}\))\s+")
_THOUGHT = re.compile(r"\s*<think>.*?(?:</think>|\Z)", re.S)
_ALONE = re.compile(r"(?i)(?:yes|no|ja|nein|oui|non|s\u00ed|si|no|nee)[.,!]?")
_NOT_FOUND = re.compile(r"\W*NOT FOUND\b|\W*(?i:not found)\W*\Z")
_NOT_FOUND_PREFIX = re.compile(r"\W*NOT FOUND\b")


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence that the model wrote, without its markers, and the markers' numbers."""

    text: str
    markers: tuple[int, ...]


def says_not_found(written: str, *, is_complete: bool) -> bool:
    """Return whether the model refused: by the words it was told, whatever it adds to them."""
    plain = without_thoughts(written)
    return bool((_NOT_FOUND if is_complete else _NOT_FOUND_PREFIX).match(plain))


def without_thoughts(written: str) -> str:
    """Return the text without the thoughts that some models write before it."""
    return _THOUGHT.sub("", written, count=1)


def finished_sentences(written: str, *, is_complete: bool) -> list[CitedSentence]:
    """
    Return the sentences that won't grow any more.

    The last one of an incomplete text may still grow, or its marker may follow; "Yes." belongs to the
    sentence after it, which says what is so.
    """
    plain = without_thoughts(written)
    found = cited_sentences(plain if is_complete else _without_open_marker(plain))
    return joined_with_next(found if is_complete else found[:-1])


def joined_with_next(cited: list[CitedSentence]) -> list[CitedSentence]:
    """Return the sentences with each "Yes." or "No." joined to the one after it."""
    joined: list[CitedSentence] = []
    for sentence in cited:
        if joined and _ALONE.fullmatch(joined[-1].text):
            before = joined.pop()
            markers = tuple(dict.fromkeys((*before.markers, *sentence.markers)))
            joined.append(CitedSentence(f"{before.text} {sentence.text}", markers))
        else:
            joined.append(sentence)
    return joined


def cited_sentences(written: str) -> list[CitedSentence]:
    """
    Return the sentences of *written*, each with its markers.

    A marker belongs to the words before it, also after their full stop:
    ``cited_sentences("One. [1] Two [2].") -> [CitedSentence("One.", (1,)), CitedSentence("Two.", (2,))]``
    """
    # An index in code, `rows[1]`, is no marker.
    plain, places = _extract_markers(_CODE.sub(_hide_brackets, written.translate(_BRACKETS)))
    spans = sentences(plain)
    starts = [start for start, _ in spans]
    markers: list[list[int]] = [[] for _ in spans]
    for place, number in places if spans else ():
        owner = bisect.bisect_left(starts, place) - 1  # the last sentence that begins before it
        markers[max(owner, 0)].append(number)
    cited = [
        CitedSentence(_shown_text(plain[start:end]), tuple(dict.fromkeys(numbers)))
        for (start, end), numbers in zip(spans, markers, strict=True)
    ]
    return [sentence for sentence in cited if sentence.text]


def _strip_markers(sentence: str) -> str:
    """
    Return a sentence on one line, without anything that looks like a marker.

    Removing one marker may leave another that points to nothing: ``"One [[1]2]"`` becomes ``"One"``. A single
    pass over the brackets has the same result as repeated removal: a closing bracket ends a marker if there
    are only numbers after the last opening one.
    """
    parts: list[str] = []
    opened: list[int] = []  # indices in parts of the brackets that may start a marker
    for piece in re.split(r"([\[\]])", sentence):
        if piece == "[":
            opened.append(len(parts))
        elif piece == "]" and opened:
            at = opened.pop()
            if _INSIDE_MARKER.fullmatch("".join(parts[at + 1 :])):
                del parts[at:]
                _strip_end(parts)
                continue
            opened.clear()  # this bracket stays, so nothing around it is a marker
        parts.append(piece)
    return " ".join("".join(parts).split())


def _strip_end(pieces: list[str]) -> None:
    """Remove the white space at the end of joined pieces."""
    while pieces and not (stripped := pieces[-1].rstrip()):
        pieces.pop()
    if pieces:
        pieces[-1] = stripped


def _without_open_marker(written: str) -> str:
    """Return the text without an incomplete marker at its end: "One." for "One. [1, "."""
    at = written.rfind("[")
    is_open = at >= 0 and _INSIDE_OPEN_MARKER.fullmatch(written, at + 1)
    return written[:at].rstrip() if is_open else written


def _extract_markers(written: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text without its markers, and the position in it and the number of each marker."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    length = end = 0
    for found in _MARKER.finditer(written):
        pieces.append(written[end : found.start()].rstrip())
        length += len(pieces[-1])
        places += [(length, number) for number in _marker_numbers(found[1])]
        end = found.end()
    return "".join([*pieces, written[end:]]), places


def _marker_numbers(inside: str) -> Iterator[int]:
    """Yield the numbers of a marker: 1, 2, 3 and 5 for "1-3, 5"."""
    before, is_range = 0, False
    for part in re.findall(r"\d+|[-\u2013]", inside):
        if not part.isdigit():
            is_range = True
            continue
        number = int(part)
        if is_range and before < number <= before + MAX_RANGE:
            yield from range(before + 1, number)
        yield number
        before, is_range = number, False


def _hide_brackets(code: re.Match[str]) -> str:
    return code[0].translate(_HIDDEN)


def _shown_text(sentence: str) -> str:
    return _without_bullet(_strip_markers(sentence)).translate(_UNHIDDEN)


def _without_bullet(sentence: str) -> str:
    """Return an item of a list without its bullet or number."""
    found = _BULLET.match(sentence)
    return sentence[found.end() :] if found else sentence
