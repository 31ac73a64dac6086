"""Format numbers with the number format of a spreadsheet cell."""

import re

_LITERAL = r'(?:"[^"]*"|\\.|\[\$[^\]]*\]|\[[A-Za-z]+\d*\]|[_*].|[$€£¥%\s()+-])'
_SECTION = re.compile(rf"(?:^|;)((?:{_LITERAL}|[^;])*)")
"""One section of a format; the second section is for negative numbers."""
_FORMAT = re.compile(rf"({_LITERAL}*)([#0?,]*[#0?])(?:\.([#0?]+))?({_LITERAL}*)")
_SIGN = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|[_*].|([$€£¥%\s])|.')
"""One sign of a literal. Groups hold what is printed; the fourth is neither quoted nor escaped."""


def format_number(value: float, number_format: str) -> str:
    """
    Return a number with the signs of its format: currency, unit, per cent, grouped thousands.

    No digit is rounded away, and a format that can't be interpreted is ignored. Negative numbers always have
    a minus sign, also where the format shows brackets or a colour.

    >>> format_number(3.4, '"£"#,##0.00'), format_number(0.055, "0%"), format_number(1250, "General")
    ('£3.40', '5.5%', '1250')
    """
    match = _FORMAT.fullmatch(_section(number_format, value))
    if match is None:
        return _plain(value)
    before, integer_places, decimals, after = match.groups(default="")
    # 15 significant digits are all that a spreadsheet stores.
    digits = f"{abs(value) * (100 if _is_percent(before + after) else 1):.15g}"
    if "e" in digits:
        return _plain(value)
    fraction = max(len(digits.partition(".")[2]), decimals.count("0"))
    number = f"{float(digits):{',' if ',' in integer_places else ''}.{fraction}f}"
    if "," not in integer_places:
        number = number.zfill(integer_places.count("0") + (fraction + 1 if fraction else 0))
    # The minus sign replaces those of the format and its brackets.
    minus, omitted = ("-", "-()") if value < 0 else ("", "")
    return f"{minus}{_literal_text(before, omitted).lstrip()}{number}{_literal_text(after, omitted).rstrip()}"


def _section(number_format: str, value: float) -> str:
    """Return the section of the format for *value*; never an empty one, which would hide it."""
    first, *others = _SECTION.findall(number_format)
    return (others[0] if others and value < 0 else "") or first


def _is_percent(literals: str) -> bool:
    """Return whether the value is scaled by 100; a quoted or escaped ``%`` is only printed."""
    return any(sign[4] == "%" for sign in _SIGN.finditer(literals))


def _plain(value: float) -> str:
    """Return a number without ``.0`` and with at most the 15 digits that a spreadsheet stores."""
    return f"{value:.15g}" if abs(value) < 1e15 else str(value)


def _literal_text(literal: str, skipped: str) -> str:
    printed = (next((part for part in sign.groups() if part), "") for sign in _SIGN.finditer(literal))
    return "".join(part for part in printed if part not in skipped)
