"""
Export conversations as Markdown and JSON, and rated answers as a question set for ``footnote eval``.

Documents are named by title and file name; no export contains a path of this computer.
"""

import base64
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import IO, Any

from index import BlockList, Document
from qa.answer_json import answer_fields
from qa.records import Sentence
from qa.rendering import (
    BULLETED,
    DISAGREE,
    POSSIBLY,
    REFUSAL_TEXT,
    SUPPORT_MARKS,
    escape,
    understood_as,
)
from qa.stored_answer import StoredAnswer, StoredFootnote, StoredTurn, replace_surrogates

FORMAT_VERSION = 1
MAX_NAME = 60
"""Characters of a title in the name of a file."""

LineWriter = Callable[[str, Iterable[str]], None]
"""Writes a file, from its name and its lines without line breaks."""


# One conversation


def conversation_json(turns: Sequence[StoredTurn], title: str = "") -> dict[str, Any]:
    """Return a conversation as JSON values; ``docs/answer.schema.json`` describes the answers."""
    return {
        "footnote_conversation": FORMAT_VERSION,
        "title": title,
        "turns": [_turn_json(turn) for turn in turns],
    }


def conversation_markdown(turns: Sequence[StoredTurn], title: str = "") -> str:
    """
    Return a conversation as Markdown, with footnotes as GitHub and Pandoc read them: ``[^2-1]``.

    The first number is the turn's, the second the footnote's. A footnote links to its place in the list of
    sources at the end. All other text is escaped.
    """
    blocks = [f"# {escape(title)}"] if title.strip() else []
    sources = cited_sources(turns)
    for number, turn in enumerate(turns, start=1):
        blocks += _turn_markdown(turn, number, sources)
    if sources:
        blocks += ["## Sources", "\n".join(line for source in sources for line in _source_markdown(source))]
    return "\n\n".join(blocks) + "\n"


def export_name(turns: Sequence[StoredTurn], title: str, suffix: str) -> str:
    """
    Return the name of a file with a conversation: its title and the day of its last question.

    It has letters and digits of any script, so that every file system takes it.
    """
    words = re.sub(r"[\W_]+", "-", title[:MAX_NAME]).strip("-") or "conversation"
    day = turns[-1].asked_at[:10] if turns else ""
    return "-".join([words, *re.findall(r"^\d{4}-\d{2}-\d{2}$", day, re.ASCII)]) + suffix


@dataclass(frozen=True, slots=True)
class CitedSource:
    """
    A document that a conversation cites.

    Args:
        number: From 1, in the order in which they are cited.
        title: Its title when it was first cited.
        name: The name of its file; may be empty.
        doc_id: Its id.
        places: The cited ranges in order, each with its page if there are pages.
    """

    number: int
    title: str
    name: str
    doc_id: str
    places: tuple[tuple[int, int, int | None], ...]

    @property
    def label(self) -> str:
        """Return the title and the name of the file."""
        return f"{self.title} ({self.name})" if self.name and self.name != self.title else self.title

    def anchor(self, start: int, end: int) -> str:
        """Return the id of a cited range within an exported conversation."""
        return f"source-{self.number}-{start}-{end}"


def cited_sources(turns: Iterable[StoredTurn]) -> list[CitedSource]:
    """Return the documents that the turns cite, each once."""
    notes: dict[str, list[StoredFootnote]] = {}
    for turn in turns:
        for note in turn.answer.notes:
            notes.setdefault(note.doc_id, []).append(note)
    return [
        CitedSource(
            number,
            cited[0].title,
            file_name(cited[0].path),
            doc_id,
            tuple(
                sorted({(note.start, note.end): (note.start, note.end, note.page) for note in cited}.values())
            ),
        )
        for number, (doc_id, cited) in enumerate(notes.items(), start=1)
    ]


def place_text(start: int, end: int, page: int | None) -> str:
    """Return where a range is, in words; characters are counted from 1."""
    return (f"page {page}, " if page else "") + f"characters {start + 1:,}–{end:,}"


