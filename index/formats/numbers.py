"""
Numbers as a person sees them: a spreadsheet's under their format, and raised ones, which are no more digits.

``0.185`` under ``0.0%`` is ``18.5%``, and ``10`` with a raised ``6`` is ``10⁶``, not ``106``.
"""

import re

_LITERAL = r'(?:"[^"]*"|\\.|\[\$[^\]]*\]|[_*].|[$€£¥%\s()+-])'
_FORMAT = re.compile(rf"({_LITERAL}*)([#0?,]*[#0?])(?:\.([#0?]+))?({_LITERAL}*)")
_SIGN = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|[_*].|([$€£¥%\s])|.')
"""One sign of a literal; what stands for itself is in a group."""

_RAISED = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_CAN_BE_RAISED = re.compile(r"[0-9+−=()n,\s-]*[0-9n][0-9+−=()n,\s-]*")


def raised(text: str) -> str:
    """Superscript in characters of its own, if it is an exponent or a note's mark: ``6`` is ``⁶``."""
    return text.translate(_RAISED) if _CAN_BE_RAISED.fullmatch(text) else text


def as_shown(value: float, number_format: str) -> str:
    """
    A number with its format's signs: currency, unit, per cent, grouped thousands.

    No digit is rounded away, and a format that can't be followed is passed over.

    >>> as_shown(3.4, '"£"#,##0.00'), as_shown(0.055, "0%"), as_shown(1250, "General")
    ('£3.40', '5.5%', '1250')
    """
    match = _FORMAT.fullmatch(number_format.split(";", maxsplit=1)[0])
    percent = "%" in number_format
    digits = f"{abs(value) * (100 if percent else 1):.15g}"
    if match is None or "e" in digits:
        return _plain(value)
    before, places, decimals, after = match.groups(default="")
    fraction = max(len(digits.partition(".")[2]), decimals.count("0"))
    number = f"{float(digits):{',' if ',' in places else ''}.{fraction}f}"
    if "," not in places:
        number = number.zfill(places.count("0") + (fraction + 1 if fraction else 0))
    minus = "-" if value < 0 else ""
    return f"{minus}{_signs(before).lstrip()}{number}{_signs(after).rstrip()}"


def _plain(value: float) -> str:
    """A whole number without ``.0``; no more digits than a spreadsheet keeps."""
    return f"{value:.15g}" if abs(value) < 1e15 else str(value)


def _signs(literal: str) -> str:
    return _SIGN.sub(lambda sign: next((part for part in sign.groups() if part), ""), literal)
