"""
Questions written for Footnote's training, with the passages that they were written on.

No available training set has such questions: ones that a passage only seems to answer, and ones that several
sentences answer. They are in ``training/questions``, one passage with its questions per line. A passage of a
training set is identified by its file and its hash; only passages written for their questions are there as
text.
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
MAX_PARAGRAPH = 2400  # characters
PARAGRAPHS = ("train/squad_", "train/squadshifts_new_wiki")  # files whose contexts are paragraphs
HELD_OUT = 10  # one passage in so many is held out for measuring
MAX_NEGATIVES = 2  # retrieved passages that lack the answer

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Written:
    """
    A passage with the questions written on it.

    Args:
        passage: Its text.
        answered: Questions that it answers, with annotated sentences and, for a short answer, words.
        unanswered: Questions that it only seems to answer.
    """

    passage: str
    answered: tuple[Example, ...]
    unanswered: tuple[Example, ...]

    @property
    def held_out(self) -> bool:
        """Return whether the passage is held out for measuring."""
        return hashlib.sha256(self.passage.encode()).digest()[0] % HELD_OUT == 0


def read_written(data: Path, folder: Path = QUESTIONS) -> list[Written]:
    """
    Return the available passages with their questions.

    Args:
        data: Folder with ``train/`` and ``support/``; passages of a missing file are left out.
        folder: Folder of the questions.
    """
    rows = [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.open(encoding="utf-8")
    ]
    texts: dict[str, str] = {}
    for source in sorted({row["source"] for row in rows if row.get("source")}):
        path = data / f"{source}.jsonl.gz"
        texts |= {digest(text): text for text in passages_of(path, source)} if path.exists() else {}
    pairs = ((row, row["text"] if "text" in row else texts.get(row["passage"])) for row in rows)
    return [_written(row, text) for row, text in pairs if text]


def passages_of(path: Path, source: str) -> Iterator[str]:
    """Yield the passages of a training file that questions may have been written on."""
    for row in read_rows(path):
        texts = row["positives"] if "positives" in row else [row.get("context") or row["premise"]]
        for text in dict.fromkeys(texts):
            if source.startswith(PARAGRAPHS):
                yield text[:MAX_PARAGRAPH]
            else:
                yield from pieces(text.replace("(meta data) ", ""), CHUNK)


def digest(text: str) -> str:
    """Return the hash that identifies a passage."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _written(row: dict[str, Any], text: str) -> Written:
    answered, unanswered = [], []
    for question in row["questions"]:
        if question["evidence"]:
            span = tuple(question["span"]) if question["span"] else None
            evidence = tuple((start, end) for start, end in question["evidence"])
            answered.append(Example(question["question"], text, here=True, span=span, evidence=evidence))
        else:
            unanswered.append(Example(question["question"], text, here=False))
    return Written(text, tuple(answered), tuple(unanswered))


def written_groups(
    written: Sequence[Written], ranker: Callable[[Sequence[str]], Retriever], rng: random.Random
) -> list[Group]:
    """
    Return the groups of the written questions.

    Each answered question has retrieved passages that lack the answer and an unanswered question of its
    passage as negatives; the remaining unanswered questions are groups of their own.
    """
    if not written:
        return []
    passages = [one.passage for one in written]
    answered = [example for one in written for example in one.answered]
    ranked = dict(zip(answered, ranker(passages).top([one.question for one in answered], 8), strict=True))
    groups: list[Group] = []
    for one in written:
        remaining = rng.sample(one.unanswered, len(one.unanswered))
        for example in one.answered:
            answer = [example.passage[slice(*example.span)]] if example.span else []
            lacking = without_answer(ranked[example], passages, one.passage, answer)[:MAX_NEGATIVES]
            group = [shortened(example, rng)]
            group += [Example(example.question, text[:CHUNK], here=False) for text in lacking]
            group += [remaining.pop()] if remaining else []
            groups.append(tuple(group))
        groups += [(example,) for example in remaining]
    return groups


def shortened(example: Example, rng: random.Random) -> Example:
    """Return the example, sometimes with less text around the sentences that answer."""
    ranges = [*example.evidence, *([example.span] if example.span else [])]
    whole = (min(start for start, _ in ranges), max(end for _, end in ranges))
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
