"""Overviews, comparisons and follow-ups that a model writes, over a real index."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from qa.answering.pipeline import QAPipeline
from qa.records import Answer, AnswerKind, Turn
from tests.fakes.llm_server import ScriptedLlmServer, serving
from tests.fakes.services import small_services

ORIN = (
    "# Lake Orin\n\nLake Orin was mapped by Keller in 1912. The lake lies at 1,240 metres above the sea.\n\n"
    "## Fish\n\nPike and carp live in Lake Orin. Fishing is allowed from May to October.\n\n"
    "## Boats\n\nA ferry crosses Lake Orin twice a day. The crossing takes forty minutes.\n"
)
SALA = "# Lake Sala\n\nLake Sala was mapped by Ferro in 1950. The lake lies at 300 metres above the sea.\n"


@contextmanager
def library(tmp_path, *script, **settings) -> Iterator[tuple[ScriptedLlmServer, QAPipeline]]:
    """An index of two lakes and a scripted model."""
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "orin.md").write_text(ORIN)
    (folder / "sala.md").write_text(SALA)
    with serving(*script) as endpoint:
        services = small_services(
            tmp_path, llm_base_url=endpoint.url, llm_model="m", llm_output="text", **settings
        )
        services.indexer.build([folder])
        yield endpoint, services.pipeline


def shown(answer: Answer) -> list[tuple[str, str]]:
    return [(sentence.text, sentence.support.value) for sentence in answer.sentences]


def test_an_overview_is_written_from_the_whole_document(tmp_path):
    """The model is sent the document's passages and nothing of the other one."""
    reply = ["Keller mapped Lake Orin in 1912 [1]. A ferry crosses it twice a day [2]. It is full of gold."]
    with library(tmp_path, reply) as (endpoint, pipeline):
        answer = pipeline.run("What is the document about Lake Orin about?")

    assert answer.kind is AnswerKind.OVERVIEW
    assert shown(answer) == [
        ("Keller mapped Lake Orin in 1912.", "supported"),
        ("A ferry crosses it twice a day.", "supported"),
        ("It is full of gold.", "unsupported"),
    ]
    assert "summarise" in endpoint.prompts[0]
    assert "Pike and carp" in endpoint.prompts[0]
    assert "Ferro" not in endpoint.prompts[0]
    assert answer.generation is not None
    assert answer.generation.prompt_version.startswith("overview-")


@pytest.mark.parametrize("reply", [500, ["NOT FOUND"], ["Bananas are yellow [1]."]])
def test_an_overview_that_fails_is_made_by_rule(tmp_path, reply):
    """A line says so; a summary is never refused because of the model."""
    with library(tmp_path, reply, reply, reply, llm_seconds=1) as (_, pipeline):
        answer = pipeline.run("What is the document about Lake Orin about?")

    assert answer.kind is AnswerKind.OVERVIEW
    assert answer.sentences
    assert all(sentence.supported for sentence in answer.sentences)
    assert "documents' own sentences" in answer.note


def test_a_comparison_is_written_from_the_passages_of_both_sides(tmp_path):
    """Both are named in the prompt; numbers that the rules compare need no model."""
    reply = ["Keller mapped Lake Orin in 1912 [1]. Ferro mapped Lake Sala in 1950 [2]."]
    with library(tmp_path, reply) as (endpoint, pipeline):
        answer = pipeline.run("Who mapped Lake Orin and who mapped Lake Sala?")

    assert [support for _, support in shown(answer)] == ["supported", "supported"]
    assert len(answer.footnotes) == 2
    if answer.kind is AnswerKind.COMPARISON:
        assert "Things to compare" in endpoint.prompts[0]


def test_a_follow_up_is_rewritten_before_it_is_searched(tmp_path):
    """The answer says what the question was understood as."""
    history = [Turn("Who mapped Lake Sala?", "Ferro mapped Lake Sala in 1950.")]
    question = "How high above the sea is it that he mapped?"
    replies = (
        ["How high above the sea is Lake Sala that Ferro mapped?"],
        ["Lake Sala lies at 300 metres [1]."],
    )
    with library(tmp_path, *replies) as (endpoint, pipeline):
        answer = pipeline.run(question, history=history)

    if len(endpoint.requests) == 2:
        assert answer.standalone == "How high above the sea is Lake Sala that Ferro mapped?"
    assert "Lake Sala" in endpoint.prompts[-1]


def test_what_was_generated_is_in_the_json(tmp_path):
    """Stored, exported and printed answers have it."""
    from qa.rendering import to_json

    with library(tmp_path, ["Keller mapped Lake Orin in 1912 [1]."]) as (_, pipeline):
        fields = json.loads(json.dumps(to_json(pipeline.run("In which year did Keller map Lake Orin?"))))

    assert fields["generation"]["model"] == "m"
    assert fields["sentences"][0]["support"] == "supported"
