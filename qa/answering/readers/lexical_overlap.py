"""Lexical overlap of a sentence with the question, independent of any model."""

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+")
_QUESTION = re.compile(r"[?？؟][\"'”’»)\]]*(?:\\n)*$")
_STEM = 5
"""Letters of a word that are compared, so that *launched* and *launches* are equal."""


def overlap_idf(question: str, sentences: Sequence[str]) -> list[float]:
    """
    Return for each sentence the weight of the question's words in it; higher is better, 0 means no word.

    A word in d of n sentences has the weight log((n + 1) / (d + 1/2)), an inverse document frequency (Spärck
    Jones 1972). The sum isn't divided by the length of the question: many shared words are more evidence than
    few. A sentence that is a question has the weight 0: it may repeat the question's words, as in a list of
    frequent questions, but the answer comes after it.

    >>> [round(weight, 2) for weight in overlap_idf("Who rang the bell?", ["Ann rang it.", "The end.", "?"])]
    [0.98, 0.98, 0.0]
    """
    question_stems = set(_stems(question))
    shared = [question_stems.intersection(_stems(sentence)) for sentence in sentences]
    document_frequency = Counter(word for words in shared for word in words)
    weights = {
        word: math.log((len(sentences) + 1) / (count + 0.5)) for word, count in document_frequency.items()
    }
    return [
        0.0 if _QUESTION.search(sentence) else math.fsum(weights[word] for word in words)
        for sentence, words in zip(sentences, shared, strict=True)
    ]


def _stems(text: str) -> list[str]:
    return [word[:_STEM] for word in _WORD.findall(text.lower())]
