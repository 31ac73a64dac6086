"""Scores of passages and their sentences, merged from the windows in which a reader reads a passage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.text.sentences import paragraphs, sentences
from qa.answering.readers.base import PassageReading
from qa.answering.readers.calibration import Calibration, CalibrationFeatures
from qa.answering.readers.lexical_overlap import overlap_idf
from qa.answering.readers.span_decoding import (
    Logits,
    ScoredSpan,
    clip_to_block,
    sentence_around,
    split_at_citations,
    widen_to_words,
    word_ranges,
)
from qa.records import Passage, Quote

HAS_ANSWER_WEIGHT, RETRIEVAL_WEIGHT = 10, 360
"""
Weights of the has-answer logit and of the retrieval score in a passage's relevance.

This is one of 18 pairs, of 173 tried, that rank no set worse than retrieval alone and reach .735 on SciFact.
nDCG@10, with that of retrieval alone in brackets: SciFact .736 (.730), Cranfield .554 (.553), ClapNQ .923
(.896). The pair was chosen on these sets.
"""


@dataclass(frozen=True, slots=True)
class SentenceCandidate:
    """
    A sentence that may answer, with its best short span; offsets are within the passage's text.

    Args:
        start: First code point of the sentence.
        end: One past its last.
        answer: The short span, widened to whole words.
        margin: Sum of the span's two logits less that of "no answer"; higher is better.
        evidence_logit: Mean logit of the sentence's pieces to be in one that answers, less that of "no
            answer".
    """

    start: int
    end: int
    answer: tuple[int, int]
    margin: float
    evidence_logit: float


@dataclass(frozen=True, slots=True)
class PassageScores:
    """
    The model's scores for one passage, before calibration.

    Args:
        passage: The passage.
        has_answer_logit: Logit of the passage holding the answer.
        candidates: Best first, never overlapping; empty only for a blank passage, or one of code.
    """

    passage: Passage
    has_answer_logit: float
    candidates: tuple[SentenceCandidate, ...]

    @property
    def relevance(self) -> float:
        """
        Return the score that passages are ordered by; higher is better.

        It is the margin of the best span + :data:`HAS_ANSWER_WEIGHT` · the has-answer logit +
        :data:`RETRIEVAL_WEIGHT` · the retrieval score.
        """
        margin = self.candidates[0].margin if self.candidates else -math.inf
        return margin + HAS_ANSWER_WEIGHT * self.has_answer_logit + RETRIEVAL_WEIGHT * self.passage.hit.score


@dataclass(frozen=True, slots=True)
class WindowOutput:
    """
    The model's output for one window; scores are margins over "no answer".

    Args:
        spans: In characters of the passage.
        offsets: Each piece's first character. *Shape:* ``(pieces,)``
        evidence_logits: Each piece's logit to be in a sentence that answers. *Shape:* ``(pieces,)``
        has_answer_logit: Logit of the window holding the answer.
    """

    spans: list[ScoredSpan]
    offsets: npt.NDArray[np.int64]
    evidence_logits: Logits
    has_answer_logit: float


def calibration_features(question: str, read: Sequence[PassageScores]) -> list[list[CalibrationFeatures]]:
    """Return the features of each candidate of passages that were read together, without ``beside``."""
    best_score = max((scored.passage.hit.score for scored in read), default=0.0)
    texts = [
        scored.passage.text[candidate.start : candidate.end]
        for scored in read
        for candidate in scored.candidates
    ]
    shared = iter(overlap_idf(question, texts))
    return [
        [
            CalibrationFeatures(
                margin=candidate.margin,
                has_answer_logit=scored.has_answer_logit,
                similarity=scored.passage.hit.similarity,
                overlap_idf=next(shared),
                retrieval_gap=scored.passage.hit.score - best_score,
                evidence_logit=candidate.evidence_logit,
            )
            for candidate in scored.candidates
        ]
        for scored in read
    ]


def to_reading(
    scores: PassageScores, features: Sequence[CalibrationFeatures], calibration: Calibration
) -> PassageReading:
    """Return the reading of a passage: its candidates as quotes, likeliest first."""
    quotes = [
        Quote(
            scores.passage,
            candidate.start,
            candidate.end,
            calibration.probability(of_candidate),
            candidate.answer,
        )
        for candidate, of_candidate in zip(scores.candidates, features, strict=True)
    ]
    quotes.sort(key=lambda quote: -quote.probability)
    probability = quotes[0].probability if quotes else 0.0
    return PassageReading(scores.passage, scores.relevance, probability, tuple(quotes))


def merge_windows(passage: Passage, outputs: Sequence[WindowOutput]) -> PassageScores:
    """Return the scores of a passage from its windows: the best span of each sentence."""
    spans = sorted(
        (span for window in outputs for span in window.spans), key=lambda span: (-span.score, span)
    )
    own_sentences = sentences(passage.text) if passage.sentences is None else passage.sentences
    ranges = split_at_citations(passage.text, own_sentences)
    blocks, whole = paragraphs(passage.text), word_ranges(passage.text)
    inside = _evidence_by_place(ranges, outputs)
    candidates: list[SentenceCandidate] = []
    for span in spans:
        answer = widen_to_words(whole, *clip_to_block(blocks, span.start, span.end))
        if not _are_in_sentences(ranges, *answer):
            continue  # code, which is never quoted as an answer
        start, end = sentence_around(ranges, *answer)
        if all(end <= other.start or other.end <= start for other in candidates):
            of_sentences = [score for place, score in inside.items() if start <= place < end]
            candidates.append(
                SentenceCandidate(start, end, answer, span.score, max(of_sentences, default=0.0))
            )
    return PassageScores(passage, max(window.has_answer_logit for window in outputs), tuple(candidates))


def _are_in_sentences(ranges: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether the first and the last character of a range are in sentences."""
    return all(any(first <= place < last for first, last in ranges) for place in (start, end - 1))


def _evidence_by_place(
    ranges: Sequence[tuple[int, int]], outputs: Sequence[WindowOutput]
) -> dict[int, float]:
    """Return the mean logit of each sentence's pieces by the sentence's first character."""
    if not ranges:
        return {}
    begins = np.array([start for start, _ in ranges])
    places = np.concatenate([window.offsets for window in outputs])
    sentence = np.maximum(0, np.searchsorted(begins, places, side="right") - 1)
    sums = np.bincount(sentence, np.concatenate([window.evidence_logits for window in outputs]))
    counts = np.bincount(sentence)
    return {int(begins[at]): float(sums[at] / counts[at]) for at in np.flatnonzero(counts)}
