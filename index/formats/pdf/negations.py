"""Find relations that are struck through: a slash drawn over an equals sign is "not equal"."""

import unicodedata
from functools import cache
from typing import Any

import numpy as np

from index.formats.pdf.characters import SPACES, Array, loose_boxes

_SLASH = "\u0338"
# In the fonts of TeX the slash is a glyph of no width; without a mapping it is read as one of these.
_SLASHES = np.array([ord(sign) for sign in f"{_SLASH}/6"], np.uint32)


def find_negations(text_page: Any, codes: Array) -> tuple[Array, Array, Array]:
    """
    Return the slashes over relations, which must not be read as the relation itself or as a digit.

    Returns:
        Numbers of the slashes, numbers of the relations behind them, and the codes of the negated relations.
    """
    negated = _negated_codes()
    relations = np.array(sorted(negated), np.uint32)
    slashes = np.flatnonzero(np.isin(codes[:-1], _SLASHES))
    following = slashes + 1
    # pdfium may see a space between the two.
    is_spaced = np.isin(codes[following], SPACES) & (following + 1 < len(codes))
    following = following + is_spaced
    is_relation = np.isin(codes[following], relations)
    slashes, following = slashes[is_relation], following[is_relation]
    if len(slashes):
        over = _is_over(text_page, slashes, following) | (
            (codes[slashes] == ord(_SLASH)) & (following == slashes + 1)
        )
        slashes, following = slashes[over], following[over]
    return slashes, following, np.array([negated[int(code)] for code in codes[following]], np.uint32)


def _is_over(text_page: Any, slashes: Array, relations: Array) -> Array:
    """Return whether the middle of each slash is between the edges of the relation after it."""
    over, under = loose_boxes(text_page, slashes), loose_boxes(text_page, relations)
    middle = (over[:, 0] + over[:, 2]) / 2
    # A slash of no width is drawn to the right of its place.
    is_over: Array = (middle > under[:, 0] - 0.1 * (under[:, 2] - under[:, 0])) & (middle < under[:, 2])
    return is_over


@cache
def _negated_codes() -> dict[int, int]:
    """Map the code of each relation to that of its negation."""
    composed = {code: unicodedata.normalize("NFC", chr(code) + _SLASH) for code in _relations()}
    return {code: ord(sign) for code, sign in composed.items() if len(sign) == 1}


def _relations() -> list[int]:
    return [ord("<"), ord("="), ord(">"), *range(0x2190, 0x22FF)]