def answer_markdown(answer: StoredAnswer) -> str:
    """Return an answer or refusal as Markdown, with its footnotes."""
    blocks = [*(_refusal(answer, 1) if answer.refused else _answer(answer, 1))]
    notes = (
        f"[^1-{note.marker}]: {escape(_cited_source(note))}: “{escape(note.cited_text)}”"
        for note in answer.notes
    )
    return "\n\n".join([*blocks, *(["\n".join(notes)] if answer.notes else [])]) + "\n"


def answer_text(answer: StoredAnswer) -> str:
    """Return an answer or refusal as plain text, with its sources."""
    shown = answer.possible if answer.refused else answer.sentences
    blocks = [answer.reason or REFUSAL_TEXT] if answer.refused else []
    if answer.short and not answer.refused and not answer.disagreement:
        blocks.append(answer.short.strip())
    blocks += [
        "".join([sentence.text, *(f" [{marker}]" for marker in sentence.markers)]) for sentence in shown
    ]
    blocks += [f"[{note.marker}] {_cited_source(note)}: “{note.cited_text.strip()}”" for note in answer.notes]
    return "\n\n".join(blocks) + "\n"


def _cited_source(note: StoredFootnote) -> str:
    page = f", page {note.page}" if note.page else ""
    name = file_name(note.path)
    return note.title + page + (f" ({name})" if name else "")


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
        "correction": turn.correction,
    }


def _turn_markdown(turn: StoredTurn, number: int, sources: Sequence[CitedSource]) -> Iterator[str]:
    answer = turn.answer
    yield f"## {escape(answer.question)}"
    yield f"*{escape(time_of_question(turn))}*"
    if answer.standalone:
        standalone = understood_as(answer.corrected or answer.question, answer.standalone)
        yield f"*Understood as:* {escape(standalone)}"
    yield from _refusal(answer, number) if answer.refused else _answer(answer, number)
    if answer.note:
        yield f"*Note:* {escape(answer.note)}"
    if turn.rating:
        yield f"*Rated {turn.rating}.* {escape(turn.comment)}".rstrip()
    if turn.correction.strip():
        yield f"*Right answer:* {escape(turn.correction)}"
    if answer.notes:
        yield "\n".join(_footnote_definition(note, number, sources) for note in answer.notes)


def time_of_question(turn: StoredTurn) -> str:
    """Return when a question was asked, for people."""
    try:
        return f"{datetime.fromisoformat(turn.asked_at):%Y-%m-%d %H:%M} UTC"
    except ValueError:  # damaged on disk
        return turn.asked_at


def _refusal(answer: StoredAnswer, turn_number: int) -> Iterator[str]:
    yield f"*{escape(answer.reason or REFUSAL_TEXT)}*"
    if answer.possible:
        yield POSSIBLY
        yield from (_sentence(sentence, turn_number) for sentence in answer.possible)
        return
    titles = dict.fromkeys(passage.title for passage in answer.nearest if passage.title and passage.text)
    if titles:
        yield "\n".join(["Closest documents:", "", *(f"- {escape(title)}" for title in titles)])


def _answer(answer: StoredAnswer, turn_number: int) -> Iterator[str]:
    if answer.short and answer.short.strip():
        yield f"**{escape(answer.short.strip())}**"
    if answer.disagreement:
        positions = (
            f"- “{escape(position.short)}”{_markers(position.markers, turn_number)}"
            for position in answer.disagreement
        )
        yield "\n".join([DISAGREE, "", *positions])
    sentences = [_sentence(sentence, turn_number) for sentence in answer.sentences]
    if answer.kind in BULLETED and sentences:
        yield "\n".join(f"- {sentence}" for sentence in sentences)
    else:
        yield from sentences


def _sentence(sentence: Sentence, turn_number: int) -> str:
    label = f"**{escape(sentence.label)}:** " if sentence.label.strip() else ""
    mark = SUPPORT_MARKS[sentence.support]
    markers = _markers(sentence.markers, turn_number)
    return label + escape(sentence.text) + markers + (mark and f" {escape(mark)}")


