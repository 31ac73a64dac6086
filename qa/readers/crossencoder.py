"""
The default reader: one pass of a small cross-encoder over question and passage, on OpenVINO.

It gives each piece of the passage a logit to begin and one to end the answer and one to stand in a sentence
that answers, and the pair one logit for the answer being there at all. What isn't there scores on the first
piece.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.embedders.ov import (
    batches,
    best_precision,
    checked,
    compiled,
    encodable,
    openvino,
    padded,
    tokenizer_from,
)
from index.errors import ModelDamaged
from index.sentences import paragraphs, sentences
from qa.reader import Reading
from qa.readers.calibration import Calibration, Scores
from qa.readers.overlap import shared_words
from qa.readers.spans import Logits, Scored, best_spans, sentence_around, widened, windows, within, words
from qa.records import Passage, Quote

WEIGHTS = Path(__file__).parent / "weights"
FIRST, LAST = 101, 102  # [CLS], [SEP]
BATCH_TOKENS = 1024  # padded word pieces in one pass: the hidden state still fits the processor's cache
STREAMS = 2
"""
Batches read at once, half of the cores each, so that no core waits for another within a pass: on two cores 4
to 16 % less time than one batch on both, measured in turn. Each runs in a thread of ours: OpenVINO's own
asynchronous requests can hang when the compiled model goes.
"""
SHORTEST = 64
"""A padded row is at least so long: at 32, an attention head's size, bf16 on AMX reads nonsense."""
SPANS = 8
"""Short spans looked at in each window."""
HERE, RETRIEVAL = 10, 360
"""
Weights of "here" and of the retrieval score in a passage's relevance. It is one of 18 pairs of 173 that order
no set worse than retrieval alone and reach .735 on SciFact (nDCG@10, alone in brackets): SciFact .736 (.730),
Cranfield .554 (.553), ClapNQ .923 (.896). It is shown on the sets that chose it.
"""
_REMEDY = "git checkout -- qa/readers/weights"


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    What the weights' folder says of itself.

    Args:
        name: The reader's name, for people.
        window: Word pieces of question and passage together, with the three special ones.
        question: Word pieces of a question that are read.
        files: SHA-256 of each file, in hex.
        calibration: The weights of :class:`~qa.readers.calibration.Calibration`, fitted by
            ``training/calibrate.py``.
    """

    name: str
    window: int
    question: int
    files: Mapping[str, str]
    calibration: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Marked:
    """
    A sentence that may answer, and the best short span in it; all offsets are within the passage's text.

    Args:
        start: First code point of the sentence.
        end: One past its last.
        answer: The short span, widened to whole words.
        margin: Sum of the span's two logits less that of "nowhere"; higher is better.
        inside: Mean logit of the sentence's pieces to stand in one that answers, less that of "nowhere".
    """

    start: int
    end: int
    answer: tuple[int, int]
    margin: float
    inside: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What the model says of one passage, before it is calibrated.

    Args:
        passage: What was read.
        here: The logit of "the answer is here".
        marked: Best first, never overlapping; empty only for a blank passage.
    """

    passage: Passage
    here: float
    marked: tuple[Marked, ...]

    @property
    def relevance(self) -> float:
        """The best span's margin + :data:`HERE` · here + :data:`RETRIEVAL` · the retrieval score."""
        margin = self.marked[0].margin if self.marked else -math.inf
        return margin + HERE * self.here + RETRIEVAL * self.passage.hit.score


@dataclass(frozen=True, slots=True)
class _Row:
    """One window of one passage, as the model sees it."""

    passage: int
    ids: list[int]
    question: int  # pieces before the passage's first, special ones included
    offsets: list[tuple[int, int]]  # of its pieces in the passage's text


@dataclass(frozen=True, slots=True)
class _Seen:
    """
    What the model said of one window, scored by the margin over "not here".

    Args:
        spans: In characters of the passage.
        places: Each piece's first character. *Shape:* ``(pieces,)``, as the next.
        inside: Its logit to stand in a sentence that answers.
        here: The logit of "the answer is here".
    """

    spans: list[Scored]
    places: npt.NDArray[np.int64]
    inside: Logits
    here: float


