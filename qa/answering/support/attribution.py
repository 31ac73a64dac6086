"""
Attribution: the narrowest words of the passages that support each sentence of a written answer.

A model's marker only says where to look first. Words are searched in the passage that a sentence names, then
in all others, and two places are taken where it takes two. What is found is a range of a passage, never text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from index import detect_language
from index.text.sentences import sentences
from qa.answering.support.base import Evidence, SupportCheck, Verdict
from qa.answering.support.exact import Facts, facts, framing_words
from qa.answering.support.orders import is_order, ordered
from qa.answering.support.rules import coverage
from qa.records import ClaimSentence, Passage, Quote, SupportState

MAX_SINGLE = 6
"""Places that are checked alone, in the passages that a sentence names and in all others each."""
MAX_CONFIRMED = 3
"""Places that are checked again with more effort."""
SENTENCES_BEFORE = 2
"""Sentences of the passage before a place that its words may refer to."""
MIN_CLAUSE_WORDS = 3
"""Minimum words of a clause that is supported in a place of its own."""
MAX_NARROW = 240
"""Characters from which the cited words of a sentence are narrowed to some of its clauses."""
MIN_CLAUSE = 30
"""Minimum characters of a clause."""
MAX_FRAMING = 14
"""Maximum words of a sentence that only introduces or connects others."""
MIN_FRAMING_SHARE = 0.3
"""Share of the content words of a sentence with a colon at its end that must be framing."""
MIN_LEAD_AGAINST = 0.1
"""By how much more of a statement a place must have to speak against it, if another one supports it."""
MAX_TITLE_WORDS = 6
"""Maximum words of a sentence that may be a heading."""
_JOINT = re.compile(r"[,;]?\s+(?:and|but|while|whereas|und|aber|während|et|mais|y|pero|e|ma|en|maar)\s+|;\s+")
"""What joins two clauses."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence of a passage that may be cited."""

    passage: int
    start: int
    end: int
    evidence: Evidence = field(repr=False)

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class _Found:
    places: tuple[_Place, ...]
    verdict: Verdict

    @property
    def state(self) -> SupportState:
        return self.verdict.state