def _markers(markers: Iterable[int], turn_number: int) -> str:
    return "".join(f"[^{turn_number}-{marker}]" for marker in markers)


def _footnote_definition(note: StoredFootnote, turn_number: int, sources: Sequence[CitedSource]) -> str:
    source = next(source for source in sources if source.doc_id == note.doc_id)
    page = f", page {note.page}" if note.page else ""
    link = f"[{escape(f'{source.label}{page}')}](#{source.anchor(note.start, note.end)})"
    return f"[^{turn_number}-{note.marker}]: {link}: “{escape(note.cited_text)}”"


def _source_markdown(source: CitedSource) -> Iterator[str]:
    """Yield the lines of a document in the list of sources, with anchors that footnotes link to."""
    yield f"{source.number}. {escape(source.label)}"
    for start, end, page in source.places:
        yield f'    - <a id="{source.anchor(start, end)}"></a>{place_text(start, end, page)}'


def file_name(path: str) -> str:
    """Return the last part of a path."""
    return PurePath(path).name


# Rated answers


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """
    How many rated turns were exported.

    Args:
        questions: Questions in ``qa.jsonl``.
        rejected: Turns in ``rejected.jsonl``: their right answer isn't known.
        changed: Turns left out because the library no longer contains the words they cite.
        documents: Documents in the corpus.
    """

    questions: int
    rejected: int
    changed: int
    documents: int


def export_question_set(
    turns: Iterable[StoredTurn],
    documents: Iterable[Document],
    write: LineWriter,
    history: Callable[[StoredTurn], Sequence[StoredTurn]] = lambda turn: (),
) -> ExportSummary:
    """
    Write rated turns as a question set that ``footnote eval`` runs.

    A rating means:

    - up for an answer: the question is answerable, and the gold is what was shown: the words of its
      footnotes, and the short answer or else the sentences;
    - up for a refusal: the question can't be answered from this corpus;
    - down for a refusal: the question is answerable, without gold: only refusing it is measured;
    - down for an answer: if the person wrote the right one, that is the gold. Otherwise only this answer is
      known to be wrong. It goes to ``rejected.jsonl`` with the comment, for a person to write the gold.

    The last rating of a question counts.

    Args:
        turns: Rated turns, oldest first.
        documents: The corpus: every document of the library, so that retrieval is as hard as it was. Each has
            the title in its content, "" if there is none, so that it gives the same chunks again.
        write: Called for ``corpus.jsonl``, ``qa.jsonl`` and ``rejected.jsonl``, in this order.
        history: Returns the turns before a follow-up question, oldest first.
    """
    rated = list({_effective_question(turn): turn for turn in turns if turn.rating}.values())
    corpus = _CorpusExport(note for turn in rated for note in turn.answer.notes)
    write("corpus.jsonl", corpus.lines(documents))
    rejected = [turn for turn in rated if turn.rating == "down" and not _is_gold_known(turn)]
    gold = [turn for turn in rated if turn not in rejected]
    current = [
        turn for turn in gold if turn.rating == "down" or corpus.verified.issuperset(turn.answer.notes)
    ]
    write("qa.jsonl", (_json_line(_qa_record(turn, history(turn), corpus.names)) for turn in current))
    write(
        "rejected.jsonl",
        (
            _json_line({"id": f"turn-{turn.id}", "remark": turn.comment, **_turn_json(turn)})
            for turn in rejected
        ),
    )
    return ExportSummary(len(current), len(rejected), len(gold) - len(current), corpus.documents)


