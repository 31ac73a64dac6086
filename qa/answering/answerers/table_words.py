"""
The words of questions and tables, in the form in which they are compared.

Words are stemmed, synonyms are equal, and codes are read as they are meant: ``death_date`` is two words, and
``hs_grad`` stands for "high school graduate".
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from index.records import Document
from qa.answering.answerers.answer_type import AnswerType, expected_answer
from qa.answering.answerers.lexicon import WORD, stem, words_in
from qa.answering.languages import ENGLISH, detect_language, function_words

MAX_LABELS = 20_000
"""Number of labels whose words are cached."""
MIN_COMPOUND, PART = 10, 6
"""Letters of a compound, and of its last part: "subcommittees"."""
MIN_KNOWN = 4
"""Minimum letters by which a word is searched in a document."""
MAX_JOINED = 100_000
"""Characters of a document in which a word is searched that may be two: "birthstone"."""
MAX_ENDING = 4
"""Maximum letters of an ending."""
MAX_CUT = 3
"""Maximum letters of a word that its stem lacks, for the stem to be that of a synonym."""
MIN_ROOT = 4
"""Minimum letters of a stem by which synonyms are looked up."""
MAX_ABBREVIATION = 6
"""Maximum letters of an abbreviation."""
MAX_SHORT_PART = 2
"""Maximum letters of a part that makes one word with its neighbour: "e-bike", "Wi-Fi"."""

_SUPERSCRIPTS = re.compile("[⁰¹²³⁴-⁹]+")
_MARKED = re.compile(r"([^\W\d_]{3,})\d{1,2}")
_SHORT_YEARS = re.compile(r"(?<![\d.,])(\d\d)_(\d\d)(?!\d)")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_PATH = re.compile(r"\.(?=[^\W\d])")
_WORDS_IN_CODE = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])|(?<=[^\W\d_]{3})(?=\d{3,}\b)")
"""Where a word begins in a code: ``UrbanPop``, ``BILLS104``."""
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b", re.I)
_DECADE = re.compile(r"(?<![\w.,])(\d{1,2})s\b")
"""An age: the "60s" of "over 60s"."""
_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2}):(\d\d)(?![\d:])")
"""A time, which a timetable may print without a colon: ``0915``."""
_AGE = re.compile(r"(?<![\w–-])(\d{1,3})[\s-]years?[\s-]olds?\b", re.I)
"""What is said of a person, and the name of a row only in a table of ages: "my 12 year old"."""
_THOUSANDS = re.compile(r"(?<![\w.,])(\d{1,3})k\b", re.I)
"""A round number: the "100k" of "per 100k"."""
_PER_CENT = re.compile(r"\bper\s+cent\b", re.I)
_ISO_DATE = re.compile(r"(?<!\d)((?:1[6-9]|20)\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)")
_PLACE = re.compile(
    r"\b(?:(?:finish(?:ed)?|came|come|ranked|placed) (?:in )?)?(?P<place>first|second|third|fourth|fifth"
    r"|sixth|seventh|eighth|ninth|tenth|\d{1,2}(?:st|nd|rd|th))(?: place)?\b",
    re.I,
)
_PLACES = {
    word: at
    for at, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)
}
_QUARTER = re.compile(r"\b(first|second|third|fourth|1st|2nd|3rd|4th)\s+quarter\b", re.I)
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_PARENTHESIS = re.compile(r"(?<=\w)\s*\([^()]*\)")
"""What explains a label, and isn't needed to name it: "Squash (40 minutes)"."""
_NUMERALS = {
    word: str(at) for at, word in enumerate("two three four five six seven eight nine ten".split(), 2)
}
_INITIAL = re.compile(r"\b([A-Z]\w{0,2})\.(?=[A-Z])")
"""The first of two abbreviations: ``N.Amer``."""
_DAY_RANGE = re.compile(r"\b([a-z]{3,9}?)s?\.?\s*(?:-|–|—|to|until|through)\s*([a-z]{3,9}?)s?\b", re.I)
_WEEKDAYS = re.compile(r"\b(weekday|weekend)s?\b", re.I)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HYPHEN = re.compile(r"\b([^\W\d_]+)-([^\W\d_]+)\b")


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """
    The words of a question that are matched with tables.

    Args:
        words: Its content words as :func:`table_words` writes them, in order, each once.
        text: The question.
        written: How each of *words* is written in the question, in lower case.
        light: What else it says: words that ask for any value.
    """

    words: tuple[str, ...]
    text: str
    written: Mapping[str, str]
    light: frozenset[str]

    @classmethod
    def of(cls, question: str) -> "QuestionWords":
        """Return the words of *question*."""
        ages = [key for age in _AGE.findall(question) for key in table_words(age)]
        question = _PLACE.sub(_place, _AGE.sub(" ", question))
        language = detect_language(question)
        asking = _lists().asking | (function_words(language) if language != ENGLISH else frozenset())
        keyed = list(_keyed(question))
        written = {key: word for word, key in keyed if word not in asking}
        light = frozenset([*ages, *(key for word, key in keyed if word in asking)])
        return cls(tuple(written), question, written, light)

    @property
    def is_choice(self) -> bool:
        """Return whether the question names the values that it chooses from: "is it free", "yes or no"."""
        return " or " in self.text.lower() or expected_answer(self.text).type is AnswerType.DECISION

    @property
    def exact(self) -> frozenset[str]:
        """Return the words that no other word can mean: years, numbers, codes, weekdays and months."""
        return frozenset(
            key
            for key in self.words
            if any(sign.isdigit() for sign in key) or self.written[key] in _lists().dates
        )

    @property
    def years(self) -> frozenset[str]:
        """Return the years among the words."""
        return frozenset(word for word in self.words if _YEAR.fullmatch(word))

    def without(self, words: frozenset[str]) -> "QuestionWords":
        """Return it without some words."""
        return replace(self, words=tuple(word for word in self.words if word not in words))

    def with_words(self, words: Iterable[str]) -> "QuestionWords":
        """Return it with further words."""
        written = {key: word for text in words for word, key in _keyed(text)}
        return replace(
            self, words=tuple(dict.fromkeys([*self.words, *written])), written={**written, **self.written}
        )

    def are_unknown_to(self, document: Document, words: Iterable[str]) -> bool:
        """Return whether one of *words* isn't in the document in any form, nor a synonym of it."""
        text = document.text.casefold()
        joined = re.sub(r"[\s-]", "", text) if len(text) <= MAX_JOINED else text
        return any(
            not any(
                _is_in(form, text) or self.written[word] in joined
                for form in _lists().forms.get(word, (self.written[word],))
            )
            for word in words
        )


