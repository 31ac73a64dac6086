"""
The default reader: one pass of a small cross-encoder over question and passage, on OpenVINO.

Each word piece of the passage gets three logits: to start the answer, to end it, and to be in a sentence that
answers. The pair gets one logit for the passage holding the answer at all. The logits of the first piece
([CLS]) stand for "no answer", and margins are measured against them.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index.errors import ModelDamaged
from index.inference import (
    best_precision,
    compile_model,
    length_batches,
    load_openvino,
    load_tokenizer,
    pad_batch,
    read_verified,
    replace_surrogates,
)
from qa.answering.readers.base import PassageReading
from qa.answering.readers.calibration import Calibration, CalibrationFeatures
from qa.answering.readers.scoring import (
    PassageScores,
    SentenceCandidate,
    WindowOutput,
    calibration_features,
    merge_windows,
    to_reading,
)
from qa.answering.readers.span_decoding import (
    Logits,
    ScoredSpan,
    best_spans,
    windows,
)
from qa.records import Passage

WEIGHTS = Path(__file__).parent / "weights"
CLS_TOKEN, SEP_TOKEN = 101, 102  # [CLS], [SEP]
BATCH_TOKENS = 1024  # padded word pieces in one pass: the hidden state still fits the processor's cache
PARALLEL_STREAMS = 2
"""
Batches read in parallel, each on half of the cores, so that no core waits for another within a pass: on two
cores this takes 4 to 16 % less time than one batch on both. Each runs in a thread of its own, because
OpenVINO's asynchronous requests can hang when the compiled model is released.
"""
MIN_LENGTH = 64
"""Minimum length of a padded row: at 32, an attention head's size, bf16 on AMX gives wrong results."""
MAX_SPANS = 8
"""Maximum number of short spans of each window."""
MAX_FINALISTS = 6
"""Maximum number of sentences that are read again together, as one passage."""
MAX_FINALIST_PIECES = 48
"""Maximum number of word pieces of a finalist, those of its short span included."""
_LEAD = 12
"""Word pieces before the short span in a finalist that is cut."""


@dataclass(frozen=True, slots=True)
class WeightsManifest:
    """
    The manifest in the folder of the weights.

    Args:
        name: The reader's name, for people.
        window: Maximum number of word pieces of question and passage, with three special tokens.
        question: Maximum number of word pieces of a question.
        files: SHA-256 of each file, in hex.
        calibration: The weights of :class:`~qa.answering.readers.calibration.Calibration`, fitted by
            ``training/calibrate.py``.
    """

    name: str
    window: int
    question: int
    files: Mapping[str, str]
    calibration: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Window:
    """One window of one passage, as the model's input."""

    passage: int
    ids: list[int]
    question: int  # number of pieces before the passage's first one, special tokens included
    offsets: list[tuple[int, int]]  # of its pieces in the passage's text


_Outcome = TypeVar("_Outcome")
_Finish = Callable[[_Window, Logits, Logits, Logits, float], _Outcome]
"""Converts one window's logits: start, end, inside and has-answer."""


