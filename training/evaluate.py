"""
Measure a reader on gold passages: F1, exact match, and how well it recognises unanswerable questions.

Example::

    python -m training.evaluate reader.safetensors --sets ../shared/data/squad_dev_v2 --sample 600

AUROC is that of answerable against unanswerable questions, by the has-answer logit, by the span's margin over
"no answer", and by the sum ``margin + 2 here``.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from qa.answering.readers.span_decoding import best_spans
from qa.evaluation.measures.answers import exact_match, f1
from training.data import read_rows
from training.model import Network, base_folder, network, use_threads
from training.written_questions import read_written

MAX_ANSWER = 384  # word pieces; longer passages are cut
BATCH = 16


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question with its gold passage; *answers* is empty if the passage doesn't answer it."""

    question: str
    passage: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvalPrediction:
    """The best span's words, its margin over "no answer", and the has-answer logit."""

    answer: str
    margin: float
    here: float


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "weights",
        type=Path,
        nargs="+",
        help="safetensors files, or exported folders; measured one after another",
    )
    parser.add_argument("--precision", default="f32", help="f32 or bf16, for exported ones")
    parser.add_argument("--sets", type=Path, nargs="+", default=[], help="folders of question sets")
    parser.add_argument(
        "--written",
        type=Path,
        help="data folder with train/, for the held-out questions written for Footnote",
    )
    parser.add_argument("--sample", type=int, default=600, help="questions per set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if not options.sets and not options.written:
        parser.error("Nothing to measure on. Pass --sets, --written or both.")
    use_threads(options.threads)
    sets = {folder.name: sample(folder, options.sample, options.seed) for folder in options.sets}
    if options.written:
        sets["written"] = load_written(options.written)
    for weights in options.weights:
        reader = network(weights, options.precision)
        for name, questions in sets.items():
            print(f"{weights} {name}: {measure(questions, predict(reader, questions))}", flush=True)


def sample(folder: Path, count: int, seed: int) -> list[EvalQuestion]:
    """Return a sample of the set's questions, each with the passage that it was written for."""
    texts = {row["_id"]: row["text"] for row in read_rows(folder / "corpus.jsonl.gz")}
    rows = read_rows(folder / "qa.jsonl.gz")
    places = [row["spans"][0]["doc_id"] if row["spans"] else row.get("context_doc") for row in rows]
    questions = [
        EvalQuestion(row["question"], texts[place], tuple(row["answers"]))
        for row, place in zip(rows, places, strict=True)
        if place in texts
    ]
    return random.Random(seed).sample(questions, min(count, len(questions)))


def load_written(data: Path) -> list[EvalQuestion]:
    """Return the held-out questions written for Footnote that have a short answer or no answer."""
    held_out = [one for one in read_written(data) if one.held_out]
    answered = [
        EvalQuestion(each.question, each.passage, (each.passage[slice(*each.span)],))
        for one in held_out
        for each in one.answered
        if each.span
    ]
    return answered + [
        EvalQuestion(each.question, each.passage, ()) for one in held_out for each in one.unanswered
    ]


@torch.inference_mode()
def predict(reader: Network, questions: Sequence[EvalQuestion]) -> list[EvalPrediction]:
    """Return the reader's predictions in the order of the questions, read in batches of similar length."""
    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_ANSWER, strategy="only_second")
    tokenizer.enable_padding(pad_to_multiple_of=8)
    order = sorted(range(len(questions)), key=lambda place: len(questions[place].passage))
    predictions: dict[int, EvalPrediction] = {}
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        batch = [questions[place] for place in places]
        predictions.update(zip(places, _read_batch(reader, tokenizer, batch), strict=True))
    return [predictions[place] for place in range(len(questions))]


def _read_batch(reader: Network, tokenizer: Tokenizer, batch: Sequence[EvalQuestion]) -> list[EvalPrediction]:
    encodings = tokenizer.encode_batch([(each.question, each.passage) for each in batch])
    inputs = [
        torch.tensor([getattr(each, name) for each in encodings])
        for name in ("ids", "attention_mask", "type_ids")
    ]
    outputs = [logits.numpy() for logits in reader(*inputs)[:3]]
    predictions = []
    for each, encoding, start, end, here in zip(batch, encodings, *outputs, strict=True):
        pieces = np.flatnonzero(encoding.type_ids)[:-1]  # without the last one, which ends the passage
        best = best_spans(start[pieces], end[pieces], 1)[0]
        first, last = pieces[best.start], pieces[best.end - 1]
        answer = each.passage[encoding.offsets[first][0] : encoding.offsets[last][1]]
        predictions.append(EvalPrediction(answer, best.score - float(start[0] + end[0]), float(here)))
    return predictions


def measure(questions: Sequence[EvalQuestion], predictions: Sequence[EvalPrediction]) -> str:
    """Return a line of figures."""
    pairs = list(zip(questions, predictions, strict=True))
    answered = [(each.answers, got.answer) for each, got in pairs if each.answers]
    mean_f1 = sum(max(f1(words, gold) for gold in golds) for golds, words in answered) / len(answered)
    exact = sum(exact_match(words, golds) for golds, words in answered) / len(answered)
    line = f"{len(pairs)} questions, F1 {100 * mean_f1:.1f}, EM {100 * exact:.1f}"
    if len(answered) == len(pairs):
        return line
    labels = [bool(each.answers) for each in questions]
    scores = {
        "here": [got.here for got in predictions],
        "margin": [got.margin for got in predictions],
        "sum": [got.margin + 2 * got.here for got in predictions],
    }
    return f"{line}, AUROC " + ", ".join(
        f"{name} {_auroc(labels, values):.3f}" for name, values in scores.items()
    )


def _auroc(labels: Sequence[bool], scores: Sequence[float]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores))


if __name__ == "__main__":
    main()