@dataclass(frozen=True, slots=True)
class Label:
    """
    The words of a label; of a path of names the last informative one counts.

    Args:
        words: Of the whole path.
        leaf: Of the last informative name.
        parent: Of the name before it.
        is_total: Whether it names the whole and nothing else: "State Total".
        is_remark: Whether it names a remark on a value: "Area.note".
        is_whole: Whether the last name of a path means the whole: "Population.total".
        light: The words of *leaf* that a question rarely has.
    """

    words: frozenset[str]
    leaf: frozenset[str]
    parent: frozenset[str]
    is_total: bool
    is_remark: bool
    is_whole: bool
    light: frozenset[str]

    @classmethod
    @lru_cache(maxsize=MAX_LABELS)
    def of(cls, text: str) -> "Label":
        text = _INITIAL.sub(r"\1 ", text)
        segments = path_segments(text)
        is_whole = len(segments) > 1 and _is_whole(segments[-1])
        if is_whole:  # "Population.total" is the population
            segments.pop()
        words = frozenset(table_words(" ".join(segments)))
        leaf = frozenset(table_words(_PARENTHESIS.sub(" ", segments[-1]))) or words
        plain = [word for word in WORD.findall(text.lower()) if word not in words_in("stop")]
        parent = frozenset(table_words(segments[-2])) if len(segments) > 1 else frozenset()
        is_total = bool(plain) and all(word in _lists().total for word in plain)
        is_remark = len(segments) > 1 and segments[-1].strip().lower() in _lists().remarks
        light = [word for word in WORD.findall(segments[-1].lower()) if word in _lists().light]
        light_keys = frozenset(table_words(" ".join(light)))
        return cls(words, leaf, parent, is_total, is_remark, is_whole, light_keys)

    def share(self, wanted: frozenset[str], generic: frozenset[str] = frozenset()) -> float:
        """Return the share of its last name's words, without *generic* ones, that are in *wanted*, 0 to 1."""
        telling = self.leaf - generic - (self.light - wanted) or self.leaf
        if len(telling) > 1 and telling <= _day_keys():
            return float(bool(telling & wanted))
        return len(telling & wanted) / len(telling) if telling else 0.0

    def parent_share(self, wanted: frozenset[str]) -> float:
        """Return the share of the parent name's words that are in *wanted*, 0 to 1; 1 without a parent."""
        return len(self.parent & wanted) / len(self.parent) if self.parent else 1.0