class CrossEncoderReader:
    """
    Reads with the weights of a folder, which are loaded for the first question.

    Args:
        precision: ``f32``, ``bf16`` on a processor that has it, or ``auto``: the faster of the two.
        threads: Threads of one pass; 0 means all cores.
        folder: Holds ``manifest.json``, ``reader.xml``, ``reader.bin`` and ``tokenizer.json``.
    """

    def __init__(self, precision: str = "auto", threads: int = 0, folder: Path = WEIGHTS) -> None:
        self._precision = precision
        self._threads = threads
        self._folder = folder

    @property
    def name(self) -> str:
        """Return the reader's name, for people."""
        return self._manifest.name

    def read(self, question: str, passages: Sequence[Passage]) -> list[PassageReading]:
        """
        Read every passage, of any length.

        Raises:
            ModelDamaged: If the weights are missing or altered.
            FootnoteError: If the processor lacks the precision.
        """
        read = self.score(question, passages)
        features = self.scores(question, read)
        return [
            to_reading(scored, of_passage, self._calibration)
            for scored, of_passage in zip(read, features, strict=True)
        ]

    def scores(self, question: str, read: Sequence[PassageScores]) -> list[list[CalibrationFeatures]]:
        """
        Return the calibration features of each candidate of passages that were read together.

        The likeliest sentences are read again as if they were one passage, so that they compete: once best
        first and once best last, because a reader favours what comes first.
        """
        scores = calibration_features(question, read)
        ranked = sorted(
            ((at, n) for at, features in enumerate(scores) for n in range(len(features))),
            key=lambda place: -self._calibration.logit(scores[place[0]][place[1]]),
        )
        finalists = ranked[:MAX_FINALISTS]
        margins = self._read_together(question, [(read[at], read[at].candidates[n]) for at, n in finalists])
        beside = dict(zip(finalists, margins, strict=False))
        lowest = min(margins, default=0.0)
        return [
            [replace(feature, beside=beside.get((at, n), lowest)) for n, feature in enumerate(features)]
            for at, features in enumerate(scores)
        ]

    def _read_together(
        self, question: str, finalists: Sequence[tuple[PassageScores, SentenceCandidate]]
    ) -> list[float]:
        """
        Return the margin of each finalist when all are read as one passage, the mean of two orders.

        Only as many are read as fit into one window, and the list is that long.
        """
        head = self._head(question)
        capacity = self._manifest.window - len(head) - 1
        cut: list[list[int]] = []
        for scored, candidate in finalists:
            pieces = self._finalist(scored.passage.text, candidate)
            if sum(map(len, cut)) + len(pieces) > capacity:
                break
            cut.append(pieces)
        if not cut:
            return []
        orders = [list(range(len(cut))), list(reversed(range(len(cut))))]
        rows = [
            _Window(0, [*head, *(piece for at in order for piece in cut[at]), SEP_TOKEN], len(head), [])
            for order in orders
        ]
        bounds = []
        for order in orders:
            ends = np.cumsum([len(cut[at]) for at in order])
            bounds.append(
                {at: (int(end) - len(cut[at]), int(end)) for at, end in zip(order, ends, strict=True)}
            )

        def margins(
            row: _Window, starts: Logits, ends: Logits, inside: Logits, has_answer: float
        ) -> list[float]:
            places, no_answer = bounds[rows.index(row)], float(starts[0] + ends[0])
            return [_best_within(row, places[at], starts, ends) - no_answer for at in range(len(cut))]

        first, second = self._infer(rows, margins)
        return [(forward + backward) / 2 for forward, backward in zip(first, second, strict=True)]

    def _finalist(self, text: str, candidate: SentenceCandidate) -> list[int]:
        """Return the word pieces of a sentence, cut to a maximum length around its short span."""
        sentence = " ".join(text[candidate.start : candidate.end].split(" "))
        read = self._tokenizer.encode(replace_surrogates(sentence), add_special_tokens=False)
        first = candidate.answer[0] - candidate.start
        at = next((n for n, (_, end) in enumerate(read.offsets) if end > first), 0)
        start = max(0, min(at - _LEAD, len(read.ids) - MAX_FINALIST_PIECES))
        pieces: list[int] = read.ids[start : start + MAX_FINALIST_PIECES]
        return pieces

    def _head(self, question: str) -> list[int]:
        encoded = self._tokenizer.encode(replace_surrogates(question), add_special_tokens=False)
        return [CLS_TOKEN, *encoded.ids[: self._manifest.question], SEP_TOKEN]

    def score(self, question: str, passages: Sequence[Passage]) -> list[PassageScores]:
        """Return the raw scores of passages, which :meth:`read` and the fitting of the calibration use."""
        rows = list(self._rows(question, passages))
        outputs: list[list[WindowOutput]] = [[] for _ in passages]
        for row, outcome in zip(rows, self._infer(rows, _decode_window), strict=True):
            outputs[row.passage].append(outcome)
        return [
            merge_windows(passage, of_passage) for passage, of_passage in zip(passages, outputs, strict=True)
        ]

    def _rows(self, question: str, passages: Sequence[Passage]) -> Iterable[_Window]:
        head = self._head(question)
        capacity = self._manifest.window - len(head) - 1
        texts = [replace_surrogates(passage.text) for passage in passages]
        for number, read in enumerate(self._tokenizer.encode_batch(texts, add_special_tokens=False)):
            for start, end in windows(len(read.ids), capacity):
                ids = [*head, *read.ids[start:end], SEP_TOKEN]
                yield _Window(number, ids, len(head), read.offsets[start:end])

    def _infer(self, rows: Sequence[_Window], finish: _Finish[_Outcome]) -> list[_Outcome]:
        work = reversed(list(length_batches([len(row.ids) for row in rows], BATCH_TOKENS)))

        def read(request: Any) -> dict[int, _Outcome]:
            outcomes: dict[int, _Outcome] = {}
            for numbers in work:  # shared by the threads: each takes the next batch, long ones first
                outcomes |= _infer_batch(request, {number: rows[number] for number in numbers}, finish)
            return outcomes

        requests = [self._compiled.create_infer_request() for _ in range(PARALLEL_STREAMS)]
        with ThreadPoolExecutor(PARALLEL_STREAMS) as pool:
            outcomes = {
                number: outcome for part in pool.map(read, requests) for number, outcome in part.items()
            }
        return [outcomes[number] for number in range(len(rows))]

    @cached_property
    def _calibration(self) -> Calibration:
        return Calibration(**self._manifest.calibration)

    @cached_property
    def _manifest(self) -> WeightsManifest:
        try:
            return WeightsManifest(**json.loads((self._folder / "manifest.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ModelDamaged(f"The reader's manifest.json can't be read. {weights_remedy()}") from error

    @cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer(self._read_verified("tokenizer.json"))

    @cached_property
    def _compiled(self) -> Any:
        model, weights = self._read_verified("reader.xml"), self._read_verified("reader.bin")
        library = load_openvino()
        tensor = library.Tensor(np.frombuffer(weights, np.uint8))
        precision = best_precision() if self._precision == "auto" else self._precision
        return compile_model(
            library.Core().read_model(model, tensor), precision, self._threads, PARALLEL_STREAMS
        )

    def _read_verified(self, name: str) -> bytes:
        return read_verified(self._folder / name, self._manifest.files.get(name, ""), weights_remedy())


def weights_remedy(module: Path = Path(__file__)) -> str:
    """Return the sentence that says how to restore the weights: in a clone Git has them."""
    if (module.parents[3] / ".git").exists():
        return "Run: git checkout -- qa/answering/readers/weights"
    return "Reinstall Footnote."


def _infer_batch(request: Any, rows: Mapping[int, _Window], finish: _Finish[_Outcome]) -> dict[int, _Outcome]:
    """Run the model over one batch and return each window's outcome by its number."""
    ids, mask = pad_batch([row.ids for row in rows.values()], MIN_LENGTH)
    types = np.zeros_like(ids)
    for at, row in enumerate(rows.values()):
        types[at, row.question : len(row.ids)] = 1
    output = request.infer([array.astype(np.int64) for array in (ids, mask, types)])
    starts, ends, inside, has_answer = (output[name] for name in ("start", "end", "inside", "here"))
    return {
        number: finish(row, starts[at], ends[at], inside[at], float(has_answer[at]))
        for at, (number, row) in enumerate(rows.items())
    }


def _best_within(row: _Window, place: tuple[int, int], starts: Logits, ends: Logits) -> float:
    """Return the score of the best span within a range of the passage's pieces."""
    inside = slice(row.question + place[0], row.question + place[1])
    return best_spans(starts[inside], ends[inside], 1)[0].score


def _decode_window(
    row: _Window, starts: Logits, ends: Logits, insides: Logits, has_answer: float
) -> WindowOutput:
    """Return one window's output in characters of the passage, with margins over "no answer"."""
    no_answer = float(starts[0] + ends[0])
    inside = slice(row.question, row.question + len(row.offsets))
    return WindowOutput(
        [
            ScoredSpan(row.offsets[span.start][0], row.offsets[span.end - 1][1], span.score - no_answer)
            for span in best_spans(starts[inside], ends[inside], MAX_SPANS)
        ],
        np.array([start for start, _ in row.offsets], np.int64),
        insides[inside] - insides[0],
        has_answer,
    )
