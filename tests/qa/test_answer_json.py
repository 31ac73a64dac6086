"""The serialised answer: one form everywhere, as the published schema describes it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from index import Span
from qa.answer_json import answer_schema, from_json, to_json
from qa.chat.export import conversation_json
from qa.evaluation.everyday import EverydayQuestion, EverydayResult, Verdict, result_line
from qa.records import Answer, AnswerKind, Footnote, Position, Sentence
from qa.rendering import to_json as printed_json
from qa.stored_answer import StoredAnswer, StoredFootnote, StoredPassage, StoredTurn, to_stored
from tests.conftest import ROOT
from tests.fakes.answers import document_passage
from tests.fakes.passages import document

EELS = document("The European eel spawns in the Sargasso Sea.", "Eels")
ANSWER = Answer(
    question="Where do eels spwan?",
    standalone="Where do European eels spawn?",
    corrected="Where do eels spawn?",
    sentences=(Sentence(EELS.text, (1,), "Eels"), Sentence("Nobody has seen it.", ())),
    footnotes=(Footnote(1, EELS, Span(EELS.doc_id, 0, 44), 0.87654, Span(EELS.doc_id, 31, 43)),),
    short="Sargasso Sea",
    disagreement=(Position("Sargasso Sea", (1,)), Position("Baltic", (1,))),
    note="The language model didn't answer.",
    passages=(document_passage(EELS.text, "Eels"),),
    timings_ms={"read": 1.234},
    snapshot="20261130",
    confidence=0.654321,
    suggestions=("Who has seen an eel?",),
)
REFUSAL = Answer(
    "Why?",
    refused=True,
    reason="Nothing was found.",
    passages=(document_passage("Moles dig."),),
    possible=(Sentence("Moles dig.", ()),),
    kind=AnswerKind.LIST,
)
QUESTION = EverydayQuestion(id="1", half="tuning", kind="place", question="Where?", expects="answer")


def written_forms(answer: Answer) -> Iterator[Any]:
    """Return what each part of Footnote writes of an answer."""
    stored = to_stored(answer)
    turn = StoredTurn(1, stored, "2026-11-30T12:00:00+00:00")
    yield printed_json(answer)
    yield json.loads(to_json(stored))
    yield {
        name: value
        for name, value in conversation_json([turn])["turns"][0].items()
        if name not in {"asked_at", "thumb", "remark", "correction"}
    }
    yield result_line(EverydayResult(QUESTION, answer, Verdict.RIGHT, ()))["answer"]


@pytest.mark.parametrize("answer", [ANSWER, REFUSAL, Answer("Why?")], ids=["answer", "refusal", "bare"])
def test_every_written_form_follows_the_schema(answer):
    """Printed, stored, exported and evaluated answers have its fields, all of them and no others."""
    schema = json.loads((ROOT / "docs/answer.schema.json").read_text("utf-8"))
    for part in (schema, *schema["$defs"].values()):
        part["additionalProperties"] = False
    validator = Draft202012Validator(schema)
    for form in written_forms(answer):
        assert list(validator.iter_errors(json.loads(json.dumps(form)))) == []


def test_every_written_form_says_the_same():
    """They differ only in how many passages they hold, and in the folders of paths."""
    printed, *others = written_forms(ANSWER)
    for form in others:
        assert form | {"passages": [], "citations": []} == printed | {"passages": [], "citations": []}
        assert form["citations"][0] | {"document_path": ""} == printed["citations"][0] | {"document_path": ""}


def test_the_published_schema_is_up_to_date():
    """If not, run: python -m qa.answer_json > docs/answer.schema.json."""
    published = json.loads((ROOT / "docs/answer.schema.json").read_text("utf-8"))

    Draft202012Validator.check_schema(published)
    assert published == answer_schema()


def test_every_field_of_the_schema_is_documented():
    """With a description of its meaning and unit."""
    schema = answer_schema()
    for part in (schema, *schema["$defs"].values()):
        assert part["description"]
        assert all(field.get("description") for field in part.get("properties", {}).values())


def test_an_answer_stored_before_the_schema_is_read():
    """Its fields had other names, and some didn't exist."""
    earlier = {
        "question": "And where?",
        "standalone": "Where do eels spawn?",
        "sentences": [{"text": EELS.text, "markers": [1]}],
        "notes": [
            {
                "marker": 1,
                "doc_id": EELS.doc_id,
                "start": 0,
                "end": 44,
                "cited_text": EELS.text,
                "title": "Eels",
                "path": "/home/ann/eels.pdf",
                "page": 3,
                "support": 0.5919543417774251,
                "answer": [31, 43],
                "digest": "d" * 64,
            }
        ],
        "short": "Sargasso Sea",
        "disagreement": [{"short": "Sargasso Sea", "markers": [1]}],
        "nearest": [
            {"doc_id": "a", "start": 0, "end": 5, "title": "Moles", "path": "/moles.txt", "text": "Moles"}
        ],
        "timings_ms": {"read": 1.5},
    }

    assert from_json(json.dumps(earlier)) == StoredAnswer(
        question="And where?",
        standalone="Where do eels spawn?",
        sentences=(Sentence(EELS.text, (1,)),),
        notes=(
            StoredFootnote(
                marker=1,
                doc_id=EELS.doc_id,
                start=0,
                end=44,
                cited_text=EELS.text,
                title="Eels",
                path="/home/ann/eels.pdf",
                page=3,
                support=0.5919543417774251,
                answer=(31, 43),
                digest="d" * 64,
            ),
        ),
        short="Sargasso Sea",
        disagreement=(Position("Sargasso Sea", (1,)),),
        nearest=(StoredPassage("a", 0, 5, "Moles", "/moles.txt", "Moles"),),
        timings_ms={"read": 1.5},
    )


def test_a_stored_answer_is_read_as_it_was_written():
    """Every field, the passages of a refusal and their scores included."""
    for answer in (ANSWER, REFUSAL):
        stored = replace(to_stored(answer, all_passages=True), unfinished=True)
        assert from_json(to_json(stored)) == stored