class Attributor:
    """
    Finds the words that support the sentences of one answer.

    Args:
        check: Judges whether words support a statement.
        passages: The passages that the model was sent, in the order of their numbers from 1.
        question: The question, whose words a connecting sentence may repeat.
    """

    def __init__(self, check: SupportCheck, passages: Sequence[Passage], question: str = "") -> None:
        self._check = check
        self._passages = passages
        self._question = question
        self._places = [place for at in range(len(passages)) for place in _places(at, passages[at])]

    def attribute(self, text: str, markers: Sequence[int] = (), lead: str = "") -> ClaimSentence:
        """
        Return a sentence with the words that support it, and whether they do.

        Args:
            text: The sentence, without markers.
            markers: Numbers of the passages that it names, from 1; others are ignored.
            lead: The connecting sentence that it belongs to, such as one with a colon before a list.
        """
        if is_connecting(text, self._question):
            return ClaimSentence(text, (), state=SupportState.NOT_NEEDED)
        named = {marker - 1 for marker in markers if 1 <= marker <= len(self._passages)}
        found = self._best(text, named)
        if found is None or found.state is SupportState.UNSUPPORTED:
            return ClaimSentence(text, (), state=SupportState.UNSUPPORTED)
        places = tuple(self._narrowed(text, place, found) for place in found.places)
        quotes = tuple(
            Quote(self._passages[place.passage], place.start, place.end, min(1.0, found.verdict.score))
            for place in places
        )
        return ClaimSentence(text, quotes, state=found.state)

    def _best(self, text: str, named: set[int]) -> _Found | None:
        """Return the best words for a sentence, in one place or in two; None without any."""
        best = self._alone(text, named)
        if best is not None and best.state is not SupportState.SUPPORTED:
            return self._in_two_places(text, named) or best
        return best

    def _alone(self, text: str, named: set[int]) -> _Found | None:
        """Return the best place for a statement; None without any."""
        statement_facts = facts(text, detect_language(text))
        ranked = sorted(self._places, key=lambda place: (-_quick_score(statement_facts, place), place.length))
        near = [place for place in ranked if place.passage in named][:MAX_SINGLE]
        far = [place for place in ranked if place.passage not in named][:MAX_SINGLE]
        first = sorted(self._judged(text, (*near, *far)), key=lambda found: _rank(found, named))
        judged = self._confirmed(text, first[:MAX_CONFIRMED])
        best = min(judged, key=lambda found: _rank(found, named), default=None)
        # A place that has more of the statement and says something else weighs more than one that has less.
        against = max(
            (found for found in first if found.state is SupportState.CONTRADICTED),
            key=lambda found: found.verdict.score,
            default=None,
        )
        if best and against and against.verdict.score >= best.verdict.score + MIN_LEAD_AGAINST:
            return against
        return best

    def _in_two_places(self, text: str, named: set[int]) -> _Found | None:
        """Return the words of two places that each support a clause; None unless both are supported."""
        clauses = _clauses(text)
        if len(clauses) < 2:
            return None
        found = [self._alone(clause, named) for clause in clauses]
        supported = [each for each in found if each is not None and each.state is SupportState.SUPPORTED]
        if len(supported) < len(clauses):
            return None
        places = tuple(dict.fromkeys(place for each in supported for place in each.places))
        return _Found(places, Verdict(SupportState.SUPPORTED, min(each.verdict.score for each in supported)))

    def _judged(self, text: str, places: Sequence[_Place]) -> list[_Found]:
        verdicts = self._check.check(text, [place.evidence for place in places])
        return [_Found((place,), verdict) for place, verdict in zip(places, verdicts, strict=True)]

    def _confirmed(self, text: str, found: Sequence[_Found]) -> list[_Found]:
        evidence = [each.places[0].evidence for each in found]
        verdicts = self._check.confirm(text, evidence, [each.verdict for each in found])
        return [replace(each, verdict=verdict) for each, verdict in zip(found, verdicts, strict=True)]

    def _narrowed(self, text: str, place: _Place, found: _Found) -> _Place:
        """Return a place without clauses at its ends that it doesn't take to support the sentence."""
        if len(found.places) > 1 or place.length <= MAX_NARROW or found.state is not SupportState.SUPPORTED:
            return place
        passage = self._passages[place.passage]
        bounds = _clause_bounds(passage.text, place.start, place.end)
        ranges = [
            (start, end) for i, start in enumerate(bounds[:-1]) for end in bounds[i + 1 :]
            if MIN_CLAUSE <= end - start < place.length
        ]  # fmt: skip
        candidates = [
            replace(
                place,
                start=start,
                end=end,
                evidence=replace(place.evidence, text=passage.text[start:end]),
            )
            for start, end in (_trimmed(passage.text, *each) for each in ranges)
        ]
        (whole, *judged) = self._judged(text, [place, *candidates])
        good = [
            each
            for each in judged
            if each.state is whole.state is SupportState.SUPPORTED
            and each.verdict.score >= whole.verdict.score - 0.02
        ]
        return min((each.places[0] for each in good), key=lambda each: each.length, default=place)


def is_connecting(text: str, question: str = "") -> bool:
    """
    Return whether a sentence only introduces or connects others, and so needs no source.

    >>> is_connecting("Here is a summary of the passages:"), is_connecting("The rent is 900 euros.")
    (True, False)

    Args:
        text: The sentence.
        question: Words of it may be repeated before a colon.
    """
    language = detect_language(text)
    statement_facts = facts(text, language)
    if (
        statement_facts.negated
        or statement_facts.figures
        or statement_facts.dates
        or len(text.split()) > MAX_FRAMING
    ):
        return False
    framing = facts(" ".join(framing_words()), language).stems
    asked = facts(question, language)
    rest = statement_facts.stems - framing
    frames = bool(statement_facts.words & framing_words())
    if frames and not rest and not statement_facts.names:
        return True
    if not text.rstrip().endswith(":"):
        return False
    new_names = set(statement_facts.names) - set(asked.names)
    share = len(statement_facts.stems & framing) / max(1, len(statement_facts.stems))
    return not (rest - asked.stems) or (share >= MIN_FRAMING_SHARE and not new_names)


