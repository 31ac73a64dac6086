"""
Conversations for elsewhere: as Markdown, as JSON, and what was judged as a set for ``footnote eval``.

A document is named by its title and file name; where it lies on this machine is told nobody.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import IO, Any

from index import Document
from qa.answer_json import answer_fields
from qa.rendering import DISAGREE, REFUSED, UNSUPPORTED, escape
from qa.stored_answer import StoredAnswer, StoredFootnote, StoredTurn, replace_surrogates

FORMAT_VERSION = 1

LineWriter = Callable[[str, Iterable[str]], None]
"""Takes a file's name and its lines, without their line breaks, and writes them at once."""


# One conversation


def conversation_json(turns: Sequence[StoredTurn], title: str = "") -> dict[str, Any]:
    """The conversation; an answer has the names that ``footnote ask --json`` gives it."""
    return {
        "footnote_conversation": FORMAT_VERSION,
        "title": title,
        "turns": [_turn_json(turn) for turn in turns],
    }


def conversation_markdown(turns: Sequence[StoredTurn], title: str = "") -> str:
    """
    The conversation with footnotes, as GitHub, Pandoc and most editors of notes read them: ``[^2-1]``.

    The first number is the turn's, the second the footnote's. What was said stands for itself.
    """
    blocks = [f"# {escape(title)}"] if title.strip() else []
    for number, turn in enumerate(turns, start=1):
        blocks += _turn_markdown(turn, number)
    return "\n\n".join(blocks) + "\n"


def _turn_json(turn: StoredTurn) -> dict[str, Any]:
    answer = replace(
        turn.answer,
        notes=tuple(replace(note, path=file_name(note.path)) for note in turn.answer.notes),
        nearest=tuple(replace(passage, path=file_name(passage.path)) for passage in turn.answer.nearest),
    )
    return {
        "asked_at": turn.asked_at,
        **answer_fields(answer),
        "thumb": turn.rating,
        "remark": turn.comment,
    }


def _turn_markdown(turn: StoredTurn, number: int) -> Iterator[str]:
    answer = turn.answer
    yield f"## {escape(answer.question)}"
    yield f"*{_asked_at(turn)}*"
    if answer.standalone:
        yield f"*Understood as:* {escape(answer.standalone)}"
    yield from _refusal(answer) if answer.refused else _answer(answer, number)
    if answer.note:
        yield f"*Note:* {escape(answer.note)}"
    if turn.rating:
        yield f"*Rated {turn.rating}.* {escape(turn.comment)}".rstrip()
    if answer.notes:
        yield "\n".join(_definition(note, number) for note in answer.notes)


def _asked_at(turn: StoredTurn) -> str:
    try:
        return f"{datetime.fromisoformat(turn.asked_at):%Y-%m-%d %H:%M} UTC"
    except ValueError:  # damaged on disk
        return escape(turn.asked_at)


def _refusal(answer: StoredAnswer) -> Iterator[str]:
    yield f"*{escape(answer.reason or REFUSED)}*"
    titles = dict.fromkeys(passage.title for passage in answer.nearest if passage.title)
    if titles:
        yield "\n".join(["Closest documents:", "", *(f"- {escape(title)}" for title in titles)])


def _answer(answer: StoredAnswer, number: int) -> Iterator[str]:
    if answer.short and answer.short.strip():
        yield f"**{escape(answer.short.strip())}**"
    if answer.disagreement:
        sides = (f"- “{escape(side.short)}”{_markers(side.markers, number)}" for side in answer.disagreement)
        yield "\n".join([DISAGREE, "", *sides])
    for sentence in answer.sentences:
        yield escape(sentence.text) + (_markers(sentence.markers, number) or f" {escape(UNSUPPORTED)}")


def _markers(markers: Iterable[int], number: int) -> str:
    return "".join(f"[^{number}-{marker}]" for marker in markers)


def _definition(note: StoredFootnote, number: int) -> str:
    page = f", page {note.page}" if note.page else ""
    name = file_name(note.path)
    source = note.title + page + (f" ({name})" if name else "")
    return f"[^{number}-{note.marker}]: {escape(source)}: “{escape(note.cited_text)}”"


def file_name(path: str) -> str:
    """The last part of a path."""
    return PurePath(path).name


# What was judged


@dataclass(frozen=True, slots=True)
class ExportSummary:
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


def export_question_set(
    turns: Iterable[StoredTurn], documents: Iterable[Document], write: LineWriter
) -> ExportSummary:
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
    rated = list({_effective_question(turn): turn for turn in turns if turn.rating}.values())
    corpus = _CorpusExport(note for turn in rated for note in turn.answer.notes)
    write("corpus.jsonl", corpus.lines(documents))
    rejected = [turn for turn in rated if turn.rating == "down" and not turn.answer.refused]
    gold = [turn for turn in rated if turn not in rejected]
    current = [turn for turn in gold if corpus.verified.issuperset(turn.answer.notes)]
    write("qa.jsonl", (_line(_question(turn)) for turn in current))
    write("rejected.jsonl", (_line(_rejected(turn)) for turn in rejected))
    return ExportSummary(len(current), len(rejected), len(gold) - len(current), corpus.documents)


def zip_writer(target: IO[bytes], folder: str = "footnote-questions") -> LineWriter:
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


class _CorpusExport:
    """The documents as they pass by, and which notes hold in them."""

    def __init__(self, notes: Iterable[StoredFootnote]) -> None:
        self._awaited: dict[str, set[StoredFootnote]] = {}
        for note in notes:
            self._awaited.setdefault(note.doc_id, set()).add(note)
        self.verified: set[StoredFootnote] = set()
        self.documents = 0

    def lines(self, documents: Iterable[Document]) -> Iterator[str]:
        for document in documents:
            self.documents += 1
            awaited = self._awaited.get(document.doc_id, ())
            self.verified.update(note for note in awaited if note.is_in(document))
            yield _line({"_id": document.doc_id, "title": document.title, "text": document.text})


def _effective_question(turn: StoredTurn) -> str:
    return turn.answer.standalone or turn.answer.question


def _question(turn: StoredTurn) -> dict[str, Any]:
    """One line of ``qa.jsonl``."""
    answer = turn.answer
    right = turn.rating == "up" and not answer.refused
    return {
        "id": f"turn-{turn.id}",
        "question": _effective_question(turn),  # the turns before it are no part of the set
        "answerable": right or turn.rating == "down",
        "answers": [answer.text] if right else [],
        "spans": [span for note in answer.notes for span in _spans(note)] if right else [],
        "remark": turn.comment,
    }


def _spans(note: StoredFootnote) -> Iterator[dict[str, Any]]:
    """The footnote, and the short answer within it, by which its place is measured, too."""
    for start, end in [(note.start, note.end), *([note.answer] if note.answer else [])]:
        words = note.cited_text[start - note.start : end - note.start]
        yield {"doc_id": note.doc_id, "start": start, "end": end, "text": words}


def _rejected(turn: StoredTurn) -> dict[str, Any]:
    return {"id": f"turn-{turn.id}", "remark": turn.comment, **_turn_json(turn)}


def _line(values: dict[str, Any]) -> str:
    return replace_surrogates(json.dumps(values, ensure_ascii=False))
