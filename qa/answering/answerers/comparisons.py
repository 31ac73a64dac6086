"""Comparisons: an answer for each side of a question, and numbers of one unit compared in words."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from qa.answering.answerers.base import Answerer
from qa.answering.answerers.form import AnswerForm
from qa.answering.answerers.lexicon import stem, words_in
from qa.answering.answerers.table_computation import number
from qa.answering.answerers.texts import fixed_text
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, AnswerKind, ClaimSentence, Quote

MAX_LENGTH = 300
"""Maximum characters of a question that patterns are matched against."""
MAX_SIDE_WORDS = 9
"""Maximum words of a side, unless it is a question of its own."""
SENTENCES = 2
"""Maximum sentences for each side."""
MIN_BOTH = 0.45
"""Minimum probability of a sentence that names both sides for it to be the answer."""

_NUMBER = re.compile(r"(?P<before>[^\d]*?)(?P<number>\d[\d,.'\u00a0\u202f]*)(?P<after>.*)", re.S)


_THEY = re.compile(r"\b(?:they|each(?: of them)?|both(?: of them)?|these|those)\b", re.I)
_NAME_WORD = re.compile(r"[^\W_]+(?:[-'.&][^\W_]+)*")
_QUESTION = re.compile(r"(?:how|what|when|who|which|where|why)\b", re.I)
_PRONOUN = re.compile(r"\b(?:it|its|they|their|them|he|his|him|she|her|this|that)\b", re.I)


@dataclass(frozen=True, slots=True)
class Side:
    """
    One thing that is compared.

    Args:
        name: Its name in the question.
        question: The question about it.
    """

    name: str
    question: str


@dataclass(frozen=True, slots=True)
class ComparisonForm:
    """
    Answers for two sides; a question that compares nothing, or a side without an answer, is left to others.

    Args:
        forms: Tried in order for each side.
        answerer: Answers for a side that no form has.
    """

    forms: Sequence[AnswerForm]
    answerer: Answerer

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, if both sides have an answer and no sentence says both."""
        sides = split_sides(question.text)
        if not sides:
            return
        names = _distinct_names(sides)
        drafts = [self._side(side, name, question, sources) for side, name in zip(sides, names, strict=True)]
        found = [draft for draft in drafts if draft is not None]
        if len(found) < len(sides) or _is_one_place(found):
            return
        read = any(draft.kind is not AnswerKind.TABLE for draft in found)
        if read and _says_both(question.text, names, sources):
            return
        claims = [
            replace(claim, label=side.name)
            for side, draft in zip(sides, found, strict=True)
            for claim in draft.claims[:SENTENCES]
        ]
        compared = compare_numbers(sides, found, question.language)
        confidence = [draft.confidence for draft in found if draft.confidence is not None]
        sources.lap("comparison")
        yield AnswerDraft(
            claims=tuple([compared, *claims] if compared else claims),
            kind=AnswerKind.COMPARISON,
            confidence=min(confidence, default=None),
        )

    def _side(
        self, side: Side, name: frozenset[str], question: QuestionAnalysis, sources: Sources
    ) -> AnswerDraft | None:
        """Return the answer for one side; None if no sentence is about it."""
        of_side = QuestionAnalysis(side.question, language=question.language)
        for form in self.forms:
            for draft in form.draft(of_side, sources):
                return draft
        *_, draft = self.answerer.draft(side.question, sources.search(side.question))
        if draft.reason is not None or not draft.claims:
            return None
        claims = tuple(claim for claim in draft.claims if _is_about(name, claim))
        return replace(draft, claims=claims) if claims else None


def split_sides(question: str) -> tuple[Side, ...]:
    """
    Return the two sides that *question* compares, in its order; empty if it compares nothing.

    >>> [side.question for side in split_sides("Compare the fares of Tern and Sala")]
    ['the fares of Tern', 'the fares of Sala']
    """
    plain = " ".join(question.replace("’", "'").split()).rstrip(" .?!")
    plain, _, note = plain.partition("? ")
    if len(plain) > MAX_LENGTH:
        return ()
    for pattern, template in _forms():
        match = pattern.fullmatch(plain)
        if match is None:
            continue
        groups = {name: (text or "").strip(" ,.?") for name, text in match.groupdict().items()}
        names = _with_shared_noun(groups["a"], groups["b"])
        if names[0].lower() == names[1].lower() or not all(_is_side(name) for name in names):
            continue
        groups["rest"] = _without_comparing(groups.get("rest", ""))
        return tuple(Side(name, f"{_filled(template, groups, name)} {note}".strip()) for name in names)
    return ()