def synonyms(text: str) -> Iterator[str]:
    """Yield the words that questions and tables use for the words of *text*: "male" for "men"."""
    for key in table_words(text):
        yield from _lists().forms.get(key, ())


def path_segments(name: str) -> list[str]:
    """Return the names of a path such as "Area.total.text", without those at its end that say nothing."""
    segments = [segment for segment in _PATH.split(name) if segment.strip()] if "." in name else [name]
    while len(segments) > 1 and segments[-1].strip().lower() in _lists().empty:
        segments.pop()
    return segments or [name]


def _is_whole(segment: str) -> bool:
    """Return whether the last name of a path is that of the whole: "total", "total population"."""
    words = set(WORD.findall(segment.lower()))
    return "total" in words and words <= _lists().total | {"population"}


def table_words(text: str) -> list[str]:
    """
    Return the content words of *text* in the form in which questions and tables are compared.

    Words are stemmed, synonyms are equal, codes are written in full, and marks of
    footnotes are left out.

    >>> table_words("fatalities_00_14") == table_words("died 2000 2014") + table_words("1900 1914")
    False
    >>> table_words("NEW MEXICO6") == table_words("New Mexico")
    True
    """
    return [key for _, key in _keyed(text)]


def _keyed(text: str) -> Iterator[tuple[str, str]]:
    stop, lists = words_in("stop"), _lists()
    text = _WEEKDAYS.sub(lambda days: "Monday" if days[1].lower() == "weekday" else "Saturday", text)
    text = _DAY_RANGE.sub(_all_days, _SUPERSCRIPTS.sub("", text))
    text = _ISO_DATE.sub(_named_date, _PER_CENT.sub("percent", _THOUSANDS.sub(r"\g<1>000", text)))
    text = _CLOCK.sub(lambda time: f"{time[1]:0>2}{time[2]}", _DECADE.sub(r"\1", text))
    text = _QUARTER.sub(lambda one: f"q{_QUARTERS.get(one[1].lower(), one[1][0])}", text)
    text = _HYPHEN.sub(_joined, _ORDINAL.sub(r"\1", _WORDS_IN_CODE.sub(" ", text)))
    for match in _SHORT_YEARS.finditer(text):
        for year in match.groups():
            century = "20" if int(year) < 50 else "19"
            yield century + year, century + year
    for found in WORD.findall(_SHORT_YEARS.sub(" ", text)):
        word = found.lower().replace(",", "")
        if marked := _MARKED.fullmatch(word):
            word = marked[1]
        if word in lists.codes and (found.isupper() or word in lists.plain_codes):
            yield from ((part, stem(part)) for part in lists.codes[word].split())
        elif word in stop and _is_code(found, text):
            yield word, found
        elif word not in stop:
            word = _NUMERALS.get(word, word)
            yield word, _synonym(word, lists.same) or _stem(word)


def _is_code(word: str, text: str) -> bool:
    """Return whether a word in capitals is a code: alone in a cell, or among words in small letters."""
    return len(word) > 1 and word.isupper() and (word == text.strip() or not text.isupper())


def _named_date(match: re.Match[str]) -> str:
    """Return "30 june 2020" for "2020-06-30", as people write it."""
    return f"{int(match[3])} {_MONTHS[int(match[2]) - 1]} {match[1]}"


def _place(match: re.Match[str]) -> str:
    """Return "position 3" for "finished third" and "third place", and other ordinals as they are."""
    if match[0] == match["place"]:
        return match[0]
    place = match["place"].lower()
    return f"position {_PLACES.get(place) or place[:-2]}"


def _synonym(word: str, same: Mapping[str, str]) -> str | None:
    """Return how a word with synonyms is compared; None if it, its singular and its stem have none."""
    singular = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
    root = stem(word)
    # The stem of a long word is cut: "birthstone" has that of "births". A short one is another word: "marry"
    # has that of "mar", March.
    is_cut = len(word) - len(root) > MAX_CUT or len(root) < MIN_ROOT
    return same.get(word) or same.get(singular) or (None if is_cut else same.get(root))


