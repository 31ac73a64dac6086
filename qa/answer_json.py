"""
The serialised form of an answer, the same wherever one is printed, stored, exported or evaluated.

``docs/answer.schema.json`` is generated from the models here: ``python -m qa.answer_json``.
"""

import json
from dataclasses import asdict
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema

from qa.records import AnswerKind, Generation, Position, Sentence, SupportState
from qa.stored_answer import StoredAnswer, StoredFootnote, StoredPassage, replace_surrogates


class _Schema(BaseModel):
    """Fields have defaults where stored answers of earlier versions lack them; unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, strict=True, use_attribute_docstrings=True)


def _formerly(name: str, former: str) -> AliasChoices:
    """Return where a field is read from: rows that earlier versions stored have another name for it."""
    return AliasChoices(name, former)


class SentenceSchema(_Schema):
    """One sentence of an answer."""

    text: str
    """The sentence as shown."""
    label: str = ""
    """What the sentence is about, shown before it; empty if nothing is shown."""
    markers: tuple[int, ...]
    """Numbers of the citations that support it."""
    supported: bool = False
    """Whether its citations say what it says, or it needs none."""
    support: SupportState | None = None
    """What its citations say of it; null in answers of earlier versions and where nothing was checked."""


class PositionSchema(_Schema):
    """One side of a disagreement."""

    short_answer: str = Field(validation_alias=_formerly("short_answer", "short"))
    """What the sources on this side say, in their own words."""
    markers: tuple[int, ...]
    """Numbers of the citations that say so."""


class CitationSchema(_Schema):
    """A footnote: the exact words that a sentence rests on, and their place in a document."""

    marker: int = Field(ge=1)
    """Its number, from 1, in order of appearance."""
    cited_text: str
    """The words of the document's canonical text at [start_char_index, end_char_index)."""
    document_title: str = Field(validation_alias=_formerly("document_title", "title"))
    """The document's title."""
    document_path: str = Field(validation_alias=_formerly("document_path", "path"))
    """The first path the document was found at; in exports, the file name alone."""
    document_sha256: str = Field(validation_alias=_formerly("document_sha256", "doc_id"))
    """SHA-256 of the document's canonical text, in hex: the document's id."""
    file_sha256: str = Field("", validation_alias=_formerly("file_sha256", "digest"))
    """SHA-256 of the source file's bytes, in hex; empty if there was no file."""
    start_char_index: int = Field(ge=0, validation_alias=_formerly("start_char_index", "start"))
    """Offset of the first cited character in the canonical text, in code points, from 0."""
    end_char_index: int = Field(ge=1, validation_alias=_formerly("end_char_index", "end"))
    """Offset one past the last cited character, in code points."""
    start_page_number: int | None = Field(ge=1, validation_alias=_formerly("start_page_number", "page"))
    """The page on which the words begin, from 1; null if the format has no pages."""
    short_answer_char_range: tuple[int, int] | None = Field(
        None, validation_alias=_formerly("short_answer_char_range", "answer")
    )
    """Start and end of the short answer in the canonical text; null if this citation has none."""
    support: float = Field(ge=0, le=1)
    """Calibrated probability that the cited words answer the question."""


class PassageSchema(_Schema):
    """A passage that was retrieved for the question."""

    document_title: str = Field(validation_alias=_formerly("document_title", "title"))
    """The document's title."""
    document_path: str = Field(validation_alias=_formerly("document_path", "path"))
    """The first path the document was found at; in exports, the file name alone."""
    document_sha256: str = Field(validation_alias=_formerly("document_sha256", "doc_id"))
    """SHA-256 of the document's canonical text, in hex: the document's id."""
    start_char_index: int = Field(ge=0, validation_alias=_formerly("start_char_index", "start"))
    """Offset of the passage's first character in the canonical text, in code points, from 0."""
    end_char_index: int = Field(ge=1, validation_alias=_formerly("end_char_index", "end"))
    """Offset one past its last character, in code points."""
    score: float | None = None
    """Fused score of dense and lexical search, 0 to 1, higher is better; null if it wasn't stored."""
    text: str
    """The passage's words; empty where a conversation doesn't store them."""


