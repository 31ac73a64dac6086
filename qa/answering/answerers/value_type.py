"""The type of a value in a table, and whether a question asks for one of it."""

import enum
import re

from qa.answering.answerers.amounts import DATE, unit_kind
from qa.answering.answerers.answer_type import AnswerType, Expected, expected_answer
from qa.answering.answerers.lexicon import plain_words
from qa.answering.answerers.table_model import is_figure, is_value, is_year
from qa.answering.answerers.table_words import explained_words

_DECIDED = re.compile(r"\W*(?:yes|no|true|false|✓|✗|x|y|n|none)\b.*|\W*[✓✗✔✘]\W*", re.I | re.S)
_MONEY = re.compile(r"[$€£¥]|\b(?:usd|eur|gbp|price|cost|fee|amount|rent|salary|income|charge)\b", re.I)
_CURRENCY = re.compile(r"[$€£¥]|\b(?:usd|eur|gbp|chf)\b", re.I)
_TIME = re.compile(
    r"(?<![\d.,])(?:[01]?\d|2[0-3])(?:[:.]?[0-5]\d(?:\s?[ap]\.?m\b)?|\s?[ap]\.?m\b)(?![\d.,])", re.I
)
_PHONE = re.compile(r"\+?\d[\d\s()/-]{6,}\d")
_DURATION = re.compile(r"\b(?:min|minutes?|hours?|days?|weeks?|months?|years?|seconds?|hrs?)\b", re.I)
_SIGN_OF_UNIT = re.compile(r"[$€£¥%]")
_MEASURED = re.compile(r"[$€£¥]?\s?\d[\d,.]*(?:\s[^\W\d_]{1,12}[²³]?){1,2}")
"""A number with the words of its unit: "125 square metres"."""
_IDENTIFIER = re.compile(r"\b(?:number(?! of\b)|no|id|code|reference|ref|telephone|phone)\b|#", re.I)
_ASKS_NUMBER = re.compile(r"\b(?:number|id|code|reference|phone|call)\b", re.I)
_ASKS_AMOUNT = re.compile(
    r"\W*(?:the )?(?:percent(?:age)?|share|proportion|number|amount|rate|total|average|median)\b", re.I
)
"""A question for a figure, although a relative clause may have "who": "share of men who smoke"."""
_PARENTHESIS = re.compile(r"\s*\([^()]*\)")


class ValueType(enum.StrEnum):
    """What a value is."""

    NUMBER = "number"
    DATE = "date"
    """A date, a year or a time of day, or a range of them."""
    DECISION = "decision"
    """Yes or no."""
    TEXT = "text"


def value_type(text: str) -> ValueType:
    """
    Return what a value is.

    >>> [value_type(text).value for text in ("1,234 km", "14 May 2023", "07:30", "Yes", "P. Hall")]
    ['number', 'date', 'date', 'decision', 'text']
    """
    text = _PARENTHESIS.sub("", text).strip() or text.strip()  # "55 (2025 est.)" is 55
    if is_value(text) or _MEASURED.fullmatch(text):
        return ValueType.NUMBER
    found = DATE.search(text)
    if is_year(text) or (found and 2 * len(found[0]) >= len(text)):
        return ValueType.DATE
    return ValueType.DECISION if _DECIDED.fullmatch(text) else ValueType.TEXT


def explained_by_value(text: str, is_money: bool = False) -> frozenset[str]:
    """
    Return the words of a question that the kind of a value explains: "cost" of "£7.50".

    Args:
        text: The value.
        is_money: Whether its column has amounts of money.
    """
    found = explained_words("money") if is_money or _CURRENCY.search(text) else frozenset[str]()
    if _TIME.search(text):
        found |= explained_words("time")
    elif value_type(text) is ValueType.DATE:
        found |= explained_words("date")
    if "@" in text:
        found |= explained_words("email")
    elif _PHONE.fullmatch(text.strip()) and value_type(text) is not ValueType.DATE:
        found |= explained_words("phone")
    return found


def type_fit(question: str, text: str, name: str) -> float:
    """
    Return how well the type of a value fits a question: 1 if it is asked for, -1 if another one is.

    Args:
        question: In a person's words.
        text: The value.
        name: The name of its column.
    """
    expected, found = expected_answer(question), value_type(text)
    match expected.type:
        case AnswerType.AMOUNT:
            if _IDENTIFIER.search(name) and not _ASKS_NUMBER.search(question):
                return -0.5
            return _amount_fit(expected, text, name)
        case AnswerType.DATE:
            return _DATE_FITS[found] if found is not ValueType.TEXT or not DATE.search(text) else 0.5
        case AnswerType.NAME | AnswerType.PLACE if not _ASKS_AMOUNT.match(question):
            # "President R. Hall (since 14 May 2023)" is a name.
            named = _PARENTHESIS.sub("", text).strip() or text
            return 1.0 if found is ValueType.TEXT and not _has_digit(named) else -1.0
        case AnswerType.SENTENCE if expected.measure == "why":
            return -1.0 if found in (ValueType.NUMBER, ValueType.DATE) else 0.0
    return 0.0


_DATE_FITS = {ValueType.DATE: 1.0, ValueType.NUMBER: -1.0, ValueType.DECISION: -0.5, ValueType.TEXT: -0.5}


def _amount_fit(expected: Expected, text: str, name: str) -> float:
    """Return how well a value fits a question for an amount: one with another kind of unit fits less."""
    measure, counted = expected.measure, expected.counted
    if measure == "percent" and "%" not in text and _is_above_hundred(text):
        return -1.0
    if not (value_type(text) is ValueType.NUMBER or is_figure(text)):
        if measure == "time" and _DURATION.search(text):
            return 1.0
        return 0.0 if _has_digit(text) and value_type(text) is ValueType.TEXT else -1.0
    if measure:
        return _unit_fit(measure, f"{text} {name}")
    return -0.5 if counted and (_SIGN_OF_UNIT.search(text) or _MONEY.search(name)) else 1.0


def _is_above_hundred(text: str) -> bool:
    """Return whether a cell is a number above 100, which can't be a percentage of a whole."""
    return (
        bool(re.fullmatch(r"\W*(?:\d{4,}|[1-9]\d{2}|\d{1,3}(?:,\d{3})+)(?:\.\d+)?\W*", text))
        and text != "100"
    )


def _unit_fit(measure: str, text: str) -> float:
    """Return how well the unit of a value and its column, if it is there, fits a kind of unit."""
    kinds = {kind for word in plain_words(text) if (kind := unit_kind(word))}
    kinds |= {"percent"} if "%" in text else set()
    kinds |= {"money"} if _MONEY.search(text) else set()
    if kinds.isdisjoint(measure.split("_or_")):
        return -0.3 if kinds else 0.5
    return 1.0


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)
