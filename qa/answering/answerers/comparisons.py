"""Comparisons: the best sentences for each side of a question, and numbers of one unit compared in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from index import ENGLISH, Document
from qa.answering.answerers.answer_type import Expected, expected_answer
from qa.answering.answerers.comparison_sides import Side, split_sides, telling_words
from qa.answering.answerers.extractive import ExtractiveAnswerer, deduplicated, in_reading_order
from qa.answering.answerers.form import AnswerForm
from qa.answering.answerers.lexicon import stem
from qa.answering.answerers.sentence_choice import lacks_type
from qa.answering.answerers.table_computation import number
from qa.answering.answerers.table_phrases import compared_measures
from qa.answering.answerers.table_words import synonyms
from qa.answering.answerers.texts import fixed_text
from qa.answering.document_names import named_documents
from qa.answering.languages import detect_language
from qa.answering.question_analysis import QuestionAnalysis, QuestionKind
from qa.answering.sources import Sources
from qa.records import AnswerDraft, AnswerKind, ClaimSentence, Quote

SENTENCES = 2
"""Maximum sentences for each side."""
MIN_BOTH = 0.45
"""Minimum probability of a sentence that names both sides for it to be shown."""
MIN_SIDE = 0.02
"""Minimum probability of a sentence for a side: it must name it, and is read beside the other side's."""
MIN_CONFIDENCE = 0.2
"""Minimum confidence in both sides; below it the question is left to others."""
MIN_FIT = 0.5
"""Minimum share of a side's words that a sentence, its term or its headings have."""
AROUND = 0.8
"""Weight of a word that only the beginning of the paragraph, the headings or the title have."""
PART = 0.8
"""Factor of the fit if the side's whole name doesn't occur."""
WITHOUT_TYPE = 0.4
"""Factor of the score of a sentence without the amount or the date that is asked of a side."""
SECOND_SHARE = 0.5
"""Minimum share of the best sentence's score for a second one to be shown."""
MAX_TERM = 80
"""Maximum characters of a line that is the term of the definition after it."""
MIN_NAMED = 0.99
"""Minimum coverage of a side's words by a document's names for the side to be that document."""

_ASKS_WHICH_IS_GREATER = re.compile(
    r"\b(?:bigg|larg|small|high|low|tall|long|short|old|young|heavi|light|cheap|warm|cold|hott|deep|wid|fast|slow)er\b"
    r"|\bmore (?:expensive|people|inhabitants)\b",
    re.I,
)
"""Matches a comparison of two measures, which needs figures: "is A older than B"."""
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_NUMBER = re.compile(r"(?P<before>[^\d]*?)(?P<number>\d[\d,.'\u00a0\u202f]*)(?P<after>.*)", re.S)


