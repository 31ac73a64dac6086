"""Write the numbers of ordered lists: decimal, letters, roman."""

_ROMAN = {
    "m": 1000, "cm": 900, "d": 500, "cd": 400, "c": 100, "xc": 90,
    "l": 50, "xl": 40, "x": 10, "ix": 9, "v": 5, "iv": 4, "i": 1,
}  # fmt: skip


def parse_count(value: str, default: int = 0) -> int:
    """Return *value* as a whole number of at most five digits, or *default* if it isn't one."""
    return int(value) if value.isdecimal() and len(value) < 6 else default


def format_count(count: int, number_format: str) -> str:
    """Return a count in one of Word's number formats; in digits if the format is unknown."""
    match number_format:
        case "lowerLetter" | "upperLetter":
            letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)  # after z comes aa, then bb
            return letter.upper() if number_format == "upperLetter" else letter
        case "lowerRoman" | "upperRoman":
            return _to_roman(count).upper() if number_format == "upperRoman" else _to_roman(count)
        case "decimalZero":
            return f"{count:02}"
        case "none":
            return ""
        case _:
            return str(count)


def _to_roman(count: int) -> str:
    numeral = ""
    for letters, value in _ROMAN.items():
        times, count = divmod(count, value)
        numeral += letters * times
    return numeral
