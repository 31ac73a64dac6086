"""Write numbers under a spreadsheet's number format."""

import re

_LITERAL = r'(?:"[^"]*"|\\.|\[\$[^\]]*\]|\[[A-Za-z]+\d*\]|[_*].|[$€£¥%\s()+-])'
_SECTION = re.compile(rf"(?:^|;)((?:{_LITERAL}|[^;])*)")
"""One section of a format; a second is for numbers below zero."""
_FORMAT = re.compile(rf"({_LITERAL}*)([#0?,]*[#0?])(?:\.([#0?]+))?({_LITERAL}*)")
_SIGN = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|[_*].|([$€£¥%\s])|.')
"""One sign of a literal; what stands for itself is in a group, neither quoted nor escaped in the fourth."""


def format_number(value: float, number_format: str) -> str:
    """
    A number with its format's signs: currency, unit, per cent, grouped thousands.

    No digit is rounded away, and a format that can't be followed is passed over. Below zero there is always
    a minus, whatever the format says it with.

    >>> as_shown(3.4, '"£"#,##0.00'), as_shown(0.055, "0%"), as_shown(1250, "General")
    ('£3.40', '5.5%', '1250')
    """
    match = _FORMAT.fullmatch(_section(number_format, value))
    if match is None:
        return _plain(value)
    before, places, decimals, after = match.groups(default="")
    digits = f"{abs(value) * (100 if _is_percent(before + after) else 1):.15g}"
    if "e" in digits:
        return _plain(value)
    fraction = max(len(digits.partition(".")[2]), decimals.count("0"))
    number = f"{float(digits):{',' if ',' in places else ''}.{fraction}f}"
    if "," not in places:
        number = number.zfill(places.count("0") + (fraction + 1 if fraction else 0))
    minus, left_out = ("-", "-()") if value < 0 else ("", "")
    return (
        f"{minus}{_literal_text(before, left_out).lstrip()}{number}{_literal_text(after, left_out).rstrip()}"
    )


def _section(number_format: str, value: float) -> str:
    """The section for that number; one that would hide it is passed over."""
    first, *others = _SECTION.findall(number_format)
    return (others[0] if others and value < 0 else "") or first


def _is_percent(literals: str) -> bool:
    """Whether the value is scaled; a ``%`` that is quoted or escaped is only written."""
    return any(sign[4] == "%" for sign in _SIGN.finditer(literals))


def _plain(value: float) -> str:
    """A whole number without ``.0``; no more digits than a spreadsheet keeps."""
    return f"{value:.15g}" if abs(value) < 1e15 else str(value)


def _literal_text(literal: str, skipped: str) -> str:
    shown = (next((part for part in sign.groups() if part), "") for sign in _SIGN.finditer(literal))
    return "".join(part for part in shown if part not in skipped)
