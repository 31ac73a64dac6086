"""
The sentence that answers a question as another one was answered before it.

After "In 2024, 27 requests were made by 25 people", "and in 2023?" is answered by "In 2023, 26 requests were
made by 22 people": the two questions differ in a phrase, and so do their answers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from qa.answering.answerers.lexicon import content_stems
from qa.answering.answerers.short_answer import short_answer
from qa.answering.query_rewriting import Parallel
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.readers.base import PassageReading
from qa.answering.sources import Sources
from qa.records import AnswerDraft, ClaimSentence, Quote

MIN_ALIKE = 0.6
"""Minimum share of the words of the earlier sentence that the other one must have."""
MIN_SHARED = 3
"""Minimum number of these words."""
MAX_LONGER = 3
"""How many times as many words as the earlier sentence the other one may have."""
MIN_CONFIDENCE, MAX_CONFIDENCE = 0.6, 0.9
"""Confidence of an answer that is hardly overlap, and of one with all of these words."""

_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[^a-z])|\n+")


@dataclass(frozen=True, slots=True)
class ParallelForm:
    """Answers with the sentence that is like the one that answered the question before."""

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, if a sentence is like the answer to a question that differs in one phrase."""
        if sources.parallel is None:
            return
        best: tuple[float, Quote] | None = None
        for reading in sources.search(question.text):
            for quote in _sentences(reading):
                names = f"{reading.passage.title} {PurePath(reading.passage.path).stem}"
                share = overlap(quote.text, names, question.text, sources.parallel)
                if share >= MIN_ALIKE and (best is None or share > best[0]):
                    best = share, quote
        if best is not None:
            share, quote = best
            likely = MIN_CONFIDENCE + (MAX_CONFIDENCE - MIN_CONFIDENCE) * (share - MIN_ALIKE) / (
                1 - MIN_ALIKE
            )
            claim = ClaimSentence(quote.text, (quote,))
            yield AnswerDraft((claim,), short=_short(question.text, quote), confidence=likely)


def overlap(text: str, names: str, question: str, parallel: Parallel) -> float:
    """
    Return the largest share of the words of an earlier sentence that a sentence has; 0 if it isn't parallel.

    It must name what is asked about now, or its document's title or file name must, and say more in the same
    words than the question does. Numbers and what was asked about before don't count.

    >>> before = Parallel("In 2024, the board made 27 grants of 900 euros.", "2024", "2023")
    >>> overlap("In 2023, the board made 26 grants of 800 euros.", "", "how many grants in 2023?", before)
    1.0

    Args:
        text: The sentence.
        names: Title and file name of its document.
        question: What is asked now, self-contained.
        parallel: The question before it.
    """
    words, asked = set(content_stems(text)), set(content_stems(parallel.fragment))
    replaced, known = set(content_stems(parallel.replaced)), set(content_stems(question))
    of_other = any(map(str.isdigit, parallel.fragment)) or not replaced.isdisjoint(words)
    if not asked or not asked <= (words if of_other else words | set(content_stems(names))):
        return 0.0
    shares = [0.0]
    for sentence in _SENTENCES.split(parallel.answer):
        own = {word for word in content_stems(sentence) if word.isalpha()} - replaced
        shared = own & words
        says_more = len(shared) >= MIN_SHARED and not shared <= known
        if says_more and len(words) <= MAX_LONGER * len(own) and " ".join(sentence.split()) not in text:
            shares.append(len(shared) / len(own))
    return max(shares)


def _sentences(reading: PassageReading) -> Iterator[Quote]:
    """Yield the sentences of a passage, with the words that the reader marked in them."""
    for start, end in reading.passage.sentences or ():
        marked = (quote.answer for quote in reading.quotes if quote.answer is not None)
        answer = next((one for one in marked if start <= one[0] and one[1] <= end), None)
        yield Quote(reading.passage, start, end, reading.probability, answer)


def _short(question: str, quote: Quote) -> str | None:
    found = short_answer(question, quote.passage.text, (quote.start, quote.end), quote.answer)
    return None if found is None else " ".join(quote.passage.text[slice(*found)].split())
