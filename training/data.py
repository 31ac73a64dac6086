"""
Examples and training files, which the training commands share.

A training file has one *group* per line: a question's example first, then its negatives (the same question on
a passage that lacks the answer, or a near miss on the same passage).
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Example:
    """
    A question with a passage to read.

    Args:
        question: The question.
        passage: The passage.
        here: Whether the passage holds the answer.
        span: The answer's words in *passage*, (start, end) in code points, end exclusive; None if the
            answer isn't here, or if its words aren't annotated.
        evidence: The sentences that answer, in the same way; empty if they are only those of *span*.
    """

    question: str
    passage: str
    here: bool
    span: tuple[int, int] | None = None
    evidence: tuple[tuple[int, int], ...] = ()


Group = tuple[Example, ...]


def read_rows(path: Path) -> Rows:
    """Return every line of a gzipped JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_groups(path: Path, groups: Iterable[Group]) -> None:
    """Write one group per line, gzipped."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=3) as lines:
        for group in groups:
            lines.write(json.dumps([asdict(example) for example in group], ensure_ascii=False) + "\n")


def read_groups(path: Path) -> Iterator[Group]:
    """Yield the groups that :func:`write_groups` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield tuple(_example(fields) for fields in json.loads(line))


def _example(fields: dict[str, Any]) -> Example:
    span, evidence = fields.pop("span"), fields.pop("evidence", ())
    return Example(**fields, span=tuple(span) if span else None, evidence=tuple(map(tuple, evidence)))
