"""A small reader that compares words."""

import re
from collections.abc import Sequence

from index.text.sentences import sentences
from qa.answering.readers.base import PassageReading
from qa.records import Passage, Quote


class WordReader:
    """
    Quotes the sentences that share most of the question's words of four letters and more.

    The probability is the share of those words in the sentence; the short answer is its last word.
    """

    name = "words"

    def read(self, question: str, passages: Sequence[Passage]) -> list[PassageReading]:
        """Return one reading for each passage, in order."""
        question_words = _words(question)
        return [_read(question_words, passage) for passage in passages]


def _read(question_words: set[str], passage: Passage) -> PassageReading:
    quotes = sorted(
        (_quote(question_words, passage, start, end) for start, end in sentences(passage.text)),
        key=lambda quote: (-quote.probability, quote.start),
    )
    best = quotes[0].probability if quotes else 0.0
    return PassageReading(passage, best, best, tuple(quotes))


def _quote(question_words: set[str], passage: Passage, start: int, end: int) -> Quote:
    text = passage.text[start:end]
    share = len(question_words & _words(text)) / max(len(question_words), 1)
    *_, last = re.finditer(r"\w+|\S", text)
    return Quote(passage, start, end, share, (start + last.start(), start + last.end()))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.lower()))
