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

from index import IndexFolder, Progress, Snapshot
from index.permissions import make_private_dir, tighten_dir
from index.records import Span
from index.snapshot import write_whole
from index.store import translated
from qa.answering import Asker
from qa.questioning import LONGEST_QUESTION, candidates

STARTERS = 3
"""Questions that an empty chat offers."""
GOOD_SUPPORT = 0.5
"""Probability from which the answer to a starter counts as one."""

_FORMAT = 1
_ASKED = 6
"""Candidates asked at most: what a build waits for."""
_DOCUMENTS = 24
_CHARACTERS = 300_000
"""Documents, and characters of them all, that are looked at; the same number of each."""

Report = Callable[[Progress], None]


def make_starters(asker: Asker, index_dir: Path, progress: Report = lambda step: None) -> tuple[str, ...]:
    """
    Find and keep the starters of the current snapshot, unless it has some already.

    Args:
        asker: Asks the index in *index_dir*.
        index_dir: The index's folder.
        progress: Called with each question that is asked.

    Raises:
        FootnoteError: If the index can't serve, or its folder can't be written.
    """
    folder = IndexFolder(index_dir)
    with asker.live.lease() as snapshot:
        path = _path(index_dir, snapshot.name)
        if path.exists():
            return starters_of(index_dir, snapshot.name)
        ideas = _ideas(snapshot)
    found = _answered(asker, ideas, progress)
    with translated(index_dir):
        make_private_dir(path.parent)
        tighten_dir(path.parent)  # an earlier version made it with the mode of the umask
        for old in path.parent.iterdir():
            if old.stem not in folder.names():
                old.unlink(missing_ok=True)
        content = {"footnote_starters": _FORMAT, "questions": found}
        write_whole(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return tuple(found)


def starters_of(index_dir: Path, snapshot: str) -> tuple[str, ...]:
    """The questions to start with over that snapshot; none if there are none or they can't be read."""
    try:
        content = json.loads(_path(index_dir, snapshot).read_text(encoding="utf-8"))
        if content["footnote_starters"] == _FORMAT:
            return tuple(question for question in content["questions"] if _is_question(question))[:STARTERS]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return ()


@dataclass(frozen=True, slots=True)
class _Idea:
    """A question, the sentence it was made of, and how it compares: its rule, and its place in the text."""

    question: str
    source: Span
    kind: str
    turn: int


def _ideas(snapshot: Snapshot) -> list[_Idea]:
    """Candidates of a sample of the documents, the same for the same snapshot."""
    entries = snapshot.documents()
    sample = entries[:: -(-len(entries) // _DOCUMENTS)] if entries else []
    ideas = []
    for entry in sample:
        document = snapshot.document(entry.doc_id)
        text = document.text[: _CHARACTERS // len(sample)]
        ideas += [
            _Idea(each.question, Span(entry.doc_id, each.start, each.end), each.kind, turn)
            for turn, each in enumerate(candidates(text, document.title))
        ]
    return ideas


def _answered(asker: Asker, ideas: Sequence[_Idea], progress: Report) -> list[str]:
    """The first few that are answered from where they were made; over several documents and kinds."""
    kept: list[_Idea] = []
    asked: list[_Idea] = []
    while len(kept) < STARTERS and len(asked) < _ASKED and (idea := _next(ideas, asked, kept)):
        progress(Progress("questions", len(asked), _ASKED))
        asked.append(idea)
        if _is_answered(asker, idea):
            kept.append(idea)
    return [idea.question for idea in kept]


def _next(ideas: Sequence[_Idea], asked: Sequence[_Idea], kept: Sequence[_Idea]) -> _Idea | None:
    """The idea least like those before it: another document, another kind; then the earliest and shortest."""
    tried = {idea.question for idea in asked}
    left = [idea for idea in ideas if idea.question not in tried]
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


def _is_answered(asker: Asker, idea: _Idea) -> bool:
    """Whether the surest footnote points, with good support, at the sentence the question was made of."""
    footnotes = asker.ask(idea.question).footnotes
    surest = max(footnotes, key=lambda footnote: footnote.support, default=None)
    return surest is not None and surest.support >= GOOD_SUPPORT and surest.span.overlaps(idea.source)


def _is_question(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_QUESTION and value.isprintable()


def _path(index_dir: Path, snapshot: str) -> Path:
    return index_dir / "starters" / f"{snapshot}.json"