@dataclass(frozen=True, slots=True)
class ComparisonForm:
    """
    Shows what the documents say of both sides; a question that compares nothing is left to others.

    Args:
        forms: Tried in order for each side.
        answerer: Finds the sentences for a side that no form has.
        overview: Shows what a side is about that is a whole document.
        other_languages: Answers for a side of a question that isn't English; None leaves them to others.
    """

    forms: Sequence[AnswerForm]
    answerer: ExtractiveAnswerer
    overview: AnswerForm
    other_languages: AnswerForm | None = None

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft: both sides, or a refusal if no document has the words of one."""
        sides = split_sides(question.text)
        if not sides:
            return
        language = detect_language(question.text)
        names = distinct_names(sides)
        unknown = [side for side, words in zip(sides, names, strict=True) if _is_unknown(words, sources)]
        found = [
            None if side in unknown else self._side(side, words, question, language, sources)
            for side, words in zip(sides, names, strict=True)
        ]
        sources.lap("comparison")
        if unknown:
            yield _without(unknown[0], found, language)
            return
        drafts = [draft for draft in found if draft is not None]
        if len(drafts) < len(sides) or _is_one_place(drafts):
            return
        joint = self._joint_sentence(question.text, names, drafts, sources)
        compared = compare_numbers(sides, drafts, language)
        if _ASKS_WHICH_IS_GREATER.search(question.text) and not (joint or compared):
            return
        together = _together(sides, drafts, joint, compared)
        if together.confidence is None or together.confidence >= MIN_CONFIDENCE:
            yield together

    def _side(
        self, side: Side, words: frozenset[str], question: QuestionAnalysis, language: str, sources: Sources
    ) -> AnswerDraft | None:
        """Return the answer for one side; None if no sentence is about it."""
        if language != ENGLISH:
            return self._side_in(side, words, language, sources)
        measured = (f"{name} {side.question}" for name in compared_measures(question.text))
        for text in dict.fromkeys((*measured, side.question, side.short_question)):
            asked = QuestionAnalysis(text, language=question.language)
            for form in self.forms:
                for draft in form.draft(asked, sources):
                    return draft
        named = named_documents(side.name, sources.documents())
        entry = named[0].entry if len(named) == 1 and named[0].coverage >= MIN_NAMED else None
        if entry is not None and side.asks_what_it_is:
            asked = QuestionAnalysis(side.question, QuestionKind.OVERVIEW, topic=entry.title, count=SENTENCES)
            return next(iter(self.overview.draft(asked, sources.within({entry.doc_id}))), None)
        if side.is_question:
            return self._answer_alone(side, sources)
        readings = sources.search(side.question)
        expected = expected_answer(side.question)
        sentences = self.answerer.sentences(side.question, readings)
        quotes = _about(words, side.name, expected, sentences, sources)
        if entry is not None:
            own = sources.within({entry.doc_id}).search(side.question)
            quotes += [
                (AROUND * quote.probability, quote) for quote in self.answerer.sentences(side.question, own)
            ]
        best = _best(side.name, quotes)
        if not best:
            return None
        *_, draft = self.answerer.draft(side.question, readings)
        sure = draft.reason is None and draft.claims and draft.claims[0].quotes[0] in best
        claims = [ClaimSentence(quote.text, (quote,)) for quote in best]
        return AnswerDraft(
            tuple(in_reading_order(claims)), draft.short if sure else None, confidence=best[0].probability
        )

    def _answer_alone(self, side: Side, sources: Sources) -> AnswerDraft | None:
        """Return the answer to a side that is a question of its own; None if it is refused."""
        *_, draft = self.answerer.draft(side.question, sources.search(side.question))
        drafts = [draft]
        if draft.reason is not None and self.other_languages is not None:
            drafts += self.other_languages.draft(QuestionAnalysis(side.question), sources)
        return next((one for one in drafts if one.reason is None and one.claims), None)

    def _side_in(
        self, side: Side, words: frozenset[str], language: str, sources: Sources
    ) -> AnswerDraft | None:
        """Return the answer for a side of a question in another language than English."""
        if self.other_languages is None:
            return None
        for draft in self.other_languages.draft(QuestionAnalysis(side.question, language=language), sources):
            claims = [
                claim
                for claim in (*draft.claims, *draft.possible)
                if fit(
                    words, side.name, claim.quotes[0], sources.document(claim.quotes[0].passage.span.doc_id)
                )
                >= MIN_FIT
            ]
            if claims:
                return replace(draft, claims=tuple(claims[:SENTENCES]), possible=(), reason=None)
        return None

    def _joint_sentence(
        self, question: str, names: Sequence[frozenset[str]], drafts: Sequence[AnswerDraft], sources: Sources
    ) -> Quote | None:
        """Return the likeliest sentence for the whole question, if it names both sides and is new."""
        if all(draft.kind is not AnswerKind.PASSAGE for draft in drafts):
            return None
        quotes = self.answerer.sentences(question, sources.search(question))[:1]
        shown = {
            (quote.passage.span.doc_id, quote.text)
            for one in drafts
            for c in one.claims
            for quote in c.quotes
        }
        for quote in quotes:
            words = _stems(quote.text)
            both = all(name and name <= words for name in names)
            is_new = (quote.passage.span.doc_id, quote.text) not in shown
            likely = quote.probability >= max(MIN_BOTH, min(draft.confidence or 0.0 for draft in drafts))
            if both and is_new and likely and not quote.text.rstrip().endswith("?"):
                return quote
        return None


def distinct_names(sides: Sequence[Side]) -> list[frozenset[str]]:
    """Return the words that tell each side from the other; none for a side that is a question of its own."""
    words = [frozenset() if side.is_question else _stems(side.name) for side in sides]
    shared = frozenset.intersection(*words)
    return [one - shared or one for one in words]


def fit(words: frozenset[str], name: str, quote: Quote, document: Document) -> float:
    """
    Return how much of a side's name a sentence has, 0 to 1.

    The line before it counts as well, if it is a term that the sentence defines. What only the beginning of
    its paragraph, its headings or the title have counts less, and so does a part of a longer name.

    Args:
        words: The stems that tell the side from the other.
        name: The whole name.
        quote: The sentence.
        document: Where it is.
    """
    if not words:
        return 1.0
    chunk = quote.passage.hit.chunk
    own = f"{quote.text} {_term_before(quote, document)}"
    around = "\n".join((_opening(quote, document), quote.passage.title, *chunk.heading))
    own_words, around_words = _stems(own), _stems(around)
    years = {word for word in words if _YEAR.fullmatch(word)}
    if years and years.isdisjoint(own_words) and any(_YEAR.fullmatch(word) for word in own_words):
        return 0.0  # it is about another year, whatever its title says
    share = sum(
        1.0 if word in own_words else AROUND if word in around_words else 0.0 for word in words
    ) / len(words)
    bare = (
        name.lower().split(maxsplit=1)[-1] if name.lower().startswith(("a ", "an ", "the ")) else name.lower()
    )
    whole = bare.split() and bare in f"{own}\n{around}".lower()
    return share if whole or len(_stems(name)) == len(words) else PART * share


def _opening(quote: Quote, document: Document) -> str:
    """Return the first words of the block that a sentence is in."""
    place = quote.passage.span.start + quote.start
    blocks = document.blocks_in(place, place + 1)
    start = blocks[0].start if blocks else place
    return document.text[start : min(start + MAX_TERM, place)]


def _about(
    words: frozenset[str], name: str, expected: Expected, quotes: Sequence[Quote], sources: Sources
) -> list[tuple[float, Quote]]:
    """Return the sentences about a side with their scores."""
    scored = []
    for quote in quotes:
        if quote.probability >= MIN_SIDE:
            document = sources.document(quote.passage.span.doc_id)
            fits = fit(words, name, quote, document)
            # "How many packages did Buzz have?": another sentence about Buzz isn't what is compared.
            likely = quote.probability * (WITHOUT_TYPE if lacks_type(quote.text, expected) else 1.0)
            scored += [(fits * likely, _with_term(quote, name, document))] if fits >= MIN_FIT else []
    return scored


def _with_term(quote: Quote, name: str, document: Document) -> Quote:
    """Return a sentence with the term before it if that says more than the side's name: its price."""
    term = _term_before(quote, document)
    start = quote.passage.text.rfind(term, 0, quote.start) if term else -1
    if (
        start < 0
        or _stems(term) <= _stems(name)
        or quote.passage.text[start + len(term) : quote.start].strip()
    ):
        return quote
    return replace(quote, start=start)


