"""Write superscripts and exponents on one line."""

import re

ATOM = re.compile(r"\w*|.", re.DOTALL)
"""Text that needs no brackets as an operand."""


def bracketed(text: str) -> str:
    """Return *text*, in brackets unless it is one word or one sign."""
    return text if ATOM.fullmatch(text) else f"({text})"


def exponent(text: str) -> str:
    """Return an exponent in superscript characters, or after ``^``; unchanged if it is only signs."""
    superscript = to_superscript(text)
    return superscript if superscript != text or not any(map(str.isalnum, text)) else f"^{bracketed(text)}"


_SUPERSCRIPTS = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_SUPERSCRIPT_LIKE = re.compile(r"[0-9+−=()n,\s-]*[0-9n][0-9+−=()n,\s-]*")


def to_superscript(text: str) -> str:
    """Return *text* in superscript characters (``6`` as ``⁶``) if all of it has them."""
    return text.translate(_SUPERSCRIPTS) if _SUPERSCRIPT_LIKE.fullmatch(text) else text
