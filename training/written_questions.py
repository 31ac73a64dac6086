"""
Questions written for Footnote's training, and the passages they were written on.

They are what no training set at hand holds: questions that a passage seems to answer and doesn't, and
questions that several sentences answer. They lie in ``training/questions``, one passage a line with its
questions; a passage of a training set is named by its file and its hash and cut from there again, and only
those written with their questions are there as text.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.data import Example, Group, read_rows
from training.mined_negatives import Retriever, without_answer
from training.passage_sampling import CHUNK, LENGTHS, cut, pieces

QUESTIONS = Path(__file__).parent / "questions"
LONGEST = 2400  # characters of a paragraph that is taken whole
PARAGRAPHS = ("train/squad_", "train/squadshifts_new_wiki")  # files whose contexts are paragraphs
HELD_OUT = 10  # of the passages one in so many is kept to measure on
NEGATIVES = 2  # retrieved passages that lack the answer, at most

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Written:
    """
    A passage with the questions written on it.

    Args:
        passage: Its text.
        answered: Those it answers: with marked sentences, and marked words where a short answer exists.
        unanswered: Those it only seems to answer.
    """

    passage: str
    answered: tuple[Example, ...]
    unanswered: tuple[Example, ...]

    @property
    def held_out(self) -> bool:
        """Whether it is one to measure on."""
        return hashlib.sha256(self.passage.encode()).digest()[0] % HELD_OUT == 0


def read_written(data: Path, folder: Path = QUESTIONS) -> list[Written]:
    """
    Every passage that can be had with its questions.

    Args:
        data: Folder that holds ``train/`` and ``support/``; passages of a file that isn't there are left out.
        folder: Of the questions.
    """
    rows = [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.open(encoding="utf-8")
    ]
    texts: dict[str, str] = {}
    for source in sorted({row["source"] for row in rows if row.get("source")}):
        path = data / f"{source}.jsonl.gz"
        texts |= {digest(text): text for text in passages_of(path, source)} if path.exists() else {}
    found = ((row, row["text"] if "text" in row else texts.get(row["passage"])) for row in rows)
    return [_written(row, text) for row, text in found if text]


def passages_of(path: Path, source: str) -> Iterator[str]:
    """Every passage of a training file that questions may have been written on."""
    for row in read_rows(path):
        texts = row["positives"] if "positives" in row else [row.get("context") or row["premise"]]
        for text in dict.fromkeys(texts):
            if source.startswith(PARAGRAPHS):
                yield text[:LONGEST]
            else:
                yield from pieces(text.replace("(meta data) ", ""), CHUNK)


def digest(text: str) -> str:
    """By which a passage is known again."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _written(row: dict[str, Any], text: str) -> Written:
    answered, unanswered = [], []
    for asked in row["questions"]:
        if asked["evidence"]:
            span = tuple(asked["span"]) if asked["span"] else None
            evidence = tuple((start, end) for start, end in asked["evidence"])
            answered.append(Example(asked["question"], text, here=True, span=span, evidence=evidence))
        else:
            unanswered.append(Example(asked["question"], text, here=False))
    return Written(text, tuple(answered), tuple(unanswered))


def written_groups(
    written: Sequence[Written], ranker: Callable[[Sequence[str]], Retriever], rng: random.Random
) -> list[Group]:
    """
    Each answered question beside passages that a retriever brings and that lack the answer, and beside a
    question the passage doesn't answer; the unanswered ones left over alone.
    """
    if not written:
        return []
    passages = [one.passage for one in written]
    asked = [example for one in written for example in one.answered]
    ranked = dict(zip(asked, ranker(passages).top([one.question for one in asked], 8), strict=True))
    groups: list[Group] = []
    for one in written:
        left = rng.sample(one.unanswered, len(one.unanswered))
        for example in one.answered:
            answer = [example.passage[slice(*example.span)]] if example.span else []
            lacking = without_answer(ranked[example], passages, one.passage, answer)[:NEGATIVES]
            group = [shortened(example, rng)]
            group += [Example(example.question, text[:CHUNK], here=False) for text in lacking]
            group += [left.pop()] if left else []
            groups.append(tuple(group))
        groups += [(example,) for example in left]
    return groups


def shortened(example: Example, rng: random.Random) -> Example:
    """With less around the sentences that answer, now and then."""
    marked = [*example.evidence, *([example.span] if example.span else [])]
    whole = (min(start for start, _ in marked), max(end for _, end in marked))
    limit = rng.choice(LENGTHS)
    if len(example.passage) <= limit:
        return example
    passage, (start, _) = cut(example.passage, whole, limit, rng)
    by = start - whole[0]
    return replace(
        example,
        passage=passage,
        span=_moved(example.span, by) if example.span else None,
        evidence=tuple(_moved(span, by) for span in example.evidence),
    )


def _moved(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by