class GenerationSchema(_Schema):
    """How a language model wrote an answer."""

    model: str
    """Name of the model."""
    prompt_version: str
    """Version of the prompt's template."""
    prompt_tokens: int | None = None
    """Tokens of the prompt; null if the server didn't count them."""
    completion_tokens: int | None = None
    """Tokens that the model wrote; null if the server didn't count them."""
    seconds: float = 0.0
    """Seconds from the request to the end of the answer, with all attempts."""
    passages: int = 0
    """Number of passages that the model was sent."""
    left_out: int = 0
    """Number of passages that didn't fit into the token budget."""


class AnswerSchema(_Schema):
    """
    An answer, or a refusal, with the exact words that it rests on.

    Offsets count Unicode code points of the documents' canonical text.
    """

    question: str
    """The question as asked."""
    standalone_question: str = Field("", validation_alias=_formerly("standalone_question", "standalone"))
    """What a follow-up question was understood as; empty if it was taken as asked."""
    corrected_question: str = Field("", validation_alias=_formerly("corrected_question", "corrected"))
    """The question with misspellings corrected; empty if there were none."""
    answer: str = ""
    """The short answer if there is one, otherwise the sentences; empty if refused."""
    short_answer: str | None = Field(None, validation_alias=_formerly("short_answer", "short"))
    """The few words that answer the question; null if unsure or refused."""
    kind: AnswerKind = AnswerKind.PASSAGE
    """The form of the answer."""
    confidence: float | None = Field(None, ge=0, le=1)
    """Calibrated probability that the answer as shown is right; null if unknown."""
    refused: bool = False
    """Whether the documents don't contain an answer."""
    reason: str = ""
    """Why it was refused, for a person; empty otherwise."""
    note: str = ""
    """A line to show with the answer; empty if there is none."""
    unfinished: bool = False
    """Whether this is a question without its answer: still running, stopped or failed."""
    sentences: tuple[SentenceSchema, ...] = ()
    """The sentences of the answer, in order; empty if refused."""
    possible: tuple[SentenceSchema, ...] = ()
    """Of a refusal, sentences that may answer all the same, best first."""
    disagreement: tuple[PositionSchema, ...] = ()
    """What sources that contradict each other say, best first; empty if they don't."""
    suggestions: tuple[str, ...] = ()
    """Questions to try next."""
    citations: tuple[CitationSchema, ...] = Field((), validation_alias=_formerly("citations", "notes"))
    """The footnotes, numbered from 1 without a gap."""
    passages: tuple[PassageSchema, ...] = Field((), validation_alias=_formerly("passages", "nearest"))
    """Retrieved passages, best first; conversations store only the first of a refusal with their words."""
    timings_ms: dict[str, float] = {}
    """Milliseconds per step."""
    snapshot: str = ""
    """Name of the index snapshot that was searched."""
    generation: GenerationSchema | None = None
    """How a language model wrote the answer; null if none did."""


def answer_fields(answer: StoredAnswer) -> dict[str, Any]:
    """Return the answer as JSON values, with the fields of :class:`AnswerSchema`."""
    return {
        "question": answer.question,
        "standalone_question": answer.standalone,
        "corrected_question": answer.corrected,
        "answer": answer.text,
        "short_answer": answer.short,
        "kind": answer.kind.value,
        "confidence": answer.confidence,
        "refused": answer.refused,
        "reason": answer.reason,
        "note": answer.note,
        "unfinished": answer.unfinished,
        "sentences": [_sentence_fields(sentence) for sentence in answer.sentences],
        "possible": [_sentence_fields(sentence) for sentence in answer.possible],
        "disagreement": [
            {"short_answer": position.short, "markers": list(position.markers)}
            for position in answer.disagreement
        ],
        "suggestions": list(answer.suggestions),
        "citations": [_citation_fields(footnote) for footnote in answer.notes],
        "passages": [_passage_fields(passage) for passage in answer.nearest],
        "timings_ms": dict(answer.timings_ms),
        "snapshot": answer.snapshot,
        "generation": None if answer.generation is None else asdict(answer.generation),
    }