def _stem(word: str) -> str:
    """Return the stem of a word; a code such as ``MMMM`` has none."""
    return word if len(set(word)) < 3 else stem(word)


def _all_days(match: re.Match[str]) -> str:
    """Return every day of a range: "Monday to Wednesday" is Tuesday as well."""
    first, last = (
        next((at for at, day in enumerate(_DAYS) if day.startswith(word.lower())), None)
        for word in match.groups()
    )
    if first is None or last is None:
        return match[0]
    return " ".join(_DAYS[at % 7] for at in range(first, last + 1 if last >= first else last + 8))


def day_words() -> frozenset[str]:
    """Return the days as they are compared."""
    return _day_keys()


@cache
def _day_keys() -> frozenset[str]:
    """Return the days as they are compared: any one of them is on a range of days."""
    return frozenset(map(stem, _DAYS))


def _is_in(word: str, text: str) -> bool:
    """Return whether a text has the beginning that all forms of a word have, or a part of a long compound."""
    if len(word) >= MIN_COMPOUND and word.rstrip("s")[-PART:] in text:
        return True
    return word[: max(MIN_KNOWN, len(word) - MAX_ENDING)] in text


def _joined(match: re.Match[str]) -> str:
    """Return a word with a hyphen as one word if a part of it is too short to stand alone."""
    return "".join(match.groups()) if min(map(len, match.groups())) <= MAX_SHORT_PART else match[0]


def abbreviated(name: str, written: Sequence[str]) -> Iterator[tuple[str, str]]:
    """
    Yield the words of *name* that abbreviate a word of a question, each with that word.

    >>> list(abbreviated("brain_wt", ["the", "weight", "of", "the", "brain"]))
    [('wt', 'weight')]
    >>> list(abbreviated("hs_grad", ["high", "school", "graduates"]))
    [('hs', 'high'), ('hs', 'school'), ('grad', 'graduates')]

    Args:
        name: Of a column.
        written: The words of the question in lower case, in order.
    """
    codes = list(dict.fromkeys(word.lower() for word in WORD.findall(_WORDS_IN_CODE.sub(" ", name))))
    for pair in pairwise(codes):
        if (whole := "".join(pair)) in written:
            yield from ((code, whole) for code in pair)
    codes = [
        code for code in codes if code.isalpha() and len(code) <= MAX_ABBREVIATION and code not in written
    ]
    if len(codes) == 1 and len(codes[0]) == 1:
        yield from ((codes[0], word) for word in written if word.startswith(codes[0]))
        return
    for code in codes:
        if code not in words_in("stop"):
            yield from ((code, word) for word in written if _abbreviates(code, word))
        if len(code) == 2:  # longer initials are rarely written out in a question
            for pair in pairwise(written):
                if code == "".join(word[0] for word in pair) and words_in("stop").isdisjoint(pair):
                    yield from ((code, word) for word in pair)
    for initial, code in pairwise(codes):
        if len(initial) == 1:
            for first, word in pairwise(written):
                if first.startswith(initial) and _abbreviates(code, word):
                    yield initial, first


def _abbreviates(code: str, word: str) -> bool:
    """Return whether *code* is the beginning of *word*, or its first, last and some other letters."""
    if len(word) < len(code) + 2:
        return False
    if word.startswith(code):
        return len(code) > 2
    code, word = code.rstrip("s") if len(code) > 2 else code, word.rstrip("s")
    letters = iter(word)
    return code[0] == word[0] and code[-1] == word[-1] and all(letter in letters for letter in code)


@dataclass(frozen=True, slots=True)
class _Lists:
    asking: frozenset[str]
    total: frozenset[str]
    total_keys: frozenset[str]
    empty: frozenset[str]
    light: frozenset[str]
    remarks: frozenset[str]
    percentage: str
    calendar: frozenset[str]
    same: Mapping[str, str]
    forms: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, str]
    plain_codes: frozenset[str]
    computed: Mapping[str, frozenset[str]]
    measures: Mapping[str, frozenset[str]]
    kinds: Mapping[str, frozenset[str]]
    dates: frozenset[str]
    optional: frozenset[str]
    plain: frozenset[str]
    explained: Mapping[str, frozenset[str]]
    qualifiers: frozenset[str]
    rivals: tuple[frozenset[str], ...]


