"""Pure: how much a sentence's own words tie it to the question, whatever a model makes of them."""

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+")
_QUESTION = re.compile(r"[?？؟][\"'”’»)\]]*(?:\\n)*$")
_STEM = 5
"""Letters of a word that count, so that *launched* and *launches* are one."""


def overlap_idf(question: str, sentences: Sequence[str]) -> list[float]:
    """
    For each sentence, the weight of the question's words that stand in it; higher is better, 0 is none.

    A word that stands in d of n sentences weighs log((n + 1) / (d + 1/2)) (inverse document frequency, Spärck
    Jones 1972): the rarer among the sentences read together, the more. The sum isn't divided by the length of
    the question: many shared words are more evidence than few. A sentence that is a question shares nothing:
    it may repeat the very words, as in a list of frequent questions, but the answer stands after it.

    >>> [round(weight, 2) for weight in shared_words("Who rang the bell?", ["Ann rang it.", "The end.", "?"])]
    [0.98, 0.98, 0.0]
    """
    asked = set(_stems(question))
    shared = [asked.intersection(_stems(sentence)) for sentence in sentences]
    standing_in = Counter(word for words in shared for word in words)
    weights = {word: math.log((len(sentences) + 1) / (count + 0.5)) for word, count in standing_in.items()}
    return [
        0.0 if _QUESTION.search(sentence) else math.fsum(weights[word] for word in words)
        for sentence, words in zip(sentences, shared, strict=True)
    ]


def _stems(text: str) -> list[str]:
    return [word[:_STEM] for word in _WORD.findall(text.lower())]