def _places(at: int, passage: Passage) -> Iterator[_Place]:
    """Yield the sentences of a passage, with what is before them and around them."""
    spans = [
        each for each in passage.sentences or sentences(passage.text) if passage.text[slice(*each)].strip()
    ]
    head = (passage.title, *(text for text in passage.hit.chunk.heading if not is_order(text)))
    headings = {" ".join(text.split()) for text in head}
    orders = ordered(passage.text, spans)
    statements = [span for span, is_ordered in zip(spans, orders, strict=True) if not is_ordered]
    texts = [passage.text[start:end] for start, end in statements]
    context = "\n".join((*head, *texts))
    for number, (start, end) in enumerate(statements):
        if len(spans) > 1 and (" ".join(texts[number].split()) in headings or _is_title(texts[number])):
            continue  # a heading says what follows, and nothing itself
        before = "\n".join((*head, *texts[max(0, number - SENTENCES_BEFORE) : number]))
        yield _Place(at, start, end, Evidence(texts[number], before, context))


def _is_title(text: str) -> bool:
    """Return whether a text has the form of a heading: a few capitalised words, no number, no full stop."""
    words: list[str] = re.findall(r"[^\W\d_]+", text)
    if not 0 < len(words) <= MAX_TITLE_WORDS or re.search(r"[\d.:!?]", text):
        return False
    return 2 * sum(word[0].isupper() for word in words) > len(words) > 1


def _clauses(text: str) -> list[str]:
    """Return the clauses of a sentence that can be supported in two places; one if it has only one."""
    parts = [part.strip(" ,;") for part in _JOINT.split(text)]
    return (
        parts if len(parts) == 2 and all(len(part.split()) >= MIN_CLAUSE_WORDS for part in parts) else [text]
    )


def _quick_score(statement: Facts, place: _Place) -> float:
    language = detect_language(statement.text)
    evidence = place.evidence
    source, before, context = (
        facts(text, language) for text in (evidence.text, evidence.before, evidence.context)
    )
    words, own_words = coverage(statement, source, before, context)
    return words + own_words


def _rank(found: _Found, named: set[int]) -> tuple[int, bool, float, int]:
    """
    Order supporting places first, those in a named passage before others; then by score, shorter first.

    Among places that don't support all of it the closest one decides whether it is contradicted.
    """
    state = found.state
    group = 0 if state is SupportState.SUPPORTED else 2 if state is SupportState.UNSUPPORTED else 1
    elsewhere = not group and any(place.passage not in named for place in found.places)
    return group, elsewhere, -round(found.verdict.score, 2), sum(place.length for place in found.places)


def _clause_bounds(text: str, start: int, end: int) -> list[int]:
    """Return where the clauses of a sentence begin, and its end; at most about eight."""
    inner = [at + 1 for at in range(start, end - 1) if text[at] in ",;:\n" and text[at + 1].isspace()]
    bounds = [start]
    for at in inner:
        if at - bounds[-1] >= MIN_CLAUSE:
            bounds.append(at)
    bounds = [*bounds, end]
    while len(bounds) > 9:  # keep the number of combinations small
        gaps = [(later - earlier, i + 1) for i, (earlier, later) in enumerate(pairwise(bounds[:-1]))]
        del bounds[min(gaps)[1]]
    return bounds


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in ",;:"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",;:"):
        end -= 1
    return start, end