@cache
def _lists() -> _Lists:
    content: dict[str, Any] = tomllib.loads(
        (files("qa.answering.answerers") / "table_words.toml").read_text(encoding="utf-8")
    )
    groups = [line.split() for line in content["same"].strip().splitlines()]
    same = {word: f"={group[0]}" for group in groups for word in group}
    return _Lists(
        asking=frozenset(content["asking"].split()),
        total=frozenset(content["total"].split()),
        total_keys=frozenset(stem(word) for word in content["total"].split()),
        empty=frozenset(content["empty"].split()),
        light=frozenset(content["light"].split()),
        remarks=frozenset(content["remarks"].split()),
        percentage=same["percentage"],
        calendar=frozenset(_keys_of(content["calendar"], same)),
        same=same,
        forms={f"={group[0]}": tuple(group) for group in groups},
        codes=content["codes"],
        plain_codes=frozenset(content["plain_codes"].split()),
        computed=_word_sets(content["computed"]),
        measures=_word_sets(content["measures"]),
        kinds=_word_sets(content["kinds"]),
        dates=frozenset(content["dates"].split()),
        optional=frozenset(_keys_of(content["optional"], same)),
        plain=frozenset(_keys_of(content["plain"], same)),
        explained={kind: frozenset(_keys_of(words, same)) for kind, words in content["explained"].items()},
        qualifiers=frozenset(_keys_of(content["qualifiers"], same)),
        rivals=tuple(frozenset(_keys_of(line, same)) for line in content["rivals"].strip().splitlines()),
    )


def _keys_of(text: str, same: Mapping[str, str]) -> list[str]:
    """Return the form in which each of the words of a list is compared."""
    return [same.get(word) or stem(word) for word in text.split()]


def _word_sets(content: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in content.items()}


def kind_words() -> Mapping[str, frozenset[str]]:
    """Return the names of columns that answer "who", "when" and "where", by the question word."""
    return _lists().kinds


def excludes(wanted: frozenset[str], words: frozenset[str]) -> bool:
    """
    Return whether a name has a rival of a word that is asked for, and not that word itself.

    >>> excludes(frozenset(table_words("an annual pass")), frozenset(table_words("Monthly pass")))
    True
    """
    return any(wanted & group and words & group and not wanted & words & group for group in _lists().rivals)


def qualifiers() -> frozenset[str]:
    """Return the words that set a column apart from the plain value: "minimum", "budget"."""
    return _lists().qualifiers


def optional_words() -> frozenset[str]:
    """Return the words that may name a row or a column, and of which a table need say nothing."""
    return _lists().optional


def plain_names() -> frozenset[str]:
    """Return the names of the column that a question means if it names none: "Result", "Amount"."""
    return _lists().plain


def explained_words(kind: str) -> frozenset[str]:
    """Return the words that a value of a kind explains, such as "cost" of an amount of money."""
    return _lists().explained.get(kind, frozenset())


def date_words() -> frozenset[str]:
    """Return the names of days and months."""
    return frozenset(_keys_of(" ".join(_lists().dates), _lists().same))


def calendar_words() -> frozenset[str]:
    """Return the words of dates and periods, beside the year."""
    return _lists().calendar


def total_words() -> frozenset[str]:
    """Return the words for the whole, which a question may have and a label may lack."""
    return _lists().total_keys


def percentage_word() -> str:
    """Return the form in which "percent" and its synonyms are compared."""
    return _lists().percentage


def is_year_word(word: str) -> bool:
    """Return whether a word is a year."""
    return _YEAR.fullmatch(word) is not None


def measure_words() -> Mapping[str, frozenset[str]]:
    """Return the adjectives that say what is measured, by its name."""
    return _lists().measures


def computed_words() -> Mapping[str, frozenset[str]]:
    """Return the words that ask for a computation, by its name."""
    return _lists().computed


def plain_question_words(question: str) -> list[str]:
    """Return the words of *question* in lower case, in order."""
    return WORD.findall(question.lower())


def label_words(text: str) -> frozenset[str]:
    """Return the content words of a label or the name of a column."""
    return Label.of(text).words


def label_share(text: str, wanted: frozenset[str]) -> float:
    """Return how much of a label is among *wanted*, 0 to 1."""
    return Label.of(text).share(wanted)


def is_total(text: str) -> bool:
    """Return whether a label is for the whole: "State Total"."""
    return Label.of(text).is_total