def to_json(answer: StoredAnswer) -> str:
    """Return the answer as JSON for :func:`from_json`; what UTF-8 can't encode becomes a question mark."""
    return replace_surrogates(json.dumps(answer_fields(answer), ensure_ascii=False))


def from_json(text: str) -> StoredAnswer:
    """
    Return the answer that was serialised, by this version or an earlier one; unknown fields are ignored.

    Raises:
        ValueError: If the text isn't the JSON of an answer, or a citation contradicts itself.
    """
    fields = AnswerSchema.model_validate_json(text)
    return StoredAnswer(
        question=fields.question,
        standalone=fields.standalone_question,
        sentences=tuple(_sentence(sentence) for sentence in fields.sentences),
        notes=tuple(_footnote(citation) for citation in fields.citations),
        short=fields.short_answer,
        disagreement=tuple(
            Position(position.short_answer, position.markers) for position in fields.disagreement
        ),
        refused=fields.refused,
        reason=fields.reason,
        note=fields.note,
        nearest=tuple(_passage(passage) for passage in fields.passages),
        timings_ms=fields.timings_ms,
        snapshot=fields.snapshot,
        unfinished=fields.unfinished,
        kind=fields.kind,
        confidence=fields.confidence,
        possible=tuple(_sentence(sentence) for sentence in fields.possible),
        corrected=fields.corrected_question,
        suggestions=fields.suggestions,
        generation=None if fields.generation is None else Generation(**fields.generation.model_dump()),
    )


def answer_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a serialised answer."""
    schema = AnswerSchema.model_json_schema(mode="serialization", schema_generator=_SchemaGenerator)
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": "urn:footnote:answer", **schema}


class _SchemaGenerator(GenerateJsonSchema):
    """Leaves out titles that only repeat the name of a field."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _sentence_fields(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "label": sentence.label,
        "markers": list(sentence.markers),
        "supported": sentence.supported,
        "support": sentence.state,
    }


def _citation_fields(footnote: StoredFootnote) -> dict[str, Any]:
    return {
        "marker": footnote.marker,
        "cited_text": footnote.cited_text,
        "document_title": footnote.title,
        "document_path": footnote.path,
        "document_sha256": footnote.doc_id,
        "file_sha256": footnote.digest,
        "start_char_index": footnote.start,
        "end_char_index": footnote.end,
        "start_page_number": footnote.page,
        "short_answer_char_range": list(footnote.answer) if footnote.answer else None,
        "support": footnote.support,
    }


def _passage_fields(passage: StoredPassage) -> dict[str, Any]:
    return {
        "document_title": passage.title,
        "document_path": passage.path,
        "document_sha256": passage.doc_id,
        "start_char_index": passage.start,
        "end_char_index": passage.end,
        "score": passage.score,
        "text": passage.text,
    }


def _sentence(fields: SentenceSchema) -> Sentence:
    return Sentence(fields.text, fields.markers, fields.label, fields.support)


def _footnote(fields: CitationSchema) -> StoredFootnote:
    return StoredFootnote(
        marker=fields.marker,
        doc_id=fields.document_sha256,
        start=fields.start_char_index,
        end=fields.end_char_index,
        cited_text=fields.cited_text,
        title=fields.document_title,
        path=fields.document_path,
        page=fields.start_page_number,
        support=fields.support,
        answer=fields.short_answer_char_range,
        digest=fields.file_sha256,
    )


def _passage(fields: PassageSchema) -> StoredPassage:
    return StoredPassage(
        doc_id=fields.document_sha256,
        start=fields.start_char_index,
        end=fields.end_char_index,
        title=fields.document_title,
        path=fields.document_path,
        text=fields.text,
        score=fields.score,
    )


if __name__ == "__main__":
    print(json.dumps(answer_schema(), indent=2))
