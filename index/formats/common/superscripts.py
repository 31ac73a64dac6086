"""Write superscripts and exponents on one line."""

import re

ATOM = re.compile(r"\w*|.", re.DOTALL)
"""What needs no brackets to stay together."""


def bracketed(text: str) -> str:
    return text if ATOM.fullmatch(text) else f"({text})"


def exponent(text: str) -> str:
    """What stands raised: in characters of its own, after a ``^``, or, a prime or a charge, as it is."""
    shown = to_superscript(text)
    return shown if shown != text or not any(map(str.isalnum, text)) else f"^{bracketed(text)}"


_SUPERSCRIPTS = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_SUPERSCRIPT_LIKE = re.compile(r"[0-9+−=()n,\s-]*[0-9n][0-9+−=()n,\s-]*")


def to_superscript(text: str) -> str:
    """Superscript in characters of its own, if it is an exponent or a note's mark: ``6`` is ``⁶``."""
    return text.translate(_SUPERSCRIPTS) if _SUPERSCRIPT_LIKE.fullmatch(text) else text
