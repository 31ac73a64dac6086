"""
Questions to start with: a few that this very index answers, made from its documents.

Candidates come by rule from a bounded sample; each is really asked, and kept only if the sentence it was
made of is what the surest footnote points at, with good support. They lie beside the snapshots, one small
file for each, and may be deleted at any time::

    <index folder>/starters/<snapshot>.json    {"footnote_starters": 1, "questions": [...]}
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index import IndexDir, Progress, Snapshot, translate_write_errors
from index.files import make_private_dir, tighten_dir, write_atomic
from index.records import Span
from qa.answering.pipeline import QAPipeline
from qa.library.question_generation import MAX_QUESTION, generate_questions

MAX_SUGGESTIONS = 3
"""Questions that an empty chat offers."""
MIN_SUPPORT = 0.5
"""Probability from which the answer to a starter counts as one."""

_FORMAT = 1
_MAX_ASKED = 6
"""Candidates asked at most: what a build waits for."""
_MAX_DOCUMENTS = 24
_MAX_CHARACTERS = 300_000
"""Documents, and characters of them all, that are looked at; the same number of each."""

ProgressCallback = Callable[[Progress], None]


def make_suggestions(
    pipeline: QAPipeline, index_dir: Path, progress: ProgressCallback = lambda step: None
) -> tuple[str, ...]:
    """
    Find and keep the starters of the current snapshot, unless it has some already.

    Args:
        pipeline: Asks the index in *index_dir*.
        index_dir: The index's folder.
        progress: Called with each question that is asked.

    Raises:
        FootnoteError: If the index can't serve, or its folder can't be written.
    """
    folder = IndexDir(index_dir)
    with pipeline.live.acquire() as snapshot:
        path = _path(index_dir, snapshot.name)
        if path.exists():
            return load_suggestions(index_dir, snapshot.name)
        candidates = _find_candidates(snapshot)
    found = _select(pipeline, candidates, progress)
    with translate_write_errors(index_dir):
        make_private_dir(path.parent)
        tighten_dir(path.parent)  # an earlier version made it with the mode of the umask
        for old in path.parent.iterdir():
            if old.stem not in folder.snapshot_names():
                old.unlink(missing_ok=True)
        content = {"footnote_starters": _FORMAT, "questions": found}
        write_atomic(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return tuple(found)


def load_suggestions(index_dir: Path, snapshot: str) -> tuple[str, ...]:
    """The questions to start with over that snapshot; none if there are none or they can't be read."""
    try:
        content = json.loads(_path(index_dir, snapshot).read_text(encoding="utf-8"))
        if content["footnote_starters"] == _FORMAT:
            return tuple(question for question in content["questions"] if _is_question(question))[
                :MAX_SUGGESTIONS
            ]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question, the sentence it was made of, and how it compares: its rule, and its place in the text."""

    question: str
    source: Span
    kind: str
    turn: int


def _find_candidates(snapshot: Snapshot) -> list[_Candidate]:
    """Candidates of a sample of the documents, the same for the same snapshot."""
    entries = snapshot.documents()
    sample = entries[:: -(-len(entries) // _MAX_DOCUMENTS)] if entries else []
    candidates = []
    for entry in sample:
        document = snapshot.document(entry.doc_id)
        text = document.text[: _MAX_CHARACTERS // len(sample)]
        candidates += [
            _Candidate(each.question, Span(entry.doc_id, each.start, each.end), each.kind, turn)
            for turn, each in enumerate(generate_questions(text, document.title))
        ]
    return candidates


def _select(pipeline: QAPipeline, candidates: Sequence[_Candidate], progress: ProgressCallback) -> list[str]:
    """The first few that are answered from where they were made; over several documents and kinds."""
    selected: list[_Candidate] = []
    asked: list[_Candidate] = []
    while (
        len(selected) < MAX_SUGGESTIONS
        and len(asked) < _MAX_ASKED
        and (idea := _next(candidates, asked, selected))
    ):
        progress(Progress("questions", len(asked), _MAX_ASKED))
        asked.append(idea)
        if _is_answered(pipeline, idea):
            selected.append(idea)
    return [idea.question for idea in selected]


def _next(
    candidates: Sequence[_Candidate], asked: Sequence[_Candidate], kept: Sequence[_Candidate]
) -> _Candidate | None:
    """The idea least like those before it: another document, another kind; then the earliest and shortest."""
    tried = {idea.question for idea in asked}
    left = [idea for idea in candidates if idea.question not in tried]
    documents = [idea.source.doc_id for idea in asked]
    kinds = [idea.kind for idea in kept]
    return min(
        left,
        key=lambda idea: (
            documents.count(idea.source.doc_id),
            kinds.count(idea.kind),
            idea.turn,
            len(idea.question),
            idea.source,
        ),
        default=None,
    )


def _is_answered(pipeline: QAPipeline, candidate: _Candidate) -> bool:
    """Whether the surest footnote points, with good support, at the sentence the question was made of."""
    footnotes = pipeline.run(candidate.question).footnotes
    surest = max(footnotes, key=lambda footnote: footnote.support, default=None)
    return surest is not None and surest.support >= MIN_SUPPORT and surest.span.overlaps(candidate.source)


def _is_question(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_QUESTION and value.isprintable()


def _path(index_dir: Path, snapshot: str) -> Path:
    return index_dir / "starters" / f"{snapshot}.json"
