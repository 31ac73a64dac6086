"""
Fit the weights by which sentences are chosen by their words, for languages that the reader doesn't know.

Example::

    python -m training.choose_by_words --train ../shared/data/train/squad_train_du44.jsonl.gz \
        --sets ../shared/data/clapnq_a --sample 1000 --write

There are few questions in other languages to fit on, so the weights are first fitted on English ones, with
features that exist in every language: how many of a question's words a sentence has, and whether it has words
of the type asked for. ``training/choose_in_languages.py`` then adapts them.
Passages are retrieved by lexical search. For every third question the passage that answers is hidden, so that
the likeliest sentence is wrong. The first logistic regression is over all sentences; a second one over each
question's likeliest sentence corrects for the selection of the best of many.
"""

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index import Chunk, Span, word_stems
from index.snapshot.lexical import LexicalIndex, write_lexical
from qa.answering.answerers.word_match import WordChoice, features
from qa.records import Hit, Passage

WEIGHTS = Path("qa/answering/answerers/word_match.json")
RETRIEVED = 20
"""Passages retrieved for one question, as for an answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """
    A question and its gold, over numbered passages.

    Args:
        text: The question.
        gold: Number of the passage that answers, or None.
        spans: Ranges of the answers in it.
    """

    text: str
    gold: int | None
    spans: tuple[tuple[int, int], ...]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=Path, nargs="*", default=[], help="reader training files")
    parser.add_argument("--sets", type=Path, nargs="*", default=[], help="folders of question sets")
    parser.add_argument("--sample", type=int, default=1000, help="questions per set")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS}")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    answered = []
    for read, paths in ((_of_training_file, options.train), (_of_question_set, options.sets)):
        for path in paths:
            passages, questions = read(path)
            sample = draw.sample(questions, min(options.sample, len(questions)))
            answered += list(_weighed(sample, passages))
            print(f"{path.name}: {len(sample)} questions")
    choice = _fitted(answered)
    _report(choice, answered)
    if options.write:
        content = json.loads(WEIGHTS.read_text(encoding="utf-8"))
        content["english"] = {name: round(weight, 4) for name, weight in choice.weights.items()}
        WEIGHTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _of_training_file(path: Path) -> tuple[list[tuple[str, str]], list[Question]]:
    rows = _lines(path)
    passages = list(dict.fromkeys((row["title"], row["context"]) for row in rows))
    number = {passage: at for at, passage in enumerate(passages)}
    return passages, [
        Question(
            row["question"],
            number[row["title"], row["context"]],
            tuple((answer["start"], answer["end"]) for answer in row["answers"]),
        )
        for row in rows
        if row["answers"]
    ]


def _of_question_set(folder: Path) -> tuple[list[tuple[str, str]], list[Question]]:
    corpus = _lines(folder / "corpus.jsonl.gz")
    number = {row["_id"]: at for at, row in enumerate(corpus)}
    questions = []
    for row in _lines(folder / "qa.jsonl.gz"):
        gold = number[row["spans"][0]["doc_id"]] if row["spans"] else None
        spans = tuple((one["start"], one["end"]) for one in row["spans"] if number[one["doc_id"]] == gold)
        questions.append(Question(row["question"], gold, spans))
    return [(row.get("title", ""), row["text"]) for row in corpus], questions


def _weighed(
    questions: Sequence[Question], passages: Sequence[tuple[str, str]]
) -> Iterator[list[tuple[dict[str, float], bool]]]:
    """Yield for each question its sentences: their features, and whether they answer."""
    with tempfile.TemporaryDirectory() as folder:
        write_lexical(Path(folder, "lexical"), [[f"{title} {text}" for title, text in passages]])
        lexical = LexicalIndex(Path(folder, "lexical"))
        for at, question in enumerate(questions):
            rows = [row for row, _ in lexical.search(question.text, RETRIEVED + 1)]
            hidden = question.gold if at % 3 == 0 else None
            rows = [row for row in rows if row != hidden][:RETRIEVED]
            found = [_passage(row, *passages[row]) for row in rows]
            of_passage = dict(zip(map(id, found), rows, strict=True))
            yield [
                (
                    of_sentence,
                    of_passage[id(passage)] == question.gold
                    and any(start < end_ and start_ < end for start_, end_ in question.spans),
                )
                for passage, (start, end), of_sentence in features(
                    question.text, "en", found, lambda text: word_stems(text, "en")
                )
            ]


def _passage(row: int, title: str, text: str) -> Passage:
    span = Span(str(row), 0, max(1, len(text)))
    return Passage(Hit(Chunk(span, (), 0), 0.0, 1, None, None), text, title, "")


def _fitted(answered: Sequence[Sequence[tuple[dict[str, float], bool]]]) -> WordChoice:
    """Return weights fitted on all sentences, then scaled to fit the likeliest of each question."""
    names = list(json.loads(WEIGHTS.read_text(encoding="utf-8"))["english"])
    rows = [pair for question in answered for pair in question]
    first = _logistic(_matrix([row for row, _ in rows], names), np.array([right for _, right in rows]))
    logits, rights = [], []
    for question in answered:
        if question:
            values = _matrix([row for row, _ in question], names) @ first[1:] + first[0]
            best = int(np.argmax(values))
            logits.append(values[best])
            rights.append(question[best][1])
    shift, stretch = _logistic(np.array(logits)[:, None], np.array(rights))
    return WordChoice(
        {name: float(stretch * weight) for name, weight in zip(names, first[1:], strict=True)},
        float(shift + stretch * first[0]),
        {"score": 1.0},
        float(shift + stretch * first[0]),
        {"score": 1.0},
    )


def _matrix(rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> Any:
    return np.array([[row[name] for name in names] for row in rows])


def _logistic(values: Any, rights: Any, ridge: float = 1e-3) -> Any:
    """Return the weights of a logistic regression by Newton's method, the bias first."""
    x = np.hstack([np.ones((len(values), 1)), values])
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -50, 50)))
        gradient = x.T @ (rights - p) - ridge * len(x) * np.r_[0, weights[1:]] / 100
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.eye(x.shape[1]) * (ridge * len(x) / 100 + 1e-6)
        weights = weights + np.linalg.solve(hessian, gradient)
    return weights


def _report(choice: WordChoice, answered: Sequence[Sequence[tuple[dict[str, float], bool]]]) -> None:
    best = [
        max(zip(choice.probabilities([row for row, _ in one]), [right for _, right in one], strict=True))
        if one
        else (0.0, False)
        for one in answered
    ]
    answerable = [any(right for _, right in one) for one in answered]
    right = sum(right for _, right in best)
    print(
        f"{len(best)} questions, {sum(answerable)} with the answer found, "
        f"whose sentence comes first {right} times"
    )
    for low in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        bin_ = [right for p, right in best if low <= p < low + 0.1 or (low == 0.8 and p >= 0.8)]
        if bin_:
            print(f"{low:.1f}: {len(bin_)} questions, right {sum(bin_) / len(bin_):.2f}")
    print(choice)


if __name__ == "__main__":
    main()