def zip_writer(target: IO[bytes], folder: str = "footnote-questions") -> LineWriter:
    """
    Return a function that writes a question set's files into a zip, in *folder*.

    Args:
        target: An empty file, open for reading, too, as each file is appended to the zip so far.
        folder: Name of the folder in the zip.

    Raises:
        ValueError: If *target* isn't readable: the zip would contain only the last file.
    """
    if not target.readable():
        raise ValueError("appending to a zip reads it: open the file with w+b")

    def write(name: str, lines: Iterable[str]) -> None:
        info = zipfile.ZipInfo(f"{folder}/{name}")  # a fixed date, so that equal content gives equal bytes
        info.compress_type = zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(target, "a") as archive, archive.open(info, "w", force_zip64=True) as file:
            for line in lines:
                file.write(f"{line}\n".encode())

    return write


class _CorpusExport:
    """Counts the documents as they are written, and finds the footnotes whose words they still contain."""

    def __init__(self, notes: Iterable[StoredFootnote]) -> None:
        self._by_document: dict[str, set[StoredFootnote]] = {}
        for note in notes:
            self._by_document.setdefault(note.doc_id, set()).add(note)
        self.verified: set[StoredFootnote] = set()
        self.documents = 0
        self.names: dict[str, str] = {}
        """The name of each document in the corpus: that of its first file, as questions can refer to it."""

    def lines(self, documents: Iterable[Document]) -> Iterator[str]:
        """Yield the lines of ``corpus.jsonl``."""
        for document in documents:
            self.documents += 1
            cited = self._by_document.get(document.doc_id, ())
            self.verified.update(note for note in cited if note.is_in(document))
            name = file_name(document.paths[0]) if document.paths else document.doc_id
            is_taken = name in self.names.values()
            self.names[document.doc_id] = f"{document.doc_id[:12]}/{name}" if is_taken else name
            yield _json_line(_corpus_record(document, self.names[document.doc_id]))


def _corpus_record(document: Document, name: str) -> dict[str, Any]:
    """Return the record of a document, with its structure as ``docs/format.md`` describes it."""
    blocks = document.blocks if isinstance(document.blocks, BlockList) else BlockList.of(document.blocks)
    return {
        "_id": name,
        "title": document.title,
        "text": document.text,
        "media_type": document.media_type,
        "blocks": base64.b64encode(blocks.packed).decode(),
        "pages": [[page.number, page.start, page.end, page.width, page.height] for page in document.pages],
    }


def _is_gold_known(turn: StoredTurn) -> bool:
    """Return whether a turn that was rated down says more than that its answer is wrong."""
    return turn.answer.refused or bool(turn.correction.strip())


def _effective_question(turn: StoredTurn) -> str:
    return turn.answer.standalone or turn.answer.question


def _qa_record(turn: StoredTurn, earlier: Sequence[StoredTurn], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the record of a turn in ``qa.jsonl``; a follow-up has the turns before it."""
    answer = turn.answer
    is_right = turn.rating == "up" and not answer.refused
    is_follow_up = bool(answer.standalone and earlier)
    gold = [answer.text] if is_right else [turn.correction.strip()] if turn.correction.strip() else []
    record = {
        "id": f"turn-{turn.id}",
        "question": answer.question if is_follow_up else _effective_question(turn),
        "answerable": is_right or turn.rating == "down",
        "answers": gold,
        "spans": [span for note in answer.notes for span in _spans(note, names)] if is_right else [],
        "remark": turn.comment,
    }
    if is_follow_up:
        messages = [message for each in earlier for message in _messages(each.answer)]
        record |= {"history": messages, "rewritten": answer.standalone}
    return record


def _messages(answer: StoredAnswer) -> Iterator[dict[str, str]]:
    yield {"role": "user", "text": answer.question}
    if answer.text:
        yield {"role": "assistant", "text": answer.text}


def _spans(note: StoredFootnote, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the spans of the footnote and of the short answer in it."""
    for start, end in [(note.start, note.end), *([note.answer] if note.answer else [])]:
        words = note.cited_text[start - note.start : end - note.start]
        yield {"doc_id": names[note.doc_id], "start": start, "end": end, "text": words}


def _json_line(values: dict[str, Any]) -> str:
    return replace_surrogates(json.dumps(values, ensure_ascii=False))