class CrossEncoderReader:
    """
    Reads with the weights of a folder; they are loaded with the first question.

    Args:
        precision: ``f32``, ``bf16`` on a processor that has it, or ``auto``: the faster of the two here.
        threads: Threads of one pass; 0 for all cores.
        folder: Where ``manifest.json``, ``reader.xml``, ``reader.bin`` and ``tokenizer.json`` lie.
    """

    def __init__(self, precision: str = "auto", threads: int = 0, folder: Path = WEIGHTS) -> None:
        self._precision = precision
        self._threads = threads
        self._folder = folder

    @property
    def name(self) -> str:
        """The reader's name, for people."""
        return self._manifest.name

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """
        Read every passage, of any length, in the order given.

        Raises:
            ModelDamaged: If the weights are missing or altered.
            FootnoteError: If the processor lacks the precision.
        """
        read = self.evidence(question, passages)
        return [
            self._reading(evidence, scores)
            for evidence, scores in zip(read, scores_of(question, read), strict=True)
        ]

    def evidence(self, question: str, passages: Sequence[Passage]) -> list[Evidence]:
        """What :meth:`read` is made from; calibration is fitted on it."""
        rows = list(self._rows(question, passages))
        seen: list[list[_Seen]] = [[] for _ in passages]
        for row, outcome in zip(rows, self._infer(rows), strict=True):
            seen[row.passage].append(outcome)
        return [_evidence(passage, found) for passage, found in zip(passages, seen, strict=True)]

    def _rows(self, question: str, passages: Sequence[Passage]) -> Iterable[_Row]:
        asked = self._tokenizer.encode(encodable(question), add_special_tokens=False)
        head = [FIRST, *asked.ids[: self._manifest.question], LAST]
        room = self._manifest.window - len(head) - 1
        texts = [encodable(passage.text) for passage in passages]
        for number, read in enumerate(self._tokenizer.encode_batch(texts, add_special_tokens=False)):
            for start, end in windows(len(read.ids), room):
                ids = [*head, *read.ids[start:end], LAST]
                yield _Row(number, ids, len(head), read.offsets[start:end])

    def _infer(self, rows: Sequence[_Row]) -> list[_Seen]:
        work = reversed(list(batches([len(row.ids) for row in rows], BATCH_TOKENS)))

        def read(request: Any) -> dict[int, _Seen]:
            seen: dict[int, _Seen] = {}
            for numbers in work:  # each request takes the next that none has taken, long ones first
                seen |= _pass(request, {number: rows[number] for number in numbers})
            return seen

        requests = [self._compiled.create_infer_request() for _ in range(STREAMS)]
        with ThreadPoolExecutor(STREAMS) as pool:
            outcomes = {number: seen for part in pool.map(read, requests) for number, seen in part.items()}
        return [outcomes[number] for number in range(len(rows))]

    def _reading(self, evidence: Evidence, scores: Sequence[Scores]) -> Reading:
        quotes = [
            Quote(
                evidence.passage,
                marked.start,
                marked.end,
                self._calibration.probability(of_marked),
                marked.answer,
            )
            for marked, of_marked in zip(evidence.marked, scores, strict=True)
        ]
        quotes.sort(key=lambda quote: -quote.probability)
        probability = quotes[0].probability if quotes else 0.0
        return Reading(evidence.passage, evidence.relevance, probability, tuple(quotes))

    @cached_property
    def _calibration(self) -> Calibration:
        return Calibration(**self._manifest.calibration)

    @cached_property
    def _manifest(self) -> Manifest:
        try:
            return Manifest(**json.loads((self._folder / "manifest.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ModelDamaged(f"the reader's manifest.json can't be read; type: {_REMEDY}") from error

    @cached_property
    def _tokenizer(self) -> Any:
        return tokenizer_from(self._checked("tokenizer.json"))

    @cached_property
    def _compiled(self) -> Any:
        model, weights = self._checked("reader.xml"), self._checked("reader.bin")
        library = openvino()
        tensor = library.Tensor(np.frombuffer(weights, np.uint8))
        precision = best_precision() if self._precision == "auto" else self._precision
        return compiled(library.Core().read_model(model, tensor), precision, self._threads, STREAMS)

    def _checked(self, name: str) -> bytes:
        return checked(self._folder / name, self._manifest.files.get(name, ""), _REMEDY)


def scores_of(question: str, read: Sequence[Evidence]) -> list[list[Scores]]:
    """What calibration weighs, for each marked sentence of passages that were read together."""
    found = max((evidence.passage.hit.score for evidence in read), default=0.0)
    texts = [
        evidence.passage.text[marked.start : marked.end] for evidence in read for marked in evidence.marked
    ]
    shared = iter(shared_words(question, texts))
    return [
        [
            Scores(
                margin=marked.margin,
                here=evidence.here,
                similarity=evidence.passage.hit.similarity,
                shared=next(shared),
                found_behind=evidence.passage.hit.score - found,
                inside=marked.inside,
            )
            for marked in evidence.marked
        ]
        for evidence in read
    ]


def _pass(request: Any, rows: Mapping[int, _Row]) -> dict[int, _Seen]:
    """One pass of the model over one batch."""
    ids, mask = padded([row.ids for row in rows.values()], SHORTEST)
    types = np.zeros_like(ids)
    for at, row in enumerate(rows.values()):
        types[at, row.question : len(row.ids)] = 1
    output = request.infer([array.astype(np.int64) for array in (ids, mask, types)])
    starts, ends, inside, here = (output[name] for name in ("start", "end", "inside", "here"))
    return {
        number: _seen(row, starts[at], ends[at], inside[at], float(here[at]))
        for at, (number, row) in enumerate(rows.items())
    }


def _seen(row: _Row, starts: Logits, ends: Logits, insides: Logits, here: float) -> _Seen:
    """One window's spans, from pieces to characters, less what "not here" scored."""
    nowhere = float(starts[0] + ends[0])
    inside = slice(row.question, row.question + len(row.offsets))
    return _Seen(
        [
            Scored(row.offsets[span.start][0], row.offsets[span.end - 1][1], span.score - nowhere)
            for span in best_spans(starts[inside], ends[inside], SPANS)
        ],
        np.array([start for start, _ in row.offsets], np.int64),
        insides[inside] - insides[0],
        here,
    )


def _evidence(passage: Passage, seen: Sequence[_Seen]) -> Evidence:
    """Windows put together: the best span a sentence."""
    spans = sorted((span for window in seen for span in window.spans), key=lambda span: (-span.score, span))
    ranges = passage.sentences or sentences(passage.text)
    blocks, whole = paragraphs(passage.text), words(passage.text)
    inside = _inside(ranges, seen)
    marked: list[Marked] = []
    for span in spans:
        answer = widened(whole, *within(blocks, span.start, span.end))
        start, end = sentence_around(ranges, *answer)
        if all(end <= other.start or other.end <= start for other in marked):
            of_sentences = [score for place, score in inside.items() if start <= place < end]
            marked.append(Marked(start, end, answer, span.score, max(of_sentences, default=0.0)))
    return Evidence(passage, max(window.here for window in seen), tuple(marked))


def _inside(ranges: Sequence[tuple[int, int]], seen: Sequence[_Seen]) -> dict[int, float]:
    """The mean of each sentence's pieces, by the sentence's first character."""
    begins = np.array([start for start, _ in ranges])
    places = np.concatenate([window.places for window in seen])
    sentence = np.maximum(0, np.searchsorted(begins, places, side="right") - 1)
    sums = np.bincount(sentence, np.concatenate([window.inside for window in seen]))
    counts = np.bincount(sentence)
    return {int(begins[at]): float(sums[at] / counts[at]) for at in np.flatnonzero(counts)}
