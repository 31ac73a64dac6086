"""Questions and documents in languages other than English: answers by the question's words."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from index import ENGLISH, BlockKind, Span, word_stems
from qa.answering.answerers.base import Answerer
from qa.answering.answerers.extractive import deduplicated, in_reading_order
from qa.answering.answerers.list_blocks import item_claims, lists_near
from qa.answering.answerers.question_words import (
    WantedType,
    can_answer,
    wanted_type,
    without_question_words,
)
from qa.answering.answerers.sentence_similarity import SentenceSimilarity
from qa.answering.answerers.texts import fixed_text
from qa.answering.answerers.word_match import Stems, WordChoice, quotes_by_words, similarity
from qa.answering.glossary import Translation, names_language, translate
from qa.answering.languages import (
    can_be_in,
    detect_language,
    detect_text_language,
    has_function_words,
)
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.readers.base import PassageReading
from qa.answering.sources import Sources
from qa.records import AnswerDraft, ClaimSentence, Passage, Quote

RETRIEVED = 30
"""Number of passages whose sentences are considered."""
MAX_WEIGHED = 40
"""Maximum number of sentences that are checked for being headings."""
MAX_SENTENCES = 3
MAX_POSSIBLE = 2
SHOWN_SHARE = 0.6
"""Minimum share of the best sentence's probability for another one to be shown."""
POSSIBLE_SHARE = 0.25
"""Minimum share of the refusal threshold for a sentence to be offered as a possible answer."""
SURE = 0.6
"""Minimum probability of an answer in the question's language for no other language to be tried."""
SURE_IN_TARGET = 0.36
"""Minimum probability of an answer to translated words in a language that the reader doesn't know."""
LEAD = 0.25
"""How much likelier an answer in another language must be than the best sentence in the question's own."""
MAX_MISSING = 0.25
"""Maximum share of a question's words without a translation."""
KEYWORD_PASSAGES, MIN_OF_KEYWORD_PASSAGES = 5, 0.8
"""Number of passages that decide the language of keywords, and the minimum share of them in it."""
MIN_QUESTION_SHARE = 0.6
"""Minimum share of a translated question's words in the passage of an answer."""
TRANSLATED = 0.8
"""Factor of the confidence of an answer to a translated question."""
READER_PRIOR, READER_MISSING = 0.2, 0.02
"""The reader's probability of an average sentence, and of one without a quote."""
MAX_ITEMS = 12
"""Maximum number of items that are shown with the introduction of a list."""


@dataclass(frozen=True, slots=True)
class OtherLanguagesForm:
    """
    Answers questions or documents that aren't English by their words, translated if needed.

    Args:
        choice: Gives the sentences their probabilities.
        similarity: Compares questions and sentences, also of different languages.
        answerer: Answers English questions, also translated ones.
        refuse_below: Minimum probability of an answer, 0 to 1.
    """

    choice: WordChoice
    similarity: SentenceSimilarity
    answerer: Answerer
    refuse_below: float

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, unless the question is English and is not answered by other languages."""
        language = _language_of(question.text, sources)
        if language != ENGLISH:
            yield self._draft(question.text, language, sources)
        elif sources.snapshot.languages.keys() - {ENGLISH}:
            *_, own = self.answerer.draft(question.text, sources.search(question.text))
            if own.reason is not None and (found := self._translated(question.text, language, sources)):
                yield found

    def _draft(self, question: str, language: str, sources: Sources) -> AnswerDraft:
        """Return the answer in the question's own language, in another one, or a refusal."""
        readings = sources.search(question)
        passages = sources.retrieve(question, RETRIEVED)
        stems = partial(word_stems, language=language)
        compare = partial(self.similarity, question)
        quotes = self._weighed(question, language, passages, readings, sources, stems=stems, compare=compare)
        sources.lap("read")
        best = quotes[0].probability if quotes else 0.0
        found = self._translated(question, language, sources) if best < SURE else None
        if found and (found.confidence or 0.0) >= best + LEAD:
            return found
        if best >= self.refuse_below:
            return _answer(quotes, sources, fixed_text("found_by_words", language))
        near = [one for one in quotes if one.probability >= POSSIBLE_SHARE * self.refuse_below]
        reason = fixed_text("not_found_by_words", language)
        return AnswerDraft(reason=reason, possible=_claims(near[:MAX_POSSIBLE]))

    def _translated(self, question: str, language: str, sources: Sources) -> AnswerDraft | None:
        """Return the answer from documents in another language; None without one."""
        counts = sources.snapshot.languages
        targets = sorted(counts.keys() - {language}, key=lambda code: (code != ENGLISH, -counts[code], code))
        targets = [code for code in targets if names_language(question, language, code)] or targets
        bare, wanted = without_question_words(question, language), wanted_type(question, language)
        best = None
        for target in targets:
            translation = translate(bare, language, target, sources.snapshot.vocabulary, wanted.value)
            if len(translation.missing) > MAX_MISSING * translation.words or not translation.words:
                continue
            found = self._in_target(question, translation, wanted, target, sources)
            if found and (best is None or (found.confidence or 0.0) > (best.confidence or 0.0)):
                note = fixed_text("found_by_translation", language, question=translation.text)
                best = replace(found, note=note)
        return best and replace(best, confidence=TRANSLATED * (best.confidence or 0.0))

    def _in_target(
        self, question: str, translation: Translation, wanted: WantedType, target: str, sources: Sources
    ) -> AnswerDraft | None:
        """Return the answer to a question that has a translation; None without one."""
        stems = _stems_of(translation, target)
        readings = None
        if target == ENGLISH:
            read = sources.search(translation.text)
            readings = [one for one in read if can_be_in(one.passage.text, ENGLISH)]
            *_, found = self.answerer.draft(translation.text, readings)
            about = found.reason is None and _is_about(found.claims[0].quotes[0], translation, target, stems)
            if about and _has(found, wanted):
                return found
        passages = sources.retrieve(translation.query, RETRIEVED)
        compare = partial(self.similarity, question)
        quotes = self._weighed(
            translation.text, target, passages, readings, sources, stems=stems, compare=compare
        )
        if (
            quotes
            and quotes[0].probability >= SURE_IN_TARGET
            and _can_be(quotes[0], wanted, target)
            and (readings is not None or _is_about(quotes[0], translation, target, stems))
        ):
            return _answer(quotes, sources, "")
        return None

    def _weighed(
        self,
        question: str,
        language: str,
        passages: Sequence[Passage],
        readings: Sequence[PassageReading] | None,
        sources: Sources,
        *,
        stems: Stems,
        compare: Callable[[Sequence[str]], Sequence[float]],
    ) -> list[Quote]:
        """Return the sentences that may answer, likeliest first, by their words and by *readings*."""
        own = [passage for passage in passages if can_be_in(passage.text, language)]
        read = None if readings is None else partial(reader_preference, readings=readings)

        def select(quotes: list[Quote]) -> list[Quote]:
            likely = [one for one in quotes[:MAX_WEIGHED] if not one.text.rstrip().endswith("-")]
            return deduplicated([one for one in likely if not is_heading(one, sources)])

        return quotes_by_words(
            question, language, own, stems, choice=self.choice, compare=compare, read=read, select=select
        )


