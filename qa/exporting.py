"""
Conversations for elsewhere: as Markdown, as JSON, and what was judged as a set for ``footnote eval``.

A document is named by its title and file name; where it lies on this machine is told nobody.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import IO, Any

from index import Document
from qa.kept import KeptAnswer, KeptNote, KeptPassage, Turn, storable
from qa.rendering import DISAGREE, REFUSED, UNSUPPORTED, escaped, said

VERSION = 1

Write = Callable[[str, Iterable[str]], None]
"""Takes a file's name and its lines, without their line breaks, and writes them at once."""


# One conversation


def as_json(turns: Sequence[Turn], title: str = "") -> dict[str, Any]:
    """The conversation; an answer has the names that ``footnote ask --json`` gives it."""
    return {
        "footnote_conversation": VERSION,
        "title": title,
        "turns": [_turn_json(turn) for turn in turns],
    }


def as_markdown(turns: Sequence[Turn], title: str = "") -> str:
    """
    The conversation with footnotes, as GitHub, Pandoc and most editors of notes read them: ``[^2-1]``.

    The first number is the turn's, the second the footnote's. What was said stands for itself.
    """
    blocks = [f"# {escaped(title)}"] if title.strip() else []
    for number, turn in enumerate(turns, start=1):
        blocks += _turn_markdown(turn, number)
    return "\n\n".join(blocks) + "\n"


def _turn_json(turn: Turn) -> dict[str, Any]:
    answer = turn.answer
    return {
        "asked_at": turn.asked_at,
        **said(answer),
        "citations": [_citation(note) for note in answer.notes],
        "passages": [_passage(passage) for passage in answer.nearest],
        "timings_ms": {step: round(taken, 1) for step, taken in answer.timings_ms.items()},
        "snapshot": answer.snapshot,
        "thumb": turn.thumb,
        "remark": turn.remark,
    }


def _citation(note: KeptNote) -> dict[str, Any]:
    return {
        "marker": note.marker,
        "cited_text": note.cited_text,
        "document_title": note.title,
        "document_path": file_name(note.path),
        "document_sha256": note.doc_id,
        "file_sha256": note.digest,
        "start_char_index": note.start,
        "end_char_index": note.end,
        "start_page_number": note.page,
        "support": round(note.support, 4),
    }


def _passage(passage: KeptPassage) -> dict[str, Any]:
    return {
        "document_title": passage.title,
        "document_path": file_name(passage.path),
        "document_sha256": passage.doc_id,
        "start_char_index": passage.start,
        "end_char_index": passage.end,
        "text": passage.text,
    }


def _turn_markdown(turn: Turn, number: int) -> Iterator[str]:
    answer = turn.answer
    yield f"## {escaped(answer.question)}"
    yield f"*{_when(turn)}*"
    if answer.standalone:
        yield f"*Searched for:* {escaped(answer.standalone)}"
    yield from _refusal(answer) if answer.refused else _answer(answer, number)
    if answer.note:
        yield f"*Note:* {escaped(answer.note)}"
    if turn.thumb:
        yield f"*Judged {turn.thumb}.* {escaped(turn.remark)}".rstrip()
    if answer.notes:
        yield "\n".join(_definition(note, number) for note in answer.notes)


def _when(turn: Turn) -> str:
    try:
        return f"{datetime.fromisoformat(turn.asked_at):%Y-%m-%d %H:%M} UTC"
    except ValueError:  # damaged on disk
        return escaped(turn.asked_at)


def _refusal(answer: KeptAnswer) -> Iterator[str]:
    yield f"*{REFUSED}* {escaped(answer.reason)}"
    titles = dict.fromkeys(passage.title for passage in answer.nearest if passage.title)
    if titles:
        yield "\n".join(["The nearest documents:", "", *(f"- {escaped(title)}" for title in titles)])


def _answer(answer: KeptAnswer, number: int) -> Iterator[str]:
    if answer.short and answer.short.strip():
        yield f"**{escaped(answer.short.strip())}**"
    if answer.disagreement:
        sides = (f"- “{escaped(side.short)}”{_markers(side.markers, number)}" for side in answer.disagreement)
        yield "\n".join([DISAGREE, "", *sides])
    for sentence in answer.sentences:
        yield escaped(sentence.text) + (_markers(sentence.markers, number) or f" {escaped(UNSUPPORTED)}")


def _markers(markers: Iterable[int], number: int) -> str:
    return "".join(f"[^{number}-{marker}]" for marker in markers)


def _definition(note: KeptNote, number: int) -> str:
    page = f", page {note.page}" if note.page else ""
    name = file_name(note.path)
    source = note.title + page + (f" ({name})" if name else "")
    return f"[^{number}-{note.marker}]: {escaped(source)}: “{escaped(note.cited_text)}”"


