"""Find superscripts by position and size."""

from typing import Any

import numpy as np

from index.formats.pdf.characters import Array, Words, loose_boxes, turn_upright

DIGITS = np.array([ord(sign) for sign in "0123456789+-\u2212"])
CLOSING_PUNCTUATION = np.array([ord(sign) for sign in ".,;:)]"])
EMPTY = np.zeros(0, np.int64)


def find_superscripts(text_page: Any, codes: Array, words: Words) -> tuple[Array, Array]:
    """
    Return the characters of exponents and note marks, which must not be read as digits of a number.

    Returns:
        Numbers of the raised digits, and of the line breaks that pdfium inserted around them.
    """
    ends = np.where(np.isin(codes[words.last], CLOSING_PUNCTUATION), words.last - 1, words.last)
    in_figures = np.isin(codes[np.maximum(ends, words.first)], DIGITS)
    within = np.flatnonzero(in_figures & (ends > words.first))
    turns = words.turns[within]
    heads, tails = (turn_upright(loose_boxes(text_page, some[within]), turns) for some in (words.first, ends))
    raised, ends_raised = [], np.zeros(len(ends), bool)
    ends_raised[within[_is_superscript(heads, tails)]] = True
    for i in np.flatnonzero(ends_raised).tolist():
        inside = np.arange(words.first[i] + 1, ends[i] + 1)
        cells = turn_upright(loose_boxes(text_page, inside), np.full(len(inside), words.turns[i]))
        head = turn_upright(loose_boxes(text_page, words.first[i : i + 1]), words.turns[i : i + 1])
        raised.append(inside[_is_superscript(head, cells) & np.isin(codes[inside], DIGITS)])

    # pdfium starts a new word at a raised character, so that 10⁶ is two touching words.
    before, after = words.boxes[:-1], words.boxes[1:]
    touching = np.abs(after[:, 0] - before[:, 2]) < 0.12 * (before[:, 3] - before[:, 1])
    touching &= words.turns[1:] == words.turns[:-1]
    whole = np.r_[False, touching & _is_superscript(before, after)] & in_figures
    raised += [np.arange(words.first[i], ends[i] + 1) for i in np.flatnonzero(whole).tolist()]
    joins = np.flatnonzero(touching & (whole[1:] | (whole | ends_raised)[:-1])).tolist()
    inserted_breaks = [np.arange(words.last[i] + 1, words.first[i + 1]) for i in joins]
    return np.concatenate([*raised, EMPTY]), np.concatenate([*inserted_breaks, EMPTY])


def _is_superscript(one: Array, other: Array) -> Array:
    """Return whether the second of two boxes is smaller and higher, as a superscript is."""
    height = one[:, 3] - one[:, 1]
    higher: Array = other[:, 1] > one[:, 1] + 0.2 * height
    return higher & (other[:, 3] - other[:, 1] < 0.9 * height)