def _best(name: str, scored: Sequence[tuple[float, Quote]]) -> list[Quote]:
    """Return the best sentences that say more than a side's name, best first; empty without one."""
    ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1].passage.span, pair[1].start))
    telling = [
        (score, quote)
        for score, quote in ranked
        if _stems(quote.text) - _stems(name) and not quote.text.rstrip().endswith("?")
    ]
    best = deduplicated([quote for score, quote in telling if score >= SECOND_SHARE * telling[0][0]])
    return best[:SENTENCES]


def _term_before(quote: Quote, document: Document) -> str:
    """Return the short line before a sentence that begins its block; "" if there is none."""
    start = quote.passage.span.start + quote.start
    earliest = max(0, start - MAX_TERM)
    before = document.text[earliest:start].rstrip()
    line = before[before.rfind("\n") + 1 :]
    is_cut = line == before and earliest > 0  # the line begins before what was looked at
    return "" if is_cut or line.endswith((".", "!", "?")) else line


def _is_unknown(words: frozenset[str], sources: Sources) -> bool:
    """Return whether no document has a word of a side, or a word that tables use for it."""
    if not words:
        return False
    known = {stem(word) for word in sources.snapshot.vocabulary}
    if any(word in known or not word.isalpha() for word in words):
        return False
    return not any(stem(other) in known for other in synonyms(" ".join(words)))


def _without(side: Side, found: Sequence[AnswerDraft | None], language: str) -> AnswerDraft:
    """Return a refusal that says which side no document has, with what they say of the other one."""
    possible = tuple(claim for draft in found if draft for claim in draft.claims[:SENTENCES])
    reason = fixed_text("no_side", language, side=side.name)
    return AnswerDraft(reason=reason, possible=possible, kind=AnswerKind.COMPARISON)


def _together(
    sides: Sequence[Side],
    drafts: Sequence[AnswerDraft],
    joint: Quote | None,
    compared: ClaimSentence | None,
) -> AnswerDraft:
    """
    Return the sentences of both sides as one answer.

    Args:
        sides: The sides.
        drafts: The answer for each side.
        joint: A sentence about both.
        compared: The sentence that compares their numbers.
    """
    claims: list[ClaimSentence] = []
    for side, draft in zip(sides, drafts, strict=True):
        said = {claim.text for claim in claims}
        new = [claim for claim in draft.claims[:SENTENCES] if claim.text not in said]
        claims += [replace(claim, label=side.name) for claim in new or draft.claims[:1]]
    if joint:
        claims.insert(0, ClaimSentence(joint.text, (joint,)))
    if compared:
        claims.insert(0, compared)
    known = [draft.confidence for draft in drafts if draft.confidence is not None]
    return AnswerDraft(claims=tuple(claims), kind=AnswerKind.COMPARISON, confidence=min(known, default=None))


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in telling_words(text))


def _is_one_place(drafts: Sequence[AnswerDraft]) -> bool:
    """Return whether all sides are answered by the same words."""
    places = [{_place(quote) for claim in draft.claims for quote in claim.quotes[:1]} for draft in drafts]
    return any(one == other for one, other in pairwise(places))


def _place(quote: Quote) -> tuple[str, int, tuple[int, int] | None]:
    answer = quote.answer if quote.answer != (0, quote.end) else None
    return quote.passage.span.doc_id, quote.passage.span.start + quote.start, answer


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
    if len(units) != 1 or any(side.is_question for side in sides):
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
        difference=_difference(shown[0], abs(first - second)),
    )
    quotes = tuple(draft.claims[0].quotes[0] for draft in drafts)
    return ClaimSentence(text, quotes)


def _difference(text: str, value: Decimal) -> str:
    """Return a number with the unit of *text*."""
    found = _NUMBER.fullmatch(text)
    before, after = (found["before"], _without_short_form(found["after"])) if found else ("", "")
    return f"{before}{value:,f}{after}".strip()


def _unit(text: str) -> str:
    return " ".join(text.lower().split())


def _without_short_form(text: str) -> str:
    return re.sub(r"\((?:about |\d)[^)]*\)", "", text)