def file_name(path: str) -> str:
    """The last part of a path."""
    return PurePath(path).name


# What was judged


@dataclass(frozen=True, slots=True)
class Exported:
    """
    What became of the judged turns.

    Args:
        questions: How many are in ``qa.jsonl``.
        rejected: How many are in ``rejected.jsonl``: their right answer isn't known.
        changed: How many are left out because the library no longer has the words they cite.
        documents: How many the corpus has.
    """

    questions: int
    rejected: int
    changed: int
    documents: int


def question_set(turns: Iterable[Turn], documents: Iterable[Document], write: Write) -> Exported:
    """
    Write judged turns as a question set that ``footnote eval`` runs.

    A thumb means:

    - up for an answer: the question can be answered, and the gold is what was shown: the words of its
      footnotes, and the short answer or else the sentences;
    - up for a refusal: the question can't be answered from this corpus;
    - down for a refusal: the question can be answered, but it isn't known how: only refusing it is measured;
    - down for an answer: nothing is known but that this answer is wrong. It goes to ``rejected.jsonl`` with
      the remark, for a person to write the gold.

    Of several judgements of one question the last counts.

    Args:
        turns: Judged ones, oldest first.
        documents: The corpus, each read once; the library as it is now, so that finding is as hard as it was.
        write: Called for ``corpus.jsonl``, ``qa.jsonl`` and ``rejected.jsonl``, in this order.
    """
    judged = list({_asked(turn): turn for turn in turns if turn.thumb}.values())
    corpus = _Corpus(note for turn in judged for note in turn.answer.notes)
    write("corpus.jsonl", corpus.lines(documents))
    rejected = [turn for turn in judged if turn.thumb == "down" and not turn.answer.refused]
    golden = [turn for turn in judged if turn not in rejected]
    current = [turn for turn in golden if corpus.held.issuperset(turn.answer.notes)]
    write("qa.jsonl", (_line(_question(turn)) for turn in current))
    write("rejected.jsonl", (_line(_rejected(turn)) for turn in rejected))
    return Exported(len(current), len(rejected), len(golden) - len(current), corpus.documents)


def into_zip(target: IO[bytes], folder: str = "footnote-questions") -> Write:
    """
    Write a question set's files into a zip, below *folder*, which ``footnote eval`` takes unpacked.

    Args:
        target: Empty, and open for reading, too: each file is added to what the zip has so far.
        folder: Its name in the zip.

    Raises:
        ValueError: If it can't be read; the zip would hold the last file alone.
    """
    if not target.readable():
        raise ValueError("a zip grows by reading what it has: open the file with w+b")

    def write(name: str, lines: Iterable[str]) -> None:
        about = zipfile.ZipInfo(f"{folder}/{name}")  # of one date, so that equal content is equal bytes
        about.compress_type = zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(target, "a") as packed, packed.open(about, "w", force_zip64=True) as file:
            for line in lines:
                file.write(f"{line}\n".encode())

    return write


class _Corpus:
    """The documents as they pass by, and which notes hold in them."""

    def __init__(self, notes: Iterable[KeptNote]) -> None:
        self._awaited: dict[str, set[KeptNote]] = {}
        for note in notes:
            self._awaited.setdefault(note.doc_id, set()).add(note)
        self.held: set[KeptNote] = set()
        self.documents = 0

    def lines(self, documents: Iterable[Document]) -> Iterator[str]:
        for document in documents:
            self.documents += 1
            awaited = self._awaited.get(document.doc_id, ())
            self.held.update(note for note in awaited if note.holds_in(document))
            yield _line({"_id": document.doc_id, "title": document.title, "text": document.text})


def _asked(turn: Turn) -> str:
    return turn.answer.standalone or turn.answer.question


def _question(turn: Turn) -> dict[str, Any]:
    """One line of ``qa.jsonl``."""
    answer = turn.answer
    right = turn.thumb == "up" and not answer.refused
    return {
        "id": f"turn-{turn.id}",
        "question": _asked(turn),  # the turns before it are no part of the set
        "answerable": right or turn.thumb == "down",
        "answers": [answer.text] if right else [],
        "spans": [span for note in answer.notes for span in _spans(note)] if right else [],
        "remark": turn.remark,
    }


def _spans(note: KeptNote) -> Iterator[dict[str, Any]]:
    """The footnote, and the short answer within it, by which its place is measured, too."""
    for start, end in [(note.start, note.end), *([note.answer] if note.answer else [])]:
        words = note.cited_text[start - note.start : end - note.start]
        yield {"doc_id": note.doc_id, "start": start, "end": end, "text": words}


def _rejected(turn: Turn) -> dict[str, Any]:
    return {"id": f"turn-{turn.id}", "remark": turn.remark, **_turn_json(turn)}


def _line(values: dict[str, Any]) -> str:
    return storable(json.dumps(values, ensure_ascii=False))
