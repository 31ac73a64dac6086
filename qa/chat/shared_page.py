"""
A conversation as one HTML file with the quoted sources, to share or to print.

The file loads nothing and contains no script. Text from documents is escaped by the template; it has no other
way into the page.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.chat.export import CitedSource, cited_sources, place_text, time_of_question
from qa.records import Sentence
from qa.rendering import BULLETED, DISAGREE, REFUSAL_TEXT, SUPPORT_MARKS, understood_as
from qa.stored_answer import StoredFootnote, StoredTurn, replace_surrogates

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATE = Path(__file__).parent / "templates" / "conversation.html"


def conversation_html(turns: Sequence[StoredTurn], title: str) -> str:
    """Return a conversation as a complete HTML page."""
    sources = cited_sources(turns)
    return _template().render(
        title=title.strip() or "Conversation",
        turns=[_turn(turn, number, sources) for number, turn in enumerate(turns, start=1)],
        sources=[_source(source) for source in sources],
        disagree=DISAGREE,
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_printable)
    return environment.from_string(_TEMPLATE.read_text("utf-8"))


def _printable(value: object) -> object:
    """Return a value of the template without characters that HTML can't have."""
    if type(value) is not str:  # a number, or markup of the template itself
        return value
    text = replace_surrogates(value)
    return "".join(
        char if char in "\n\t" or unicodedata.category(char) != "Cc" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _turn(turn: StoredTurn, number: int, sources: Sequence[CitedSource]) -> dict[str, Any]:
    answer = turn.answer
    sentences = answer.possible if answer.refused else answer.sentences
    return {
        "number": number,
        "question": answer.question,
        "time": time_of_question(turn),
        "standalone": understood_as(answer.corrected or answer.question, answer.standalone),
        "reason": (answer.reason or REFUSAL_TEXT) if answer.refused else "",
        "short": (answer.short or "").strip(),
        "positions": [{"text": each.short, "markers": each.markers} for each in answer.disagreement],
        "bulleted": answer.kind in BULLETED,
        "sentences": [_sentence(sentence) for sentence in sentences],
        "note": answer.note,
        "notes": [_note(note, sources) for note in answer.notes],
    }


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "label": sentence.label,
        "text": sentence.text,
        "markers": sentence.markers,
        "mark": SUPPORT_MARKS[sentence.support],
    }


def _note(note: StoredFootnote, sources: Sequence[CitedSource]) -> dict[str, Any]:
    source = next(source for source in sources if source.doc_id == note.doc_id)
    return {
        "marker": note.marker,
        "anchor": source.anchor(note.start, note.end),
        "source": source.label or source.doc_id[:12],
        "page": note.page,
        "words": note.cited_text,
    }


def _source(source: CitedSource) -> dict[str, Any]:
    places = [
        {"anchor": source.anchor(start, end), "text": place_text(start, end, page)}
        for start, end, page in source.places
    ]
    return {"label": source.label or source.doc_id[:12], "places": places}