def _filled(template: str, groups: Mapping[str, str], name: str) -> str:
    """Return the question of a side; in "how many do they have" its name replaces *they*."""
    rest = groups["rest"]
    if template == "{rest} {x}" and _THEY.search(rest):
        return _THEY.sub(name, rest, count=1)
    return " ".join(template.format_map({"tail": "", **groups, "x": name}).split())


def _is_side(name: str) -> bool:
    """Return whether words name a thing, or are a self-contained question."""
    if _QUESTION.match(name):
        return not _PRONOUN.search(name)
    return bool(_telling(name)) and len(name.split()) <= MAX_SIDE_WORDS


def _with_shared_noun(one: str, other: str) -> tuple[str, str]:
    """Return both names with their shared noun: "a PIV-I" and "a PIV-C card" are both cards."""
    first, second = one.split(), other.split()
    if 1 < len(second) == len(first) + 1 and len(first) <= 2 and re.search(r"[\W\d]", first[-1]):
        return f"{one} {second[-1]}", other
    return one, other


def _without_comparing(rest: str) -> str:
    """Return words without those of comparison; "cheaper" becomes the measure, "cost"."""
    words = (_measures().get(word.lower(), word) for word in rest.split())
    return " ".join(word for word in words if word.strip("?,").lower() not in _comparing())


def _telling(text: str) -> frozenset[str]:
    """Return the content words of *text*; one with a hyphen is one word: ``PIV-I``."""
    words = (match[0] for match in _NAME_WORD.finditer(text.lower()))
    return frozenset(stem(word) for word in words if word not in words_in("stop"))


def _is_about(name: frozenset[str], claim: ClaimSentence) -> bool:
    """Return whether a sentence, its headings or its document has one of the words."""
    texts = (
        text
        for quote in claim.quotes
        for text in (quote.text, quote.passage.title, *quote.passage.hit.chunk.heading)
    )
    return not name or any(name & _telling(text) for text in texts)


def _is_one_place(drafts: Sequence[AnswerDraft]) -> bool:
    """Return whether all sides are answered by the same words."""
    places = [{_place(quote) for claim in draft.claims for quote in claim.quotes[:1]} for draft in drafts]
    return any(one == other for one, other in pairwise(places))


def _place(quote: Quote) -> tuple[str, int, tuple[int, int] | None]:
    answer = quote.answer if quote.answer != (0, quote.end) else None
    return quote.passage.span.doc_id, quote.passage.span.start + quote.start, answer


def _distinct_names(sides: Sequence[Side]) -> list[frozenset[str]]:
    """Return the words that tell each side from the other; none for a side that is a question of its own."""
    words = [frozenset[str]() if _QUESTION.match(side.name) else _telling(side.name) for side in sides]
    shared = frozenset.intersection(*words)
    return [one - shared for one in words]


def _says_both(question: str, names: Sequence[frozenset[str]], sources: Sources) -> bool:
    """Return whether the likeliest sentence for the whole question names all sides."""
    quotes = [quote for reading in sources.search(question) for quote in reading.quotes]
    best = max(quotes, key=lambda quote: quote.probability, default=None)
    if best is None or best.probability < MIN_BOTH:
        return False
    telling_words = _telling(best.text)
    return all(name & telling_words for name in names)


def compare_numbers(
    sides: Sequence[Side], drafts: Sequence[AnswerDraft], language: str
) -> ClaimSentence | None:
    """Return which side's number is larger, with what all of them are; None unless they are of one unit."""
    shown = [draft.short or "" for draft in drafts]
    parts = [_NUMBER.fullmatch(text) for text in shown]
    values = [number(text) for text in shown]
    if len(sides) != 2 or any(part is None for part in parts) or any(value is None for value in values):
        return None
    units = {(_unit(part["before"]), _unit(_without_short_form(part["after"]))) for part in parts if part}
    if len(units) != 1:
        return None
    first, second = (value if value is not None else Decimal(0) for value in values)
    high, low = (0, 1) if first >= second else (1, 0)
    text = fixed_text(
        "same_number" if first == second else "larger_number",
        language,
        larger=sides[high].name,
        smaller=sides[low].name,
        high=shown[high],
        low=shown[low],
    )
    quotes = tuple(draft.claims[0].quotes[0] for draft in drafts)
    return ClaimSentence(text, quotes)


def _unit(text: str) -> str:
    return " ".join(text.lower().split())


def _without_short_form(text: str) -> str:
    return re.sub(r"\((?:about |\d)[^)]*\)", "", text)


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(
        (files("qa.answering.answerers") / "comparison_words.toml").read_text(encoding="utf-8")
    )


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(form["pattern"], re.I), form["side"]) for form in _data()["forms"])


@cache
def _comparing() -> frozenset[str]:
    return frozenset(_data()["comparing"].split())


@cache
def _measures() -> Mapping[str, str]:
    measures: Mapping[str, str] = _data()["measures"]
    return measures