def _language_of(question: str, sources: Sources) -> str:
    """Return the language of a question; of keywords alone, that of nearly all passages that have them."""
    language = detect_language(question)
    if language != ENGLISH or has_function_words(question) or len(sources.snapshot.languages) < 2:
        return language
    having = [one for one in sources.retrieve(question, RETRIEVED) if one.hit.lexical]
    found = Counter(detect_text_language(one.text) for one in having[:KEYWORD_PASSAGES])
    code, count = found.most_common(1)[0] if found else (ENGLISH, 0)
    return code if count >= MIN_OF_KEYWORD_PASSAGES * found.total() else ENGLISH


def _stems_of(translation: Translation, language: str) -> Stems:
    """Return a function for the stems of a text, with one stem for all translations of a word."""
    same = {
        other: first
        for word, others in translation.alternatives.items()
        for first in word_stems(word, language)
        for other in word_stems(" ".join(others), language)
    }

    def stems(text: str) -> Sequence[str]:
        return [same.get(stem, stem) for stem in word_stems(text, language)]

    return stems


def _is_about(quote: Quote, translation: Translation, language: str, stems: Stems) -> bool:
    """Return whether the passage of an answer has most words of a translated question."""
    asked = set(stems(translation.text))
    passage = quote.passage
    said = set(stems(" ".join([passage.title, *passage.hit.chunk.heading, passage.text])))
    if language != ENGLISH:
        said |= {one for one in asked if any(similarity(one, other, language) for other in said)}
    return len(asked & said) >= MIN_QUESTION_SHARE * len(asked)


def _has(found: AnswerDraft, wanted: WantedType) -> bool:
    """Return whether the likeliest sentence of an English answer has what a translated question asks for."""
    best = max((claim.quotes[0] for claim in found.claims), key=lambda quote: quote.probability)
    return _can_be(best, wanted, ENGLISH)


def _can_be(quote: Quote, wanted: WantedType, language: str) -> bool:
    """Return whether a sentence has the number, the date or the name that a translated question asks for."""
    checked = wanted in {WantedType.AMOUNT, WantedType.DATE, WantedType.NAME}
    return not checked or can_answer(quote.text, wanted, language)


def _answer(quotes: Sequence[Quote], sources: Sources, note: str) -> AnswerDraft:
    best = quotes[0].probability
    shown = [one for one in quotes[:MAX_SENTENCES] if one.probability >= SHOWN_SHARE * best]
    claims = in_reading_order(_claims(shown))
    announced = _announced(claims[-1].quotes[0], sources)
    return AnswerDraft(claims=(*claims, *announced), note=note, confidence=best)


def _claims(quotes: Sequence[Quote]) -> tuple[ClaimSentence, ...]:
    return tuple(ClaimSentence(quote.text, (quote,)) for quote in quotes)


def _announced(quote: Quote, sources: Sources) -> list[ClaimSentence]:
    """Return the items of the list that a sentence with a colon at its end announces."""
    if not quote.text.rstrip().endswith(":"):
        return []
    span = quote.passage.span
    start, end = span.start + quote.start, span.start + quote.end
    lists = lists_near(sources.document(span.doc_id), start, end)
    found = next((one for one in lists if one.lead and one.lead[0] < end <= one.lead[1] + 1), None)
    return [] if found is None else item_claims(found)[:MAX_ITEMS]


def reader_preference(quote: Quote, readings: Sequence[PassageReading]) -> float:
    """
    Return the log odds by which the reader prefers *quote* to an average sentence.

    It recognises shared words and numbers in any language.

    Args:
        quote: A sentence.
        readings: What it read.
    """
    marked = [
        other.probability
        for reading in readings
        if reading.passage.span == quote.passage.span
        for other in reading.quotes
        if quote.start < other.end and other.start < quote.end
    ]
    return _logit(max(marked, default=READER_MISSING)) - _logit(READER_PRIOR)


def is_heading(quote: Quote, sources: Sources) -> bool:
    span = quote.passage.span
    place = Span(span.doc_id, span.start + quote.start, span.start + quote.end)
    kinds = {block.kind for block in sources.snapshot.blocks(place)}
    return kinds == {BlockKind.HEADING}


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
